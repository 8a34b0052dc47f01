"""Hosts, cars, lunch, conferences, stand-ins and frequencies: made by the scheduler, judged from their definitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from planner.artefacts.provenance import Provenance
from planner.artefacts.routes import Lunch, Routes
from planner.artefacts.verdict import Verdict
from planner.artefacts.visit_calendar import MissedVisit, VisitCalendar
from planner.check import judge
from planner.facts.district import Absence, Conference, Pairing, TimeWindow
from planner.facts.policy import StandIns, VisitFrequency
from planner.facts.problem import Problem
from planner.routing import route
from planner.scheduling import schedule
from tests.planner.sample import make_plan, make_problem

NOBODY = Provenance({}, 1, {})
NINE, NOON = 9 * 3600, 12 * 3600
FIRST = date(2027, 1, 14)
MORNING = {"visiting_hours": TimeWindow(NINE, NINE + 7200), "stay_seconds": 1800}


def made(problem: Problem, plan: str) -> tuple[VisitCalendar, Routes, Verdict]:
    calendar = schedule(problem, make_plan(plan), NOBODY)
    routes = route(problem, calendar, NOBODY)
    return calendar, routes, judge(problem, make_plan(plan), calendar, routes)


def goal(verdict: Verdict, name: str) -> tuple[int, int | None]:
    (one,) = [goal for goal in verdict.goals if goal.goal_id == name]
    return one.value, one.bound


def rules_of(verdict: Verdict) -> set[str]:
    return {one.rule_id for one in verdict.violations}


def test_a_subdistrict_hosts_one_after_the_other() -> None:
    """Four half hours between 9 and 11, one at a time: just room, and without the limit all come at once."""
    cadres = " | ".join(f"c{number}: e{number}" for number in range(4))
    sites = {f"e{number}": MORNING for number in range(4)}
    calendar, _, verdict = made(make_problem(4, sites, policy={"max_hosted_visits": 1}), cadres)
    assert verdict.valid
    assert sorted(slot.starts_seconds for slot in calendar.slots) == [NINE + 1800 * number for number in range(4)]
    free, routes, _ = made(make_problem(4, sites), cadres)
    assert {slot.starts_seconds for slot in free.slots} == {NINE}
    strict = judge(make_problem(4, sites, policy={"max_hosted_visits": 1}), make_plan(cadres), free, routes)
    assert {(one.rule_id, one.subjects, one.amount) for one in strict.violations} == {("hosts", ("k0",), 3)}


def test_where_there_is_no_room_the_judge_tells_by_how_much() -> None:
    cadres = " | ".join(f"c{number}: e{number}" for number in range(5))
    _, _, verdict = made(make_problem(5, {f"e{number}": MORNING for number in range(5)}, policy={"max_hosted_visits": 1}), cadres)
    assert rules_of(verdict) == {"hosts"}
    assert {one.amount for one in verdict.violations} == {1}


def test_cars_of_a_unit_go_out_in_turn() -> None:
    problem = make_problem({"c0": {"office_id": "o0"}, "c1": {"office_id": "o0"}}, {"e0": MORNING, "e1": MORNING},
                           offices={"o0": {}}, policy={"max_cars_per_office": 1})
    calendar, routes, verdict = made(problem, "c0: e0 | c1: e1")
    assert verdict.valid
    one, other = sorted(routes.routes, key=lambda one: one.leaves_seconds)
    assert one.returns_seconds <= other.leaves_seconds
    together = replace(calendar, slots=tuple(replace(slot, starts_seconds=NINE, ends_seconds=NINE + 1800) for slot in calendar.slots))
    assert "cars" in rules_of(judge(problem, make_plan("c0: e0 | c1: e1"), together, route(problem, together, NOBODY)))


LUNCH = {"lunch_minutes": 45, "lunch_starts_seconds": NOON - 1800, "lunch_ends_seconds": NOON + 5400}


def test_a_unit_tells_how_many_cars_it_has() -> None:
    """Two of three fit at once by the unit's own two cars; the policy's one, or its unlimited number, counts elsewhere."""
    cadres = {f"c{number}": {"office_id": "o0"} for number in range(2)} | {"c2": {"office_id": "o1"}, "c3": {"office_id": "o1"}}
    problem = make_problem(cadres, {f"e{number}": MORNING for number in range(4)}, offices={"o0": {"cars": 2}, "o1": {}},
                           policy={"max_cars_per_office": 1})
    calendar, routes, verdict = made(problem, "c0: e0 | c1: e1 | c2: e2 | c3: e3")
    assert verdict.valid
    begins = {slot.cadre_id: slot.starts_seconds for slot in calendar.slots}
    assert begins["c0"] == begins["c1"]
    assert begins["c2"] != begins["c3"]
    fewer = replace(problem, district=replace(problem.district, offices=tuple(replace(one, cars=1) for one in problem.district.offices)))
    verdict = judge(fewer, make_plan("c0: e0 | c1: e1 | c2: e2 | c3: e3"), calendar, routes)
    assert {(one.rule_id, one.subjects, one.amount) for one in verdict.violations} == {("cars", ("o0",), 1)}


def test_lunch_on_the_way() -> None:
    """A visit till noon and one from half past twelve at the latest: lunch lies between them, moved apart for it."""
    problem = make_problem(1, {
        "e0": {"visiting_hours": TimeWindow(NINE + 7200, NOON), "stay_seconds": 3600},
        "e1": {"visiting_hours": TimeWindow(NOON, NOON + 9000), "stay_seconds": 3600}}, policy=LUNCH)
    _, routes, verdict = made(problem, "c0: e0 e1")
    (only,) = routes.routes
    assert only.lunch == Lunch(1, NOON, NOON + 2700)
    assert (only.stops[1].arrives_seconds, only.stops[1].starts_seconds) == (NOON + 3000, NOON + 3000)
    assert verdict.valid
    assert goal(verdict, "days-without-lunch") == (0, 0)
    wrong = replace(routes, routes=(replace(only, lunch=Lunch(1, NOON - 600, NOON + 2100)),))
    assert not judge(problem, make_plan("c0: e0 e1"), schedule(problem, make_plan("c0: e0 e1"), NOBODY), wrong).valid


def test_a_day_that_leaves_no_lunch_is_counted_and_proved() -> None:
    """From half past ten till half past one without a break: 24 days of it, and no order does better."""
    problem = make_problem(1, {"e0": {"visiting_hours": TimeWindow(NOON - 5400, NOON + 5400), "stay_seconds": 10800}}, policy=LUNCH)
    _, routes, verdict = made(problem, "c0: e0")
    assert [one.lunch for one in routes.routes] == [None]
    assert goal(verdict, "days-without-lunch") == (24, 24)
    assert verdict.valid


def test_days_with_fewer_visits_keep_their_lunch() -> None:
    """e1 is a minute from e0 but ten from the office: 12:20 suits a day with both; alone it would be left for at 12:10, lunch half had."""
    sites = {"e0": {"visiting_hours": TimeWindow(NINE, NINE + 3600), "visit_every_months": 2},
             "e1": {"visiting_hours": TimeWindow(NOON + 900, 17 * 3600), "stay_seconds": 3600}}
    travel = dict.fromkeys((("o0", "e0"), ("o0", "e1"), ("e0", "o0"), ("e1", "o0")), 600) | {("e0", "e1"): 60, ("e1", "e0"): 60}
    lunch = {"lunch_minutes": 45, "lunch_starts_seconds": NOON - 1800, "lunch_ends_seconds": NOON + 5400}
    calendar, _, verdict = made(make_problem(1, sites, travel=travel, policy=lunch), "c0: e0 e1")
    assert verdict.valid
    assert {slot.site_id: slot.starts_seconds for slot in calendar.slots}["e1"] == NOON + 1500
    assert goal(verdict, "days-without-lunch") == (0, 0)


def test_who_stands_in_keeps_his_lunch_where_another_can() -> None:
    """c1 is nearer, but has a visit just before this one and one just after it; c2 has time for lunch when he is back."""
    sites = {"e0": {"visiting_hours": TimeWindow(NOON - 900, NOON + 2700), "stay_seconds": 3600},
             "e1": {"visiting_hours": TimeWindow(NOON - 3600, NOON - 1800)},
             "e2": {"visiting_hours": TimeWindow(NOON + 3000, NOON + 6600), "stay_seconds": 3600},
             "e3": {"visiting_hours": TimeWindow(15 * 3600, 17 * 3600)}}
    lunch = {"lunch_minutes": 30, "lunch_starts_seconds": NOON - 1800, "lunch_ends_seconds": NOON + 5400}
    problem = make_problem(3, sites, travel={("o2", "e0"): 500, ("e0", "o2"): 500}, absences=(Absence("c0", FIRST, FIRST),),
                           policy={**lunch, "stand_ins": StandIns.DISTRICT})
    calendar, _, verdict = made(problem, "c0: e0 | c1: e1 e2 | c2: e3")
    assert verdict.valid
    assert [one.stand_in_id for one in calendar.missed] == ["c2"]
    assert goal(verdict, "days-without-lunch")[0] == 0


def test_a_conference_of_the_whole_district_moves_the_day() -> None:
    problem = make_problem(1, "e0", conferences=(Conference("区委全会", FIRST),))
    calendar, _, verdict = made(problem, "c0: e0")
    assert (calendar.liaison_days[0].day, calendar.liaison_days[0].nominal, calendar.liaison_days[0].reason) == (
        date(2027, 1, 15), FIRST, "区委全会")
    assert verdict.valid
    assert "calendar" in rules_of(judge(make_problem(1, "e0"), make_plan("c0: e0"), calendar))


def test_a_conference_of_a_unit_is_missed_or_gone_round() -> None:
    """Its morning is taken: the visit of c0 moves to the afternoon where it may, and is missed where it may not."""
    meeting = Conference("局务会", FIRST, "o0", 8 * 3600, NOON)
    calendar, _, verdict = made(make_problem(2, "e0 e1", conferences=(meeting,)), "c0: e0 | c1: e1")
    assert calendar.missed == ()
    assert {slot.site_id: slot.starts_seconds >= NOON for slot in calendar.slots} == {"e0": True, "e1": False}
    assert verdict.valid
    problem = make_problem(2, {"e0": MORNING, "e1": {}}, conferences=(meeting,))
    calendar, _, verdict = made(problem, "c0: e0 | c1: e1")
    assert calendar.missed == (MissedVisit(FIRST, "c0", "e0", "局务会"),)
    assert verdict.valid
    assert goal(verdict, "missed-visits") == (1, 0)


def test_a_conference_in_the_middle_makes_two_routes() -> None:
    problem = make_problem(1, {"e0": MORNING, "e1": {"visiting_hours": TimeWindow(NOON + 7200, NOON + 10800)}},
                           conferences=(Conference("例会", FIRST, "o0", NOON, NOON + 3600),))
    calendar, routes, verdict = made(problem, "c0: e0 e1")
    assert calendar.missed == ()
    assert sorted(len(one.stops) for one in routes.on(FIRST)) == [1, 1]
    assert verdict.valid
    apart = replace(routes, routes=tuple(one for one in routes.routes if FIRST not in one.days))
    assert "routes" in rules_of(judge(problem, make_plan("c0: e0 e1"), calendar, apart))


SAME_UNIT = {"offices": {"o0": {}, "o2": {}}, "policy": {"stand_ins": StandIns.UNIT, "visit_time_tolerance_minutes": 45}}
AWAY = (Absence("c0", FIRST, FIRST),)
CADRES = {"c0": {"office_id": "o0"}, "c1": {"office_id": "o0"}, "c2": {"office_id": "o2"}}


def test_somebody_of_the_unit_stands_in() -> None:
    problem = make_problem(CADRES, "e0 e1 e2", absences=AWAY, **SAME_UNIT)
    calendar, routes, verdict = made(problem, "c0: e0 | c1: e1 | c2: e2")
    (missed,) = calendar.missed
    assert (missed.cadre_id, missed.stand_in_id) == ("c0", "c1")
    assert missed.starts_seconds is not None
    assert abs(missed.starts_seconds - NINE) <= 2700
    assert verdict.valid
    (own,) = [one for one in routes.on(FIRST) if one.cadre_id == "c1"]
    assert {stop.site_id for stop in own.stops} == {"e0", "e1"}
    assert verdict.counts["stand_ins"] == 1


@pytest.mark.parametrize("change", [
    {"recusals": frozenset({Pairing("c1", "e0")})}, {"absences": (*AWAY, Absence("c1", FIRST, FIRST))}])
def test_nobody_stands_in_who_must_not_and_the_judge_would_see_it(change: dict[str, object]) -> None:
    problem = make_problem(CADRES, "e0 e1 e2", **({"absences": AWAY} | SAME_UNIT))
    calendar, routes, _ = made(problem, "c0: e0 | c1: e1 | c2: e2")
    stricter = replace(problem, district=replace(problem.district, **change))
    assert "stand-in" in rules_of(judge(stricter, make_plan("c0: e0 | c1: e1 | c2: e2"), calendar, routes))
    calendar, _, verdict = made(stricter, "c0: e0 | c1: e1 | c2: e2")
    assert all(one.stand_in_id == "" for one in calendar.missed)
    assert verdict.valid


def test_a_stand_in_too_far_from_the_fixed_time_is_seen() -> None:
    problem = make_problem(CADRES, "e0 e1 e2", absences=AWAY, **SAME_UNIT)
    calendar, _, _ = made(problem, "c0: e0 | c1: e1 | c2: e2")
    late = replace(calendar, missed=tuple(replace(one, starts_seconds=NINE + 4 * 3600) for one in calendar.missed))
    verdict = judge(problem, make_plan("c0: e0 | c1: e1 | c2: e2"), late, route(problem, late, NOBODY))
    assert {(one.rule_id, one.amount) for one in verdict.violations} == {("same-time", 195)}


@pytest.mark.parametrize(("minutes", "problems", "every"), [(120, 0, 1), (119, 0, 2), (90, 1, 1), (60, 0, 2), (59, 0, 3), (30, 1, 2)])
def test_visits_follow_work_and_open_problems(minutes: int, problems: int, every: int) -> None:
    problem = make_problem(1, {"e0": {"workload_minutes": minutes, "open_problems": problems, "visit_every_months": 1}},
                           policy={"visit_frequency": VisitFrequency.BY_WORKLOAD})
    calendar, _, verdict = made(problem, "c0: e0")
    assert [slot.every_months for slot in calendar.slots] == [every]
    assert verdict.valid
    given = judge(replace(problem, policy=replace(problem.policy, visit_frequency=VisitFrequency.AS_GIVEN)), make_plan("c0: e0"), calendar)
    assert given.valid == (every == 1)


def test_a_bound_that_is_too_high_is_a_false_claim() -> None:
    problem = make_problem(1, "e0")
    calendar, routes, _ = made(problem, "c0: e0")
    boast = replace(calendar, bounds=tuple(replace(one, bound=one.bound + 10**9) for one in calendar.bounds))
    verdict = judge(problem, make_plan("c0: e0"), boast, routes)
    assert {one.rule_id for one in verdict.violations} == {"false-bound"}
    assert len(verdict.violations) == 5


def test_calendar_and_routes_survive_their_files() -> None:
    problem = make_problem(CADRES, "e0 e1 e2", absences=AWAY, **SAME_UNIT)
    calendar, routes, _ = made(problem, "c0: e0 | c1: e1 | c2: e2")
    assert VisitCalendar.from_json(calendar.to_json()) == calendar
    lunch = replace(routes, routes=tuple(replace(one, lunch=Lunch(1, NOON, NOON + 2700)) for one in routes.routes))
    assert Routes.from_json(lunch.to_json()) == lunch
