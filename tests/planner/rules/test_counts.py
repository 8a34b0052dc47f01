from __future__ import annotations

from planner.rules.counts import CommitteeCount, EnterpriseCount
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_problem

SECOND_IS_EXCLUDED = {"c0": {}, "c1": {"capacity_percent": 0}}


class TestCommitteeCount(RuleContract):
    rule = CommitteeCount()
    problem = make_problem(SECOND_IS_EXCLUDED, "e0 r0 r1 r2", policy={"max_committees_per_cadre": 2})
    obeys = [
        "",
        "c0: r0 r1 e0",  # exactly at the limit; the enterprise does not count
        "c1: e0",  # holds no committee
    ]
    breaks = {
        "c0: r0 r1 r2": {"c0 r0 r1 r2": 1},  # 3 - 2
        "c1: r0 e0": {"c1 r0": 1},  # without capacity the limit is 0
        "c0: r0 r1 r2 | c1: r0 r1": {"c0 r0 r1 r2": 1, "c1 r0 r1": 2},
    }


class TestNoCommittees(RuleExamples):
    rule = CommitteeCount()
    problem = make_problem(2, "e0 r0", policy={"max_committees_per_cadre": 0})
    obeys = ["", "c0: e0"]
    breaks = {"c0: e0 r0": {"c0 r0": 1}}


class TestEnterpriseCount(RuleContract):
    rule = EnterpriseCount()
    problem = make_problem(
        SECOND_IS_EXCLUDED, "e0 e1 e2 r0", policy={"min_enterprises_per_cadre": 1, "max_enterprises_per_cadre": 2})
    obeys = [
        "c0: e0",  # exactly the least
        "c0: e0 e1 r0 | c1: r0",  # exactly the most; the excluded holds no enterprise
    ]
    breaks = {
        "c0: e0 e1 e2": {"c0 e0 e1 e2": 1},  # 3 - 2
        "": {"c0": 1},  # 1 - 0; the excluded owes nothing
        "c0: r0": {"c0": 1},
        "c1: e0 e1": {"c0": 1, "c1 e0 e1": 2},  # the excluded must have 0 to 0
    }


class TestExactlyTwoEnterprises(RuleExamples):
    rule = EnterpriseCount()
    problem = make_problem(2, "e0 e1 e2 e3", policy={"min_enterprises_per_cadre": 2, "max_enterprises_per_cadre": 2})
    obeys = ["c0: e0 e1 | c1: e2 e3"]
    breaks = {
        "c0: e0 e1 e2 | c1: e3": {"c0 e0 e1 e2": 1, "c1 e3": 1},
        "c0: e0 e1 e2 e3": {"c0 e0 e1 e2 e3": 2, "c1": 2},
    }
