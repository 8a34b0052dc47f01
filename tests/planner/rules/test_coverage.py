from __future__ import annotations

from planner.rules.coverage import Coverage
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_problem


class TestCoverage(RuleContract):
    rule = Coverage()
    problem = make_problem(2, "e0 e1 r0")
    obeys = ["c0: e0 e1 r0", "c0: e0 | c1: e1 r0"]
    breaks = {
        "c0: e0 | c1: e1": {"r0": 1},
        "c0: e0 e1 r0 | c1: r0": {"r0 c0 c1": 1},  # two holders, one too many
        "c0: e0 | c1: e0": {"e0 c0 c1": 1, "e1": 1, "r0": 1},
        "": {"e0": 1, "e1": 1, "r0": 1},
    }


class TestThreeHolders(RuleExamples):
    rule = Coverage()
    problem = make_problem(3, "e0 e1")
    obeys = ["c2: e0 e1"]
    breaks = {"c0: e0 | c1: e0 e1 | c2: e0": {"e0 c0 c1 c2": 2}, "c0: e0": {"e1": 1}}
