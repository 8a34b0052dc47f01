"""What past terms left behind, by hand."""

from __future__ import annotations

import numpy as np

from planner.facts.carried import carried_minutes, longer_ways_percent
from planner.facts.policy import GoalTolerance
from planner.rules.goal_carried import CarriedLoad, CarriedTravel
from tests.planner.rules.test_goal_carried import term
from tests.planner.sample import POLICY, make_plan, make_problem


def test_deviations_are_rounded_to_whole_minutes() -> None:
    """100 minutes over three equal cadres: shares of 33 1/3."""
    sites = {"e0": {"workload_minutes": 50}, "e1": {"workload_minutes": 50}, "e2": {"workload_minutes": 0}}
    problem = make_problem(4, sites, past_terms=(term("2025-2026", "c0: e0 | c1: e1 | c2: e2"),))
    assert carried_minutes(problem.district) == {"c0": 17, "c1": 17, "c2": -33}  # c3 held nothing: he was not there


def test_longer_ways_count_at_most_double() -> None:
    problem = make_problem(3, "e0 e1 e2", travel={("o0", "e0"): 2700, ("o1", "e1"): -1},
                           past_terms=(term("2025-2026", "c0: e0 | c1: e1 | c2: e2"),))
    assert longer_ways_percent(problem) == {"c0": 80}  # 2700 against a mean of 1500; no way to e1
    problem = make_problem(3, "e0 e1 e2", travel={("o0", "e0"): 2700}, past_terms=(term("2025-2026", "c0: e0 | c1: e1 | c2: e2"),))
    assert longer_ways_percent(problem) == {"c0": 100}  # 2700 against 1100


def test_a_part_carries_what_the_whole_does() -> None:
    """The past of a cadre lies partly on sites outside the part."""
    whole = make_problem(2, {"e0": {"workload_minutes": 120}, "e1": {}}, travel={("o0", "e0"): 900},
                         past_terms=(term("2025-2026", "c0: e0 | c1: e1"),),
                         policy={"goals": (*POLICY["goals"], GoalTolerance("carried-travel", minutes=1))})
    part, plan = whole.part(np.array([0]), np.array([1]), whole.travel), make_plan("c0: e1")
    assert part.totals.carried_minutes == {"c0": 30, "c1": -30}
    assert CarriedLoad().measure(plan, part) == 0  # 60 + 30 - 90
    assert CarriedTravel().measure(plan, part) == CarriedTravel().measure(plan, whole) == 300
