"""路程: travel of the real visit days.

Value: sum over cadres of the least travel seconds of one visit day office -> all his sites -> office, in the best
order that keeps visiting hours and the length of a visit day.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import NO_DAY, Caseloads
from planner.rules.day_check import examine_day
from planner.text import Text


class Travel(Goal):
    """Less time on the road, more with people."""

    id = "travel"
    shape = "travel"
    units_shown = 60
    title = Text("走访日路程合计", "travel of the visit days")
    unit = Text("分钟", "minutes")

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Sum in seconds; a cadre without a legal visit day counts a whole visit day."""
        district = problem.district
        total = 0
        for cadre_id, site_ids in plan.sites_of.items():
            sites = [district.site_by_id[site_id] for site_id in site_ids]
            travel = examine_day(district.cadre_by_id[cadre_id], sites, problem).travel_seconds
            total += problem.policy.max_visit_day_minutes * 60 if travel is None else travel
        return total

    def price(self, caseloads: Caseloads) -> IntArray:
        """Seconds of the best day."""
        travel = caseloads.days.travel_seconds
        return np.where(travel == NO_DAY, caseloads.problem.policy.max_visit_day_minutes * 60, travel)

    def cap(self, best: int, percent: float, absolute: float, problem: Problem) -> int:
        """``absolute`` is in minutes."""
        return super().cap(best, percent, 60 * absolute, problem)

    def display(self, value: int) -> str:
        """In whole minutes."""
        return f"{value / 60:.0f}"
