"""The bounds by which sites are left out hold for every caseload: against their enumeration."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines.halo import reduced_cost_bounds


def shortest(office: np.ndarray, sites: np.ndarray) -> float:
    """Length of the shortest round trip on a plane."""
    def length(order: tuple[int, ...]) -> float:
        stops = [office, *(sites[one] for one in order), office]
        return float(sum(np.linalg.norm(a - b) for a, b in pairwise(stops)))

    return min(length(order) for order in permutations(range(len(sites))))


@given(seed=st.integers(0, 10_000), largest=st.integers(1, 4), committees=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_caseload_is_cheaper_than_the_bounds_of_its_sites(seed: int, largest: int, committees: int) -> None:
    random = np.random.default_rng(seed)
    count = 7
    place, office = random.uniform(0, 2000, (count, 2)), random.uniform(0, 2000, 2)
    profit = random.normal(800, 500, count)
    workload = random.integers(30, 200, count)
    wanted = int(random.integers(100, 500))
    price = 3.0 * np.abs(np.arange(largest * 200 + 1) - wanted)
    is_committee = np.arange(count) < committees
    limits = [(is_committee.astype(np.int64), 1), (workload, 10_000)]
    reduced = {}
    for size in range(1, largest + 1):
        for held in combinations(range(count), size):
            own = np.array(held)
            if is_committee[own].sum() <= 1:
                reduced[held] = shortest(office, place[own]) + price[workload[own].sum()] - profit[own].sum()
    trip = 2 * np.linalg.norm(place - office, axis=1)
    bounds = reduced_cost_bounds(trip, profit, workload, limits, largest, 1.0, price)
    for held, value in reduced.items():
        assert (bounds[list(held)] <= value).all(), (held, value)


def test_far_and_worthless_sites_are_left_out() -> None:
    trip = np.array([100.0, 200.0, 5_000.0, np.inf])
    bounds = reduced_cost_bounds(trip, np.array([300.0, 300.0, 300.0, 9_000.0]), np.full(4, 60), [], 3, 1.0, np.zeros(300))
    assert (bounds < 0.0).tolist() == [True, True, False, False]


@given(seed=st.integers(0, 10_000), enough=st.floats(-2_000, 2_000))
@settings(max_examples=40, deadline=None)
def test_what_is_enough_changes_no_bound_below_it(seed: int, enough: float) -> None:
    random = np.random.default_rng(seed)
    trip, profit = random.uniform(0, 3_000, 30), random.normal(800, 500, 30)
    arguments = trip, profit, random.integers(30, 200, 30), [((np.arange(30) < 9).astype(np.int64), 1)], 4, 1.0, random.uniform(0, 300, 500)
    whole, some = reduced_cost_bounds(*arguments), reduced_cost_bounds(*arguments, enough)
    assert (some <= whole).all()
    assert ((some < enough) == (whole < enough)).all()
    assert (some[whole < enough] == whole[whole < enough]).all()
