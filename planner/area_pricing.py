"""Pricing of one area's cadres over the whole city, exactly or where it is likeliest to pay: tasks of ``city_assignment``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.area_parts import Columns, Prices, columns_of, in_city, load_upper, name_of, part_of, within_reach
from planner.assignment import (
    Progress,
)
from planner.engines.column_generation import ColumnPool
from planner.engines.compiled import CompiledProblem, RuleSet
from planner.engines.halo import reduced_cost_bounds
from planner.engines.pricing import Pricer
from planner.engines.tables import FloatArray, KernelTables, goal_prices, weighted_cost
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.partition import Area
from planner.rules import COST

BELOW_SECONDS: Final = 1.0
"""A reduced cost this far below the least known says that a price is wrong."""

SCOUTED_SITES: Final = 150
"""Sites beyond an area that are scouted, the likeliest ones."""

SCOUTED_SECONDS: Final = 200.0
"""... of which a caseload may lie so far below the least known: small faults of prices are left to exact passes."""

BEYOND_SECONDS: Final = 60.0
"""Sites beyond an area are priced if a caseload this near to the least known could hold them; more than 0 is not needed for a proof,
but lets better dual values nearby prove a bound without another pass (``Agreement.nearby``)."""

SCOUTING_PARTNERS: Final = 8
"""Partners tried for every first stop while scouting."""

KEPT_COLUMNS: Final = 200
"""Columns kept for every cadre in one exact pass: the cheapest."""


@dataclass(frozen=True)
class AreaPriced:
    """The least reduced cost of the area's cadres over all legal caseloads of the city; and good columns.

    wanted: sites beyond the area in caseloads below the least known. After an exact pass no caseload that is not among the
    columns has a reduced cost below ``beyond`` (c), and all lie within the sites ``reached``, at most ``largest`` in one.
    """

    least: FloatArray
    columns: Columns
    wanted: IntArray
    beyond: FloatArray
    reached: IntArray
    largest: int


def price_area(city: Problem, area: Area, prices: Prices, caps: Mapping[int, int], least: FloatArray, margin_seconds: float,
               weights: tuple[float, ...], keep_going: Callable[[Progress], bool]) -> AreaPriced:
    """Price the area's cadres exactly over all sites of the city that they could hold to advantage.

    ``least`` (c): the least reduced costs known; columns up to ``margin_seconds`` above them are handed on, of those
    that hold sites beyond the area the best. Told to stop, it prices nothing, and nothing is proven: the least are -inf.
    """
    if not keep_going(Progress(COST, 0.0)):
        return _nothing_priced(area)
    thresholds = least + margin_seconds
    candidates, trips = within_reach(city, area)
    bounds = _bounds_of_sites(city, area, candidates, trips, prices, caps, weights, least + max(BEYOND_SECONDS, margin_seconds))
    kept = (bounds < least[:, None] + BEYOND_SECONDS) | np.isin(candidates, area.sites)
    used = kept.any(axis=0)
    priced = _priced(city, Area(area.cadres, candidates[used]), kept[:, used], prices, caps, least, thresholds, weights, 0, area)
    left_out = np.where(kept, np.inf, bounds).min(axis=1, initial=np.inf)
    return replace(priced, beyond=np.minimum(priced.beyond, left_out), reached=candidates)


def scout_area(city: Problem, area: Area, prices: Prices, caps: Mapping[int, int], least: FloatArray,
               weights: tuple[float, ...], keep_going: Callable[[Progress], bool]) -> AreaPriced:
    """Caseloads below the least known that hold sites beyond the area: found heuristically, where they are likeliest.

    Proves nothing, but is cheap, and where a neighbour's prices are wrong it shows. Cadres not asked keep their least.
    """
    if not keep_going(Progress(COST, 0.0)):
        return _nothing_priced(area)
    candidates, trips = within_reach(city, area)
    below = least - SCOUTED_SECONDS
    bounds = _bounds_of_sites(city, area, candidates, trips, prices, caps, weights, below) - below[:, None]
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
    never = np.full(len(area.cadres), -np.inf)
    return AreaPriced(never, Columns(none[:, 0], none, np.zeros(0), none, ()), none[:, 0], never, none[:, 0], 0)


def _priced(city: Problem, who: Area, kept: BoolArray, prices: Prices, caps: Mapping[int, int], least: FloatArray,
            thresholds: FloatArray, weights: tuple[float, ...], partners: int, area: Area) -> AreaPriced:
    """Price some cadres over some sites, of which each keeps his own (c, n); ``partners`` 0 is exact."""
    part = part_of(city, who.cadres, who.sites, name_of(area))
    compiled = CompiledProblem.of(part)
    tables = KernelTables(replace(compiled, allowed=compiled.allowed & kept), load_upper(part, caps))
    row_dual = np.array([prices.rows.get(key, 0.0) for key in compiled.row_keys])
    pricer = Pricer(tables, tables.cost(weights))
    priced = pricer.price(prices.sites[who.sites], row_dual, thresholds, partners=partners, keep=KEPT_COLUMNS)
    pool = ColumnPool(tables.largest_caseload())
    pool.merge(priced.cadres, priced.sites, priced.costs)
    below = priced.reduced < least[priced.cadres] - BELOW_SECONDS
    wanted = np.unique(np.append(who.sites, -1)[priced.sites[below]])
    return AreaPriced(np.minimum(priced.least, least), in_city(columns_of(tables, pool), who.cadres, who.sites),
                      wanted[(wanted >= 0) & ~np.isin(wanted, area.sites)], priced.beyond(thresholds, KEPT_COLUMNS), who.sites,
                      pricer.largest)


def _bounds_of_sites(city: Problem, area: Area, candidates: IntArray, trips: FloatArray, prices: Prices,
                     caps: Mapping[int, int], weights: tuple[float, ...], enough: FloatArray) -> FloatArray:
    """Lower bounds (c, n) on the reduced cost of the area's cadres' caseloads that hold a candidate, bettered up to ``enough`` (c)."""
    part = city.part(area.cadres, candidates, city.travel)
    everything = RuleSet.of(part)
    compiled = CompiledProblem.of(part, replace(everything, pair_rules=()))
    cost = weighted_cost(part, everything.goals, goal_prices(part, everything.goals), weights)
    uppers = load_upper(part, caps)
    workload = part.arrays.workload_minutes
    row_dual = np.array([prices.rows.get(key, 0.0) for key in compiled.row_keys])
    largest = _largest(compiled)
    of_work = (compiled.weights == workload).all(axis=1)
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
                if of_work[vector]:
                    heaviest = min(heaviest, int(compiled.limit_upper[cadre, number]))
        if uppers is not None:
            heaviest = min(heaviest, int(uppers[cadre]))
        load = np.minimum(np.arange(max(0, heaviest) + 1), cost.by_load.shape[1] - 1)
        bounds[cadre] = reduced_cost_bounds(trips[cadre], profit, workload, limits, largest, cost.travel_price,
                                            cost.by_load[cadre, load], float(enough[cadre]))
    return bounds


def _largest(compiled: CompiledProblem) -> int:
    """Most sites of one caseload, as in the tables of the kernels."""
    return KernelTables.largest_of(compiled.weights, compiled.limit_vector, compiled.limit_upper)
