"""The estimate of memory follows its formula."""

from __future__ import annotations

from planner.memory import available_bytes, planning_bytes


def test_by_hand() -> None:
    """One district: program, 35 kB of facts and 30 kB of columns each, tables of 310 x 2 x 790 cells of 160 bytes."""
    assert planning_bytes(310, 790, 2) == 300_000_000 + 35_000 * 1_100 + 30_000 * 310 + 160 * 310 * 1_580


def test_a_worker_more_costs_a_worker() -> None:
    one, two, three = (planning_bytes(3_100, 7_900, workers) for workers in (1, 2, 3))
    assert two - one == three - two > 300_000_000


def test_what_is_free_is_less_than_any_city_of_millions() -> None:
    free = available_bytes()
    assert free is None or 0 < free < planning_bytes(400_000_000, 10**9, 2)
