"""The commands ``compare``, ``scenarios`` and ``frontier``: plans side by side, for other settings, and between two goals."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.inputs import Sources, read_inputs, read_plan
from commands.names import EXIT_BREAKS_RULES, PLAN
from commands.options import EFFORT, OUT, SEED, PlanPath, common, reads_facts
from commands.origin import notes_on
from commands.reporting import Reporter, Settings
from commands.stages import make_plan
from planner.text import Text

if TYPE_CHECKING:
    from planner.artefacts.plan import Plan
    from planner.compare import Compared
    from planner.facts.problem import Problem

GOALS = ("fairness", "spread", "travel", "fit", "changes")
PRICES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Factors on the price of a goal from one end of its trade-off to the other."""
TOLERANCES = (0.0, 5.0, 10.0, 20.0, 35.0, 60.0, 100.0)
"""Per cent above the least worst case that are allowed in turn."""


@click.command()
@click.option("--plan", "plan_paths", type=PlanPath(), multiple=True, required=True,
              help="方案（文件或输出文件夹），给两个或更多 / two plans or more, files or folders")
@reads_facts
@common
def compare(sources: Sources, plan_paths: tuple[Path, ...], settings: Settings, reporter: Reporter) -> int:
    """并排比较几个方案：核查的各项数值，与第一个相比换了谁。 / Plans side by side by the judge's measures."""
    from planner.compare import compare as compared

    if len(plan_paths) < 2:
        raise click.UsageError("请给出至少两个 --plan / give at least two --plan")
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        problem = read_inputs(sources.for_plan(plan_paths[0])).problem
        plans = [(str(path), read_plan(path, problem)) for path in plan_paths]
    for path, (_, plan) in zip(plan_paths, plans, strict=True):
        for note in notes_on(plan, path, problem):
            reporter.say(Text(f"请核对 {path}：{note.zh}", f"please check {path}: {note.en}"))
    with reporter.stage("judge", Text("核查", "judging")):
        found = compared(problem, plans)
    show_table(found, settings)
    return 0 if all(one.verdict.valid for one in found) else EXIT_BREAKS_RULES


def show_table(found: Sequence[Compared], settings: Settings) -> None:
    """Print one line a measure, one column a plan."""
    from planner.rules import GOAL_BY_ID

    if settings.as_json:
        said = {"kind": "yixian-comparison", "schema": 1, "plans": [one.to_json() for one in found]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
        return
    settings.say(Text("方案：" + "，".join(f"[{number}] {one.name}" for number, one in enumerate(found, start=1)),
                      "plans: " + ", ".join(f"[{number}] {one.name}" for number, one in enumerate(found, start=1))))
    lines = [(Text("合格", "valid"), [Text("是", "yes") if one.verdict.valid else Text("否", "no") for one in found])]
    for value in found[0].verdict.goals:
        goal = GOAL_BY_ID[value.goal_id]
        shown = [next((goal.display(own.value) for own in one.verdict.goals if own.goal_id == goal.id), "—") for one in found]
        lines.append((Text(f"{goal.title.zh}（{goal.unit.zh}）", f"{goal.title.en} ({goal.unit.en})"), [Text(one, one) for one in shown]))
    for title, name in ((Text("换人的联系点", "points that change hands"), "sites_moved"),
                        (Text("涉及干部", "cadres concerned"), "cadres_concerned"),
                        (Text("转移的工作量（分钟/月）", "workload moved (minutes a month)"), "minutes_moved")):
        lines.append((title, [Text(str(getattr(one, name)), str(getattr(one, name))) for one in found]))
    for title, cells in lines:
        settings.say(Text(f"  {title.zh}：" + " | ".join(one.zh for one in cells), f"  {title.en}: " + " | ".join(one.en for one in cells)))


@click.command()
@OUT
@SEED
@EFFORT
@click.option("--case", "cases", multiple=True, required=True, metavar="KEY=VALUE,...", help="一种情形：几项政策 / one case: some settings")
@reads_facts
@common
def scenarios(sources: Sources, out: Path, seed: int, effort: str, cases: tuple[str, ...], settings: Settings, reporter: Reporter) -> int:
    """按几种政策分别安排并比较。 / Plans for several settings of the policy, compared."""
    wanted: list[tuple[str, dict[str, str]]] = [("现行政策" if settings.language == "zh" else "as it is", {})]
    for case in cases:
        parts = [one.partition("=") for one in case.split(",") if one.strip()]
        if not parts:
            raise click.UsageError("--case 是空的 / a --case is empty")
        wanted.append((case, {name.strip(): value.strip() for name, _, value in parts}))
    found = _planned_cases(sources, wanted, seed, effort, out, reporter)
    _write(out / "scenarios.json", "yixian-comparison", {"plans": [one.to_json() for one in found]})
    show_table(found, settings)
    return 0 if all(one.verdict.valid for one in found) else EXIT_BREAKS_RULES


@click.command()
@OUT
@SEED
@EFFORT
@click.option("--between", nargs=2, type=click.Choice(GOALS), default=("fairness", "travel"), show_default=True,
              help="哪两个目标 / which two goals")
@click.option("--points", type=click.IntRange(2, len(PRICES)), default=5, show_default=True, help="几个点 / how many plans")
@reads_facts
@common
def frontier(sources: Sources, out: Path, seed: int, effort: str, between: tuple[str, str], points: int, settings: Settings,
             reporter: Reporter) -> int:
    """两个目标之间的取舍：几个方案的表和图。 / The trade-off between two goals, as a table and a plot."""
    from maps.frontier_page import FrontierPoint, write_frontier_page
    from planner.compare import undominated
    from planner.rules import GOAL_BY_ID

    first, second = between
    if first == second:
        raise click.UsageError("请给出两个不同的目标 / give two different goals")
    problem = read_inputs(sources).problem
    found = _planned_cases(sources, _ladder(problem, first, points), seed, effort, out, reporter)
    values = [tuple(next(goal.value for goal in one.verdict.goals if goal.goal_id == name) for name in between) for one in found]
    best = undominated([(value[0], value[1]) for value in values])
    goals = [GOAL_BY_ID[name] for name in between]
    axes = tuple(Text(f"{goal.title.zh}（{goal.unit.zh}）", f"{goal.title.en} ({goal.unit.en})") for goal in goals)
    shown = [FrontierPoint(one.name, float(goals[0].display(value[0])), float(goals[1].display(value[1])), not good)
             for one, value, good in zip(found, values, best, strict=True)]
    title = Text(f"取舍：{goals[0].title.zh}与{goals[1].title.zh}", f"Trade-off: {goals[0].title.en} against {goals[1].title.en}")
    write_frontier_page(out / "frontier.html", title, (axes[0], axes[1]), shown, settings.language)
    _write(out / "frontier.json", "yixian-frontier", {"goals": list(between), "plans": [
        one.to_json() | {"worth_choosing": good} for one, good in zip(found, best, strict=True)]})
    show_table(found, settings)
    return 0 if all(one.verdict.valid for one in found) else EXIT_BREAKS_RULES


def _ladder(problem: Problem, goal_id: str, points: int) -> list[tuple[str, dict[str, str]]]:
    """Settings that lead from one end of a goal's trade-off to the other: caps for a worst case, prices for the rest.

    Every policy that can be read has every goal.
    """
    tolerance = next(one for one in problem.policy.goals if one.goal_id == goal_id)
    if goal_id == "fairness":
        return [(f"+{percent:g}%", {"goals.fairness.percent": f"{percent:g}"}) for percent in TOLERANCES[:points]]
    chosen = PRICES[max(0, PRICES.index(1.0) - points // 2):][:points]
    price = tolerance.minutes or 1.0
    return [(f"×{factor:g}", {f"goals.{goal_id}.minutes": f"{price * factor:g}"}) for factor in chosen]


def _planned_cases(sources: Sources, cases: Sequence[tuple[str, dict[str, str]]], seed: int, effort: str, out: Path,
                   reporter: Reporter) -> list[Compared]:
    """Plan every case; writes ``case-1/plan.json`` and so on. Each is judged by its own policy; goals keep their units.

    Raises InputError with the faults of all cases before the first is planned.
    """
    from planner.artefacts.files import write_json
    from planner.compare import against

    _check_settings(sources, [changes for _, changes in cases])
    found: list[Compared] = []
    first: Plan | None = None
    for number, (name, changes) in enumerate(cases, start=1):
        problem = read_inputs(dataclasses.replace(sources, changes={**sources.changes, **changes})).problem
        reporter.say(Text(f"情形 {number}：{name}", f"case {number}: {name}"))
        plan = make_plan(problem, seed, effort, reporter)
        write_json(out / f"case-{number}" / PLAN, plan.to_json())
        first = first or plan
        found.append(against(problem, name, first, plan, problem))
    return found


def _check_settings(sources: Sources, cases: Sequence[dict[str, str]]) -> None:
    """Raise InputError where a setting of some case is unknown or has no such value."""
    from geodata.faults import InputError
    from geodata.policy_file import apply_settings

    policy = read_inputs(sources).problem.policy
    faults = dict.fromkeys(fault for changes in cases for fault in apply_settings(policy, changes)[1])
    if faults:
        raise InputError(tuple(faults))


def _write(path: Path, kind: str, content: dict[str, Any]) -> None:
    from planner.artefacts.files import write_json

    write_json(path, {"kind": kind, "schema": 1, **content})
