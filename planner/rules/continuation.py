"""挽留: pairings that stay on residents' request, against the rotation, are few.

Number of pairings (c, s) of the plan with a request to stay that the rotation would forbid <= max_continuations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.verdict import Violation
from planner.facts.district import Pairing, SiteKind, StayRequest
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules.base import Block, DistrictRule, Row
from planner.text import Text


class Continuation(DistrictRule):
    """A bounded, visible exception to the rotation."""

    id = "continuation"
    title = Text("挽留", "continuation on request")
    clause = Text("群众来信挽留的，经批准可在规定名额内续联一届",
                  "where residents ask a cadre to stay, he may go on for a term within the set number")

    def setting(self, policy: Policy) -> Text:
        """The number."""
        limit = policy.max_continuations
        return Text(f"全区至多{limit}个续联", f"at most {limit} continuations in the district")

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        """More continuations than allowed."""
        continued = [pairing for pairing in plan.pairings if self._continues(pairing, problem)]
        limit = problem.policy.max_continuations
        if len(continued) > limit:
            names = [f"{one.cadre_id}–{one.site_id}" for one in continued]
            yield self.violation(
                tuple(part for one in continued for part in (one.cadre_id, one.site_id)), len(continued) - limit,
                f"挽留续联{len(continued)}对（{'、'.join(names)}），上限{limit}对",
                f"{len(continued)} continuations on request ({', '.join(names)}), limit {limit}",
            )

    @staticmethod
    def _continues(pairing: Pairing, problem: Problem) -> bool:
        """Whether a request lifts the rotation's ban on the pairing."""
        policy = problem.policy
        if StayRequest(pairing.cadre_id, pairing.site_id) not in problem.district.stay_requests:
            return False
        site = problem.district.site_by_id[pairing.site_id]
        rotates = site.kind is SiteKind.COMMITTEE or policy.enterprises_rotate
        ban = policy.committee_ban_terms if site.kind is SiteKind.COMMITTEE else policy.enterprise_ban_terms
        return rotates and pairing in problem.last_term_of and problem.last_term_of[pairing][0] <= ban

    def tally(self, pairings: Iterable[Pairing], problem: Problem) -> Mapping[tuple[str, ...], int]:
        """All continuations: the one row is about nobody in particular."""
        return {(): sum(self._continues(one, problem) for one in pairings)}

    def rows(self, problem: Problem) -> tuple[Row, ...]:
        """One row over the pairs that requests name."""
        blocks = []
        for cadre_id, pairings in sorted(problem.past_pairings_of.items()):
            for pairing, terms_ago in pairings:
                if StayRequest(cadre_id, pairing.site_id) not in problem.district.stay_requests:
                    continue
                cadre, site = problem.cadre_index[cadre_id], problem.site_index[pairing.site_id]
                enterprise_ban = problem.policy.enterprise_ban_terms if problem.policy.enterprises_rotate else 0
                committee = problem.arrays.is_committee[site]
                if terms_ago <= (problem.policy.committee_ban_terms if committee else enterprise_ban):
                    blocks.append(Block(np.array([cadre], dtype=np.int64), np.array([site], dtype=np.int64)))
        return (Row((), tuple(blocks), None, problem.policy.max_continuations),) if blocks else ()
