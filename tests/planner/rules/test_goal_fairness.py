from __future__ import annotations

from planner.rules.goal_fairness import Fairness, Spread
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import make_problem

# Work 60 + 60 + 120 = 240; capacities 100 + 50 + 0 = 150: fair shares 160, 80 and none.
SHARES_160_AND_80 = make_problem(
    {"c0": {}, "c1": {"capacity_percent": 50}, "c2": {"capacity_percent": 0}},
    {"e0": {}, "e1": {}, "r0": {"workload_minutes": 120}})

# Work 50 + 60 + 70 = 180 over two equal cadres: fair shares of 90.
SHARES_OF_90 = make_problem(
    2, {"e0": {"workload_minutes": 50}, "e1": {"workload_minutes": 60}, "e2": {"workload_minutes": 70}})


class TestFairness(GoalContract):
    """In tenths of a per cent."""

    goal = Fairness()
    problem = SHARES_160_AND_80
    table = {
        "": 0,
        "c0: e0 r0 | c1: e1": 1125,  # 180/160 and 60/80
        "c0: e0 e1 | c1: r0": 1500,  # 120/160 and 120/80
        "c0: r0 | c1: e0": 750,  # 120/160 and 60/80, alike
        "c0: e0 e1 r0": 1500,  # 240/160
        "c0: e0 | c2: e1 r0": 375,  # 60/160; the excluded has no share to be measured by
    }

    def test_floor_is_everybody_at_his_share(self) -> None:
        assert self.goal.floor(self.problem) == 1000  # the heaviest site is 120/160 of the largest share

    def test_display(self) -> None:
        assert self.goal.display(1125) == "112.5"


class TestFairnessRoundsUp(GoalContract):
    goal = Fairness()
    problem = SHARES_OF_90
    table = {
        "c0: e2": 778,  # 70/90 = 0.7777...
        "c0: e0": 556,  # 50/90 = 0.5555...
        "c0: e0 e1 | c1: e2": 1223,  # 110/90 = 1.2222..., 70/90
    }


class TestFairnessWithOneHeavySite(GoalContract):
    """300 + 60 = 360 over two equal cadres: shares of 180; somebody has to hold the 300."""

    goal = Fairness()
    problem = make_problem(2, {"e0": {"workload_minutes": 300}, "e1": {}})
    table = {"c0: e0 | c1: e1": 1667, "c0: e0 e1": 2000}  # 300/180 = 1.6666..., 360/180

    def test_floor_is_the_heaviest_site(self) -> None:
        assert self.goal.floor(self.problem) == 1667


def test_fairness_of_a_district_without_work_or_people() -> None:
    nobody = make_problem({"c0": {"capacity_percent": 0}}, "e0")
    idle = make_problem(1, {"e0": {"workload_minutes": 0}})
    assert [Fairness().floor(nobody), Fairness().floor(idle)] == [0, 0]


class TestSpread(GoalContract):
    """In minutes a month."""

    goal = Spread()
    problem = SHARES_160_AND_80
    table = {
        "": 240,  # 160 + 80
        "c0: e0 r0 | c1: e1": 40,  # 20 over, 20 under
        "c0: e0 e1 | c1: r0": 80,  # 40 under, 40 over
        "c0: e0 e1 r0": 160,  # 80 over, 80 under
        "c2: e0 e1 r0": 240,  # the excluded has no share
    }

    def test_cap_adds_a_percentage_of_all_work(self) -> None:
        assert self.goal.cap(40, 0, 12, self.problem) == 68  # 40 + 12 % of 240 = 68.8, whole minutes
        assert self.goal.cap(40, 10, 0, self.problem) == 44


class TestSpreadRoundsEachCadreDown(GoalContract):
    """100 minutes over three equal cadres: shares of 33 1/3."""

    goal = Spread()
    problem = make_problem(3, {"e0": {"workload_minutes": 50}, "e1": {"workload_minutes": 50}})
    table = {
        "": 99,  # 33 + 33 + 33
        "c0: e0 | c1: e1": 65,  # 16 2/3, 16 2/3 and 33 1/3
        "c0: e0 e1": 132,  # 66 2/3, 33 1/3, 33 1/3
    }


def test_cap_of_fairness_adds_per_cent_of_the_fair_share() -> None:
    assert Fairness().cap(1000, 5, 0, SHARES_OF_90) == 1050
    assert Fairness().cap(1001, 5, 0, SHARES_OF_90) == 1051  # 1051.05
    assert Fairness().cap(1000, 0, 7, SHARES_OF_90) == 1070  # 100 % + 7 %
