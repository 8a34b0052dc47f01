"""The command ``check``: every fault of a workbook, and the verdict on a plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.inputs import Sources, read_inputs, read_plan
from commands.names import EXIT_BREAKS_RULES, EXIT_INPUT, FAULTS, PLAN
from commands.options import common, reads_facts
from commands.origin import tell_notes
from commands.reporting import Reporter, Settings, faults_as_json, show_faults, show_verdict
from commands.stages import judge_folder
from planner.text import Text

if TYPE_CHECKING:
    from geodata.faults import Fault


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="另写标出错误的副本到这个文件夹 / folder for a marked copy")
@reads_facts
@click.argument("plan_path", metavar="[PLAN]", type=click.Path(path_type=Path), required=False)
@common
def check(sources: Sources, plan_path: Path | None, out: Path | None, settings: Settings, reporter: Reporter) -> int:
    """检查工作簿；给出方案（plan.json、手工 .xlsx 或整个输出文件夹）则核查方案。 / Check a workbook, and a plan."""
    if plan_path is not None:
        sources = sources.for_plan(plan_path)
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        if plan_path is None:
            faults = faults_of_inputs(sources, reporter.progress)
        else:
            inputs = read_inputs(sources, cache=False, tell=reporter.progress)
    if plan_path is None:
        show_faults(faults, settings)
        if out is not None:
            write_faults(sources.workbook, faults, out, settings, reporter)
        return EXIT_INPUT if any(fault.severity == "fault" for fault in faults) else 0
    from planner.check import judge

    with reporter.stage("judge", Text("核查", "judging")):
        plan = read_plan(plan_path / PLAN if plan_path.is_dir() else plan_path, inputs.problem)
        verdict = judge_folder(inputs.problem, plan_path) if plan_path.is_dir() else judge(inputs.problem, plan)
    tell_notes(plan, plan_path, inputs.problem, reporter)
    show_verdict(verdict, settings)
    return 0 if verdict.valid else EXIT_BREAKS_RULES


def faults_of_inputs(sources: Sources, tell: Callable[[str], None]) -> Sequence[Fault]:
    """Everything there is to say about the inputs. That no term is known is no fault before one is planned."""
    from geodata.faults import InputError

    try:
        return read_inputs(sources, cache=False, tell=tell).notes
    except InputError as error:
        wrong = {fault.code for fault in error.faults if fault.severity == "fault"}
        if wrong == {"unknown-term"} and sources.term_id is None:
            return [dataclasses.replace(fault, severity="warning") if fault.code == "unknown-term" else fault
                    for fault in error.faults]
        return error.faults


def write_faults(workbook: Path, faults: Sequence[Fault], out: Path, settings: Settings, reporter: Reporter) -> None:
    """Write faults.json and, where the workbook can be opened, a copy of it with every fault marked."""
    from geodata.annotated import write_marked_copy
    from geodata.faults import InputError
    from planner.artefacts.files import write_json

    write_json(out / FAULTS, faults_as_json(faults))
    try:
        path, marked = write_marked_copy(workbook, out, faults, settings.language)
    except InputError:  # it cannot be opened, as has been told
        return
    reporter.say(Text(f"已标出 {marked.cells} 个单元格：{path}", f"{marked.cells} cells are marked in {path}"))
