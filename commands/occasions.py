"""The command ``occasions``: New Year's Day visits, rounds over all points and receptions, from a plan with its calendar."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.inputs import Sources, read_artefact
from commands.names import EXIT_BREAKS_RULES, OCCASIONS
from commands.options import OUT, PLAN_OPTION, common, reads_facts
from commands.outputs import Made, made_before, plan_digest
from commands.papers import FORMATS, put_papers
from commands.reporting import SHOWN_LINES, Reporter, Settings, show_files
from planner.text import Text

if TYPE_CHECKING:
    from maps.papers.shelf import Shelf
    from planner.artefacts.occasions import Occasions
    from planner.artefacts.verdict import Verdict
    from planner.facts.occasions import OccasionRequests


@click.command()
@PLAN_OPTION
@OUT
@click.option("--file", "file", type=click.Path(path_type=Path), required=True, help="要安排什么、慰问户名单（.xlsx） / what is asked for")
@click.option("--keep", is_flag=True, help="沿用（或手工改过的）occasions.json，只核查和打印 / judge and print occasions.json as it is")
@click.option("--format", "formats", multiple=True, type=click.Choice([*FORMATS, "all"]), default=("pdf",), show_default=True,
              help="文件格式 / file format")
@click.option("--level", type=click.Choice(["public", "internal", "personal"]), default="internal", show_default=True,
              help="公开、内部、本人 / who may read it")
@click.option("--hotline", default="", help="印在接待公告上的热线 / hotline on announcements")
@reads_facts
@common
def occasions(sources: Sources, plan_path: Path, out: Path, file: Path, keep: bool, formats: tuple[str, ...], level: str, hotline: str,
              settings: Settings, reporter: Reporter) -> int:
    """大年初一拜年、意见征询、下访接待：安排、核查、打印。 / New Year's Day visits, rounds and receptions."""
    from geodata.occasions import read_occasions
    from planner.artefacts.files import write_json
    from planner.artefacts.occasions import Occasions
    from planner.check_occasions import judge_occasions

    made = made_before(sources, plan_path)
    problem = made.inputs.problem
    requests, notes = read_occasions(file, problem.district, problem.term)
    for note in notes[:SHOWN_LINES]:
        reporter.say(Text(note.sentence("zh"), note.sentence("en")))
    path = out / OCCASIONS
    if not keep:
        write_json(path, _plan(made, requests, reporter).to_json())
    with reporter.stage("judge", Text("核查", "judging")):
        written = read_artefact(path, "yixian-occasions", Occasions.from_json)
        verdict = judge_occasions(problem, made.plan, made.calendar, requests, written)
    request = PaperRequest(FORMATS if "all" in formats else tuple(dict.fromkeys(formats)), level, hotline)
    papers = _write_papers(made, requests, written, sources.workbook, file, request, out, reporter) if verdict.valid else []
    if settings.as_json:
        click.echo(json.dumps(verdict.to_json() | {"files": [str(one) for one in (path, *papers)]}, ensure_ascii=False, indent=1))
    else:
        _show(verdict, settings)
        show_files([path, *papers], settings)
    return 0 if verdict.valid else EXIT_BREAKS_RULES


def _plan(made: Made, requests: OccasionRequests, reporter: Reporter) -> Occasions:
    import dataclasses

    from planner.facts.digests import digest_of
    from planner.occasions import plan_occasions

    problem = made.inputs.problem
    source = dataclasses.replace(made.plan.provenance, digests=dict(problem.digests) | {
        "plan": plan_digest(made.plan), "occasions": digest_of(requests)})
    with reporter.stage("occasions", Text("安排拜年、征询和接待", "planning the occasions")):
        return plan_occasions(problem, made.plan, made.calendar, requests, source)


def _show(verdict: Verdict, settings: Settings) -> None:
    """The conclusion, what is broken, and every goal with its bound."""
    from planner.check_occasions import OCCASION_GOALS

    counts = verdict.counts
    word = Text("合格", "valid") if verdict.valid else Text("不合格", "invalid")
    settings.say(Text(f"{word.zh}：{counts['occasions']} 项，走访和接待 {counts['calls']} 人次，慰问 {counts['households']} 户，"
                      f"未能安排 {counts['left_out']}", f"{word.en}: {counts['occasions']} occasions, {counts['calls']} calls, "
                      f"{counts['households']} households, {counts['left_out']} left out"))
    for violation in verdict.violations[:SHOWN_LINES]:
        settings.say(Text(f"✗ [{violation.rule_id}] {violation.text.zh}", f"✗ [{violation.rule_id}] {violation.text.en}"))
    if len(verdict.violations) > SHOWN_LINES:
        more = len(verdict.violations) - SHOWN_LINES
        settings.say(Text(f"  …… 另有 {more} 处", f"  ... and {more} more"))
    for goal in verdict.goals:
        occasion_id, _, goal_id = goal.goal_id.partition("/")
        title, unit, scale = OCCASION_GOALS[goal_id]
        bound = "" if goal.bound is None else f"{goal.bound // scale}"
        settings.say(Text(
            f"  {occasion_id} {title.zh}：{goal.value // scale} {unit.zh}" + (f"（下界 {bound}）" if bound else ""),
            f"  {occasion_id} {title.en}: {goal.value // scale} {unit.en}" + (f" (bound {bound})" if bound else "")))


@dataclass(frozen=True)
class PaperRequest:
    """Formats, level and hotline of the papers."""

    formats: Sequence[str]
    level: str
    hotline: str


def _write_papers(made: Made, requests: OccasionRequests, written: Occasions, workbook: Path, file: Path, request: PaperRequest, out: Path,
                  reporter: Reporter) -> list[Path]:
    """Papers and calendars of one level; names of households are read for 本人 only."""
    from geodata.contacts import read_contacts
    from geodata.occasions import read_household_contacts
    from maps.papers.content import Source
    from maps.papers.levels import Level, phone_words
    from maps.papers.occasion_papers import OccasionSource, occasion_entries, occasion_papers
    from maps.papers.shelf import Shelf, folder_of

    level = Level(request.level)
    phones = {} if level is Level.PUBLIC else {
        site_id: phone_words(phone, level) for site_id, phone in read_contacts(workbook).items()}
    contacts = read_household_contacts(file) if level is Level.PERSONAL else {}
    base = Source(made.inputs.problem, made.plan, made.calendar, level, reporter.language, phones, request.hotline)
    names = {one.id: one.name for one in requests.rounds}
    shelf = Shelf(folder_of(out, level))
    with reporter.stage("papers", Text("制作材料", "making papers")):
        for occasion in written.occasions:
            reporter.progress(occasion.id)
            source = OccasionSource(base, occasion, names.get(occasion.id, ""), contacts)
            for paper in occasion_papers(source):
                put_papers(shelf, [paper], paper.name, request.formats)
        if level is not Level.PUBLIC:
            _put_calendars(base, occasion_entries(base, [(one, names.get(one.id, "")) for one in written.occasions]), shelf)
    shelf.close()
    return shelf.made


def _put_calendars(base: Any, entries: Mapping[tuple[str, str], Sequence[Any]], shelf: Shelf) -> None:
    """An .ics a cadre and a sub-district, apart from those of the liaison days; earlier ones are updated, also to nothing."""
    from maps.papers.calendar_files import calendar_file

    district = base.problem.district
    names = {("cadre", one.id): one.name for one in district.cadres} | {("place", one.id): one.name for one in district.subdistricts}
    for owner, name in names.items():
        path = shelf.folder / "ics" / f"occasions-{owner[1]}.ics"
        before = path.read_bytes() if path.is_file() else None
        if owner not in entries and before is None:
            continue
        data = calendar_file(base, name, entries.get(owner, ()), before)
        shelf.put(f"ics/occasions-{owner[1]}.ics", data, lambda data=data: data)  # type: ignore[misc]
