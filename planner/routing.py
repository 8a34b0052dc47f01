"""Routes: each cadre's visit days stop by stop. The order is that of the fixed times, found exactly when scheduling.

It is the same month after month unless the sites differ. Lunch stands where the day leaves time for it. A conference in the
middle of a day brings the cadre back to his office and makes two routes of it.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from planner.artefacts.provenance import Provenance
from planner.artefacts.routes import Lunch, Route, Routes, Stop
from planner.artefacts.visit_calendar import Slot, VisitCalendar
from planner.facts.district import Cadre
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
        for trip in _trips(problem, cadre_id, day, stops):
            days_of.setdefault((cadre_id, trip), []).append(day)
    routes = [_route(problem, cadre_id, stops, tuple(sorted(days))) for (cadre_id, stops), days in days_of.items()]
    routes.sort(key=lambda one: (one.cadre_id, one.days, one.leaves_seconds))
    return Routes(calendar.term_id, tuple(routes), provenance)


def _trips(problem: Problem, cadre_id: str, day: date, stops: tuple[Slot, ...]) -> list[tuple[Slot, ...]]:
    """The visits of a day, cut where a conference of the cadre lies between two of them."""
    office = problem.district.cadre_by_id[cadre_id].office_id
    cuts = sorted(one.starts_seconds for one in problem.district.conferences
                  if one.day == day and one.office_id in {None, office})
    trips: dict[int, list[Slot]] = {}
    for stop in stops:
        trips.setdefault(sum(cut < stop.starts_seconds for cut in cuts), []).append(stop)
    return [tuple(trip) for _, trip in sorted(trips.items())]


def _route(problem: Problem, cadre_id: str, slots: tuple[Slot, ...], days: tuple[date, ...]) -> Route:
    """One day: leave so as to arrive at the first visit on time, then drive on as soon as visit or lunch ends."""
    cadre = problem.district.cadre_by_id[cadre_id]
    stations = [cadre.office_id, *(slot.site_id for slot in slots), cadre.office_id]
    legs = [_leg(problem, cadre, one, other) for one, other in pairwise(stations)]
    leaves = slots[0].starts_seconds - legs[0]
    lunch = _lunch(problem, slots, legs, leaves)
    now, stops = leaves, []
    for number, (slot, leg) in enumerate(zip(slots, legs, strict=False), start=1):
        stops.append(Stop(slot.site_id, now + leg, slot.starts_seconds, slot.ends_seconds))
        now = lunch.ends_seconds if lunch is not None and lunch.after_stops == number else slot.ends_seconds
    return Route(cadre_id, days, leaves, tuple(stops), now + legs[-1], sum(legs), lunch)


def _lunch(problem: Problem, slots: tuple[Slot, ...], legs: list[int], leaves: int) -> Lunch | None:
    """The first place for lunch on the way, unless it can be had at the office or nowhere."""
    policy = problem.policy
    length = policy.lunch_minutes * 60
    if not length or leaves - policy.lunch_starts_seconds >= length or (
            policy.lunch_ends_seconds - slots[-1].ends_seconds - legs[-1] >= length):
        return None
    for number, (slot, leg) in enumerate(zip(slots, legs[1:], strict=True), start=1):
        starts = max(slot.ends_seconds, policy.lunch_starts_seconds)
        ends = starts + length
        last = number == len(slots)
        latest = policy.visit_day_ends_seconds if last else slots[number].starts_seconds
        fits_length = not last or ends + leg - leaves <= policy.max_visit_day_minutes * 60
        if ends <= policy.lunch_ends_seconds and ends + leg <= latest and fits_length:
            return Lunch(number, starts, ends)
    return None


def _leg(problem: Problem, cadre: Cadre, origin_id: str, destination_id: str) -> int:
    seconds = problem.travel_of(cadre).seconds(origin_id, destination_id)
    if seconds is None:
        raise NoWayError(f"{origin_id} -> {destination_id}")
    return seconds
