"""Neighbourhood search among known caseloads: the windows of `neighbourhood`, filled from a pool instead of enumerated.

Near the optimal dual values almost every caseload of a good plan is among those of low reduced cost, and these are known
from the exact pricing pass that proves the bound. Looking up which of them lie inside a window costs a hundredth of
enumerating them, so thousands of windows, and wider ones, take the time of a few dozen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from planner.engines.exact_cover import ASCENT_ROUNDS, NODES, solve_window
from planner.engines.neighbourhood import GAP_SHARE
from planner.engines.tables import FloatArray, KernelTables
from planner.engines.windows import MOST_SITES, NEAR_SITES, REMEMBERED, choose_window, reduced_cost, settle
from planner.facts.problem_arrays import IntArray

CHUNK = 500
"""Windows between two looks at whether to go on."""

MOST_COLUMNS = 20_000
"""Caseloads that enter one window at most."""


@njit(cache=True, nogil=True)
def known_caseloads(window, width, inside, within, pool_start, pool_sites, pool_cost, pool_excess, members, size, caseload_cost,
                    columns, costs, owner):
    """Fill columns (n, k), costs (n) and owner (n; number in the window) with the pool's caseloads for a window.

    ``inside`` (s) marks the window's sites; of every cadre those count whose excess is below ``within``. His own comes
    first. Returns how many.
    """
    found = 0
    largest = columns.shape[1]
    for who in range(width):
        cadre = window[who]
        columns[found] = -1
        columns[found, : size[cadre]] = members[cadre, : size[cadre]]
        costs[found] = caseload_cost[cadre]
        owner[found] = who
        found += 1
        for number in range(pool_start[cadre], pool_start[cadre + 1]):
            if pool_excess[number] >= within or found == columns.shape[0] - width:
                break
            k = 0
            fits = True
            own = 0
            while k < largest and pool_sites[number, k] >= 0:
                site = pool_sites[number, k]
                if not inside[site]:
                    fits = False
                    break
                for other in range(size[cadre]):
                    own += members[cadre, other] == site
                k += 1
            if not fits or (k == size[cadre] and own == k):
                continue
            columns[found] = pool_sites[number]
            costs[found] = pool_cost[number]
            owner[found] = who
            found += 1
    return found


@njit(cache=True, nogil=True)
def search_windows(windows, widest, gap_share, rng, holder, members, size, caseload_cost, held_excess, near, wanted, wanted_excess,
                   pool_start, pool_sites, pool_cost, pool_excess, least, site_dual, row_dual, row_count, rows):
    """Solve ``windows`` windows of up to ``widest`` cadres one after another; the plan's arrays are changed in place.

    One caseload may take ``gap_share`` of a window's gap. held_excess (c) is the reduced cost of every cadre's caseload
    above his ``least`` (c). Returns by how many seconds the plan became cheaper.
    """
    window = np.zeros(widest, dtype=np.int64)
    inside = np.zeros(holder.shape[0], dtype=np.bool_)
    window_sites = np.zeros(MOST_SITES, dtype=np.int64)
    columns = np.empty((MOST_COLUMNS, pool_sites.shape[1]), dtype=np.int64)
    costs = np.empty(MOST_COLUMNS, dtype=np.float64)
    owner = np.empty(MOST_COLUMNS, dtype=np.int64)
    saved = 0.0
    nobody = np.int64(-1)  # a written number is a type of its own to numba: all that is called with it is compiled once more
    for _ in range(windows):
        width = choose_window(window, nobody, nobody, rng, holder, members, size, held_excess, near, wanted, wanted_excess)
        site_count = np.int64(0)
        gap = 0.0
        target = 0.0
        for who in range(width):
            cadre = window[who]
            gap += held_excess[cadre]
            target += caseload_cost[cadre]
            for position in range(size[cadre]):
                window_sites[site_count] = members[cadre, position]
                inside[window_sites[site_count]] = True
                site_count += 1
        count = known_caseloads(window, width, inside, gap_share * gap, pool_start, pool_sites, pool_cost, pool_excess, members,
                                size, caseload_cost, columns, costs, owner)
        inside[window_sites[:site_count]] = False
        if count == width:
            continue
        chosen, chosen_count, value, _, _ = solve_window(
            np.int64(NODES), np.int64(ASCENT_ROUNDS), count, target, target, columns, costs, owner, window, width,
            np.sort(window_sites[:site_count]), site_count, site_dual, row_dual, row_count, rows)
        if chosen_count < 0:
            continue
        settle(chosen, chosen_count, columns, costs, owner, window, width, holder, members, size, caseload_cost, row_count, rows)
        saved += target - value
        for who in range(width):
            cadre = window[who]
            held_excess[cadre] = max(0.0, reduced_cost(cadre, members[cadre], size[cadre], caseload_cost[cadre], site_dual, row_dual,
                                                       rows) - least[cadre])
    return saved


class PoolSearch:
    """Improves a legal plan window by window with known caseloads; equal seeds and calls give equal plans.

    Columns: cadre (n; ascending), sites (n, k; -1 padded), cost (n) in seconds. The caseloads of ``holders`` (s), which
    must be legal and complete, are columns (cadre, sites, cost) of ``held``, one for every cadre.
    """

    def __init__(self, tables: KernelTables, seed: int, columns: tuple[IntArray, IntArray, FloatArray], site_dual: FloatArray,
                 row_dual: FloatArray) -> None:
        self._tables, self._site_dual, self._row_dual = tables, site_dual, row_dual
        self._rng = np.array([0x94D049BB133111EB ^ (seed * 0x2545F4914F6CDD1D & (2**64 - 1))], dtype=np.uint64)
        self._near = tables.near_sites(NEAR_SITES)
        cadre, sites, cost = columns
        cadres = len(tables.allowed)
        reduced = np.array([self._reduced_cost(*column) for column in zip(cadre, sites, cost, strict=True)], dtype=np.float64)
        order = np.lexsort((reduced, cadre))
        self._start = np.searchsorted(cadre[order], np.arange(cadres + 1)).astype(np.int64)
        self._sites, self._cost = np.ascontiguousarray(sites[order]), cost[order]
        self._least = np.full(cadres, np.inf)
        np.minimum.at(self._least, cadre, reduced)
        self._excess = reduced[order] - self._least[cadre[order]]
        self._wanted = np.full((cadres, REMEMBERED, sites.shape[1]), -1, dtype=np.int64)
        self._wanted_excess = np.full((cadres, REMEMBERED), np.inf)
        for one in range(cadres):
            first = slice(self._start[one], min(self._start[one] + REMEMBERED, self._start[one + 1]))
            self._wanted[one, :first.stop - first.start] = self._sites[first]
            self._wanted_excess[one, :first.stop - first.start] = self._excess[first]

    def _reduced_cost(self, cadre: int, sites: IntArray, cost: float) -> float:
        return float(reduced_cost(cadre, sites, int((sites >= 0).sum()), cost, self._site_dual, self._row_dual, self._tables.rows))

    def improve(self, held: tuple[IntArray, IntArray, FloatArray], holders: IntArray, windows: int, widest: int,
                keep_going: Callable[[float, float], bool] = lambda _done, _saved: True) -> tuple[IntArray, float]:
        """Solve ``windows`` windows of up to ``widest`` cadres: the new holders (s) and by how many seconds they are cheaper.

        ``keep_going(share done, seconds saved)`` may end it early, between windows.
        """
        tables = self._tables
        cadre, sites, cost = held
        members, size, costs = np.full((len(tables.allowed), sites.shape[1]), -1, dtype=np.int64), (sites >= 0).sum(axis=1), cost.copy()
        if not np.array_equal(cadre, np.arange(len(tables.allowed))) or int(size.sum()) != len(holders):
            raise ValueError("the plan must be legal and complete")
        members[:] = sites
        row_lower, _, block_row, block_sites, block_start, block_of = tables.rows
        row_count = np.zeros(len(row_lower), dtype=np.int64)
        for one in range(len(members)):
            for block in block_of[block_start[one]:block_start[one + 1]]:
                row_count[block_row[block]] += block_sites[block, members[one, :size[one]]].sum()
        excess = np.maximum(0.0, np.array([self._reduced_cost(*column) for column in zip(cadre, sites, cost, strict=True)]) - self._least)
        new, saved = holders.astype(np.int64), 0.0
        for done in range(0, windows, CHUNK):
            if not keep_going(done / windows, saved):
                break
            saved += float(search_windows(
                min(CHUNK, windows - done), min(widest, len(members)), GAP_SHARE, self._rng, new, members, size, costs, excess, self._near,
                self._wanted, self._wanted_excess, self._start, self._sites, self._cost, self._excess, self._least, self._site_dual,
                self._row_dual, row_count, tables.rows))
        return new, saved
