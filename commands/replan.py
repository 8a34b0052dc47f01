"""The command ``replan``: change inside a term, fewest changes first; stand-ins for absences."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.inputs import Sources, provenance, read_inputs, read_plan
from commands.names import CHANGES, EXIT_BREAKS_RULES, EXIT_NO_PLAN, HANDOVER, PLAN
from commands.options import EFFORT, OUT, PLAN_OPTION, SEED, common, reads_facts
from commands.origin import tell_notes
from commands.reporting import Reporter, Settings, Stop, show_no_plan, show_verdict, simple_fault
from commands.terms import forget_terms
from planner.text import Text

if TYPE_CHECKING:
    from planner.artefacts.handover import Handover
    from planner.artefacts.plan import Plan
    from planner.facts.problem import Problem
    from planner.replanning import Replanned


@click.command()
@PLAN_OPTION
@OUT
@SEED
@EFFORT
@click.option("--max-changes", type=click.IntRange(0), help="至多变动多少对，换取更低代价 / at most so many changes, for a lower cost")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="自哪天起，默认任期首日 / from which day on")
@click.option("--cover", is_flag=True, help="只安排请假期间的临时代管 / only stand-ins for absences")
@reads_facts
@common
def replan(sources: Sources, plan_path: Path, out: Path, seed: int, effort: str, max_changes: int | None, first_day: datetime | None,
           cover: bool, settings: Settings, reporter: Reporter) -> int:
    """期内调整：有人离任、加入，对象增减、搬迁，指定变化；变动最少优先。 / Change inside a term, fewest changes first."""
    from planner.artefacts.files import write_json
    from planner.check import judge

    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        problem = read_inputs(sources.for_plan(plan_path)).problem
        current = read_plan(plan_path, problem)
    tell_notes(current, plan_path, problem, reporter)
    day = _first_day(problem, first_day)
    if cover:
        return _cover(problem, current, seed, out, settings, reporter)
    made = _replanned(problem, current, seed, effort, max_changes, reporter)
    if made is None:
        show_no_plan([Text("按现有规则，没有找到期内调整的方案；请用 diagnose 查明原因，或用 plan 重新安排",
                           "no plan for the rest of the term was found; diagnose tells why, plan makes a new one")], settings)
        return EXIT_NO_PLAN
    from planner.replanning import handovers_of

    verdict = judge(problem, made.plan)
    handovers = handovers_of(problem, current, made.plan, day)
    forget_terms(out)
    write_json(out / PLAN, made.plan.to_json())
    write_json(out / CHANGES, _changes_json(problem, made, current))
    _write_handovers(problem, handovers, seed, out)
    if settings.as_json:
        click.echo(json.dumps(_changes_json(problem, made, current) | {"verdict": verdict.to_json()}, ensure_ascii=False, indent=1))
    else:
        settings.say(_conclusion(made))
        for handover in handovers:
            settings.say(sentence(problem, handover))
        show_verdict(verdict, settings)
    return 0 if verdict.valid else EXIT_BREAKS_RULES


def _first_day(problem: Problem, given: datetime | None) -> date:
    """The day from which the change holds, the term's first by default; raises InputError where it lies outside the term."""
    term = problem.term
    day = term.first_month if given is None else given.date()
    if not term.first_month <= day <= term.last_day:
        raise simple_fault("outside-term", "--from", Text(f"{day}不在任期{term.id}内", f"{day} lies outside the term {term.id}"),
                           Text(f"请给出{term.first_month}至{term.last_day}之间的日期",
                                f"Please give a day from {term.first_month} to {term.last_day}"))
    return day


def _replanned(problem: Problem, current: Plan, seed: int, effort: str, max_changes: int | None, reporter: Reporter) -> Replanned | None:
    from planner.assignment import Effort, Progress
    from planner.replanning import replan as replanned

    with reporter.stage("replan", Text("期内调整", "replanning")), Stop(reporter).listening() as stop:
        def keep_going(progress: Progress) -> bool:
            reporter.progress(f"{progress.done:.0%}")
            return not stop.asked

        return replanned(problem, current, provenance(problem, seed), seed, max_changes=max_changes, effort=Effort[effort.upper()],
                         keep_going=keep_going)


def _conclusion(made: Replanned) -> Text:
    changes, forced = len(made.changes), len(made.forced)
    if made.proved:
        return Text(f"除必须变动的{forced}对外，变动{changes}对，已证明最少（{made.proved_by.zh}）",
                    f"{forced} pairings had to change; {changes} more do, proven to be the fewest ({made.proved_by.en})")
    return Text(f"除必须变动的{forced}对外，变动{changes}对；已证明至少{made.least_changes}对（{made.proved_by.zh}）",
                f"{forced} pairings had to change; {changes} more do, and at least {made.least_changes} must ({made.proved_by.en})")


def _changes_json(problem: Problem, made: Replanned, current: Plan) -> dict[str, object]:
    """What changes.json holds: pairings that had to go with the reason, those given up, the least number and its proof."""
    after = made.plan.cadres_of
    return {
        "kind": "yixian-changes", "schema": 1, "term": current.term_id,
        "forced": [{"cadre": one.cadre_id, "site": one.site_id, "to": after.get(one.site_id, (None,))[0], "zh": why.zh, "en": why.en}
                   for one in made.forced for why in [_why(problem, one.cadre_id, one.site_id)]],
        "changes": [{"cadre": one.cadre_id, "site": one.site_id, "to": after[one.site_id][0]} for one in made.changes],
        "least_changes": made.least_changes, "proved": made.proved, "zh": made.proved_by.zh, "en": made.proved_by.en,
    }


def _why(problem: Problem, cadre_id: str, site_id: str) -> Text:
    """Why a pairing of the plan in force cannot stay."""
    from planner.explain import objections

    cadre, site = problem.district.cadre_by_id.get(cadre_id), problem.district.site_by_id.get(site_id)
    if site is None:
        return Text("联系点已撤并", "the point is gone")
    if cadre is None or not cadre.capacity_percent:
        return Text("干部已离任或不再参加", "the cadre has left or takes no part")
    texts = [one.text for one in objections(problem, cadre, site)]
    return Text("；".join(one.zh for one in texts), "; ".join(one.en for one in texts))


def sentence(problem: Problem, handover: Handover) -> Text:
    """One handover in words."""
    from maps.plan_words import HANDOVER_REASONS

    site = problem.district.site_by_id.get(handover.site_id)
    name = handover.site_id if site is None else f"{site.name}（{site.id}）"
    reason = HANDOVER_REASONS[handover.reason]
    meet = handover.meeting_day
    until_zh = f"，至{handover.last_day}" if handover.last_day else ""
    until_en = f" until {handover.last_day}" if handover.last_day else ""
    return Text(
        f"{name}：{handover.from_cadre_id or '—'} → {handover.to_cadre_id or '—'}，自{handover.first_day}{until_zh}"
        f"（{reason.zh}{f'，{meet}当面交接' if meet else ''}）",
        f"{name}: {handover.from_cadre_id or '-'} -> {handover.to_cadre_id or '-'}, from {handover.first_day}{until_en} "
        f"({reason.en}{f', both meet on {meet}' if meet else ''})")


def _write_handovers(problem: Problem, handovers: tuple[Handover, ...], seed: int, out: Path) -> None:
    from planner.artefacts.files import write_json
    from planner.artefacts.handover import HandoverList

    write_json(out / HANDOVER, HandoverList.of(problem.term.id, handovers, provenance(problem, seed)).to_json())


def _cover(problem: Problem, current: Plan, seed: int, out: Path, settings: Settings, reporter: Reporter) -> int:
    from planner.artefacts.handover import HandoverList
    from planner.covers import covers

    if not problem.district.absences:
        raise simple_fault("no-absences", problem.district.name, Text("没有请假记录", "there are no absences"),
                           Text("请在“请假”表中填写起止日期", "Please fill in the sheet of absences"))
    with reporter.stage("cover", Text("安排临时代管", "finding stand-ins")):
        found = covers(problem, current)
    _write_handovers(problem, found.handovers, seed, out)
    if settings.as_json:
        handovers = HandoverList.of(problem.term.id, found.handovers, provenance(problem, seed)).to_json()
        click.echo(json.dumps(handovers | {"uncovered": [
            {"cadre": one.cadre_id, "site": site, "first_day": one.first_day.isoformat(), "last_day": one.last_day.isoformat()}
            for one, site in found.uncovered]}, ensure_ascii=False, indent=1))
        return 0
    for handover in found.handovers:
        if handover.last_day is not None:
            settings.say(sentence(problem, handover))
    if not found.handovers and not found.uncovered:
        settings.say(Text("没有请假落在联系日上，无需代管", "no absence of a cadre with points holds a liaison day: no stand-in is needed"))
    for absence, site_id in found.uncovered:
        settings.say(Text(f"✗ {site_id}：{absence.cadre_id}在{absence.first_day}至{absence.last_day}请假，无人可代管",
                          f"✗ {site_id}: {absence.cadre_id} is away from {absence.first_day} to {absence.last_day}; nobody can stand in"))
    return 0
