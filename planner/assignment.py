"""Assignment: who liaises with whom. Goal after goal in the policy's order, each capped before the next begins.

First a legal, complete plan under the tightest cap on the worst case (fairness). Then the other goals: those without a
price one by one, each within the caps of those before; those with a price together, as one cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.engines.annealing import Aims, Annealing, Found
from planner.engines.compiled import CompiledProblem
from planner.engines.cost_search import Budget, CostSearch, Lowered
from planner.engines.tables import KernelTables, minutes_within
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.rules import COST
from planner.rules.base import CaseloadRule, Goal
from planner.rules.caseloads import Caseloads


class Effort(Enum):
    """Named budgets."""

    QUICK = Budget(300, 3, 0.0, 0.0, 0, 4.0, ((10, 100),), 3, 6, 150.0, ((10, 1_000), (14, 500), (18, 500)))
    NORMAL = Budget(300, 4, 40.0, 0.3, 2_000, 2.0, ((10, 100), (14, 500)), 3, 8, 150.0, ((10, 2_000), (14, 1_000), (18, 1_000)))
    DEEP = Budget(600, 5, 50.0, 0.1, 10_000, 0.5, ((10, 100), (14, 1_000), (18, 1_000)), 3, 8, 150.0,
                  ((10, 2_000), (14, 1_000), (18, 2_000), (23, 2_000)))


@dataclass(frozen=True)
class Progress:
    """One line of progress: which goal, how much of its stage is done (0..1), the best value so far and its bound.

    Best and bound are None as long as there is none.
    """

    goal: Goal
    done: float
    best: float | None = None
    bound: float | None = None


HOT_SECONDS, COLD_SECONDS = 400.0, 3.0
"""Temperatures of annealing, in seconds of travel."""

COMPLETING_SECONDS, COMPLETING_MOVES = 40.0, 100
"""First temperature and moves for every site while a dive's open sites find holders."""

UNASSIGNED_SECONDS = 100_000.0
"""What a site without a cadre weighs beside the cost while annealing."""

SETTLED_SECONDS = 600.0
"""What one unit people read of a settled goal over its cap weighs while a later goal is sought."""

NEARLY_LEGAL_PERCENT = 2.0
"""Sites open and limits broken, in per cent of the sites, up to which a plan of annealing is worth mending."""

FAIRNESS_STEPS = (1.0, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0)
"""Caps on the worst case tried in turn, as multiples of the tolerated bound, until one leaves a legal, complete plan."""


def assign(
    problem: Problem,
    provenance: Provenance,
    seed: int,
    effort: Effort = Effort.NORMAL,
    keep_going: Callable[[Progress], bool] = lambda _: True,
    fairness_steps: Sequence[float] = FAIRNESS_STEPS,
) -> Plan:
    """Find a plan; ``keep_going`` hears of progress and may end the search early with the best plan so far.

    The plan may be illegal when no legal one was found; the judge will say so. With fewer ``fairness_steps`` that is known sooner.
    """
    return _Assignment(problem, provenance, seed, effort, keep_going, fairness_steps).solve()


class _Assignment:
    """The state of one assignment run: the best holders so far, and a cap on every goal already settled."""

    def __init__(self, problem: Problem, provenance: Provenance, seed: int, effort: Effort,
                 keep_going: Callable[[Progress], bool], fairness_steps: Sequence[float] = FAIRNESS_STEPS) -> None:
        self._problem = problem
        self._fairness_steps = fairness_steps
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
        self._bounds = self._counted_bounds(prices)
        self._caps: dict[int, int] = {}
        self._stopped = False

    def _counted_bounds(self, prices: Mapping[str, int]) -> dict[str, GoalBound]:
        """What counting alone proves of every goal, and of the cost under ``prices``."""
        bounds = {goal.id: GoalBound(goal.id, _counted_bound(goal, self._compiled), "counting") for goal in self._goals}
        if prices:
            counted = sum(weight * bounds[goal_id].bound for goal_id, weight in prices.items())
            bounds[COST.id] = GoalBound(COST.id, counted, "counting")
        return bounds

    def solve(self) -> Plan:
        """Run all stages: the cost under the tightest cap that leaves a legal plan, if it needs no other goal settled first."""
        starts: list[tuple[KernelTables, Found]] = []
        lowered: dict[int, Lowered] = {}
        for tables, found in self._starts():
            starts.append((tables, found))
            if self._one_sum() and not self._stopped and self._worth_mending(found):
                lowered[len(starts) - 1] = one = self._lower_cost(tables, found)
                if one.legal:
                    return self._plan(one.holders)
        least = min(range(len(starts)), key=lambda number: (*self._illegality(starts[number][1]), number))
        tables, found = starts[least]
        if not self._one_sum():
            return self._plan(self._settle(tables, found).holders)
        if self._stopped:
            return self._plan(found.holders)
        return self._plan((lowered.get(least) or self._lower_cost(tables, found)).holders)

    def _one_sum(self) -> bool:
        """Whether every goal is a worst case, a priced part of the cost, or that every site is held."""
        return any(self._weights) and all(goal.combine == "max" or weight or goal.id == "unassigned"
                                          for goal, weight in zip(self._goals, self._weights, strict=True))

    def _worth_mending(self, found: Found) -> bool:
        few = NEARLY_LEGAL_PERCENT / 100 * max(1, len(self._problem.district.sites))
        return sum(self._illegality(found)) <= few

    def _settle(self, tables: KernelTables, found: Found) -> Found:
        """Lower one goal after the other, each under the caps of those before."""
        annealing = Annealing(tables, self._seed)
        for index, goal in enumerate(self._goals):
            if goal.combine == "max" or self._weights[index] or self._stopped:
                continue
            enough = self._cap(index, self._bounds[goal.id].bound)
            if found.values[index] > enough:
                found = self._improve(annealing, found, index)
            self._caps[index] = max(enough, self._cap(index, found.values[index]))
        return found

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

    def _starts(self) -> Iterator[tuple[KernelTables, Found]]:
        """Plans under the tightest worst-case cap, then looser ones until one is legal and complete."""
        former: IntArray | None = None
        for step in self._fairness_steps:
            upper = self._load_upper(step)
            least = None if upper is None else np.minimum(upper, self._compiled.most_minutes())
            if former is not None and least is not None and (least == former).all():
                continue  # the rules' own limits bind before the cap does: the step before has tried this
            former = least
            mending_stopped = self._stopped  # a legal plan is worth the few seconds more
            tables = KernelTables(self._compiled, upper)
            found = Annealing(tables, self._seed).run(self._cost_aims(), self._moves, HOT_SECONDS, COLD_SECONDS,
                                                      keep_going=_always if mending_stopped else self._listen(COST))
            yield tables, found
            if self._illegality(found) == (0, 0.0) or self._stopped != mending_stopped:
                return

    def _lower_cost(self, tables: KernelTables, found: Found) -> Lowered:
        """Lower the cost of a plan under the cap of its tables, mending what is not legal; a bound where that succeeds."""
        value = float(sum(weight * one for weight, one in zip(self._weights, found.values, strict=True)))
        search = CostSearch(tables, tables.cost(self._weights), self._seed, self._budget, self._custom_rules(),
                            self._completing(tables))
        lowered = search.run(found, value, self._tell)
        if lowered.legal and lowered.bound is not None:
            bound = max(math.ceil(lowered.bound - 1e-3), self._bounds[COST.id].bound)
            self._bounds[COST.id] = GoalBound(COST.id, bound, "column generation")
        return lowered

    def _completing(self, tables: KernelTables) -> Callable[[IntArray], Found]:
        moves = COMPLETING_MOVES * max(1, len(self._problem.district.sites))

        def complete(holders: IntArray) -> Found:
            return Annealing(tables, self._seed).run(self._cost_aims(), moves, COMPLETING_SECONDS, COLD_SECONDS, holders)

        return complete

    def _tell(self, done: float, best: float, bound: float | None) -> bool:
        self._stopped = self._stopped or not self._keep_going(Progress(COST, done, best, bound))
        return not self._stopped

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
        uppers = [minutes_within(self._problem, goal, int(self._cap(index, self._bounds[goal.id].bound) * step))
                  for index, goal in enumerate(self._goals) if goal.combine == "max" and goal.shape == "load"]
        return np.min(uppers, axis=0) if uppers else None

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


def _always(_done: float, _value: float) -> bool:
    return True


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
