"""Simulated annealing over caseloads: a legal, complete plan in seconds, towards any aim over the goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.engines.compiled import CompiledProblem
from planner.engines.kernel import MAX_SIZE, anneal, evaluate, objective, order_tables, start_greedily
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.caseloads import Caseloads

PENALTY_WEIGHT = 20_000.0
"""Price of one unit of illegality, in seconds of travel: far above any saving."""

NEAR_SITES = 30
CHUNKS = 40


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
class Aims:
    """What annealing minimises: sum over goals (g) of ``weight * value + heavy * max(0, value - cap)``, in seconds."""

    weight: tuple[float, ...]
    heavy: tuple[float, ...]
    cap: tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """The holders (s; cadre index, or -1) of the best state, with its goal values (g) and its illegality (0 is legal).

    Goals that are worst cases (``combine == "max"``) are not tracked here and stand as 0.
    """

    holders: IntArray
    values: tuple[int, ...]
    penalty: float


class Annealing:
    """Annealing on one compiled problem; ``load_upper`` (c) caps the minutes of each cadre beside the limits."""

    def __init__(self, compiled: CompiledProblem, seed: int, load_upper: IntArray | None = None) -> None:
        problem = compiled.problem
        arrays = problem.arrays
        self._compiled = compiled
        self._goals = compiled.rules.goals
        self._allowed = compiled.allowed
        self._rng = np.array([0x9E3779B97F4A7C15 ^ (seed * 0x2545F4914F6CDD1D & (2**64 - 1))], dtype=np.uint64)
        weights, vector, lower, upper = (
            compiled.weights, compiled.limit_vector, compiled.limit_lower, compiled.limit_upper)
        if load_upper is not None:
            weights = np.vstack([weights, arrays.workload_minutes])
            vector = np.column_stack([vector, np.full(len(vector), len(weights) - 1, dtype=np.int64)])
            lower = np.column_stack([lower, np.zeros(len(lower), dtype=np.int64)])
            upper = np.column_stack([upper, load_upper])
        scale = np.maximum(1, weights.max(axis=1, initial=1)).astype(np.float64)
        self._limits = tuple(np.ascontiguousarray(one) for one in (weights, vector, lower, upper, scale))
        self._rows = (compiled.row_lower, compiled.row_upper, compiled.block_row, compiled.block_sites,
                      compiled.block_start, compiled.block_of)
        self._prices = self._tabulate(upper)
        self._facts = (arrays.travel_seconds, arrays.site_place, arrays.stay_seconds, arrays.opens_seconds,
                       arrays.closes_seconds, *order_tables())
        policy = problem.policy
        self._day = (policy.visit_day_starts_seconds, policy.visit_day_ends_seconds, policy.max_visit_day_minutes * 60,
                     compiled.day_limited)
        between = arrays.travel_seconds[np.ix_(arrays.site_place, arrays.site_place)].astype(np.float64)
        between[between < 0] = np.inf
        np.fill_diagonal(between, np.inf)
        near = min(NEAR_SITES, max(1, len(between) - 1))
        self._neighbours = np.ascontiguousarray(np.argsort(between, axis=1, kind="stable")[:, :near])

    def _tabulate(self, limit_upper: IntArray) -> tuple[object, ...]:
        """Prices of goals as tables: pair by pair for additive goals, minute by minute for those of the load."""
        problem, goals = self._compiled.problem, self._goals
        cadres, sites = self._allowed.shape
        additive_goal = [g for g, goal in enumerate(goals) if goal.shape == "additive"]
        load_goal = [g for g, goal in enumerate(goals) if goal.shape == "load" and goal.combine == "sum"]
        travel_goal = [g for g, goal in enumerate(goals) if goal.shape == "travel"]
        longest = 2 * int(problem.arrays.workload_minutes.max(initial=0)) * MAX_SIZE // 2
        longest = min(longest, 4 * int(problem.total_workload_minutes / max(1, len(problem.district.cadres)))) + 1
        additive = np.zeros((len(additive_goal), cadres, sites), dtype=np.int64)
        by_load = np.zeros((len(load_goal), cadres, longest), dtype=np.int64)
        singles = np.arange(sites, dtype=np.int64)[:, None]
        for cadre in range(cadres):
            alone = Caseloads(problem, cadre, singles)
            ladder = LoadLadder.up_to(problem, cadre, longest)
            for number, goal in enumerate(additive_goal):
                additive[number, cadre] = goals[goal].price(alone)
            for number, goal in enumerate(load_goal):
                by_load[number, cadre] = goals[goal].price(ladder)
        return (additive, np.array(additive_goal, dtype=np.int64), by_load, np.array(load_goal, dtype=np.int64),
                problem.arrays.workload_minutes, travel_goal[0] if travel_goal else -1)

    def run(
        self,
        aims: Aims,
        moves: int,
        hot: float,
        cold: float,
        start: IntArray | None = None,
        keep_going: Callable[[float, float], bool] = lambda done, value: True,
    ) -> Found:
        """Anneal from ``start`` (s), or from a greedy start; ``keep_going(share done, best)`` may end it early."""
        packed = (np.array(aims.weight, dtype=np.float64), np.array(aims.heavy, dtype=np.float64),
                  np.array(aims.cap, dtype=np.int64), PENALTY_WEIGHT)
        holders = np.full(self._allowed.shape[1], -1, dtype=np.int64) if start is None else start.copy()
        state = self._state(holders)
        if start is None:
            scarce = np.lexsort((-self._compiled.problem.arrays.workload_minutes, self._allowed.sum(axis=0)))
            start_greedily(scarce, state, self._allowed, self._compiled.problem.arrays.office_place, self._limits,
                           self._rows, self._prices, self._facts, self._day, packed)
        best_holders = holders.copy()
        best_value = np.array([self._value(state, packed)], dtype=np.float64)
        chunk = max(1, moves // CHUNKS)
        for number in range(CHUNKS):
            from_, to = (hot * (cold / hot) ** (step / CHUNKS) for step in (number, number + 1))
            anneal(chunk, from_, to, self._rng, self._neighbours, best_holders, best_value, state, self._allowed,
                   self._compiled.problem.arrays.office_place, self._limits, self._rows, self._prices, self._facts,
                   self._day, packed)
            if not keep_going((number + 1) / CHUNKS, float(best_value[0])):
                break
        final = self._state(best_holders)
        return Found(best_holders, tuple(int(value) for value in final[6]), float(final[7][0]))

    def _state(self, holders: IntArray) -> tuple[object, ...]:
        """The kernel's state for given holders, every number computed from scratch."""
        cadres, sites = self._allowed.shape
        members = np.full((cadres, MAX_SIZE), -1, dtype=np.int64)
        size = np.zeros(cadres, dtype=np.int64)
        for site in range(sites):
            if holders[site] >= 0:
                members[holders[site], size[holders[site]]] = site
                size[holders[site]] += 1
        penalty = np.zeros(cadres, dtype=np.float64)
        price = np.zeros((cadres, len(self._goals)), dtype=np.int64)
        office_of = self._compiled.problem.arrays.office_place
        for cadre in range(cadres):
            penalty[cadre] = evaluate(cadre, members[cadre], size[cadre], office_of, self._limits, self._prices,
                                      self._facts, self._day, price[cadre])
        counts = np.zeros(len(self._compiled.row_lower), dtype=np.int64)
        for number, row in enumerate(self._compiled.rows):
            for block in row.blocks:
                counts[number] += int(np.isin(holders[block.sites], block.cadres).sum())
        rows_off = (np.maximum(0, self._compiled.row_lower - counts)
                    + np.maximum(0, counts - self._compiled.row_upper)).sum()
        constants = np.array([goal.constant(self._compiled.problem) for goal in self._goals], dtype=np.int64)
        total = np.array([penalty.sum() + rows_off], dtype=np.float64)
        return holders, members, size, penalty, price, counts, price.sum(axis=0) + constants, total

    @staticmethod
    def _value(state: tuple[object, ...], aims: tuple[object, ...]) -> float:
        return float(objective(state[6], state[7][0], aims))  # type: ignore[index]
