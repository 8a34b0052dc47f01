"""A part of a problem keeps the totals of the whole, and what is agreed within it."""

from __future__ import annotations

import numpy as np
import pytest

from planner.facts.district import Pairing, PastTerm, StayRequest
from planner.facts.problem import Problem
from planner.rules.constituency import Constituency
from planner.rules.goal_fairness import Fairness, Spread
from planner.rules.load_limit import LoadLimit
from planner.rules.unit_share import UnitShare
from tests.planner.sample import make_plan, make_problem


@pytest.fixture
def whole() -> Problem:
    """Four sites of 240 minutes in sum, cadres of 100 and 300 %; c0 and e0 to e1 become the part."""
    past = frozenset({Pairing("c0", "e0"), Pairing("c0", "e2"), Pairing("c1", "e1")})
    return make_problem(
        {"c0": {"constituency_id": "x"}, "c1": {"capacity_percent": 300}},
        {"e0": {"constituency_id": "x"}, "e1": {}, "e2": {"constituency_id": "x"}, "e3": {}},
        policy={"max_load_percent_of_fair_share": 200, "max_unit_share_percent": 50, "min_deputy_sites_in_constituency": 2},
        past_terms=(PastTerm("2025-2026", past),), recusals=past, pins=frozenset({Pairing("c1", "e1"), Pairing("c0", "e3")}),
        stay_requests=frozenset({StayRequest("c0", "e0"), StayRequest("c0", "e2")}))


@pytest.fixture
def part(whole: Problem) -> Problem:
    return whole.part(np.array([0]), np.array([0, 1]), whole.travel)


def test_what_is_agreed_stays_if_both_are_in_the_part(part: Problem) -> None:
    district = part.district
    assert [one.id for one in (*district.cadres, *district.sites, *district.offices)] == ["c0", "e0", "e1", "o0"]
    assert district.past_terms == (PastTerm("2025-2026", frozenset({Pairing("c0", "e0")})),)
    assert district.recusals == {Pairing("c0", "e0")}
    assert district.stay_requests == {StayRequest("c0", "e0")}


def test_a_pin_to_somebody_else_still_binds(part: Problem) -> None:
    assert part.district.pins == {Pairing("c1", "e1")}


def test_totals_are_those_of_the_whole(whole: Problem, part: Problem) -> None:
    assert part.totals == whole.totals
    assert (part.total_workload_minutes, part.total_capacity_percent) == (240, 400)
    assert part.part(np.array([0]), np.array([1]), part.travel).totals == whole.totals


def test_shares_and_limits_by_hand(whole: Problem, part: Problem) -> None:
    """c0's fair share is 240 / 4 = 60 minutes: one site weighs 100.0 %; two are 60 minutes off, and as much as he may carry."""
    plan = make_plan("c0: e0 e1")
    assert Fairness().measure(plan, part) == Fairness().measure(plan, whole) == 2_000
    assert Spread().measure(plan, part) == 60
    assert LoadLimit().limits(part, 0)[0].upper == LoadLimit().limits(whole, 0)[0].upper == 120


def test_rows_and_deputies_count_the_whole(whole: Problem, part: Problem) -> None:
    """Half of the sub-district's four sites, for the whole unit; two of the deputy's two sites, of which the part has one."""
    (limit,) = Constituency().limits(part, 0)
    assert (limit.lower, int(limit.weights.sum())) == (2, 1)
    assert [row.upper for row in UnitShare().rows(whole)] == [2, 2]
    assert [row.upper for row in UnitShare().rows(part)] == [2]
