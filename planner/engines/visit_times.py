"""At which time of day every site is visited all term long: within the limits of hosts and cars, with lunch, by the way.

One cadre's times are found exactly against everybody else's (``day_times``): each visit is priced by how far it would push
its sub-district over its limit. Cadres are placed one after the other, then again where a limit is passed, until no limit
is; where that stalls, a few cadres of a crowded sub-district are taken out together and placed anew in another order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.engines.arrays import IntArray
from planner.engines.day_times import (
    CAR_PRICE,
    GRID_SECONDS,
    HOST_PRICE,
    LOST_PRICE,
    NO_LUNCH_PRICE,
    DayTask,
    FixedTimes,
)
from planner.engines.lunch_breaks import lunch_fits
from planner.engines.visit_day import plan_visit_day
from planner.engines.visit_phases import PATTERN_MONTHS
from planner.facts.district import Cadre, Site
from planner.facts.problem import Problem

PASSES = 12
SHAKES = 150
SHAKEN = 6
"""The work of the search: passes over crowded cadres, then how often how many of them are taken out together."""
NO_LIMIT = 1 << 40
"""More cars than any unit has."""


@dataclass(frozen=True)
class CadreDay:
    """One cadre's sites with their first months, and how many of a site's visits are lost when it begins at some second."""

    cadre: Cadre
    sites: tuple[Site, ...]
    first_months: tuple[int, ...]
    every: tuple[int, ...]
    lost_at: Callable[[Site, int, int, int], int] | None
    """(site, first month, every, begin in seconds) -> visits lost to conferences; None where he has none."""


@dataclass(frozen=True)
class Times:
    """The begin of every visit by (cadre id, site id); cadres for whom no legal day exists."""

    starts_seconds: dict[tuple[str, str], int]
    impossible: tuple[str, ...]


def choose_times(days: Sequence[CadreDay], problem: Problem, seed: int) -> Times:
    """Choose the fixed times of all cadres."""
    search = _Search(days, problem, seed)
    return search.run()


class _Search:
    def __init__(self, days: Sequence[CadreDay], problem: Problem, seed: int) -> None:
        self._days, self._problem = days, problem
        self._random = np.random.default_rng(seed)
        policy = problem.policy
        self._host_limit = policy.max_hosted_visits
        self._car_limit: IntArray = np.array([problem.cars_of(office) or NO_LIMIT for office in problem.district.offices], dtype=np.int64)
        self._tasks = [DayTask(day.cadre, day.sites, problem) for day in days]
        self._steps = self._tasks[0].steps if self._tasks else 0
        places = {one.id: index for index, one in enumerate(problem.district.subdistricts)}
        self._place = [[places[site.subdistrict_id] for site in day.sites] for day in days]
        self._months = [[np.arange(first, PATTERN_MONTHS, every) for first, every in zip(day.first_months, day.every, strict=True)]
                        for day in days]
        self._offices = {one.id: index for index, one in enumerate(problem.district.offices)}
        self._hosted: IntArray = np.zeros((len(places), PATTERN_MONTHS, self._steps), dtype=np.int64)
        self._out: IntArray = np.zeros((len(self._offices), PATTERN_MONTHS, self._steps), dtype=np.int64)
        self._times: list[FixedTimes | None] = [None] * len(days)
        self._lost = [self._lost_prices(index) for index in range(len(days))]

    def run(self) -> Times:
        """Place everybody, mend what is crowded, and read the times out."""
        impossible = []
        order = sorted(range(len(self._days)), key=lambda index: (-len(self._days[index].sites), index))
        for index in order:
            found = self._best(index) or self._finer(index)
            if found is None:
                impossible.append(self._days[index].cadre.id)
                continue
            self._place_times(index, found)
        self._mend()
        self._feed()
        starts = {(day.cadre.id, day.sites[site].id): begin
                  for day, times in zip(self._days, self._times, strict=True) if times is not None
                  for site, begin in zip(times.order, times.starts_seconds, strict=True)}
        return Times(starts, tuple(sorted(impossible)))

    def _feed(self) -> None:
        """Other times for those whom a day with fewer visits leaves no lunch: begins that alone take the lunch hours are priced.

        Kept where fewer months go without lunch and no limit is passed further. Days that a conference cuts are left as they are:
        no lunch is worth a visit lost.
        """
        for index, old in enumerate(self._times):
            if old is None or not self._tasks[index].orders or self._days[index].lost_at is not None:
                continue
            hungry = self._hungry_months(index, old)
            if not hungry:
                continue
            before = self._excess()
            self._remove(index)
            found = self._best(index, self._lunch_prices(index))
            if found is not None:
                self._place_times(index, found)
            if found is None or self._excess() > before or self._hungry_months(index, found) >= hungry:
                self._remove(index)
                self._place_times(index, old)

    def _hungry_months(self, index: int, times: FixedTimes) -> int:
        """Months of the pattern whose visits leave no time for lunch."""
        day = self._days[index]
        hungry = 0
        for month in range(PATTERN_MONTHS):
            visits = [(day.sites[site].id, begins, begins + day.sites[site].stay_seconds)
                      for site, begins in zip(times.order, times.starts_seconds, strict=True) if month in self._months[index][site]]
            hungry += not lunch_fits(self._problem, day.cadre, visits)
        return hungry

    def _lunch_prices(self, index: int) -> IntArray:
        """Price of every begin (site, step) with which a visit on its own leaves no lunch."""
        day, task = self._days[index], self._tasks[index]
        return np.array([[0 if lunch_fits(self._problem, day.cadre, [(site.id, begins, begins + site.stay_seconds)]) else NO_LUNCH_PRICE
                          for begins in (task.base_seconds + task.begins).tolist()] for site in day.sites], dtype=np.int64)

    def _mend(self) -> None:
        """Passes over the crowded, then shakes."""
        for _ in range(PASSES):
            crowded = self._crowded()
            if not crowded or not self._improve(crowded):
                break
        for _ in range(SHAKES):
            crowded = self._crowded()
            if not crowded:
                break
            chosen = self._random.choice(crowded, size=min(SHAKEN, len(crowded)), replace=False).tolist()
            self._replace(chosen)

    def _improve(self, indices: Sequence[int]) -> bool:
        """Place each anew; whether the excess fell."""
        before = self._excess()
        for index in indices:
            self._replace([index])
        return self._excess() < before

    def _replace(self, indices: Sequence[int]) -> None:
        """Take some out and place them one after the other; kept unless the excess grows."""
        before, old = self._excess(), [self._times[index] for index in indices]
        for index in indices:
            self._remove(index)
        for index in indices:
            found = self._best(index)
            if found is None:
                found = old[indices.index(index)]
            if found is not None:
                self._place_times(index, found)
        if self._excess() > before:
            for index in indices:
                self._remove(index)
            for index, times in zip(indices, old, strict=True):
                if times is not None:
                    self._place_times(index, times)

    def _excess(self) -> tuple[int, int]:
        """Visit-steps over the hosts' limit and car-steps over the cars' limit."""
        hosts = int(np.maximum(self._hosted - self._host_limit, 0).sum()) if self._host_limit else 0
        cars = int(np.maximum(self._out - self._car_limit[:, None, None], 0).sum())
        return hosts, cars

    def _crowded(self) -> list[int]:
        """The cadres who take part in passing a limit, those on a 5-minute grid only."""
        found = []
        for index, times in enumerate(self._times):
            if times is None or not self._tasks[index].orders:
                continue
            if self._host_limit and any((self._hosted[place][months, first:last] > self._host_limit).any()
                                        for place, months, first, last in self._spans(index, times)):
                found.append(index)
            elif self._shares_cars(self._days[index].cadre):
                office, months, first, last = self._trip(index, times)
                if (self._out[office][months, first:last] > self._car_limit[office]).any():
                    found.append(index)
        return found

    def _best(self, index: int, more: IntArray | None = None) -> FixedTimes | None:
        """The exact answer of one cadre to all others; ``more`` are further prices of begins (sites, steps)."""
        task, day = self._tasks[index], self._days[index]
        prices = self._lost[index].copy() if more is None else self._lost[index] + more
        if self._host_limit:
            for site, (place, months) in enumerate(zip(self._place[index], self._months[index], strict=True)):
                full = (self._hosted[place][months] >= self._host_limit).sum(axis=0)
                running = np.concatenate([[0], np.cumsum(full)])
                length = -(-day.sites[site].stay_seconds // GRID_SECONDS)
                ends = np.minimum(np.arange(self._steps) + length, self._steps)
                prices[site] += (running[ends] - running[:-1]) * HOST_PRICE
        cars = None
        if self._shares_cars(day.cadre):
            office = self._offices[day.cadre.office_id]
            months = np.unique(np.concatenate(self._months[index]))
            full = (self._out[office][months] >= self._car_limit[office]).sum(axis=0)
            cars = np.concatenate([[0], np.cumsum(full)]) * CAR_PRICE
        return task.best(prices, cars)

    def _shares_cars(self, cadre: Cadre) -> bool:
        """Whether his days take one of a number of cars."""
        return self._problem.uses_car(cadre) and self._car_limit[self._offices[cadre.office_id]] < NO_LIMIT

    def _lost_prices(self, index: int) -> IntArray:
        """Price of the visits that a conference takes, for every site and begin."""
        day, task = self._days[index], self._tasks[index]
        prices: IntArray = np.zeros((len(day.sites), self._steps), dtype=np.int64)
        if day.lost_at is not None:
            for site in range(len(day.sites)):
                for step in range(self._steps):
                    prices[site, step] = LOST_PRICE * day.lost_at(
                        day.sites[site], day.first_months[site], day.every[site], task.base_seconds + GRID_SECONDS * step)
        return prices

    def _finer(self, index: int) -> FixedTimes | None:
        """A day that no grid of five minutes allows: its least travel, to the minute or the second, and no choice."""
        day = self._days[index]
        planned = plan_visit_day(day.cadre, day.sites, self._problem)
        if planned is None:
            return None
        self._tasks[index].orders = []
        return FixedTimes(tuple(day.sites.index(site) for site in planned.sites), planned.starts_seconds, 0)

    def _spans(self, index: int, times: FixedTimes) -> list[tuple[int, IntArray, int, int]]:
        """(sub-district, months, first step, step after the last) of every visit."""
        base, spans = self._tasks[index].base_seconds, []
        for site, begins in zip(times.order, times.starts_seconds, strict=True):
            first = (begins - base) // GRID_SECONDS
            last = -(-(begins + self._days[index].sites[site].stay_seconds - base) // GRID_SECONDS)
            spans.append((self._place[index][site], self._months[index][site], max(0, first), min(self._steps, last)))
        return spans

    def _trip(self, index: int, times: FixedTimes) -> tuple[int, IntArray, int, int]:
        """(office, months, first step, step after the last) of the whole day, as the car is booked."""
        day, task = self._days[index], self._tasks[index]
        legs, order = task.legs, times.order
        leaves = times.starts_seconds[0] - (legs[0][order[0] + 1] or 0)
        returns = times.starts_seconds[-1] + day.sites[order[-1]].stay_seconds + (legs[order[-1] + 1][0] or 0)
        first, last = (leaves - task.base_seconds) // GRID_SECONDS, -(-(returns - task.base_seconds) // GRID_SECONDS)
        return (self._offices[day.cadre.office_id], np.unique(np.concatenate(self._months[index])), max(0, first),
                min(self._steps, last))

    def _place_times(self, index: int, times: FixedTimes) -> None:
        self._times[index] = times
        self._count(index, times, 1)

    def _remove(self, index: int) -> None:
        times = self._times[index]
        if times is not None:
            self._count(index, times, -1)
            self._times[index] = None

    def _count(self, index: int, times: FixedTimes, sign: int) -> None:
        for place, months, first, last in self._spans(index, times):
            self._hosted[place, months, first:last] += sign
        if self._problem.uses_car(self._days[index].cadre):
            office, months, first, last = self._trip(index, times)
            self._out[office, months, first:last] += sign
