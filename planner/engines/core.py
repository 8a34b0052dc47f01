"""The engine's core for problems given as arrays: one caseload a cadre, every site held once, nothing else assumed.

    min  sum c_ij x_ij + sum_i p_i(load_i)   with   load_i = sum_j a_ij x_ij <= capacity_i,
    every site j held once, min_sites_i <= number of sites of cadre i <= max_sites_i, allowed pairs only.

Generalized assignment, capacitated medians with fixed medians and balanced workloads are cases of it. The stages:

1. annealing gives a plan;
2. dual values of the sites by subgradient ascent, each caseload priced exactly as a knapsack, give a proven bound
   (planner.engines.knapsack; Fisher 1981), rounded up where all costs are integers;
3. pairs that no better plan can hold are struck (Posta, Ferland, Michelon 2012), and 2 is repeated on what is left;
4. beam searches over all cadres, bounded by the knapsack tables, find a plan, and prove where they drop nothing
   (planner.engines.beam); then the same over windows of a few cadres (large neighbourhood search);
5. where few caseloads lie under the gap, they are listed and the set partitioning over them is solved: a proof;
6. last, CP-SAT closes what is left, if it can.

Every budget is a count or deterministic time, so equal input, seed and budget give an equal plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.engines.arrays import FloatArray, IntArray
from planner.engines.beam import beam_search
from planner.engines.caseload_models import Column, solve_master, solve_pairs
from planner.engines.caseload_problem import CaseloadProblem, CoreResult, part_of, plain_reason
from planner.engines.caseload_search import anneal_holders, choices_of
from planner.engines.knapsack import list_caseloads, price_pairs
from planner.engines.knapsack_classes import Knapsacks
from planner.engines.partition_tree import search_partitions

GRAIN = 1024.0
"""Dual values are whole 1/1024ths in every proof: with integer costs all sums are then exact in floating point."""

BEAM_GAP = 0.03
"""A first plan is sought up to this part above the bound."""

WINDOW_ROUNDS = 60
"""Steps of dual ascent in a window."""

SETTLED = "set partitioning over all caseloads under the gap"

NEAR = 1e-9
"""Relative room left for rounding where costs are real numbers."""


@dataclass(frozen=True)
class Budget:
    """Work in counts; the two ``*_work`` are CP-SAT's deterministic time at the end and for a master.

    ``beams`` are the labels a layer of the searches over all cadres, one after the other; ``windows`` searches over a few
    cadres follow, of ``window_labels``. ``most_columns`` a master may have.
    """

    moves_per_site: int
    rounds: int
    beams: tuple[int, ...]
    windows: int
    window_labels: int
    closing_work: float
    master_work: float
    most_columns: int
    tree_nodes: int = 20_000_000


QUICK = Budget(moves_per_site=5_000, rounds=200, beams=(1_000, 5_000), windows=20, window_labels=2_000, closing_work=1.0,
               master_work=0.5, most_columns=1_000)
NORMAL = Budget(moves_per_site=10_000, rounds=600, beams=(2_000, 20_000, 20_000), windows=100, window_labels=5_000,
                closing_work=2.0, master_work=3.0, most_columns=1_500)
DEEP = Budget(moves_per_site=20_000, rounds=1_000, beams=(2_000, 20_000, 50_000, 50_000), windows=600, window_labels=10_000,
              closing_work=4.0, master_work=5.0, most_columns=1_800)
EFFORTS = {"quick": QUICK, "normal": NORMAL, "deep": DEEP}


def solve(problem: CaseloadProblem, budget: Budget = NORMAL, seed: int = 1,
          keep_going: Callable[[], bool] = lambda: True) -> CoreResult:
    """The best plan found and its proven bound; ``keep_going`` is asked between stages and may end the search early."""
    reason = plain_reason(problem)
    if reason:
        return CoreResult(None, np.inf, np.inf, "counting", reason)
    if problem.cost.shape[1] == 0:
        nothing = np.empty(0, dtype=np.int64)
        return CoreResult(nothing, problem.cost_of(nothing), problem.cost_of(nothing), "nothing to hold")
    return _Search(problem, budget, seed, keep_going).run()


class _Search:
    """One run of the core; keeps the best plan, the bound, the dual values and the pairs a better plan may hold."""

    def __init__(self, problem: CaseloadProblem, budget: Budget, seed: int, keep_going: Callable[[], bool]) -> None:
        self.problem, self.budget, self.seed, self.keep_going = problem, budget, seed, keep_going
        self.whole = problem.whole
        self.prices = problem.prices
        self.allowed = problem.allowed & (problem.load <= problem.capacity[:, None])
        self.holders: IntArray | None = None
        self.cost = np.inf
        self.bound, self.proved_by = -np.inf, "none"
        self.dual = np.where(self.allowed, problem.cost, np.inf).min(axis=0)
        most = np.where(self.allowed, problem.cost, -np.inf).max(axis=0).sum()
        priced = 0.0 if self.prices is None else float(self.prices.max(axis=1).sum())
        self.ceiling = float(most + priced) + 1.0  # above every plan
        self.rng = np.random.default_rng(seed)
        self.regret = np.where(self.allowed, 0.0, np.inf)  # by how much a plan with the pair passes L, at least

    def run(self) -> CoreResult:
        """All stages, until the gap is closed or the budget is spent."""
        stages = (self._anneal, self._ascend, self._search_beams, self._improve_windows, self._list, self._close)
        for stage in stages:
            if self._done() or not self.keep_going():
                break
            stage()
        if np.isinf(self.bound) and self.bound > 0 and self.holders is None:
            return CoreResult(None, np.inf, np.inf, self.proved_by, "no plan keeps all limits at once")
        bound = min(self.bound, self.cost)
        return CoreResult(self.holders, self.cost, bound, self.proved_by)

    def _done(self) -> bool:
        return bool(self.bound >= self._below())

    def _below(self) -> float:
        """No plan worth finding costs this or more, but for rounding."""
        if self.whole:
            return self.cost - 1 + 1e-6
        return float(self.cost - NEAR * abs(self.cost) - NEAR)

    def _accept(self, holders: IntArray | None) -> bool:
        if holders is None:
            return False
        cost = self.problem.cost_of(holders)
        if cost >= self.cost:
            return False
        self.holders, self.cost = holders.copy(), cost
        return True

    def _raise_bound(self, bound: float, by: str) -> None:
        if self.whole and np.isfinite(bound):
            bound = float(np.ceil(bound - 1e-6))
        if bound > self.bound:
            self.bound, self.proved_by = bound, by
        if self.cost < np.inf and self.bound >= self._below():
            self.bound = self.cost

    # --- plans ------------------------------------------------------------------------------------------------------

    def _anneal(self, share: float = 1.0) -> None:
        problem = self.problem
        start, choices = choices_of(self.allowed)
        cost = np.where(self.allowed, problem.cost, np.inf)
        spread = float(np.mean([np.std(cost[self.allowed[:, j], j]) for j in range(cost.shape[1])]))
        if self.prices is not None:
            spread += float(np.ptp(self.prices, axis=1).mean()) / max(1.0, float(problem.capacity.mean()))
        hot = max(0.3 * spread, 1e-3)
        holders = np.argmin(np.where(self.allowed, problem.cost - self.dual, np.inf), axis=0).astype(np.int64)
        moves = int(self.budget.moves_per_site * share) * cost.shape[1]
        price = np.zeros((1, 1)) if self.prices is None else self.prices
        anneal_holders(moves, hot, hot / 100, hot, int(self.rng.integers(2**31)), holders, cost, problem.load,
                       problem.capacity, problem.min_sites, problem.max_sites, self.prices is not None, price, start,
                       choices)
        self._accept(holders)

    def _search_beams(self) -> None:
        """Searches over all cadres at once, wider and wider; one that dropped nothing under the gap ends the matter."""
        for most in self.budget.beams:
            if self._done() or not self.keep_going():
                return
            knapsacks = Knapsacks(self.problem, self.allowed)
            if len(knapsacks.members) < len(self.problem.capacity):
                return  # of equal cadres, labels that only name them otherwise would fill the layers
            dual, _, value = self._lagrangian(knapsacks)
            below = min(self._below(), value + BEAM_GAP * abs(value) + 1.0)
            slack = 0.0 if self.whole else NEAR * (abs(value) + float(np.abs(dual).sum()))
            found = beam_search(knapsacks, dual, below + slack, most, self.rng)
            self._accept(found.holders)
            if found.whole:
                self._raise_bound(min(below, self.cost), "search of all plans under the gap")
            elif found.holders is not None:
                self._strike()

    def _improve_windows(self) -> None:
        """Cadres a few at a time, all else held fast; a window grows while it is searched whole and none helps.

        Plans as dear as the one at hand are taken too: on the way over them others come near.
        """
        cadres = len(self.problem.capacity)
        size, failed = min(cadres, 3), 0
        for _ in range(self.budget.windows):
            if self.holders is None or size >= cadres or self._done() or not self.keep_going():
                return
            chosen = np.sort(self.rng.choice(cadres, size, replace=False))
            whole, better = self._window(self.holders, chosen)
            failed = 0 if better else failed + 1
            if better:
                self._strike()
            elif not whole:
                size = max(2, size - 1)
            elif failed >= 2 * size:
                size, failed = size + 1, 0

    def _window(self, plan: IntArray, chosen: IntArray) -> tuple[bool, bool]:
        """Whether the window over the cadres ``chosen`` was searched whole, and whether the plan is cheaper for it."""
        sites = np.flatnonzero(np.isin(plan, chosen))
        inner = _Search(part_of(self.problem, chosen, sites), self.budget, self.seed, self.keep_going)
        inner.allowed &= self.allowed[np.ix_(chosen, sites)]
        inner.dual = self.dual[sites].copy()
        held = np.searchsorted(chosen, plan[sites]).astype(np.int64)
        before = inner.problem.cost_of(held)
        inner.cost = before + (1.0 if self.whole else 0.0)  # plans as dear are sought as well
        knapsacks = Knapsacks(inner.problem, inner.allowed)
        if len(knapsacks.members) < len(chosen):
            return True, False
        knapsacks.ascend(WINDOW_ROUNDS, before, inner.dual)
        inner._strike()
        knapsacks = Knapsacks(inner.problem, inner.allowed)
        if inner._done() or len(knapsacks.members) < len(chosen):
            return True, False
        dual, _, _ = inner._lagrangian(knapsacks)
        found = beam_search(knapsacks, dual, inner._below(), self.budget.window_labels, self.rng)
        if found.holders is None:
            return found.whole, False
        holders = plan.copy()
        holders[sites] = chosen[found.holders]
        cost = self.problem.cost_of(holders)
        better = cost < self.cost
        if cost <= self.cost:
            self.holders, self.cost = holders, cost
        return found.whole, better

    # --- bounds -----------------------------------------------------------------------------------------------------

    def _ascend(self) -> None:
        """Dual ascent on the pairs left, the bound it proves, and the pairs it strikes; twice, as each helps the other."""
        for _ in range(2):
            knapsacks = Knapsacks(self.problem, self.allowed)
            target = min(self.cost, self.ceiling)
            knapsacks.ascend(self.budget.rounds, target, self.dual)
            before = int(self.allowed.sum())
            self._strike()
            if self._done() or self.allowed.sum() > 0.95 * before or not self.keep_going():
                return

    def _lagrangian(self, knapsacks: Knapsacks) -> tuple[FloatArray, FloatArray, float]:
        """Dual values in whole grains, z of every class, and L."""
        dual = np.round(self.dual * GRAIN) / GRAIN
        least = knapsacks.least(dual)
        value = float(dual.sum() + (least * knapsacks.multiplicity).sum())
        if not self.whole and np.isfinite(value):
            value -= NEAR * (abs(value) + float(np.abs(dual).sum()))
        return dual, least, value

    def _strike(self) -> None:
        """Prove a bound with the dual values, then strike the pairs that no plan under the best cost can hold."""
        knapsacks = Knapsacks(self.problem, self.allowed)
        dual, least, value = self._lagrangian(knapsacks)
        self._raise_bound(np.inf if value > self.ceiling else value, "Lagrangian bound over all caseloads")
        if self._done() or self.holders is None or len(knapsacks.members) < len(self.problem.capacity):
            return
        room = self._below() - value
        sites = dual.shape[0]
        struck = ~knapsacks.allowed
        self.regret[:] = np.inf
        for own, cadres in enumerate(knapsacks.members):
            within, without = np.full(sites, np.inf), np.full(sites, np.inf)
            usable = np.flatnonzero(knapsacks.allowed[own])
            price_pairs(knapsacks.cost[own] - dual, knapsacks.load[own], usable, *knapsacks.of(own), within, without)
            cadre = cadres[0]
            self.regret[cadre] = within - least[own]
            struck[cadre] |= self.regret[cadre] > room
            forced = np.zeros(sites, dtype=np.bool_)
            forced[usable] = without[usable] - least[own] > room
            others = np.arange(len(struck)) != cadre
            struck[np.ix_(others, forced)] = True
        self.allowed &= ~struck
        if not self.allowed.any(axis=0).all():
            self._raise_bound(self.cost, "every pair of a site struck by its reduced cost")

    def _list(self) -> None:
        """Where few caseloads lie under the gap, the set partitioning over all of them settles the matter.

        Few of the cheapest come first: their master is quick, and either gives a plan or raises the bound.
        """
        for most in (self.budget.most_columns // 4, self.budget.most_columns // 2, self.budget.most_columns):
            before = self.cost
            everything = self._list_at_most(most)
            if self.cost < before:
                self._strike()
            if everything or self._done() or not self.keep_going():
                return

    def _list_at_most(self, most: int) -> bool:
        """One master of ``most`` caseloads; whether these were all under the gap, so that more would not help."""
        knapsacks = Knapsacks(self.problem, self.allowed)
        dual, least, value = self._lagrangian(knapsacks)
        room = full = self._below() - value if np.isfinite(self.cost) else np.inf
        columns = self._columns_under(knapsacks, dual, least, room, most)
        while columns is None:  # a part of the gap still proves: a plan with any other caseload costs more than L + room
            room = min(room / 1.5, 64.0)
            columns = self._columns_under(knapsacks, dual, least, room, most)
            if columns is None and room < 0.05:
                return True
        idle = [0.0 if self.prices is None else float(self.prices[own[0], 0]) for own in knapsacks.members]
        needed = [len(own) if knapsacks.lower[number] > 0 else 0 for number, own in enumerate(knapsacks.members)]
        # a plan may sum up prices beyond the room, of caseloads that are each within it: the whole gap bounds the sum
        settled, holders = self._search_tree(columns, knapsacks, dual, least, value, full, idle)
        self._accept(holders)
        if settled:
            self._raise_bound(self.cost if room >= full else min(self.cost, value + room), SETTLED)
            return room >= full
        answer = solve_master(columns, knapsacks.members, needed, len(dual), idle, self.cost, self.whole,
                              self.budget.master_work, self.seed)
        self._accept(answer.holders)
        inside = self.cost if answer.closed else answer.bound
        self._raise_bound(inside if room >= full else min(inside, value + room), SETTLED)
        return room >= full

    def _search_tree(self, columns: list[Column], knapsacks: Knapsacks, dual: FloatArray, least: FloatArray,
                     value: float, room: float, idle: list[float]) -> tuple[bool, IntArray | None]:
        """Whether the tree over ``columns`` was searched to its end, and the best plan in it under the best cost."""
        sites = len(dual)
        covering = np.bincount(np.concatenate([one.sites for one in columns] or [np.empty(0, dtype=np.int64)]),
                               minlength=sites)
        rank = np.empty(sites, dtype=np.int64)
        rank[np.argsort(covering, kind="stable")] = np.arange(sites)
        lowest = [int(rank[one.sites].min()) for one in columns]
        price = [one.cost - float(dual[one.sites].sum()) - float(least[one.cadre_class]) for one in columns]
        order = sorted(range(len(columns)), key=lambda one: (lowest[one], price[one], one))
        flat = [rank[columns[one].sites] for one in order]
        chosen = np.full(sites, -1, dtype=np.int64)
        settled, cost = search_partitions(
            sites, np.searchsorted([lowest[one] for one in order], np.arange(sites + 1)).astype(np.int64),
            np.array([columns[one].cadre_class for one in order], dtype=np.int64),
            np.array([price[one] for one in order], dtype=np.float64),
            np.array([columns[one].cost for one in order], dtype=np.float64),
            np.cumsum([0, *(len(one) for one in flat)], dtype=np.int64),
            np.concatenate(flat or [np.empty(0, dtype=np.int64)]), knapsacks.multiplicity,
            (knapsacks.lower > 0).astype(np.int64), np.array(idle), room, value, 1.0 - 1e-6 if self.whole else 0.0,
            self.budget.tree_nodes, chosen)
        if np.isinf(cost):
            return settled, None
        holders = np.full(sites, -1, dtype=np.int64)
        left = [list(own) for own in knapsacks.members]
        for one in chosen[chosen >= 0]:
            column = columns[order[one]]
            holders[column.sites] = left[column.cadre_class].pop(0)
        return settled, holders

    def _columns_under(self, knapsacks: Knapsacks, dual: FloatArray, least: FloatArray, room: float,
                       most: int) -> list[Column] | None:
        """All caseloads whose price passes their class's least by ``room`` at most; None where they are too many."""
        columns: list[Column] = []
        for own, members in enumerate(knapsacks.members):
            usable = np.flatnonzero(knapsacks.allowed[own])
            number, start, flat = list_caseloads(knapsacks.cost[own] - dual, knapsacks.load[own], usable,
                                                 *knapsacks.of(own), float(least[own] + room), most - len(columns))
            if number < 0:
                return None
            for one in range(number):
                sites = flat[start[one]:start[one + 1]]
                if len(sites):
                    load = int(knapsacks.load[own, sites].sum())
                    priced = 0.0 if self.prices is None else float(self.prices[members[0], load])
                    columns.append(Column(own, sites, float(knapsacks.cost[own, sites].sum()) + priced))
        return columns

    def _close(self) -> None:
        """One Boolean a pair over the pairs left: small problems are closed, on others the plan may still gain."""
        problem = self.problem
        allowed = self.allowed.copy()
        if self.holders is not None:  # the plan at hand is a start for CP-SAT, so its own pairs stay
            allowed[self.holders, np.arange(len(self.holders))] = True
        answer = solve_pairs(problem.cost, problem.load, problem.capacity, problem.min_sites, problem.max_sites,
                             allowed, self.prices, self.holders, np.inf, self.whole, self.budget.closing_work, self.seed)
        self._accept(answer.holders)
        self._raise_bound(self.cost if answer.closed and answer.holders is not None else answer.bound,
                          "pair model over the pairs left")
