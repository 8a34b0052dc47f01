"""The command ``diagnose``: why no plan exists, and the cheapest ways to mend that, each planned again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from commands.inputs import Sources, read_inputs
from commands.names import EXIT_NO_PLAN
from commands.options import SEED, common, reads_facts
from commands.reporting import SHOWN_LINES, Reporter, Settings, Stop
from planner.text import Text

if TYPE_CHECKING:
    from planner.assignment import Progress
    from planner.clashes import Clash, Condition
    from planner.facts.problem import Problem
    from planner.repairs import Diagnosis, Finding, Repair, Watch

Rows = Mapping[tuple[str, ...], str]
"""Where a row stands in the workbook, by kind and ids."""


@click.command()
@SEED
@reads_facts
@common
def diagnose(sources: Sources, seed: int, settings: Settings, reporter: Reporter) -> int:
    """查明为什么排不出方案：最小的一组冲突规则和行，以及逐一重排验证的修改办法。 / Why no plan exists, and what would mend it."""
    from geodata.row_places import row_places
    from planner.diagnose import proofs_of_no_plan
    from planner.repairs import diagnose as diagnosed

    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        problem = read_inputs(sources).problem
        rows = row_places(sources.workbook)
    proofs = proofs_of_no_plan(problem)
    if not settings.as_json:
        for proof in proofs:
            settings.say(proof)
    with reporter.stage("diagnose", Text("查找冲突并试行修改", "finding the clash and trying repairs")), Stop(reporter).listening() as stop:
        found = diagnosed(problem, seed, _watch(problem, rows, stop, settings, reporter))
    if settings.as_json:
        said = diagnosis_json(problem, found, rows) | {"proofs": [{"zh": one.zh, "en": one.en} for one in proofs]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    elif not found.findings or found.undecided is not None:
        settings.say(found.undecided or Text("可以排出方案", "a plan exists"))
    return EXIT_NO_PLAN if found.findings or (found.plan is None and found.undecided is not None) else 0


def _watch(problem: Problem, rows: Rows, stop: Stop, settings: Settings, reporter: Reporter) -> Watch:
    """Clashes and repairs are shown as they come, beside the progress; as JSON all at the end."""
    from commands.stages import how_far
    from planner.repairs import Watch

    language, shown, trying = reporter.language, 0, ""

    def clash_found(clash: Clash) -> None:
        nonlocal shown
        shown += 1
        settings.say(Text(f"冲突{shown}：以下{len(clash.conditions)}条不能同时满足，去掉任何一条，其余即可满足",
                          f"clash {shown}: these {len(clash.conditions)} cannot be met together; without any one the others can"))
        for line in _conditions(clash, problem, rows):
            settings.say(line)

    def tried(finding: Finding) -> None:
        for repair in finding.repairs:
            settings.say(_repair_sentence(repair))
        if finding.untried:
            settings.say(Text(f"  （同类的另外{finding.untried}条路程更远，未逐一试排）",
                              f"  ({finding.untried} more of the same kind, with longer trips, were not tried)"))

    def now_trying(number: int, of: int, what: Text) -> None:
        nonlocal trying
        trying = Text(f"第{number}/{of}种修改“{what.zh}”", f"repair {number} of {of}, {what.en}").in_language(language)
        reporter.progress(trying)

    def planning(progress: Progress) -> None:
        reporter.progress("，".join(one for one in (trying, how_far(progress).in_language(language)) if one))

    if settings.as_json:
        return Watch(lambda: not stop.asked, trying=now_trying, planning=planning)
    return Watch(lambda: not stop.asked, clash_found, now_trying, planning, tried)


def _conditions(clash: Clash, problem: Problem, rows: Rows) -> Iterator[Text]:
    """One line a condition; of more than SHOWN_LINES of a kind only the first, and how many more there are."""
    for kind in dict.fromkeys(one.kind for one in clash.conditions):
        alike = [one for one in clash.conditions if one.kind is kind]
        yield from (_with_row(one, problem, rows) for one in alike[:SHOWN_LINES])
        if len(alike) > SHOWN_LINES:
            yield Text(f"  …… 同类还有{len(alike) - SHOWN_LINES}条（--json 列出全部）",
                       f"  ... and {len(alike) - SHOWN_LINES} more of this kind (--json lists all)")


def _with_row(condition: Condition, problem: Problem, rows: Rows) -> Text:
    said, where = condition.sentence(problem), rows.get((str(condition.kind), *condition.subjects), "")
    return Text(f"  · {said.zh}" + (f"（{where}）" if where else ""), f"  · {said.en}" + (f" ({where})" if where else ""))


def _repair_sentence(repair: Repair) -> Text:
    from planner.repairs import State

    if repair.state is not State.WORKS:
        said = {State.NOT_ENOUGH: Text("仅此还不够", "not enough by itself"),
                State.NO_PLAN_FOUND: Text("重新安排未找到方案", "planning again found no plan"),
                State.NOT_TRIED: Text("未试排", "not tried")}[repair.state]
        return Text(f"  → {repair.text.zh}：{said.zh}", f"  → {repair.text.en}: {said.en}")
    effect = _effect(repair)
    return Text(f"  → {repair.text.zh}：可行，{effect.zh}", f"  → {repair.text.en}: works, {effect.en}")


def _effect(repair: Repair) -> Text:
    """The goals of the plan that the repair gives."""
    from planner.rules import GOAL_BY_ID

    if repair.verdict is None:
        raise ValueError("a repair without a plan has no effect")
    shown = [(GOAL_BY_ID[one.goal_id], one.value) for one in repair.verdict.goals if one.goal_id in {"fairness", "travel", "cost"}]
    return Text("，".join(f"{goal.title.zh}{goal.display(value)}{goal.unit.zh}" for goal, value in shown),
                ", ".join(f"{goal.title.en} {goal.display(value)} {goal.unit.en}" for goal, value in shown))


def diagnosis_json(problem: Problem, found: Diagnosis, rows: Rows) -> dict[str, Any]:
    """The diagnosis as ``--json`` prints it (docs/diagnosis.md)."""
    def finding_json(finding: Finding) -> dict[str, Any]:
        conditions = []
        for one in finding.clash.conditions:
            said = one.sentence(problem)
            conditions.append({"kind": str(one.kind), "subjects": list(one.subjects), "row": rows.get((str(one.kind), *one.subjects)),
                               "zh": said.zh, "en": said.en})
        return {"conditions": conditions, "untried": finding.untried, "repairs": [
            {"zh": one.text.zh, "en": one.text.en, "valid": one.verdict is not None, "state": str(one.state),
             "goals": {} if one.verdict is None else {goal.goal_id: goal.value for goal in one.verdict.goals}} for one in finding.repairs]}

    exists = found.plan is not None or (not found.findings and found.undecided is None)
    return {"kind": "yixian-diagnosis", "schema": 1, "plan_exists": exists,
            "clashes": [finding_json(one) for one in found.findings],
            "undecided": None if found.undecided is None else {"zh": found.undecided.zh, "en": found.undecided.en}}
