from __future__ import annotations

from planner.facts.district import Pairing
from planner.rules.recusal import Recusal
from tests.planner.rules.contract import RuleContract
from tests.planner.sample import make_problem


class TestRecusal(RuleContract):
    rule = Recusal()
    problem = make_problem(
        {"c0": {}, "c1": {"capacity_percent": 0}, "c2": {}}, "e0 e1 r0",
        recusals=frozenset({Pairing("c0", "e0"), Pairing("c0", "r0"), Pairing("c1", "e0")}))
    obeys = ["", "c0: e1 | c1: e1 r0 | c2: e0 e1 r0"]
    breaks = {
        "c0: e0": {"c0 e0": 1},
        "c0: e0 e1 r0 | c1: e0": {"c0 e0": 1, "c0 r0": 1, "c1 e0": 1},  # each pair is named
    }
