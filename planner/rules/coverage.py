"""覆盖: every site has exactly one cadre.

For every site s:  sum over cadres c of x[c, s] = 1
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import Block, DistrictRule, Row
from planner.text import Text


class Coverage(DistrictRule):
    """定人: one fixed person for every place."""

    id = "coverage"
    title = Text("覆盖", "coverage")
    clause = Text("一线工作法“定人定点定时”：每个联系点有且只有一名联系领导",
                  "frontline work method, “fixed person, place and time”: one cadre for every site")
    partition = True

    def setting(self, policy: Policy) -> Text:
        """Has no number."""
        del policy
        return Text("每个联系点恰有1名联系领导", "every site has exactly 1 cadre")

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """Sites with no cadre or with several."""
        for site in problem.district.sites:
            holders = plan.cadres_of.get(site.id, ())
            if len(holders) != 1:
                yield self.violation(
                    (site.id, *holders), abs(len(holders) - 1),
                    f"{site.name}（{site.id}）有{len(holders)}名联系领导，应为1名",
                    f"{site.name} ({site.id}) has {len(holders)} cadres, must have 1",
                )

    def rows(self, problem: Problem) -> tuple[Row, ...]:
        """One row for every site."""
        everyone = np.arange(len(problem.district.cadres), dtype=np.int64)
        return tuple(
            Row((site.id,), (Block(everyone, np.array([index], dtype=np.int64)),), 1, 1)
            for index, site in enumerate(problem.district.sites)
        )
