"""The ascent's bound is that of the dual values it returns, computed anew column by column."""

from __future__ import annotations

import numpy as np
import pytest

from planner.engines.lagrangian import dual_ascent

NEVER = 1_000


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("width", [1, 3, 4, 7])
def test_the_bound_belongs_to_the_dual_values(seed: int, width: int) -> None:
    """Columns narrower and wider than what is added at once; rows with one open side or none, that bind or not."""
    rng = np.random.default_rng(seed)
    cadres, sites, rows, columns = 6, 12, 4, 80
    cadre = np.sort(np.concatenate([np.arange(cadres), rng.integers(0, cadres, columns - cadres)]))
    start = np.searchsorted(cadre, np.arange(cadres + 1))
    members, in_rows = np.full((columns, width), -1), np.full((columns, 3), -1)
    for column in range(columns):
        own = np.sort(rng.permutation(sites)[:rng.integers(0, width + 1)])
        members[column, :len(own)] = own
        of_rows = rng.integers(0, rows, rng.integers(0, 4))  # a row may count twice
        in_rows[column, :len(of_rows)] = of_rows
    cost = rng.integers(50, 900, columns).astype(np.float64)
    lower, upper = np.array([0, 2, 1, 0]), np.array([1, NEVER, 3, 2])
    site_dual, row_dual = rng.normal(100, 30, sites), np.zeros(rows)
    centre = site_dual.copy()
    best = dual_ascent(200, 0.5, 6_000.0, site_dual, row_dual, start, cost, members, in_rows, lower, upper, NEVER, centre, 150.0)
    assert (np.abs(site_dual - centre) <= 150.0 + 1e-9).all()
    assert (row_dual[[0, 3]] <= 0).all()  # nothing below them to be broken
    assert row_dual[1] >= 0
    reduced = cost - np.append(site_dual, 0.0)[members].sum(axis=1) - np.append(row_dual, 0.0)[in_rows].sum(axis=1)
    base = site_dual.sum() + np.where(row_dual > 0, row_dual * lower, row_dual * upper).sum()
    assert best == pytest.approx(base + np.minimum.reduceat(reduced, start[:-1]).sum(), abs=1e-6)
    before = cost - np.append(centre, 0.0)[members].sum(axis=1)
    assert best >= centre.sum() + np.minimum.reduceat(before, start[:-1]).sum() - 1e-6


def test_some_rows_bind() -> None:
    """Two cadres, one site each is worth; the row lets only one of the two cheap columns be chosen."""
    cost, members = np.array([10.0, 50.0, 10.0, 50.0]), np.array([[0], [0], [1], [1]])
    in_rows, start = np.array([[0], [-1], [0], [-1]]), np.array([0, 2, 4])
    site_dual, row_dual = np.zeros(2), np.zeros(1)
    best = dual_ascent(2_000, 0.5, 60.0, site_dual, row_dual, start, cost, members, in_rows, np.array([0]), np.array([1]), NEVER,
                       np.zeros(2), 1e6)
    assert best == pytest.approx(60.0, rel=1e-3)
    assert row_dual[0] < 0
