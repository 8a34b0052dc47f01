"""What is done for one area, or one border between areas, of a city: the tasks of ``planner.city_assignment``.

Each task is a function of the city's problem and of small arrays, so that it can run in another process, in any order.
Indices in tasks and results are those of the whole city; inside, a part of the problem (``Problem.part``) is solved.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

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
from planner.engines.dive import SETTINGS, dive
from planner.engines.halo import reduced_cost_bounds
from planner.engines.lagrangian import column_rows
from planner.engines.neighbourhood import NeighbourhoodSearch, _Plan
from planner.engines.pool_search import PoolSearch
from planner.engines.pricing import Pricer
from planner.engines.restricted_master import cheapest_cover
from planner.engines.tables import FloatArray, KernelTables, LoadLadder, goal_prices, weighted_cost
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.kept_travel import KeptTravel, named_part, named_trips
from planner.partition import Area
from planner.rules import COST, PAIR_RULES, goals_in_order

RowKey = tuple[str, ...]
RowBounds = Mapping[RowKey, tuple[int, int]]
RowDuals = Mapping[RowKey, float]
KnownColumns = tuple[IntArray, IntArray, FloatArray]
"""Caseloads: cadre (n; ascending), sites (n, k; -1 padded), cost (n; s, without the goals' constant)."""

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

KEPT_COLUMNS: Final = 100
"""Columns kept for every cadre in one exact pass: the cheapest."""

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


@dataclass(frozen=True)
class AreaBegun:
    """An area's first plan, of its own indices, and the first of ``FAIRNESS_STEPS`` under which it was nearly legal.

    Where it was under none, the step is the first: looser caps are no help to such an area.
    """

    step: int
    found: Found


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

    def begin(self) -> AreaBegun:
        """A plan by annealing under the given caps, or looser ones until it is nearly legal (legal where nothing has a price)."""
        enough = NEARLY_LEGAL_PERCENT / 100 * len(self._problem.district.sites) if any(self._weights) else 0.0
        begun: list[Found] = []
        for step in range(len(FAIRNESS_STEPS) if self._given_caps else 1):
            tables = KernelTables(self._compiled, load_upper(self._problem, loosened(self._given_caps, step)))
            begun.append(Annealing(tables, self._seed).run(self._cost_aims(), self._moves, HOT_SECONDS, COLD_SECONDS,
                                                           keep_going=self._listen(COST)))
            if sum(self._illegality(begun[-1])) <= enough:
                return AreaBegun(step, begun[-1])
            if self._stopped:
                break
        return AreaBegun(0, min(begun, key=self._illegality))

    def learn(self, found: Found, sweeps: int, heuristic_sweeps: int) -> AreaFound:
        """What the area's caseloads cost and what its sites are worth, from a first plan of it."""
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
        steps, done = PARTS * sweeps, 0

        def swept(_pool_bound: float) -> bool:
            nonlocal done
            done += 1
            return self._tell(done / steps, value, None)

        duals = generation.improve(value, sweeps, swept, heuristic_sweeps)
        near = generation.near_columns(duals, KNOWN_SECONDS)
        pool = ColumnPool(generation.pool.sites.shape[1])
        for columns in (near, generation.caseload_columns(holders)):
            pool.merge(*columns)
        known = _best_known(columns_of(tables, pool), duals.sites, duals.rows, holders)
        by_key = {key: float(dual) for key, dual in zip(self._compiled.row_keys, duals.rows, strict=True) if dual}
        return AreaFound(holders, value - cost.constant, duals.sites, by_key, self.whole_rows, known)

    def choose_anew(self, holders: IntArray, prices: Prices, columns: KnownColumns, dives: int) -> GroupChosen:
        """The cheapest choice among known caseloads for a plan to begin with: its holders (s), if any is cheaper.

        First ``dives`` are tried for a plan to begin with. Windows that enumerate caseloads mend a plan that is not legal or
        not complete; then windows among the columns, and the best choice of them if the budget has it. ``prices``: of the
        part's sites.
        """
        tables = KernelTables(self._compiled, load_upper(self._problem, self._given_caps))
        cost, admits = tables.cost(self._weights), self._custom_rules()
        row_dual = np.array([prices.rows.get(key, 0.0) for key in self._compiled.row_keys])
        if admits is not None:
            keeps = np.array([bool(admits(int(one), own[None, :])[0]) for one, own in zip(columns[0], columns[1], strict=True)],
                             dtype=np.bool_)
            columns = columns[0][keeps], columns[1][keeps], columns[2][keeps]
        plans = [holders, *self._dive(tables, columns, prices.sites, row_dual, dives)]
        chosen = min((_Plan(tables, cost, one if admits is None else opened(one, admits)) for one in plans),
                     key=lambda plan: (plan.penalty + float((plan.holders < 0).sum()), plan.cost))
        if not _is_whole(chosen):
            search = NeighbourhoodSearch(tables, cost, self._seed, admits)
            for cadre, sites, price in zip(*columns, strict=True):
                search.remember(int(cadre), sites[sites >= 0], float(price), prices.sites, row_dual)
            hundreds = max(1, len(self._problem.district.cadres) // 100)
            for window, rounds in self._budget.windows[:1]:
                mended, _ = search.improve(chosen.holders, prices.sites, row_dual, rounds * hundreds, window, self._listen(COST))
                chosen = _Plan(tables, cost, mended)
        if not _is_whole(chosen) or self._stopped:
            return GroupChosen(chosen.holders, _is_whole(chosen))
        return GroupChosen(self._choose_among_known(tables, chosen, prices.sites, row_dual, columns), legal=True)

    def _dive(self, tables: KernelTables, columns: KnownColumns, site_dual: FloatArray, row_dual: FloatArray,
              dives: int) -> list[IntArray]:
        """Holders (s) of plans that dives find, open sites given to somebody where that can be."""
        cadre, sites, cost = _near(columns, site_dual, row_dual, tables, self._budget.pool_seconds)
        rows = _rows_of(tables, cadre, sites)
        priced = cost - np.append(row_dual, 0.0)[rows].sum(axis=1)
        start = np.searchsorted(cadre, np.arange(len(tables.allowed) + 1)).astype(np.int64)
        complete = self._completing(tables)
        return [complete(dive(site_dual, cadre, np.ascontiguousarray(sites), priced, start, *setting)).holders
                for setting in SETTINGS[:dives]]

    def _choose_among_known(self, tables: KernelTables, plan: _Plan, site_dual: FloatArray, row_dual: FloatArray,
                            columns: KnownColumns) -> IntArray:
        """Better holders (s) than those of a legal and complete plan, among known caseloads and its own."""
        width = max(columns[1].shape[1], int(plan.size.max(initial=1)))
        held = np.arange(len(plan.size)), np.ascontiguousarray(plan.members[:, :width]), plan.costs.copy()
        known = _joined(columns, held)
        holders = plan.holders
        hundreds = max(1, len(plan.size) // 100)
        search = PoolSearch(tables, self._seed, known, site_dual, row_dual)
        cost = tables.cost(self._weights)
        for widest, windows in self._budget.pool_windows:
            if self._keep_going(Progress(COST, 0.0)):
                now = _Plan(tables, cost, holders)
                own = held[0], np.ascontiguousarray(now.members[:, :width]), now.costs.copy()
                holders, _ = search.improve(own, holders, windows * hundreds, widest, self._listen(COST))
        if self._budget.nodes and self._keep_going(Progress(COST, 0.0)):
            now = _Plan(tables, cost, holders)
            own = held[0], np.ascontiguousarray(now.members[:, :width]), now.costs.copy()
            near = _near(known, site_dual, row_dual, tables, self._budget.margin_seconds)
            gap = self._budget.gap_percent / 100 * float(now.costs.sum())
            cover = cheapest_cover(tables, *_joined(near, own), holders, gap, self._budget.nodes,
                                   lambda: self._keep_going(Progress(COST, 0.0)))
            if cover is not None and (cover.holders >= 0).all() and cover.cost < float(now.costs.sum()):
                holders = cover.holders
        return holders


@dataclass(frozen=True)
class GroupChosen:
    """New holders of a group's sites (cadre or -1), and whether they are legal and complete."""

    holders: IntArray
    legal: bool


def _is_whole(plan: _Plan) -> bool:
    """Whether a plan is legal and complete."""
    return plan.penalty == 0 and bool((plan.holders >= 0).all())


def _joined(columns: KnownColumns, others: KnownColumns) -> KnownColumns:
    """Columns (cadre, sites, cost) of both kinds, once each, in order of cadres; sites ascending, -1 padded."""
    pool = ColumnPool(others[1].shape[1])
    for cadre, sites, cost in (columns, others):
        pool.merge(cadre, np.pad(sites, ((0, 0), (0, others[1].shape[1] - sites.shape[1])), constant_values=-1), cost)
    return pool.cadre, pool.sites, pool.cost


def _near(columns: KnownColumns, site_dual: FloatArray, row_dual: FloatArray, tables: KernelTables,
          margin_seconds: float) -> KnownColumns:
    """The columns whose reduced cost is within a margin of their cadre's least."""
    cadre, sites, cost = columns
    rows = _rows_of(tables, cadre, sites)
    reduced = cost - np.append(site_dual, 0.0)[sites].sum(axis=1) - np.append(row_dual, 0.0)[rows].sum(axis=1)
    least = np.full(len(tables.allowed), np.inf)
    np.minimum.at(least, cadre, reduced)
    near = reduced <= least[cadre] + margin_seconds
    return cadre[near], sites[near], cost[near]


def _rows_of(tables: KernelTables, cadre: IntArray, sites: IntArray) -> IntArray:
    """Rows (n, r; -1 padded) that columns lie in, once for each pair."""
    compiled = tables.compiled
    rows: IntArray = column_rows(cadre, sites, compiled.block_row, compiled.block_sites, compiled.block_start, compiled.block_of)
    return rows


def _best_known(columns: Columns, site_dual: FloatArray, row_dual: FloatArray, holders: IntArray) -> Columns:
    """The columns of least reduced cost of every cadre, and those of a plan's holders (s)."""
    reduced = columns.cost - np.append(site_dual, 0.0)[columns.sites].sum(axis=1) - np.append(row_dual, 0.0)[columns.rows].sum(axis=1)
    order = np.lexsort((reduced, columns.cadre))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(columns.cadre[order], columns.cadre[order])
    held = ((columns.sites < 0) | (np.append(holders, -1)[columns.sites] == columns.cadre[:, None])).all(axis=1)
    return columns.chosen(np.flatnonzero((rank < KNOWN_COLUMNS) | held))


def loosened(caps: Mapping[int, int], step: int) -> dict[int, int]:
    """Caps on worst-case goals, by index, at one of ``FAIRNESS_STEPS``."""
    return {index: int(cap * FAIRNESS_STEPS[step]) for index, cap in caps.items()}


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
    return Columns(pool.cadre, pool.sites, pool.cost, _rows_of(tables, pool.cadre, pool.sites), tables.compiled.row_keys)


def in_city(columns: Columns, cadres: IntArray, sites: IntArray) -> Columns:
    """Columns of a part, whose cadres and sites are those given, in the city's indices."""
    numbers = np.append(sites, -1)[columns.sites]
    last = np.iinfo(np.int64).max
    ordered = np.sort(np.where(numbers < 0, last, numbers), axis=1)
    ordered[ordered == last] = -1
    return Columns(cadres[columns.cadre], ordered, columns.cost, columns.rows, columns.row_keys)


def part_of(city: Problem, cadres: IntArray, sites: IntArray, name: str = "") -> Problem:
    """The part of a city with its travel matrix; times that are asked for by a ``name`` may be kept."""
    offices = dict.fromkeys(city.district.cadres[one].office_id for one in cadres)
    places = (*(one.id for one in city.district.offices if one.id in offices), *(city.district.sites[one].id for one in sites))
    return city.part(cadres, sites, named_part(city.travel, name, places) if name else city.travel.part(places))


def _name_of(area: Area) -> str:
    """A name for the times around an area."""
    return hashlib.sha256(area.cadres.tobytes() + b"|" + area.sites.tobytes()).hexdigest()[:20]


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


def begin_area(city: Problem, area: Area, bounds: RowBounds, caps: Mapping[int, int], seed: int, effort: Effort,
               keep_going: Callable[[Progress], bool]) -> AreaBegun:
    """A first plan of one area, and how much looser than ``caps`` its caps had to be."""
    return AreaSearch(_area_alone(city, area), bounds, caps, seed, effort, keep_going).begin()


def learn_area(city: Problem, area: Area, bounds: RowBounds, caps: Mapping[int, int], found: Found, seed: int, effort: Effort,
               sweeps: tuple[int, int], keep_going: Callable[[Progress], bool]) -> AreaFound:
    """Prices and caseloads of one area by itself, beginning with a plan of ``begin_area``; ``sweeps``: all, and heuristic ones."""
    learnt = AreaSearch(_area_alone(city, area), bounds, caps, seed, effort, keep_going).learn(found, *sweeps)
    return replace(learnt, holders=np.append(area.cadres, -1)[learnt.holders],
                   columns=in_city(learnt.columns, area.cadres, area.sites))


def _area_alone(city: Problem, area: Area) -> Problem:
    """An area with its own sites. Where times are kept, those of the nearest sites beyond it are computed along with its own."""
    if isinstance(city.travel, KeptTravel):
        candidates, trips = _within_reach(city, area)
        outside = np.flatnonzero(~np.isin(candidates, area.sites))
        nearest = outside[np.argsort(trips[:, outside].min(axis=0, initial=np.inf), kind="stable")[:len(area.sites)]]
        part_of(city, area.cadres, np.union1d(area.sites, candidates[nearest]), _name_of(area))
    return part_of(city, area.cadres, area.sites, _name_of(area))


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
    part = part_of(city, who.cadres, who.sites, _name_of(area))
    compiled = CompiledProblem.of(part)
    tables = KernelTables(replace(compiled, allowed=compiled.allowed & kept), load_upper(part, caps))
    row_dual = np.array([prices.rows.get(key, 0.0) for key in compiled.row_keys])
    priced = Pricer(tables, tables.cost(weights)).price(prices.sites[who.sites], row_dual, thresholds, partners=partners, keep=KEPT_COLUMNS)
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
    trips = named_trips(city.travel, _name_of(area), offices, farthest)
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


def choose_in_group(city: Problem, group: Area, holders: IntArray, bounds: RowBounds, caps: Mapping[int, int],
                    prices: Prices, columns: KnownColumns, dives: int, seed: int, effort: Effort,
                    keep_going: Callable[[Progress], bool]) -> GroupChosen:
    """The cheapest choice for some cadres, whoever's areas they are in; the new holders of the group's sites.

    ``group``: the cadres, what they hold, and sites that nobody holds; ``holders``: of these sites; ``columns``: good
    caseloads (cadre, sites, cost) of the cadres over sites of the group, those held among them; ``prices``: of these sites.
    """
    search = AreaSearch(part_of(city, group.cadres, group.sites), bounds, caps, seed, effort, keep_going)
    cadre, sites, cost = columns
    own = np.where(holders < 0, -1, np.searchsorted(group.cadres, holders))
    local = np.searchsorted(group.cadres, cadre), np.where(sites < 0, -1, np.searchsorted(group.sites, sites)), cost
    chosen = search.choose_anew(own, prices, local, dives)
    return GroupChosen(np.asarray(np.append(group.cadres, -1)[chosen.holders], dtype=np.int64), chosen.legal)
