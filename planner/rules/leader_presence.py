"""区领导覆盖: every sub-district with sites has a district leader among its cadres.

For every sub-district k with sites:
    pairs of district leaders with sites of k >= min(min_leader_sites_per_subdistrict, sites of k)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.facts.district import Pairing, Rank
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
        held = self.tally(plan.pairings, problem)
        for subdistrict in district.subdistricts:
            sites = problem.totals.sites_in_subdistrict.get(subdistrict.id, 0)
            least = min(problem.policy.min_leader_sites_per_subdistrict, sites)
            count = held.get((subdistrict.id,), 0)
            if count < least:
                yield self.violation((subdistrict.id,), least - count,
                                     f"{subdistrict.name}由区领导联系的联系点有{count}个，至少应有{least}个",
                                     f"district leaders hold {count} sites of {subdistrict.name}, at least {least}")

    def tally(self, pairings: Iterable[Pairing], problem: Problem) -> Mapping[tuple[str, ...], int]:
        """Sites that leaders hold, by sub-district."""
        district = problem.district
        return Counter((district.site_by_id[one.site_id].subdistrict_id,) for one in pairings
                       if district.cadre_by_id[one.cadre_id].rank is Rank.DISTRICT_LEADER)

    def rows(self, problem: Problem) -> tuple[Row, ...]:
        """Leaders times the sites of each sub-district."""
        leaders = np.flatnonzero(problem.arrays.rank == int(Rank.DISTRICT_LEADER))
        rows = []
        for index, subdistrict in enumerate(problem.district.subdistricts):
            sites = np.flatnonzero(problem.arrays.subdistrict == index)
            in_whole = problem.totals.sites_in_subdistrict.get(subdistrict.id, 0)
            least = min(problem.policy.min_leader_sites_per_subdistrict, in_whole)
            if least > 0:
                rows.append(Row((subdistrict.id,), (Block(leaders, sites),), least, None))
        return tuple(rows)
