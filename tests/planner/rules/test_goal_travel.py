from __future__ import annotations

from planner.facts.district import TimeWindow
from planner.facts.problem import Problem
from planner.facts.travel import UNREACHABLE
from planner.rules.goal_travel import Travel
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import make_plan, make_problem


class TestTravel(GoalContract):
    """In seconds. e0 receives at 9:00 sharp, so it comes first, although o0, e1, e0, o0 would be the shorter way."""

    goal = Travel()
    problem = make_problem(
        2, {"e0": {"visiting_hours": TimeWindow(9 * 3600, 9 * 3600 + 1800)}, "e1": {}, "r0": {}},
        travel={("o0", "e0"): 600, ("e0", "o0"): 60, ("e0", "e1"): 120, ("e1", "e0"): 60, ("o0", "r0"): UNREACHABLE})
    table = {
        "": 0,
        "c0: e0": 660,  # 600 + 60
        "c0: e0 e1": 1020,  # 600 + 120 + 300, not 300 + 60 + 60
        "c0: e0 r0": 1200,  # 600 + 300 + 300
        "c0: r0": 25200,  # no way out: a whole visit day of 420 minutes
        "c0: e1 | c1: e0 r0": 1500,  # 600 and 900
    }

    def test_display(self) -> None:
        assert self.goal.display(1500) == "25"

    def test_cap_adds_minutes(self) -> None:
        assert self.goal.cap(1500, 2, 0, self.problem) == 1530
        assert self.goal.cap(1500, 0, 10, self.problem) == 2100  # 25 + 10 minutes


class TestTooLongADayCountsAsAWholeOne(GoalContract):
    """Two visits of 30 minutes, five minutes apart, make 75 minutes, more than 70."""

    goal = Travel()
    problem = make_problem(2, "e0 r0", policy={"max_visit_day_minutes": 70})
    table = {"c0: e0 | c1: r0": 1200, "c0: e0 r0": 4200}


def three_visits(max_visit_day_minutes: int) -> Problem:
    """Visits of 30 minutes: e0 at 9:00 sharp, e2 at 10:10 sharp, e1 at any time; e2, e1, o0 lie 290 s apart."""
    return make_problem(
        1, {"e0": {"visiting_hours": TimeWindow(32400, 34200)}, "e1": {},
            "e2": {"visiting_hours": TimeWindow(36600, 38400)}},
        travel={("e2", "e1"): 290, ("e1", "o0"): 290},
        policy={"max_visit_day_minutes": max_visit_day_minutes})


class TestLeastTravelWithinTheLength(GoalContract):
    """The order with the least travel is too long; the goal takes the best that a visit day allows.

    e0, e1, e2: 8:55 to 10:45, 110 minutes, with 4 * 300 s of travel.
    e0, e2, e1: 8:55 to 11:19:40, with 300 + 300 + 290 + 290 s of travel.
    """

    goal = Travel()
    problem = three_visits(144)
    table = {"c0: e0 e1 e2": 1200, "c0: e0 e1": 890}


def test_a_longer_visit_day_lets_the_shorter_way_win() -> None:
    assert Travel().measure(make_plan("c0: e0 e1 e2"), three_visits(145)) == 1180
