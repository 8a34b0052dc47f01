"""The judge. Re-reads what was delivered and recomputes every rule, goal and time; shares nothing with the engines.

Only the judge says "valid", and only it compares two plans. Loads without OR-Tools. The rules of a plan are those of
``planner.rules``; the calendar and the routes are judged here, from their definitions, not by the code that made them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from planner.artefacts.plan import Plan
from planner.artefacts.routes import Route, Routes
from planner.artefacts.verdict import GoalValue, Verdict, Violation
from planner.artefacts.visit_calendar import Slot, VisitCalendar
from planner.facts.policy import HolidayRoll, LiaisonDayRule
from planner.facts.problem import Problem
from planner.facts.term import DayState
from planner.rules import RULES, goals_to_report
from planner.text import Text, clock

THURSDAY = 3
ONE_DAY = timedelta(days=1)


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
        if calendar is not None:
            violations += judge_calendar(problem, plan, calendar)
        if calendar is not None and _repeats(calendar):
            counts |= {"liaison_days": len(calendar.liaison_days), "visits": sum(1 for _ in calendar.visits()),
                       "visits_missed": len(calendar.missed)}
            if routes is not None:
                violations += judge_routes(problem, calendar, routes)
                counts["route_days"] = sum(len(route.days) for route in routes.routes)
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


# --- the calendar -----------------------------------------------------------------------------------------------


def judge_calendar(problem: Problem, plan: Plan, calendar: VisitCalendar) -> Iterator[Violation]:
    """Liaison days by the rule, one slot for every pairing, hours kept, absences excused and nothing else."""
    yield from _judge_liaison_days(problem, calendar)
    yield from _judge_slots(problem, plan, calendar)
    if _repeats(calendar):
        yield from _judge_missed(problem, calendar)


def _repeats(calendar: VisitCalendar) -> bool:
    """Whether every slot comes back after some months; else nothing can be said of its visits."""
    return all(slot.every_months > 0 for slot in calendar.slots)


def _is_nominal(day: date, rule: LiaisonDayRule) -> bool:
    """Whether ``day`` is the liaison day of its month, from the words of the definition."""
    if day.weekday() != THURSDAY:
        return False
    monday = day - timedelta(days=day.weekday())
    if rule is LiaisonDayRule.SECOND_THURSDAY:
        return sum((day.replace(day=one)).weekday() == THURSDAY for one in range(1, day.day + 1)) == 2
    if rule is LiaisonDayRule.WEEK_AFTER_THE_FIRST:
        first = day.replace(day=1)
        return any(monday - timedelta(days=back) == first for back in range(1, 8))
    full_mondays = [one for one in range(1, monday.day + 1) if day.replace(day=one).weekday() == 0]
    return monday.month == day.month and len(full_mondays) == 2


def _judge_liaison_days(problem: Problem, calendar: VisitCalendar) -> Iterator[Violation]:
    term, policy = problem.term, problem.policy
    special = {one.day: one for one in term.special_days}

    def works(day: date) -> bool:
        return special[day].is_workday if day in special else day.weekday() < 5

    months = term.month_starts()
    if (calendar.term_id, calendar.rule) != (term.id, policy.liaison_day_rule):
        yield _calendar_fault(
            (), 1, f"日历注明{calendar.term_id}、{calendar.rule}，应为{term.id}、{policy.liaison_day_rule}",
            f"the calendar says {calendar.term_id}, {calendar.rule}; must say {term.id}, {policy.liaison_day_rule}")
    if len(calendar.liaison_days) != len(months):
        yield _calendar_fault((), abs(len(calendar.liaison_days) - len(months)),
                              f"联系基层工作日{len(calendar.liaison_days)}天，应为{len(months)}天",
                              f"{len(calendar.liaison_days)} liaison days, must be {len(months)}")
        return
    step = ONE_DAY if policy.holiday_roll is HolidayRoll.FORWARD else -ONE_DAY
    for month, liaison in zip(months, calendar.liaison_days, strict=True):
        same_month = (liaison.nominal.year, liaison.nominal.month) == (month.year, month.month)
        if not same_month or not _is_nominal(liaison.nominal, policy.liaison_day_rule):
            yield _calendar_fault(
                (), 1, f"{month:%Y-%m}的联系基层工作日{liaison.nominal}不符合规则{policy.liaison_day_rule}",
                f"{liaison.nominal} is not the liaison day of {month:%Y-%m} by {policy.liaison_day_rule}")
            continue
        expected = liaison.nominal
        while not works(expected):
            expected += step
        if liaison.day != expected:
            yield _calendar_fault(
                (), abs((liaison.day - expected).days), f"{liaison.nominal}应移至{expected}，现为{liaison.day}",
                f"{liaison.nominal} must move to {expected}, stands on {liaison.day}")
        reason = special[liaison.nominal].name if expected != liaison.nominal else ""
        state = term.state_by_year.get(liaison.nominal.year, DayState.UNKNOWN)
        if (liaison.reason, liaison.state) != (reason, state):
            yield _calendar_fault(
                (), 1, f"{liaison.day}注明“{liaison.reason}”（{liaison.state}），应为“{reason}”（{state}）",
                f"{liaison.day} is marked “{liaison.reason}” ({liaison.state}), must be “{reason}” ({state})")


def _judge_slots(problem: Problem, plan: Plan, calendar: VisitCalendar) -> Iterator[Violation]:
    pairs = Counter((slot.cadre_id, slot.site_id) for slot in calendar.slots)
    for pairing in plan.pairings:
        count = pairs.pop((pairing.cadre_id, pairing.site_id), 0)
        if count != 1:
            yield _calendar_fault((pairing.cadre_id, pairing.site_id), abs(count - 1),
                                  f"{pairing.cadre_id}与{pairing.site_id}有{count}个走访时段，应为1个",
                                  f"{pairing.cadre_id} and {pairing.site_id} have {count} slots, must have 1")
    for (cadre_id, site_id), count in sorted(pairs.items()):
        yield _calendar_fault((cadre_id, site_id), count, f"走访日历有{cadre_id}与{site_id}（{count}个），方案中没有",
                              f"the calendar pairs {cadre_id} and {site_id} ({count}), the plan does not")
    for slot in calendar.slots:
        site = problem.district.site_by_id.get(slot.site_id)
        if site is None or slot.cadre_id not in problem.district.cadre_by_id:
            continue
        who, stay = (slot.cadre_id, slot.site_id), site.stay_seconds
        if (slot.every_months != site.visit_every_months or not 0 <= slot.first_month < slot.every_months
                or slot.ends_seconds - slot.starts_seconds != stay):
            yield _calendar_fault(
                who, 1,
                f"{site.name}（{site.id}）应每{site.visit_every_months}个月走访1次、每次{stay // 60}分钟，日历不符",
                f"{site.name} ({site.id}) asks for a visit of {stay // 60} minutes every {site.visit_every_months} "
                "months; the calendar differs")
        hours = site.visiting_hours
        if slot.starts_seconds < hours.opens_seconds or slot.ends_seconds > hours.closes_seconds:
            starts, ends = clock(slot.starts_seconds), clock(slot.ends_seconds)
            opens, closes = clock(hours.opens_seconds), clock(hours.closes_seconds)
            yield _calendar_fault(
                who, 1, f"{site.name}（{site.id}）走访时间{starts}–{ends}不在接待时间{opens}–{closes}内",
                f"the visit to {site.name} ({site.id}) at {starts}-{ends} is outside its hours {opens}-{closes}")


def _due(slot: Slot, month: int) -> bool:
    return month in range(slot.first_month, month + 1, slot.every_months)


def _judge_missed(problem: Problem, calendar: VisitCalendar) -> Iterator[Violation]:
    """A due visit is missed exactly when its cadre is absent."""
    absent = {
        (absence.cadre_id, liaison.day)
        for absence in problem.district.absences
        for liaison in calendar.liaison_days
        if absence.first_day <= liaison.day <= absence.last_day
    }
    expected = Counter(
        (liaison.day, slot.cadre_id, slot.site_id)
        for month, liaison in enumerate(calendar.liaison_days)
        for slot in calendar.slots
        if (slot.cadre_id, liaison.day) in absent and _due(slot, month)
    )
    listed = Counter((one.day, one.cadre_id, one.site_id) for one in calendar.missed)
    unlisted = expected - listed
    for day, cadre_id, site_id in sorted(unlisted + (listed - expected)):
        zh, en = ("应列为缺访而未列", "is missed but not listed") if (day, cadre_id, site_id) in unlisted else (
            "列为缺访而无请假", "is listed as missed without an absence")
        yield _calendar_fault((cadre_id, site_id), 1, f"{day} {cadre_id}走访{site_id}{zh}（1次）",
                              f"the visit of {cadre_id} to {site_id} on {day} {en} (1)")


def _calendar_fault(subjects: tuple[str, ...], amount: int, zh: str, en: str) -> Violation:
    return Violation("calendar", subjects, amount, Text(zh, en))


# --- the routes -------------------------------------------------------------------------------------------------


def judge_routes(problem: Problem, calendar: VisitCalendar, routes: Routes) -> Iterator[Violation]:
    """Every visit lies on exactly one route, at its fixed time, and every route's clock adds up."""
    on_routes = Counter(
        (day, route.cadre_id, stop.site_id, stop.starts_seconds, stop.ends_seconds)
        for route in routes.routes for day in route.days for stop in route.stops)
    in_calendar = Counter(
        (visit.day, visit.slot.cadre_id, visit.slot.site_id, visit.slot.starts_seconds, visit.slot.ends_seconds)
        for visit in calendar.visits())
    for (day, cadre_id, site_id, starts, _), count in sorted((in_calendar - on_routes).items()):
        yield _route_fault((cadre_id, site_id), count,
                           f"{day} {clock(starts)} {cadre_id}走访{site_id}不在其路线上（{count}次）",
                           f"the visit of {cadre_id} to {site_id} on {day} at {clock(starts)} is on no route ({count})")
    for (day, cadre_id, site_id, starts, _), count in sorted((on_routes - in_calendar).items()):
        yield _route_fault((cadre_id, site_id), count,
                           f"{day} {clock(starts)} {cadre_id}路线上的{site_id}不在走访日历中（{count}次）",
                           f"the stop of {cadre_id} at {site_id} on {day} at {clock(starts)} is not in the calendar "
                           f"({count})")
    days_of = Counter((route.cadre_id, day) for route in routes.routes for day in route.days)
    for (cadre_id, day), count in sorted(days_of.items()):
        if count > 1:
            yield _route_fault((cadre_id,), count - 1, f"{cadre_id}在{day}有{count}条路线，应为1条",
                               f"{cadre_id} has {count} routes on {day}, must have 1")
    for route in routes.routes:
        yield from _judge_route(problem, route)


def _judge_route(problem: Problem, route: Route) -> Iterator[Violation]:
    cadre = problem.district.cadre_by_id.get(route.cadre_id)
    if cadre is None or any(stop.site_id not in problem.district.site_by_id for stop in route.stops):
        yield _route_fault((route.cadre_id,), 1, f"路线中的编号{route.cadre_id}或其站点不在名册中（1条）",
                           f"the route of {route.cadre_id} names ids the district does not have (1)")
        return
    if not route.days:
        yield _route_fault((cadre.id,), 1, f"{cadre.name}（{cadre.id}）有1条路线不属于任何一天",
                           f"a route of {cadre.name} ({cadre.id}) is for no day (1)")
        return
    policy = problem.policy
    stations = [cadre.office_id, *(stop.site_id for stop in route.stops), cadre.office_id]
    legs = [problem.travel.seconds(a, b) for a, b in pairwise(stations)]
    known = [leg for leg in legs if leg is not None]
    leaves = [route.leaves_seconds, *(stop.ends_seconds for stop in route.stops)]
    arrives = [*(stop.arrives_seconds for stop in route.stops), route.returns_seconds]
    wrong = (
        len(known) != len(legs)
        or any(leave + leg != arrive for leave, leg, arrive in zip(leaves, known, arrives, strict=True))
        or any(not stop.arrives_seconds <= stop.starts_seconds <= stop.ends_seconds for stop in route.stops)
        or sum(known) != route.travel_seconds
    )
    if wrong:
        yield _route_fault((cadre.id,), 1, f"{cadre.name}（{cadre.id}）{route.days[0]}的路线时刻与路程不一致（1条）",
                           f"the times of the route of {cadre.name} ({cadre.id}) on {route.days[0]} do not add up (1)")
    length, longest = route.returns_seconds - route.leaves_seconds, policy.max_visit_day_minutes
    if length > longest * 60:
        minutes = -(-length // 60)
        yield _route_fault((cadre.id,), minutes - longest,
                           f"{cadre.name}（{cadre.id}）{route.days[0]}全程{minutes}分钟，上限{longest}分钟",
                           f"the day of {cadre.name} ({cadre.id}) on {route.days[0]} takes {minutes} minutes, "
                           f"limit {longest}")
    if route.leaves_seconds < policy.visit_day_starts_seconds or route.returns_seconds > policy.visit_day_ends_seconds:
        leaves_at, returns_at = clock(route.leaves_seconds), clock(route.returns_seconds)
        starts, ends = clock(policy.visit_day_starts_seconds), clock(policy.visit_day_ends_seconds)
        yield _route_fault((cadre.id,), 1,
                           f"{cadre.name}（{cadre.id}）{route.days[0]}的路线{leaves_at}–{returns_at}超出{starts}–{ends}",
                           f"the route of {cadre.name} ({cadre.id}) on {route.days[0]}, {leaves_at}-{returns_at}, "
                           f"lies outside {starts}-{ends}")


def _route_fault(subjects: tuple[str, ...], amount: int, zh: str, en: str) -> Violation:
    return Violation("routes", subjects, amount, Text(zh, en))
