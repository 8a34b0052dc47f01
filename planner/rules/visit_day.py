"""走访日: one day is enough for everything a cadre holds, within everyone's visiting hours.

A visit day leaves the office, visits every site of the caseload once, and returns, between the start and the end of
the working day. A visit begins and ends inside its site's visiting hours; waiting counts. Some order must do:
visiting hours: an order exists;  visit-day length: an order exists that takes <= max_visit_day_minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.artefacts.verdict import Violation
from planner.facts.district import Cadre, Site
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules.base import CaseloadRule
from planner.rules.caseloads import Caseloads
from planner.rules.day_check import examine_day
from planner.text import Text, clock


class VisitingHours(CaseloadRule):
    """Every site can be visited when it receives visitors."""

    id = "visiting-hours"
    day = True
    title = Text("接待时间", "visiting hours")
    clause = Text("定时走访要求：在联系点接待时间内走访，不影响基层正常工作",
                  "visits at fixed times: within the hours in which a site receives, without disturbing its work")

    def setting(self, policy: Policy) -> Text:
        """The working day."""
        starts, ends = clock(policy.visit_day_starts_seconds), clock(policy.visit_day_ends_seconds)
        return Text(f"{starts}至{ends}之间，各点接待时间内", f"between {starts} and {ends}, within each site's hours")

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """No order of visits keeps all hours; the amount is the number of sites involved."""
        if examine_day(cadre, sites, problem).shortest_seconds is not None:
            return None
        ends = clock(problem.policy.visit_day_ends_seconds)
        return self.violation(
            (cadre.id, *(site.id for site in sites)), len(sites),
            f"{cadre.name}（{cadre.id}）的{len(sites)}个联系点排不出一条都在接待时间内、{ends}前返回的走访路线",
            f"no order lets {cadre.name} ({cadre.id}) visit his {len(sites)} sites within their hours "
            f"and be back by {ends}",
        )

    def admits(self, caseloads: Caseloads) -> BoolArray:
        """Some order keeps the hours."""
        return caseloads.days.in_hours


class VisitDayLength(CaseloadRule):
    """The round trip with all visits fits the length of a visit day."""

    id = "visit-day"
    day = True
    title = Text("走访日时长", "visit-day length")
    clause = Text("走访日安排：当日往返，全程不超过规定时长",
                  "visit-day arrangement: out and back on one day within the set length")

    def setting(self, policy: Policy) -> Text:
        """The limit."""
        limit = policy.max_visit_day_minutes
        return Text(f"全程不超过{limit}分钟", f"at most {limit} minutes from leaving to returning")

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        """Even the shortest day is too long; the amount is in minutes, rounded up."""
        shortest = examine_day(cadre, sites, problem).shortest_seconds
        limit = problem.policy.max_visit_day_minutes
        if shortest is None or shortest <= limit * 60:
            return None
        minutes = -(-shortest // 60)
        return self.violation(
            (cadre.id, *(site.id for site in sites)), minutes - limit,
            f"{cadre.name}（{cadre.id}）走访全程至少{minutes}分钟，上限{limit}分钟",
            f"the visit day of {cadre.name} ({cadre.id}) takes at least {minutes} minutes, limit {limit}",
        )

    def admits(self, caseloads: Caseloads) -> BoolArray:
        """Not in hours is the business of the visiting hours; else the shortest day fits."""
        longest = caseloads.problem.policy.max_visit_day_minutes * 60
        return ~caseloads.days.in_hours | (caseloads.days.shortest_seconds <= longest)
