from __future__ import annotations

from planner.facts.district import Pairing, PastTerm
from planner.rules.goal_changes import Changes
from tests.planner.rules.contract import GoalContract
from tests.planner.sample import make_plan, make_problem


class TestChanges(GoalContract):
    """Last term c0 held e0 and r0, c1 held e1; c9 and e9 have left. Committees and older terms do not count."""

    goal = Changes()
    problem = make_problem(
        2, "e0 e1 e2 r0",
        past_terms=(
            PastTerm("2023-2024", frozenset({Pairing("c1", "e0"), Pairing("c1", "e2")})),
            PastTerm("2025-2026", frozenset({Pairing("c0", "e0"), Pairing("c0", "r0"), Pairing("c1", "e1"),
                                             Pairing("c9", "e2"), Pairing("c0", "e9")}))))
    table = {
        "": 2,
        "c0: e0 e2 | c1: e1": 0,
        "c0: e0 e1": 1,
        "c0: e1 r0 | c1: e0 e2": 2,
    }


def test_without_history_nothing_changes() -> None:
    problem = make_problem(2, "e0 e1")
    assert Changes().constant(problem) == 0
    assert Changes().measure(make_plan("c0: e0 e1"), problem) == 0
