"""What is done for one area, or one border between areas, of a city: the tasks of ``planner.city_assignment``.

Each task is a function of the city's problem and of small arrays, so that it can run in another process, in any order.
Indices in tasks and results are those of the whole city; inside, a part of the problem (``Problem.part``) is solved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.area_parts import (
    Columns,
    KnownColumns,
    Prices,
    RowBounds,
    RowDuals,
    columns_of,
    in_city,
    load_upper,
    loosened,
    name_of,
    part_of,
    with_bounds,
    within_reach,
)
from planner.artefacts.plan import GoalBound
from planner.artefacts.provenance import Provenance
from planner.assignment import (
    COLD_SECONDS,
    FAIRNESS_STEPS,
    HOT_SECONDS,
    NEARLY_LEGAL_PERCENT,
    Effort,
    Progress,
    _Assignment,
    _counted_bound,
)
from planner.engines.agreement import NEVER
from planner.engines.annealing import Annealing, Found
from planner.engines.column_generation import PARTS, ColumnGeneration, ColumnPool
from planner.engines.compiled import CompiledProblem, RuleSet
from planner.engines.cost_search import opened
from planner.engines.exchange import Offers, offers_of
from planner.engines.neighbourhood import Admits, KernelPlan, NeighbourhoodSearch
from planner.engines.pool_search import PoolSearch
from planner.engines.tables import FloatArray, KernelTables
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.partition import Area
from planner.rules import COST

KNOWN_SECONDS: Final = 200.0
"""Caseloads whose reduced cost is this near to their cadre's least are handed on: enough to know how prices may move."""

KNOWN_COLUMNS: Final = 40
"""... as many of every cadre as this, at most."""


@dataclass(frozen=True)
class AreaFound:
    """An area's first plan and what it knows of prices.

    holders: of the area's sites (cadre of the city, or -1); cost: s, without the goals' constant; site_dual: of the area's
    sites; rows: bounds of the whole.
    """

    holders: IntArray
    cost: float
    site_dual: FloatArray
    row_dual: RowDuals
    rows: RowBounds
    columns: Columns


@dataclass(frozen=True)
class AreaBegun:
    """An area's first plan, of its own indices, and the first of ``FAIRNESS_STEPS`` under which it was nearly legal.

    Where it was under none, the step is the first: looser caps are no help to such an area.
    """

    step: int
    found: Found


@dataclass(frozen=True)
class GroupChosen:
    """New holders of a group's sites (cadre or -1), and whether they are legal and complete."""

    holders: IntArray
    legal: bool


FIRST_SHARE: Final = 0.6
"""Part of a district's annealing that an area's first plan gets: no site stays where it puts it, it shows what goes well together."""


class AreaSearch(_Assignment):
    """The assignment of one part under given caps, which hands on its columns and dual values."""

    def __init__(self, problem: Problem, bounds: RowBounds, caps: Mapping[int, int], seed: int, effort: Effort,
                 keep_going: Callable[[Progress], bool]) -> None:
        """``bounds`` replace those of rows shared with others; ``caps``: of worst-case goals of the load, by index."""
        super().__init__(problem, Provenance({}, seed, {}), seed, effort, keep_going)
        compiled = self._compiled
        self.whole_rows = {key: (row.lower or 0, NEVER if row.upper is None else row.upper)
                           for key, row in zip(compiled.row_keys, compiled.rows, strict=True)}
        self._compiled = with_bounds(compiled, bounds)
        self._given_caps = caps

    def _counted_bounds(self, prices: Mapping[str, int]) -> dict[str, GoalBound]:
        """None: what a part is worth by itself is nobody's concern, and counting takes time."""
        del prices
        return {}

    def begin(self) -> AreaBegun:
        """A plan by annealing under the given caps, or looser ones until it is nearly legal (legal where nothing has a price)."""
        enough = NEARLY_LEGAL_PERCENT / 100 * len(self._problem.district.sites) if any(self._weights) else 0.0
        begun: list[Found] = []
        for step in range(len(FAIRNESS_STEPS) if self._given_caps else 1):
            tables = KernelTables(self._compiled, load_upper(self._problem, loosened(self._given_caps, step)))
            begun.append(Annealing(tables, self._seed).run(self._cost_aims(), int(FIRST_SHARE * self._moves), HOT_SECONDS, COLD_SECONDS,
                                                           keep_going=self._listen(COST)))
            if sum(self._illegality(begun[-1])) <= enough:
                return AreaBegun(step, begun[-1])
            if self._stopped:
                break
        return AreaBegun(0, min(begun, key=self._illegality))

    def learn(self, found: Found, heuristic_sweeps: int, exact_parts: int) -> AreaFound:
        """What the area's caseloads cost and what its sites are worth, from a first plan of it.

        After the heuristic sweeps, ``exact_parts`` of ``PARTS`` of the cadres are priced exactly, one after the other.
        """
        tables = KernelTables(self._compiled, load_upper(self._problem, self._given_caps))
        value = float(sum(weight * one for weight, one in zip(self._weights, found.values, strict=True)))
        holders, admits = found.holders, self._custom_rules()
        cost = tables.cost(self._weights)
        if not any(self._weights) or self._stopped:
            nothing = columns_of(tables, ColumnPool(tables.largest_caseload()))
            return AreaFound(holders, value - cost.constant, np.zeros(len(holders)), {}, self.whole_rows, nothing)
        if admits is not None:
            holders = opened(holders, admits)
        generation = ColumnGeneration(tables, cost)
        generation.start((*found.visited, holders), value)
        steps, done = PARTS * heuristic_sweeps + exact_parts, 0

        def swept(_pool_bound: float) -> bool:
            nonlocal done
            done += 1
            return self._tell(done / steps, value, None) and done < steps

        duals = generation.improve(value, heuristic_sweeps + -(-exact_parts // PARTS), swept, heuristic_sweeps)
        near = generation.near_columns(duals, KNOWN_SECONDS)
        pool = ColumnPool(generation.pool.sites.shape[1])
        for columns in (near, generation.caseload_columns(holders)):
            pool.merge(*columns)
        known = _best_known(columns_of(tables, pool), duals.sites, duals.rows, holders)
        by_key = {key: float(dual) for key, dual in zip(self._compiled.row_keys, duals.rows, strict=True) if dual}
        return AreaFound(holders, value - cost.constant, duals.sites, by_key, self.whole_rows, known)

    def complete(self, holders: IntArray) -> GroupChosen:
        """Holders for open sites (-1), and broken limits mended, by a short annealing that changes little else."""
        tables = KernelTables(self._compiled, load_upper(self._problem, self._given_caps))
        plan = self._completed(tables, holders, self._custom_rules())
        return GroupChosen(plan.holders, _is_whole(plan))

    def _completed(self, tables: KernelTables, holders: IntArray, admits: Admits | None) -> KernelPlan:
        plan = KernelPlan(tables, tables.cost(self._weights), holders if admits is None else opened(holders, admits))
        if not self._stopped and not _is_whole(plan):
            found = self._completing(tables)(plan.holders).holders
            plan = KernelPlan(tables, tables.cost(self._weights), found if admits is None else opened(found, admits))
        return plan

    def offers(self, holders: IntArray, near: IntArray, others: IntArray, prices: Prices) -> Offers:
        """What exchanges of the sites ``near`` (c, n; -1 padded) and ``others`` (m) could give every cadre beside all else he holds."""
        tables = KernelTables(self._compiled, load_upper(self._problem, self._given_caps))
        row_dual = np.array([prices.rows.get(key, 0.0) for key in self._compiled.row_keys])
        rests = [np.flatnonzero(holders == cadre) for cadre in range(len(tables.allowed))]
        return offers_of(tables, tables.cost(self._weights), rests, near, row_dual, others)

    def choose_anew(self, holders: IntArray, prices: Prices, columns: KnownColumns, *, mends: bool = False) -> GroupChosen:
        """The cheapest choice among known caseloads for a plan to begin with: its holders (s), if any is cheaper.

        A short annealing, then windows that enumerate caseloads, mend a plan that is not legal or not complete; then there
        are windows among the columns. ``prices``: of the part's sites. ``mends``: leave a plan that is legal and complete as it is.
        """
        upper = load_upper(self._problem, self._given_caps)
        tables = KernelTables(self._compiled, upper)
        admits = self._custom_rules()
        if mends and _is_whole(KernelPlan(tables, tables.cost(self._weights), holders if admits is None else opened(holders, admits))):
            return GroupChosen(holders, legal=True)
        row_dual = np.array([prices.rows.get(key, 0.0) for key in self._compiled.row_keys])
        columns = _admitted(columns, tables.workload, upper, admits)
        chosen = self._completed(tables, holders, admits)
        if not _is_whole(chosen) and not self._stopped:
            chosen = self._mended(tables, chosen, prices.sites, row_dual, columns)
        if not _is_whole(chosen) or self._stopped:
            return GroupChosen(chosen.holders, _is_whole(chosen))
        return GroupChosen(self._choose_among_known(tables, chosen, prices.sites, row_dual, columns), legal=True)

    def _mended(self, tables: KernelTables, plan: KernelPlan, site_dual: FloatArray, row_dual: FloatArray,
                columns: KnownColumns) -> KernelPlan:
        """A plan after windows that enumerate caseloads where something is open or broken."""
        cost = tables.cost(self._weights)
        search = NeighbourhoodSearch(tables, cost, self._seed, self._custom_rules())
        for cadre, sites, price in zip(*columns, strict=True):
            search.remember(int(cadre), sites[sites >= 0], float(price), site_dual, row_dual)
        window, rounds = self._budget.windows[0]
        hundreds = max(1, len(self._problem.district.cadres) // 100)
        mended, _ = search.improve(plan.holders, site_dual, row_dual, rounds * hundreds, window, self._listen(COST))
        return KernelPlan(tables, cost, mended)

    def _choose_among_known(self, tables: KernelTables, plan: KernelPlan, site_dual: FloatArray, row_dual: FloatArray,
                            columns: KnownColumns) -> IntArray:
        """Better holders (s) than those of a legal and complete plan, among known caseloads and its own."""
        width = max(columns[1].shape[1], int(plan.size.max(initial=1)))
        held = np.arange(len(plan.size)), np.ascontiguousarray(plan.members[:, :width]), plan.costs.copy()
        holders = plan.holders
        hundreds = max(1, len(plan.size) // 100)
        search = PoolSearch(tables, self._seed, _joined(columns, held), site_dual, row_dual)
        cost = tables.cost(self._weights)
        for widest, windows in self._budget.pool_windows:
            if self._keep_going(Progress(COST, 0.0)):
                now = KernelPlan(tables, cost, holders)
                own = held[0], np.ascontiguousarray(now.members[:, :width]), now.costs.copy()
                holders, _ = search.improve(own, holders, windows * hundreds, widest, self._listen(COST))
        return holders


def _is_whole(plan: KernelPlan) -> bool:
    """Whether a plan is legal and complete."""
    return plan.penalty == 0 and bool((plan.holders >= 0).all())


def _admitted(columns: KnownColumns, workload: IntArray, upper: IntArray | None, admits: Admits | None) -> KnownColumns:
    """The columns within a cap on the load (c) and a rule beyond the tables."""
    cadre, sites, cost = columns
    keeps = np.ones(len(cadre), dtype=np.bool_)
    if upper is not None:
        keeps = np.append(workload, 0)[sites].sum(axis=1) <= upper[cadre]
    if admits is not None:
        keeps &= np.array([bool(admits(int(one), own[None, :])[0]) for one, own in zip(cadre, sites, strict=True)], dtype=np.bool_)
    return cadre[keeps], sites[keeps], cost[keeps]


def _joined(columns: KnownColumns, others: KnownColumns) -> KnownColumns:
    """Columns (cadre, sites, cost) of both kinds, once each, in order of cadres; sites ascending, -1 padded."""
    pool = ColumnPool(others[1].shape[1])
    for cadre, sites, cost in (columns, others):
        pool.merge(cadre, np.pad(sites, ((0, 0), (0, others[1].shape[1] - sites.shape[1])), constant_values=-1), cost)
    return pool.cadre, pool.sites, pool.cost


def _best_known(columns: Columns, site_dual: FloatArray, row_dual: FloatArray, holders: IntArray) -> Columns:
    """The columns of least reduced cost of every cadre, and those of a plan's holders (s)."""
    reduced = columns.cost - np.append(site_dual, 0.0)[columns.sites].sum(axis=1) - np.append(row_dual, 0.0)[columns.rows].sum(axis=1)
    order = np.lexsort((reduced, columns.cadre))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(columns.cadre[order], columns.cadre[order])
    held = ((columns.sites < 0) | (np.append(holders, -1)[columns.sites] == columns.cadre[:, None])).all(axis=1)
    return columns.chosen(np.flatnonzero((rank < KNOWN_COLUMNS) | held))


def floors_of_area(city: Problem, area: Area, keep_going: Callable[[Progress], bool]) -> dict[int, int]:
    """Lower bounds on worst-case goals by index, by counting: every site is held by some cadre near enough who may hold it."""
    del keep_going
    part = city.part(area.cadres, area.sites, city.travel)
    candidates, trips = within_reach(city, area)
    everything = RuleSet.of(part)
    near_rules = tuple(rule for rule in everything.pair_rules if rule.farthest_seconds(city) is None)
    compiled = CompiledProblem.of(part, replace(everything, pair_rules=near_rules))
    reached = np.isfinite(trips[:, np.searchsorted(candidates, area.sites)])
    compiled = replace(compiled, allowed=compiled.allowed & reached)
    return {index: _counted_bound(goal, compiled) for index, goal in enumerate(everything.goals)
            if goal.combine == "max" and goal.shape == "load"}


def begin_area(city: Problem, area: Area, bounds: RowBounds, caps: Mapping[int, int], seed: int, effort: Effort,
               keep_going: Callable[[Progress], bool]) -> AreaBegun:
    """A first plan of one area, and how much looser than ``caps`` its caps had to be."""
    return AreaSearch(part_of(city, area.cadres, area.sites, name_of(area)), bounds, caps, seed, effort, keep_going).begin()


def learn_area(city: Problem, area: Area, bounds: RowBounds, caps: Mapping[int, int], found: Found, seed: int, effort: Effort,
               sweeps: tuple[int, int], keep_going: Callable[[Progress], bool]) -> AreaFound:
    """Prices and caseloads of one area by itself, beginning with a plan of ``begin_area``; ``sweeps``: see ``learn``."""
    learnt = AreaSearch(part_of(city, area.cadres, area.sites, name_of(area)), bounds, caps, seed, effort, keep_going).learn(found, *sweeps)
    return replace(learnt, holders=np.append(area.cadres, -1)[learnt.holders],
                   columns=in_city(learnt.columns, area.cadres, area.sites))


def complete_in_group(city: Problem, group: Area, name: str, holders: IntArray, bounds: RowBounds, caps: Mapping[int, int], seed: int,
                      effort: Effort, keep_going: Callable[[Progress], bool]) -> GroupChosen:
    """A group's plan with open sites (-1 in ``holders``, of its sites) given to somebody, and broken limits mended."""
    search = AreaSearch(part_of(city, group.cadres, group.sites, name), bounds, caps, seed, effort, keep_going)
    done = search.complete(np.where(holders < 0, -1, np.searchsorted(group.cadres, holders)))
    return GroupChosen(np.asarray(np.append(group.cadres, -1)[done.holders], dtype=np.int64), done.legal)


def offers_in_group(city: Problem, group: Area, name: str, holders: IntArray, near: IntArray, others: IntArray, prices: Prices,
                    caps: Mapping[int, int], seed: int, effort: Effort, keep_going: Callable[[Progress], bool]) -> Offers:
    """What exchanges of ``near`` sites (c, n) and ``others`` (m) could give a group's cadres (``offers_of``), in the city's numbers.

    ``holders``: of the group's sites, which are those that stay where they are; those ``near`` are of the whole city.
    """
    sites = np.union1d(group.sites, np.append(near[near >= 0], others))
    search = AreaSearch(part_of(city, group.cadres, sites, name), {}, caps, seed, effort, keep_going)
    own = np.full(len(sites), -1, dtype=np.int64)
    own[np.searchsorted(sites, group.sites)] = np.searchsorted(group.cadres, holders)
    who, what, cost = search.offers(own, np.where(near < 0, -1, np.searchsorted(sites, near)), np.searchsorted(sites, others), prices)
    return group.cadres[who], np.append(sites, -1)[what], cost


def choose_in_group(city: Problem, group: Area, name: str, holders: IntArray, bounds: RowBounds, caps: Mapping[int, int],
                    prices: Prices, columns: KnownColumns, seed: int, effort: Effort, mends: bool,
                    keep_going: Callable[[Progress], bool]) -> GroupChosen:
    """The cheapest choice for some cadres, whoever's areas they are in; the new holders of the group's sites.

    ``group``: the cadres, what they hold, and sites that nobody holds; ``holders``: of these sites; ``columns``: good
    caseloads (cadre, sites, cost) of the cadres over sites of the group, those held among them; ``prices``: of these sites;
    ``mends``: what is legal and complete stays as it is.
    """
    search = AreaSearch(part_of(city, group.cadres, group.sites, name), bounds, caps, seed, effort, keep_going)
    cadre, sites, cost = columns
    own = np.where(holders < 0, -1, np.searchsorted(group.cadres, holders))
    local = np.searchsorted(group.cadres, cadre), np.where(sites < 0, -1, np.searchsorted(group.sites, sites)), cost
    chosen = search.choose_anew(own, prices, local, mends=mends)
    return GroupChosen(np.asarray(np.append(group.cadres, -1)[chosen.holders], dtype=np.int64), chosen.legal)
