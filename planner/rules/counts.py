"""联系户数: how many committees and enterprises a cadre holds.

For every cadre c:  committees(c) <= max_committees_per_cadre
                    min_enterprises_per_cadre <= enterprises(c) <= max_enterprises_per_cadre
A cadre without capacity (0 %) is excluded from the term and holds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Site, SiteKind
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import CaseloadRule, Limit
from planner.text import Text


class CommitteeCount(CaseloadRule):
    """At most so many committees a cadre."""

    id = "committee-count"
    title = Text("居委会户数", "committee count")
    clause = Text("领导干部定点联系居委会制度：每名领导定点联系居委会不超过规定数",
                  "rules on fixed committee liaison: no more committees a cadre than set")

    def setting(self, policy: Policy) -> Text:
        """The limit."""
        limit = policy.max_committees_per_cadre
        return Text(f"每人至多{limit}个居委会", f"at most {limit} committees a cadre")

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """More committees than allowed."""
        count = sum(site.kind is SiteKind.COMMITTEE for site in sites)
        limit = problem.policy.max_committees_per_cadre if cadre.capacity_percent else 0
        if count <= limit:
            return None
        return self.violation(
            (cadre.id, *(site.id for site in sites if site.kind is SiteKind.COMMITTEE)), count - limit,
            f"{cadre.name}（{cadre.id}）联系居委会{count}个，上限{limit}个",
            f"{cadre.name} ({cadre.id}) has {count} committees, limit {limit}",
        )

    def limits(self, problem: Problem, cadre_index: int) -> tuple[Limit, ...]:
        """Sum of committees."""
        arrays = problem.arrays
        upper = problem.policy.max_committees_per_cadre if arrays.capacity_percent[cadre_index] else 0
        return (Limit(arrays.is_committee.astype("int64"), 0, upper),)


class EnterpriseCount(CaseloadRule):
    """At least and at most so many enterprises a cadre."""

    id = "enterprise-count"
    title = Text("企业户数", "enterprise count")
    clause = Text("领导干部联系企业制度：每名领导结对企业数在规定范围内",
                  "rules on enterprise liaison: the number of enterprises a cadre lies within the set range")

    def setting(self, policy: Policy) -> Text:
        """The range."""
        low, high = policy.min_enterprises_per_cadre, policy.max_enterprises_per_cadre
        return Text(f"每人{low}至{high}家企业", f"{low} to {high} enterprises a cadre")

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """Fewer or more enterprises than allowed."""
        count = sum(site.kind is SiteKind.ENTERPRISE for site in sites)
        low, high = problem.policy.min_enterprises_per_cadre, problem.policy.max_enterprises_per_cadre
        if cadre.capacity_percent == 0:
            low, high = 0, 0
        if low <= count <= high:
            return None
        return self.violation(
            (cadre.id, *(site.id for site in sites if site.kind is SiteKind.ENTERPRISE)),
            low - count if count < low else count - high,
            f"{cadre.name}（{cadre.id}）联系企业{count}家，应为{low}至{high}家",
            f"{cadre.name} ({cadre.id}) has {count} enterprises, must have {low} to {high}",
        )

    def limits(self, problem: Problem, cadre_index: int) -> tuple[Limit, ...]:
        """Sum of enterprises."""
        policy = problem.policy
        takes_part = bool(problem.arrays.capacity_percent[cadre_index])
        weights = (~problem.arrays.is_committee).astype("int64")
        lower = policy.min_enterprises_per_cadre if takes_part else 0
        return (Limit(weights, lower, policy.max_enterprises_per_cadre if takes_part else 0),)
