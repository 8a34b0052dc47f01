"""Bounds and near caseloads when one pairing is forced, from the dual values of the whole plan.

For dual values pi, mu the Lagrangian bound holds for every subset of plans as well: with site j in the hands of cadre i,

    L(i, j) = base + least reduced cost of i over caseloads with j + sum over the others of their least over caseloads without j.

The least over caseloads without j is read off the near caseloads that one exact pass lists; those with j are priced anew,
exactly, with a limit "site j, once" for this cadre.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from planner.engines.column_generation import PARTNERS, ColumnGeneration
from planner.engines.kernel import MAX_SIZE
from planner.engines.pricing import Pricer
from planner.engines.tables import CostTables, FloatArray, KernelTables
from planner.facts.problem_arrays import BoolArray, IntArray

UNREACHED = 2e5
"""Seconds above every reduced cost: the threshold when any caseload is asked for. Not more: pricing counts in single
precision, and its safety margin grows with the threshold."""


@dataclass(frozen=True)
class Near:
    """Caseloads near their cadre's least: cadre (n; ascending), sites (n, k; -1 padded), price and reduced cost (n).

    ``horizon`` (c): every caseload of reduced cost below it is listed.
    """

    cadre: IntArray
    sites: IntArray
    price: FloatArray
    reduced: FloatArray
    horizon: FloatArray


class ForcedPricing:
    """Dual values found from a plan's holders (s), and what they prove about plans with a forced pairing."""

    def __init__(self, tables: KernelTables, cost: CostTables, holders: IntArray, value: float, *, sweeps: int,
                 margin_seconds: float, keep: int, duals: tuple[FloatArray, FloatArray] | None = None) -> None:
        self._tables, self._cost = tables, cost
        self._pricer = Pricer(tables, cost)
        if duals is None:
            generation = ColumnGeneration(tables, cost)
            generation.start([holders], value)
            found = generation.improve(value, sweeps, lambda _bound: True, min(2, sweeps - 1))
            duals = found.sites, found.rows
        self.site_dual, self.row_dual = duals
        self.held = cadre, sites, price = ColumnGeneration(tables, cost).caseload_columns(holders)
        reduced = self._reduced(cadre, sites, price)
        cadres = len(tables.allowed)
        start = np.full(cadres, UNREACHED)
        start[cadre] = reduced
        first = self._pricer.price(self.site_dual, self.row_dual, start + 1e-3, keep=1, bound_only=True)
        least = np.minimum(first.least, start)
        priced = self._pricer.price(self.site_dual, self.row_dual, least + margin_seconds, keep=keep)
        full = np.bincount(priced.cadres, minlength=cadres) >= keep
        horizon = least + margin_seconds
        worst = np.full(cadres, -np.inf)
        np.maximum.at(worst, priced.cadres, priced.reduced)
        horizon[full] = worst[full]
        order = np.argsort(priced.cadres, kind="stable")
        self.near = Near(priced.cadres[order], priced.sites[order], priced.costs[order], priced.reduced[order], horizon)
        self._least = least
        self._base = self._lagrangian_base()
        self.bound = self._base + float(least.sum()) + cost.constant

    def _lagrangian_base(self) -> float:
        lower, upper = self._tables.rows[0], self._tables.rows[1]
        return float(self.site_dual.sum() + np.where(self.row_dual > 0, self.row_dual * lower, 0.0).sum()
                     + np.where(self.row_dual < 0, self.row_dual * upper, 0.0).sum())

    def _reduced(self, cadre: IntArray, sites: IntArray, price: FloatArray) -> FloatArray:
        worth = np.zeros(len(cadre))
        for number, one in enumerate(cadre):
            held = sites[number][sites[number] >= 0]
            profit = self._pricer.profits(int(one), self.site_dual, self.row_dual) + self._cost.additive[one]
            worth[number] = price[number] - profit[held].sum()
        return worth

    def with_pair(self, cadre: int, site: int, margin_seconds: float, keep: int) -> tuple[float, IntArray, FloatArray]:
        """Least reduced cost of the cadre's caseloads that hold the site, those near it (m, k) and their prices (m).

        Infinite, and none, where he has no such caseload.
        """
        tables, cost = one_cadre(self._tables, self._cost, cadre, site)
        pricer = Pricer(tables, cost)
        row_dual = self.row_dual
        rough = pricer.price(self.site_dual, row_dual, np.array([UNREACHED]), partners=PARTNERS, keep=1)
        reach = float(rough.reduced.min(initial=UNREACHED)) + 1.0
        first = pricer.price(self.site_dual, row_dual, np.array([reach]), keep=1, bound_only=True)
        if not len(first.cadres):
            return np.inf, np.zeros((0, self.near.sites.shape[1]), dtype=np.int64), np.zeros(0)
        least = float(first.least[0])
        priced = pricer.price(self.site_dual, row_dual, np.array([least + margin_seconds]), keep=keep)
        return least, self._as_wide(priced.sites), priced.costs

    def inside(self, cadres: IntArray, sites: BoolArray, margin_seconds: float, keep: int) -> tuple[IntArray, IntArray, FloatArray]:
        """For each of some cadres the caseloads nearest to his least among those made of some sites (s) alone.

        At most ``keep`` each, not farther than ``margin_seconds``: their cadres (n), sites (n, k; -1 padded) and prices (n).
        """
        tables, cost = some_cadres(self._tables, self._cost, cadres)
        tables.allowed = tables.allowed & sites
        pricer = Pricer(tables, cost)
        reach = np.full(len(cadres), UNREACHED)
        rough = pricer.price(self.site_dual, self.row_dual, reach, partners=PARTNERS, keep=1)
        np.minimum.at(reach, rough.cadres, rough.reduced + 1.0)
        least = np.minimum(pricer.price(self.site_dual, self.row_dual, reach, keep=1, bound_only=True).least, reach)
        priced = pricer.price(self.site_dual, self.row_dual, least + margin_seconds, keep=keep)
        return cadres[priced.cadres], self._as_wide(priced.sites), priced.costs

    def _as_wide(self, sites: IntArray) -> IntArray:
        """Caseloads in a table as wide as that of the near ones."""
        wide = np.full((len(sites), self.near.sites.shape[1]), -1, dtype=np.int64)
        wide[:, :sites.shape[1]] = sites[:, :wide.shape[1]]
        return wide

    def bound_with(self, cadre: int, site: int, least_with: float) -> float:
        """No plan in which the cadre holds the site costs less than this, in seconds with the constant."""
        without = self.least_without(site)
        return self._base + self._cost.constant + float(without.sum() - without[cadre]) + least_with

    def rough_bounds_with(self, site: int) -> FloatArray:
        """For every cadre (c) a bound on plans in which he holds the site, from the near caseloads alone."""
        without = self.least_without(site)
        holds = (self.near.sites == site).any(axis=1)
        least_with = self.near.horizon.copy()
        np.minimum.at(least_with, self.near.cadre[holds], self.near.reduced[holds])
        return np.asarray(self._base + self._cost.constant + without.sum() - without + least_with, dtype=np.float64)

    def least_without(self, site: int) -> FloatArray:
        """Least reduced cost (c) over caseloads that do not hold the site, or a bound below it."""
        fits = ~(self.near.sites == site).any(axis=1)
        least = self.near.horizon.copy()
        np.minimum.at(least, self.near.cadre[fits], self.near.reduced[fits])
        return least


def some_cadres(tables: KernelTables, cost: CostTables, cadres: IntArray) -> tuple[KernelTables, CostTables]:
    """The tables of some cadres alone."""
    weights, vector, lower, upper, scale = tables.limits
    some = copy.copy(tables)
    some.allowed, some.office_of = tables.allowed[cadres], tables.office_of[cadres]
    some.limits = (weights, *(np.ascontiguousarray(one[cadres]) for one in (vector, lower, upper)), scale)
    row_lower, row_upper, block_row, block_sites, block_start, block_of = tables.rows
    own = [block_of[block_start[cadre]:block_start[cadre + 1]] for cadre in cadres]
    starts = np.cumsum([0, *(len(one) for one in own)], dtype=np.int64)
    some.rows = (row_lower, row_upper, block_row, block_sites, starts, np.concatenate(own))
    return some, CostTables(cost.additive[cadres], cost.by_load[cadres], cost.travel_price, cost.constant)


def one_cadre(tables: KernelTables, cost: CostTables, cadre: int, site: int) -> tuple[KernelTables, CostTables]:
    """The tables of one cadre alone, with the limit that he holds ``site``."""
    alone, own_cost = some_cadres(tables, cost, np.array([cadre], dtype=np.int64))
    weights, vector, lower, upper, _ = alone.limits
    wanted = np.zeros((1, weights.shape[1]), dtype=np.int64)
    wanted[0, site] = 1
    stacked = np.vstack([weights, wanted])
    alone.limits = tuple(np.ascontiguousarray(one) for one in (
        stacked, np.append(vector, [[len(weights)]], axis=1), np.append(lower, [[1]], axis=1), np.append(upper, [[MAX_SIZE]], axis=1),
        np.maximum(1, stacked.max(axis=1, initial=1)).astype(np.float64)))
    return alone, own_cost
