"""综合代价: the goals with a price, added up in travel time.

Value: sum over priced goals g of  minutes(g) * 60 * value(g) / units_shown(g),  in whole seconds (the price of
one whole number of a goal is rounded to a second).
The price of a goal is what one of its units is worth in minutes of travel on a visit day (``minutes`` in the policy).
"""

from __future__ import annotations

import numpy as np

from planner.artefacts.plan import Plan
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules.base import Goal
from planner.rules.caseloads import Caseloads
from planner.text import Text


class Cost(Goal):
    """What is weighed against each other, in one unit that everybody knows."""

    id = "cost"
    title = Text("综合代价", "cost")
    unit = Text("分钟路程", "minutes of travel")
    units_shown = 60

    def __init__(self, parts: tuple[Goal, ...]) -> None:
        self._parts = {goal.id: goal for goal in parts}

    def seconds_per_unit(self, policy: Policy) -> dict[str, int]:
        """For every priced goal, the whole seconds (at least 1) of travel that one of its whole numbers is worth."""
        return {
            one.goal_id: max(1, round(one.minutes * 60 / self._parts[one.goal_id].units_shown))
            for one in policy.goals if one.minutes > 0
        }

    def measure(self, plan: Plan, problem: Problem) -> int:
        """Sum in seconds."""
        weights = self.seconds_per_unit(problem.policy)
        return sum(weight * self._parts[goal_id].measure(plan, problem) for goal_id, weight in weights.items())

    def price(self, caseloads: Caseloads) -> IntArray:
        """Sum of the prices in seconds."""
        total = np.zeros(len(caseloads), dtype=np.int64)
        for goal_id, weight in self.seconds_per_unit(caseloads.problem.policy).items():
            total += weight * self._parts[goal_id].price(caseloads)
        return total

    def constant(self, problem: Problem) -> int:
        """Sum of the constants in seconds."""
        weights = self.seconds_per_unit(problem.policy)
        return sum(weight * self._parts[goal_id].constant(problem) for goal_id, weight in weights.items())

    def display(self, value: int) -> str:
        """In whole minutes."""
        return f"{value / 60:.0f}"
