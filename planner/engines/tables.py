"""What the compiled loops work on: limits, visit-day facts and goal prices of a compiled problem as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.engines.compiled import CompiledProblem
from planner.engines.kernel import MAX_SIZE, evaluate_all, order_tables
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads

FloatArray = NDArray[np.float64]


class LoadLadder(Caseloads):
    """Stands for caseloads of 0, 1, 2, ... minutes of load, to tabulate prices that depend on the load alone."""

    @classmethod
    def up_to(cls, problem: Problem, cadre_index: int, length: int) -> LoadLadder:
        """Loads 0 to ``length`` - 1 of one cadre."""
        return cls(problem, cadre_index, np.full((length, 1), -1, dtype=np.int64))

    @cached_property
    def load_minutes(self) -> IntArray:
        """The load of number n is n."""
        return np.arange(len(self), dtype=np.int64)


@dataclass(frozen=True)
class CostTables:
    """One sum over goals, in seconds: additive (c, s), by load (c, n), and a price for a second of travel."""

    additive: FloatArray
    by_load: FloatArray
    travel_price: float
    constant: float


class KernelTables:
    """Tables of one compiled problem; ``load_upper`` (c) caps the minutes of each cadre beside the rules' limits."""

    def __init__(self, compiled: CompiledProblem, load_upper: IntArray | None = None) -> None:
        problem, arrays = compiled.problem, compiled.problem.arrays
        self.compiled = compiled
        self.allowed: BoolArray = compiled.allowed
        self.office_of: IntArray = arrays.office_place
        self.workload: IntArray = arrays.workload_minutes
        weights, vector, lower, upper = (
            compiled.weights, compiled.limit_vector, compiled.limit_lower, compiled.limit_upper)
        if load_upper is not None:
            weights = np.vstack([weights, arrays.workload_minutes])
            vector = np.column_stack([vector, np.full(len(vector), len(weights) - 1, dtype=np.int64)])
            lower = np.column_stack([lower, np.zeros(len(lower), dtype=np.int64)])
            upper = np.column_stack([upper, load_upper])
        scale = np.maximum(1, weights.max(axis=1, initial=1)).astype(np.float64)
        self.limits: tuple[Any, ...] = tuple(np.ascontiguousarray(one) for one in (weights, vector, lower, upper, scale))
        self.rows = (compiled.row_lower, compiled.row_upper, compiled.block_row, compiled.block_sites,
                     compiled.block_start, compiled.block_of)
        self.facts: tuple[Any, ...] = (arrays.travel_seconds, arrays.site_places, arrays.stay_seconds,
                                       arrays.opens_seconds, arrays.closes_seconds, *order_tables())
        policy = problem.policy
        self.day = (policy.visit_day_starts_seconds, policy.visit_day_ends_seconds, policy.max_visit_day_minutes * 60,
                    compiled.day_limited)
        self.legs: IntArray = arrays.legs
        self.prices = goal_prices(problem, compiled.rules.goals)

    @property
    def between(self) -> IntArray:
        """Seconds between sites (s, s) by the policy's means of travel."""
        between: IntArray = self.legs[0]
        return between

    def legs_of(self, cadre: int) -> int:
        """Which of ``legs`` a cadre's are."""
        return int(self.office_of[cadre]) // (len(self.facts[0]) // len(self.legs))

    def trips(self, cadre: int, sites: IntArray) -> tuple[IntArray, IntArray]:
        """Seconds from the cadre's office to some sites, and back, by his means of travel; -1 where there is no way."""
        arrays, office = self.compiled.problem.arrays, self.office_of[cadre]
        places = arrays.places_of(cadre)[sites]
        return arrays.travel_seconds[office, places], arrays.travel_seconds[places, office]

    def near_sites(self, count: int) -> IntArray:
        """The ``count`` nearest other sites of every site (s, count), nearest first."""
        between = self.between.astype(np.float64)
        between[between < 0] = np.inf
        np.fill_diagonal(between, np.inf)
        return np.ascontiguousarray(np.argsort(between, axis=1, kind="stable")[:, :min(count, max(1, len(between) - 1))])

    def largest_caseload(self) -> int:
        """Most sites one caseload can hold: limits that weigh each site 0 or 1 and together weigh every site."""
        weights, vector, _, upper, _ = self.limits
        return self.largest_of(weights, vector, upper)

    @staticmethod
    def largest_of(weights: IntArray, vector: IntArray, upper: IntArray) -> int:
        """Most sites of one caseload under limits laid out as in ``CompiledProblem``."""
        most = 1
        counts = weights.max(axis=1, initial=0) <= 1
        for own in sorted({tuple((int(which), int(room)) for which, room in zip(*one, strict=True) if which >= 0 and counts[which])
                           for one in zip(vector, upper, strict=True)}):  # few cadres differ in what is counted
            covered = np.zeros(weights.shape[1], dtype=np.bool_)
            size = 0
            for which, room in own:
                if (weights[which].astype(bool) & ~covered).any():
                    size += room
                    covered |= weights[which] > 0
            most = max(most, size if covered.all() else MAX_SIZE)
        return min(most, MAX_SIZE)

    def cost(self, weights: tuple[float, ...]) -> CostTables:
        """The weighted sum of the goals (g, in the rules' order)."""
        return weighted_cost(self.compiled.problem, self.compiled.rules.goals, self.prices, weights)


def minutes_within(problem: Problem, goal: Goal, cap: int) -> IntArray:
    """Minutes each cadre (c) may carry while a goal of the load stays at or under ``cap``, as far as a caseload can reach."""
    heaviest = int(problem.arrays.workload_minutes.max(initial=0)) * MAX_SIZE
    longest = min(heaviest, problem.total_workload_minutes) + 1
    return np.array([np.searchsorted(goal.price(LoadLadder.up_to(problem, cadre, longest)), cap, side="right") - 1
                     for cadre in range(len(problem.district.cadres))], dtype=np.int64)


def goal_prices(problem: Problem, goals: tuple[Goal, ...]) -> tuple[Any, ...]:
    """Prices of goals: pair by pair for additive goals, minute by minute for those of the load. Needs no travel."""
    workload = problem.arrays.workload_minutes
    cadres, sites = len(problem.district.cadres), len(workload)
    additive_goal = [g for g, goal in enumerate(goals) if goal.shape == "additive"]
    load_goal = [g for g, goal in enumerate(goals) if goal.shape == "load" and goal.combine == "sum"]
    travel_goal = [g for g, goal in enumerate(goals) if goal.shape == "travel"]
    heaviest = int(workload.max(initial=0)) * MAX_SIZE
    longest = min(heaviest, 8 * int(workload.sum() / max(1, cadres))) + 1
    additive = np.zeros((len(additive_goal), cadres, sites), dtype=np.int64)
    by_load = np.zeros((len(load_goal), cadres, longest), dtype=np.int64)
    singles = np.arange(sites, dtype=np.int64)[:, None]
    for cadre in range(cadres):
        alone, ladder = Caseloads(problem, cadre, singles), LoadLadder.up_to(problem, cadre, longest)
        for number, goal in enumerate(additive_goal):
            additive[number, cadre] = goals[goal].price(alone)
        for number, goal in enumerate(load_goal):
            by_load[number, cadre] = goals[goal].price(ladder)
    return (additive, np.array(additive_goal, dtype=np.int64), by_load, np.array(load_goal, dtype=np.int64),
            workload, travel_goal[0] if travel_goal else -1)


def weighted_cost(problem: Problem, goals: tuple[Goal, ...], prices: tuple[Any, ...], weights: tuple[float, ...]) -> CostTables:
    """The weighted sum (g) of ``goal_prices``."""
    additive, additive_goal, by_load, load_goal, _, travel_goal = prices
    weight = np.array(weights, dtype=np.float64)
    constant = sum(weight[index] * goal.constant(problem) for index, goal in enumerate(goals))
    return CostTables(
        np.tensordot(weight[additive_goal], additive, axes=1) if len(additive_goal) else np.zeros(additive.shape[1:]),
        np.tensordot(weight[load_goal], by_load, axes=1), float(weight[travel_goal]) if travel_goal >= 0 else 0.0,
        float(constant))


def caseload_prices(tables: KernelTables, cost: CostTables, cadres: IntArray, sites: IntArray) -> tuple[FloatArray, FloatArray]:
    """Prices (n) of caseloads in seconds, without the constant, and how far they are from legal (n; 0: legal).

    ``cadres`` (n), ``sites`` (n, k; indices, -1 padded at the end). A site that is struck out for the cadre counts as one step from legal.
    """
    travel, illegality = np.zeros(len(cadres)), np.zeros(len(cadres))
    kernel: Any = evaluate_all
    kernel(cadres, np.ascontiguousarray(sites), tables.allowed, len(tables.compiled.rules.goals), tables.office_of, tables.limits,
           tables.prices, tables.facts, tables.day, travel, illegality)
    load = np.minimum(np.append(tables.workload, 0)[sites].sum(axis=1), cost.by_load.shape[1] - 1)
    additive = np.where(sites < 0, 0.0, cost.additive[cadres[:, None], sites]).sum(axis=1)
    return cost.travel_price * travel + cost.by_load[cadres, load] + additive, illegality


def caseload_price(tables: KernelTables, cost: CostTables, cadre: int, sites: IntArray) -> tuple[float, float]:
    """Price and illegality of one caseload (k site indices); see ``caseload_prices``."""
    price, illegality = caseload_prices(tables, cost, np.array([cadre], dtype=np.int64), np.asarray(sites, dtype=np.int64)[None, :])
    return float(price[0]), float(illegality[0])

