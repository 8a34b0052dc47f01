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

from planner.engines.lagrangian import column_rows, dual_ascent
from planner.engines.pricing import Pricer
from planner.engines.tables import CostTables, FloatArray, KernelTables, caseload_prices
from planner.facts.problem_arrays import IntArray

PARTS = 6
"""A sweep prices one part of the cadres after the other: every part's columns mend the dual values for the next."""

RADIUS_SECONDS = (250.0, 250.0, 150.0, 100.0)
"""How far dual values may move in one ascent, by sweep; the last stands for all later ones."""

ASCENT_ROUNDS = (150, 200, 300, 600)
"""Steps of one ascent, by sweep: poor pools deserve few."""

LIKELY = (4, 8, 12)
"""Sites of every kind and load among which a heuristic sweep looks, by sweep: the better the dual values, the more pay."""

PARTNERS = 8
"""Partners tried for every first stop in a heuristic pass."""

MARGIN_SECONDS = 30.0
"""Columns whose reduced cost is this near to the cadre's least are taken into the pool as well."""

KEEP = 60
"""Columns kept for every cadre in one pricing pass of a sweep."""

KEEP_NEAR = 250
"""Columns kept for every cadre in an exact pass over all."""

TRUST_SECONDS = (20.0, 60.0)
"""How far dual values may move after an exact pass for a bound that needs no other."""

NEIGHBOURHOOD = 15
"""Near sites over which the first dual values are evened out."""


def ascending(sites: IntArray) -> IntArray:
    """Sites (n, k; -1 for none) of every caseload in rising order, the padding last."""
    last = np.iinfo(np.int64).max
    ordered = np.sort(np.where(sites < 0, last, sites), axis=1)
    ordered[ordered == last] = -1
    return ordered


def first_of_each(rows: IntArray) -> IntArray:
    """Where each distinct row (n, k; -1 or more) first stands, in rising order of the rows.

    As many columns as fit are made one number, which sorts much faster than rows do.
    """
    base = int(rows.max(initial=0)) + 2
    numbers, room = [np.zeros(len(rows), dtype=np.int64)], 2**62
    for column in rows.T:
        if room < base:
            numbers.append(np.zeros(len(rows), dtype=np.int64))
            room = 2**62
        numbers[-1] = numbers[-1] * base + (column + 1)
        room //= base
    order = np.lexsort(numbers[::-1])
    differs = np.ones(len(rows), dtype=np.bool_)
    differs[1:] = np.any([np.diff(number[order]) != 0 for number in numbers], axis=0)
    return np.asarray(order[differs], dtype=np.int64)


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
        keys = np.vstack([np.column_stack([self.cadre, self.sites]), np.column_stack([cadre, ascending(sites)])])
        first = first_of_each(keys)
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
        self._known_rows: tuple[IntArray, IntArray] | None = None
        self._sweep = 0

    def start(self, plans: Iterable[IntArray], target: float) -> None:
        """Begin with the legal caseloads of some plans (holders (s), -1 for nobody), the best last.

        First dual values: the cost of each of the last plan's caseloads is shared among its sites by their trips, and
        a site is worth the mean of its neighbourhood's shares. So far sites are worth more than near ones from the
        beginning, and pricing needs no rounds to learn the district's geography.
        """
        worth = np.zeros(len(self._site_dual))
        for holders in plans:
            cadre, sites, cost = self.caseload_columns(holders)
            self.pool.merge(cadre, sites, cost)
            worth[:] = (target - self._cost.constant) / max(1, len(worth))
            for number, price in enumerate(cost):
                held = sites[number][sites[number] >= 0]
                trips = self._trips(int(cadre[number]), held)
                worth[held] = price * trips / max(1.0, float(trips.sum()))
        near = self._tables.near_sites(NEIGHBOURHOOD)
        self._site_dual[:] = (worth + worth[near].sum(axis=1)) / (1 + near.shape[1])
        self._site_dual *= (target - self._cost.constant) / max(1.0, float(self._site_dual.sum()))

    def _trips(self, cadre: int, sites: IntArray) -> FloatArray:
        """Seconds from the cadre's office to each site and back, at least 1."""
        out, back = self._tables.trips(cadre, sites)
        return np.asarray(np.maximum(1.0, out + back), dtype=np.float64)

    def improve(self, target: float, sweeps: int, keep_going: Callable[[float], bool], heuristic_sweeps: int = 2) -> Duals:
        """Sweep over all cadres: dual ascent on the pool, then pricing of one part of the cadres, part after part.

        The first ``heuristic_sweeps`` price heuristically, while dual values are poor; later ones are exact.
        ``keep_going`` hears the pool's bound after every part and may end it.
        """
        pool_bound = -np.inf
        part_of = self._part_of()
        for _ in range(sweeps):
            partners, stage = PARTNERS if self._sweep < heuristic_sweeps else 0, min(self._sweep, len(LIKELY) - 1)
            for part in range(int(part_of.max(initial=0)) + 1):
                pool_bound = self._ascend(target)
                cadres = np.flatnonzero(part_of == part)
                threshold = self._pool_least()[cadres] + MARGIN_SECONDS
                priced = self._pricer.price(self._site_dual, self._row_dual, threshold, partners=partners, likely=LIKELY[stage], keep=KEEP,
                                            cadres=cadres)
                self.pool.merge(priced.cadres, priced.sites, priced.costs)
                if not keep_going(pool_bound):
                    return self._duals(pool_bound, None)
            self._sweep += 1
        return self._duals(pool_bound, None)

    def _part_of(self) -> IntArray:
        """The part of a sweep each cadre (c) is priced in: whole offices, as they share a look at the sites, or else spread."""
        offices, office = np.unique(self._tables.office_of, return_inverse=True)
        spread = office if len(offices) >= PARTS else np.arange(self._cadres)
        return np.asarray(spread % PARTS, dtype=np.int64)

    def prove(self, target: float, margin_seconds: float = MARGIN_SECONDS) -> Duals:
        """One exact pass: the bound over all legal caseloads that the present dual values prove.

        All caseloads whose reduced cost is within ``margin_seconds`` of their cadre's least in the pool join the pool.
        Of all passes the best bound and its dual values are kept.
        """
        pool_bound = self._ascend(target)
        least = self._pool_least()
        priced = self._pricer.price(self._site_dual, self._row_dual, least + margin_seconds, partners=0, keep=KEEP_NEAR)
        self.pool.merge(priced.cadres, priced.sites, priced.costs)
        proven = self._base(self._site_dual, self._row_dual) + float(np.minimum(priced.least, least).sum()) + self._cost.constant
        duals = self._duals(pool_bound, proven)
        beyond = priced.beyond(least + margin_seconds, KEEP_NEAR)
        for radius in TRUST_SECONDS:
            nearby = self._within(beyond, radius, target)
            if (nearby.proven_bound or -np.inf) > (duals.proven_bound or -np.inf):
                duals = nearby
        if self._best is None or (duals.proven_bound or -np.inf) > (self._best.proven_bound or -np.inf):
            self._best = duals
        return self._best

    def _within(self, beyond: FloatArray, radius: float, target: float) -> Duals:
        """Better dual values within ``radius`` seconds of an exact pass's, and the bound they prove without another.

        When dual values move, a caseload's reduced cost falls by no more than the sum of what its sites gain, so those
        that are not in the pool stay above ``beyond`` (c) less the greatest gains of as many sites as a caseload holds.
        """
        site_dual, row_dual = self._site_dual.copy(), self._row_dual.copy()
        rows = self._tables.compiled
        pool_bound = dual_ascent(ASCENT_ROUNDS[-1], 0.5, target - self._cost.constant, site_dual, row_dual,
                                 self.pool.starts(self._cadres), self.pool.cost, self.pool.sites, self._rows_of_columns(),
                                 rows.row_lower, rows.row_upper, self._never, self._site_dual.copy(), radius)
        least = np.full(self._cadres, np.inf)
        np.minimum.at(least, self.pool.cadre, self._reduced(site_dual, row_dual))
        most = self._pricer.largest
        for cadre in range(self._cadres):
            gain = self._pricer.profits(cadre, site_dual, row_dual) - self._pricer.profits(cadre, self._site_dual, self._row_dual)
            gain = np.maximum(0.0, gain[self._tables.allowed[cadre]])
            least[cadre] = min(least[cadre], beyond[cadre] - float(np.sort(gain)[::-1][:most].sum()))
        proven = self._base(site_dual, row_dual) + float(least.sum()) + self._cost.constant
        return Duals(site_dual, row_dual, float(pool_bound) + self._cost.constant, proven)

    def divable(self, duals: Duals, margin_seconds: float) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
        """The near columns as `dive` takes them: cadre, sites, cost less row duals, and where every cadre's begin (c + 1)."""
        cadre, sites, cost = self.near_columns(duals, margin_seconds)
        compiled = self._tables.compiled
        rows = column_rows(cadre, sites, compiled.block_row, compiled.block_sites, compiled.block_start, compiled.block_of)
        priced = cost - np.append(duals.rows, 0.0)[rows].sum(axis=1)
        return cadre, sites, priced, np.searchsorted(cadre, np.arange(self._cadres + 1)).astype(np.int64)

    def near_columns(self, duals: Duals, margin_seconds: float) -> tuple[IntArray, IntArray, FloatArray]:
        """The pool's columns within ``margin_seconds`` of their cadre's least reduced cost: cadre, sites, cost."""
        reduced = self._reduced(duals.sites, duals.rows)
        least = np.full(self._cadres, np.inf)
        np.minimum.at(least, self.pool.cadre, reduced)
        near = reduced <= least[self.pool.cadre] + margin_seconds
        return self.pool.cadre[near], self.pool.sites[near], self.pool.cost[near]

    def caseload_columns(self, holders: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """The legal caseloads of a plan (holders (s), -1 for nobody) as columns: cadre, sites, cost."""
        width = self.pool.sites.shape[1]
        order = np.argsort(holders, kind="stable")
        first = np.searchsorted(holders[order], np.arange(self._cadres + 1))
        sites = np.full((self._cadres, width), -1, dtype=np.int64)
        fits = np.flatnonzero(np.diff(first) <= width)
        for cadre in fits:
            sites[cadre, :first[cadre + 1] - first[cadre]] = order[first[cadre]:first[cadre + 1]]
        costs, illegality = caseload_prices(self._tables, self._cost, fits, sites[fits])
        keeps = illegality == 0
        legal = fits[keeps]
        return legal, sites[legal], costs[keeps]

    def _ascend(self, target: float) -> float:
        rows = self._tables.compiled
        stage = min(self._sweep, len(RADIUS_SECONDS) - 1)
        arrays = (self.pool.starts(self._cadres), self.pool.cost, self.pool.sites, self._rows_of_columns())
        bound = dual_ascent(ASCENT_ROUNDS[stage], 0.5, target - self._cost.constant, self._site_dual, self._row_dual, *arrays,
                            rows.row_lower, rows.row_upper, self._never, self._site_dual.copy(), RADIUS_SECONDS[stage])
        return float(bound) + self._cost.constant

    def _rows_of_columns(self) -> IntArray:
        """The rows of the pool's columns (n, r; -1 padded), found once for every state of the pool."""
        if self._known_rows is None or self._known_rows[0] is not self.pool.sites:
            compiled = self._tables.compiled
            found: IntArray = column_rows(self.pool.cadre, self.pool.sites, compiled.block_row, compiled.block_sites,
                                          compiled.block_start, compiled.block_of)
            self._known_rows = self.pool.sites, found
        return self._known_rows[1]

    def _reduced(self, site_dual: FloatArray, row_dual: FloatArray) -> FloatArray:
        """Reduced cost of every column in the pool (n)."""
        return np.asarray(self.pool.cost - np.append(site_dual, 0.0)[self.pool.sites].sum(axis=1)
                          - np.append(row_dual, 0.0)[self._rows_of_columns()].sum(axis=1), dtype=np.float64)

    def _pool_least(self) -> FloatArray:
        """Least reduced cost of every cadre's columns in the pool (c)."""
        least = np.full(self._cadres, np.inf)
        np.minimum.at(least, self.pool.cadre, self._reduced(self._site_dual, self._row_dual))
        return least

    def _base(self, site_dual: FloatArray, row_dual: FloatArray) -> float:
        compiled = self._tables.compiled
        lower = np.where(row_dual > 0, row_dual * compiled.row_lower, 0.0)
        upper = np.where(row_dual < 0, row_dual * compiled.row_upper, 0.0)
        return float(site_dual.sum() + lower.sum() + upper.sum())

    def _duals(self, pool_bound: float, proven: float | None) -> Duals:
        return Duals(self._site_dual.copy(), self._row_dual.copy(), pool_bound, proven)
