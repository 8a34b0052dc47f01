"""The engine's core for problems given as arrays: one caseload a cadre, every site held once, nothing else assumed.

    min  sum c_ij x_ij + sum_i p_i(load_i)   with   load_i = sum_j a_ij x_ij <= capacity_i,
    every site j held once, min_sites_i <= number of sites of cadre i <= max_sites_i, allowed pairs only.

Generalized assignment, capacitated medians with fixed medians and balanced workloads are cases of it. The stages:

1. annealing gives a plan;
2. dual values of the sites by subgradient ascent, each caseload priced exactly as a knapsack, give a proven bound
   (planner.engines.knapsack; Fisher 1981), rounded up where all costs are integers;
3. pairs that no better plan can hold are struck (Posta, Ferland, Michelon 2012), and 2 is repeated on what is left;
4. where few caseloads lie under the gap, they are listed and the set partitioning over them is solved: a proof;
5. otherwise CP-SAT improves windows of a few cadres (large neighbourhood search) and closes what is left, if it can.

Every budget is a count or deterministic time, so equal input, seed and budget give an equal plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.engines.arrays import BoolArray, FloatArray, IntArray
from planner.engines.caseload_models import Column, solve_master, solve_pairs
from planner.engines.caseload_search import anneal_holders, choices_of
from planner.engines.knapsack import ascend, cheapest_caseload, list_caseloads, price_pairs
from planner.engines.partition_tree import search_partitions

GRAIN = 1024.0
"""Dual values are whole 1/1024ths in every proof: with integer costs all sums are then exact in floating point."""

SETTLED = "set partitioning over all caseloads under the gap"

NEAR = 1e-9
"""Relative room left for rounding where costs are real numbers."""


@dataclass(frozen=True)
class CaseloadProblem:
    """Arrays over c cadres and s sites.

    cost (c, s) in any one unit; load (c, s) whole units >= 0; capacity, min_sites, max_sites (c); allowed (c, s);
    load_price (c, n) or (n), n > every capacity: the price of a load, in the unit of the cost, or None.
    Raises ValueError for shapes that do not fit together and for negative loads.
    """

    cost: FloatArray
    load: IntArray
    capacity: IntArray
    min_sites: IntArray
    max_sites: IntArray
    allowed: BoolArray
    load_price: FloatArray | None = None

    def __post_init__(self) -> None:
        cadres, sites = self.cost.shape
        if self.load.shape != (cadres, sites) or self.allowed.shape != (cadres, sites):
            raise ValueError("cost, load and allowed must have the same shape (cadres, sites)")
        if any(one.shape != (cadres,) for one in (self.capacity, self.min_sites, self.max_sites)):
            raise ValueError("capacity, min_sites and max_sites must have one entry a cadre")
        if (self.load < 0).any() or (self.capacity < 0).any():
            raise ValueError("loads and capacities must not be negative")
        if self.load_price is not None and self.load_price.shape[-1] <= self.capacity.max(initial=0):
            raise ValueError("load_price must reach up to every capacity")

    @property
    def whole(self) -> bool:
        """Whether all costs and prices are integers, so that every plan's cost is one."""
        prices = self.prices
        return bool((np.round(self.cost[self.allowed]) == self.cost[self.allowed]).all()
                    and (prices is None or (np.round(prices) == prices).all()))

    @property
    def prices(self) -> FloatArray | None:
        """load_price with a row a cadre (c, n), or None."""
        if self.load_price is None:
            return None
        width = int(self.capacity.max(initial=0)) + 1
        table = np.broadcast_to(self.load_price, (len(self.capacity), self.load_price.shape[-1]))
        return np.ascontiguousarray(table[:, :width], dtype=np.float64)

    def cost_of(self, holders: IntArray) -> float:
        """Cost of a complete plan ``holders`` (s), inf where it breaks a limit."""
        cadres, sites = self.cost.shape
        everything = np.arange(sites)
        if sites and (holders.min() < 0 or not self.allowed[holders, everything].all()):
            return float("inf")
        loads = np.bincount(holders, self.load[holders, everything], minlength=cadres).astype(np.int64)
        counts = np.bincount(holders, minlength=cadres)
        if (loads > self.capacity).any() or (counts < self.min_sites).any() or (counts > self.max_sites).any():
            return float("inf")
        prices = self.prices
        priced = 0.0 if prices is None else float(prices[np.arange(cadres), loads].sum())
        return float(self.cost[holders, everything].sum()) + priced


@dataclass(frozen=True)
class Budget:
    """Work in counts; the three ``*_work`` are CP-SAT's deterministic time for one window, at the end, and for a master.

    ``most_columns`` a master may have; a dive tries ``trials`` cadres a step with ``trial_rounds`` of ascent each, and
    leaves the ``last_cadres`` to the pair model.
    """

    moves_per_site: int
    rounds: int
    windows: int
    window_work: float
    closing_work: float
    master_work: float
    most_columns: int
    dives: int
    tree_nodes: int = 60_000_000
    last_cadres: int = 4
    trials: int = 8
    trial_rounds: int = 30


QUICK = Budget(moves_per_site=5_000, rounds=200, windows=10, window_work=0.2, closing_work=1.0, master_work=0.5,
               most_columns=1_000, dives=1)
NORMAL = Budget(moves_per_site=10_000, rounds=600, windows=40, window_work=0.4, closing_work=4.0, master_work=3.0,
                most_columns=1_500, dives=3)
DEEP = Budget(moves_per_site=20_000, rounds=1_000, windows=250, window_work=0.5, closing_work=10.0, master_work=5.0,
              most_columns=1_800, dives=6)
EFFORTS = {"quick": QUICK, "normal": NORMAL, "deep": DEEP}


@dataclass(frozen=True)
class CoreResult:
    """``holders`` (s) or None, its ``cost`` (inf without one), a proven ``bound``, and what proved it.

    The bound is inf where ``infeasible`` says why no plan exists; ``optimal`` where no plan can cost less.
    """

    holders: IntArray | None
    cost: float
    bound: float
    proved_by: str
    infeasible: str = ""

    @property
    def optimal(self) -> bool:
        """Whether the plan is proven to be the best."""
        return self.holders is not None and self.cost <= self.bound + 1e-6 * max(1.0, abs(self.cost))


def solve(problem: CaseloadProblem, budget: Budget = NORMAL, seed: int = 1,
          keep_going: Callable[[], bool] = lambda: True) -> CoreResult:
    """The best plan found and its proven bound; ``keep_going`` is asked between stages and may end the search early."""
    reason = _plain_reason(problem)
    if reason:
        return CoreResult(None, np.inf, np.inf, "counting", reason)
    if problem.cost.shape[1] == 0:
        nothing = np.empty(0, dtype=np.int64)
        return CoreResult(nothing, problem.cost_of(nothing), problem.cost_of(nothing), "nothing to hold")
    return _Search(problem, budget, seed, keep_going).run()


def _plain_reason(problem: CaseloadProblem) -> str:
    """Why no plan can exist, seen by counting alone; empty where counting finds nothing."""
    usable = problem.allowed & (problem.load <= problem.capacity[:, None])
    sites = problem.cost.shape[1]
    alone = np.flatnonzero(~usable.any(axis=0))
    if len(alone):
        return f"site {int(alone[0])} has no cadre who may and can hold it"
    if (problem.min_sites > np.minimum(problem.max_sites, usable.sum(axis=1))).any():
        short = int(np.flatnonzero(problem.min_sites > np.minimum(problem.max_sites, usable.sum(axis=1)))[0])
        return f"cadre {short} cannot hold as many sites as he must"
    if problem.min_sites.sum() > sites or problem.max_sites.sum() < sites:
        return f"{sites} sites do not fit between {problem.min_sites.sum()} and {problem.max_sites.sum()} places"
    if sites:
        least = np.where(usable, problem.load, np.iinfo(np.int64).max).min(axis=0)
        if least.sum() > problem.capacity.sum():
            return f"the sites need at least {least.sum()} units of load, the cadres have {problem.capacity.sum()}"
    return ""


def _part(problem: CaseloadProblem, cadres: IntArray, sites: IntArray) -> CaseloadProblem:
    """The problem of some cadres and sites alone."""
    part = np.ix_(cadres, sites)
    prices = problem.prices
    return CaseloadProblem(problem.cost[part], problem.load[part], problem.capacity[cadres], problem.min_sites[cadres],
                           problem.max_sites[cadres], problem.allowed[part], None if prices is None else prices[cadres])


class _Knapsacks:
    """The cadres' knapsacks, classes of equal cadres first: what planner.engines.knapsack takes."""

    def __init__(self, problem: CaseloadProblem, allowed: BoolArray) -> None:
        prices = problem.prices
        groups: dict[bytes, list[int]] = {}
        for cadre in range(len(problem.capacity)):
            parts = [np.where(allowed[cadre], problem.cost[cadre], 0.0), problem.load[cadre], allowed[cadre],
                     problem.capacity[cadre], problem.min_sites[cadre], problem.max_sites[cadre]]
            if prices is not None:
                parts.append(prices[cadre])
            groups.setdefault(b"|".join(np.asarray(part).tobytes() for part in parts), []).append(cadre)
        self.members = list(groups.values())
        first = np.array([own[0] for own in self.members])
        self.cost = np.ascontiguousarray(problem.cost[first], dtype=np.float64)
        self.load = np.ascontiguousarray(problem.load[first], dtype=np.int64)
        self.allowed = np.ascontiguousarray(allowed[first] & (self.load <= problem.capacity[first][:, None]))
        self.width = problem.capacity[first] + 1
        self.multiplicity = np.array([len(own) for own in self.members], dtype=np.int64)
        self.lower = problem.min_sites[first]
        upper = problem.max_sites[first]
        counts, saturated, negative, finals = [], [], [], []
        for own, cadre in enumerate(first):
            weights = np.sort(self.load[own][self.allowed[own]])
            fitting = int((np.cumsum(weights) <= problem.capacity[cadre]).sum())
            binding = int(upper[own]) < fitting
            counts.append(int(upper[own]) + 1 if binding else int(self.lower[own]) + 1)
            saturated.append(not binding)
            price = np.zeros(self.width[own]) if prices is None else prices[cadre, : self.width[own]]
            final = np.tile(price, (counts[-1], 1))
            final[: self.lower[own]] = np.inf
            finals.append(final.ravel())
            negative.append(bool(self.lower[own] == 0 and (np.diff(price) >= 0).all()))
        self.counts = np.array(counts, dtype=np.int64)
        self.saturated = np.array(saturated, dtype=np.bool_)
        self.negative = np.array(negative, dtype=np.bool_)
        self.final_start = np.cumsum([0, *(len(one) for one in finals)], dtype=np.int64)
        self.final = np.concatenate(finals)

    def of(self, own: int) -> tuple[int, int, bool, FloatArray]:
        """width, counts, saturated and final prices of a class."""
        return (int(self.width[own]), int(self.counts[own]), bool(self.saturated[own]),
                self.final[self.final_start[own]:self.final_start[own + 1]])

    def ascend(self, rounds: int, target: float, dual: FloatArray) -> float:
        """Raise ``dual`` (s) in place; the best L."""
        times = np.zeros(self.cost.shape, dtype=np.int64)
        return float(ascend(rounds, 1.0, target, 20, dual, self.cost, self.load, self.allowed, self.width, self.counts,
                            self.saturated, self.final_start, self.final, self.negative, self.multiplicity, times))

    def least(self, dual: FloatArray) -> FloatArray:
        """The z of every class (k) for ``dual`` (s)."""
        chosen = np.zeros(len(dual), dtype=np.bool_)
        return np.array([cheapest_caseload(self.cost[own] - dual, self.load[own], self.allowed[own], *self.of(own),
                                           bool(self.negative[own]), chosen) for own in range(len(self.members))])


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
        self._window_budget = Budget(0, 150, 0, 0.0, budget.window_work, 0.0, 0, 0)
        self.regret = np.where(self.allowed, 0.0, np.inf)  # by how much a plan with the pair passes L, at least

    def run(self) -> CoreResult:
        """All stages, until the gap is closed or the budget is spent."""
        stages = (self._anneal, self._ascend, self._list, self._dive, self._improve_windows, self._list, self._close)
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

    def _improve_windows(self) -> None:
        """Cadres a few at a time, all else held fast; a window grows while CP-SAT closes it and none helps."""
        cadres = len(self.problem.capacity)
        size, failed = min(cadres, 3), 0
        for _ in range(self.budget.windows):
            if self.holders is None or size >= cadres or self._done() or not self.keep_going():
                return
            chosen = np.sort(self.rng.choice(cadres, size, replace=False))
            closed, better = self._window(self.holders, chosen)
            failed = 0 if better else failed + 1
            if better:
                self._strike()
            elif not closed:
                size = max(2, size - 1)
            elif failed >= 4:
                size, failed = size + 1, 0

    def _window(self, plan: IntArray, chosen: IntArray) -> tuple[bool, bool]:
        """Whether CP-SAT closed the window over the cadres ``chosen``, and whether the plan is better for it."""
        problem = self.problem
        sites = np.flatnonzero(np.isin(plan, chosen))
        part = np.ix_(chosen, sites)
        inner = _Search(_part(problem, chosen, sites), self._window_budget, self.seed, self.keep_going)
        inner.allowed &= self.allowed[part]
        inner.dual = self.dual[sites].copy()
        inner.holders = np.searchsorted(chosen, plan[sites]).astype(np.int64)
        inner.cost = before = inner.problem.cost_of(inner.holders)
        for stage in (inner._ascend, inner._close):
            if inner._done():
                break
            stage()
        holders = plan.copy()
        holders[sites] = chosen[inner.holders]
        return inner._done(), inner.cost < before and self._accept(holders)

    def _dive(self) -> None:
        """Caseloads fixed one by one, each where the bound of the rest rises least; the last cadres by the pair model.

        Strong diving as in Sadykov, Vanderbeck, Pessoa, Tahiri, Uchoa 2019, with Lagrangian bounds in place of LPs.
        """
        for _ in range(self.budget.dives):
            if self._done() or not self.keep_going():
                return
            self._dive_once()

    def _dive_once(self) -> None:
        cadres, sites = self.problem.cost.shape
        left, open_sites = np.arange(cadres), np.arange(sites)
        dual = self.dual.copy()
        holders = np.full(sites, -1, dtype=np.int64)
        while len(left) > self.budget.last_cadres and len(open_sites):
            trials = self.rng.choice(len(left), min(len(left), self.budget.trials), replace=False)
            knapsacks = _Knapsacks(_part(self.problem, left, open_sites), self.allowed[np.ix_(left, open_sites)])
            class_of = {cadre: own for own, members in enumerate(knapsacks.members) for cadre in members}
            best: tuple[float, int, BoolArray, FloatArray] | None = None
            for trial in trials:
                own = class_of[int(trial)]
                chosen = np.zeros(len(open_sites), dtype=np.bool_)
                if np.isinf(cheapest_caseload(knapsacks.cost[own] - dual, knapsacks.load[own], knapsacks.allowed[own],
                                              *knapsacks.of(own), bool(knapsacks.negative[own]), chosen)):
                    return
                loads = int(knapsacks.load[own, chosen].sum())
                value = float(knapsacks.cost[own, chosen].sum())
                value += 0.0 if self.prices is None else float(self.prices[left[trial], loads])
                rest, after = self._rest(np.delete(left, trial), open_sites[~chosen], dual[~chosen])
                if best is None or value + rest < best[0]:
                    best = value + rest, int(trial), chosen, after
            if best is None:
                return
            _, trial, chosen, dual = best
            holders[open_sites[chosen]] = left[trial]
            left, open_sites = np.delete(left, trial), open_sites[~chosen]
        if len(open_sites):
            last = _part(self.problem, left, open_sites)
            answer = solve_pairs(last.cost, last.load, last.capacity, last.min_sites, last.max_sites,
                                 self.allowed[np.ix_(left, open_sites)], last.prices, None, np.inf, self.whole,
                                 4 * self.budget.window_work, self.seed)
            if answer.holders is None:
                return
            holders[open_sites] = left[answer.holders]
        if self._accept(holders):
            self._strike()

    def _rest(self, left: IntArray, sites: IntArray, dual: FloatArray) -> tuple[float, FloatArray]:
        """The bound of what is left after a short ascent, and its dual values."""
        dual = dual.copy()
        allowed = self.allowed[np.ix_(left, sites)]
        if len(sites) == 0 or not allowed.any(axis=0).all():
            return (0.0 if len(sites) == 0 else self.ceiling), dual
        knapsacks = _Knapsacks(_part(self.problem, left, sites), allowed)
        now = float(dual.sum() + (knapsacks.least(dual) * knapsacks.multiplicity).sum())
        value = knapsacks.ascend(self.budget.trial_rounds, now + 0.002 * abs(now) + 1.0, dual)
        return value, dual

    # --- bounds -----------------------------------------------------------------------------------------------------

    def _ascend(self) -> None:
        """Dual ascent on the pairs left, the bound it proves, and the pairs it strikes; twice, as each helps the other."""
        for _ in range(2):
            knapsacks = _Knapsacks(self.problem, self.allowed)
            target = min(self.cost, self.ceiling)
            knapsacks.ascend(self.budget.rounds, target, self.dual)
            before = int(self.allowed.sum())
            self._strike()
            if self._done() or self.allowed.sum() > 0.95 * before or not self.keep_going():
                return

    def _lagrangian(self, knapsacks: _Knapsacks) -> tuple[FloatArray, FloatArray, float]:
        """Dual values in whole grains, z of every class, and L."""
        dual = np.round(self.dual * GRAIN) / GRAIN
        least = knapsacks.least(dual)
        value = float(dual.sum() + (least * knapsacks.multiplicity).sum())
        if not self.whole and np.isfinite(value):
            value -= NEAR * (abs(value) + float(np.abs(dual).sum()))
        return dual, least, value

    def _strike(self) -> None:
        """Prove a bound with the dual values, then strike the pairs that no plan under the best cost can hold."""
        knapsacks = _Knapsacks(self.problem, self.allowed)
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
        knapsacks = _Knapsacks(self.problem, self.allowed)
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

    def _search_tree(self, columns: list[Column], knapsacks: _Knapsacks, dual: FloatArray, least: FloatArray,
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

    def _columns_under(self, knapsacks: _Knapsacks, dual: FloatArray, least: FloatArray, room: float,
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
