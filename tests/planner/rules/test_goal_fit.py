from __future__ import annotations

from planner.facts.district import StayRequest
from planner.rules.goal_fit import Fit
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import make_plan, make_problem


class TestFit(GoalContract):
    """c0's unit serves software; c1's serves no industry in particular. e0 is in software, e1 in medicine, e2 untold.

    Residents of r0 ask for c0, those of e0 for c1: two requests.
    """

    goal = Fit()
    problem = make_problem(
        2, {"e0": {"industry": "软件"}, "e1": {"industry": "医药"}, "e2": {}, "r0": {}},
        offices={"o0": {"industries": ("软件", "电信")}, "o1": {}},
        stay_requests=frozenset({StayRequest("c0", "r0"), StayRequest("c1", "e0")}))
    table = {
        "": 2,  # both requests unmet
        "c0: e0 e1 e2 r0": 2,  # e1 does not suit, and e0 asked for c1
        "c1: e0 e1 e2 r0": 1,  # r0 asked for c0
        "c0: r0 | c1: e0 e1 e2": 0,
        "c0: e1": 3,
    }


def test_of_two_requests_for_one_site_one_is_met() -> None:
    problem = make_problem(2, "r0", stay_requests=frozenset({StayRequest("c0", "r0"), StayRequest("c1", "r0")}))
    assert Fit().constant(problem) == 2
    assert Fit().measure(make_plan("c1: r0"), problem) == 1
