"""Results out: maps, sheets, tables and summary, made from the artefacts of a term."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.inputs import Inputs, Sources, read_artefact, read_inputs, read_plan
from commands.names import CALENDAR, ROUTES, SUMMARY
from commands.origin import require_own_calendar
from commands.reporting import Reporter
from planner.text import Text

if TYPE_CHECKING:
    from geodata.geography import Geography
    from maps.base_map import BaseMap
    from planner.artefacts.handover import Handover
    from planner.artefacts.plan import Plan
    from planner.artefacts.routes import Routes
    from planner.artefacts.verdict import Verdict
    from planner.artefacts.visit_calendar import VisitCalendar
    from planner.facts.district import TravelMode
    from planner.facts.problem import Problem


def base_map_of(geography: Geography | None) -> BaseMap:
    """The geography as the maps want it."""
    import shapely

    from maps.base_map import BaseMap, MetroLine, MetroStation, RoadLine, SubdistrictArea

    if geography is None:
        return BaseMap()
    lines: dict[tuple[Any, ...], RoadLine] = {}
    for _, _, edge in geography.streets.edges(data=True):
        points = tuple(edge["geometry"])
        lines.setdefault(min(points, points[::-1]), RoadLine(edge["name"], edge["highway"], points))
    return BaseMap(
        tuple(SubdistrictArea(*one) for one in geography.subdistricts),
        shapely.union_all(geography.water) if geography.water else None,
        tuple(lines.values()), geography.outline, geography.attribution,
        tuple(MetroLine(*one) for one in geography.metro.lines),
        tuple(MetroStation(name, lon, lat) for name, (lon, lat) in geography.metro.stations))


class Ways:
    """Ways between offices and sites over the roads, for drawing and for directions; each is found once."""

    def __init__(self, problem: Problem, geography: Geography, mode: TravelMode | None = None) -> None:
        from geodata.district_travel import router_of

        policy = problem.policy if mode is None else dataclasses.replace(problem.policy, travel_mode=mode)
        self._router = router_of(geography.streets, policy)
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
    """Everything that a term's papers are made from; ``later`` are the plans of the terms after it, in order.

    ``handovers`` is the plan's own list, None where it has none.
    """

    inputs: Inputs
    plan: Plan
    calendar: VisitCalendar
    routes: Routes
    later: tuple[Plan, ...] = ()
    handovers: tuple[Handover, ...] | None = None

    def base_map(self) -> BaseMap:
        """The base map."""
        return base_map_of(self.inputs.geography)

    def ways(self) -> Ways | None:
        """The ways over the roads, None without roads."""
        geography = self.inputs.geography
        return None if geography is None or not geography.streets else Ways(self.inputs.problem, geography)

    def own_ways(self) -> dict[TravelMode, tuple[Any, Any]]:
        """(geometry, directions) by every means of travel that some cadre has of his own."""
        problem, geography = self.inputs.problem, self.inputs.geography
        if geography is None or not geography.streets:
            return {}
        found = {mode: Ways(problem, geography, mode) for mode in problem.by_mode}
        return {mode: (one.geometry, one.directions) for mode, one in found.items()}


def made_before(sources: Sources, plan_path: Path) -> Made:
    """Read everything back for a stage that runs alone: calendar and routes lie beside the plan."""
    from planner.artefacts.routes import Routes
    from planner.artefacts.visit_calendar import VisitCalendar

    inputs = read_inputs(sources.for_plan(plan_path))
    plan = read_plan(plan_path, inputs.problem)
    calendar = read_artefact(plan_path.with_name(CALENDAR), "yixian-calendar", VisitCalendar.from_json)
    require_own_calendar(plan, calendar)
    return Made(inputs, plan, calendar, read_artefact(plan_path.with_name(ROUTES), "yixian-routes", Routes.from_json))


def write_sheets(made: Made, base_map: BaseMap, ways: Ways | None, out: Path, day: date, cadre_id: str | None,
                 reporter: Reporter) -> list[Path]:
    """Write the route sheets of one liaison day, of everybody or of one cadre."""
    from maps.route_sheets import unprintable_names, write_route_sheet, write_route_sheets

    for sentence in unprintable_names(made.inputs.problem.district):
        reporter.say(sentence)
    given: dict[str, Any] = {
        "day": day, "base_map": base_map, "geometry": ways.geometry if ways else None,
        "directions": ways.directions if ways else None, "language": reporter.language, "own_ways": made.own_ways()}
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
    from maps.plan_tables import write_plan_workbook
    from planner.reporting import goal_lines, rule_lines

    problem = made.inputs.problem
    with reporter.stage("tables", Text("写出安排表和图层", "writing tables and layers")):
        path = write_plan_workbook(out / "plan.xlsx", problem, made.plan, verdict, goals=goal_lines(verdict),
                                   rules=rule_lines(problem, verdict), language=reporter.language)
        if path.name != "plan.xlsx":
            reporter.say(Text(f"plan.xlsx 正在别处打开，安排表写在 {path.name}",
                              f"plan.xlsx is open elsewhere; the tables are in {path.name}"))
        write_plan_layers(out / "plan.gpkg", problem, made.plan, made.routes)


def write_summary(made: Made, verdict: Verdict, out: Path, reporter: Reporter) -> None:
    """Write summary.json: what the judge counted and measured, and where it all comes from."""
    from planner.artefacts.files import write_json
    from planner.rules import WORDS_BY_ID

    judged = verdict.to_json()
    for goal in judged["goals"]:
        known = WORDS_BY_ID[goal["id"]]
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
        "travel_source": problem.travel.source, "travel_mode": problem.travel.mode,
        "coordinates": dict(made.plan.provenance.coordinates),
        "seconds": reporter.seconds,
    })


def plan_digest(plan: Plan) -> str:
    """SHA-256 of plan.json as it is written; the same stands on every printed sheet."""
    from planner.artefacts.files import json_digest

    return json_digest(plan.to_json())
