"""工作量上限: no cadre carries more than a multiple of his fair share.

For every cadre c:  load(c) <= max_load_percent_of_fair_share / 100 * fair_share(c)
with load(c) = sum of workload_minutes and fair_share(c) = total workload * capacity(c) / total capacity.
Compared in whole numbers, without rounding. Cadres without capacity are the business of the counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import CaseloadRule, Limit
from planner.text import Text


class LoadLimit(CaseloadRule):
    """No one carries far more than his share."""

    id = "load-limit"
    title = Text("工作量上限", "load limit")
    clause = Text("工作量均衡要求：每名领导工作量不超过应担份额的规定倍数",
                  "balanced workload: no cadre carries more than the set multiple of his fair share")

    def setting(self, policy: Policy) -> Text:
        """The multiple."""
        percent = policy.max_load_percent_of_fair_share
        return Text(f"不超过应担份额的{percent}%", f"at most {percent} % of the fair share")

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """More minutes a month than the limit; the amount is in minutes."""
        if cadre.capacity_percent == 0:
            return None
        load = sum(site.workload_minutes for site in sites)
        percent = problem.policy.max_load_percent_of_fair_share
        allowed = percent * problem.total_workload_minutes * cadre.capacity_percent
        if load * 100 * problem.total_capacity_percent <= allowed:
            return None
        limit = allowed // (100 * problem.total_capacity_percent)
        return self.violation(
            (cadre.id, *(site.id for site in sites)), load - limit,
            f"{cadre.name}（{cadre.id}）每月工作量{load}分钟，上限{limit}分钟（应担份额的{percent}%）",
            f"{cadre.name} ({cadre.id}) carries {load} minutes a month, limit {limit} ({percent} % of the fair share)",
        )

    def limits(self, problem: Problem, cadre_index: int) -> tuple[Limit, ...]:
        """Sum of minutes."""
        arrays, percent = problem.arrays, problem.policy.max_load_percent_of_fair_share
        capacity = int(arrays.capacity_percent[cadre_index])
        if capacity == 0:
            return ()
        upper = percent * problem.total_workload_minutes * capacity // (100 * problem.total_capacity_percent)
        return (Limit(arrays.workload_minutes, 0, upper),)
