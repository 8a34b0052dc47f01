from __future__ import annotations

from planner.facts.district import Pairing, PastTerm, StayRequest
from planner.rules.rotation import Rotation
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_problem

HISTORY = (  # oldest first; c9 and r9 have left the district
    PastTerm("2021-2022", frozenset({Pairing("c0", "r0"), Pairing("c1", "r0"), Pairing("c1", "e1")})),
    PastTerm("2023-2024", frozenset({Pairing("c0", "r1"), Pairing("c0", "e1"), Pairing("c9", "r0")})),
    PastTerm("2025-2026", frozenset({Pairing("c0", "r0"), Pairing("c0", "e0"), Pairing("c1", "r1"),
                                     Pairing("c1", "r9")})),
)


class TestRotation(RuleContract):
    """Committees are banned for two terms; enterprises need not rotate."""

    rule = Rotation()
    problem = make_problem(2, "e0 e1 r0 r1", past_terms=HISTORY)
    obeys = [
        "",
        "c0: e0 e1",  # enterprises stay
        "c1: r0",  # three terms ago is long enough
    ]
    breaks = {
        "c0: r0": {"c0 r0": 2},  # the term just ending: two terms to wait, though he served before, too
        "c0: r1": {"c0 r1": 1},  # two terms ago: one to wait
        "c0: r0 r1 e0 | c1: r0 r1": {"c0 r0": 2, "c0 r1": 1, "c1 r1": 2},
    }


class TestRequestLiftsTheBan(RuleExamples):
    """Residents of r0 ask c0 to stay: the request lifts his ban at r0, nobody else's and nowhere else."""

    rule = Rotation()
    problem = make_problem(
        2, "e0 r0 r1", past_terms=HISTORY, stay_requests=frozenset({StayRequest("c0", "r0"), StayRequest("c1", "r0")}))
    obeys = ["c0: r0 | c1: r0"]
    breaks = {"c0: r0 r1": {"c0 r1": 1}, "c1: r0 r1": {"c1 r1": 2}}


class TestEnterprisesRotateToo(RuleExamples):
    """Enterprises are banned for one term, committees not at all."""

    rule = Rotation()
    problem = make_problem(
        2, "e0 e1 r0 r1", past_terms=HISTORY,
        policy={"enterprises_rotate": True, "enterprise_ban_terms": 1, "committee_ban_terms": 0})
    obeys = ["c0: e1 r0 r1", "c1: e0 e1 r1"]  # e1 was two terms ago
    breaks = {"c0: e0": {"c0 e0": 1}}
