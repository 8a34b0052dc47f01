"""Windows among known caseloads against every plan tried, on districts small enough for that."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from planner.engines import pool_search
from planner.engines.column_generation import ColumnGeneration
from planner.engines.neighbourhood import KernelPlan
from planner.engines.pool_search import PoolSearch
from planner.engines.tables import CostTables, FloatArray, KernelTables
from planner.facts.problem_arrays import IntArray
from tests.planner.engines.test_neighbourhood import CADRES, SITES, district, least_cost, tables_of

Columns = tuple[IntArray, IntArray, FloatArray]
START = np.array([0, 1, 2, 0, 1, 2])


def every_caseload(tables: KernelTables, cost: CostTables) -> Columns:
    """All legal caseloads of all cadres."""
    found = [ColumnGeneration(tables, cost).caseload_columns(np.where(np.isin(np.arange(SITES), held), who, -1))
             for who in range(CADRES) for k in range(1, 5) for held in combinations(range(SITES), k)]
    own = [tuple(part[cadre == who] for part in (cadre, sites, price))
           for (cadre, sites, price), who in zip(found, np.repeat(np.arange(CADRES), len(found) // CADRES), strict=True)]
    return (np.concatenate([one[0] for one in own]), np.concatenate([one[1] for one in own]), np.concatenate([one[2] for one in own]))


def searched(seed: int, windows: int) -> tuple[float, float, float, float]:
    """Cost of the start, of the plan found as computed anew, by what it was said to be cheaper, and the least of all."""
    tables, cost = tables_of(district(seed))
    columns = every_caseload(tables, cost)
    search = PoolSearch(tables, 1, columns, np.full(SITES, 500.0), np.zeros(len(tables.rows[0])))
    holders, saved = search.improve(ColumnGeneration(tables, cost).caseload_columns(START), START, windows, CADRES)
    before, after = KernelPlan(tables, cost, START), KernelPlan(tables, cost, holders)
    assert after.penalty == 0
    return before.cost, after.cost, saved, least_cost(tables, cost)


@pytest.mark.parametrize("seed", range(6))
def test_a_window_of_all_cadres_finds_the_best_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_search, "GAP_SHARE", 100.0)
    before, after, saved, least = searched(seed, 12)
    assert after == pytest.approx(least)
    assert before - after == pytest.approx(saved)


@pytest.mark.parametrize("seed", range(3))
def test_no_plan_becomes_dearer(seed: int) -> None:
    before, after, saved, least = searched(seed, 3)
    assert least - 1e-6 <= after <= before + 1e-6
    assert before - after == pytest.approx(saved)


def test_an_incomplete_plan_is_refused() -> None:
    tables, cost = tables_of(district(0))
    open_site = np.array([0, 1, 2, 0, 1, -1])
    search = PoolSearch(tables, 1, every_caseload(tables, cost), np.full(SITES, 500.0), np.zeros(len(tables.rows[0])))
    with pytest.raises(ValueError, match="legal and complete"):
        search.improve(ColumnGeneration(tables, cost).caseload_columns(open_site), open_site, 1, CADRES)
