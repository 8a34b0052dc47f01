"""The command ``maps``: the maps alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from commands.drawing import PICTURES, write_maps
from commands.inputs import Sources
from commands.options import OUT, PLAN_OPTION, common, reads_facts
from commands.outputs import made_before
from commands.reporting import Reporter, Settings, show_files
from commands.terms import later_plans


@click.command("maps")
@PLAN_OPTION
@OUT
@click.option("--pictures", type=click.Choice(list(PICTURES)), default="pdf", show_default=True,
              help="印刷图和海报的格式 / formats of the pictures and the poster")
@reads_facts
@common
def maps(sources: Sources, plan_path: Path, out: Path, pictures: str, settings: Settings, reporter: Reporter) -> int:
    """只画地图、报告和印刷图。 / The maps, the report and the pictures alone."""
    from planner.check import judge

    made = made_before(sources, plan_path)
    made = dataclasses.replace(made, later=later_plans(plan_path.parent, made.plan, reporter))
    verdict = judge(made.inputs.problem, made.plan, made.calendar, made.routes)
    show_files(write_maps(made, verdict, made.base_map(), made.ways(), out, reporter, pictures), settings)
    return 0
