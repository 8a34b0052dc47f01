from __future__ import annotations

from planner.facts.district import Rank
from planner.rules.rank import KeyEnterpriseRank
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_problem

ONE_OF_EACH_RANK = {
    "c0": {"rank": Rank.DEPUTY_DIVISION}, "c1": {"rank": Rank.DIVISION}, "c2": {"rank": Rank.DISTRICT_LEADER}}
ONE_KEY_ENTERPRISE = {"e0": {"is_key": True}, "e1": {}, "r0": {}}


class TestKeyEnterpriseRank(RuleContract):
    rule = KeyEnterpriseRank()
    problem = make_problem(ONE_OF_EACH_RANK, ONE_KEY_ENTERPRISE, policy={"key_enterprise_min_rank": Rank.DIVISION})
    obeys = ["c1: e0", "c2: e0"]
    breaks = {"c0: e0": {"c0 e0": 1}}
    numbers = 1  # rank and limit are words; the number is the distance


class TestTwoRanksBelow(RuleExamples):
    rule = KeyEnterpriseRank()
    problem = make_problem(
        ONE_OF_EACH_RANK, ONE_KEY_ENTERPRISE, policy={"key_enterprise_min_rank": Rank.DISTRICT_LEADER})
    obeys = ["", "c0: e1 r0 | c1: e1 | c2: e0"]
    breaks = {
        "c0: e0 e1": {"c0 e0": 2},  # two ranks below
        "c1: e0": {"c1 e0": 1},
        "c0: e0 | c1: e0 r0 | c2: e0": {"c0 e0": 2, "c1 e0": 1},
    }
    numbers = 1
