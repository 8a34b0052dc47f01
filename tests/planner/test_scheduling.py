"""The calendar: one time of day for every site all term long, even months, absences listed, holidays stepped over."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.artefacts.provenance import Provenance
from planner.artefacts.visit_calendar import LiaisonDay, MissedVisit, VisitCalendar
from planner.check import judge
from planner.facts.district import Absence, TimeWindow
from planner.facts.problem import Problem
from planner.facts.term import DayState, SpecialDay, Term
from planner.routing import route
from planner.scheduling import NoVisitDayError, schedule
from tests.planner.random_days import day_problems
from tests.planner.sample import make_plan, make_problem
from tests.planner.ways import by_shortest_ways

NOBODY = Provenance({}, 1, {})
NINE = 9 * 3600
SPRING_FESTIVAL = Term(
    "2027-2028", date(2027, 1, 1), 24,
    tuple(SpecialDay(date(2027, 2, day), False, "春节", DayState.PROJECTED) for day in (5, 8, 9, 10, 11, 12)),
    {2027: DayState.PROJECTED, 2028: DayState.UNKNOWN})


def every(months: int, **more: object) -> dict[str, object]:
    return {"visit_every_months": months, **more}


def phases(problem: Problem, plan: str) -> dict[str, int]:
    return {slot.site_id: slot.first_month for slot in schedule(problem, make_plan(plan), NOBODY).slots}


def months_of(calendar: VisitCalendar, site_id: str) -> list[int]:
    days = [one.day for one in calendar.liaison_days]
    return [days.index(visit.day) for visit in calendar.visits() if visit.slot.site_id == site_id]


def test_a_site_keeps_its_time_of_day_on_full_days_and_on_others() -> None:
    """The full day is e0 9:00, e1 9:35, e2 10:10; e1 comes every second month, e2 every third."""
    problem = make_problem(1, {"e0": {}, "e1": every(2), "e2": every(3)})
    calendar = schedule(problem, make_plan("c0: e0 e1 e2"), NOBODY)
    starts = {slot.site_id: slot.starts_seconds for slot in calendar.slots}
    assert sorted(starts.values()) == [NINE, NINE + 2100, NINE + 4200]
    times: dict[str, set[tuple[int, int]]] = {}
    for visit in calendar.visits():
        times.setdefault(visit.slot.site_id, set()).add((visit.slot.starts_seconds, visit.slot.ends_seconds))
    assert times == {one: {(start, start + 1800)} for one, start in starts.items()}
    assert (calendar.term_id, calendar.rule, calendar.provenance) == ("2027-2028", "second-thursday", NOBODY)


def test_liaison_days_are_24_and_step_over_the_spring_festival() -> None:
    problem = replace(make_problem(1, "e0"), term=SPRING_FESTIVAL)
    days = schedule(problem, make_plan("c0: e0"), NOBODY).liaison_days
    assert len(days) == 24
    assert days[0] == LiaisonDay(date(2027, 1, 14), date(2027, 1, 14), "", DayState.PROJECTED)
    assert days[1] == LiaisonDay(date(2027, 2, 15), date(2027, 2, 11), "春节", DayState.PROJECTED)
    assert days[12] == LiaisonDay(date(2028, 1, 13), date(2028, 1, 13), "", DayState.UNKNOWN)


@pytest.mark.parametrize(("months", "expected"), [(1, [0, 0, 0]), (2, [0, 0, 1]), (3, [0, 1, 2])])
def test_the_months_of_a_cadre_are_even(months: int, expected: list[int]) -> None:
    problem = make_problem(1, {f"e{number}": every(months) for number in range(3)})
    found = phases(problem, "c0: e0 e1 e2")
    assert sorted(found.values()) == expected


def test_long_visits_take_turns() -> None:
    """Two hours and half an hour every second month, and two of an hour: 120 + 30 against 60 + 60."""
    problem = make_problem(1, {
        "e0": every(2, stay_seconds=7200), "e1": every(2, stay_seconds=1800), "e2": every(2, stay_seconds=3600),
        "e3": every(2, stay_seconds=3600)})
    found = phases(problem, "c0: e0 e1 e2 e3")
    assert found["e2"] == found["e3"] != found["e0"] == found["e1"]


def test_the_months_of_a_subdistrict_are_even_too() -> None:
    problem = make_problem(6, {f"e{number}": every(3) for number in range(6)})
    found = phases(problem, " | ".join(f"c{number}: e{number}" for number in range(6)))
    assert Counter(found.values()) == {0: 2, 1: 2, 2: 2}
    apart = make_problem(2, {"e0": every(2), "e1": every(2, subdistrict_id="k1")}, subdistricts=("k0", "k1"))
    assert phases(apart, "c0: e0 | c1: e1") == {"e0": 0, "e1": 0}


def test_a_visit_is_put_where_its_cadre_is_present() -> None:
    """Away on the first and the third liaison day: beginning in February loses none of the twelve visits."""
    absences = (Absence("c0", date(2027, 1, 1), date(2027, 1, 31)), Absence("c0", date(2027, 3, 11), date(2027, 3, 11)))
    problem = make_problem(1, {"e0": every(2)}, absences=absences)
    calendar = schedule(problem, make_plan("c0: e0"), NOBODY)
    assert months_of(calendar, "e0") == list(range(1, 24, 2))
    assert calendar.missed == ()


def test_what_is_missed_all_the_same_is_listed() -> None:
    """The last day of the absence counts; 11 February is held on the 15th, when he is back."""
    absences = (Absence("c0", date(2027, 2, 11), date(2027, 2, 14)),
                Absence("c0", date(2027, 3, 10), date(2027, 3, 11)),
                Absence("c1", date(2027, 1, 14), date(2027, 1, 14)))
    problem = replace(make_problem(2, "e0 e1 r0", absences=absences), term=SPRING_FESTIVAL)
    calendar = schedule(problem, make_plan("c0: e0 r0 | c1: e1"), NOBODY)
    assert calendar.missed == (
        MissedVisit(date(2027, 1, 14), "c1", "e1"),
        MissedVisit(date(2027, 3, 11), "c0", "e0"), MissedVisit(date(2027, 3, 11), "c0", "r0"))
    assert months_of(calendar, "e0") == [0, 1, *range(3, 24)]
    assert months_of(calendar, "e1") == list(range(1, 24))


def test_caseloads_without_a_day_are_all_named() -> None:
    morning = {"visiting_hours": TimeWindow(NINE, NINE + 3600), "stay_seconds": 3600}
    problem = make_problem(3, dict.fromkeys(("e0", "e1", "e2", "e3", "e4"), morning))
    with pytest.raises(NoVisitDayError) as caught:
        schedule(problem, make_plan("c0: e0 e1 | c1: e2 | c2: e3 e4"), NOBODY)
    assert caught.value.cadre_ids == ("c0", "c2")


def test_a_site_with_two_cadres_has_a_slot_with_each() -> None:
    """Such a plan breaks coverage, but a plan made by hand may be so; each has the time of his own day."""
    problem = make_problem(2, "e0 e1")
    calendar = schedule(problem, make_plan("c0: e0 e1 | c1: e1"), NOBODY)
    assert [(slot.cadre_id, slot.site_id, slot.starts_seconds) for slot in calendar.slots] == [
        ("c0", "e0", NINE), ("c0", "e1", NINE + 2100), ("c1", "e1", NINE)]
    verdict = judge(problem, make_plan("c0: e0 e1 | c1: e1"), calendar, route(problem, calendar, NOBODY))
    assert {one.rule_id for one in verdict.violations} == {"coverage"}


def test_nobody_holds_anything() -> None:
    problem = make_problem(1, "e0")
    calendar = schedule(problem, make_plan(""), NOBODY)
    assert (calendar.slots, calendar.missed) == ((), ())
    assert route(problem, calendar, NOBODY).routes == ()


@st.composite
def terms_of_a_cadre(draw: st.DrawFn) -> Problem:
    """A random day with visits of every frequency, a random absence, and a spring festival."""
    problem = by_shortest_ways(draw(day_problems()))
    sites = tuple(replace(site, visit_every_months=draw(st.sampled_from([1, 2, 3]))) for site in problem.district.sites)
    first = date(2027, draw(st.integers(1, 12)), draw(st.integers(1, 28)))
    absence = Absence("c0", first, date(draw(st.sampled_from([2027, 2028])), 12, 31))
    district = replace(problem.district, sites=sites, absences=draw(st.sampled_from([(), (absence,)])))
    return replace(problem, district=district, term=SPRING_FESTIVAL)


@settings(max_examples=100, deadline=None)
@given(terms_of_a_cadre())
def test_the_judge_finds_no_fault_with_calendar_and_routes(problem: Problem) -> None:
    plan = make_plan(f"c0: {' '.join(site.id for site in problem.district.sites)}")
    judged_before = {one.rule_id for one in judge(problem, plan).violations}
    try:
        calendar = schedule(problem, plan, NOBODY)
    except NoVisitDayError:
        assert judged_before & {"visit-day", "visiting-hours"}
        return
    assert not judged_before & {"visit-day", "visiting-hours"}
    verdict = judge(problem, plan, calendar, route(problem, calendar, NOBODY))
    assert {one.rule_id for one in verdict.violations} == judged_before
