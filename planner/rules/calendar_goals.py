"""Goals of a calendar: how good its days are for cadres and sub-districts. Less is better; the first outweigh the later.

They are measured here from calendar and routes as delivered. The scheduler shares none of this: it claims bounds for the
same goals (docs/calendar.md), which the judge holds against these measures.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from planner.artefacts.routes import Route, Routes
from planner.artefacts.visit_calendar import VisitCalendar
from planner.facts.problem import Problem
from planner.text import Text

PATTERN_MONTHS = 6
"""Visits every 1, 2 and 3 months repeat after 6."""


@dataclass(frozen=True)
class CalendarGoal:
    """A measure of calendar and routes in a plain unit; ``units_shown`` of it make one that people read."""

    id: str
    title: Text
    unit: Text
    measure: Callable[[Problem, VisitCalendar, Routes], int]
    units_shown: int = 1

    def display(self, value: int) -> str:
        """The value as people read it."""
        return str(value) if self.units_shown == 1 else str(round(value / self.units_shown))


def _missed(problem: Problem, calendar: VisitCalendar, routes: Routes) -> int:
    """Visits that the cadre himself does not make, whether somebody stands in or not."""
    del problem, routes
    return len(calendar.missed)


def _uneven_days(problem: Problem, calendar: VisitCalendar, routes: Routes) -> int:
    """Over all cadres, minutes of visits in the fullest month of the pattern less those in the emptiest."""
    del routes
    load: dict[str, Counter[int]] = defaultdict(Counter)
    for slot in calendar.slots:
        for month in range(slot.first_month, PATTERN_MONTHS, slot.every_months):
            load[slot.cadre_id][month] += problem.district.site_by_id[slot.site_id].stay_seconds // 60
    return sum(_spread(one) for one in load.values())


def _uneven_months(problem: Problem, calendar: VisitCalendar, routes: Routes) -> int:
    """Over all sub-districts, visits in the fullest month of the pattern less those in the emptiest."""
    del routes
    visits: dict[str, Counter[int]] = defaultdict(Counter)
    for slot in calendar.slots:
        for month in range(slot.first_month, PATTERN_MONTHS, slot.every_months):
            visits[problem.district.site_by_id[slot.site_id].subdistrict_id][month] += 1
    return sum(_spread(one) for one in visits.values())


def _spread(months: Counter[int]) -> int:
    values = [months[month] for month in range(PATTERN_MONTHS)]
    return max(values) - min(values)


def has_lunch(problem: Problem, route: Route) -> bool:
    """Whether the cadre has his lunch: on the way, or at the office before he leaves or after he is back."""
    policy = problem.policy
    minutes = policy.lunch_minutes * 60
    return (route.lunch is not None or route.leaves_seconds - policy.lunch_starts_seconds >= minutes
            or policy.lunch_ends_seconds - route.returns_seconds >= minutes)


def _without_lunch(problem: Problem, calendar: VisitCalendar, routes: Routes) -> int:
    """Days of a cadre on which no lunch break is left."""
    del calendar
    return sum(len(route.days) for route in routes.routes if not has_lunch(problem, route))


def _travel(problem: Problem, calendar: VisitCalendar, routes: Routes) -> int:
    """Travel of all days of the term, seconds."""
    del problem, calendar
    return sum(route.travel_seconds * len(route.days) for route in routes.routes)


CALENDAR_GOALS: tuple[CalendarGoal, ...] = (
    CalendarGoal("missed-visits", Text("缺访", "visits missed"), Text("次", "visits"), _missed),
    CalendarGoal("uneven-days", Text("各人每月走访时间不均", "uneven months of cadres"), Text("分钟", "minutes"), _uneven_days),
    CalendarGoal("uneven-months", Text("各街道每月接待不均", "uneven months of sub-districts"), Text("次", "visits"), _uneven_months),
    CalendarGoal("days-without-lunch", Text("没有午休的走访日", "days without lunch"), Text("人天", "days"), _without_lunch),
    CalendarGoal("term-travel", Text("全任期路程", "travel of the term"), Text("分钟", "minutes"), _travel, 60),
)
