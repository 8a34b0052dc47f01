"""Column generation: the pool of caseloads, its dual values, and a bound proven over all legal caseloads.

The master problem is set partitioning: one caseload for every cadre, every site in exactly one, district rows within
their bounds (Dantzig and Wolfe 1960; Barnhart et al. 1998). Its Lagrangian bound

    L(pi, mu) = sum of pi + sum over rows (mu > 0: mu * lower, mu < 0: mu * upper) + sum over cadres of the least reduced cost

is valid for any dual values, whatever produced them, once the least reduced cost is taken over all legal caseloads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from planner.engines.kernel import best_day, evaluate
from planner.engines.lagrangian import column_rows, dual_ascent
from planner.engines.pricing import Pricer
from planner.engines.tables import CostTables, FloatArray, KernelTables
from planner.facts.problem_arrays import IntArray

ASCENT_ROUNDS = 1500
PARTNERS = 8
"""Partners tried for every first stop in a heuristic pass."""

SETTLED_SECONDS = 0.5
"""A proven bound this near to the pool's, for every cadre, cannot be improved by another pass."""

NEIGHBOURHOOD = 15
"""Near sites over which the first dual values are evened out."""

KEEP = 30
"""Columns kept for every cadre in one pricing pass."""

RADIUS_SECONDS = 250.0
"""How far dual values may move from the best known between two pricing passes."""


class ColumnPool:
    """Caseloads known so far: cadre (n), sites (n, k; ascending, -1 padded), cost (n; without the constant)."""

    def __init__(self, width: int) -> None:
        self.cadre: IntArray = np.zeros(0, dtype=np.int64)
        self.sites: IntArray = np.zeros((0, width), dtype=np.int64)
        self.cost: FloatArray = np.zeros(0, dtype=np.float64)

    def merge(self, cadre: IntArray, sites: IntArray, cost: FloatArray) -> int:
        """Add columns, drop those already known, keep the pool sorted; returns how many were new."""
        before = len(self.cadre)
        if not len(cadre):
            return 0
        last = np.iinfo(np.int64).max
        ordered = np.sort(np.where(sites < 0, last, sites), axis=1)
        ordered[ordered == last] = -1
        keys = np.vstack([np.column_stack([self.cadre, self.sites]), np.column_stack([cadre, ordered])])
        _, first = np.unique(keys, axis=0, return_index=True)
        costs = np.concatenate([self.cost, cost])
        self.cadre, self.sites, self.cost = keys[first, 0], np.ascontiguousarray(keys[first, 1:]), costs[first]
        return len(self.cadre) - before

    def columns(self) -> Iterator[tuple[int, IntArray, float]]:
        """Every column as cadre, sites without padding, cost."""
        for cadre, sites, cost in zip(self.cadre, self.sites, self.cost, strict=True):
            yield int(cadre), sites[sites >= 0], float(cost)

    def starts(self, cadres: int) -> IntArray:
        """Where every cadre's columns begin (c + 1)."""
        return np.searchsorted(self.cadre, np.arange(cadres + 1)).astype(np.int64)


@dataclass(frozen=True)
class Duals:
    """Dual values of sites (s) and rows (q), and the bound they prove, None before an exact pass. Seconds."""

    sites: FloatArray
    rows: FloatArray
    pool_bound: float
    proven_bound: float | None


class ColumnGeneration:
    """Dual values and bounds for one cost; ``target`` of a call is the cost of the best plan known."""

    def __init__(self, tables: KernelTables, cost: CostTables) -> None:
        self._tables = tables
        self._cost = cost
        self._pricer = Pricer(tables, cost)
        self._never = tables.allowed.size + 1
        self.pool = ColumnPool(tables.largest_caseload())
        cadres, sites = tables.allowed.shape
        self._site_dual: FloatArray = np.zeros(sites)
        self._row_dual: FloatArray = np.zeros(len(tables.compiled.row_lower))
        self._cadres = cadres
        self._best: Duals | None = None
        self.unsettled = True
        self._centre: FloatArray = np.zeros(sites)
        self._centre_value = -np.inf
        self._radius = RADIUS_SECONDS

    def start(self, plans: Iterable[IntArray], target: float) -> None:
        """Begin with the legal caseloads of some plans (holders (s), -1 for nobody), the best last.

        First dual values: the cost of each of the last plan's caseloads is shared among its sites by their trips, and
        a site is worth the mean of its neighbourhood's shares. So far sites are worth more than near ones from the
        beginning, and pricing needs no rounds to learn the district's geography.
        """
        worth = np.zeros(len(self._site_dual))
        width = self.pool.sites.shape[1]
        for holders in plans:
            order = np.argsort(holders, kind="stable")
            first = np.searchsorted(holders[order], np.arange(self._cadres + 1))
            sites = np.full((self._cadres, width), -1, dtype=np.int64)
            costs = np.full(self._cadres, np.inf)
            for cadre in range(self._cadres):
                held = order[first[cadre]:first[cadre + 1]]
                if len(held) <= width:
                    sites[cadre, :len(held)] = held
                    costs[cadre] = self._caseload_cost(cadre, held)
            legal = np.flatnonzero(np.isfinite(costs))
            self.pool.merge(legal, sites[legal], costs[legal])
            worth[:] = (target - self._cost.constant) / max(1, len(worth))
            for number in legal:
                held = sites[number][sites[number] >= 0]
                trips = self._trips(int(number), held)
                worth[held] = costs[number] * trips / max(1.0, float(trips.sum()))
        near = self._tables.near_sites(NEIGHBOURHOOD)
        self._site_dual[:] = (worth + worth[near].sum(axis=1)) / (1 + near.shape[1])
        self._site_dual *= (target - self._cost.constant) / max(1.0, float(self._site_dual.sum()))
        self._centre = self._site_dual.copy()

    def _trips(self, cadre: int, sites: IntArray) -> FloatArray:
        """Seconds from the cadre's office to each site and back, at least 1."""
        travel, site_place = self._tables.facts[0], self._tables.facts[1]
        office, places = self._tables.office_of[cadre], site_place[sites]
        return np.asarray(np.maximum(1.0, travel[office, places] + travel[places, office]), dtype=np.float64)

    def _caseload_cost(self, cadre: int, sites: IntArray) -> float:
        """Cost of one caseload of the tables, in seconds, without the constant; infinite when it is not legal."""
        tables, cost = self._tables, self._cost
        prices = np.zeros(len(tables.compiled.rules.goals), dtype=np.int64)
        if evaluate(cadre, sites, len(sites), tables.office_of, tables.limits, tables.prices, tables.facts, tables.day, prices):
            return np.inf
        travel, _ = best_day(tables.office_of[cadre], sites, len(sites), tables.facts, tables.day)
        load = min(int(tables.workload[sites].sum()), cost.by_load.shape[1] - 1)
        return float(cost.travel_price * travel + cost.by_load[cadre, load] + cost.additive[cadre, sites].sum())

    def improve(self, target: float, rounds: int, keep_going: Callable[[float], bool]) -> Duals:
        """Alternate dual ascent on the pool and heuristic pricing until nothing new is found or ``rounds`` are over.

        ``keep_going`` hears the pool's bound after every round.
        """
        pool_bound = -np.inf
        for _ in range(rounds):
            pool_bound = self._ascend(target)
            least = self._pool_least()
            priced = self._pricer.price(self._site_dual, self._row_dual, least - 1e-6, partners=PARTNERS, keep=KEEP)
            new = self.pool.merge(priced.cadres, priced.sites, priced.costs)
            self._recentre(self._base() + float(np.minimum(priced.least, least).sum()))
            if not keep_going(pool_bound) or new * 100 < self._cadres:
                break
        return self._duals(pool_bound, None)

    def prove(self, target: float) -> Duals:
        """One exact pass: the bound over all legal caseloads that the present dual values prove.

        Of all passes the best bound and its dual values are kept; ``unsettled`` tells whether another may help.
        """
        pool_bound = self._ascend(target)
        threshold = self._pool_least() - SETTLED_SECONDS
        priced = self._pricer.price(self._site_dual, self._row_dual, threshold, partners=0, keep=KEEP)
        new = self.pool.merge(priced.cadres, priced.sites, priced.costs)
        proven = self._base() + float(np.minimum(priced.least, threshold).sum()) + self._cost.constant
        self.unsettled = new > 0
        self._recentre(proven)
        if self._best is None or proven > (self._best.proven_bound or -np.inf):
            self._best = self._duals(pool_bound, proven)
        return self._best

    def _recentre(self, value: float) -> None:
        """Move the box to the dual values if no others had a better Lagrangian value (as priced); else shrink it."""
        if value > self._centre_value:
            self._centre_value = value
            self._centre = self._site_dual.copy()
        else:
            self._radius *= 0.7

    def _ascend(self, target: float) -> float:
        rows = self._tables.compiled
        arrays = (self.pool.starts(self._cadres), self.pool.cost, self.pool.sites, self._rows_of_columns())
        bound = dual_ascent(ASCENT_ROUNDS, 0.5, target - self._cost.constant, self._site_dual, self._row_dual, *arrays,
                            rows.row_lower, rows.row_upper, self._never, self._centre, self._radius)
        return float(bound) + self._cost.constant

    def _rows_of_columns(self) -> IntArray:
        compiled = self._tables.compiled
        found: IntArray = column_rows(self.pool.cadre, self.pool.sites, compiled.block_row, compiled.block_sites,
                                      compiled.block_start, compiled.block_of)
        return found

    def _pool_least(self) -> FloatArray:
        """Least reduced cost of every cadre's columns in the pool (c)."""
        rows = self._rows_of_columns()
        reduced = (self.pool.cost - np.append(self._site_dual, 0.0)[self.pool.sites].sum(axis=1)
                   - np.append(self._row_dual, 0.0)[rows].sum(axis=1))
        least = np.full(self._cadres, np.inf)
        np.minimum.at(least, self.pool.cadre, reduced)
        return least

    def _base(self) -> float:
        compiled = self._tables.compiled
        lower = np.where(self._row_dual > 0, self._row_dual * compiled.row_lower, 0.0)
        upper = np.where(self._row_dual < 0, self._row_dual * compiled.row_upper, 0.0)
        return float(self._site_dual.sum() + lower.sum() + upper.sum())

    def _duals(self, pool_bound: float, proven: float | None) -> Duals:
        return Duals(self._site_dual.copy(), self._row_dual.copy(), pool_bound, proven)
