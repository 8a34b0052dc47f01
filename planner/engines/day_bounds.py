"""What no visit day can beat: the least travel of a set of sites, and whether lunch can fit, waiting and length aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

from planner.facts.district import Cadre, Site
from planner.facts.problem import Problem

MOST_SITES = 7
"""Days of more sites are not listed: their bound is 0."""


@dataclass(frozen=True, slots=True)
class DayBound:
    """Least travel (seconds) over all orders that keep the hours, and whether any of them leaves time for lunch."""

    travel_seconds: int
    lunch_fits: bool


def bound_day(cadre: Cadre, sites: Sequence[Site], problem: Problem) -> DayBound:
    """Bound a day with exactly these sites; the length of the day is left aside, so that the bound holds for any."""
    if not sites or len(sites) > MOST_SITES:
        return DayBound(0, True)
    least, lunch = 1 << 60, problem.policy.lunch_minutes == 0
    for order in permutations(sites):
        stations = [cadre.office_id, *(site.id for site in order), cadre.office_id]
        legs = [problem.travel_of(cadre).seconds(a, b) for a, b in pairwise(stations)]
        if any(leg is None for leg in legs):
            continue
        known = [leg for leg in legs if leg is not None]
        if not _fits(order, known, problem, None):
            continue
        least = min(least, sum(known))
        lunch = lunch or any(_fits(order, known, problem, after) for after in range(len(order) + 1))
    return DayBound(0 if least == 1 << 60 else least, lunch)


def _fits(order: Sequence[Site], legs: Sequence[int], problem: Problem, lunch_after: int | None) -> bool:
    """Whether the order keeps all hours when every visit is as early as can be, with lunch after so many stops."""
    policy = problem.policy
    now = policy.visit_day_starts_seconds
    if lunch_after == 0:
        now = max(now, policy.lunch_starts_seconds + policy.lunch_minutes * 60)
    for number, (site, leg) in enumerate(zip(order, legs, strict=False), start=1):
        now = max(now + leg, site.visiting_hours.opens_seconds) + site.stay_seconds
        if now > site.visiting_hours.closes_seconds:
            return False
        if number == lunch_after and number < len(order):
            now = max(now, policy.lunch_starts_seconds) + policy.lunch_minutes * 60
            if now > policy.lunch_ends_seconds:
                return False
    now += legs[-1]
    if lunch_after == len(order):
        if now + policy.lunch_minutes * 60 <= policy.lunch_ends_seconds:
            return True
        # At the last stop, before the way back.
        before = max(now - legs[-1], policy.lunch_starts_seconds) + policy.lunch_minutes * 60
        return before <= policy.lunch_ends_seconds and before + legs[-1] <= policy.visit_day_ends_seconds
    return now <= policy.visit_day_ends_seconds
