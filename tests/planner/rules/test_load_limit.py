from __future__ import annotations

from planner.rules.load_limit import LoadLimit
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_plan, make_problem


class TestLoadLimit(RuleContract):
    """Work 60 + 60 + 120 = 240, capacities 100 + 50 + 0 = 150: shares 160, 80, 0; limits at 150 % are 240, 120."""

    rule = LoadLimit()
    problem = make_problem(
        {"c0": {}, "c1": {"capacity_percent": 50}, "c2": {"capacity_percent": 0}},
        {"e0": {}, "e1": {}, "r0": {"workload_minutes": 120}},
        policy={"max_load_percent_of_fair_share": 150})
    obeys = [
        "",
        "c0: e0 e1 r0",  # 240, exactly at the limit
        "c1: r0",  # 120, exactly at the limit
        "c2: e0 e1 r0",  # without capacity: the business of the counts
    ]
    breaks = {
        "c1: e0 r0": {"c1 e0 r0": 60},  # 180 - 120
        "c0: e0 | c1: e0 e1 r0": {"c1 e0 e1 r0": 120},  # 240 - 120
    }


class TestOneMinuteOver(RuleExamples):
    """Work 325 + 326 + 324 = 975, capacities 100 + 50 + 30 = 180, 120 %.

    Limits 1.2 * 975 * (100, 50, 30) / 180 = 650, 325, 195: whole numbers that the same sum in floating point misses.
    """

    rule = LoadLimit()
    problem = make_problem(
        {"c0": {}, "c1": {"capacity_percent": 50}, "c2": {"capacity_percent": 30}},
        {"e0": {"workload_minutes": 325}, "e1": {"workload_minutes": 326}, "e2": {"workload_minutes": 324}},
        policy={"max_load_percent_of_fair_share": 120})
    obeys = ["c1: e0", "c0: e1 e2", "c0: e0 e2 | c1: e2"]  # 325; 650; 649 and 324
    breaks = {
        "c1: e1": {"c1 e1": 1},  # 326 - 325
        "c0: e0 e1 | c2: e2": {"c0 e0 e1": 1, "c2 e2": 129},  # 651 - 650, 324 - 195
    }

    def test_the_message_names_the_exact_limit(self) -> None:
        [found] = self.rule.check(make_plan("c1: e1"), self.problem)
        assert found.text.zh == "干部c1（c1）每月工作量326分钟，上限325分钟（应担份额的120%）"


class TestFraction(RuleExamples):
    """Work 3 * 50 = 150 over two equal cadres: share 75; the limit at 101 % is 75.75, so 75 whole minutes."""

    rule = LoadLimit()
    problem = make_problem(
        2, {one: {"workload_minutes": 50} for one in ("e0", "e1", "e2")},
        policy={"max_load_percent_of_fair_share": 101})
    obeys = ["c0: e0 | c1: e1"]
    breaks = {"c0: e0 e1 | c1: e2": {"c0 e0 e1": 25}}  # 100 - 75
