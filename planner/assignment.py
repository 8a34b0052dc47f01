"""Assignment: who liaises with whom. Goal after goal in the policy's order, each capped before the next begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from planner.artefacts.plan import GoalBound, Plan
from planner.artefacts.provenance import Provenance
from planner.engines.annealing import Aims, Annealing, Found
from planner.engines.compiled import CompiledProblem
from planner.engines.tables import KernelTables, LoadLadder
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads


class Effort(Enum):
    """How long to search, in annealing moves for every site and stage: a count, so that the answer never depends on speed."""

    QUICK = 1_500
    NORMAL = 6_000
    DEEP = 30_000


@dataclass(frozen=True)
class Progress:
    """One line of progress: which goal, how much of its stage is done (0..1)."""

    goal: Goal
    done: float


HEAVY_SECONDS = {"unassigned": 100_000.0, "spread": 30.0, "travel": 1.0, "fit": 600.0, "changes": 600.0}
"""Seconds of travel that one unit of a goal over its cap weighs while a later goal is sought."""

HOT_SECONDS, COLD_SECONDS = 400.0, 3.0
FAIRNESS_STEPS = (1.0, 1.1, 1.2, 1.35, 1.5, 2.0, 3.0)
"""Fairness caps tried in turn, as multiples of the tolerated floor, until one leaves a legal, complete plan."""


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
        self._moves = effort.value * max(1, len(problem.district.sites))
        self._tolerance = {one.goal_id: one for one in problem.policy.goals}
        self._bounds = [_counted_bound(goal, self._compiled) for goal in self._goals]
        self._caps: dict[int, int] = {}
        self._stopped = False

    def solve(self) -> Plan:
        """Run all stages."""
        annealing, found = self._start()
        for index, goal in enumerate(self._goals):
            if goal.combine == "max" or self._stopped:
                continue
            enough = self._cap(index, self._bounds[index])
            if found.values[index] > enough:
                found = self._improve(annealing, found, index)
            self._caps[index] = max(enough, self._cap(index, found.values[index]))
        return self._plan(found.holders)

    def _start(self) -> tuple[Annealing, Found]:
        """A legal, complete plan under the tightest fairness cap that allows one; the least illegal one if none does."""
        best: tuple[Annealing, Found] | None = None
        travel = self._index("travel")
        for step in FAIRNESS_STEPS:
            annealing = Annealing(KernelTables(self._compiled, self._load_upper(step)), self._seed)
            found = annealing.run(self._aims(travel), self._moves, HOT_SECONDS, COLD_SECONDS,
                                  keep_going=self._listen(travel))
            if best is None or self._illegality(found) < self._illegality(best[1]):
                best = annealing, found
            if self._stopped or self._illegality(found) == (0, 0.0):
                break
        assert best is not None  # noqa: S101 - there is at least one step
        return best

    def _improve(self, annealing: Annealing, found: Found, index: int) -> Found:
        """Lower one goal while all settled goals stay under their caps; the old plan stands if that fails."""
        better = annealing.run(self._aims(index), self._moves, HOT_SECONDS / 4, COLD_SECONDS, found.holders,
                               self._listen(index))
        kept = all(better.values[other] <= max(cap, found.values[other]) for other, cap in self._caps.items())
        legal = self._illegality(better) <= self._illegality(found)
        return better if kept and legal and better.values[index] <= found.values[index] else found

    def _illegality(self, found: Found) -> tuple[int, float]:
        return found.values[self._index("unassigned")], round(found.penalty, 6)

    def _load_upper(self, step: float) -> IntArray | None:
        """Minutes each cadre (c) may carry under the worst-case goals' caps, loosened by ``step``."""
        uppers = []
        longest = self._problem.total_workload_minutes + 1
        for index, goal in enumerate(self._goals):
            if goal.combine != "max" or goal.shape != "load":
                continue
            cap = int(self._cap(index, self._bounds[index]) * step)
            self._caps.pop(index, None)
            uppers.append([
                int(np.searchsorted(goal.price(LoadLadder.up_to(self._problem, cadre, longest)), cap, side="right")) - 1
                for cadre in range(len(self._problem.district.cadres))])
        return np.min(np.array(uppers, dtype=np.int64), axis=0) if uppers else None

    def _aims(self, index: int) -> Aims:
        """Lower goal ``index``; goals before it stay under their caps, and nobody is left unassigned."""
        weights = [0.0] * len(self._goals)
        heavy = [0.0] * len(self._goals)
        caps = [0] * len(self._goals)
        for other, goal in enumerate(self._goals):
            if goal.combine == "max":
                continue
            if other == index:
                weights[other] = 1.0 if goal.id == "travel" else HEAVY_SECONDS.get(goal.id, 60.0) / 4
            elif other < index:
                heavy[other] = HEAVY_SECONDS.get(goal.id, 600.0)
                caps[other] = self._caps.get(other, self._cap(other, self._bounds[other]))
        return Aims(tuple(weights), tuple(heavy), tuple(caps))

    def _cap(self, index: int, best: int) -> int:
        tolerance = self._tolerance[self._goals[index].id]
        return self._goals[index].cap(best, tolerance.percent, tolerance.absolute, self._problem)

    def _index(self, goal_id: str) -> int:
        return next(index for index, goal in enumerate(self._goals) if goal.id == goal_id)

    def _listen(self, index: int) -> Callable[[float, float], bool]:
        def heard(done: float, value: float) -> bool:
            del value
            self._stopped = self._stopped or not self._keep_going(Progress(self._goals[index], done))
            return not self._stopped

        return heard

    def _plan(self, holders: IntArray) -> Plan:
        district = self._problem.district
        return Plan.of(
            self._problem.term.id,
            [Pairing(district.cadres[cadre].id, district.sites[site].id) for site, cadre in enumerate(holders) if cadre >= 0],
            self._provenance,
            tuple(GoalBound(goal.id, bound, "counting") for goal, bound in zip(self._goals, self._bounds, strict=True)),
            "stopped" if self._stopped else "complete",
        )


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
