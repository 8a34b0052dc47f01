"""Occasions end to end on small districts: what comes out is valid, best, and every way to spoil it is found by the judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from planner.artefacts.files import json_text
from planner.artefacts.occasions import Call, LeftOut, Occasion, OccasionKind, Occasions
from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Verdict
from planner.artefacts.visit_calendar import VisitCalendar
from planner.check_occasions import judge_occasions
from planner.facts.district import Absence, Conference, Pairing, Rank
from planner.facts.occasions import Household, NewYear, OccasionRequests, Reception, Round
from planner.facts.problem import Problem
from planner.facts.term import DayState, SpecialDay
from planner.occasions import plan_occasions
from planner.scheduling import schedule
from tests.planner.sample import make_plan, make_problem

NOBODY = Provenance({}, 1, {})
NINE = 9 * 3600
NEW_YEAR = NewYear("new-year-2027", date(2027, 2, 6), NINE, NINE + 7200, 1200, 2)
ROUND = Round("round-1", "征询", date(2027, 3, 1), date(2027, 3, 5))
RECEPTION = Reception("reception-1", "r0", 2, 3, 1, NINE, NINE + 7200, 1, Rank.DIVISION)
"""Every second Thursday: always the liaison day, so always moved."""
HOMES = tuple(Household(f"H{number}", "r0" if number < 3 else "r1") for number in range(5))
REQUESTS = OccasionRequests(HOMES, (NEW_YEAR,), (ROUND,), (RECEPTION,))


def district(**more: object) -> Problem:
    """Three cadres with a point each; c2 may go to no committee."""
    given = {"recusals": frozenset({Pairing("c2", "r0"), Pairing("c2", "r1")}), "policy": {"max_hosted_visits": 2}} | more
    return make_problem(3, "e0 r0 r1", **given)  # type: ignore[arg-type]


PLAN = make_plan("c0: r0 | c1: r1 | c2: e0")


def calendar_of(problem: Problem) -> VisitCalendar:
    return schedule(problem, PLAN, NOBODY)


def planned(problem: Problem, requests: OccasionRequests = REQUESTS, plan: Plan = PLAN) -> tuple[Occasions, Verdict]:
    calendar = calendar_of(problem)
    made = plan_occasions(problem, plan, calendar, requests, NOBODY)
    again = Occasions.from_json(made.to_json())
    assert again == made
    return made, judge_occasions(problem, plan, calendar, requests, again)


def values(verdict: Verdict) -> dict[str, tuple[int, int | None]]:
    return {goal.goal_id: (goal.value, goal.bound) for goal in verdict.goals}


def test_everything_is_done_and_best() -> None:
    """r0 has 3 households: two for its own cadre c0, nobody for the third, since c1 is at r1 and c2 may not."""
    made, verdict = planned(district())
    assert verdict.valid, verdict.violations
    found = values(verdict)
    assert found["new-year-2027/left-out"] == (1, 1)
    assert found["new-year-2027/strangers"] == (0, 0)
    assert found["new-year-2027/travel"] == (1200, 1200)
    assert found["round-1/left-out"] == (0, 0)
    assert found["round-1/fullest-days"] == (1, 1)
    assert found["reception-1/left-out"] == (0, 0)
    assert found["reception-1/turns"] == (2 * 78, 2 * 78)  # 24 turns for c0 and c1, 12 each
    new_year = made.occasions[0]
    assert {call.cadre_id: call.households for call in new_year.calls} == {"c0": ("H0", "H1"), "c1": ("H3", "H4")}
    assert new_year.left_out == (LeftOut("r0", 1, date(2027, 2, 6), households=("H2",)),)


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = (json_text(planned(district())[0].to_json()) for _ in range(2))
    assert first == second


def test_receptions_give_way_to_liaison_days_and_holidays() -> None:
    holiday = SpecialDay(date(2027, 1, 15), False, "假日", DayState.PUBLISHED)
    problem = district()
    problem = replace(problem, term=replace(problem.term, special_days=(holiday,)))
    made, verdict = planned(problem)
    assert verdict.valid, verdict.violations
    days = [call.day for call in made.occasions[2].calls]
    assert days[0] == date(2027, 1, 18)  # Thursday 14 is the liaison day, Friday off, then the weekend
    assert days[1] == date(2027, 2, 12)


def test_who_is_away_or_in_a_conference_is_not_sent() -> None:
    absences = (Absence("c0", date(2027, 2, 1), date(2027, 3, 31)),)
    conferences = (Conference("会", date(2027, 3, 1), "o1", 0, 86_400), Conference("会", date(2027, 3, 2), None, 0, 86_400))
    made, verdict = planned(district(absences=absences, conferences=conferences))
    assert verdict.valid, verdict.violations
    new_year, tour, reception = made.occasions
    assert "c0" not in {call.cadre_id for call in new_year.calls}
    assert [(left.cadre_id, left.site_id) for left in tour.left_out] == [("c0", "r0")]
    assert values(verdict)["round-1/left-out"] == (1, 1)
    days = {call.cadre_id: call.day.day for call in tour.calls}
    assert days["c1"] in {3, 4, 5}
    assert days["c2"] in {1, 3, 4, 5}
    assert all(call.cadre_id == "c1" for call in reception.calls if date(2027, 2, 1) <= call.day <= date(2027, 3, 31))


def test_a_window_without_working_days_leaves_all_out() -> None:
    requests = OccasionRequests(rounds=(Round("round-1", "x", date(2027, 3, 6), date(2027, 3, 7)),))
    made, verdict = planned(district(), requests)
    assert verdict.valid
    assert len(made.occasions[0].left_out) == 3


def test_hosts_are_respected_on_new_years_day() -> None:
    homes = tuple(Household(f"H{number}", f"r{number}") for number in range(4))
    problem = make_problem(4, "r0 r1 r2 r3", policy={"max_hosted_visits": 1})
    plan = make_plan("c0: r0 | c1: r1 | c2: r2 | c3: r3")
    calendar = schedule(problem, plan, NOBODY)
    for ends, left in ((NINE + 4800, 0), (NINE + 3600, 1)):
        requests = OccasionRequests(homes, (replace(NEW_YEAR, ends_seconds=ends),))
        made = plan_occasions(problem, plan, calendar, requests, NOBODY)
        verdict = judge_occasions(problem, plan, calendar, requests, made)
        assert verdict.valid, verdict.violations
        assert values(verdict)["new-year-2027/left-out"] == (left, left)


# --- the judge ----------------------------------------------------------------------------------------------------


def with_call(occasions: Occasions, which: int, change: Callable[[Call], Call]) -> Occasions:
    one = occasions.occasions[which]
    changed = replace(one, calls=(change(one.calls[0]), *one.calls[1:]))
    return replace(occasions, occasions=tuple(changed if other is one else other for other in occasions.occasions))


def with_occasion(occasions: Occasions, which: int, **change: object) -> Occasions:
    one = occasions.occasions[which]
    return replace(occasions, occasions=tuple(replace(other, **change) if other is one else other  # type: ignore[arg-type]
                                              for other in occasions.occasions))


SPOILED: dict[str, tuple[str, Callable[[Occasions], Occasions]]] = {
    "another term": ("occasions", lambda one: replace(one, term_id="2029-2030")),
    "one occasion less": ("occasions", lambda one: replace(one, occasions=one.occasions[1:])),
    "one occasion twice": ("occasions", lambda one: replace(one, occasions=(*one.occasions, one.occasions[0]))),
    "not asked for": ("occasions", lambda one: replace(one, occasions=(*one.occasions, Occasion("x", OccasionKind.ROUND, ())))),
    "wrong kind": ("occasions", lambda one: with_occasion(one, 1, kind=OccasionKind.RECEPTION)),
    "unknown cadre": ("unknown-id", lambda one: with_call(one, 0, lambda call: replace(call, cadre_id="c9"))),
    "unknown site left out": ("unknown-id", lambda one: with_occasion(one, 0, left_out=(LeftOut("r9", 1, None, "", ("H2",)),))),
    "a household twice": ("households", lambda one: with_call(one, 0, lambda call: replace(call, households=("H0", "H0")))),
    "a household of another committee": ("households", lambda one: with_call(one, 0, lambda call: replace(call, households=("H0", "H3")))),
    "a household forgotten": ("households", lambda one: with_occasion(one, 0, left_out=())),
    "a wrong count": ("households", lambda one: with_occasion(one, 0, left_out=(replace(one.occasions[0].left_out[0], count=2),))),
    "too many households": ("occasions", lambda one: with_call(with_occasion(one, 0, left_out=()), 0, lambda call: replace(
        call, households=("H0", "H1", "H2"), ends_seconds=call.starts_seconds + 3600))),
    "another day than the first": ("occasions", lambda one: with_call(one, 0, lambda call: replace(call, day=date(2027, 2, 7)))),
    "too early": ("occasions", lambda one: with_call(one, 0, lambda call: replace(
        call, starts_seconds=NINE - 60, ends_seconds=call.ends_seconds - call.starts_seconds + NINE - 60))),
    "recused": ("occasions", lambda one: with_call(one, 0, lambda call: replace(call, cadre_id="c2"))),
    "off the fixed time": ("occasions", lambda one: with_call(one, 1, lambda call: replace(
        call, starts_seconds=call.starts_seconds + 60, ends_seconds=call.ends_seconds + 60))),
    "on a weekend": ("occasions", lambda one: with_call(one, 1, lambda call: replace(call, day=date(2027, 3, 6)))),
    "a visit of the round forgotten": ("occasions", lambda one: with_occasion(one, 1, calls=one.occasions[1].calls[1:])),
    "a reception on another day": ("occasions", lambda one: with_call(one, 2, lambda call: replace(call, day=date(2027, 1, 20)))),
    "a reception at another hour": ("occasions", lambda one: with_call(one, 2, lambda call: replace(call, ends_seconds=NINE + 60))),
    "a seat forgotten": ("occasions", lambda one: with_occasion(one, 2, calls=one.occasions[2].calls[1:])),
    "a false bound": ("false-bound", lambda one: with_occasion(one, 0, bounds=(GoalBound("left-out", 2, "x"),))),
}


@pytest.mark.parametrize("name", SPOILED)
def test_the_judge_finds_what_is_spoiled(name: str) -> None:
    problem = district()
    rule, spoil = SPOILED[name]
    made, _ = planned(problem)
    verdict = judge_occasions(problem, PLAN, calendar_of(problem), REQUESTS, spoil(made))
    assert rule in {one.rule_id for one in verdict.violations}


def test_the_judge_knows_who_is_away_and_of_what_rank_and_who_does_two_things() -> None:
    made, _ = planned(district())
    call = made.occasions[2].calls[0]
    for more in ({"absences": (Absence(call.cadre_id, call.day, call.day),)},
                 {"conferences": (Conference("会", call.day, None, NINE + 7200, NINE + 7201),)},
                 {"policy": {"max_travel_minutes": 4}}):
        problem = district(**more)
        assert not judge_occasions(problem, PLAN, calendar_of(district()), REQUESTS, made).valid, more
    low = replace(REQUESTS, receptions=(replace(RECEPTION, min_rank=Rank.DISTRICT_LEADER),))
    assert not judge_occasions(district(), PLAN, calendar_of(district()), low, made).valid
    busy = next(one for one in made.occasions[2].calls if one.cadre_id == made.occasions[1].calls[0].cadre_id)
    both = with_call(made, 1, lambda one: replace(one, day=busy.day))
    texts = [one.text.en for one in judge_occasions(district(), PLAN, calendar_of(district()), REQUESTS, both).violations]
    assert f"{busy.cadre_id} has 2 occasions on {busy.day}: round-1, reception-1" in texts


def test_the_judge_counts_hosts_and_cars() -> None:
    made, _ = planned(district())
    one_host = district(policy={"max_hosted_visits": 1})
    rules = {one.rule_id for one in judge_occasions(one_host, PLAN, calendar_of(district()), REQUESTS, made).violations}
    assert "hosts" in rules
    shared = make_problem({one: {"office_id": "o0"} for one in ("c0", "c1", "c2")}, "e0 r0 r1", offices={"o0": {}},
                          policy={"max_cars_per_office": 1})
    plan = make_plan("c0: r0 | c1: r1 | c2: e0")
    calendar = schedule(replace(shared, policy=replace(shared.policy, max_cars_per_office=0)), plan, NOBODY)
    same = Occasions("2027-2028", (Occasion("round-1", OccasionKind.ROUND, tuple(
        Call(date(2027, 3, 1), slot.cadre_id, slot.site_id, slot.starts_seconds, slot.ends_seconds) for slot in calendar.slots)),), NOBODY)
    requests = OccasionRequests(rounds=(ROUND,))
    at_once = len({slot.starts_seconds for slot in calendar.slots}) < 3
    assert at_once
    assert "cars" in {one.rule_id for one in judge_occasions(shared, plan, calendar, requests, same).violations}
    kept = plan_occasions(shared, plan, calendar, requests, NOBODY)
    assert judge_occasions(shared, plan, calendar, requests, kept).valid
