"""匹配: the right department for the industry, and residents' wishes.

Value: enterprises whose cadre's unit serves some industries but not theirs, plus requests to stay (挽留) that are
not met.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.district import Cadre, Pairing, Site
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads
from planner.text import Text


def _mismatch(cadre: Cadre, site: Site, problem: Problem) -> bool:
    served = problem.district.office_of(cadre).industries
    return bool(served) and site.industry is not None and site.industry not in served


class Fit(Goal):
    """Who understands the trade, and whom residents asked for."""

    id = "fit"
    shape = "additive"
    title = Text("行业不对口与未满足的挽留", "mismatched industries and unmet requests")
    unit = Text("项", "cases")

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Count both kinds."""
        district = problem.district
        mismatched = sum(
            _mismatch(district.cadre_by_id[one.cadre_id], district.site_by_id[one.site_id], problem)
            for one in plan.pairings
        )
        held = set(plan.pairings)
        return mismatched + sum(Pairing(one.cadre_id, one.site_id) not in held for one in district.stay_requests)

    def price(self, caseloads: Caseloads) -> IntArray:
        """Mismatches less requests met."""
        problem = caseloads.problem
        cadre = problem.district.cadres[caseloads.cadre_index]
        served = problem.district.office_of(cadre).industries
        value = np.zeros(len(problem.district.sites), dtype=np.int64)
        if served:
            for industry, sites in problem.sites_by_industry.items():
                value[sites] = industry not in served
        for request in problem.stay_requests_of.get(cadre.id, ()):
            value[problem.site_index[request.site_id]] -= 1
        return caseloads.sum_of(value)

    def constant(self, problem: Problem) -> int:
        """All requests, as if none were met."""
        return len(problem.district.stay_requests)
