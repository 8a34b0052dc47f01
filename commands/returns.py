"""The command ``returns``: sheets that come back edited by hand become pins and objections, each edit shown and judged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.inputs import Sources, read_inputs, read_plan
from commands.names import WORKBOOK
from commands.options import OUT, PLAN_OPTION, common, reads_facts
from commands.reporting import Reporter, Settings, simple_fault
from planner.text import Text

if TYPE_CHECKING:
    from geodata.returned_sheets import Edit
    from planner.facts.problem import Problem

RETURNS = "returns.json"


@click.command()
@PLAN_OPTION
@OUT
@click.option("--sheet", "sheets", type=click.Path(path_type=Path), multiple=True, required=True,
              help="返回的安排表，可给多份 / sheets that came back")
@click.option("--by", "who", default="", help="谁反馈的 / who returned them")
@click.option("--why", default="", help="依据 / why")
@reads_facts
@common
def returns(sources: Sources, plan_path: Path, out: Path, sheets: tuple[Path, ...], who: str, why: str, settings: Settings,
            reporter: Reporter) -> int:
    """手工改过的安排表返回：逐处列出差异并核查，合并后作为指定和异议写入新工作簿。 / Edited sheets become pins and objections."""
    from geodata.returned_sheets import merged, with_edits
    from geodata.table_writer import write_workbook
    from planner.artefacts.files import write_json

    if (out / WORKBOOK).resolve() == sources.workbook.resolve():
        raise simple_fault("same-file", WORKBOOK, Text("新工作簿会盖掉原来的工作簿", "the new workbook would replace the one that is read"),
                           Text("请用 --out 另选一个文件夹", "Please choose another folder with --out"))
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        problem = read_inputs(sources.for_plan(plan_path)).problem
        plan = read_plan(plan_path, problem)
    holder_of = {one.site_id: one.cadre_id for one in plan.pairings}
    edits = _all_edits(sheets, problem, holder_of, reporter)
    agreed, conflicts = merged(edits)
    refusals = {edit: reasons for edit in agreed if (reasons := _refused(problem, edit))}
    taken = [edit for edit in agreed if edit not in refusals]
    write_workbook(out / WORKBOOK, with_edits(problem.district, taken))

    def told(edit: Edit, state: str, reasons: tuple[Text, ...] = ()) -> dict[str, Any]:
        content = edit.to_json() | {"state": state, "zh": [one.zh for one in reasons], "en": [one.en for one in reasons]}
        return content | {"who": edit.who or who, "why": edit.why or why}

    listed = ([told(edit, "taken") for edit in taken] + [told(edit, "refused", refusals[edit]) for edit in agreed if edit in refusals]
              + [told(edit, "conflict") for conflict in conflicts for edit in conflict.edits])
    said = {"kind": "yixian-returns", "schema": 1, "term": plan.term_id, "edits": listed}
    write_json(out / RETURNS, said)
    if settings.as_json:
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
        return 0
    words = {"taken": Text("采纳", "taken"), "refused": Text("不符合规则，未采纳", "breaks a rule, not taken"),
             "conflict": Text("各表不一致，未采纳", "sheets disagree, not taken")}
    for one in listed:
        word, what = words[one["state"]], f"{one['site']} {one['from'] or '—'} → "
        settings.say(Text(
            f"《{one['file']}》{one['cell'] or '（已删行）'}：{what}{one['to'] or '不同意'}：" + "；".join([word.zh, *one["zh"]]),
            f"{one['file']} {one['cell'] or '(deleted row)'}: {what}{one['to'] or 'objection'}: " + "; ".join([word.en, *one["en"]])))
    if not listed:
        settings.say(Text("返回的表与方案没有差别", "the sheets that came back do not differ from the plan"))
    files = "".join(f" --{name} {path}" for name, path in sources.files_beside().items())
    command = f"replan {out / WORKBOOK} --plan {plan_path}{files} --out NEW"
    settings.say(Text(f"新工作簿在 {out / WORKBOOK}；重新安排：{command}",
                      f"the new workbook is {out / WORKBOOK}; to plan with it: {command}"))
    return 0


def _all_edits(sheets: Sequence[Path], problem: Problem, holder_of: Mapping[str, str], reporter: Reporter) -> list[Edit]:
    """The edits of all sheets; raises InputError with the faults of all of them. What else reading noted is told."""
    from geodata.faults import Fault, InputError
    from geodata.returned_sheets import read_edits

    edits: list[Edit] = []
    faults: list[Fault] = []
    for path in sheets:
        try:
            found, notes = read_edits(path, problem.district, holder_of)
        except InputError as error:
            faults += error.faults
            continue
        edits += found
        for note in notes:
            if note.code != "unread-columns":  # plan.xlsx has columns for people that nothing is read from
                reporter.say(Text(note.sentence("zh"), note.sentence("en")))
    if faults:
        raise InputError(faults)
    return edits


def _refused(problem: Problem, edit: Edit) -> tuple[Text, ...]:
    """Why a wish cannot be a pin: the rules on pairs, other pins of the point aside."""
    from planner.explain import objections

    if edit.to_cadre_id is None:
        return ()
    cadre, site = problem.district.cadre_by_id[edit.to_cadre_id], problem.district.site_by_id[edit.site_id]
    if not cadre.capacity_percent:
        return (Text(f"{cadre.name}（{cadre.id}）本届不参加联系", f"{cadre.name} ({cadre.id}) takes no part this term"),)
    return tuple(one.text for one in objections(problem, cadre, site) if one.rule_id != "pins")
