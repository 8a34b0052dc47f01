"""一线 (Yixian): the command line. The only file that knows planner, geodata and maps; it wires and reports.

Heavy packages are imported inside the commands that need them, so that ``--help`` answers at once.
Exit codes: 0 done, 1 a fault of ours, 2 the input, 3 no plan exists, 4 a plan breaks rules, 130 interrupted.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner import __version__
from planner.text import Language, Text

if TYPE_CHECKING:
    from geodata.faults import Fault, InputError
    from geodata.geography import Geography
    from maps.base_map import BaseMap
    from planner.artefacts.plan import Plan
    from planner.artefacts.routes import Routes
    from planner.artefacts.verdict import Verdict
    from planner.artefacts.visit_calendar import VisitCalendar
    from planner.facts.district import District
    from planner.facts.problem import Problem

EXIT_OURS, EXIT_INPUT, EXIT_NO_PLAN, EXIT_BREAKS_RULES, EXIT_INTERRUPTED = 1, 2, 3, 4, 130
SHOWN_LINES = 12
"""How many faults or violations of a kind are shown before the rest is only counted."""
TOLD_EVERY_SECONDS = 5.0
"""How often a stage says in a pipe how far it is."""

WORKBOOK, GEOGRAPHY, POLICY = "district.xlsx", "geography.gpkg", "policy.toml"
PLAN, CALENDAR, ROUTES, SUMMARY = "plan.json", "calendar.json", "routes.json", "summary.json"
FAULTS = "faults.json"
ACCEPTABLE = ("invalid-boundary", "swapped-coordinates", "wrong-datum")
"""Codes of the faults that are mended for the whole file where the user agrees."""
DEMO_CADRES, DEMO_SITES = 310, 791
"""Size of the demonstration at scale 1."""
DRAWN_CADRES = 1_000
"""With more cadres than this, the whole job leaves out maps and route sheets."""
TABLES = {".xlsx", ".csv"}
"""Ends of the names of plans made by hand."""


# --- what the user sees while it works --------------------------------------------------------------------------


class Reporter:
    """Progress for people: a moving line on a terminal, plain lines in a pipe; the seconds of every stage."""

    def __init__(self, language: Language, quiet: bool) -> None:
        self.language = language
        self.seconds: dict[str, float] = {}
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._label = ""
        self._told = 0.0

    def say(self, text: Text) -> None:
        """One line, on standard error."""
        if not self._quiet:
            click.echo(("\r\033[K" if self._terminal else "") + text.in_language(self.language), err=True)

    @contextmanager
    def stage(self, name: str, label: Text) -> Iterator[None]:
        """Tell that a stage begins and how long it took."""
        self._label, self._told, began = label.in_language(self.language), time.monotonic(), time.monotonic()
        if self._terminal:
            self._show(f"{self._label} …")
        yield
        self.seconds[name] = round(time.monotonic() - began, 2)
        self.say(Text(f"✓ {label.zh}（{self.seconds[name]:.1f} 秒）", f"✓ {label.en} ({self.seconds[name]:.1f} s)"))

    def progress(self, detail: str) -> None:
        """Say how far the stage is: at once on a terminal, every few seconds in a pipe."""
        now = time.monotonic()
        if self._terminal:
            self._show(f"{self._label} … {detail}")
        elif now - self._told >= TOLD_EVERY_SECONDS:
            self._told = now
            self.say(Text(f"  {self._label}：{detail}", f"  {self._label}: {detail}"))

    def _show(self, line: str) -> None:
        if not self._quiet:
            click.echo(f"\r\033[K{line}", err=True, nl=False)


class Stop:
    """Ctrl-C asks the search to end with the best plan so far; a second Ctrl-C ends the program."""

    def __init__(self, reporter: Reporter) -> None:
        self.asked = False
        self._reporter = reporter

    @contextmanager
    def listening(self) -> Iterator[Stop]:
        """Catch the first interruption while the search runs."""
        before = signal.signal(signal.SIGINT, self._heard)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)

    def _heard(self, *_: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self._reporter.say(Text("正在停止：保留目前最好的方案；再按一次 Ctrl-C 立即退出",
                                "stopping: the best plan so far is kept; press Ctrl-C again to quit at once"))


# --- faults -----------------------------------------------------------------------------------------------------


def simple_fault(code: str, file: str, why: Text, remedy: Text) -> InputError:
    """One fault of a file as a whole."""
    from geodata.faults import Fault, InputError

    return InputError([Fault(code, file, why, remedy)])


def show_faults(faults: Sequence[Fault], settings: Settings) -> None:
    """Print every kind of fault: the first lines of each and a count; faults, then warnings, then repairs."""
    if settings.as_json:
        click.echo(json.dumps(faults_as_json(faults), ensure_ascii=False, indent=1))
        return
    marks = {"fault": Text("✗", "✗"), "warning": Text("请核对", "check"), "repair": Text("已修正", "mended")}
    kinds: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        kinds.setdefault((fault.severity, fault.code), []).append(fault)
    for (severity, _), group in sorted(kinds.items(), key=lambda one: list(marks).index(one[0][0])):
        mark = marks[severity].in_language(settings.language)
        _show_first([f"{mark} {fault.sentence(settings.language)}" for fault in group], settings.language)
    wrong, asked = (sum(fault.severity == severity for fault in faults) for severity in ("fault", "warning"))
    mended = len(faults) - wrong - asked
    settings.say(Text(f"共 {wrong} 处错误，{mended} 处已自动修正" + (f"，{asked} 处请核对" if asked else "") + "。",
                      f"{wrong} faults, {mended} mended" + (f", {asked} to be checked" if asked else "") + "."))


def faults_as_json(faults: Sequence[Fault]) -> dict[str, Any]:
    """The faults as ``--json`` and faults.json have them."""
    return {"faults": [fault.to_json() for fault in faults]}


def _show_first(lines: Sequence[str], language: Language) -> None:
    for line in lines[:SHOWN_LINES]:
        click.echo(line)
    if len(lines) > SHOWN_LINES:
        more = len(lines) - SHOWN_LINES
        click.echo(Text(f"  …… 同类还有 {more} 处", f"  ... and {more} more of this kind").in_language(language))


@dataclasses.dataclass(frozen=True)
class Settings:
    """What every command is told: language, quiet, JSON."""

    language: Language
    quiet: bool
    as_json: bool

    def say(self, text: Text) -> None:
        """One line on standard output."""
        click.echo(text.in_language(self.language))


# --- facts in ---------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Inputs:
    """A problem, the geography it lies in (None without roads and boundaries), and the notes that reading left."""

    problem: Problem
    geography: Geography | None
    notes: tuple[Fault, ...]


@dataclasses.dataclass(frozen=True)
class Sources:
    """Where the facts come from; ``changes`` are single settings of the policy, as text by key.

    ``accepted`` are the codes of faults whose proposed repair the user agrees to.
    """

    workbook: Path
    roads: Path | None = None
    boundaries: Path | None = None
    policy: Path | None = None
    term_id: str | None = None
    changes: Mapping[str, str] = dataclasses.field(default_factory=dict)
    accepted: tuple[str, ...] = ()

    def for_plan(self, path: Path) -> Sources:
        """The same with the term of a plan, unless one was given."""
        return dataclasses.replace(self, term_id=self.term_id or _term_of_plan(path))


def read_inputs(sources: Sources, cache: bool = True) -> Inputs:
    """Read everything a plan is made from; raises InputError with all faults of all files.

    Without roads or a policy, files called geography.gpkg and policy.toml beside the workbook are taken;
    failing that, straight lines and the built-in policy.
    """
    from geodata.faults import InputError
    from geodata.holidays import special_days
    from geodata.policy_file import apply_settings, read_policy
    from geodata.surroundings import read_district
    from planner.facts.digests import digest_of
    from planner.facts.problem import Problem
    from planner.facts.term import term_of

    workbook = sources.workbook
    roads = sources.roads or _beside(workbook, GEOGRAPHY)
    district, geography, faults = read_district(workbook, roads, sources.boundaries, sources.accepted)
    policy, policy_faults = read_policy(sources.policy or _beside(workbook, POLICY))
    faults += policy_faults
    if policy is not None and sources.changes:
        policy, set_faults = apply_settings(policy, sources.changes)
        faults += set_faults
    if district is None or policy is None:
        raise InputError(faults)
    try:
        term = term_of(_term_id(sources.term_id, [one.id for one in district.past_terms], workbook))
    except InputError as error:
        raise InputError((*faults, *error.faults)) from error
    years = sorted({month.year for month in term.month_starts()})
    days, states = special_days(years)
    term = dataclasses.replace(term, special_days=days, state_by_year=states)
    travel, notes = _travel(district, roads, geography, policy, cache)
    digests = {"district": digest_of(district), "policy": digest_of(policy), "term": digest_of(term), "travel": travel.digest}
    return Inputs(Problem(district, travel, policy, term, digests), geography, (*faults, *notes))


def _beside(workbook: Path, name: str) -> Path | None:
    path = workbook / name if workbook.is_dir() else workbook.with_name(name)
    return path if path.is_file() else None


def _term_id(given: str | None, past: Sequence[str], workbook: Path) -> str:
    """The term asked for, else the one after the last of the history."""
    from planner.facts.term import term_after, term_of

    try:
        if given is not None:
            return term_of(given).id
        if past:
            return term_after(past[-1])
    except ValueError:
        pass
    raise simple_fault("unknown-term", workbook.name,
                       Text("不知道要排哪一届", "the term to plan is not known"),
                       Text("请用 --term 2027-2028 这样的写法指明，或在“历史”表中用同样的写法填写任期",
                            "Please give it as --term 2027-2028, or write terms so in the sheet of past pairings"))


def _travel(district: District, roads: Path | None, geography: Geography | None, policy: Any,
            cache: bool) -> tuple[Any, tuple[Fault, ...]]:
    """The travel times over the roads, and places that meet no road; or straight lines without roads.

    The times of a city stand in no matrix: they are computed part by part when they are asked for.
    """
    from geodata.city_travel import MOST_PLACES_IN_ONE_MATRIX, CityTravel, StraightCityTravel
    from geodata.travel_times import straight_line_matrix

    is_city = len(district.places()) > MOST_PLACES_IN_ONE_MATRIX
    if roads is None or geography is None:
        straight = StraightCityTravel if is_city else straight_line_matrix
        return straight(district.places(), policy.straight_line_kmh, policy.straight_line_detour_percent), ()
    from geodata.roads_places import place_notes
    from geodata.streets import NoRoadError, StreetNetwork
    from geodata.travel_times import travel_over

    folder = Path(os.environ.get("YIXIAN_CACHE") or Path.home() / ".cache" / "yixian") if cache else None
    network = StreetNetwork(geography.streets, gaps=_gaps(policy))
    try:
        notes = place_notes(network, district.places(), roads.name)
        if is_city:
            return CityTravel(district.places(), geography.streets, gaps=_gaps(policy)), notes
        return travel_over(network, district.places(), folder), notes
    except NoRoadError as error:
        raise no_road(roads) from error


def no_road(roads: Path) -> InputError:
    """The fault of a road file on whose roads nobody can arrive."""
    return simple_fault("no-road", roads.name, Text("其中没有可用的道路", "it holds no usable road"),
                        Text("请换一个道路文件", "Please choose another road file"))


def _gaps(policy: Any) -> Any:
    """How long ways take where there is no road."""
    from geodata.streets import StraightLine

    return StraightLine(policy.straight_line_kmh, policy.straight_line_detour_percent)


def read_artefact(path: Path, kind: str, parse: Callable[[dict[str, Any]], Any]) -> Any:
    """Read a plan, a calendar or routes; raises InputError when the file is not one."""
    from planner.artefacts.files import read_json

    try:
        return parse(_of_kind(read_json(path), kind))
    except OSError as error:
        from geodata.faults import InputError, unreadable_file

        raise InputError([unreadable_file(path.name, error)]) from error
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise simple_fault("not-an-artefact", path.name, Text(f"不是有效的 {kind} 文件（{error}）", f"not a valid {kind} file ({error})"),
                           Text("请用本程序生成的文件", "Please use a file this program wrote")) from error


def _of_kind(data: dict[str, Any], kind: str) -> dict[str, Any]:
    if data.get("kind") != kind:
        raise ValueError(f"kind: {data.get('kind')}")
    return data


def read_plan(path: Path, problem: Problem) -> Plan:
    """Read a plan from plan.json, or from a workbook or CSV file made by hand; raises InputError."""
    from planner.artefacts.plan import Plan

    if path.suffix.lower() not in TABLES:
        plan: Plan = read_artefact(path, "yixian-plan", Plan.from_json)
        return plan
    from geodata.faults import InputError
    from geodata.tables import read_plan_table

    pairings, faults = read_plan_table(path, problem.district)
    if any(fault.severity == "fault" for fault in faults):
        raise InputError(faults)
    return Plan.of(problem.term.id, pairings, provenance(problem, 0))


def provenance(problem: Problem, seed: int) -> Any:
    """Digests of the inputs, seed, and versions of what computes."""
    from importlib.metadata import version

    from planner.artefacts.provenance import Provenance

    names = ("numba", "numpy", "ortools", "scipy")
    return Provenance(dict(problem.digests), seed, {"yixian": __version__} | {name: version(name) for name in names})


# --- stages -----------------------------------------------------------------------------------------------------


def make_plan(problem: Problem, seed: int, effort: str, reporter: Reporter) -> Plan:
    """Assign, with progress, stoppable."""
    from planner.assignment import Effort, Progress
    from planner.city_assignment import assign_any

    with reporter.stage("assignment", Text("安排结对", "assigning")), Stop(reporter).listening() as stop:
        def keep_going(progress: Progress) -> bool:
            reporter.progress(f"{progress.goal.title.in_language(reporter.language)} {progress.done:.0%}")
            return not stop.asked

        return assign_any(problem, provenance(problem, seed), seed, Effort[effort.upper()], keep_going)


def check_memory(cadres: int, sites: int, name: str, reporter: Reporter) -> None:
    """Say how much memory a city will take, before the work; raises InputError where the machine has not as much."""
    from planner.city_assignment import CITY_CADRES
    from planner.memory import available_bytes, planning_bytes
    from planner.processes import processors

    needed, available = planning_bytes(cadres, sites, processors()), available_bytes()
    amount = f"{needed / 1e9:.1f} GB"
    if available is not None and needed > available:
        free = f"{available / 1e9:.1f} GB"
        raise simple_fault(
            "memory", name,
            Text(f"{cadres}名干部、{sites}个联系点约需内存{amount}，本机可用{free}",
                 f"{cadres} cadres and {sites} points take about {amount} of memory; {free} are free"),
            Text("请关闭其他程序、换一台内存更大的机器，或分区分别安排",
                 "Please close other programs, use a machine with more memory, or plan district by district"))
    if cadres >= CITY_CADRES:
        reporter.say(Text(f"{cadres}名干部、{sites}个联系点，分片安排，约需内存{amount}",
                          f"{cadres} cadres and {sites} points, planned in areas: about {amount} of memory"))


def make_calendar(problem: Problem, plan: Plan, out: Path, reporter: Reporter) -> tuple[VisitCalendar, Routes]:
    """Schedule and route; writes calendar.json and routes.json."""
    from planner.artefacts.files import write_json
    from planner.routing import route
    from planner.scheduling import schedule

    source = dataclasses.replace(plan.provenance, digests=dict(problem.digests) | {"plan": plan_digest(plan)})
    with reporter.stage("calendar", Text("编排走访日历", "scheduling visits")):
        calendar = schedule(problem, plan, source)
        write_json(out / CALENDAR, calendar.to_json())
    with reporter.stage("routes", Text("规划走访路线", "routing")):
        routes = route(problem, calendar, source)
        write_json(out / ROUTES, routes.to_json())
    return calendar, routes


def plan_digest(plan: Plan) -> str:
    """SHA-256 of plan.json as it is written; the same stands on every printed sheet."""
    from planner.artefacts.files import json_digest

    return json_digest(plan.to_json())


def base_map_of(geography: Geography | None) -> BaseMap:
    """The geography as the maps want it."""
    import shapely

    from maps.base_map import BaseMap, RoadLine, SubdistrictArea

    if geography is None:
        return BaseMap()
    lines: dict[tuple[Any, ...], RoadLine] = {}
    for _, _, edge in geography.streets.edges(data=True):
        points = tuple(edge["geometry"])
        lines.setdefault(min(points, points[::-1]), RoadLine(edge["name"], edge["highway"], points))
    return BaseMap(
        tuple(SubdistrictArea(*one) for one in geography.subdistricts),
        shapely.union_all(geography.water) if geography.water else None,
        tuple(lines.values()), geography.outline, geography.attribution)


class Ways:
    """Ways between offices and sites over the roads, for drawing and for directions; each is found once."""

    def __init__(self, problem: Problem, geography: Geography) -> None:
        from geodata.travel_times import StreetRouter

        self._router = StreetRouter(geography.streets, gaps=_gaps(problem.policy))
        self._places = problem.district.places()
        self._found: dict[tuple[str, str], Any] = {}

    def _way(self, origin_id: str, destination_id: str) -> Any:
        key = (origin_id, destination_id)
        if key not in self._found:
            self._found[key] = self._router.route(self._places[origin_id], self._places[destination_id])
        return self._found[key]

    def geometry(self, origin_id: str, destination_id: str) -> Sequence[tuple[float, float]]:
        """Points (lon, lat) of the way; none where there is no road at all."""
        way = self._way(origin_id, destination_id)
        return () if way is None or way.is_straight else way.points

    def directions(self, origin_id: str, destination_id: str) -> Sequence[tuple[str, int, int]]:
        """Street name, metres and seconds of every stretch."""
        way = self._way(origin_id, destination_id)
        return () if way is None else [tuple(leg) for leg in way.legs]


@dataclasses.dataclass(frozen=True)
class Made:
    """Everything that a term's papers are made from."""

    inputs: Inputs
    plan: Plan
    calendar: VisitCalendar
    routes: Routes

    def base_map(self) -> BaseMap:
        """The base map."""
        return base_map_of(self.inputs.geography)

    def ways(self) -> Ways | None:
        """The ways over the roads, None without roads."""
        geography = self.inputs.geography
        return None if geography is None or not geography.streets else Ways(self.inputs.problem, geography)


def write_maps(made: Made, base_map: BaseMap, ways: Ways | None, out: Path, reporter: Reporter) -> list[Path]:
    """Write the coverage map and the map of the liaison days."""
    from maps.coverage import coverage_map
    from maps.offline import save_map
    from maps.visit_days import day_map

    problem, language = made.inputs.problem, reporter.language
    geometry = ways.geometry if ways else None
    with reporter.stage("maps", Text("绘制地图", "drawing maps")):
        coverage, days = out / "maps" / "coverage.html", out / "maps" / "visit-days.html"
        name = problem.district.name
        save_map(coverage_map(problem, made.plan, base_map, language), coverage,
                 Text(f"{name} 联系覆盖图", f"{name} coverage").in_language(language), language)
        save_map(day_map(problem, made.plan, made.calendar, made.routes, base_map, geometry, language), days,
                 Text(f"{name} 走访日地图", f"{name} liaison days").in_language(language), language)
    return [coverage, days]


def write_sheets(made: Made, base_map: BaseMap, ways: Ways | None, out: Path, day: date, cadre_id: str | None,
                 reporter: Reporter) -> list[Path]:
    """Write the route sheets of one liaison day, of everybody or of one cadre."""
    from maps.route_sheets import unprintable_names, write_route_sheet, write_route_sheets

    for sentence in unprintable_names(made.inputs.problem.district):
        reporter.say(sentence)
    given: dict[str, Any] = {
        "day": day, "base_map": base_map, "geometry": ways.geometry if ways else None,
        "directions": ways.directions if ways else None, "language": reporter.language}
    artefacts = (made.inputs.problem, made.plan, made.calendar, made.routes)
    with reporter.stage("sheets", Text(f"打印 {day} 的路线单", f"printing the route sheets of {day}")):
        if cadre_id is None:
            path = out / "sheets" / f"route-sheets-{day}.pdf"
            write_route_sheets(path, *artefacts, **given)
        else:
            path = out / "sheets" / f"route-sheet-{day}-{cadre_id}.pdf"
            write_route_sheet(path, *artefacts, cadre_id=cadre_id, **given)
    return [path]


def write_tables(made: Made, verdict: Verdict, out: Path, reporter: Reporter) -> None:
    """Write plan.xlsx and plan.gpkg."""
    from maps.plan_layers import write_plan_layers
    from maps.plan_tables import RuleLine, write_plan_workbook
    from planner.rules import GOALS, RULES

    problem = made.inputs.problem
    with reporter.stage("tables", Text("写出安排表和图层", "writing tables and layers")):
        rules = [RuleLine(rule.id, rule.title, rule.clause, rule.setting(problem.policy)) for rule in RULES]
        write_plan_workbook(out / "plan.xlsx", problem, made.plan, verdict,
                            goal_titles={goal.id: goal.title for goal in GOALS},
                            goal_units={goal.id: goal.unit for goal in GOALS},
                            goal_values={goal.id: goal.display for goal in GOALS}, rules=rules, language=reporter.language)
        write_plan_layers(out / "plan.gpkg", problem, made.plan, made.routes)


def write_summary(made: Made, verdict: Verdict, out: Path, reporter: Reporter) -> None:
    """Write summary.json: what the judge counted and measured, and where it all comes from."""
    from planner.artefacts.files import write_json
    from planner.rules import GOAL_BY_ID

    judged = verdict.to_json()
    for goal in judged["goals"]:
        known = GOAL_BY_ID[goal["id"]]
        goal |= {"title": known.title.zh, "title_en": known.title.en, "shown": known.display(goal["value"]),
                 "unit": known.unit.zh, "unit_en": known.unit.en}
    problem = made.inputs.problem
    write_json(out / SUMMARY, {
        "kind": "yixian-summary", "schema": 1, "district": problem.district.name, "term": made.plan.term_id,
        "status": made.plan.status, "valid": judged["valid"], "counts": judged["counts"],
        "violations": judged["violations"], "goals": judged["goals"], "seed": made.plan.provenance.seed,
        "digests": dict(problem.digests) | {"plan": plan_digest(made.plan)},
        "versions": dict(made.plan.provenance.versions), "holidays": {
            str(year): str(state) for year, state in sorted(problem.term.state_by_year.items())},
        "travel_source": problem.travel.source,
        "seconds": reporter.seconds,
    })


def judge_folder(problem: Problem, folder: Path) -> Verdict:
    """Re-read plan, calendar and routes from a folder and judge them together."""
    from planner.artefacts.routes import Routes
    from planner.artefacts.visit_calendar import VisitCalendar
    from planner.check import judge

    plan = read_plan(folder / PLAN, problem)
    calendar = routes = None
    if (folder / CALENDAR).is_file():
        calendar = read_artefact(folder / CALENDAR, "yixian-calendar", VisitCalendar.from_json)
    if (folder / ROUTES).is_file():
        routes = read_artefact(folder / ROUTES, "yixian-routes", Routes.from_json)
    return judge(problem, plan, calendar, routes)


def show_verdict(verdict: Verdict, settings: Settings) -> None:
    """Print the verdict: the conclusion, every kind of violation, and the goals with their bounds."""
    from planner.rules import GOAL_BY_ID

    if settings.as_json:
        click.echo(json.dumps(verdict.to_json(), ensure_ascii=False, indent=1))
        return
    counts, broken = verdict.counts, len(verdict.violations)
    conclusion = Text("合格 valid", "valid") if verdict.valid else Text("不合格 invalid", "invalid")
    settings.say(Text(f"{conclusion.zh}：{broken} 项违规，{counts['sites']} 个联系点已落实 {counts['sites_held']} 个",
                      f"{conclusion.en}: {broken} violations, {counts['sites_held']} of {counts['sites']} points held"))
    kinds: dict[str, list[str]] = {}
    for violation in verdict.violations:
        kinds.setdefault(violation.rule_id, []).append(f"✗ [{violation.rule_id}] {violation.text.in_language(settings.language)}")
    for lines in kinds.values():
        _show_first(lines, settings.language)
    for one in verdict.goals:
        goal = GOAL_BY_ID[one.goal_id]
        line = f"  {goal.title.in_language(settings.language)}: {goal.display(one.value)} {goal.unit.in_language(settings.language)}"
        if one.bound is not None and one.gap is not None:
            line += Text(f"（下界 {goal.display(one.bound)}，差距 {one.gap:.1%}）",
                         f" (bound {goal.display(one.bound)}, gap {one.gap:.1%})").in_language(settings.language)
        click.echo(line)


def show_files(paths: Sequence[Path], settings: Settings) -> None:
    """Print where the files are, one a line."""
    if settings.as_json:
        click.echo(json.dumps({"files": [str(path) for path in paths]}, ensure_ascii=False, indent=1))
        return
    for path in paths:
        click.echo(str(path))


def show_no_plan(proofs: Sequence[Text], settings: Settings) -> None:
    """Print why no plan exists."""
    if settings.as_json:
        click.echo(json.dumps({"no_plan": [{"zh": one.zh, "en": one.en} for one in proofs]}, ensure_ascii=False, indent=1))
        return
    settings.say(Text("没有可行方案，原因如下：", "no plan exists, because:"))
    _show_first([f"✗ {one.in_language(settings.language)}" for one in proofs], settings.language)


def whole_job(inputs: Inputs, out: Path, seed: int, effort: str, settings: Settings, reporter: Reporter) -> int:
    """Plan, schedule, route, judge, draw and print; returns the exit code."""
    from planner.artefacts.files import write_json
    from planner.check import judge
    from planner.diagnose import proofs_of_no_plan
    from planner.scheduling import NoVisitDayError

    problem = inputs.problem
    check_memory(len(problem.district.cadres), len(problem.district.sites), problem.district.name, reporter)
    proofs = proofs_of_no_plan(problem)
    if proofs:
        show_no_plan(proofs, settings)
        return EXIT_NO_PLAN
    out.mkdir(parents=True, exist_ok=True)
    plan = make_plan(problem, seed, effort, reporter)
    write_json(out / PLAN, plan.to_json())
    try:
        calendar, routes = make_calendar(problem, plan, out, reporter)
    except NoVisitDayError:
        show_verdict(judge(problem, read_plan(out / PLAN, problem)), settings)
        return EXIT_BREAKS_RULES
    with reporter.stage("judge", Text("核查", "judging")):
        verdict = judge_folder(problem, out)
    made = Made(inputs, plan, calendar, routes)
    if len(problem.district.cadres) <= DRAWN_CADRES:
        base_map, ways = made.base_map(), made.ways()
        write_maps(made, base_map, ways, out, reporter)
        write_sheets(made, base_map, ways, out, calendar.liaison_days[0].day, None, reporter)
    else:
        reporter.say(Text(f"干部超过{DRAWN_CADRES}名，地图和路线单会有数千页，此次不绘制；"
                          "需要时用 maps 命令画图，用 sheets --cadre 打印一人的路线单",
                          f"with more than {DRAWN_CADRES} cadres, maps and sheets would be thousands of pages and are left out; "
                          "the command maps draws them, sheets --cadre prints those of one cadre"))
    write_tables(made, verdict, out, reporter)
    write_summary(made, verdict, out, reporter)
    show_verdict(verdict, settings)
    if not settings.as_json:
        settings.say(Text(f"全部文件在 {out}", f"everything is in {out}"))
    return 0 if verdict.valid else EXIT_BREAKS_RULES


# --- commands ---------------------------------------------------------------------------------------------------


def common(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that every command has; the command gets them as ``settings`` and ``reporter``."""
    @functools.wraps(command)
    def bundled(lang: Language, quiet: bool, as_json: bool, **rest: Any) -> int:
        return command(settings=Settings(lang, quiet, as_json), reporter=Reporter(lang, quiet), **rest)

    return _with_options(bundled, (
        click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言 / language"),
        click.option("--quiet", is_flag=True, help="不显示进度 / no progress"),
        click.option("--json", "as_json", is_flag=True, help="结果用 JSON 输出 / result as JSON"),
    ))


def reads_facts(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options of commands that read a workbook; the command gets them as ``sources``."""
    @functools.wraps(command)
    def bundled(workbook: Path, roads: Path | None, boundaries: Path | None, policy: Path | None, term_id: str | None,
                changes: tuple[str, ...], accepted: tuple[str, ...], **rest: Any) -> int:
        pairs = {name: value for name, _, value in (one.partition("=") for one in changes)}
        return command(sources=Sources(workbook, roads, boundaries, policy, term_id, pairs, accepted), **rest)

    path = click.Path(path_type=Path)
    return _with_options(bundled, (
        click.option("--roads", type=path, help="道路文件：.gpkg .osm.pbf .osm .graphml .shp 等 / roads"),
        click.option("--boundaries", type=path, help="街道边界：.geojson .shp .gpkg / boundaries of sub-districts"),
        click.option("--policy", type=path, help="政策参数 policy.toml / the policy"),
        click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="改一项政策 / change a setting"),
        click.option("--accept", "accepted", multiple=True, type=click.Choice(ACCEPTABLE),
                     help="同意按建议修正某类错误 / agree to a proposed repair"),
        click.option("--term", "term_id", help="任期，如 2027-2028 / the term"),
        click.argument("workbook", type=path),
    ))


def _with_options(command: Callable[..., int], options: Sequence[Callable[..., Any]]) -> Callable[..., int]:
    for option in options:
        command = option(command)
    return command


OUT = click.option("--out", type=click.Path(path_type=Path), required=True, help="输出文件夹 / output folder")
SEED = click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="随机种子 / random seed")
EFFORT = click.option("--effort", type=click.Choice(["quick", "normal", "deep"]), default="normal", show_default=True,
                      help="搜索力度 / how long to search")
PLAN_OPTION = click.option("--plan", "plan_path", type=click.Path(path_type=Path), required=True,
                           help="方案 plan.json 或手工 .xlsx / the plan")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="yixian")
def cli() -> None:
    """一线：领导干部联系基层的规划、走访与制图工具。 / Plans who liaises with whom, when, and by which route."""


@cli.command()
@OUT
@SEED
@EFFORT
@click.option("--scale", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True, help="规模倍数 / size")
@common
def demo(out: Path, seed: int, effort: str, scale: float, settings: Settings, reporter: Reporter) -> int:
    """用内置演示区完成全部工作。 / The whole job on the embedded district."""
    check_memory(round(DEMO_CADRES * scale), round(DEMO_SITES * scale), f"demo --scale {scale:g}", reporter)
    with reporter.stage("district", Text("生成演示区并写出工作簿", "making the demonstration district")):
        from geodata.demo_district import build_demo
        from geodata.geography import write_geography
        from geodata.policy_file import BUILT_IN_POLICY
        from geodata.table_writer import write_workbook
        from planner.artefacts.files import write_whole

        made = build_demo(seed, scale)
        out.mkdir(parents=True, exist_ok=True)
        write_workbook(out / WORKBOOK, made.district)
        write_geography(out / GEOGRAPHY, made.geography)
        policy = BUILT_IN_POLICY.read_bytes()
        write_whole(out / POLICY, lambda temporary: temporary.write_bytes(policy) and None)
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        inputs = read_inputs(Sources(out / WORKBOOK, term_id=made.term.id))
    return whole_job(inputs, out, seed, effort, settings, reporter)


@cli.command()
@OUT
@SEED
@EFFORT
@reads_facts
@common
def plan(sources: Sources, out: Path, seed: int, effort: str, settings: Settings, reporter: Reporter) -> int:
    """从工作簿排出方案、日历、路线、地图和路线单。 / Plan from a workbook, with everything that follows."""
    with reporter.stage("facts", Text("读入工作簿、道路和政策", "reading workbook, roads and policy")):
        inputs = read_inputs(sources)
    for note in inputs.notes[:SHOWN_LINES]:
        reporter.say(Text(note.sentence("zh"), note.sentence("en")))
    return whole_job(inputs, out, seed, effort, settings, reporter)


@cli.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="模板文件 .xlsx / the template")
@common
def template(out: Path, settings: Settings, reporter: Reporter) -> int:
    """写出空白模板：下拉选项、填写说明、示例行。 / An empty workbook to fill, with lists, notes and sample rows."""
    from geodata.template import write_template

    with reporter.stage("template", Text("写出模板", "writing the template")):
        write_template(out, settings.language)
    show_files([out], settings)
    return 0


@cli.command()
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
            faults = faults_of_inputs(sources)
        else:
            inputs = read_inputs(sources, cache=False)
    if plan_path is None:
        show_faults(faults, settings)
        if out is not None:
            write_faults(sources.workbook, faults, out, settings, reporter)
        return EXIT_INPUT if any(fault.severity == "fault" for fault in faults) else 0
    with reporter.stage("judge", Text("核查", "judging")):
        if plan_path.is_dir():
            verdict = judge_folder(inputs.problem, plan_path)
        else:
            from planner.check import judge

            verdict = judge(inputs.problem, read_plan(plan_path, inputs.problem))
    show_verdict(verdict, settings)
    return 0 if verdict.valid else EXIT_BREAKS_RULES


def faults_of_inputs(sources: Sources) -> Sequence[Fault]:
    """Everything there is to say about the inputs. That no term is known is no fault before one is planned."""
    from geodata.faults import InputError

    try:
        return read_inputs(sources, cache=False).notes
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


def _term_of_plan(path: Path) -> str | None:
    """The term of a plan file or of the plan in a folder; None for a workbook made by hand, which does not say."""
    from planner.artefacts.plan import Plan

    if path.suffix.lower() in TABLES:
        return None
    plan: Plan = read_artefact(path / PLAN if path.is_dir() else path, "yixian-plan", Plan.from_json)
    return plan.term_id


def _made(sources: Sources, plan_path: Path) -> Made:
    """Read everything back for a stage that runs alone: calendar and routes lie beside the plan."""
    from planner.artefacts.routes import Routes
    from planner.artefacts.visit_calendar import VisitCalendar

    inputs = read_inputs(sources.for_plan(plan_path))
    return Made(
        inputs, read_plan(plan_path, inputs.problem),
        read_artefact(plan_path.with_name(CALENDAR), "yixian-calendar", VisitCalendar.from_json),
        read_artefact(plan_path.with_name(ROUTES), "yixian-routes", Routes.from_json))


@cli.command()
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


@cli.command("maps")
@PLAN_OPTION
@OUT
@reads_facts
@common
def maps_command(sources: Sources, plan_path: Path, out: Path, settings: Settings, reporter: Reporter) -> int:
    """只画地图。 / The maps alone."""
    made = _made(sources, plan_path)
    show_files(write_maps(made, made.base_map(), made.ways(), out, reporter), settings)
    return 0


@cli.command()
@PLAN_OPTION
@OUT
@click.option("--day", "day_text", help="走访日，如 2027-01-14；默认第一天 / the liaison day")
@click.option("--cadre", "cadre_id", help="只打印一名干部 / one cadre only")
@reads_facts
@common
def sheets(sources: Sources, plan_path: Path, out: Path, day_text: str | None, cadre_id: str | None, settings: Settings,
           reporter: Reporter) -> int:
    """只打印路线单。 / The route sheets alone."""
    made = _made(sources, plan_path)
    held = [one.day for one in made.calendar.liaison_days]
    known = {one.isoformat(): one for one in held}
    if day_text is not None and day_text not in known:
        raise simple_fault("no-liaison-day", CALENDAR, Text(f"{day_text} 不是联系基层工作日", f"{day_text} is no liaison day"),
                           Text(f"可选：{'、'.join(known)}", f"Choose one of {', '.join(known)}"))
    day = held[0] if day_text is None else known[day_text]
    if cadre_id is not None and not any(route.cadre_id == cadre_id for route in made.routes.on(day)):
        raise simple_fault("no-route", ROUTES, Text(f"{cadre_id} 在 {day} 没有走访路线", f"{cadre_id} has no route on {day}"),
                           Text("请检查干部编号和日期", "Please check the cadre's id and the day"))
    show_files(write_sheets(made, made.base_map(), made.ways(), out, day, cadre_id, reporter), settings)
    return 0


@cli.command()
@click.option("--file", "file_path", type=click.Path(path_type=Path), help="道路文件 / .osm.pbf .osm .graphml .gpkg .shp .geojson")
@click.option("--place", help="从 OpenStreetMap 下载，如“杨浦区, 上海” / download by name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写到 / geography.gpkg")
@click.option("--workbook", type=click.Path(path_type=Path), help="检查其中的地点怎样接入道路 / whose places to join")
@click.option("--attribution", help="地图上的署名 / shown on every map")
@common
def roads(file_path: Path | None, place: str | None, out: Path, workbook: Path | None, attribution: str | None,
          settings: Settings, reporter: Reporter) -> int:
    """把道路文件转换成 geography.gpkg，或从 OpenStreetMap 下载。 / Roads for travel times and maps."""
    if (file_path is None) == (place is None):
        raise click.UsageError("请给出 --file 或 --place 之一 / give either --file or --place")
    from geodata.faults import InputError
    from geodata.roads_command import make_geography
    from geodata.streets import NoRoadError
    from geodata.tables import read_workbook

    places = None
    if workbook is not None:
        district, faults = read_workbook(workbook)
        if district is None:
            raise InputError(faults)
        places = district.places()
    with reporter.stage("roads", Text("读入道路", "reading roads")):
        if file_path is not None:
            from geodata.roads import read_roads

            reading = read_roads(file_path)
        else:
            from geodata.roads_download import download_roads

            reading = download_roads(str(place))
    try:
        report = make_geography(reading, out, places, attribution)
    except NoRoadError as error:
        raise no_road(file_path or out) from error
    if settings.as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
        return 0
    for line in report.lines():
        settings.say(line)
    if report.notes:
        show_faults(report.notes, settings)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and turn what happened into an exit code; no traceback for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    english = ("--lang", "en") in pairwise(arguments) or "--lang=en" in arguments
    language: Language = "en" if english else "zh"
    settings = Settings(language, quiet=False, as_json="--json" in arguments)
    try:
        return int(cli.main(arguments, prog_name="run_planner.py", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.UsageError as error:
        click.echo(Text(f"命令有误：{error.format_message()}（用 --help 查看用法）",
                        f"usage: {error.format_message()} (see --help)").in_language(language), err=True)
        return EXIT_INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo(Text("已中断，未写完的文件没有保留", "interrupted; no half-written file is left").in_language(language), err=True)
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: every exception becomes an exit code
        return _unexpected(error, settings)


def _unexpected(error: Exception, settings: Settings) -> int:
    """A file that cannot be written is the user's to mend; anything else is ours, and is shown in full."""
    from geodata.faults import InputError

    if isinstance(error, InputError):
        show_faults(error.faults, settings)
        return EXIT_INPUT
    if isinstance(error, OSError) and error.filename is not None:
        click.echo(Text(f"无法写入 {error.filename}：{error.strerror}。如正在 Excel 或 WPS 中打开，请先关闭；并检查磁盘空间和权限。",
                        f"cannot write {error.filename}: {error.strerror}. Close it in Excel or WPS; check space and rights."
                        ).in_language(settings.language), err=True)
        return EXIT_INPUT
    ours = Text("程序出错，请把下面的内容发给维护人员：", "a fault of ours; please send what follows:")
    click.echo(ours.in_language(settings.language), err=True)
    traceback.print_exception(error)
    return EXIT_OURS


if __name__ == "__main__":
    sys.exit(main())
