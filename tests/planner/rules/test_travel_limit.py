from __future__ import annotations

from planner.facts.travel import UNREACHABLE
from planner.rules.travel_limit import TravelLimit
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_plan, make_problem


class TestTravelLimit(RuleContract):
    """The limit is 30 minutes, 1800 seconds, from office to site; the way back may be as long as it likes."""

    rule = TravelLimit()
    problem = make_problem(
        2, "e0 e1 r0",
        travel={("o0", "e0"): 1800, ("o0", "e1"): 1801, ("o1", "e0"): 2460, ("e1", "o1"): 9999,
                ("r0", "o1"): UNREACHABLE})
    obeys = [
        "",
        "c0: e0 r0",  # exactly 30 minutes
        "c1: e1 r0",  # far, and unreachable, only on the way back
    ]
    breaks = {
        "c1: e0": {"c1 e0": 11},  # 2460 s = 41 minutes
        "c0: e1": {"c0 e1": 1},  # one second over counts as a minute
        "c0: e0 e1 r0 | c1: e0 e1": {"c0 e1": 1, "c1 e0": 11},
    }

    def test_one_second_over_does_not_read_as_exactly_at_the_limit(self) -> None:
        [found] = self.rule.check(make_plan("c0: e1"), self.problem)
        assert found.text.en == "干部c0 (c0) to 点e1 (e1) takes 30.1 minutes, limit 30"


class TestNoWay(RuleContract):
    rule = TravelLimit()
    problem = make_problem(2, "e0 r0", travel={("o0", "r0"): UNREACHABLE})
    obeys = ["c0: e0 | c1: e0 r0"]
    breaks = {"c0: r0": {"c0 r0": 1}, "c0: e0 r0 | c1: r0": {"c0 r0": 1}}
    numbers = 1  # there is no travel time to name, only the limit


class TestOfficeAtTheSite(RuleExamples):
    """Half a minute is within a limit of one minute, 61 seconds are not."""

    rule = TravelLimit()
    problem = make_problem(
        1, "e0 e1 r0", travel={("o0", "e0"): 0, ("o0", "e1"): 60, ("o0", "r0"): 61}, policy={"max_travel_minutes": 1})
    obeys = ["c0: e0 e1"]
    breaks = {"c0: e0 r0": {"c0 r0": 1}}
