"""Assignment: who liaises with whom. Goal after goal in the policy's order, each capped before the next begins.

First a legal, complete plan under the tightest cap on the worst case (fairness). Then the other goals: those without a
price one by one, each within the caps of those before; those with a price together, as one cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.engines.annealing import Aims, Annealing, Found
from planner.engines.column_generation import ColumnGeneration
from planner.engines.compiled import CompiledProblem
from planner.engines.neighbourhood import NeighbourhoodSearch
from planner.engines.tables import KernelTables, LoadLadder
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules import COST
from planner.rules.base import CaseloadRule, Goal
from planner.rules.caseloads import Caseloads


@dataclass(frozen=True)
class Budget:
    """How long to search, in counts, so that no answer depends on a machine's speed.

    Annealing moves for every site; rounds of heuristic pricing; exact pricing passes; then neighbourhood search, as
    (cadres of a window, windows for every 100 cadres) in turn.
    """

    moves_per_site: int
    pricing_rounds: int
    exact_passes: int
    windows: tuple[tuple[int, int], ...]


class Effort(Enum):
    """Named budgets."""

    QUICK = Budget(600, 6, 2, ((10, 400),))
    NORMAL = Budget(2_000, 8, 3, ((10, 800), (14, 500)))
    DEEP = Budget(6_000, 10, 6, ((10, 1_500), (14, 2_000), (18, 2_000), (24, 2_000)))


@dataclass(frozen=True)
class Progress:
    """One line of progress: which goal, how much of its stage is done (0..1)."""

    goal: Goal
    done: float


HOT_SECONDS, COLD_SECONDS = 400.0, 3.0
"""Temperatures of annealing, in seconds of travel."""

UNASSIGNED_SECONDS = 100_000.0
"""What a site without a cadre weighs beside the cost while annealing."""

SETTLED_SECONDS = 600.0
"""What one unit people read of a settled goal over its cap weighs while a later goal is sought."""

FAIRNESS_STEPS = (1.0, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0)
"""Caps on the worst case tried in turn, as multiples of the tolerated bound, until one leaves a legal, complete plan."""


def assign(
    problem: Problem,
    provenance: Provenance,
    seed: int,
    effort: Effort = Effort.NORMAL,
    keep_going: Callable[[Progress], bool] = lambda _: True,
) -> Plan:
    """Find a plan; ``keep_going`` hears of progress and may end the search early with the best plan so far.

    The plan may be illegal when no legal one was found; the judge will say so.
    """
    return _Assignment(problem, provenance, seed, effort, keep_going).solve()


class _Assignment:
    """The state of one assignment run: the best holders so far, and a cap on every goal already settled."""

    def __init__(self, problem: Problem, provenance: Provenance, seed: int, effort: Effort,
                 keep_going: Callable[[Progress], bool]) -> None:
        self._problem = problem
        self._provenance = provenance
        self._seed = seed
        self._keep_going = keep_going
        self._compiled = CompiledProblem.of(problem)
        self._goals = self._compiled.rules.goals
        self._budget = effort.value
        self._moves = self._budget.moves_per_site * max(1, len(problem.district.sites))
        self._tolerance = {one.goal_id: one for one in problem.policy.goals}
        prices = COST.seconds_per_unit(problem.policy)
        self._weights = tuple(float(prices.get(goal.id, 0)) for goal in self._goals)
        self._bounds = {goal.id: GoalBound(goal.id, _counted_bound(goal, self._compiled), "counting") for goal in self._goals}
        if prices:
            counted = sum(weight * self._bounds[goal_id].bound for goal_id, weight in prices.items())
            self._bounds[COST.id] = GoalBound(COST.id, counted, "counting")
        self._caps: dict[int, int] = {}
        self._stopped = False

    def solve(self) -> Plan:
        """Run all stages."""
        tables, found = self._start()
        annealing = Annealing(tables, self._seed)
        for index, goal in enumerate(self._goals):
            if goal.combine == "max" or self._weights[index] or self._stopped:
                continue
            enough = self._cap(index, self._bounds[goal.id].bound)
            if found.values[index] > enough:
                found = self._improve(annealing, found, index)
            self._caps[index] = max(enough, self._cap(index, found.values[index]))
        settled = [index for index in self._caps if self._goals[index].id != "unassigned"]
        if any(self._weights) and not settled and not self._stopped:
            return self._plan(self._lower_cost(tables, found))
        return self._plan(found.holders)

    def _lower_cost(self, tables: KernelTables, found: Found) -> IntArray:
        """Lower the cost and prove a bound: dual values by column generation, then window after window re-solved.

        Returns the holders (s). The bound holds for plans under the same cap on the worst case.
        """
        cost = tables.cost(self._weights)
        value = float(sum(weight * one for weight, one in zip(self._weights, found.values, strict=True)))
        generation = ColumnGeneration(tables, cost)
        generation.start((*found.visited, found.holders), value)
        steps = self._budget.pricing_rounds + self._budget.exact_passes
        duals = generation.improve(value, self._budget.pricing_rounds, self._count(steps))
        for _ in range(self._budget.exact_passes):
            if self._stopped or not generation.unsettled:
                break
            duals = generation.prove(value)
            self._stopped = self._stopped or not self._keep_going(Progress(COST, 0.5))
        if duals.proven_bound is not None:
            bound = math.ceil(duals.proven_bound - 1e-3)
            self._bounds[COST.id] = GoalBound(COST.id, max(bound, self._bounds[COST.id].bound), "column generation")
        admits = self._custom_rules()
        search = NeighbourhoodSearch(tables, cost, self._seed, admits)
        for cadre, sites, price in generation.pool.columns():
            search.remember(cadre, sites, price, duals.sites, duals.rows)
        holders = found.holders if admits is None else _opened(found.holders, admits)
        hundreds = max(1, len(self._problem.district.cadres) // 100)
        for window, rounds in self._budget.windows:
            if not self._stopped:
                holders, value = search.improve(holders, duals.sites, duals.rows, rounds * hundreds, window, self._listen(COST))
        return holders

    def _custom_rules(self) -> Callable[[int, IntArray], BoolArray] | None:
        """Caseload rules that the tables cannot hold, asked caseload by caseload; None where there are none."""
        rules = [rule for rule in self._compiled.rules.caseload_rules
                 if not rule.day and type(rule).admits is not CaseloadRule.admits]
        if not rules:
            return None

        def admits(cadre: int, sites: IntArray) -> BoolArray:
            caseloads = Caseloads(self._problem, cadre, sites)
            return np.asarray(np.logical_and.reduce([rule.admits(caseloads) for rule in rules]), dtype=np.bool_)

        return admits

    def _count(self, steps: int) -> Callable[[float], bool]:
        """Report one step after the other of column generation."""
        done = 0

        def heard(_bound: float) -> bool:
            nonlocal done
            done += 1
            self._stopped = self._stopped or not self._keep_going(Progress(COST, min(0.5, done / steps / 2)))
            return not self._stopped

        return heard

    def _start(self) -> tuple[KernelTables, Found]:
        """A legal, complete plan under the tightest worst-case cap that allows one; else the least illegal one."""
        best: tuple[KernelTables, Found] | None = None
        for step in FAIRNESS_STEPS:
            tables = KernelTables(self._compiled, self._load_upper(step))
            found = Annealing(tables, self._seed).run(self._cost_aims(), self._moves, HOT_SECONDS, COLD_SECONDS,
                                                      keep_going=self._listen(COST))
            if best is None or self._illegality(found) < self._illegality(best[1]):
                best = tables, found
            if self._stopped or self._illegality(found) == (0, 0.0):
                break
        assert best is not None  # noqa: S101 - there is at least one step
        return best

    def _improve(self, annealing: Annealing, found: Found, index: int) -> Found:
        """Lower one goal while all settled goals stay under their caps; the old plan stands if that fails."""
        better = annealing.run(self._settling_aims(index), self._moves, HOT_SECONDS / 4, COLD_SECONDS, found.holders,
                               self._listen(self._goals[index]))
        kept = all(better.values[other] <= max(cap, found.values[other]) for other, cap in self._caps.items())
        legal = self._illegality(better) <= self._illegality(found)
        return better if kept and legal and better.values[index] <= found.values[index] else found

    def _illegality(self, found: Found) -> tuple[int, float]:
        unassigned = next(index for index, goal in enumerate(self._goals) if goal.id == "unassigned")
        return found.values[unassigned], round(found.penalty, 6)

    def _load_upper(self, step: float) -> IntArray | None:
        """Minutes each cadre (c) may carry under the worst-case goals' caps, loosened by ``step``."""
        uppers = []
        longest = self._problem.total_workload_minutes + 1
        for index, goal in enumerate(self._goals):
            if goal.combine == "max" and goal.shape == "load":
                cap = int(self._cap(index, self._bounds[goal.id].bound) * step)
                uppers.append([
                    int(np.searchsorted(goal.price(LoadLadder.up_to(self._problem, cadre, longest)), cap, side="right")) - 1
                    for cadre in range(len(self._problem.district.cadres))])
        return np.min(np.array(uppers, dtype=np.int64), axis=0) if uppers else None

    def _cost_aims(self) -> Aims:
        """Everybody held, then the cost; without prices, travel stands for it."""
        travel = tuple(float(goal.shape == "travel") for goal in self._goals)
        weights = self._weights if any(self._weights) else travel
        unassigned = tuple(UNASSIGNED_SECONDS if goal.id == "unassigned" else 0.0 for goal in self._goals)
        return Aims(tuple(a + b for a, b in zip(weights, unassigned, strict=True)), (0.0,) * len(weights), (0,) * len(weights))

    def _settling_aims(self, index: int) -> Aims:
        """Lower goal ``index``; settled goals stay under their caps, and the cost is not forgotten."""
        weights, heavy, caps = list(self._cost_aims().weight), [0.0] * len(self._goals), [0] * len(self._goals)
        for other, goal in enumerate(self._goals):
            if other == index:
                weights[other] = SETTLED_SECONDS / goal.units_shown
            elif other in self._caps:
                heavy[other] = 10 * SETTLED_SECONDS / goal.units_shown
                caps[other] = self._caps[other]
        return Aims(tuple(weights), tuple(heavy), tuple(caps))

    def _cap(self, index: int, best: int) -> int:
        tolerance = self._tolerance[self._goals[index].id]
        return self._goals[index].cap(best, tolerance.percent, tolerance.absolute, self._problem)

    def _listen(self, goal: Goal) -> Callable[[float, float], bool]:
        def heard(done: float, _value: float) -> bool:
            self._stopped = self._stopped or not self._keep_going(Progress(goal, done))
            return not self._stopped

        return heard

    def _plan(self, holders: IntArray) -> Plan:
        district = self._problem.district
        pairings = [Pairing(district.cadres[cadre].id, district.sites[site].id)
                    for site, cadre in enumerate(holders) if cadre >= 0]
        return Plan.of(self._problem.term.id, pairings, self._provenance, tuple(self._bounds.values()),
                       "stopped" if self._stopped else "complete")


def _opened(holders: IntArray, admits: Callable[[int, IntArray], BoolArray]) -> IntArray:
    """The holders (s) with the sites of every caseload opened (-1) that a rule beyond the tables refuses."""
    opened = holders.copy()
    for cadre in np.unique(holders[holders >= 0]):
        held = np.flatnonzero(holders == cadre)
        if not admits(int(cadre), held[None, :])[0]:
            opened[held] = -1
    return opened


def _counted_bound(goal: Goal, compiled: CompiledProblem) -> int:
    """A lower bound by counting: every site is held by some cadre who is allowed to.

    For a worst case, the least price any allowed cadre has for the dearest site; for an additive goal, the sum over
    sites of the least price. For travel, a caseload of k sites travels at least as far as to any one of them, hence
    at least the mean of the trips there and back, and k is at most the most sites anybody may hold.
    """
    problem = compiled.problem
    sites = len(problem.district.sites)
    least = np.full(sites, np.iinfo(np.int64).max, dtype=np.int64)
    singles = np.arange(sites, dtype=np.int64)[:, None]
    if goal.shape not in {"additive", "travel"} and goal.combine == "sum":
        return goal.floor(problem)
    for cadre in range(len(problem.district.cadres)):
        alone = Caseloads(problem, cadre, singles)
        least = np.where(compiled.allowed[cadre], np.minimum(least, goal.price(alone)), least)
    held = least[least < np.iinfo(np.int64).max]
    if goal.combine == "max":
        return max(goal.floor(problem), int(held.max(initial=0)))
    if goal.shape == "travel":
        policy = problem.policy
        most = policy.max_committees_per_cadre + policy.max_enterprises_per_cadre
        return max(goal.floor(problem), -(-int(held.sum()) // max(1, most)))
    return max(goal.floor(problem), int(held.sum()) + goal.constant(problem))
