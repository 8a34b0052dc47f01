"""Lowering the cost of a plan and proving a bound: column generation, dives, windows, and the best choice of caseloads.

Near the optimal dual values the caseloads of low reduced cost are few, and the master problem over them is almost
integral. Dives find plans about 1 per cent above the bound, windows among the known caseloads better them, and a solver of
integer programs chooses to within a fraction of a per cent. Windows that enumerate caseloads mend plans that are not legal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from planner.engines.annealing import Found
from planner.engines.column_generation import PARTS, ColumnGeneration, Duals, first_of_each
from planner.engines.dive import SETTINGS, dive
from planner.engines.neighbourhood import Admits, NeighbourhoodSearch
from planner.engines.pool_search import PoolSearch
from planner.engines.restricted_master import Cover, cheapest_cover
from planner.engines.tables import CostTables, FloatArray, KernelTables
from planner.facts.problem_arrays import IntArray


@dataclass(frozen=True)
class Budget:
    """How long to search, in counts, so that no answer depends on a machine's speed.

    Annealing moves for every site; pricing sweeps over all cadres; then the cheapest choice among the caseloads whose
    reduced cost is within ``margin_seconds`` of their cadre's least, to a gap in per cent of the bound or ``nodes`` of
    the solver's tree (0: left out). ``windows`` that enumerate caseloads are (cadres of a window, windows for every 100
    cadres): the first kind mends a plan that is not legal, and all follow where the plan is more than ``wide_percent``
    above the bound. ``heuristic_sweeps`` of the sweeps price heuristically. ``dives`` and ``pool_windows`` (as ``windows``)
    use the known caseloads whose reduced cost is within ``pool_seconds`` of their cadre's least; a dive that is legal and
    within half of ``wide_percent`` of the bound is the last.
    """

    moves_per_site: int
    sweeps: int
    margin_seconds: float
    gap_percent: float
    nodes: int
    wide_percent: float
    windows: tuple[tuple[int, int], ...]
    heuristic_sweeps: int = 2
    dives: int = 0
    pool_seconds: float = 0.0
    pool_windows: tuple[tuple[int, int], ...] = ()


Columns = tuple[IntArray, IntArray, FloatArray]
"""Caseloads: cadre (n), sites (n, k; -1 padded), cost (n) in seconds."""

Complete = Callable[[IntArray], Found]
"""Finds holders for open sites (-1), and mends what is broken, changing little else."""


@dataclass(frozen=True)
class Lowered:
    """Holders (s; -1: open), their cost in seconds (open sites counted dear), and whether they are legal and complete.

    ``bound`` is proven for all plans within the tables' limits; None when the search was stopped before that.
    """

    holders: IntArray
    cost: float
    legal: bool
    bound: float | None
    duals: Duals


Listener = Callable[[float, float, float | None], bool]
"""Hears the share done, the best cost and the proven bound (None: not yet); False ends the search."""


class CostSearch:
    """One search for the cheapest plan under given tables; equal seeds and budgets give equal plans.

    ``admits`` is a further rule over caseloads that the tables cannot hold; without ``complete`` there are no dives.
    """

    def __init__(self, tables: KernelTables, cost: CostTables, seed: int, budget: Budget, admits: Admits | None = None,
                 complete: Complete | None = None) -> None:
        self._complete = complete
        self._tables, self._cost, self._seed, self._budget, self._admits = tables, cost, seed, budget, admits
        self.generation = ColumnGeneration(tables, cost)
        self._stopped = False

    def run(self, found: Found, value: float, keep_going: Listener = lambda _done, _cost, _bound: True) -> Lowered:
        """Search from a plan that costs ``value`` seconds with its constant; it may break limits or leave sites open."""
        generation, budget = self.generation, self._budget
        start = found.holders if self._admits is None else opened(found.holders, self._admits)
        generation.start((*found.visited, start), value)
        steps, done = PARTS * budget.sweeps, 0

        def swept(_pool_bound: float) -> bool:
            nonlocal done
            done += 1
            return self._heard(keep_going, 0.7 * done / steps, value, None)

        first_value = value
        legal = first_legal = found.penalty == 0 and bool((start >= 0).all())
        duals = generation.improve(value, budget.sweeps, swept, budget.heuristic_sweeps)
        if self._stopped:
            return Lowered(start, value, legal, None, duals)
        duals = generation.prove(value, max(budget.margin_seconds, budget.pool_seconds))
        bound = duals.proven_bound
        if bound is None:
            raise AssertionError("an exact pass proves a bound")
        self._heard(keep_going, 0.8, value, bound)
        dived = self._dive(duals)
        if dived is not None:
            legal = dived.penalty == 0 and bool((dived.holders >= 0).all())
            holders = dived.holders
            if legal:
                value = self._cost_of(holders)
        else:
            holders = start
        if not legal and not self._stopped:
            holders, value, legal = self._search(
                duals, holders, budget.windows[:1], lambda done, cost: self._heard(keep_going, 0.8 + 0.1 * done, cost, bound))
        if not legal and first_legal:
            holders, value, legal = start, first_value, True
        if legal and budget.pool_windows and not self._stopped:
            holders, value = self._search_pool(duals, holders, value, lambda cost: self._heard(keep_going, 0.85, cost, bound))
        if legal and budget.nodes and not self._stopped:
            cover = self._choose(duals, holders, bound, lambda: self._heard(keep_going, 0.9, value, bound))
            if cover is not None and cover.cost + self._cost.constant < value:
                holders, value = cover.holders, cover.cost + self._cost.constant
        if (not legal or value > bound * (1 + budget.wide_percent / 100)) and not self._stopped:
            holders, value, legal = self._search(
                duals, holders, budget.windows, lambda done, cost: self._heard(keep_going, 0.9 + 0.1 * done, cost, bound))
        return Lowered(holders, value, legal, bound, duals)

    def _dive(self, duals: Duals) -> Found | None:
        """The cheapest legal plan that dives find, or else the one nearest to it; None without dives."""
        if self._complete is None or not self._budget.dives or self._stopped:
            return None
        columns = self.generation.divable(duals, self._budget.pool_seconds)
        enough = (duals.proven_bound or -np.inf) * (1 + self._budget.wide_percent / 200)
        found: list[Found] = []
        for setting in SETTINGS[:self._budget.dives]:
            one = self._complete(dive(duals.sites, *columns, *setting))
            if self._admits is not None:
                one = replace(one, holders=opened(one.holders, self._admits))
            found.append(one)
            if one.penalty == 0 and (one.holders >= 0).all() and self._cost_of(one.holders) <= enough:
                break  # windows and the integer program go on from here
        return min(found, key=lambda one: (one.penalty + float((one.holders < 0).sum()), self._cost_of(one.holders)))

    def _cost_of(self, holders: IntArray) -> float:
        """The cost of the legal caseloads of a plan, with the constant."""
        return float(self.generation.caseload_columns(holders)[2].sum()) + self._cost.constant

    def _search_pool(self, duals: Duals, holders: IntArray, value: float, keep_going: Callable[[float], bool]) -> tuple[IntArray, float]:
        """Windows among the known caseloads: holders and their cost, from a legal and complete plan."""
        search = PoolSearch(self._tables, self._seed, self._columns(duals, holders, self._budget.pool_seconds), duals.sites, duals.rows)
        hundreds = max(1, len(self._tables.allowed) // 100)
        for widest, windows in self._budget.pool_windows:
            if keep_going(value):
                holders, saved = search.improve(self.generation.caseload_columns(holders), holders, windows * hundreds, widest,
                                                lambda _done, saved, before=value: keep_going(before - saved))  # type: ignore[misc]
                value -= saved
        return holders, value

    def _heard(self, keep_going: Listener, done: float, value: float, bound: float | None) -> bool:
        self._stopped = self._stopped or not keep_going(done, value, bound)
        return not self._stopped

    def _choose(self, duals: Duals, start: IntArray, bound: float, keep_going: Callable[[], bool]) -> Cover | None:
        """The cheapest choice among the good caseloads known and those of ``start``."""
        cadre, sites, cost = self._columns(duals, start, self._budget.margin_seconds)
        return cheapest_cover(self._tables, cadre, sites, cost, start, self._budget.gap_percent / 100 * abs(bound),
                              self._budget.nodes, keep_going)

    def _columns(self, duals: Duals, start: IntArray, margin_seconds: float) -> Columns:
        """The known caseloads within ``margin_seconds`` of their cadre's least reduced cost, and those of ``start``, once each."""
        near, held = self.generation.near_columns(duals, margin_seconds), self.generation.caseload_columns(start)
        cadre, sites, cost = (np.concatenate([one, other]) for one, other in zip(near, held, strict=True))
        first = first_of_each(np.column_stack([cadre, sites]))
        if self._admits is not None:
            first = np.array([one for one in first if self._admits(int(cadre[one]), sites[one][None, :])[0]], dtype=np.int64)
        return cadre[first], sites[first], cost[first]

    def _search(self, duals: Duals, holders: IntArray, windows: tuple[tuple[int, int], ...],
                keep_going: Callable[[float, float], bool]) -> tuple[IntArray, float, bool]:
        """Windows of neighbourhood search: holders, their cost, and whether they are legal and complete."""
        search = NeighbourhoodSearch(self._tables, self._cost, self._seed, self._admits)
        for cadre, sites, price in self.generation.pool.columns():
            search.remember(cadre, sites, price, duals.sites, duals.rows)
        hundreds = max(1, len(self._tables.allowed) // 100)
        value, legal = np.inf, False
        for window, rounds in windows:
            if not self._stopped:
                holders, value = search.improve(holders, duals.sites, duals.rows, rounds * hundreds, window, keep_going)
                legal = search.figures.penalty == 0 and bool((holders >= 0).all())
        return holders, value, legal


def opened(holders: IntArray, admits: Admits) -> IntArray:
    """The holders (s) with the sites of every caseload opened (-1) that a rule beyond the tables refuses."""
    left = holders.copy()
    for cadre in np.unique(holders[holders >= 0]):
        held = np.flatnonzero(holders == cadre)
        if not admits(int(cadre), held[None, :])[0]:
            left[held] = -1
    return left
