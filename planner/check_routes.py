"""The judge of routes: every visit on one route at its time, clocks that add up, hosts and cars within their limits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

from planner.artefacts.routes import Route, Routes
from planner.artefacts.verdict import Violation
from planner.artefacts.visit_calendar import VisitCalendar
from planner.facts.district import TravelMode
from planner.facts.problem import Problem
from planner.text import Text, clock


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
    yield from _judge_trips(problem, routes)
    for route in routes.routes:
        yield from _judge_route(problem, route)
    yield from _judge_hosts(problem, calendar)
    yield from _judge_cars(problem, routes)


def _judge_trips(problem: Problem, routes: Routes) -> Iterator[Violation]:
    """A cadre has one route a day, and one more for every conference between two of them."""
    by_day: dict[tuple[str, date], list[Route]] = defaultdict(list)
    for route in routes.routes:
        for day in route.days:
            by_day[route.cadre_id, day].append(route)
    for (cadre_id, day), own in sorted(by_day.items(), key=lambda one: one[0]):
        cadre = problem.district.cadre_by_id.get(cadre_id)
        office = cadre.office_id if cadre else ""
        conferences = [one for one in problem.district.conferences if one.day == day and one.office_id in {None, office}]
        trips = sorted(own, key=lambda one: one.leaves_seconds)
        allowed = 1 + sum(any(one.returns_seconds <= meeting.starts_seconds and meeting.ends_seconds <= other.leaves_seconds
                              for meeting in conferences) for one, other in pairwise(trips))
        if len(own) > allowed:
            yield _route_fault((cadre_id,), len(own) - allowed, f"{cadre_id}在{day}有{len(own)}条路线，应为{allowed}条",
                               f"{cadre_id} has {len(own)} routes on {day}, must have {allowed}")


def _most_at_once(spans: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """(most spans open at once, second after midnight at which they first are)."""
    events = sorted((second, change) for span in spans for second, change in zip(span, (1, -1), strict=True))
    most = now = at = 0
    for second, change in events:
        now += change
        if now > most:
            most, at = now, second
    return most, at


def _judge_hosts(problem: Problem, calendar: VisitCalendar) -> Iterator[Violation]:
    """At every moment of every liaison day a sub-district hosts at most so many visits."""
    limit = problem.policy.max_hosted_visits
    spans: dict[tuple[date, str], list[tuple[int, int]]] = defaultdict(list)
    for visit in calendar.visits():
        site = problem.district.site_by_id.get(visit.slot.site_id)
        if limit and site is not None:
            spans[visit.day, site.subdistrict_id].append((visit.slot.starts_seconds, visit.slot.ends_seconds))
    for (day, subdistrict_id), own in sorted(spans.items()):
        most, at = _most_at_once(own)
        if most > limit:
            yield Violation("hosts", (subdistrict_id,), most - limit, Text(
                f"{subdistrict_id}在{day} {clock(at)}同时接待{most}组走访，上限{limit}组",
                f"{subdistrict_id} hosts {most} visits at once on {day} at {clock(at)}, limit {limit}"))


def _judge_cars(problem: Problem, routes: Routes) -> Iterator[Violation]:
    """At every moment of every liaison day a unit has at most so many cars out."""
    district, policy = problem.district, problem.policy
    spans: dict[tuple[date, str], list[tuple[int, int]]] = defaultdict(list)
    for route in routes.routes:
        cadre = problem.district.cadre_by_id.get(route.cadre_id)
        if cadre is not None and (cadre.travel_mode or policy.travel_mode) is TravelMode.CAR:
            for day in route.days:
                spans[day, cadre.office_id].append((route.leaves_seconds, route.returns_seconds))
    for (day, office_id), own in sorted(spans.items()):
        most, at = _most_at_once(own)
        cars = district.office_by_id[office_id].cars
        limit = policy.max_cars_per_office if cars is None else cars
        if limit and most > limit:
            yield Violation("cars", (office_id,), most - limit, Text(
                f"{office_id}在{day} {clock(at)}同时用车{most}辆，上限{limit}辆",
                f"{office_id} has {most} cars out on {day} at {clock(at)}, limit {limit}"))


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
    legs = [problem.travel_of(cadre).seconds(a, b) for a, b in pairwise(stations)]
    known = [leg for leg in legs if leg is not None]
    leaves = [route.leaves_seconds, *(stop.ends_seconds for stop in route.stops)]
    lunch = route.lunch
    if lunch is not None and 1 <= lunch.after_stops <= len(route.stops):
        if (lunch.starts_seconds < max(policy.lunch_starts_seconds, leaves[lunch.after_stops])
                or lunch.ends_seconds > policy.lunch_ends_seconds
                or lunch.ends_seconds - lunch.starts_seconds < policy.lunch_minutes * 60):
            yield _route_fault((cadre.id,), 1, f"{cadre.name}（{cadre.id}）{route.days[0]}的午休不在规定时间内（1次）",
                               f"the lunch of {cadre.name} ({cadre.id}) on {route.days[0]} is not within its hours (1)")
        leaves[lunch.after_stops] = lunch.ends_seconds
    arrives = [*(stop.arrives_seconds for stop in route.stops), route.returns_seconds]
    wrong = (
        len(known) != len(legs)
        or (lunch is not None and not 1 <= lunch.after_stops <= len(route.stops))
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
