from __future__ import annotations

from planner.rules.constituency import Constituency
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_problem

CADRES = {
    "c0": {"constituency_id": "东区"},
    "c1": {"constituency_id": "南区"},  # a constituency without any site
    "c2": {"constituency_id": "东区", "capacity_percent": 0},
}
SITES = {
    "e0": {"constituency_id": "东区"}, "e1": {}, "r0": {"constituency_id": "东区"}, "r1": {"constituency_id": "西区"}}


class TestConstituency(RuleContract):
    """One site at home is enough; a deputy without sites at home, or without capacity, owes none."""

    rule = Constituency()
    problem = make_problem(CADRES, SITES)
    obeys = ["c0: e0", "c0: e1 r0 r1 | c1: e1", "c0: e0 r0"]
    breaks = {
        "c0: e1 r1": {"c0 e1 r1": 1},
        "": {"c0": 1},
        "c1: e0 r0": {"c0": 1},
    }


class TestMoreThanThereAre(RuleExamples):
    """Three are asked for, but the constituency has two sites: then both."""

    rule = Constituency()
    problem = make_problem(CADRES, SITES, policy={"min_deputy_sites_in_constituency": 3})
    obeys = ["c0: e0 r0"]
    breaks = {"c0: e0 e1": {"c0 e0 e1": 1}, "": {"c0": 2}}
