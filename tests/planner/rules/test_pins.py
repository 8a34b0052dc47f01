from __future__ import annotations

from planner.facts.district import Pairing
from planner.rules.pins import Pins
from tests.planner.rules.contract import RuleContract
from tests.planner.sample import make_problem


class TestPins(RuleContract):
    """e0 is pinned to c0; the pins of e1 contradict each other, so either of the two named may hold it."""

    rule = Pins()
    problem = make_problem(
        3, "e0 e1 r0", pins=frozenset({Pairing("c0", "e0"), Pairing("c0", "e1"), Pairing("c1", "e1")}))
    obeys = [
        "",  # that nobody holds a pinned site is the coverage's business
        "c0: e0 e1 r0",
        "c0: e0 | c1: e1 | c2: r0",
        "c0: e1 | c1: e1",
    ]
    breaks = {
        "c1: e0": {"c1 e0 c0": 1},
        "c0: e0 | c2: e0": {"c2 e0 c0": 1},
        "c2: e0 e1": {"c2 e0 c0": 1, "c2 e1 c0 c1": 1},  # all that are named
    }
