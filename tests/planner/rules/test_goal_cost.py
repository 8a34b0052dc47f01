"""The goals with a price, in one sum: seconds of travel."""

from __future__ import annotations

from planner.facts.district import Pairing, PastTerm
from planner.facts.policy import GoalTolerance
from planner.rules import COST
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import make_problem

PRICED = (GoalTolerance("unassigned"), GoalTolerance("fairness", 5), GoalTolerance("spread", minutes=0.1),
          GoalTolerance("travel", minutes=1), GoalTolerance("fit"), GoalTolerance("changes", minutes=10))


class TestCost(GoalContract):
    """Two equal cadres, sites of 60 minutes: a fair share is 90. c0 held e0 in the term before."""

    goal = COST
    problem = make_problem(2, "e0 e1 r0", policy={"goals": PRICED},
                           past_terms=(PastTerm("2025-2026", frozenset({Pairing("c0", "e0")})),))
    table = {
        "": 1080 + 600,  # both 90 minutes off: 180 x 6 s; e0 not kept: 600 s
        "c0: e0": 600 + 30 * 6 + 90 * 6,  # 10 minutes of travel; loads 60 and 0
        "c1: e0 e1 r0": 1200 + 90 * 6 + 90 * 6 + 600,  # four legs; loads 0 and 180; changed
        "c0: e0 r0 | c1: e1": 900 + 600 + 30 * 6 + 30 * 6,
    }

    def test_display(self) -> None:
        assert COST.display(1530) == "26"  # rounds half to even: 25.5

    def test_price_of_a_whole_number(self) -> None:
        assert COST.seconds_per_unit(self.problem.policy) == {"spread": 6, "travel": 1, "changes": 600}
