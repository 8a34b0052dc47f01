"""选区: a people's congress deputy holds a site of his own constituency.

For every deputy c:  sites of c in constituency(c) >= min(min_deputy_sites_in_constituency, sites in constituency(c))
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import CaseloadRule, Limit
from planner.text import Text


class Constituency(CaseloadRule):
    """Deputies meet their voters where they liaise."""

    id = "constituency"
    title = Text("代表选区", "deputy's constituency")
    clause = Text("人大代表的选区与联系点对应", "a deputy's constituency matches his liaison point")

    def setting(self, policy: Policy) -> Text:
        """The number."""
        least = policy.min_deputy_sites_in_constituency
        return Text(f"代表至少{least}个联系点在本选区", f"at least {least} of a deputy's sites in his constituency")

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """Fewer sites in the constituency than asked."""
        if cadre.constituency_id is None or cadre.capacity_percent == 0:
            return None
        there = problem.totals.sites_in_constituency.get(cadre.constituency_id, 0)
        least = min(problem.policy.min_deputy_sites_in_constituency, there)
        count = sum(site.constituency_id == cadre.constituency_id for site in sites)
        if count >= least:
            return None
        return self.violation(
            (cadre.id, *(site.id for site in sites)), least - count,
            f"代表{cadre.name}（{cadre.id}）在本选区{cadre.constituency_id}有{count}个联系点，至少应有{least}个",
            f"deputy {cadre.name} ({cadre.id}) holds {count} sites in constituency {cadre.constituency_id}, "
            f"at least {least}",
        )

    def limits(self, problem: Problem, cadre_index: int) -> tuple[Limit, ...]:
        """A lower limit on sites of the constituency."""
        cadre = problem.district.cadres[cadre_index]
        if cadre.constituency_id is None or cadre.capacity_percent == 0:
            return ()
        own = cadre.constituency_id
        weights = np.array([site.constituency_id == own for site in problem.district.sites], dtype=np.int64)
        there = problem.totals.sites_in_constituency.get(own, 0)
        return (Limit(weights, min(problem.policy.min_deputy_sites_in_constituency, there), there),)
