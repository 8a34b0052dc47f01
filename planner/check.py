"""The judge. Re-reads what was delivered and recomputes every rule, goal and time; shares nothing with the engines.

Only the judge says "valid", and only it compares two plans. Loads without OR-Tools. The rules of a plan are those of
``planner.rules``; the calendar and the routes are judged here, from their definitions, not by the code that made them.
"""

from __future__ import annotations

from collections.abc import Iterator

from planner.artefacts.plan import Plan
from planner.artefacts.routes import Routes
from planner.artefacts.verdict import GoalValue, Verdict, Violation
from planner.artefacts.visit_calendar import VisitCalendar
from planner.check_calendar import judge_calendar, repeats
from planner.check_routes import judge_routes
from planner.facts.problem import Problem
from planner.rules import RULES, goals_to_report
from planner.rules.calendar_goals import CALENDAR_GOALS
from planner.text import Text


def judge(
    problem: Problem, plan: Plan, calendar: VisitCalendar | None = None, routes: Routes | None = None
) -> Verdict:
    """Every violation of the plan, and of the calendar and the routes where given, with all goals measured anew."""
    violations = list(_unknown_ids(problem, plan))
    goals: tuple[GoalValue, ...] = ()
    counts = {"cadres": len(problem.district.cadres), "sites": len(problem.district.sites), "sites_held": 0}
    if not violations:
        for rule in RULES:
            violations += rule.check(plan, problem)
        bounds = {one.goal_id: one.bound for one in plan.bounds}
        goals = tuple(
            GoalValue(goal.id, goal.measure(plan, problem), bounds.get(goal.id))
            for goal in goals_to_report(problem.policy)
        )
        violations += _false_bounds(goals)
        counts["sites_held"] = sum(len(holders) == 1 for holders in plan.cadres_of.values())
        counts["cadres_spare"] = sum(cadre.id not in plan.sites_of for cadre in problem.district.active_cadres)
        if calendar is not None:
            violations += judge_calendar(problem, plan, calendar)
        if calendar is not None and repeats(calendar):
            counts |= {"liaison_days": len(calendar.liaison_days), "visits": sum(1 for _ in calendar.visits()),
                       "visits_missed": len(calendar.missed), "stand_ins": sum(bool(one.stand_in_id) for one in calendar.missed)}
            if routes is not None:
                violations += judge_routes(problem, calendar, routes)
                counts["route_days"] = sum(len(route.days) for route in routes.routes)
                if not any(one.rule_id == "calendar" for one in violations):
                    own = {one.goal_id: one.bound for one in calendar.bounds}
                    measured = tuple(GoalValue(goal.id, goal.measure(problem, calendar, routes), own.get(goal.id))
                                     for goal in CALENDAR_GOALS)
                    violations += _false_bounds(measured)
                    goals += measured
    return Verdict(tuple(violations), goals, counts)


def _unknown_ids(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Pairings that name nobody, or nothing, of the district."""
    district = problem.district
    for pairing in plan.pairings:
        for one, known in ((pairing.cadre_id, district.cadre_by_id), (pairing.site_id, district.site_by_id)):
            if one not in known:
                yield Violation("unknown-id", (one,), 1, Text(
                    f"方案中的编号“{one}”不在本区名册中", f"the plan names {one}, which the district does not have"))


def _false_bounds(goals: tuple[GoalValue, ...]) -> Iterator[Violation]:
    """A claimed bound above the value measured is a false claim."""
    for goal in goals:
        if goal.bound is not None and goal.bound > goal.value:
            yield Violation("false-bound", (goal.goal_id,), goal.bound - goal.value, Text(
                f"目标“{goal.goal_id}”所称下界{goal.bound}高于实测值{goal.value}",
                f"the bound {goal.bound} claimed for goal {goal.goal_id} exceeds its value {goal.value}"))
