"""职级: a key enterprise is held by a cadre of sufficient rank.

Forbidden: (c, s) where s is a key enterprise and rank(c) < key_enterprise_min_rank.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Rank, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules.base import PairRule
from planner.text import Text

RANK_NAMES = {
    Rank.DEPUTY_DIVISION: Text("副处级", "deputy division chief"),
    Rank.DIVISION: Text("正处级", "division chief"),
    Rank.DISTRICT_LEADER: Text("区领导", "district leader"),
}


class KeyEnterpriseRank(PairRule):
    """Key enterprises deserve a cadre who can decide."""

    id = "rank"
    title = Text("重点企业职级", "rank for key enterprises")
    clause = Text("重点企业由规定职级以上领导联系", "key enterprises are held by cadres of the set rank or above")

    def setting(self, policy: Policy) -> Text:
        """The rank."""
        name = RANK_NAMES[policy.key_enterprise_min_rank]
        return Text(f"重点企业由{name.zh}以上领导联系", f"key enterprises are held by a {name.en} or above")

    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        """The rank is too low; the amount is in ranks."""
        needed = problem.policy.key_enterprise_min_rank
        if not site.is_key or cadre.rank >= needed:
            return None
        is_, must = RANK_NAMES[cadre.rank], RANK_NAMES[needed]
        below = needed - cadre.rank
        return self.violation(
            (cadre.id, site.id), below,
            f"重点企业{site.name}（{site.id}）须由{must.zh}以上联系，{cadre.name}（{cadre.id}）为{is_.zh}（差{below}级）",
            f"key enterprise {site.name} ({site.id}) asks for a {must.en}; {cadre.name} ({cadre.id}) is a {is_.en} "
            f"({below} below)",
        )

    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        """Strike all key enterprises for a cadre below the rank."""
        low = problem.arrays.rank[cadre_index] < int(problem.policy.key_enterprise_min_rank)
        return np.asarray(problem.arrays.is_key & low, dtype=np.bool_)
