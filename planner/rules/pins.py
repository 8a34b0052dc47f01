"""指定: a site that is pinned to a cadre goes to that cadre.

Forbidden: (c, s) where the pins of s name only other cadres.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules.base import PairRule
from planner.text import Text


class Pins(PairRule):
    """What was agreed beforehand stands."""

    id = "pins"
    title = Text("指定", "pins")
    clause = Text("领导小组指定的联系关系优先落实", "pairings fixed by the leading group come first")

    def setting(self, policy: Policy) -> Text:
        """Has no number."""
        del policy
        return Text("指定的对象由指定的领导联系", "a pinned site goes to the cadre it is pinned to")

    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        """The site is pinned to somebody else."""
        named = sorted(problem.pinned_cadres_of.get(site.id, ()))
        if not named or cadre.id in named:
            return None
        return self.violation(
            (cadre.id, site.id, *named), 1,
            f"{site.name}（{site.id}）指定由{'、'.join(named)}联系，现由{cadre.name}（{cadre.id}）联系（1对，应为0对）",
            f"{site.name} ({site.id}) is pinned to {', '.join(named)} but held by {cadre.name} ({cadre.id}): "
            "1 pair, limit 0",
        )

    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        """Strike all sites pinned to others."""
        own = problem.district.cadres[cadre_index].id
        struck = np.zeros(len(problem.district.sites), dtype=np.bool_)
        for site_id, cadre_ids in problem.pinned_cadres_of.items():
            struck[problem.site_index[site_id]] = own not in cadre_ids
        return struck
