"""A small district made by hand, a plan, a calendar and routes for it, and a browser that may not use the network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely.geometry import box

from maps.base_map import BaseMap, MetroLine, MetroStation, RoadLine, SubdistrictArea
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.report import Report
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.visit_calendar import LiaisonDay, MissedVisit, Slot, VisitCalendar
from planner.check import judge
from planner.facts.district import (
    Cadre,
    Conference,
    District,
    Office,
    Pairing,
    PastTerm,
    Place,
    Rank,
    Site,
    SiteKind,
    Subdistrict,
    TimeWindow,
    UnitKind,
)
from planner.facts.policy import GoalTolerance, HolidayRoll, LiaisonDayRule, Policy
from planner.facts.problem import Problem
from planner.facts.term import DayState, Term
from planner.facts.travel import UNREACHABLE, TravelMatrix
from planner.reporting import report_of

HOSTILE = (
    "<img src=x onerror=window.hacked=1>",
    "${window.hacked=1}${1+1}",
    "{{7*7}}",
    "{{ cycler.__init__.__globals__.os.getpid() }}",
    "甲{#3号楼",
    "丙{% raw",
    "</script><script>window.hacked=1</script>",
    "反`引号`",
    "反斜杠\\1\\u0041",
    "引\"号'企业&#38;",
)
PROVENANCE = Provenance({"district": "0" * 64}, 1, {"planner": "0.1.0"})
MORNING = TimeWindow(9 * 3600, 17 * 3600)


def policy() -> Policy:
    """A policy with plain numbers."""
    return Policy(
        max_committees_per_cadre=1, min_enterprises_per_cadre=1, max_enterprises_per_cadre=3,
        max_load_percent_of_fair_share=150, max_travel_minutes=60, straight_line_kmh=20.0,
        straight_line_detour_percent=130, max_visit_day_minutes=480, visit_day_starts_seconds=8 * 3600,
        visit_day_ends_seconds=18 * 3600, liaison_day_rule=LiaisonDayRule.SECOND_THURSDAY,
        holiday_roll=HolidayRoll.FORWARD, committee_ban_terms=1, enterprises_rotate=False, enterprise_ban_terms=0,
        max_continuations=0, key_enterprise_min_rank=Rank.DIVISION, min_deputy_sites_in_constituency=0,
        min_leader_sites_per_subdistrict=0, max_unit_share_percent=100,
        max_hosted_visits=2, goals=tuple(GoalTolerance(one) for one in ("unassigned", "fairness", "spread", "travel", "fit", "changes")))


def site(site_id: str, name: str, kind: SiteKind, subdistrict_id: str, place: Place, *,
         is_key: bool = False, residents: int | None = None) -> Site:
    """A site that asks for two hours a month and 30 minutes a visit."""
    return Site(site_id, name, kind, subdistrict_id, place, 120, 1800, MORNING, is_key=is_key, residents=residents)


def travel(place_ids: list[str]) -> TravelMatrix:
    """Ten minutes from anywhere to anywhere, but no way from O2 to S4."""
    seconds = np.full((len(place_ids), len(place_ids)), 600, dtype=np.int32)
    np.fill_diagonal(seconds, 0)
    if "S4" in place_ids:
        seconds[place_ids.index("O2"), place_ids.index("S4")] = UNREACHABLE
    return TravelMatrix(tuple(place_ids), seconds, (0,) * len(place_ids), "car", "by hand")


def problem_of(district: District) -> Problem:
    """The district with a two-year term, whose second year has no published holidays."""
    term = Term("2027-2028", date(2027, 1, 1), 24,
                state_by_year={2027: DayState.PUBLISHED, 2028: DayState.PROJECTED})
    return Problem(district, travel(list(district.places())), policy(), term, {"district": "0" * 64})


@dataclass(frozen=True)
class Example:
    """All that the maps draw."""

    problem: Problem
    plan: Plan
    calendar: VisitCalendar
    routes: Routes
    base_map: BaseMap
    geometry: Callable[[str, str], list[tuple[float, float]]] = field(repr=False)

    @cached_property
    def report(self) -> Report:
        """What the judge measures of it."""
        verdict = judge(self.problem, self.plan, self.calendar, self.routes)
        return report_of(self.problem, self.plan, verdict, self.calendar)


def example() -> Example:
    """Two sub-districts, three offices, three cadres and five sites; S5 has no cadre, S3 stands at a centre (估计)."""
    east, west = Subdistrict("W", "西街道", Place(121.50, 31.27)), Subdistrict("E", "东街道", Place(121.54, 31.27))
    offices = (
        Office("O1", "区委办公室", UnitKind.DISTRICT, "W", Place(121.505, 31.275)),
        Office("O2", "区商务委", UnitKind.DEPARTMENT, "E", Place(121.535, 31.265)),
        Office("O3", "东街道办事处", UnitKind.SUBDISTRICT, "E", Place(121.545, 31.275)),
    )
    cadres = (Cadre("C1", "干部001", "O1", Rank.DISTRICT_LEADER), Cadre("C2", "干部002", "O2", Rank.DIVISION),
              Cadre("C3", "干部003", "O3", Rank.DEPUTY_DIVISION))
    sites = (
        site("S1", "企业甲", SiteKind.ENTERPRISE, "W", Place(121.495, 31.268), is_key=True),
        site("S2", "企业乙", SiteKind.ENTERPRISE, "E", Place(121.548, 31.262)),
        site("S3", "居委会丙", SiteKind.COMMITTEE, "W", Place(121.50, 31.27, estimated=True), residents=2400),
        site("S4", "居委会丁", SiteKind.COMMITTEE, "E", Place(121.538, 31.279)),
        site("S5", "企业戊", SiteKind.ENTERPRISE, "E", Place(121.552, 31.27)),
    )
    district = District("示范区", (east, west), offices, cadres, sites,
                        past_terms=(PastTerm("2023-2024", frozenset({Pairing("C2", "S3")})),
                                    PastTerm("2025-2026", frozenset({Pairing("C1", "S1"), Pairing("C2", "S3"), Pairing("C9", "S2"),
                                                                     Pairing("C1", "S8")}))),
                        recusals=frozenset({Pairing("C3", "S1")}),
                        conferences=(Conference("全会", date(2027, 1, 14), "O2", 13 * 3600, 15 * 3600),))
    pairings = [Pairing("C1", "S1"), Pairing("C1", "S3"), Pairing("C2", "S4"), Pairing("C3", "S2")]
    first, second, third = date(2027, 1, 14), date(2027, 2, 18), date(2028, 3, 9)
    calendar = VisitCalendar(
        "2027-2028", "second-thursday",
        (LiaisonDay(first, first, "", DayState.PUBLISHED),
         LiaisonDay(second, date(2027, 2, 11), "春节", DayState.PUBLISHED),
         LiaisonDay(third, third, "", DayState.PROJECTED)),
        (Slot("C1", "S1", 1, 0, 32400, 34200), Slot("C1", "S3", 2, 0, 34800, 36600),
         Slot("C2", "S4", 1, 0, 32400, 34200), Slot("C3", "S2", 1, 0, 50400, 52200)),
        (MissedVisit(second, "C3", "S2"),), PROVENANCE)
    routes = Routes("2027-2028", (
        Route("C1", (first, third), 31800, (Stop("S1", 32400, 32400, 34200), Stop("S3", 34800, 34800, 36600)), 37200,
              1800),
        Route("C1", (second,), 31800, (Stop("S1", 32400, 32400, 34200),), 34800, 1200),
        Route("C2", (first, second, third), 31800, (Stop("S4", 32400, 32400, 34200),), 34800, 1200),
        Route("C3", (first, third), 49800, (Stop("S2", 50400, 50400, 52200),), 52800, 1200),
    ), PROVENANCE)
    base_map = BaseMap(
        subdistricts=(SubdistrictArea("W", "西街道", box(121.48, 31.25, 121.52, 31.29)),
                      SubdistrictArea("E", "东街道", box(121.52, 31.25, 121.56, 31.29))),
        water=box(121.48, 31.245, 121.56, 31.253),
        roads=(RoadLine("长路", "primary", ((121.48, 31.27), (121.52, 31.27))),
               RoadLine("长路", "primary_link", ((121.52, 31.27), (121.56, 31.27))),
               RoadLine("", "residential", ((121.52, 31.25), (121.52, 31.29))),
               RoadLine("", "service", ((121.50, 31.25), (121.50, 31.29)))),
        outline=box(121.48, 31.25, 121.56, 31.29), attribution="道路 © OpenStreetMap 贡献者")
    places = district.places()

    def geometry(origin_id: str, destination_id: str) -> list[tuple[float, float]]:
        origin, destination = places[origin_id], places[destination_id]
        return [(origin.lon, origin.lat), (destination.lon, origin.lat), (destination.lon, destination.lat)]

    return Example(problem_of(district), Plan.of("2027-2028", pairings, PROVENANCE), calendar, routes, base_map,
                   geometry)


def with_metro(one: Example, names: tuple[str, str, str] = ("一号线", "东站", "西站")) -> Example:
    """The example with a metro line across it, a station in the middle of each sub-district, and one far outside."""
    line, east, west = names
    stations = (MetroStation(west, 121.50, 31.272), MetroStation(east, 121.54, 31.272), MetroStation("远站", 121.70, 31.272))
    lines = (MetroLine(line, ((121.40, 31.272), (121.70, 31.272))), MetroLine("", ((121.5, 31.27),)))
    return replace(one, base_map=replace(one.base_map, metro_lines=lines, stations=stations))


def with_hostile_names(one: Example) -> Example:
    """The example with one hostile text in every name; ids stay, because plans refer to them."""
    district, names = one.problem.district, iter(HOSTILE * 3)

    def renamed(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(thing, name=next(names)) for thing in things)

    hostile = replace(district, name=HOSTILE[0], sites=renamed(district.sites), cadres=renamed(district.cadres),
                      offices=renamed(district.offices), subdistricts=renamed(district.subdistricts))
    days = tuple(replace(day, reason=HOSTILE[index]) for index, day in enumerate(one.calendar.liaison_days))
    areas = tuple(replace(area, name=other.name)
                  for area, other in zip(one.base_map.subdistricts, hostile.subdistricts, strict=True))
    return replace(one, problem=problem_of(hostile), calendar=replace(one.calendar, liaison_days=days),
                   base_map=replace(one.base_map, subdistricts=areas, attribution=HOSTILE[6]))


@pytest.fixture(name="example")
def example_fixture() -> Example:
    return example()


@pytest.fixture(name="hostile_example")
def hostile_example_fixture() -> Example:
    return with_hostile_names(example())


BROWSER_ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--host-resolver-rules=MAP * ~NOTFOUND"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of this computer; skipped where there is none, unless YIXIAN_REQUIRE_BROWSER=1."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        message = "no Chromium is installed: the maps were not opened in a browser"
        if os.environ.get("YIXIAN_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- not installed for users who do not test

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=BROWSER_ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class OpenMap:
    """A map opened in the browser, with what it asked the network for and what went wrong in it."""

    page: Any
    requests: list[str]
    errors: list[str]


@pytest.fixture
def open_map(browser: Any) -> Iterator[Callable[[Path], OpenMap]]:
    """Open a file in a new page of 1400 x 900 pixels."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})

    def open_file(path: Path) -> OpenMap:
        page = context.new_page()
        opened = OpenMap(page, [], [])
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:", "blob:"))
                else opened.requests.append(request.url))
        page.on("pageerror", lambda error: opened.errors.append(str(error)))
        page.on("console", lambda message: opened.errors.append(message.text) if message.type in {"error", "warning"}
                else None)
        page.goto(path.as_uri())
        page.wait_for_function("window.yixianShown !== undefined")
        return opened

    yield open_file
    context.close()


def shown(opened: OpenMap) -> Any:
    """What the page says it shows."""
    return opened.page.evaluate("window.yixianShown")


def assert_quiet(opened: OpenMap) -> None:
    """No request, no error, and no name has run."""
    opened.page.wait_for_timeout(100)
    assert opened.requests == []
    assert opened.errors == []
    assert opened.page.evaluate("window.hacked") is None


def select(opened: OpenMap, element_id: str, label: str) -> None:
    """Choose the option of that label."""
    opened.page.select_option(f"#{element_id}", label=label)
