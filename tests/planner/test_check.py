"""The judge on plans, calendars and routes made by hand: what is right passes, every fault caused alone is named."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.verdict import GoalValue, Violation
from planner.artefacts.visit_calendar import LiaisonDay, MissedVisit, Slot, VisitCalendar
from planner.check import judge
from planner.facts.district import Absence
from planner.facts.policy import HolidayRoll, LiaisonDayRule
from planner.facts.problem import Problem
from planner.facts.term import DayState, SpecialDay, Term
from planner.rules.calendar_goals import CALENDAR_GOALS
from tests.planner.sample import make_plan, make_problem

PROJECT = Path(__file__).parents[2]
NOBODY = Provenance({}, 1, {})
NINE = 9 * 3600
PROJECTED = DayState.PROJECTED

JANUARY, FEBRUARY, MARCH, APRIL = date(2027, 1, 14), date(2027, 2, 11), date(2027, 3, 11), date(2027, 4, 8)
AFTER_THE_FEAST = date(2027, 2, 15)
"""11 and 12 February are off, 13 and 14 February a weekend."""


def days_off(*days: date, is_workday: bool = False) -> tuple[SpecialDay, ...]:
    return tuple(SpecialDay(day, is_workday, "春节", PROJECTED) for day in days)


FEAST = days_off(FEBRUARY, date(2027, 2, 12))


def at(problem: Problem, special_days: tuple[SpecialDay, ...] = FEAST, **policy: object) -> Problem:
    """The same problem over the first four months of 2027, with holidays and other settings."""
    term = Term("2027-2028", date(2027, 1, 1), 4, special_days, {2027: PROJECTED})
    return replace(problem, term=term, policy=replace(problem.policy, **policy))


PROBLEM = at(make_problem(2, {"e0": {}, "e1": {"visit_every_months": 2}, "r0": {}},
                          absences=(Absence("c1", date(2027, 3, 1), date(2027, 3, 11)),)))
PLAN = make_plan("c0: e0 e1 | c1: r0")


def liaison(nominal: date, day: date | None = None, reason: str = "") -> LiaisonDay:
    return LiaisonDay(day or nominal, nominal, reason, PROJECTED)


CALENDAR = VisitCalendar(
    "2027-2028", "second-thursday",
    (liaison(JANUARY), liaison(FEBRUARY, AFTER_THE_FEAST, "春节"), liaison(MARCH), liaison(APRIL)),
    (Slot("c0", "e0", 1, 0, NINE, NINE + 1800),
     Slot("c0", "e1", 2, 1, NINE + 2100, NINE + 3900),  # five minutes on, in February and April
     Slot("c1", "r0", 1, 0, NINE, NINE + 1800)),
    (MissedVisit(MARCH, "c1", "r0"),),
    NOBODY)

ROUTES = Routes("2027-2028", (
    Route("c0", (JANUARY, MARCH), NINE - 300, (Stop("e0", NINE, NINE, NINE + 1800),), NINE + 2100, 600),
    Route("c0", (AFTER_THE_FEAST, APRIL), NINE - 300,
          (Stop("e0", NINE, NINE, NINE + 1800), Stop("e1", NINE + 2100, NINE + 2100, NINE + 3900)), NINE + 4200, 900),
    Route("c1", (JANUARY, AFTER_THE_FEAST, APRIL), NINE - 300, (Stop("r0", NINE, NINE, NINE + 1800),),
          NINE + 2100, 600)), NOBODY)


def test_what_is_right_is_valid_and_counted() -> None:
    verdict = judge(PROBLEM, PLAN, CALENDAR, ROUTES)
    assert verdict.violations == ()
    assert verdict.valid
    assert verdict.counts == {"cadres": 2, "sites": 3, "sites_held": 3, "cadres_spare": 0, "liaison_days": 4, "visits": 4 + 2 + 3,
                              "visits_missed": 1, "stand_ins": 0, "route_days": 4 + 3}
    assert [goal.goal_id for goal in verdict.goals] == [
        *(one.goal_id for one in PROBLEM.policy.goals), *(one.id for one in CALENDAR_GOALS)]
    assert {goal.goal_id: goal.value for goal in verdict.goals}["travel"] == 900 + 600


def test_a_plan_alone_is_judged_alone() -> None:
    verdict = judge(PROBLEM, PLAN)
    assert verdict.valid
    assert verdict.counts == {"cadres": 2, "sites": 3, "sites_held": 3, "cadres_spare": 0}


# --- the plan ---------------------------------------------------------------------------------------------------


def test_a_broken_rule_is_named_and_the_goals_are_measured_all_the_same() -> None:
    verdict = judge(PROBLEM, make_plan("c0: e0 e1"))
    assert [(one.rule_id, one.subjects, one.amount) for one in verdict.violations] == [("coverage", ("r0",), 1)]
    assert not verdict.valid
    assert (verdict.counts["sites_held"], verdict.counts["cadres_spare"]) == (2, 1)
    assert verdict.goals[0] == GoalValue("unassigned", 1)


def test_a_pairing_given_twice_is_two_holders() -> None:
    twice = Plan.of("2027-2028", (*PLAN.pairings, PLAN.pairings[0]), NOBODY)
    assert ("coverage", ("e0", "c0", "c0"), 1) in [
        (one.rule_id, one.subjects, one.amount) for one in judge(PROBLEM, twice).violations]


@pytest.mark.parametrize(("text", "unknown"), [
    ("c9: e0 | c0: e1 | c1: r0", ["c9"]), ("c0: e0 e1 e9 | c1: r0", ["e9"]), ("c9: e9", ["c9", "e9"]),
    ("c0: o0", ["o0"])])
def test_unknown_ids_are_all_told_and_nothing_else_is_judged(text: str, unknown: list[str]) -> None:
    verdict = judge(PROBLEM, make_plan(text), CALENDAR, ROUTES)
    assert [(one.rule_id, one.subjects) for one in verdict.violations] == [("unknown-id", (one,)) for one in unknown]
    assert verdict.goals == ()
    assert verdict.counts == {"cadres": 2, "sites": 3, "sites_held": 0}
    for one in verdict.violations:
        assert one.subjects[0] in one.text.zh
        assert one.subjects[0] in one.text.en


def test_a_bound_above_the_value_is_a_false_claim_and_one_at_the_value_a_proof() -> None:
    bounds = (GoalBound("travel", 1501, "by a mistake"), GoalBound("unassigned", 0, "counting"))
    verdict = judge(PROBLEM, replace(PLAN, bounds=bounds))
    assert [(one.rule_id, one.subjects, one.amount) for one in verdict.violations] == [("false-bound", ("travel",), 1)]
    assert "1501" in verdict.violations[0].text.zh
    assert "1500" in verdict.violations[0].text.en
    assert judge(PROBLEM, replace(PLAN, bounds=(GoalBound("travel", 1500, "routes"),))).valid
    gaps = {goal.goal_id: goal.gap for goal in verdict.goals}
    assert gaps["unassigned"] == 0
    assert gaps["fairness"] is None
    half = judge(PROBLEM, replace(PLAN, bounds=(GoalBound("travel", 1200, "half"),)))
    assert {goal.goal_id: goal.gap for goal in half.goals}["travel"] == 0.2


# --- liaison days -----------------------------------------------------------------------------------------------


THREE_READINGS = {
    LiaisonDayRule.SECOND_THURSDAY: (JANUARY, FEBRUARY, MARCH, APRIL),
    LiaisonDayRule.WEEK_AFTER_THE_FIRST: (date(2027, 1, 7), FEBRUARY, MARCH, APRIL),  # 1 January is a Friday
    LiaisonDayRule.SECOND_FULL_WEEK: (JANUARY, FEBRUARY, MARCH, date(2027, 4, 15)),  # 1 April is a Thursday
}


def calendar_faults(problem: Problem, calendar: VisitCalendar) -> list[Violation]:
    violations = judge(problem, PLAN, calendar).violations
    assert {one.rule_id for one in violations} <= {"calendar"}
    return list(violations)


@pytest.mark.parametrize("rule", LiaisonDayRule)
@pytest.mark.parametrize("made_by", LiaisonDayRule)
def test_the_three_readings_are_told_apart(rule: LiaisonDayRule, made_by: LiaisonDayRule) -> None:
    nominals = THREE_READINGS[made_by]
    calendar = replace(CALENDAR, rule=str(rule), liaison_days=tuple(map(liaison, nominals)))
    wrong = [day for day, right in zip(nominals, THREE_READINGS[rule], strict=True) if day != right]
    found = calendar_faults(at(PROBLEM, (), liaison_day_rule=rule), calendar)
    assert len(found) == len(wrong)
    for violation, day in zip(found, wrong, strict=True):
        assert str(day) in violation.text.zh
        assert f"{rule}" in violation.text.en


OFF_FEBRUARY_10_TO_12 = days_off(date(2027, 2, 10), date(2027, 2, 11), date(2027, 2, 12))
SATURDAY_WORKED = (*FEAST, *days_off(date(2027, 2, 13), is_workday=True))


@pytest.mark.parametrize(("special_days", "roll", "right"), [
    ((), HolidayRoll.FORWARD, FEBRUARY),
    (FEAST, HolidayRoll.FORWARD, AFTER_THE_FEAST),
    (FEAST, HolidayRoll.BACKWARD, date(2027, 2, 10)),
    (OFF_FEBRUARY_10_TO_12, HolidayRoll.BACKWARD, date(2027, 2, 9)),
    (SATURDAY_WORKED, HolidayRoll.FORWARD, date(2027, 2, 13)),
])
def test_a_holiday_moves_the_day_in_the_set_direction_and_no_further(
        special_days: tuple[SpecialDay, ...], roll: HolidayRoll, right: date) -> None:
    problem = at(PROBLEM, special_days, holiday_roll=roll)
    for day in (FEBRUARY, date(2027, 2, 10), date(2027, 2, 9), date(2027, 2, 13), AFTER_THE_FEAST, date(2027, 2, 16)):
        days = (CALENDAR.liaison_days[0], liaison(FEBRUARY, day, "" if right == FEBRUARY else "春节"),
                *CALENDAR.liaison_days[2:])
        found = calendar_faults(problem, replace(CALENDAR, liaison_days=days))
        expected = [] if day == right else [abs((day - right).days)]
        assert [one.amount for one in found] == expected, day
        assert all(str(right) in one.text.zh and str(day) in one.text.en for one in found)


@pytest.mark.parametrize(("days", "amounts"), [
    (CALENDAR.liaison_days[:3], [1]),  # a month without
    ((*CALENDAR.liaison_days, liaison(date(2027, 5, 13))), [1]),
    ((liaison(FEBRUARY, AFTER_THE_FEAST, "春节"), *CALENDAR.liaison_days[1:]), [1]),  # not of its month
    ((liaison(date(2027, 1, 13)), *CALENDAR.liaison_days[1:]), [1]),  # a Wednesday
    ((liaison(JANUARY, reason="元旦"), *CALENDAR.liaison_days[1:]), [1]),  # nothing moved it
    ((replace(CALENDAR.liaison_days[0], state=DayState.PUBLISHED), *CALENDAR.liaison_days[1:]), [1]),
])
def test_liaison_days_that_are_not(days: tuple[LiaisonDay, ...], amounts: list[int]) -> None:
    """One at a time. Where the days changed, so did whether anybody was absent: only the faults of days count here."""
    problem = replace(PROBLEM, district=replace(PROBLEM.district, absences=()))
    found = calendar_faults(problem, replace(CALENDAR, liaison_days=days, missed=()))
    assert [one.amount for one in found] == amounts


@pytest.mark.parametrize("change", [{"rule": "second-full-week"}, {"term_id": "2029-2030"}])
def test_a_calendar_says_by_which_rule_and_for_which_term(change: dict[str, str]) -> None:
    (fault,) = calendar_faults(PROBLEM, replace(CALENDAR, **change))  # type: ignore[arg-type]
    assert next(iter(change.values())) in fault.text.zh


# --- slots and missed visits ------------------------------------------------------------------------------------


def slot(number: int, **change: int) -> Callable[[VisitCalendar], VisitCalendar]:
    """Change one slot."""
    def changed(calendar: VisitCalendar) -> VisitCalendar:
        slots = list(calendar.slots)
        slots[number] = replace(slots[number], **change)
        return replace(calendar, slots=tuple(slots))
    return changed


def missed(*visits: MissedVisit) -> Callable[[VisitCalendar], VisitCalendar]:
    return lambda calendar: replace(calendar, missed=visits)


LISTED = CALENDAR.missed[0]


@dataclass(frozen=True)
class Case:
    """A change of the calendar, and all that the judge must say of it: subjects joined by blanks, and amount."""

    name: str
    change: Callable[[VisitCalendar], VisitCalendar]
    expected: tuple[tuple[str, int], ...]


SLOT_CASES = (
    Case("slot missing", lambda one: replace(one, slots=one.slots[:1] + one.slots[2:]), (("c0 e1", 1),)),
    Case("slot extra", lambda one: replace(one, slots=(*one.slots, Slot("c1", "e0", 1, 0, NINE, NINE + 1800)),
                                           missed=(LISTED, MissedVisit(MARCH, "c1", "e0"))), (("c1 e0", 1),)),
    Case("slot of nobody", lambda one: replace(one, slots=(*one.slots, Slot("c7", "e7", 1, 0, NINE, NINE + 1800))),
         (("c7 e7", 1),)),
    Case("slot twice", lambda one: replace(one, slots=(*one.slots, one.slots[0])), (("c0 e0", 1),)),
    Case("slot thrice", lambda one: replace(one, slots=(*one.slots, one.slots[0], one.slots[0])), (("c0 e0", 2),)),
    Case("before hours", slot(0, starts_seconds=NINE - 1, ends_seconds=NINE + 1799), (("c0 e0", 1),)),
    Case("after hours", slot(0, starts_seconds=17 * 3600 - 1799, ends_seconds=17 * 3600 + 1), (("c0 e0", 1),)),
    Case("stay too short", slot(0, ends_seconds=NINE + 1799), (("c0 e0", 1),)),
    Case("stay too long", slot(0, ends_seconds=NINE + 1801), (("c0 e0", 1),)),
    Case("too rarely", slot(0, every_months=2), (("c0 e0", 1),)),
    Case("too often", slot(1, every_months=1, first_month=0), (("c0 e1", 1),)),
    Case("first too late", slot(1, first_month=2), (("c0 e1", 1),)),
    Case("first before the term", slot(1, first_month=-1), (("c0 e1", 1),)),
    Case("never again", slot(0, every_months=0), (("c0 e0", 1),)),
    Case("missed without absence", missed(LISTED, MissedVisit(JANUARY, "c0", "e0")), (("c0 e0", 1),)),
    Case("missed when not due", missed(LISTED, MissedVisit(JANUARY, "c0", "e1")), (("c0 e1", 1),)),
    Case("absence not listed", missed(), (("c1 r0", 1),)),
    Case("absence listed twice", missed(LISTED, LISTED), (("c1 r0", 1),)),
    Case("missed on no liaison day", missed(LISTED, MissedVisit(date(2027, 3, 10), "c1", "r0")), (("c1 r0", 1),)),
)


@pytest.mark.parametrize("case", SLOT_CASES, ids=lambda case: case.name)
def test_every_fault_of_a_slot_is_named_alone(case: Case) -> None:
    found = calendar_faults(PROBLEM, case.change(CALENDAR))
    assert tuple((" ".join(one.subjects), one.amount) for one in found) == case.expected
    for one in found:
        assert one.subjects[-1] in one.text.zh
        assert one.subjects[-1] in one.text.en
        assert re.search(r"\d", one.text.zh)
        assert re.search(r"\d", one.text.en)


def test_a_slot_that_never_comes_back_makes_no_trouble_for_the_rest() -> None:
    calendar = slot(0, every_months=0)(CALENDAR)
    verdict = judge(PROBLEM, PLAN, calendar, ROUTES)
    assert [one.subjects for one in verdict.violations] == [("c0", "e0")]
    assert "visits" not in verdict.counts


# --- routes -----------------------------------------------------------------------------------------------------


def route_faults(routes: Routes, problem: Problem = PROBLEM) -> list[tuple[str, int]]:
    violations = judge(problem, PLAN, CALENDAR, routes).violations
    assert {one.rule_id for one in violations} <= {"routes"}
    for one in violations:
        assert re.search(r"\d", one.text.zh)
        assert re.search(r"\d", one.text.en)
    return [(" ".join(one.subjects), one.amount) for one in violations]


def with_route(number: int, **change: object) -> Routes:
    routes = list(ROUTES.routes)
    routes[number] = replace(routes[number], **change)
    return replace(ROUTES, routes=tuple(routes))


def with_stop(number: int, stop: int, **change: int) -> Routes:
    stops = list(ROUTES.routes[number].stops)
    stops[stop] = replace(stops[stop], **change)
    return with_route(number, stops=tuple(stops))


FIRST, BOTH = ROUTES.routes[0], ROUTES.routes[1]


@pytest.mark.parametrize(("routes", "expected"), [
    pytest.param(with_route(0, travel_seconds=601), [("c0", 1)], id="travel does not add up"),
    pytest.param(with_route(0, returns_seconds=NINE + 2101), [("c0", 1)], id="returns late"),
    pytest.param(with_route(0, leaves_seconds=NINE - 299), [("c0", 1)], id="leaves late"),
    pytest.param(with_route(0, leaves_seconds=NINE - 301), [("c0", 1)], id="leaves early"),
    pytest.param(with_stop(1, 1, arrives_seconds=NINE + 2099), [("c0", 1)], id="arrives before it can"),
    pytest.param(with_route(0, days=(JANUARY,)), [("c0 e0", 1)], id="a day without its route"),
    pytest.param(with_route(2, days=(*ROUTES.routes[2].days, MARCH)), [("c1 r0", 1)], id="a visit that is missed"),
    pytest.param(with_route(0, days=()), [("c0 e0", 1), ("c0 e0", 1), ("c0", 1)], id="a route for no day"),
    pytest.param(replace(ROUTES, routes=ROUTES.routes[:2]), [("c1 r0", 1)] * 3, id="a cadre without routes"),
    pytest.param(replace(ROUTES, routes=(*ROUTES.routes, replace(FIRST, days=(JANUARY,)))), [("c0 e0", 1), ("c0", 1)],
                 id="a route twice"),
    pytest.param(
        replace(ROUTES, routes=(
            FIRST, replace(BOTH, stops=BOTH.stops[:1], returns_seconds=NINE + 2100, travel_seconds=600),
            ROUTES.routes[2],
            replace(BOTH, leaves_seconds=NINE + 1800, stops=BOTH.stops[1:], travel_seconds=600))),
        [("c0", 1), ("c0", 1)], id="two routes on one day"),
    pytest.param(
        replace(ROUTES, routes=(*ROUTES.routes, Route("c1", (MARCH,), NINE - 300, (), NINE - 300, 0))), [],
        id="a route that goes nowhere does no harm"),
    pytest.param(
        replace(ROUTES, routes=(*ROUTES.routes, Route(
            "c1", (MARCH,), NINE - 300, (Stop("e1", NINE, NINE, NINE + 1800),), NINE + 2100, 600))),
        [("c1 e1", 1)], id="a stop not in the calendar"),
    pytest.param(with_route(2, cadre_id="c7"), [("c1 r0", 1)] * 3 + [("c7 r0", 1)] * 3 + [("c7", 1)],
                 id="nobody's route"),
])
def test_every_fault_of_a_route_is_named_alone(routes: Routes, expected: list[tuple[str, int]]) -> None:
    assert route_faults(routes) == expected


def test_a_stop_at_another_time_is_no_visit_of_the_calendar() -> None:
    """The route itself adds up: he waits ten seconds and is back ten seconds later."""
    late = Route("c0", FIRST.days, NINE - 300, (Stop("e0", NINE, NINE + 10, NINE + 1810),), NINE + 2110, 600)
    found = route_faults(replace(ROUTES, routes=(late, *ROUTES.routes[1:])))
    assert found == [("c0 e0", 1)] * 4  # two visits on no route, two stops in no calendar


def test_a_stop_that_ends_before_it_begins_does_not_add_up() -> None:
    found = route_faults(with_stop(0, 0, ends_seconds=NINE - 1))
    assert ("c0", 1) in found


def test_waiting_is_allowed_and_counts_in_the_length_of_the_day() -> None:
    """He leaves 345 minutes before he need: 345 + 5 + 30 + 5 + 30 + 5 = 420, and one second more is over the limit.

    The day is allowed to begin early for this.
    """
    early = replace(PROBLEM, policy=replace(PROBLEM.policy, visit_day_starts_seconds=0))
    waited = NINE - 300 - 345 * 60
    for seconds, expected in ((0, []), (1, [("c0", 1)]), (61, [("c0", 2)])):
        leaves = waited - seconds
        stops = (replace(BOTH.stops[0], arrives_seconds=leaves + 300), BOTH.stops[1])
        assert route_faults(with_route(1, leaves_seconds=leaves, stops=stops), early) == expected


@pytest.mark.parametrize(("policy", "expected"), [
    ({"visit_day_starts_seconds": NINE - 300, "visit_day_ends_seconds": NINE + 4200}, []),
    ({"visit_day_starts_seconds": NINE - 299}, [("c0", 1), ("c0", 1), ("c1", 1)]),
    ({"visit_day_ends_seconds": NINE + 4199}, [("c0", 1)]),
])
def test_a_route_outside_the_working_day(policy: dict[str, int], expected: list[tuple[str, int]]) -> None:
    """The caseloads themselves would fit: only where the rules of the plan agree is the route to blame."""
    problem = replace(PROBLEM, policy=replace(PROBLEM.policy, **policy))
    violations = judge(problem, PLAN, CALENDAR, ROUTES).violations
    assert [(" ".join(one.subjects), one.amount) for one in violations if one.rule_id == "routes"] == expected


# --- who judges -------------------------------------------------------------------------------------------------


def test_the_judge_works_where_no_optimiser_is_installed() -> None:
    code = """
import sys
for name in ("ortools", "numba", "scipy", "geopandas", "shapely", "folium"):
    sys.modules[name] = None
from planner.check import judge
from tests.planner.test_check import CALENDAR, PLAN, PROBLEM, ROUTES
assert judge(PROBLEM, PLAN, CALENDAR, ROUTES).valid
assert not [name for name in sys.modules if name.startswith("planner.engines")]
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=PROJECT, capture_output=True, text=True,
                          check=False)
    assert (done.returncode, done.stderr) == (0, "")
