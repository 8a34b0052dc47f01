"""Times of one day, held against trying every begin on the grid."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines.day_times import GRID_SECONDS, HOST_PRICE, NO_LUNCH_PRICE, TRAVEL_PRICE, DayTask
from planner.facts.district import TimeWindow
from planner.facts.problem import Problem
from tests.planner.sample import make_problem

NINE = 9 * 3600
POLICY = {"visit_day_starts_seconds": NINE, "visit_day_ends_seconds": NINE + 6 * 3600, "max_visit_day_minutes": 240,
          "lunch_minutes": 30, "lunch_starts_seconds": NINE + 3600, "lunch_ends_seconds": NINE + 3 * 3600}


def price_of(problem: Problem, order: tuple[int, ...], starts: list[int], prices: np.ndarray) -> int | None:
    """The price of times, from the words of the rules; None where they are not legal."""
    policy, sites = problem.policy, problem.district.sites
    stations = ["o0", *(sites[site].id for site in order), "o0"]
    legs = [problem.travel.seconds(a, b) or 0 for a, b in pairwise(stations)]
    leaves = starts[0] - legs[0]
    ends = [start + sites[site].stay_seconds for site, start in zip(order, starts, strict=True)]
    if leaves < policy.visit_day_starts_seconds:
        return None
    for site, start, end in zip(order, starts, ends, strict=True):
        if start < sites[site].visiting_hours.opens_seconds or end > sites[site].visiting_hours.closes_seconds:
            return None
    for number in range(len(order) - 1):
        if ends[number] + legs[number + 1] > starts[number + 1]:
            return None
    lunch, start_of, end_of = policy.lunch_minutes * 60, policy.lunch_starts_seconds, policy.lunch_ends_seconds
    limit = policy.max_visit_day_minutes * 60
    homes = []
    home = ends[-1] + legs[-1]
    fed = leaves - start_of >= lunch or end_of - home >= lunch
    for number in range(len(order) - 1):
        begin = max(ends[number], start_of)
        fed = fed or (begin + lunch <= end_of and begin + lunch + legs[number + 1] <= starts[number + 1])
    homes.append((home, 0 if fed else NO_LUNCH_PRICE))
    late = max(ends[-1], start_of) + lunch
    if late <= end_of:
        homes.append((late + legs[-1], 0))
    totals = [back - leaves + extra for back, extra in homes if back <= policy.visit_day_ends_seconds and back - leaves <= limit]
    if not totals:
        return None
    own = sum(int(prices[site, (start - NINE) // GRID_SECONDS]) for site, start in zip(order, starts, strict=True))
    return min(totals) + own + sum(legs) * TRAVEL_PRICE


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2), st.integers(0, 10**6))
def test_no_other_times_are_cheaper(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    sites = {}
    for number in range(count):
        opens = NINE + int(random.integers(0, 24)) * 300
        sites[f"e{number}"] = {"stay_seconds": int(random.choice([900, 1800, 2700])),
                               "visiting_hours": TimeWindow(opens, opens + int(random.integers(6, 40)) * 300)}
    travel = {(a, b): int(random.integers(60, 900)) for a in ("o0", *sites) for b in ("o0", *sites) if a != b}
    problem = make_problem(1, sites, travel=travel, policy=POLICY)
    task = DayTask(problem.district.cadres[0], problem.district.sites, problem)
    prices = np.where(random.random((count, task.steps)) < 0.3, HOST_PRICE, 0).astype(np.int64)
    found = task.best(prices, None)
    grid = [NINE + GRID_SECONDS * step for step in range(task.steps)]
    best = None
    for order in permutations(range(count)):
        for starts in product(grid, repeat=count):
            one = price_of(problem, order, list(starts), prices)
            best = one if best is None or (one is not None and one < best) else best
    assert (None if found is None else found.price) == best
    if found is not None:
        assert price_of(problem, found.order, list(found.starts_seconds), prices) == found.price
