"""A batch of caseloads of one cadre, with what rules and goals ask of it computed once, for encodings only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations

import numpy as np

from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray

NO_DAY = np.iinfo(np.int64).max // 4
"""Duration or travel of a visit day that does not exist; compared, never added to."""


@dataclass(frozen=True)
class DayArrays:
    """The best visit day of every caseload (m).

    ``in_hours``: some order keeps all visiting hours within the working day. ``shortest_seconds``: least duration
    (leave to return) over those orders. ``travel_seconds``: least travel over the orders whose duration is within the
    policy's limit. The two are ``NO_DAY`` where there is no such order.
    """

    in_hours: BoolArray
    shortest_seconds: IntArray
    travel_seconds: IntArray


@dataclass(frozen=True)
class Caseloads:
    """``sites`` has shape (m, k): site indices of m caseloads of cadre ``cadre_index``, padded with -1 at the end."""

    problem: Problem
    cadre_index: int
    sites: IntArray

    def __len__(self) -> int:
        """How many caseloads there are, m."""
        return len(self.sites)

    def sum_of(self, values: IntArray) -> IntArray:
        """Sum of ``values`` (s) over the sites of each caseload (m)."""
        extended = np.append(values, 0)
        return np.asarray(extended[self.sites].sum(axis=1), dtype=np.int64)

    @cached_property
    def load_minutes(self) -> IntArray:
        """Work a month of each caseload (m)."""
        return self.sum_of(self.problem.arrays.workload_minutes)

    @cached_property
    def days(self) -> DayArrays:
        """Visit days by trying every order, vectorised over the caseloads of equal size."""
        m = len(self)
        in_hours = np.zeros(m, dtype=np.bool_)
        shortest = np.full(m, NO_DAY, dtype=np.int64)
        travel = np.full(m, NO_DAY, dtype=np.int64)
        sizes = (self.sites >= 0).sum(axis=1)
        for size in np.unique(sizes):
            which = np.flatnonzero(sizes == size)
            if size == 0:
                in_hours[which], shortest[which], travel[which] = True, 0, 0
                continue
            in_hours[which], shortest[which], travel[which] = self._days_of_size(self.sites[which, :size])
        return DayArrays(in_hours, shortest, travel)

    def _days_of_size(self, sites: IntArray) -> tuple[BoolArray, IntArray, IntArray]:
        """In hours, shortest duration and least travel of caseloads (m, k) without padding.

        For one order with earliest completion E (leaving at the start of the day), latest departure L and duration A
        without waiting, the duration of the tightest schedule is max(A, E - L) (Savelsbergh 1992, forward time slack).
        """
        arrays, policy = self.problem.arrays, self.problem.policy
        day_starts, day_ends = policy.visit_day_starts_seconds, policy.visit_day_ends_seconds
        longest = policy.max_visit_day_minutes * 60
        office = arrays.office_place[self.cadre_index]
        places = arrays.places_of(self.cadre_index)[sites]
        opens, closes, stays = arrays.opens_seconds[sites], arrays.closes_seconds[sites], arrays.stay_seconds[sites]
        m, k = sites.shape
        out, back = arrays.travel_seconds[office, places], arrays.travel_seconds[places, office]
        between = arrays.travel_seconds[places[:, :, None], places[:, None, :]]
        all_stays = stays.sum(axis=1)
        in_hours = np.zeros(m, dtype=np.bool_)
        shortest = np.full(m, NO_DAY, dtype=np.int64)
        least_travel = np.full(m, NO_DAY, dtype=np.int64)
        for order in permutations(range(k)):
            legs = [out[:, order[0]], *(between[:, a, b] for a, b in pairwise(order)), back[:, order[-1]]]
            possible = np.ones(m, dtype=np.bool_)
            earliest = np.full(m, day_starts, dtype=np.int64)
            for leg, stop in zip(legs, order, strict=False):
                possible &= leg >= 0
                earliest = np.maximum(earliest + leg, opens[:, stop])
                possible &= earliest <= closes[:, stop] - stays[:, stop]
                earliest += stays[:, stop]
            earliest += legs[-1]
            possible &= (legs[-1] >= 0) & (earliest <= day_ends)
            latest = day_ends - legs[-1]
            for leg, stop in zip(reversed(legs[:-1]), reversed(order), strict=True):
                latest = np.minimum(latest, closes[:, stop]) - stays[:, stop] - leg
            travel = np.sum(legs, axis=0)
            duration = np.maximum(travel + all_stays, earliest - latest)
            in_hours |= possible
            shortest = np.where(possible & (duration < shortest), duration, shortest)
            legal = possible & (duration <= longest) & (travel < least_travel)
            least_travel = np.where(legal, travel, least_travel)
        return in_hours, shortest, least_travel
