"""Visit days for checks: plain Python, one caseload at a time, independent of the encodings' arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from planner.facts.district import Cadre, Site
from planner.facts.problem import Problem


@dataclass(frozen=True, slots=True)
class DayFinding:
    """What can be said of a caseload's visit day; None where no such day exists (seconds)."""

    shortest_seconds: int | None
    travel_seconds: int | None


def examine_day(cadre: Cadre, sites: Sequence[Site], problem: Problem) -> DayFinding:
    """Try every order of ``sites`` and simulate the day in both directions.

    ``shortest_seconds`` is the least time from leaving to returning over all orders that keep the visiting hours;
    ``travel_seconds`` the least travel over those that also keep the length of a visit day. Each caseload is tried once a problem.
    """
    known, key = problem.days_examined, (cadre, tuple(sites))
    if key not in known:
        known[key] = _tried(cadre, sites, problem)
    found: DayFinding = known[key]
    return found


def _tried(cadre: Cadre, sites: Sequence[Site], problem: Problem) -> DayFinding:
    if not sites:
        return DayFinding(0, 0)
    limit = problem.policy.max_visit_day_minutes * 60
    shortest: int | None = None
    travel: int | None = None
    for order in permutations(sites):
        legs = _legs(cadre, order, problem)
        if legs is None:
            continue
        duration = _duration(order, legs, problem)
        if duration is None:
            continue
        shortest = duration if shortest is None else min(shortest, duration)
        if duration <= limit:
            travel = sum(legs) if travel is None else min(travel, sum(legs))
    return DayFinding(shortest, travel)


def _legs(cadre: Cadre, order: Sequence[Site], problem: Problem) -> list[int] | None:
    """Travel seconds of every leg office -> sites -> office, or None where one has no way."""
    stations = [cadre.office_id, *(site.id for site in order), cadre.office_id]
    legs = [problem.travel_of(cadre).seconds(a, b) for a, b in pairwise(stations)]
    return None if any(leg is None for leg in legs) else [leg for leg in legs if leg is not None]


def _duration(order: Sequence[Site], legs: Sequence[int], problem: Problem) -> int | None:
    """Least duration of one order, or None when it breaks visiting hours or the working day.

    Forward as early as possible gives the earliest return; backward from that return as late as possible gives the
    latest departure that still achieves it.
    """
    now = problem.policy.visit_day_starts_seconds
    for site, leg in zip(order, legs, strict=False):
        now = max(now + leg, site.visiting_hours.opens_seconds)
        now += site.stay_seconds
        if now > site.visiting_hours.closes_seconds:
            return None
    now += legs[-1]
    if now > problem.policy.visit_day_ends_seconds:
        return None
    earliest_return = now
    now -= legs[-1]
    for site, leg in zip(reversed(order), reversed(legs[:-1]), strict=True):
        now = min(now, site.visiting_hours.closes_seconds) - site.stay_seconds - leg
    return earliest_return - now
