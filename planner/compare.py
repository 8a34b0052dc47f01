"""Plans side by side, by the judge's measures alone: every goal, and what moves from the first plan to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Verdict
from planner.check import judge
from planner.facts.problem import Problem


@dataclass(frozen=True)
class Compared:
    """One plan: its verdict, and against the first plan the sites that change hands, the cadres concerned and their minutes a month."""

    name: str
    verdict: Verdict
    sites_moved: int
    cadres_concerned: int
    minutes_moved: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/choosing.md)."""
        return {"name": self.name, "valid": self.verdict.valid, "violations": len(self.verdict.violations),
                "goals": {one.goal_id: one.value for one in self.verdict.goals}, "sites_moved": self.sites_moved,
                "cadres_concerned": self.cadres_concerned, "minutes_moved": self.minutes_moved}


def compare(problem: Problem, plans: Sequence[tuple[str, Plan]]) -> tuple[Compared, ...]:
    """Judge the plans (name, plan) for one problem and hold each against the first."""
    first = plans[0][1]
    return tuple(against(problem, name, first, plan, problem) for name, plan in plans)


def against(problem: Problem, name: str, first: Plan, plan: Plan, judged_by: Problem) -> Compared:
    """One plan against another; ``judged_by`` is the problem whose rules and goals measure it."""
    before, after = set(first.pairings), set(plan.pairings)
    moved = {one.site_id for one in before ^ after}
    sites = problem.district.site_by_id
    return Compared(name, judge(judged_by, plan), len(moved), len({one.cadre_id for one in before ^ after}),
                    sum(sites[one].workload_minutes for one in moved if one in sites))


def undominated(points: Sequence[tuple[int, int]]) -> tuple[bool, ...]:
    """Which points (both less is better) no other point is as good as in both measures and better in one; of equals the first counts."""
    return tuple(
        not any((other[0] <= point[0] and other[1] <= point[1] and other != point) or (other == point and earlier < number)
                for earlier, other in enumerate(points))
        for number, point in enumerate(points))
