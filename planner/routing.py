"""Routes: each cadre's visit days stop by stop. The order is that of the fixed times, found exactly when scheduling."""

from __future__ import annotations

from datetime import date

from planner.artefacts.provenance import Provenance
from planner.artefacts.routes import Route, Routes, Stop
from planner.artefacts.visit_calendar import Slot, VisitCalendar
from planner.facts.problem import Problem


class NoWayError(Exception):
    """A calendar asks for a trip between two places with no road between them."""


def route(problem: Problem, calendar: VisitCalendar, provenance: Provenance) -> Routes:
    """Make the routes of all liaison days; days with the same stops share one route. Raises NoWayError."""
    held: dict[tuple[str, date], list[Slot]] = {}
    for visit in calendar.visits():
        held.setdefault((visit.slot.cadre_id, visit.day), []).append(visit.slot)
    days_of: dict[tuple[str, tuple[Slot, ...]], list[date]] = {}
    for (cadre_id, day), slots in held.items():
        stops = tuple(sorted(slots, key=lambda slot: (slot.starts_seconds, slot.site_id)))
        days_of.setdefault((cadre_id, stops), []).append(day)
    routes = [_route(problem, cadre_id, stops, tuple(sorted(days))) for (cadre_id, stops), days in days_of.items()]
    routes.sort(key=lambda one: (one.cadre_id, one.days))
    return Routes(calendar.term_id, tuple(routes), provenance)


def _route(problem: Problem, cadre_id: str, slots: tuple[Slot, ...], days: tuple[date, ...]) -> Route:
    """One day: leave so as to arrive at the first visit on time, then drive on as soon as each visit ends."""
    office = problem.district.cadre_by_id[cadre_id].office_id
    leaves = slots[0].starts_seconds - _leg(problem, office, slots[0].site_id)
    now, here, travel, stops = leaves, office, 0, []
    for slot in slots:
        leg = _leg(problem, here, slot.site_id)
        travel += leg
        stops.append(Stop(slot.site_id, now + leg, slot.starts_seconds, slot.ends_seconds))
        now, here = slot.ends_seconds, slot.site_id
    home = _leg(problem, here, office)
    return Route(cadre_id, days, leaves, tuple(stops), now + home, travel + home)


def _leg(problem: Problem, origin_id: str, destination_id: str) -> int:
    seconds = problem.travel.seconds(origin_id, destination_id)
    if seconds is None:
        raise NoWayError(f"{origin_id} -> {destination_id}")
    return seconds
