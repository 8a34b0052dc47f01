"""One visit day, exactly: the order and the clock times of a cadre's stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from planner.facts.district import Cadre, Site
from planner.facts.problem import Problem

CLOCK_GRIDS_SECONDS = (300, 60, 1)
"""Visits begin on a multiple of five minutes where the day allows it, else of a minute, else of a second."""


@dataclass(frozen=True)
class VisitDay:
    """The stops in order with the times of day at which visits begin (seconds after midnight)."""

    sites: tuple[Site, ...]
    starts_seconds: tuple[int, ...]
    travel_seconds: int


def plan_visit_day(cadre: Cadre, sites: Sequence[Site], problem: Problem) -> VisitDay | None:
    """The visit day of least travel through all ``sites``, or None when no order is legal.

    Branch and bound over orders (travel so far plus the way home is a bound, since travel obeys the triangle
    inequality); among equal travel the shorter day, then the order of ids. The times are on the coarsest clock grid
    that the day's length and the visiting hours allow.
    """
    search = _Search(cadre, problem)
    search.extend([], sorted(sites, key=lambda site: site.id), problem.policy.visit_day_starts_seconds, 0)
    if search.best is None:
        return None
    order = search.best
    for grid in CLOCK_GRIDS_SECONDS:
        starts = _times(cadre, order, problem, grid)
        if starts is not None:
            return VisitDay(tuple(order), tuple(starts), search.best_key[0])
    return None


class _Search:
    """Depth-first search over orders; ``best_key`` is (travel, duration) of the best legal order."""

    def __init__(self, cadre: Cadre, problem: Problem) -> None:
        self._cadre = cadre
        self._problem = problem
        self.best: list[Site] | None = None
        self.best_key = (1 << 60, 1 << 60)

    def extend(self, order: list[Site], rest: list[Site], now_seconds: int, travel_seconds: int) -> None:
        """Try every site of ``rest`` next."""
        here = order[-1].id if order else self._cadre.office_id
        if not rest:
            self._finish(order, here, travel_seconds)
            return
        for index, site in enumerate(rest):
            leg = self._problem.travel_of(self._cadre).seconds(here, site.id)
            home = self._problem.travel_of(self._cadre).seconds(site.id, self._cadre.office_id)
            if leg is None or home is None or travel_seconds + leg + home > self.best_key[0]:
                continue
            ends = max(now_seconds + leg, site.visiting_hours.opens_seconds) + site.stay_seconds
            if ends <= site.visiting_hours.closes_seconds:
                self.extend([*order, site], rest[:index] + rest[index + 1:], ends, travel_seconds + leg)

    def _finish(self, order: list[Site], here: str, travel_seconds: int) -> None:
        home = self._problem.travel_of(self._cadre).seconds(here, self._cadre.office_id) if order else 0
        starts = _times(self._cadre, order, self._problem, 1)
        if home is None or starts is None:
            return
        key = (travel_seconds + home, _duration(self._cadre, order, starts, self._problem))
        if key < self.best_key:
            self.best, self.best_key = order, key


def _times(cadre: Cadre, order: Sequence[Site], problem: Problem, grid_seconds: int) -> list[int] | None:
    """Begin times on a clock grid with as little waiting as the last visit's earliest time allows, or None.

    Forward as early as possible fixes the last visit; backward, every earlier visit moves as late as it can.
    """
    legs = _legs(cadre, order, problem)
    if legs is None:
        return None
    now, starts = problem.policy.visit_day_starts_seconds, []
    for site, leg in zip(order, legs, strict=False):
        begin = -(-max(now + leg, site.visiting_hours.opens_seconds) // grid_seconds) * grid_seconds
        now = begin + site.stay_seconds
        if now > site.visiting_hours.closes_seconds:
            return None
        starts.append(begin)
    if now + legs[-1] > problem.policy.visit_day_ends_seconds:
        return None
    for index in range(len(order) - 2, -1, -1):
        site = order[index]
        latest = min(starts[index + 1] - legs[index + 1], site.visiting_hours.closes_seconds) - site.stay_seconds
        starts[index] = max(starts[index], latest // grid_seconds * grid_seconds)
    fits = _duration(cadre, order, starts, problem) <= problem.policy.max_visit_day_minutes * 60
    return starts if fits else None


def _legs(cadre: Cadre, order: Sequence[Site], problem: Problem) -> list[int] | None:
    stations = [cadre.office_id, *(site.id for site in order), cadre.office_id]
    legs = []
    for origin, destination in pairwise(stations):
        leg = problem.travel_of(cadre).seconds(origin, destination)
        if leg is None:
            return None
        legs.append(leg)
    return legs


def _duration(cadre: Cadre, order: Sequence[Site], starts: Sequence[int], problem: Problem) -> int:
    """Seconds from leaving the office to returning."""
    if not order:
        return 0
    out = problem.travel_of(cadre).seconds(cadre.office_id, order[0].id) or 0
    back = problem.travel_of(cadre).seconds(order[-1].id, cadre.office_id) or 0
    return starts[-1] + order[-1].stay_seconds + back - (starts[0] - out)
