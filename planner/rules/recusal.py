"""回避: a cadre does not hold a site he must keep away from. The reason is not known here and never will be."""

from __future__ import annotations

import numpy as np

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Pairing, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules.base import PairRule
from planner.text import Text


class Recusal(PairRule):
    """No pairing that the list of recusals names."""

    id = "recusal"
    title = Text("回避", "recusal")
    clause = Text("亲清政商关系与任职回避规定：列入回避名单的不得结对",
                  "rules on recusal: what the recusal list names is not paired")

    def setting(self, policy: Policy) -> Text:
        """Has no number."""
        del policy
        return Text("回避名单所列均不结对", "nothing on the recusal list is paired")

    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        """The pair stands on the list."""
        if Pairing(cadre.id, site.id) not in problem.district.recusals:
            return None
        return self.violation(
            (cadre.id, site.id), 1,
            f"{cadre.name}（{cadre.id}）与{site.name}（{site.id}）在回避名单上，应为0对，现有1对",
            f"{cadre.name} ({cadre.id}) and {site.name} ({site.id}) are on the recusal list: 1 pair, limit 0",
        )

    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        """Strike the cadre's listed sites."""
        struck = np.zeros(len(problem.district.sites), dtype=np.bool_)
        for recusal in problem.recusals_of.get(problem.district.cadres[cadre_index].id, ()):
            struck[problem.site_index[recusal.site_id]] = True
        return struck
