"""The command ``visits``: calendar and routes alone, from any plan."""

from __future__ import annotations

from pathlib import Path

import click

from commands.inputs import Sources, read_inputs, read_plan
from commands.names import EXIT_BREAKS_RULES, PLAN
from commands.options import OUT, PLAN_OPTION, common, reads_facts
from commands.reporting import Reporter, Settings, show_verdict
from commands.stages import make_calendar


@click.command()
@PLAN_OPTION
@OUT
@reads_facts
@common
def visits(sources: Sources, plan_path: Path, out: Path, settings: Settings, reporter: Reporter) -> int:
    """只排走访日历和路线（方案也可以是手工的）。 / Calendar and routes alone, from any plan."""
    from planner.artefacts.files import write_json
    from planner.check import judge
    from planner.scheduling import NoVisitDayError

    inputs = read_inputs(sources.for_plan(plan_path))
    own_plan = read_plan(plan_path, inputs.problem)
    verdict = judge(inputs.problem, own_plan)
    unknown = any(one.rule_id == "unknown-id" for one in verdict.violations)
    try:
        made = None if unknown else make_calendar(inputs.problem, own_plan, out, reporter)
    except NoVisitDayError:
        made = None
    if made is None:
        show_verdict(verdict, settings)
        return EXIT_BREAKS_RULES
    write_json(out / PLAN, own_plan.to_json())
    verdict = judge(inputs.problem, own_plan, *made)
    show_verdict(verdict, settings)
    return 0 if verdict.valid else EXIT_BREAKS_RULES
