"""The compiled visit day agrees with the judge's."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings

from planner.engines.kernel import MAX_SIZE, NO_WAY, best_day, order_tables
from planner.facts.problem import Problem
from planner.rules.day_check import examine_day
from tests.planner.random_days import day_problems
from tests.planner.sample import make_problem

ORDER_TABLES = order_tables()


def compiled_day(problem: Problem, held: list[int], *, limited: bool) -> tuple[int, bool]:
    """``best_day`` of the first cadre with the sites ``held``, on the arrays that engines hand it."""
    arrays, policy = problem.arrays, problem.policy
    facts = (arrays.travel_seconds, arrays.site_place, arrays.stay_seconds, arrays.opens_seconds,
             arrays.closes_seconds, *ORDER_TABLES)
    day = (policy.visit_day_starts_seconds, policy.visit_day_ends_seconds, policy.max_visit_day_minutes * 60, limited)
    members = np.full(MAX_SIZE, -1, dtype=np.int64)
    members[: len(held)] = held
    travel, legal = best_day(arrays.office_place[0], members, len(held), facts, day)
    return int(travel), bool(legal)


def least_travel_of_any_order(problem: Problem, held: list[int]) -> int | None:
    """Travel seconds of the shortest round trip, whatever the hours; None where no road leads round."""
    office = problem.district.cadres[0].office_id
    sites = [problem.district.sites[one].id for one in held]
    trips = [[problem.travel.seconds(a, b) for a, b in pairwise([office, *order, office])]
             for order in permutations(sites)]
    return min((sum(leg for leg in trip if leg is not None) for trip in trips if None not in trip), default=None)


@settings(max_examples=200, deadline=None)
@given(day_problems())
def test_best_day_agrees_with_the_judge(problem: Problem) -> None:
    held = list(range(len(problem.district.sites)))
    expected = examine_day(problem.district.cadres[0], problem.district.sites, problem).travel_seconds
    travel, legal = compiled_day(problem, held, limited=True)
    assert legal == (expected is not None)
    if expected is not None:
        assert travel == expected
    else:
        least = least_travel_of_any_order(problem, held)
        assert travel == (NO_WAY if least is None else least)


@settings(max_examples=100, deadline=None)
@given(day_problems())
def test_without_limits_only_the_roads_count(problem: Problem) -> None:
    held = list(range(len(problem.district.sites)))
    least = least_travel_of_any_order(problem, held) if held else 0
    expected = (NO_WAY, False) if least is None else (least, True)
    assert compiled_day(problem, held, limited=False) == expected


@pytest.mark.parametrize("size", range(MAX_SIZE + 1))
def test_order_tables_hold_every_order_once(size: int) -> None:
    table, counts = ORDER_TABLES
    orders = {tuple(order) for order in table[size, : counts[size], :size].tolist()}
    assert orders == set(permutations(range(size)))
    assert len(orders) == counts[size]


def test_a_full_caseload_by_hand() -> None:
    """Seven visits of 30 minutes, five minutes apart: 7 * 30 + 8 * 5 = 250 minutes, 40 of them travel."""
    sites = " ".join(f"e{number}" for number in range(MAX_SIZE))
    held = list(range(MAX_SIZE))
    fits = make_problem(1, sites, policy={"max_visit_day_minutes": 250})
    too_long = make_problem(1, sites, policy={"max_visit_day_minutes": 249})
    assert compiled_day(fits, held, limited=True) == (2400, True)
    assert compiled_day(too_long, held, limited=True) == (2400, False)
    assert compiled_day(too_long, held, limited=False) == (2400, True)
