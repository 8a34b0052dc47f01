"""均衡: first the worst-off cadre, then the spread.

load ratio(c) = load(c) / fair_share(c), in tenths of a per cent, rounded up; fairness = max over cadres with capacity.
spread = sum over those cadres of |load(c) - fair_share(c)| in whole minutes a month (each rounded down).
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.district import Cadre
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads
from planner.text import Text


def _load(plan: Plan, cadre: Cadre, problem: Problem) -> int:
    return sum(problem.district.site_by_id[site_id].workload_minutes for site_id in plan.sites_of.get(cadre.id, ()))


class Fairness(Goal):
    """The largest load against fair share."""

    id = "fairness"
    shape = "load"
    title = Text("最重负担与应担份额之比", "largest load against fair share")
    unit = Text("%", "%")
    combine = "max"

    def measure(self, plan: Plan, problem: Problem) -> int:
        """The worst ratio in tenths of a per cent."""
        worst = 0
        for cadre in problem.district.active_cadres:
            scaled = 1000 * _load(plan, cadre, problem) * problem.total_capacity_percent
            worst = max(worst, -(-scaled // max(1, problem.total_workload_minutes * cadre.capacity_percent)))
        return worst

    def price(self, caseloads: Caseloads) -> IntArray:
        """The cadre's ratio in tenths of a per cent."""
        problem = caseloads.problem
        capacity = int(problem.arrays.capacity_percent[caseloads.cadre_index])
        if capacity == 0:
            return np.zeros(len(caseloads), dtype=np.int64)
        share = max(1, problem.total_workload_minutes * capacity)
        return -(-1000 * caseloads.load_minutes * problem.total_capacity_percent // share)

    def floor(self, problem: Problem) -> int:
        """The heaviest site in the hands of the cadre with the largest share; and all loads equal to their shares."""
        capacity = max((cadre.capacity_percent for cadre in problem.district.active_cadres), default=0)
        heaviest = max((site.workload_minutes for site in problem.district.sites), default=0)
        if capacity == 0 or heaviest == 0:
            return 0
        scaled = 1000 * heaviest * problem.total_capacity_percent
        return max(1000, -(-scaled // (problem.total_workload_minutes * capacity)))

    def cap(self, best: int, percent: float, absolute: float, problem: Problem) -> int:
        """``absolute`` is in per cent of the fair share."""
        return super().cap(best, percent, 10 * absolute, problem)

    def display(self, value: int) -> str:
        """In per cent with one decimal."""
        return f"{value / 10:.1f}"


class Spread(Goal):
    """How far loads lie from fair shares in sum."""

    id = "spread"
    shape = "load"
    title = Text("工作量偏离应担份额之和", "total deviation from fair shares")
    unit = Text("分钟/月", "minutes a month")

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Sum of whole minutes."""
        total = problem.total_capacity_percent
        return sum(
            abs(_load(plan, cadre, problem) * total - problem.total_workload_minutes * cadre.capacity_percent) // total
            for cadre in problem.district.active_cadres
        )

    def price(self, caseloads: Caseloads) -> IntArray:
        """The cadre's deviation in whole minutes."""
        problem = caseloads.problem
        capacity = int(problem.arrays.capacity_percent[caseloads.cadre_index])
        total = problem.total_capacity_percent
        if capacity == 0:
            return np.zeros(len(caseloads), dtype=np.int64)
        share = problem.total_workload_minutes * capacity
        return np.asarray(np.abs(caseloads.load_minutes * total - share) // total, dtype=np.int64)

    def cap(self, best: int, percent: float, absolute: float, problem: Problem) -> int:
        """``absolute`` is per cent of the district's whole workload."""
        return super().cap(best, percent, absolute / 100 * problem.total_workload_minutes, problem)
