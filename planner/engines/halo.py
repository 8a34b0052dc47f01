"""The halo of an area: sites outside it that a caseload of its cadres could still hold to advantage, and no others.

A caseload S of at most k sites that holds x travels at least as far as to any one of its sites and back, D; so for any
a in [0, 1]

    travel(S) >= a D(x) + (1 - a) / (k - 1) * sum of D(y) over the other sites y.

With the load priced by a line below its true price, the reduced cost of S is then at least a sum of terms, one for each
site, and the best k - 1 other sites, within the counting limits, bound it for all S at once. A site for which some a and
some line put this bound above a threshold is in no caseload below the threshold: leaving it out changes no answer.
That travel is at least D needs the triangle inequality, which times over roads and in a straight line both obey.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from planner.engines.tables import FloatArray
from planner.facts.problem_arrays import IntArray

SHARES: Final = (1.0, 0.7, 0.4, 0.25, 0.55, 0.85)
"""The values of a that are tried; 1 / k is the evenest. The first drop most sites."""

SLOPES: Final = (0.0, 0.5, 1.0, -0.25, -0.5, -0.75, -1.0)
"""Slopes of the lines below the load's price, in parts of its steepest price of a minute."""

ROUNDING_SECONDS: Final = 0.01
"""What every bound gives away for the rounding of sums."""


@njit(cache=True, nogil=True)
def _best_others(worth: FloatArray, kind: IntArray, room: IntArray, most: int, result: FloatArray) -> None:
    """Into ``result`` (q): for every kind, the greatest sum of worth of up to ``most`` sites, one room of it taken."""
    kinds = room.shape[0]
    best = np.zeros((kinds, most + 1))  # the worths above 0 of every kind that may be chosen, falling, 0 after them
    for site in range(worth.shape[0]):
        of_kind = best[kind[site]]
        place = min(most, room[kind[site]])
        if place > 0 and worth[site] > of_kind[place - 1]:
            place -= 1
            while place > 0 and of_kind[place - 1] < worth[site]:
                of_kind[place] = of_kind[place - 1]
                place -= 1
            of_kind[place] = worth[site]
    for own in range(kinds):
        taken = np.zeros(kinds, dtype=np.int64)
        total = 0.0
        for _ in range(most):
            greatest, chosen = 0.0, -1
            for one in range(kinds):
                if taken[one] < room[one] - (one == own) and best[one, taken[one]] > greatest:
                    greatest, chosen = best[one, taken[one]], one
            if chosen < 0:
                break
            taken[chosen] += 1
            total += greatest
        result[own] = total


@njit(cache=True, nogil=True)
def _bounds(round_trip: FloatArray, profit: FloatArray, workload: FloatArray, kind: IntArray, room: IntArray, largest: int,
            travel_price: float, slopes: FloatArray, lines: FloatArray, shares: FloatArray, enough: float, bound: FloatArray) -> None:
    """Raise ``bound`` (n) to the best lower bound on the reduced cost of a caseload that holds each site, or to ``enough``."""
    count = round_trip.shape[0]
    below = np.arange(count)
    others = np.zeros(room.shape[0])
    worth = np.zeros(count)
    for part in range(shares.shape[0]):
        share = shares[part]
        for line in range(slopes.shape[0]):
            if not len(below):
                return
            rest = (1.0 - share) / max(1, largest - 1)
            for site in range(count):
                worth[site] = (profit[site] - slopes[line] * workload[site] - travel_price * rest * round_trip[site])
            _best_others(worth, kind, room, max(0, largest - 1), others)
            left = 0
            for place in range(len(below)):
                site = below[place]
                value = (lines[line] + travel_price * share * round_trip[site] - profit[site] + slopes[line] * workload[site]
                         - others[kind[site]])
                bound[site] = max(bound[site], value)
                if bound[site] < enough:
                    below[left] = site
                    left += 1
            below = below[:left]


def reduced_cost_bounds(round_trip: FloatArray, profit: FloatArray, workload: IntArray, limits: list[tuple[IntArray, int]],
                        largest: int, travel_price: float, load_price: FloatArray, enough: float = np.inf) -> FloatArray:
    """Lower bounds (n) on the reduced cost of every caseload of a cadre that holds a site; inf for sites out of reach.

    round_trip (n): at most the seconds there and back, inf where the cadre may not hold the site; profit (n): dual values
    less the cadre's own prices. limits: (weights (n) of 0 and 1, upper), of which those that overlap an earlier one are
    ignored. load_price: by minutes of load, as far as a legal load reaches. A bound of ``enough`` is not bettered.
    """
    reachable = np.flatnonzero(np.isfinite(round_trip))
    if not len(reachable):
        return np.full(len(round_trip), np.inf)
    kind = np.zeros(len(round_trip), dtype=np.int64)
    room = [largest]
    for weights, upper in limits:
        own = weights > 0
        if weights.max(initial=0) <= 1 and not kind[own].any():
            kind[own] = len(room)
            room.append(min(upper, largest))
    slopes = np.array(SLOPES) * float(np.abs(np.diff(load_price)).max(initial=0.0))
    lines = np.array([(load_price - slope * np.arange(len(load_price))).min() for slope in slopes])
    bound = np.full(len(reachable), -np.inf)
    _bounds(round_trip[reachable], profit[reachable], workload[reachable].astype(np.float64), kind[reachable],
            np.array(room, dtype=np.int64), largest, travel_price, slopes, lines, np.array(SHARES), enough + ROUNDING_SECONDS,
            bound)
    bounds = np.full(len(round_trip), np.inf)
    bounds[reachable] = bound - ROUNDING_SECONDS
    return bounds
