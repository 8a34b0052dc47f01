"""区领导覆盖: every sub-district with sites has a district leader among its cadres.

For every sub-district k with sites:
    pairs of district leaders with sites of k >= min(min_leader_sites_per_subdistrict, sites of k)
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.facts.district import Rank
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import Block, DistrictRule, Row
from planner.text import Text


class LeaderPresence(DistrictRule):
    """The district's leaders know every sub-district at first hand."""

    id = "leader-presence"
    title = Text("区领导覆盖街道", "a leader in every sub-district")
    clause = Text("区领导联系街道全覆盖", "district leaders cover every sub-district")

    def setting(self, policy: Policy) -> Text:
        """The number."""
        least = policy.min_leader_sites_per_subdistrict
        return Text(f"每个街道至少{least}个联系点由区领导联系",
                    f"a district leader holds at least {least} sites of every sub-district")

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """Sub-districts with too few sites held by leaders."""
        district = problem.district
        for subdistrict in district.subdistricts:
            sites = [site for site in district.sites if site.subdistrict_id == subdistrict.id]
            least = min(problem.policy.min_leader_sites_per_subdistrict, len(sites))
            count = sum(
                district.cadre_by_id[cadre_id].rank is Rank.DISTRICT_LEADER
                for site in sites
                for cadre_id in plan.cadres_of.get(site.id, ())
            )
            if count < least:
                yield self.violation((subdistrict.id,), least - count,
                                     f"{subdistrict.name}由区领导联系的联系点有{count}个，至少应有{least}个",
                                     f"district leaders hold {count} sites of {subdistrict.name}, at least {least}")

    def rows(self, problem: Problem) -> tuple[Row, ...]:
        """Leaders times the sites of each sub-district."""
        leaders = np.flatnonzero(problem.arrays.rank == int(Rank.DISTRICT_LEADER))
        rows = []
        for index, subdistrict in enumerate(problem.district.subdistricts):
            sites = np.flatnonzero(problem.arrays.subdistrict == index)
            least = min(problem.policy.min_leader_sites_per_subdistrict, len(sites))
            if least > 0:
                rows.append(Row((subdistrict.id,), (Block(leaders, sites),), least, None))
        return tuple(rows)
