"""One cadre's fixed times, exactly: the order and the begins of his visits of least price, on a grid of five minutes.

A price is given for every site and every begin (visits over a sub-district's limit, visits lost to a conference) and for
the time a car is out. Every order is a dynamic programme over (first begin, present begin), twice: lunch had or not.
Orders are tried by rising travel and cut off as soon as their travel alone costs too much, so that most days try one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

import numpy as np

from planner.engines.arrays import IntArray
from planner.engines.day_orders import least_travel_order
from planner.facts.district import Cadre, Site
from planner.facts.problem import Problem

GRID_SECONDS = 300
MOST_PERMUTED = 6
"""Days of more sites are given in one order only, that of least travel, and in its reverse."""

NEVER = 1 << 60
TRAVEL_PRICE = 1 << 15
"""One second of travel against one second of the day's length, which is below it."""
NO_LUNCH_PRICE = 1 << 31
LOST_PRICE = 1 << 32
CAR_PRICE = 1 << 42
HOST_PRICE = 1 << 51
"""One unit of each outweighs all that stands below it: visits over a limit, cars over a limit, visits lost, lunch."""


@dataclass(frozen=True)
class FixedTimes:
    """An order (indices into the task's sites) and the begin of every visit (seconds after midnight), with its price."""

    order: tuple[int, ...]
    starts_seconds: tuple[int, ...]
    price: int


class DayTask:
    """What never changes of one cadre's day: legs, windows and orders. Begins count from ``base_seconds`` in grid steps."""

    def __init__(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> None:
        policy = problem.policy
        self.sites = tuple(sites)
        self.base_seconds = -(-policy.visit_day_starts_seconds // GRID_SECONDS) * GRID_SECONDS
        self.steps = max(0, (policy.visit_day_ends_seconds - self.base_seconds) // GRID_SECONDS) + 1
        self._day_starts = policy.visit_day_starts_seconds - self.base_seconds
        self._day_ends = policy.visit_day_ends_seconds - self.base_seconds
        self._longest = policy.max_visit_day_minutes * 60
        self._lunch = policy.lunch_minutes * 60
        self._lunch_from = policy.lunch_starts_seconds - self.base_seconds
        self._lunch_to = policy.lunch_ends_seconds - self.base_seconds
        stations = [cadre.office_id, *(site.id for site in sites)]
        self.legs = [[problem.travel_of(cadre).seconds(a, b) for b in stations] for a in stations]
        self.begins = np.arange(self.steps, dtype=np.int64) * GRID_SECONDS
        self.open = np.array([
            (self.begins + self.base_seconds >= site.visiting_hours.opens_seconds)
            & (self.begins + self.base_seconds + site.stay_seconds <= site.visiting_hours.closes_seconds)
            for site in sites]).reshape(len(sites), self.steps)
        self.orders = self._orders(cadre, problem)

    def _orders(self, cadre: Cadre, problem: Problem) -> list[tuple[int, tuple[int, ...]]]:
        """(travel, order), by travel, for all orders whose legs exist."""
        count = len(self.sites)
        if count > MOST_PERMUTED:
            best = least_travel_order(cadre, self.sites, problem)
            candidates = [] if best is None else [best, best[::-1]]
        else:
            candidates = list(permutations(range(count)))
        found = []
        for order in candidates:
            legs = self._legs_of(order)
            if legs is not None:
                found.append((sum(legs), order))
        return sorted(found)

    def _legs_of(self, order: Sequence[int]) -> list[int] | None:
        stations = [0, *(site + 1 for site in order), 0]
        legs = [self.legs[a][b] for a, b in pairwise(stations)]
        return None if any(leg is None for leg in legs) else [leg for leg in legs if leg is not None]

    def best(self, prices: IntArray, car_prices: IntArray | None) -> FixedTimes | None:
        """The times of least price, or None where no legal day begins its visits on the grid.

        ``prices`` (n, steps) for every site and begin; ``car_prices`` (steps + 1) are running sums over the steps in
        which a car is out.
        """
        found: FixedTimes | None = None
        for travel, order in self.orders:
            if found is not None and travel * TRAVEL_PRICE >= found.price:
                break
            one = self._in_order(order, travel, prices, car_prices)
            if one is not None and (found is None or one.price < found.price):
                found = one
        return found

    def _in_order(self, order: tuple[int, ...], travel: int, prices: IntArray, car_prices: IntArray | None) -> FixedTimes | None:
        legs = self._legs_of(order)
        if legs is None:
            return None
        values = [np.where(self.open[site], prices[site], NEVER) for site in order]
        leaves = self.begins - legs[0]
        firsts = np.flatnonzero((values[0] < NEVER) & (leaves >= self._day_starts))
        if len(firsts) == 0:
            return None
        hungry = np.full((len(firsts), self.steps), NEVER, dtype=np.int64)
        hungry[np.arange(len(firsts)), firsts] = values[0][firsts]
        fed = np.full_like(hungry, NEVER)
        if self._lunch:
            early = leaves[firsts] - self._lunch_from >= self._lunch
            fed[early] = hungry[early]
        layers = [(hungry, fed)]
        for position in range(1, len(order)):
            stay, leg = self.sites[order[position - 1]].stay_seconds, legs[position]
            plain = self._after(stay, leg)
            later = self._after_lunch(stay, leg)
            before_hungry, before_fed = layers[-1]
            hungry = _carry(before_hungry, plain, values[position])
            fed = _carry(before_fed, plain, values[position])
            if self._lunch:
                fed = np.minimum(fed, _carry(before_hungry, later, values[position]))
            layers.append((hungry, fed))
        return self._finish(order, travel, legs, firsts, layers, values, car_prices)

    def _after(self, stay: int, leg: int) -> IntArray:
        """The earliest next begin (a step) after a visit that begins at each step."""
        return -(-(self.begins + stay + leg) // GRID_SECONDS)

    def _after_lunch(self, stay: int, leg: int) -> IntArray:
        """The same with lunch between; beyond the last step where lunch does not fit."""
        lunch_ends = np.maximum(self.begins + stay, self._lunch_from) + self._lunch
        steps = -(-(lunch_ends + leg) // GRID_SECONDS)
        return np.where(lunch_ends <= self._lunch_to, steps, self.steps)

    def _finish(self, order: tuple[int, ...], travel: int, legs: list[int], firsts: IntArray,
                layers: list[tuple[IntArray, IntArray]], values: list[IntArray], car_prices: IntArray | None,
                ) -> FixedTimes | None:
        """Add the way home, choose the cheapest end, and read the times back."""
        ends = self.begins + self.sites[order[-1]].stay_seconds
        leaves = self.begins[firsts] - legs[0]
        best: tuple[int, int, int, int] | None = None
        hungry, fed = layers[-1]
        home = ends + legs[-1]
        cases = [(hungry, home, NO_LUNCH_PRICE if self._lunch else 0, 0)]
        if self._lunch:
            lunch_ends = np.maximum(ends, self._lunch_from) + self._lunch
            late_home = np.where(lunch_ends <= self._lunch_to, lunch_ends + legs[-1], NEVER)
            office = np.where(self._lunch_to - home >= self._lunch, home, NEVER)
            cases += [(fed, home, 0, 1), (hungry, office, 0, 0), (hungry, late_home, 0, 0)]
        for table, returns, lunch_price, layer in cases:
            length = returns[None, :] - leaves[:, None]
            total = table + length + travel * TRAVEL_PRICE + lunch_price
            if car_prices is not None:
                out = np.clip(leaves // GRID_SECONDS, 0, self.steps)
                back = np.clip(-(-returns // GRID_SECONDS), 0, self.steps)
                total = total + car_prices[back][None, :] - car_prices[out][:, None]
            total = np.where((table < NEVER) & (returns[None, :] <= self._day_ends) & (length <= self._longest), total, NEVER)
            at = int(total.argmin())
            row, column = divmod(at, self.steps)
            if total[row, column] < NEVER and (best is None or total[row, column] < best[0]):
                best = int(total[row, column]), row, column, layer
        if best is None:
            return None
        steps = self._read_back(order, legs, layers, values, best)
        return FixedTimes(order, tuple(self.base_seconds + GRID_SECONDS * step for step in steps), best[0])

    def _read_back(self, order: tuple[int, ...], legs: list[int], layers: list[tuple[IntArray, IntArray]],
                   values: list[IntArray], best: tuple[int, int, int, int]) -> list[int]:
        """The begins that lead to the chosen end, each as late as it can be: no waiting before the first."""
        _, row, column, layer = best
        steps = [column]
        for position in range(len(order) - 1, 0, -1):
            stay, leg = self.sites[order[position - 1]].stay_seconds, legs[position]
            target = int(layers[position][layer][row, column]) - int(values[position][column])
            ways = [(layer, self._after(stay, leg))]
            if layer == 1:
                ways.append((0, self._after_lunch(stay, leg)))
            for from_layer, next_step in ways:
                fits = np.flatnonzero((layers[position - 1][from_layer][row] == target) & (next_step <= column))
                if len(fits):
                    column, layer = int(fits[-1]), from_layer
                    break
            steps.append(column)
        return steps[::-1]


def _carry(table: IntArray, next_step: IntArray, value: IntArray) -> IntArray:
    """Move every begin to the earliest next one, allow waiting, and add the next visit's price."""
    steps = table.shape[1]
    moved = np.full_like(table, NEVER)
    valid = np.flatnonzero(next_step < steps)
    targets = next_step[valid]
    # Steps are rising, so several begins that lead to one step lie side by side.
    starts = np.flatnonzero(np.r_[True, targets[1:] != targets[:-1]]) if len(targets) else targets
    if len(starts):
        moved[:, targets[starts]] = np.minimum.reduceat(table[:, valid], starts, axis=1)
    np.minimum.accumulate(moved, axis=1, out=moved)
    return np.minimum(np.where((moved < NEVER) & (value < NEVER), moved + value, NEVER), NEVER)
