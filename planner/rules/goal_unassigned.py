"""未落实: sites without a cadre. First of all goals; a complete plan has none.

Value: number of sites s with no pairing (c, s).
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads
from planner.text import Text


class Unassigned(Goal):
    """Nobody is left without a contact."""

    id = "unassigned"
    shape = "additive"
    title = Text("未落实联系点", "sites without a cadre")
    unit = Text("个", "sites")

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Count sites without a holder."""
        return sum(site.id not in plan.cadres_of for site in problem.district.sites)

    def price(self, caseloads: Caseloads) -> IntArray:
        """Every site held is one less."""
        return -caseloads.sum_of(np.ones(len(caseloads.problem.district.sites), dtype=np.int64))

    def constant(self, problem: Problem) -> int:
        """All sites."""
        return len(problem.district.sites)
