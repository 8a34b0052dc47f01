"""轮换: after a term a cadre moves on to other committees.

Forbidden: (c, s) in force in any of the last ``committee_ban_terms`` terms, for a committee s; likewise for
enterprises with ``enterprise_ban_terms`` where ``enterprises_rotate``. A request to stay (挽留) lifts the ban for
the pair it names; how many such continuations there may be is the rule ``continuation``.
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Pairing, Site, SiteKind, StayRequest
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules.base import PairRule
from planner.text import Text


class Rotation(PairRule):
    """No pairing returns within the ban."""

    id = "rotation"
    title = Text("轮换", "rotation")
    clause = Text("领导干部定点联系的居委会两年一次进行调整",
                  "the committees of a cadre's liaison are adjusted every two years")

    def setting(self, policy: Policy) -> Text:
        """The ban, and whether enterprises rotate."""
        zh_firms, en_firms = "企业不要求轮换", "enterprises need not rotate"
        if policy.enterprises_rotate:
            zh_firms = f"企业{policy.enterprise_ban_terms}届内不重复"
            en_firms = f"enterprises do not return within {policy.enterprise_ban_terms} terms"
        return Text(f"居委会{policy.committee_ban_terms}届内不重复；{zh_firms}",
                    f"committees do not return within {policy.committee_ban_terms} terms; {en_firms}")

    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        """The pair was in force too recently; the amount is the number of terms still to wait."""
        policy = problem.policy
        if site.kind is SiteKind.COMMITTEE:
            ban = policy.committee_ban_terms
        else:
            ban = policy.enterprise_ban_terms if policy.enterprises_rotate else 0
        served = problem.last_term_of.get(Pairing(cadre.id, site.id))
        if served is None or served[0] > ban or StayRequest(cadre.id, site.id) in problem.district.stay_requests:
            return None
        terms_ago, term_id = served
        return self.violation(
            (cadre.id, site.id), ban - terms_ago + 1,
            f"{cadre.name}（{cadre.id}）在{term_id}已联系{site.name}（{site.id}），{ban}届内须轮换",
            f"{cadre.name} ({cadre.id}) served {site.name} ({site.id}) in {term_id}; must rotate within {ban} terms",
        )

    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        """Strike the cadre's recent sites that nobody asked him to stay with."""
        policy, district = problem.policy, problem.district
        struck = np.zeros(len(district.sites), dtype=np.bool_)
        cadre_id = district.cadres[cadre_index].id
        for pairing, terms_ago in problem.past_pairings_of.get(cadre_id, ()):
            site = problem.site_index.get(pairing.site_id)
            if site is None or StayRequest(cadre_id, pairing.site_id) in district.stay_requests:
                continue
            ban = policy.enterprise_ban_terms if policy.enterprises_rotate else 0
            if problem.arrays.is_committee[site]:
                ban = policy.committee_ban_terms
            struck[site] |= terms_ago <= ban
        return struck
