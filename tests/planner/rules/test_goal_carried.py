from __future__ import annotations

from planner.facts.district import Pairing, PastTerm
from planner.facts.policy import GoalTolerance
from planner.rules.goal_carried import CarriedLoad, CarriedTravel
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import POLICY, make_plan, make_problem


def term(id_: str, text: str) -> PastTerm:
    return PastTerm(id_, frozenset(make_plan(text).pairings))


class TestCarriedLoad(GoalContract):
    """Shares of 160 and 80. In 2023 c0 had 120 of 160 and c1 120 of 80: 40 are owed by c0 to c1. In 2025 c0 was alone, and had his share.

    c2 takes no part, c9 and e9 are gone: they count nowhere.
    """

    goal = CarriedLoad()
    problem = make_problem(
        {"c0": {}, "c1": {"capacity_percent": 50}, "c2": {"capacity_percent": 0}}, {"e0": {}, "e1": {}, "r0": {"workload_minutes": 120}},
        past_terms=(term("2023-2024", "c0: e0 e1 | c1: r0 | c9: e0"), term("2025-2026", "c0: e0 e9 | c2: r0")))
    table = {
        "": 240,  # |0 - 40 - 160| + |0 + 40 - 80|
        "c0: e0 r0 | c1: e1": 40,  # |180 - 40 - 160| + |60 + 40 - 80|
        "c0: e0 e1 r0": 80,  # |240 - 40 - 160| + |40 - 80|
        "c0: e0 e1 | c1: r0": 160,  # as in 2023: |120 - 40 - 160| + |120 + 40 - 80|
        "c2: e0 e1 r0": 240,
    }


class TestCarriedLoadWithoutHistory(GoalContract):
    """Then it is the spread: shares of 60."""

    goal = CarriedLoad()
    problem = make_problem(2, "e0 e1")
    table = {"": 120, "c0: e0 | c1: e1": 0, "c0: e0 e1": 120}


class TestCarriedTravel(GoalContract):
    """c0 went 15 minutes, c1 5, the mean is 10: what c0 travels counts half, what c1 travels not at all."""

    goal = CarriedTravel()
    problem = make_problem(
        2, "e0 e1", travel={("o0", "e0"): 900}, past_terms=(term("2025-2026", "c0: e0 | c1: e1"),),
        policy={"goals": (*POLICY["goals"], GoalTolerance("carried-travel", minutes=1))})
    table = {
        "": 0,
        "c0: e0": 900,  # half of twice 900
        "c0: e0 e1": 1200,  # and half of twice 300
        "c0: e1 | c1: e0": 300,
        "c1: e0 e1": 0,
    }

    def test_it_reads_in_minutes(self) -> None:
        assert self.goal.display(1200) == "20"


def test_ways_are_not_looked_up_where_the_policy_does_not_seek_them() -> None:
    problem = make_problem(2, "e0 e1", travel={("o0", "e0"): 900}, past_terms=(term("2025-2026", "c0: e0 | c1: e1"),))
    assert problem.totals.longer_ways_percent == {}
    assert CarriedTravel().measure(make_plan("c0: e0"), problem) == 0


def test_a_pairing_of_the_past_counts_in_every_term() -> None:
    problem = make_problem(2, "e0 e1 e2", past_terms=(term("2023-2024", "c0: e0 e1 | c1: e2"), term("2025-2026", "c0: e0 e1 | c1: e2")))
    assert problem.totals.carried_minutes == {"c0": 60, "c1": -60}
    assert CarriedLoad().measure(make_plan("c0: e0 | c1: e1 e2"), problem) == 60  # 30 under and 60 over; 30 over and 60 under
    assert Pairing("c0", "e0") in problem.last_term_of
