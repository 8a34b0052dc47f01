from __future__ import annotations

from planner.facts.district import Pairing, PastTerm, StayRequest
from planner.rules.continuation import Continuation
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_plan, make_problem

LAST_TERM = (PastTerm("2025-2026", frozenset({
    Pairing("c0", "r0"), Pairing("c0", "r1"), Pairing("c0", "e0"), Pairing("c1", "r1"), Pairing("c1", "r2")})),)
REQUESTS = frozenset({
    StayRequest("c0", "r0"), StayRequest("c1", "r1"), StayRequest("c1", "r2"),  # served last term: continuations
    StayRequest("c1", "r0"),  # never served there: a wish, not a continuation
    StayRequest("c0", "e0"),  # enterprises need not rotate, so nothing has to be lifted
})


class TestContinuation(RuleContract):
    """One continuation in the whole district."""

    rule = Continuation()
    problem = make_problem(
        2, "e0 r0 r1 r2", past_terms=LAST_TERM, stay_requests=REQUESTS, policy={"max_continuations": 1})
    obeys = [
        "",
        "c0: r0 e0",  # one
        "c0: r1 | c1: r0 r2",  # one: r1 without a request is the rotation's business
    ]
    breaks = {
        "c0: r0 | c1: r1": {"c0 r0 c1 r1": 1},  # 2 - 1
        "c1: r1 r2": {"c1 r1 c1 r2": 1},
        "c0: e0 r0 | c1: r0 r1 r2": {"c0 r0 c1 r1 c1 r2": 2},  # 3 - 1
    }


class TestNoneAllowedAndEnterprisesRotate(RuleExamples):
    rule = Continuation()
    problem = make_problem(
        2, "e0 r0", past_terms=LAST_TERM,
        stay_requests=frozenset({StayRequest("c0", "r0"), StayRequest("c1", "r0"), StayRequest("c0", "e0")}),
        policy={"max_continuations": 0, "enterprises_rotate": True, "enterprise_ban_terms": 1})
    obeys = ["", "c1: e0 r0"]
    breaks = {"c0: e0": {"c0 e0": 1}, "c0: e0 r0": {"c0 e0 c0 r0": 2}}


class TestServedTooLongAgo(RuleExamples):
    """The ban is one term: r0 was last served two terms ago and is free without any request; r1 is not."""

    rule = Continuation()
    problem = make_problem(
        1, "r0 r1",
        past_terms=(PastTerm("2023-2024", frozenset({Pairing("c0", "r0")})),
                    PastTerm("2025-2026", frozenset({Pairing("c0", "r1")}))),
        stay_requests=frozenset({StayRequest("c0", "r0"), StayRequest("c0", "r1")}),
        policy={"max_continuations": 0, "committee_ban_terms": 1})
    obeys = ["c0: r0"]
    breaks = {"c0: r0 r1": {"c0 r1": 1}}


def test_without_requests_there_is_nothing_to_encode_and_nothing_to_find() -> None:
    problem = make_problem(2, "r0 r1", past_terms=LAST_TERM, policy={"max_continuations": 0})
    assert Continuation().rows(problem) == ()
    assert list(Continuation().check(make_plan("c0: r0 | c1: r1"), problem)) == []
