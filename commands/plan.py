"""The command ``plan``: the whole job on one's own workbook."""

from __future__ import annotations

from pathlib import Path

import click

from commands.inputs import Sources, read_inputs
from commands.options import EFFORT, OUT, SEED, TERMS, TIME_LIMIT, common, reads_facts
from commands.reporting import SHOWN_LINES, Reporter, Settings
from commands.stages import whole_job
from planner.text import Text


@click.command()
@OUT
@SEED
@EFFORT
@TIME_LIMIT
@TERMS
@reads_facts
@common
def plan(sources: Sources, out: Path, seed: int, effort: str, time_limit: float | None,
         terms: int, settings: Settings, reporter: Reporter) -> int:
    """从工作簿排出方案、日历、路线、地图和路线单。 / Plan from a workbook, with everything that follows."""
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        inputs = read_inputs(sources, tell=reporter.progress)
    for note in inputs.notes[:SHOWN_LINES]:
        reporter.say(Text(note.sentence("zh"), note.sentence("en")))
    return whole_job(inputs, sources.workbook, out, seed, effort, settings, reporter, terms=terms, time_limit=time_limit)
