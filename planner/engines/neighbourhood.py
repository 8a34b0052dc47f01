"""Neighbourhood search: from a plan and good dual values, the best plan that differs in a few cadres, many times over.

The cost of a plan above the dual bound is the sum of its caseloads' excesses (reduced cost less the cadre's least)
and of the rows' slack. A window is a handful of cadres near each other with much excess. Its sites are freed, the
cadres' caseloads of low reduced cost over these sites are enumerated, dual values of the window alone are improved,
and the exact cover of sites by one caseload a cadre is solved by branch and bound. Columns whose reduced cost is above
what is left of the gap cannot be in a better plan, so few remain. Every budget is a count, never a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.engines.exact_cover import ASCENT_ROUNDS, NODES, TINY, solve_window
from planner.engines.kernel import MAX_SIZE
from planner.engines.tables import CostTables, FloatArray, KernelTables, caseload_price
from planner.engines.windows import (
    COLUMNS,
    NEAR_SITES,
    REMEMBERED,
    choose_window,
    enumerate_window,
    reduced_cost,
    remember,
    reprice,
    settle,
)
from planner.facts.problem_arrays import BoolArray, IntArray

Admits = Callable[[int, IntArray], BoolArray]
"""Which caseloads (m, k; -1 padded) of a cadre some further rule admits, as a mask (m)."""

OPEN_PRICE = 20_000.0
"""Price in seconds of a site that nobody holds."""
PENALTY_PRICE = 20_000.0
"""Price in seconds of an illegal caseload that the plan came with."""
REPAIR_GAPS = (1_000.0, 4_000.0, 16_000.0)
"""Seconds that mending a window may cost: the least is tried first, as a near target keeps the search short."""
GAP_SHARE = 0.5
"""Part of a window's gap that one caseload may take; the whole gap doubles the work and finds little more."""


@dataclass(frozen=True)
class SearchFigures:
    """What the rounds of one call came to: windows solved, improved, closed by their bound, stopped by the nodes.

    ``penalty`` is how far the plan is from legal: 0 unless it was illegal from the start and could not be mended.
    """

    windows: int
    improved: int
    closed: int
    stopped: int
    penalty: float


class NeighbourhoodSearch:
    """Improves plans window by window on the tables of one problem; equal seeds and calls give equal plans.

    ``admits`` is a further rule over caseloads, asked for enumerated caseloads before they enter a plan.
    """

    def __init__(self, tables: KernelTables, cost: CostTables, seed: int, admits: Admits | None = None) -> None:
        self._tables = tables
        self._cost = cost
        self._admits = admits
        self._rng = np.array([0xD1B54A32D192ED03 ^ (seed * 0x2545F4914F6CDD1D & (2**64 - 1))], dtype=np.uint64)
        self._near = tables.near_sites(NEAR_SITES)
        self._largest = tables.largest_caseload()
        shape = (len(tables.allowed), REMEMBERED)
        self._wanted = np.full((*shape, self._largest), -1, dtype=np.int64)
        self._wanted_cost = np.full(shape, np.inf)
        self._wanted_reduced = np.full(shape, np.inf)
        self.figures = SearchFigures(0, 0, 0, 0, 0.0)

    def remember(self, cadre: int, sites: IntArray, cost: float, site_dual: FloatArray, row_dual: FloatArray) -> None:
        """Remember a legal caseload (k site indices, cost in seconds), such as one of a column pool, if it is good."""
        reduced = reduced_cost(cadre, sites, len(sites), cost, site_dual, row_dual, self._tables.rows)
        remember(cadre, sites, len(sites), reduced, cost, self._wanted, self._wanted_reduced, self._wanted_cost)

    def caseloads(self) -> list[tuple[int, tuple[int, ...], float]]:
        """The remembered caseloads (cadre, sites, cost in seconds), good columns for a pool."""
        return [(int(cadre), tuple(sorted(int(site) for site in self._wanted[cadre, number] if site >= 0)),
                 float(self._wanted_cost[cadre, number]))
                for cadre, number in np.argwhere(np.isfinite(self._wanted_cost))]

    def improve(
        self,
        holders: IntArray,
        site_dual: FloatArray,
        row_dual: FloatArray,
        rounds: int,
        window: int,
        keep_going: Callable[[float, float], bool] = lambda _done, _cost: True,
    ) -> tuple[IntArray, float]:
        """Solve ``rounds`` windows of up to ``window`` cadres; return the holders (s; -1: open) and their cost.

        Illegal caseloads of ``holders`` are mended where windows can; what lies beyond the size of the largest legal one
        is opened first. Rows that are broken get no worse.
        site_dual (s) and row_dual (q; positive for a row's lower side, negative for its upper one) are in seconds.
        The cost counts OPEN_PRICE for every open site and PENALTY_PRICE for every illegal caseload.
        ``keep_going(share done, cost)`` may end it early, between windows.
        """
        plan = KernelPlan(self._tables, self._cost, _of_legal_sizes(holders, self._largest))
        rows = self._tables.rows
        reprice(self._wanted, self._wanted_reduced, self._wanted_cost, site_dual, row_dual, rows)
        for cadre in range(len(plan.size)):
            if plan.penalties[cadre] == 0:
                self.remember(cadre, plan.members[cadre, : plan.size[cadre]], plan.costs[cadre], site_dual, row_dual)
        held = np.array([self._held(plan, cadre, site_dual, row_dual) for cadre in range(len(plan.size))])
        windows = improved = closed = stopped = 0
        group = np.zeros(min(window, len(plan.size)), dtype=np.int64)
        for number in range(rounds):
            if number % 20 == 0 and not keep_going(number / rounds, plan.cost):
                break
            turn = number // 4 if number % 4 == 0 else -1
            open_site = _pick(np.flatnonzero(plan.holders < 0), turn)
            broken = _pick(np.flatnonzero(plan.penalties > 0), turn) if open_site < 0 else -1
            excess = np.maximum(0.0, held - self._wanted_reduced.min(axis=1))
            width = choose_window(group, broken, open_site, self._rng, plan.holders, plan.members, plan.size, excess, self._near,
                                  self._wanted, self._wanted_reduced)
            solved = self._solve(plan, group, width, open_site, float(excess[group[:width]].sum()), site_dual, row_dual)
            windows += 1
            improved += solved == "improved"
            closed += solved == "closed"
            stopped += solved == "stopped"
            if solved == "improved":
                for cadre in group[:width]:
                    held[cadre] = self._held(plan, int(cadre), site_dual, row_dual)
        plan.compute()
        self.figures = SearchFigures(windows, improved, closed, stopped, plan.penalty)
        return plan.holders, plan.cost

    def _held(self, plan: KernelPlan, cadre: int, site_dual: FloatArray, row_dual: FloatArray) -> float:
        """Reduced cost of the caseload that a cadre holds, whether legal or not."""
        cost = plan.costs[cadre] - (PENALTY_PRICE if plan.penalties[cadre] > 0 else 0.0)
        return float(reduced_cost(cadre, plan.members[cadre], plan.size[cadre], cost, site_dual, row_dual,
                                  self._tables.rows))

    def _solve(self, plan: KernelPlan, group: IntArray, width: int, open_site: int, gap: float, site_dual: FloatArray,
               row_dual: FloatArray) -> str:
        """Solve one window and settle what is better; "improved", "closed" (by its bound), "stopped" or "searched"."""
        tables, cost = self._tables, self._cost
        sites = np.flatnonzero(np.isin(plan.holders, group[:width]))
        if open_site >= 0:
            sites = np.append(sites, open_site)
        broken = group[:width][plan.penalties[group[:width]] > 0]
        premium = len(broken) * PENALTY_PRICE + (OPEN_PRICE if open_site >= 0 else 0.0)
        target = float(plan.costs[group[:width]].sum()) + (OPEN_PRICE if open_site >= 0 else 0.0)
        room = width * (COLUMNS + 1) + len(sites)
        columns = np.empty((room, self._largest), dtype=np.int64)
        costs = np.empty(room, dtype=np.float64)
        owner = np.empty(room, dtype=np.int64)
        count = enumerate_window(
            group, width, sites, len(sites), GAP_SHARE * gap + (REPAIR_GAPS[1] if premium else 0.0) + TINY,
            OPEN_PRICE if open_site >= 0 else 0.0,
            site_dual, row_dual, plan.members, plan.size, plan.costs, tables.office_of, tables.limits, tables.rows,
            cost.additive, cost.by_load, cost.travel_price, tables.workload, tables.legs, tables.allowed, tables.facts,
            tables.day, columns, costs, owner, self._wanted, self._wanted_reduced, self._wanted_cost)
        if self._admits is not None:
            count = _strike_out(self._admits, count, columns, costs, owner, group, width)
        aim = target - premium
        for limit in [aim + extra for extra in REPAIR_GAPS] if premium else [target]:
            chosen, chosen_count, value, nodes, _ = solve_window(
                NODES, ASCENT_ROUNDS, count, limit, aim, columns, costs, owner, group, width, sites, len(sites),
                site_dual, row_dual, plan.row_count, tables.rows)
            if chosen_count >= 0:
                break
        if chosen_count < 0:
            return "closed" if nodes == 0 else "stopped" if nodes == NODES else "searched"
        settle(chosen, chosen_count, columns, costs, owner, group, width, plan.holders, plan.members, plan.size, plan.costs,
               plan.row_count, tables.rows)
        for cadre in broken:
            plan.measure(cadre)
        plan.cost += value - target
        return "improved"


def _strike_out(admits: Admits, count: int, columns: IntArray, costs: FloatArray, owner: IntArray, group: IntArray,
                width: int) -> int:
    """Strike out the columns that a further rule does not admit; those held stay. Returns how many are left."""
    keep = np.ones(count, dtype=np.bool_)
    for who in range(width):
        own = np.flatnonzero(owner[:count] == who)[1:]
        if len(own):
            keep[own] = admits(int(group[who]), columns[own])
    left = np.flatnonzero(keep)
    for table in (columns, costs, owner):
        table[: len(left)] = table[left]
    return len(left)


def _of_legal_sizes(holders: IntArray, largest: int) -> IntArray:
    """The holders (s); of a caseload larger than ``largest``, for which no window has room, what is beyond is opened (-1)."""
    left = holders.copy()
    for cadre in np.flatnonzero(np.bincount(holders[holders >= 0]) > largest):
        left[np.flatnonzero(holders == cadre)[largest:]] = -1
    return left


def _pick(choices: IntArray, turn: int) -> int:
    """Number ``turn`` of the choices, over and over; -1 where there is none or it is nobody's turn."""
    return int(choices[turn % len(choices)]) if len(choices) and turn >= 0 else -1


class KernelPlan:
    """A plan as the kernels change it: holders (s), members (c, k), size (c), costs (c) and counts of rows (q)."""

    def __init__(self, tables: KernelTables, cost: CostTables, holders: IntArray) -> None:
        self._tables, self._cost = tables, cost
        self.holders = holders.astype(np.int64)
        cadres = len(tables.allowed)
        self.members = np.full((cadres, MAX_SIZE), -1, dtype=np.int64)
        self.size = np.zeros(cadres, dtype=np.int64)
        for site in np.flatnonzero(holders >= 0):
            self.members[holders[site], self.size[holders[site]]] = site
            self.size[holders[site]] += 1
        self.costs = np.zeros(cadres, dtype=np.float64)
        self.penalties = np.zeros(cadres, dtype=np.float64)
        self.row_count = np.zeros(len(tables.rows[0]), dtype=np.int64)
        self.compute()

    def measure(self, cadre: int) -> None:
        """Compute the cost of one cadre's caseload and how far it is from legal."""
        price, self.penalties[cadre] = caseload_price(self._tables, self._cost, cadre, self.members[cadre, :self.size[cadre]])
        self.costs[cadre] = price + (PENALTY_PRICE if self.penalties[cadre] > 0 else 0.0)

    def compute(self) -> None:
        """Compute every number from the members, by the same kernels that annealing trusts."""
        row_lower, row_upper, block_row, block_sites, block_start, block_of = self._tables.rows
        self.row_count[:] = 0
        for cadre in range(len(self.size)):
            self.measure(cadre)
            sites = self.members[cadre, : self.size[cadre]]
            for block in block_of[block_start[cadre]:block_start[cadre + 1]]:
                self.row_count[block_row[block]] += block_sites[block, sites].sum()
        self.cost = float(self.costs.sum()) + self._cost.constant + OPEN_PRICE * int((self.holders < 0).sum())
        rows_off = np.maximum(0, row_lower - self.row_count) + np.maximum(0, self.row_count - row_upper)
        self.penalty = float(self.penalties.sum() + rows_off.sum())
