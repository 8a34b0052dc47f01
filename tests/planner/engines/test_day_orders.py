"""Orders of long days, both exact ways held against trying all of them."""

from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines import day_orders
from planner.engines.day_orders import best_tour, least_travel_order
from tests.planner.sample import make_problem

Windows = list[tuple[float, float]]


def brute(travel: list[list[float]], windows: Windows, stays: list[float]) -> float | None:
    best = None
    for order in permutations(range(1, len(travel))):
        now, cost = windows[0][0], 0.0
        for a, b in pairwise([0, *order, 0]):
            now, cost = now + (stays[a] if a else 0) + travel[a][b], cost + travel[a][b]
            if b:
                now = max(now, windows[b][0])
            if now > windows[b][1]:
                break
        else:
            best = cost if best is None else min(best, cost)
    return best


@st.composite
def days(draw: st.DrawFn) -> tuple[list[list[float]], Windows, list[float]]:
    """Points in a square, so that the triangle inequality holds, and hours of all widths."""
    points = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=5))
    travel = [[float(abs(a[0] - b[0]) + abs(a[1] - b[1])) for b in points] for a in points]
    windows: Windows = [(0.0, 60.0)]
    for _ in points[1:]:
        start = draw(st.integers(0, 30))
        windows.append((float(start), float(start + draw(st.integers(0, 25)))))
    return travel, windows, [0.0, *(float(draw(st.integers(0, 5))) for _ in points[1:])]


@settings(max_examples=150, deadline=None)
@given(days())
def test_labels_find_the_least_travel(day: tuple[list[list[float]], Windows, list[float]]) -> None:
    tour, best = best_tour(*day), brute(*day)
    assert (None if tour is None else tour.travel) == best


@settings(max_examples=40, deadline=None)
@given(days())
def test_the_circuit_agrees(day: tuple[list[list[float]], Windows, list[float]]) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(day_orders, "MOST_LABELS", 0)
    try:
        tour = best_tour(*day)
    finally:
        patch.undo()
    assert (None if tour is None else tour.travel) == brute(*day)
    assert tour is None or tour.proved_by == "CP-SAT"


def test_decimals_are_counted_in_parts() -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(day_orders, "MOST_LABELS", 0)
    with patch.context():
        tour = best_tour([[0, 1.5, 2.25], [1.5, 0, 1.25], [2.25, 1.25, 0]], [(0, 10), (0, 10), (0, 10)])
    patch.undo()
    assert tour is not None
    assert tour.travel == pytest.approx(5.0)
    with pytest.raises(ValueError, match="thousandth"):
        day_orders._by_circuit([[0, 1 / 3], [1 / 3, 0]], [(0, 10), (0, 10)], [0, 0], [10, 10])


def test_a_cadre_with_many_sites() -> None:
    """Every other leg takes five minutes, the ring o0 e0 e1 ... e7 o0 one each."""
    ring = [*(f"e{number}" for number in range(8))]
    travel = dict.fromkeys(pairwise(["o0", *ring, "o0"]), 60)
    problem = make_problem(1, " ".join(ring), travel=travel)
    assert least_travel_order(problem.district.cadres[0], problem.district.sites, problem) == tuple(range(8))
