"""What is done for one area, or one border between areas, of a city: the tasks of ``planner.city_assignment``.

Each task is a function of the city's problem and of small arrays, so that it can run in another process, in any order.
Indices in tasks and results are those of the whole city; inside, a part of the problem (``Problem.part``) is solved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.artefacts.provenance import Provenance
from planner.assignment import NEARLY_LEGAL_PERCENT, Effort, Progress, _Assignment, _counted_bound
from planner.engines.agreement import NEVER
from planner.engines.column_generation import KEEP_NEAR, ColumnPool
from planner.engines.compiled import CompiledProblem, RuleSet
from planner.engines.cost_search import CostSearch
from planner.engines.halo import reduced_cost_bounds
from planner.engines.lagrangian import column_rows
from planner.engines.neighbourhood import NeighbourhoodSearch
from planner.engines.pricing import Pricer
from planner.engines.restricted_master import cheapest_cover
from planner.engines.tables import FloatArray, KernelTables, LoadLadder, goal_prices, weighted_cost
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.partition import Area
from planner.rules import COST, PAIR_RULES, goals_in_order

RowKey = tuple[str, ...]
RowBounds = Mapping[RowKey, tuple[int, int]]
RowDuals = Mapping[RowKey, float]

BELOW_SECONDS: Final = 1.0
"""A reduced cost this far below the least known says that a price is wrong."""

SCOUTED_SITES: Final = 150
"""Sites beyond an area that are scouted, the likeliest ones."""

SCOUTED_SECONDS: Final = 200.0
"""... of which a caseload may lie so far below the least known: small faults of prices are left to exact passes."""

SCOUTING_PARTNERS: Final = 8
"""Partners tried for every first stop while scouting."""

KNOWN_SECONDS: Final = 200.0
"""Caseloads whose reduced cost is this near to their cadre's least are handed on: enough to know how prices may move."""

KNOWN_COLUMNS: Final = 40
"""... as many of every cadre as this, at most."""


@dataclass(frozen=True)
class Columns:
    """Caseloads: cadre (n), sites (n, k; ascending, -1 padded), cost (n; s, without the goals' constant).

    ``rows`` (n, r; -1 padded) are indices into ``row_keys``, once for each pair that lies in the row.
    """

    cadre: IntArray
    sites: IntArray
    cost: FloatArray
    rows: IntArray
    row_keys: tuple[RowKey, ...]

    def chosen(self, which: IntArray | BoolArray) -> Columns:
        """Some of the columns."""
        return Columns(self.cadre[which], self.sites[which], self.cost[which], self.rows[which], self.row_keys)


@dataclass(frozen=True)
class AreaFound:
    """An area's plan and what it knows of prices.

    holders: of the area's sites (cadre of the city, or -1); legal: whether all are held, within all rules; cost: s, without
    the goals' constant; caps: of worst-case goals
    by index; site_dual: of the area's sites; rows: bounds of the whole.
    """

    holders: IntArray
    legal: bool
    cost: float
    caps: Mapping[int, int]
    site_dual: FloatArray
    row_dual: RowDuals
    rows: RowBounds
    columns: Columns


@dataclass(frozen=True)
class AreaPriced:
    """The least reduced cost of the area's cadres over all legal caseloads of the city; and good columns.

    wanted: sites beyond the area in caseloads below the least known; outside: sites beyond the area that were priced with it.
    """

    least: FloatArray
    columns: Columns
    wanted: IntArray
    outside: int


@dataclass(frozen=True)
class Prices:
    """Dual values of the whole city: of every site (s), and of the rows that have one."""

    sites: FloatArray
    rows: RowDuals


class AreaSearch(_Assignment):
    """The assignment of one part, which hands on its columns and dual values."""

    def __init__(self, problem: Problem, bounds: RowBounds, caps: Mapping[int, int], seed: int, effort: Effort,
                 keep_going: Callable[[Progress], bool]) -> None:
        """``bounds`` replace those of rows shared with others; ``caps``: goals of the load are capped no tighter."""
        super().__init__(problem, Provenance({}, seed, {}), seed, effort, keep_going)
        compiled = self._compiled
        self.whole_rows = {key: (row.lower or 0, NEVER if row.upper is None else row.upper)
                           for key, row in zip(compiled.row_keys, compiled.rows, strict=True)}
        self._compiled = with_bounds(compiled, bounds)
        self._least_caps = caps
        self._caps_of: list[tuple[IntArray, dict[int, int]]] = []

    def plan_alone(self) -> AreaFound:
        """A legal, complete plan of the area, then a cheap one, under the tightest cap that leaves one."""
        starts = self._starts()
        admits = self._custom_rules()
        few = NEARLY_LEGAL_PERCENT / 100 * max(1, len(self._problem.district.sites))
        for tables, found in starts:
            last = found is starts[-1][1]
            value = float(sum(weight * one for weight, one in zip(self._weights, found.values, strict=True)))
            if not any(self._weights) or self._stopped:
                break
            if sum(self._illegality(found)) > few and not last:
                continue
            cost = tables.cost(self._weights)
            search = CostSearch(tables, cost, self._seed, self._budget, admits, self._completing(tables))
            lowered = search.run(found, value, self._tell)
            if lowered.legal or last:
                generation, duals = search.generation, lowered.duals
                near = generation.near_columns(duals, max(KNOWN_SECONDS, self._budget.margin_seconds))
                held = generation.caseload_columns(lowered.holders)
                pool = ColumnPool(generation.pool.sites.shape[1])
                for columns in (near, held):
                    pool.merge(*columns)
                return self._found(tables, lowered.holders, lowered.legal, lowered.cost - cost.constant, pool, duals.sites, duals.rows)
        tables, found = starts[-1]
        pool = ColumnPool(tables.largest_caseload())
        legal = self._illegality(found) == (0, 0.0)
        return self._found(tables, found.holders, legal, value, pool, np.zeros(len(found.holders)), np.zeros(len(self._compiled.row_keys)))

    def _found(self, tables: KernelTables, holders: IntArray, legal: bool, cost: float, pool: ColumnPool, site_dual: FloatArray,
               row_dual: FloatArray) -> AreaFound:
        return AreaFound(holders, legal, cost, self._caps_used(tables), site_dual,
                         {key: float(dual) for key, dual in zip(self._compiled.row_keys, row_dual, strict=True) if dual},
                         self.whole_rows, _best_known(columns_of(tables, pool), site_dual, row_dual, holders))

    def choose_anew(self, holders: IntArray, legal: bool, caps: Mapping[int, int], prices: Prices,
                    columns: tuple[IntArray, IntArray, FloatArray]) -> IntArray:
        """The cheapest choice among columns (cadre, sites, cost), under caps on worst-case goals: holders (s).

        ``holders``: the plan to begin with, whose caseloads are among the columns; it stands if nothing cheaper is found.
        Windows of neighbourhood search mend what the choice cannot if it is not
        ``legal``, and stand for it in budgets without it. ``prices``: of the part's sites.
        """
        tables = KernelTables(self._compiled, load_upper(self._problem, caps))
        admits = self._custom_rules()
        cadre, sites, cost = columns
        if admits is not None:
            keeps = np.array([bool(admits(int(one), own[None, :])[0]) for one, own in zip(cadre, sites, strict=True)], dtype=np.bool_)
            cadre, sites, cost = cadre[keeps], sites[keeps], cost[keeps]
        chosen = holders
        if self._budget.nodes:
            gap = self._budget.gap_percent / 100 * float(cost.mean()) * len(self._problem.district.cadres)
            cover = cheapest_cover(tables, cadre, sites, cost, holders, gap, self._budget.nodes,
                                   lambda: self._keep_going(Progress(COST, 0.0)))
            if cover is not None:
                chosen, legal = cover.holders, bool((cover.holders >= 0).all())
            if legal:
                return chosen
        row_dual = np.array([prices.rows.get(key, 0.0) for key in self._compiled.row_keys])
        search = NeighbourhoodSearch(tables, tables.cost(self._weights), self._seed, admits)
        for number in range(len(cadre)):
            search.remember(int(cadre[number]), sites[number][sites[number] >= 0], float(cost[number]), prices.sites, row_dual)
        for window, rounds in self._budget.windows:
            hundreds = max(1, len(self._problem.district.cadres) // 100)
            chosen, _ = search.improve(chosen, prices.sites, row_dual, rounds * hundreds, window, self._listen(COST))
        return chosen

    def _load_upper(self, step: float) -> IntArray | None:
        caps = {index: int(max(self._cap(index, self._bounds[goal.id].bound), self._least_caps.get(index, 0)) * step)
                for index, goal in enumerate(self._goals) if goal.combine == "max" and goal.shape == "load"}
        upper = load_upper(self._problem, caps)
        if upper is not None:
            self._caps_of.append((upper, caps))
        return upper

    def _caps_used(self, tables: KernelTables) -> dict[int, int]:
        """The caps under which the tables were made."""
        own = tables.limits[3]
        return next((caps for upper, caps in self._caps_of if np.array_equal(own[:, -1], upper)), {})


def _best_known(columns: Columns, site_dual: FloatArray, row_dual: FloatArray, holders: IntArray) -> Columns:
    """The columns of least reduced cost of every cadre, and those of a plan's holders (s)."""
    reduced = columns.cost - np.append(site_dual, 0.0)[columns.sites].sum(axis=1) - np.append(row_dual, 0.0)[columns.rows].sum(axis=1)
    order = np.lexsort((reduced, columns.cadre))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(columns.cadre[order], columns.cadre[order])
    held = ((columns.sites < 0) | (np.append(holders, -1)[columns.sites] == columns.cadre[:, None])).all(axis=1)
    return columns.chosen(np.flatnonzero((rank < KNOWN_COLUMNS) | held))


def load_upper(problem: Problem, caps: Mapping[int, int]) -> IntArray | None:
    """Minutes each cadre (c) may carry under caps on goals of the load (by index in order); None without caps."""
    goals = goals_in_order(problem.policy)
    longest = sum(site.workload_minutes for site in problem.district.sites) + 1
    uppers = [[int(np.searchsorted(goals[index].price(LoadLadder.up_to(problem, cadre, longest)), cap, side="right")) - 1
               for cadre in range(len(problem.district.cadres))] for index, cap in sorted(caps.items())]
    return np.min(np.array(uppers, dtype=np.int64), axis=0) if uppers else None


def with_bounds(compiled: CompiledProblem, bounds: RowBounds) -> CompiledProblem:
    """The same with the bounds of some rows replaced."""
    lower, upper = compiled.row_lower.copy(), compiled.row_upper.copy()
    for number, key in enumerate(compiled.row_keys):
        if key in bounds:
            lower[number], upper[number] = bounds[key]
    return replace(compiled, row_lower=lower, row_upper=upper)


def columns_of(tables: KernelTables, pool: ColumnPool) -> Columns:
    """The columns of a pool, with their rows."""
    compiled = tables.compiled
    rows = column_rows(pool.cadre, pool.sites, compiled.block_row, compiled.block_sites, compiled.block_start, compiled.block_of)
    return Columns(pool.cadre, pool.sites, pool.cost, rows, compiled.row_keys)


def in_city(columns: Columns, cadres: IntArray, sites: IntArray) -> Columns:
    """Columns of a part, whose cadres and sites are those given, in the city's indices."""
    numbers = np.append(sites, -1)[columns.sites]
    last = np.iinfo(np.int64).max
    ordered = np.sort(np.where(numbers < 0, last, numbers), axis=1)
    ordered[ordered == last] = -1
    return Columns(cadres[columns.cadre], ordered, columns.cost, columns.rows, columns.row_keys)


def part_of(city: Problem, cadres: IntArray, sites: IntArray) -> Problem:
    """The part of a city with its travel matrix."""
    offices = dict.fromkeys(city.district.cadres[one].office_id for one in cadres)
    places = (*(one.id for one in city.district.offices if one.id in offices), *(city.district.sites[one].id for one in sites))
    return city.part(cadres, sites, city.travel.part(places))


def floors_of_area(city: Problem, area: Area, keep_going: Callable[[Progress], bool]) -> dict[int, int]:
    """Lower bounds on worst-case goals by index, by counting: every site is held by some cadre near enough who may hold it."""
    del keep_going
    part = city.part(area.cadres, area.sites, city.travel)
    candidates, trips = _within_reach(city, area)
    everything = RuleSet.of(part)
    near_rules = tuple(rule for rule in everything.pair_rules if rule.farthest_seconds(city) is None)
    compiled = CompiledProblem.of(part, replace(everything, pair_rules=near_rules))
    reached = np.isfinite(trips[:, np.searchsorted(candidates, area.sites)])
    compiled = replace(compiled, allowed=compiled.allowed & reached)
    return {index: _counted_bound(goal, compiled) for index, goal in enumerate(everything.goals)
            if goal.combine == "max" and goal.shape == "load"}


def plan_area(city: Problem, area: Area, bounds: RowBounds, caps: Mapping[int, int], seed: int, effort: Effort,
              keep_going: Callable[[Progress], bool]) -> AreaFound:
    """Plan one area by itself."""
    found = AreaSearch(part_of(city, area.cadres, area.sites), bounds, caps, seed, effort, keep_going).plan_alone()
    return replace(found, holders=np.append(area.cadres, -1)[found.holders], columns=in_city(found.columns, area.cadres, area.sites))


def price_area(city: Problem, area: Area, prices: Prices, caps: Mapping[int, int], least: FloatArray, margin_seconds: float,
               weights: tuple[float, ...], keep_going: Callable[[Progress], bool]) -> AreaPriced:
    """Price the area's cadres exactly over all sites of the city that they could hold to advantage.

    ``least`` (c): the least reduced costs known; columns up to ``margin_seconds`` above them are handed
    on. Told to stop, it prices nothing, and nothing is proven: the least are -inf.
    """
    if not keep_going(Progress(COST, 0.0)):
        return _nothing_priced(area)
    thresholds = least + margin_seconds
    candidates, trips = _within_reach(city, area)
    bounds = _bounds_of_sites(city, area, candidates, trips, prices, caps, weights)
    kept = (bounds < thresholds[:, None]) | np.isin(candidates, area.sites)
    used = kept.any(axis=0)
    return _priced(city, Area(area.cadres, candidates[used]), kept[:, used], prices, caps, least, thresholds, weights, 0, area)


def scout_area(city: Problem, area: Area, prices: Prices, caps: Mapping[int, int], least: FloatArray,
               weights: tuple[float, ...], keep_going: Callable[[Progress], bool]) -> AreaPriced:
    """Caseloads below the least known that hold sites beyond the area: found heuristically, where they are likeliest.

    Proves nothing, but is cheap, and where a neighbour's prices are wrong it shows. Cadres not asked keep their least.
    """
    if not keep_going(Progress(COST, 0.0)):
        return _nothing_priced(area)
    candidates, trips = _within_reach(city, area)
    bounds = _bounds_of_sites(city, area, candidates, trips, prices, caps, weights) - least[:, None] + SCOUTED_SECONDS
    own = np.isin(candidates, area.sites)
    promise = np.where(own, np.inf, bounds.min(axis=0))
    likeliest = np.argsort(promise, kind="stable")[:SCOUTED_SITES]
    likeliest = np.sort(likeliest[promise[likeliest] < 0])
    asked = np.flatnonzero((bounds[:, likeliest] < 0).any(axis=1)) if len(likeliest) else likeliest
    if not len(asked):
        return replace(_nothing_priced(area), least=least)
    used = np.union1d(np.flatnonzero(own), likeliest)
    kept = (bounds[np.ix_(asked, used)] < 0) | own[used]
    found = _priced(city, Area(area.cadres[asked], candidates[used]), kept, prices, caps, least[asked], least[asked], weights,
                    SCOUTING_PARTNERS, area)
    everybody = least.copy()
    everybody[asked] = found.least
    return replace(found, least=everybody)


def _nothing_priced(area: Area) -> AreaPriced:
    none = np.zeros((0, 1), dtype=np.int64)
    return AreaPriced(np.full(len(area.cadres), -np.inf), Columns(none[:, 0], none, np.zeros(0), none, ()), none[:, 0], 0)


def _priced(city: Problem, who: Area, kept: BoolArray, prices: Prices, caps: Mapping[int, int], least: FloatArray,
            thresholds: FloatArray, weights: tuple[float, ...], partners: int, area: Area) -> AreaPriced:
    """Price some cadres over some sites, of which each keeps his own (c, n); ``partners`` 0 is exact."""
    part = part_of(city, who.cadres, who.sites)
    compiled = CompiledProblem.of(part)
    tables = KernelTables(replace(compiled, allowed=compiled.allowed & kept), load_upper(part, caps))
    row_dual = np.array([prices.rows.get(key, 0.0) for key in compiled.row_keys])
    priced = Pricer(tables, tables.cost(weights)).price(prices.sites[who.sites], row_dual, thresholds, partners=partners, keep=KEEP_NEAR)
    pool = ColumnPool(tables.largest_caseload())
    pool.merge(priced.cadres, priced.sites, priced.costs)
    below = priced.reduced < least[priced.cadres] - BELOW_SECONDS
    wanted = np.unique(np.append(who.sites, -1)[priced.sites[below]])
    return AreaPriced(np.minimum(priced.least, least), in_city(columns_of(tables, pool), who.cadres, who.sites),
                      wanted[(wanted >= 0) & ~np.isin(wanted, area.sites)], len(who.sites) - len(area.sites))


def _within_reach(city: Problem, area: Area) -> tuple[IntArray, FloatArray]:
    """Sites that some cadre of the area may travel to, the area's own among them, and the round trips (c, n; inf: too far)."""
    policy = city.policy
    limits = [rule.farthest_seconds(city) for rule in PAIR_RULES]
    farthest = min([policy.max_visit_day_minutes * 60, *(one for one in limits if one is not None)])
    offices = sorted({city.district.cadres[one].office_id for one in area.cadres})
    trips = city.travel.round_trips(offices, farthest)
    place = np.array([city.travel.index_of[one.id] for one in city.district.sites], dtype=np.int64)
    column = np.full(len(city.travel.place_ids), -1, dtype=np.int64)
    column[trips.places] = np.arange(len(trips.places))
    candidates = np.union1d(np.flatnonzero(column[place] >= 0), area.sites)
    both = np.full((len(offices), len(candidates)), np.inf)
    known = np.flatnonzero(column[place[candidates]] >= 0)
    out, back = trips.out[:, column[place[candidates[known]]]], trips.back[:, column[place[candidates[known]]]]
    # a way back beyond the limit is at least as long as the limit
    both[:, known] = np.where(out < 0, np.inf, out + np.where(back < 0, farthest, back))
    row = {office: number for number, office in enumerate(offices)}
    return candidates, both[[row[city.district.cadres[one].office_id] for one in area.cadres]]


def _bounds_of_sites(city: Problem, area: Area, candidates: IntArray, trips: FloatArray, prices: Prices,
                     caps: Mapping[int, int], weights: tuple[float, ...]) -> FloatArray:
    """Lower bounds (c, n) on the reduced cost of the area's cadres' caseloads that hold a candidate."""
    part = city.part(area.cadres, candidates, city.travel)
    everything = RuleSet.of(part)
    compiled = CompiledProblem.of(part, replace(everything, pair_rules=()))
    cost = weighted_cost(part, everything.goals, goal_prices(part, everything.goals), weights)
    uppers = load_upper(part, caps)
    workload = part.arrays.workload_minutes
    row_dual = np.array([prices.rows.get(key, 0.0) for key in compiled.row_keys])
    largest = _largest(compiled)
    bounds = np.zeros(trips.shape)
    for cadre in range(len(area.cadres)):
        profit = prices.sites[candidates] - cost.additive[cadre]
        for block in compiled.block_of[compiled.block_start[cadre]:compiled.block_start[cadre + 1]]:
            if row_dual[compiled.block_row[block]]:
                profit = profit + row_dual[compiled.block_row[block]] * compiled.block_sites[block]
        limits = []
        heaviest = largest * int(workload.max(initial=0))
        for number, vector in enumerate(compiled.limit_vector[cadre]):
            if vector >= 0:
                limits.append((compiled.weights[vector], int(compiled.limit_upper[cadre, number])))
                if np.array_equal(compiled.weights[vector], workload):
                    heaviest = min(heaviest, int(compiled.limit_upper[cadre, number]))
        if uppers is not None:
            heaviest = min(heaviest, int(uppers[cadre]))
        load = np.minimum(np.arange(max(0, heaviest) + 1), cost.by_load.shape[1] - 1)
        bounds[cadre] = reduced_cost_bounds(trips[cadre], profit, workload, limits, largest, cost.travel_price,
                                            cost.by_load[cadre, load])
    return bounds


def _largest(compiled: CompiledProblem) -> int:
    """Most sites of one caseload, as in the tables of the kernels."""
    return KernelTables.largest_of(compiled.weights, compiled.limit_vector, compiled.limit_upper)


def choose_in_group(city: Problem, group: Area, holders: IntArray, legal: bool, bounds: RowBounds, caps: Mapping[int, int],
                    prices: Prices, columns: tuple[IntArray, IntArray, FloatArray], seed: int, effort: Effort,
                    keep_going: Callable[[Progress], bool]) -> IntArray:
    """The cheapest choice for some cadres, whoever's areas they are in; the new holders of the group's sites.

    ``group``: the cadres, what they hold, and sites that nobody holds; ``holders``: of these sites; ``legal``: whether they
    all come from areas whose plans are legal; ``columns``: good
    caseloads (cadre, sites, cost) of the cadres over sites of the group, those held among them.
    """
    search = AreaSearch(part_of(city, group.cadres, group.sites), bounds, caps, seed, effort, keep_going)
    cadre, sites, cost = columns
    own = np.where(holders < 0, -1, np.searchsorted(group.cadres, holders))
    local = np.searchsorted(group.cadres, cadre), np.where(sites < 0, -1, np.searchsorted(group.sites, sites)), cost
    chosen = search.choose_anew(own, legal, caps, Prices(prices.sites[group.sites], prices.rows), local)
    return np.asarray(np.append(group.cadres, -1)[chosen], dtype=np.int64)
