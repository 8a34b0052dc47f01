"""What it would cost the whole plan to give one site to another cadre: the plan solved again with that pairing forced.

A price is told with both ends of what is proven. With V the cost of the plan and L its bound, V' the cost of the best plan
found with the pairing and L' the bound on all such plans (`engines/forced_pricing.py`), the optimal costs differ by

    at least  L' - V    and at most  V' - L,    and the two plans on the table by  V' - V.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.price import Price
from planner.assignment import FAIRNESS_STEPS, Effort, assign
from planner.check import judge
from planner.engines.compiled import CompiledProblem
from planner.engines.forced_pricing import ForcedPricing
from planner.engines.listing import Columns
from planner.engines.selection import select
from planner.engines.tables import KernelTables
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules import COST, GOAL_BY_ID

WINDOWS = (16, 70)
"""Cadres whose caseloads may change around a forced pairing, first few, then more."""

INSIDE = ((6, 7_200.0, 1_500), (1_000_000, 600.0, 150))
"""Up to so many cadres: caseloads within a window for every cadre so near to his least reduced cost there, at most so many."""

NEAR = ((6, 7_200.0, 1_500), (60, 600.0, 200), (1_000_000, 120.0, 120))
"""Up to so many cadres: the same over all sites, for the bounds."""

REFINED = 12
"""Cadres whose least price for a site is found exactly."""

SWEEPS = 4
NODES = 100


class Repricer:
    """Prices of forced pairings beside one legal plan; the dual values are found once.

    Raises ValueError for a plan that leaves sites open or breaks a rule on caseloads.
    """

    def __init__(self, problem: Problem, plan: Plan, *, sweeps: int = SWEEPS) -> None:
        self._problem, self._plan = problem, plan
        self._compiled = CompiledProblem.of(problem)
        weights = COST.seconds_per_unit(problem.policy)
        goals = self._compiled.rules.goals
        prices = tuple(float(weights.get(goal.id, 0)) for goal in goals) if weights else tuple(
            float(goal.shape == "travel") for goal in goals)
        self.value = sum(int(price) * goal.measure(plan, problem) for price, goal in zip(prices, goals, strict=True))
        self._prices = prices
        self._load_upper = _load_upper(problem, plan)
        self._tables = KernelTables(self._compiled, self._load_upper)
        self._holders = holders_of(problem, plan)
        cadres = len(problem.district.cadres)
        margin, keep = _for_so_many(cadres, NEAR)
        self._margin, self._keep = _for_so_many(cadres, INSIDE)
        self._windows = tuple(sorted({min(cadres, width) for width in WINDOWS}))
        self._cost = self._tables.cost(prices)
        self._pricing = ForcedPricing(self._tables, self._cost, self._holders, float(self.value), sweeps=sweeps,
                                      margin_seconds=margin, keep=keep)
        self.bound = int(np.ceil(self._pricing.bound - 1e-3))
        self._asked: dict[Pairing, Price] = {}

    def eligible(self, site_id: str) -> tuple[str, ...]:
        """The cadres whom no rule on pairs forbids the site, in district order."""
        site = self._problem.site_index[site_id]
        active = self._problem.arrays.capacity_percent > 0
        return tuple(self._problem.district.cadres[one].id for one in np.flatnonzero(self._compiled.allowed[:, site] & active))

    def least_prices(self, site_id: str) -> list[tuple[int, str]]:
        """For every eligible cadre the least his holding the site can cost the plan, in seconds, cheapest first.

        Proven for each: read off the near caseloads for all, and priced exactly for the ``REFINED`` that look cheapest, where
        cadres without a legal caseload that holds the site are left out.
        """
        site, cadres = self._problem.site_index[site_id], self._problem.cadre_index
        rough = self._pricing.rough_bounds_with(site)
        order = sorted(self.eligible(site_id), key=lambda one: (rough[cadres[one]], one))
        found = []
        for number, cadre_id in enumerate(order):
            bound = float(rough[cadres[cadre_id]])
            if number < REFINED:
                least, _, _ = self._pricing.with_pair(cadres[cadre_id], site, 0.0, 1)
                bound = self._pricing.bound_with(cadres[cadre_id], site, least)
            if np.isfinite(bound):
                found.append((int(np.ceil(bound - 1e-3)) - self.value, cadre_id))
        return sorted(found)

    def price(self, cadre_id: str, site_id: str) -> Price:
        """The plan solved again with the pairing forced; raises KeyError for ids the district does not have."""
        pairing = Pairing(cadre_id, site_id)
        if pairing not in self._asked:
            self._asked[pairing] = self._priced(pairing)
        return self._asked[pairing]

    def _priced(self, pairing: Pairing) -> Price:
        cadre, site = self._problem.cadre_index[pairing.cadre_id], self._problem.site_index[pairing.site_id]
        if self._holders[site] == cadre:
            return Price(pairing, 0, 0, 0, self._plan)
        least_reduced, sites, prices = self._pricing.with_pair(cadre, site, self._margin, self._keep)
        holders = None
        bound = -np.inf
        if np.isfinite(least_reduced):
            bound = self._pricing.bound_with(cadre, site, least_reduced)
            for width in self._windows:
                holders = self._resolve(cadre, site, sites, prices, width)
                if holders is not None and self._value_of(holders) - bound <= max(1.0, self.value - self.bound):
                    break
        least = max(int(np.ceil(max(bound, -1e15) - 1e-3)), self.bound) - self.value
        plan = self._as_plan(holders) if holders is not None else self._solved_anew(pairing)
        if plan is None:
            return Price(pairing, None, least, None, None)
        found = int(self._value_of(holders_of(self._problem, plan))) - self.value
        moved = int((holders_of(self._problem, plan) != self._holders).sum())
        if self._is_less_fair(plan):
            return Price(pairing, found, found, found, plan, moved, less_fair=True)
        return Price(pairing, found, least, found + self.value - self.bound, plan, moved)

    def _is_less_fair(self, plan: Plan) -> bool:
        """Whether somebody carries more than the cap under which the plan was made."""
        if self._load_upper is None:
            return False
        loads = np.bincount(holders_of(self._problem, plan), weights=self._problem.arrays.workload_minutes, minlength=len(self._load_upper))
        return bool((loads > self._load_upper).any())

    def _resolve(self, cadre: int, site: int, sites: IntArray, prices: np.ndarray, width: int) -> IntArray | None:
        """The cheapest plan with the pairing in which only ``width`` cadres around it change; None: none among the caseloads."""
        window = self._window(cadre, site, width)
        inside = np.zeros(len(self._holders) + 1, dtype=np.bool_)
        inside[:-1] = window[self._holders]
        inside[-1] = True
        compiled = self._compiled
        others_in = np.flatnonzero(window & (np.arange(len(window)) != cadre))
        free_sites = inside[:-1] & (np.arange(len(self._holders)) != site)
        near_cadre, near_sites, near_price = self._pricing.inside(others_in, free_sites, self._margin, self._keep)
        held_cadre, held_sites, held_price = self._pricing.held
        others = held_cadre != cadre
        fixed = ~window[held_cadre]
        forced = inside[sites].all(axis=1)
        own = others & ~fixed & ~(held_sites == site).any(axis=1)
        columns = Columns(
            np.concatenate([held_cadre[fixed], held_cadre[own], near_cadre, np.full(int(forced.sum()), cadre, dtype=np.int64)]),
            np.concatenate([held_sites[fixed], held_sites[own], near_sites, sites[forced]]),
            np.rint(np.concatenate([held_price[fixed], held_price[own], near_price, prices[forced]])).astype(np.int64),
            *np.zeros((2, int(fixed.sum() + own.sum() + len(near_cadre) + forced.sum())), dtype=np.int64))
        found = select(compiled, columns, columns.price.astype(np.float64), None, gap=1.0, nodes=NODES)
        return None if found is None else found.holders

    def _window(self, cadre: int, site: int, width: int) -> np.ndarray:
        """Cadres (c) who may change: both holders, then those with sites nearest to what the two hold."""
        chosen = np.zeros(len(self._tables.allowed), dtype=np.bool_)
        chosen[[cadre, self._holders[site]]] = True
        around = np.flatnonzero(chosen[self._holders] | (np.arange(len(self._holders)) == site))
        between = self._tables.between[around].astype(np.float64)
        between[between < 0] = np.inf
        distance = np.full(len(chosen), np.inf)
        np.minimum.at(distance, self._holders, between.min(axis=0))
        distance[chosen] = -1.0
        chosen[np.argsort(distance, kind="stable")[:width]] = True
        return chosen

    def _value_of(self, holders: IntArray) -> float:
        plan = self._as_plan(holders)
        return float(sum(int(price) * goal.measure(plan, self._problem)
                         for price, goal in zip(self._prices, self._compiled.rules.goals, strict=True)))

    def _as_plan(self, holders: IntArray) -> Plan:
        district = self._problem.district
        pairings = [Pairing(district.cadres[cadre].id, district.sites[site].id) for site, cadre in enumerate(holders)]
        return Plan.of(self._problem.term.id, pairings, self._plan.provenance)

    def _solved_anew(self, pairing: Pairing) -> Plan | None:
        """A plan made from the beginning with the pairing pinned, where no window has one; None where none is legal."""
        plan = assign(with_pin(self._problem, pairing), self._plan.provenance, self._plan.provenance.seed, Effort.QUICK)
        return plan if judge(self._problem, plan).valid else None


def _for_so_many(cadres: int, table: Sequence[tuple[int, float, int]]) -> tuple[float, int]:
    """Margin and number of caseloads for a district of so many cadres."""
    return next((margin, keep) for most, margin, keep in table if cadres <= most)


def with_pin(problem: Problem, pairing: Pairing) -> Problem:
    """The problem with the pairing pinned in place of what pins said of its site."""
    pins = frozenset(one for one in problem.district.pins if one.site_id != pairing.site_id) | {pairing}
    return replace(problem, district=replace(problem.district, pins=pins))


def holders_of(problem: Problem, plan: Plan) -> IntArray:
    """Cadre index of every site (s) in a plan; raises ValueError where a site has none or several."""
    holders = np.full(len(problem.district.sites), -1, dtype=np.int64)
    for pairing in plan.pairings:
        holders[problem.site_index[pairing.site_id]] = problem.cadre_index[pairing.cadre_id]
    if (holders < 0).any() or len(plan.pairings) != len(holders):
        raise ValueError("the plan does not give every site to one cadre")
    return holders


def _load_upper(problem: Problem, plan: Plan) -> IntArray | None:
    """Minutes each cadre (c) may carry: under the tightest cap on the worst case, of those planning tries, that the plan keeps."""
    fair = GOAL_BY_ID["fairness"]
    tolerance = next((one for one in problem.policy.goals if one.goal_id == fair.id), None)
    if tolerance is None:
        return None
    floor, value = fair.floor(problem), fair.measure(plan, problem)
    cap = fair.cap(floor, tolerance.percent, tolerance.absolute, problem)
    ratio = next((int(cap * step) for step in FAIRNESS_STEPS if int(cap * step) >= value), value)
    return ratio * problem.total_workload_minutes * problem.arrays.capacity_percent // (1000 * problem.total_capacity_percent)
