"""The command ``explain``: why this pairing, why not another, and what a cadre carries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.inputs import Sources, read_inputs, read_plan
from commands.names import EXIT_BREAKS_RULES
from commands.options import PLAN_OPTION, common, reads_facts
from commands.origin import tell_notes
from commands.reporting import Reporter, Settings, show_verdict, simple_fault
from planner.text import Text

if TYPE_CHECKING:
    from planner.artefacts.plan import Plan
    from planner.explain import Explanation
    from planner.facts.problem import Problem

ALTERNATIVES = 5
"""How many other cadres are priced for a site."""


@click.command()
@PLAN_OPTION
@click.option("--site", "site_id", help="哪个联系点 / which point")
@click.option("--cadre", "cadre_id", help="哪名干部 / which cadre")
@click.option("--instead", "instead_id", help="为什么不是这名干部（与 --site 同用） / why not this cadre (with --site)")
@click.option("--out", type=click.Path(path_type=Path), help="另写一页说明到这个文件夹 / a one-page sheet into this folder")
@reads_facts
@common
def explain(sources: Sources, plan_path: Path, site_id: str | None, cadre_id: str | None, instead_id: str | None, out: Path | None,
            settings: Settings, reporter: Reporter) -> int:
    """说明一对结对的理由、换人对全局的代价，或一名干部的任务。 / Why him, why not her, and what a change costs the whole plan."""
    if (site_id is None) == (cadre_id is None) or (instead_id is not None and site_id is None):
        raise click.UsageError("请给出 --site 或 --cadre 之一；--instead 与 --site 同用 / give --site or --cadre; --instead needs --site")
    from planner.check import judge

    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        problem = read_inputs(sources.for_plan(plan_path)).problem
        plan = read_plan(plan_path, problem)
    tell_notes(plan, plan_path, problem, reporter)
    for one, known in ((site_id, problem.site_index), (cadre_id, problem.cadre_index), (instead_id, problem.cadre_index)):
        if one is not None and one not in known:
            raise simple_fault("unknown-id", sources.workbook.name, Text(f"没有编号{one}", f"there is no id {one}"),
                               Text("请检查编号", "Please check the id"))
    verdict = judge(problem, plan)
    if site_id is not None and not verdict.valid:
        show_verdict(verdict, settings)
        return EXIT_BREAKS_RULES
    explanation = _explanation(problem, plan, site_id, cadre_id, instead_id, reporter)
    if out is not None:
        from maps.explanation_sheet import write_explanation_sheet

        subject = "-".join(one for one in (site_id, cadre_id, instead_id) if one)
        write_explanation_sheet(out / f"explain-{subject}.pdf", explanation.heading,
                                [(one.topic, one.sentence) for one in explanation.lines], plan, problem.district.name, settings.language)
    if settings.as_json:
        click.echo(json.dumps(explanation.to_json(), ensure_ascii=False, indent=1))
        return 0
    settings.say(explanation.heading)
    for line in explanation.lines:
        settings.say(Text(f"  {line.topic.zh}：{line.sentence.zh}", f"  {line.topic.en}: {line.sentence.en}"))
    return 0


def _explanation(problem: Problem, plan: Plan, site_id: str | None, cadre_id: str | None, instead_id: str | None,
                 reporter: Reporter) -> Explanation:
    from planner.explain import explain_cadre, explain_instead, explain_site, objections

    if site_id is None:
        return explain_cadre(problem, plan, str(cadre_id))
    if instead_id is not None:
        cadre, site = problem.district.cadre_by_id[instead_id], problem.district.site_by_id[site_id]
        if not cadre.capacity_percent or objections(problem, cadre, site):
            return explain_instead(problem, plan, site_id, instead_id, None)
    from planner.repricing import Repricer

    with reporter.stage("prices", Text("计算全局价格", "finding the prices of the whole plan")):
        repricer = Repricer(problem, plan)
    with reporter.stage("resolve", Text("重新求解", "solving again")):
        if instead_id is not None:
            return explain_instead(problem, plan, site_id, instead_id, repricer.price(instead_id, site_id))
        ranked = repricer.least_prices(site_id)
        holders = set(plan.cadres_of.get(site_id, ()))
        others = [one for _, one in ranked if one not in holders][:ALTERNATIVES + 2]
        prices = sorted((repricer.price(one, site_id) for one in others), key=lambda one: (one.found is None, one.found or 0))
        return explain_site(problem, plan, site_id, prices[:ALTERNATIVES], ranked)
