"""变动: enterprises that change hands, although they need not.

Value: enterprises that a cadre still in office held in the last term and that he does not hold in this plan.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.district import Pairing, SiteKind
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads
from planner.text import Text


def _keepable(problem: Problem) -> tuple[Pairing, ...]:
    """Enterprise pairings of the last term whose cadre and enterprise are still there."""
    if not problem.district.past_terms:
        return ()
    cadres, sites = problem.cadre_index, problem.district.site_by_id
    return tuple(
        one for one in sorted(problem.district.past_terms[-1].pairings)
        if one.cadre_id in cadres and one.site_id in sites and sites[one.site_id].kind is SiteKind.ENTERPRISE
    )


class Changes(Goal):
    """Relations that work are kept."""

    id = "changes"
    shape = "additive"
    title = Text("更换联系领导的企业", "enterprises that change hands")
    unit = Text("家", "enterprises")

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Count those not kept."""
        held = set(plan.pairings)
        return sum(one not in held for one in _keepable(problem))

    def price(self, caseloads: Caseloads) -> IntArray:
        """Every pairing kept is one less."""
        problem = caseloads.problem
        own = problem.district.cadres[caseloads.cadre_index].id
        value = np.zeros(len(problem.district.sites), dtype=np.int64)
        for pairing, terms_ago in problem.past_pairings_of.get(own, ()):
            site = problem.site_index.get(pairing.site_id)
            if terms_ago == 1 and site is not None and not problem.arrays.is_committee[site]:
                value[site] -= 1
        return caseloads.sum_of(value)

    def constant(self, problem: Problem) -> int:
        """All of them, as if none were kept."""
        return len(_keepable(problem))
