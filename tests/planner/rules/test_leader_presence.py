from __future__ import annotations

import numpy as np

from planner.facts.district import Rank
from planner.rules.leader_presence import LeaderPresence
from tests.planner.rules.contract import RuleContract, RuleExamples, encoding_accepts
from tests.planner.sample import make_plan, make_problem

ONE_LEADER = {"c0": {"rank": Rank.DISTRICT_LEADER}, "c1": {}}
THREE_SUBDISTRICTS = ("k0", "k1", "k2")  # two sites, one site, none
SITES = {"e0": {}, "e1": {}, "r0": {"subdistrict_id": "k1"}}


class TestLeaderPresence(RuleContract):
    rule = LeaderPresence()
    problem = make_problem(
        ONE_LEADER, SITES, subdistricts=THREE_SUBDISTRICTS, policy={"min_leader_sites_per_subdistrict": 1})
    obeys = ["c0: e0 r0", "c0: e0 e1 r0", "c0: e1 r0 | c1: e0"]
    breaks = {
        "c0: e0 e1 | c1: r0": {"k1": 1},
        "c1: e0 e1 r0": {"k0": 1, "k1": 1},  # k2 has no sites and asks for none
        "": {"k0": 1, "k1": 1},
    }


class TestMoreThanThereAre(RuleExamples):
    """Two are asked for; k1 has one site: then that one."""

    rule = LeaderPresence()
    problem = make_problem(
        ONE_LEADER, SITES, subdistricts=THREE_SUBDISTRICTS, policy={"min_leader_sites_per_subdistrict": 2})
    obeys = ["c0: e0 e1 r0"]
    breaks = {"c0: e0 r0": {"k0": 1}, "c1: e0": {"k0": 2, "k1": 1}}


class TestTwoLeadersTogether(RuleExamples):
    """Two leaders hold one site of k0 each, which makes two."""

    rule = LeaderPresence()
    problem = make_problem(
        {"c0": {"rank": Rank.DISTRICT_LEADER}, "c1": {"rank": Rank.DISTRICT_LEADER}, "c2": {}}, "e0 e1 r0",
        policy={"min_leader_sites_per_subdistrict": 2})
    obeys = ["c0: e0 | c1: r0", "c0: e0 e1 | c2: r0"]
    breaks = {"c0: e0 | c2: e1 r0": {"k0": 1}}


def test_without_leaders_no_plan_is_legal_for_check_and_encoding_alike() -> None:
    problem = make_problem(1, "e0 e1", policy={"min_leader_sites_per_subdistrict": 1})
    assert [one.amount for one in LeaderPresence().check(make_plan("c0: e0 e1"), problem)] == [1]
    assert not encoding_accepts(LeaderPresence(), problem, np.array([[1, 1]], dtype=np.int64))
