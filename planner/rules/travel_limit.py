"""路程上限: the one-way trip from a cadre's office to a site is within the limit.

For every pairing (c, s):  travel(office(c), s) <= max_travel_minutes * 60; a site that no road reaches is out.
"""

from __future__ import annotations

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules.base import PairRule
from planner.text import Text


class TravelLimit(PairRule):
    """Near enough to come when called."""

    id = "travel-limit"
    title = Text("路程上限", "travel limit")
    clause = Text("就近联系要求：从办公地点到联系点单程不超过规定时间",
                  "liaison near by: the one-way trip from office to site is within the set time")

    def setting(self, policy: Policy) -> Text:
        """The limit."""
        limit = policy.max_travel_minutes
        return Text(f"单程不超过{limit}分钟", f"at most {limit} minutes one way")

    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        """Too far, or no way; the amount is in minutes, rounded up."""
        limit = problem.policy.max_travel_minutes
        seconds = problem.travel_seconds(cadre, site)
        if seconds is None:
            return self.violation(
                (cadre.id, site.id), 1,
                f"从{cadre.name}（{cadre.id}）办公地点到{site.name}（{site.id}）无路可达，上限{limit}分钟",
                f"no way from the office of {cadre.name} ({cadre.id}) to {site.name} ({site.id}), "
                f"limit {limit} minutes",
            )
        if seconds <= limit * 60:
            return None
        minutes = f"{-(-seconds // 6) / 10:.1f}"
        return self.violation(
            (cadre.id, site.id), -(-seconds // 60) - limit,
            f"{cadre.name}（{cadre.id}）到{site.name}（{site.id}）单程{minutes}分钟，上限{limit}分钟",
            f"{cadre.name} ({cadre.id}) to {site.name} ({site.id}) takes {minutes} minutes, limit {limit}",
        )

    def farthest_seconds(self, problem: Problem) -> int | None:
        """The limit."""
        return problem.policy.max_travel_minutes * 60

    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        """Compare a row of the matrix with the limit."""
        arrays = problem.arrays
        seconds = arrays.travel_seconds[arrays.office_place[cadre_index], arrays.places_of(cadre_index)]
        struck: BoolArray = (seconds < 0) | (seconds > problem.policy.max_travel_minutes * 60)
        return struck
