"""Routes from a calendar made by hand: every clock time by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from planner.artefacts.provenance import Provenance
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.visit_calendar import LiaisonDay, MissedVisit, Slot, VisitCalendar
from planner.facts.term import DayState
from planner.facts.travel import UNREACHABLE
from planner.routing import NoWayError, route
from tests.planner.sample import make_problem

NOBODY = Provenance({}, 1, {})
NINE = 9 * 3600
DAYS = tuple(date(2027, month, day) for month, day in ((1, 14), (2, 15), (3, 11), (4, 8)))


def calendar(*slots: Slot, missed: tuple[MissedVisit, ...] = ()) -> VisitCalendar:
    days = tuple(LiaisonDay(day, day, "", DayState.UNKNOWN) for day in DAYS)
    return VisitCalendar("2027-2028", "second-thursday", days, slots, missed, NOBODY)


def slot(cadre_id: str, site_id: str, starts: int, every_months: int = 1, first_month: int = 0) -> Slot:
    return Slot(cadre_id, site_id, every_months, first_month, starts, starts + 1800)


PROBLEM = make_problem(2, "e0 e1 e2", travel={
    ("o0", "e0"): 400, ("e0", "e1"): 500, ("e1", "o0"): 700, ("e0", "o0"): 420, ("o0", "e1"): 650})


def test_he_leaves_to_be_on_time_drives_on_at_once_and_waits_at_the_door() -> None:
    (only,) = route(PROBLEM, calendar(slot("c0", "e1", NINE + 3000), slot("c0", "e0", NINE)), NOBODY).routes
    assert only == Route(
        "c0", DAYS, NINE - 400,
        (Stop("e0", NINE, NINE, NINE + 1800), Stop("e1", NINE + 2300, NINE + 3000, NINE + 4800)),
        NINE + 5500, 400 + 500 + 700)


def test_days_with_the_same_stops_share_a_route_and_each_is_timed_for_itself() -> None:
    """e1 comes in the first and third month only."""
    routes = route(PROBLEM, calendar(slot("c0", "e0", NINE, 2, 1), slot("c0", "e1", NINE + 3000)), NOBODY)
    assert routes == Routes("2027-2028", (
        Route("c0", (DAYS[0], DAYS[2]), NINE + 3000 - 650, (Stop("e1", NINE + 3000, NINE + 3000, NINE + 4800),),
              NINE + 5500, 650 + 700),
        Route("c0", (DAYS[1], DAYS[3]), NINE - 400,
              (Stop("e0", NINE, NINE, NINE + 1800), Stop("e1", NINE + 2300, NINE + 3000, NINE + 4800)),
              NINE + 5500, 1600)), NOBODY)
    assert [one.days for one in routes.on(DAYS[3])] == [(DAYS[1], DAYS[3])]


def test_missed_visits_are_not_driven_to_and_routes_are_by_cadre_then_day() -> None:
    given = calendar(slot("c1", "e2", NINE), slot("c0", "e0", NINE), slot("c1", "e1", NINE + 3600),
                     missed=(MissedVisit(DAYS[0], "c1", "e2"), MissedVisit(DAYS[1], "c0", "e0")))
    found = route(PROBLEM, given, NOBODY).routes
    assert [(one.cadre_id, one.days, [stop.site_id for stop in one.stops]) for one in found] == [
        ("c0", (DAYS[0], DAYS[2], DAYS[3]), ["e0"]),
        ("c1", (DAYS[0],), ["e1"]),
        ("c1", DAYS[1:], ["e2", "e1"])]


@pytest.mark.parametrize("leg", [("o0", "e0"), ("e0", "e1"), ("e1", "o0")])
def test_no_road(leg: tuple[str, str]) -> None:
    problem = make_problem(1, "e0 e1", travel={leg: UNREACHABLE})
    with pytest.raises(NoWayError, match=" -> ".join(leg)):
        route(problem, calendar(slot("c0", "e0", NINE), slot("c0", "e1", NINE + 3000)), NOBODY)


def test_the_routes_survive_their_file() -> None:
    made = route(PROBLEM, calendar(slot("c0", "e0", NINE)), replace(NOBODY, seed=7))
    assert Routes.from_json(made.to_json()) == made
