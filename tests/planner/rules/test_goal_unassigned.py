from __future__ import annotations

from planner.rules.goal_unassigned import Unassigned
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import make_problem


class TestUnassigned(GoalContract):
    goal = Unassigned()
    problem = make_problem({"c0": {}, "c1": {}, "c2": {"capacity_percent": 0}}, "e0 e1 r0 r1")
    table = {
        "": 4,
        "c0: e0": 3,
        "c0: e0 | c1: r0": 2,
        "c0: e0 e1 | c2: r0 r1": 0,  # that c2 is excluded is the counts' business
    }
