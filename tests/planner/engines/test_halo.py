"""What lies outside the halo is in no caseload below the threshold: against the enumeration of every caseload."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines.halo import worth_pricing


def shortest(office: np.ndarray, sites: np.ndarray) -> float:
    """Length of the shortest round trip on a plane."""
    def length(order: tuple[int, ...]) -> float:
        stops = [office, *(sites[one] for one in order), office]
        return float(sum(np.linalg.norm(a - b) for a, b in pairwise(stops)))

    return min(length(order) for order in permutations(range(len(sites))))


@given(seed=st.integers(0, 10_000), largest=st.integers(1, 4), share=st.integers(0, 100), committees=st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_no_site_of_a_good_caseload_is_left_out(seed: int, largest: int, share: int, committees: int) -> None:
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
    threshold = float(np.percentile(list(reduced.values()), share))
    trip = 2 * np.linalg.norm(place - office, axis=1)
    kept = worth_pricing(trip, profit, workload, limits, largest, 1.0, price, threshold)
    for held, value in reduced.items():
        if value < threshold:
            assert kept[list(held)].all(), (held, value, threshold)


def test_far_and_worthless_sites_are_left_out() -> None:
    trip = np.array([100.0, 200.0, 5_000.0, np.inf])
    kept = worth_pricing(trip, np.array([300.0, 300.0, 300.0, 9_000.0]), np.full(4, 60), [], 3, 1.0, np.zeros(300), 0.0)
    assert kept.tolist() == [True, True, False, False]
