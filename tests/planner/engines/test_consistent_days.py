"""The same person at nearly the same time, held against trying everything on tiny cases."""

from __future__ import annotations

import math
from itertools import pairwise, permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines.consistent_days import plan_consistent_days

LONGEST, CAPACITY = 40.0, 6.0


def brute(points: list[tuple[int, int]], demand: list[list[float | None]], tolerance: float) -> float | None:
    """Try every person for every stop, and every order of every day."""
    count, best = len(demand), None
    for persons in product(range(count), repeat=count):
        total = 0.0
        for person in set(persons):
            own = [stop + 1 for stop in range(count) if persons[stop] == person]
            one = None
            days = [[stop for stop in own if demand[stop - 1][day] is not None] for day in range(2)]
            if any(sum(demand[stop - 1][day] or 0 for stop in due) > CAPACITY for day, due in enumerate(days)):
                break
            for orders in product(*(permutations(due) for due in days)):
                times: dict[int, list[float]] = {}
                cost, fits = 0.0, True
                for order in orders:
                    now = 0.0
                    for a, b in pairwise([0, *order, 0]):
                        now += math.dist(points[a], points[b])
                        cost += math.dist(points[a], points[b])
                        if b:
                            times.setdefault(b, []).append(now)
                            now += 1
                    fits = fits and (now <= LONGEST or not order)
                if fits and all(max(own_times) - min(own_times) <= tolerance for own_times in times.values()):
                    one = cost if one is None else min(one, cost)
            if one is None:
                break
            total += one
        else:
            best = total if best is None else min(best, total)
    return best


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=4, unique=True), st.data())
def test_no_other_plan_is_shorter(points: list[tuple[int, int]], data: st.DataObject) -> None:
    count = len(points) - 1
    load = st.one_of(st.none(), st.integers(1, 4).map(float))
    demand = [[data.draw(load), data.draw(load)] for _ in range(count)]
    tolerance = data.draw(st.sampled_from([0.0, 2.0, 50.0]))
    travel = [[math.dist(a, b) for b in points] for a in points]
    plan = plan_consistent_days(travel, demand, [[1.0, 1.0]] * count, CAPACITY, LONGEST, tolerance)
    best = brute(points, demand, tolerance)
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert math.isclose(plan.travel, best, abs_tol=1e-6)
