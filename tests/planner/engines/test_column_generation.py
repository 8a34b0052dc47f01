"""The bounds of column generation against every plan tried, on districts small enough for that."""

from __future__ import annotations

import numpy as np
import pytest

from planner.engines import column_generation
from planner.engines.column_generation import ColumnGeneration, first_of_each
from planner.engines.neighbourhood import KernelPlan
from tests.planner.engines.test_neighbourhood import district, least_cost, tables_of

START = np.array([0, 1, 2, 0, 1, 2])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("margin", "keep"), [(5.0, 250), (60.0, 250), (300.0, 2)])
def test_no_bound_is_above_the_best_plan(seed: int, margin: float, keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the exact pass left most caseloads out of the pool: dual values then move over caseloads unknown."""
    monkeypatch.setattr(column_generation, "KEEP_NEAR", keep)
    monkeypatch.setattr(column_generation, "KEEP", keep)
    tables, cost = tables_of(district(seed))
    target = KernelPlan(tables, cost, START).cost
    generation = ColumnGeneration(tables, cost)
    generation.start([START], target)
    generation.improve(target, 1, lambda _bound: True)
    exact = generation.prove(target, margin)
    assert exact.proven_bound is not None
    assert exact.proven_bound <= least_cost(tables, cost) + 1e-6


@pytest.mark.parametrize("seed", range(5))
def test_dual_values_nearby_prove_no_less(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def proven(radii: tuple[float, ...]) -> float:
        monkeypatch.setattr(column_generation, "TRUST_SECONDS", radii)
        tables, cost = tables_of(district(seed))
        generation = ColumnGeneration(tables, cost)
        generation.start([START], KernelPlan(tables, cost, START).cost)
        return generation.prove(KernelPlan(tables, cost, START).cost, 100.0).proven_bound or -np.inf

    assert proven((10.0, 40.0)) >= proven(())


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("most", [1, 3, 10**6, 2**40])
def test_first_of_each_is_in_the_order_of_rows(seed: int, most: int) -> None:
    """Also where a row does not fit into one number, or into two."""
    rows = np.random.default_rng(seed).integers(-1, most, (60, 5))
    rows = np.concatenate([rows, rows[::3]])
    _, first = np.unique(rows, axis=0, return_index=True)
    assert first_of_each(rows).tolist() == first.tolist()


def test_first_of_none() -> None:
    assert first_of_each(np.zeros((0, 4), dtype=np.int64)).tolist() == []
    assert first_of_each(np.full((3, 0), 0, dtype=np.int64)).tolist() == [0]
