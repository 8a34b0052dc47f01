"""One person's days over a term, the same person and nearly the same time for everybody: exactly, for a few stops.

Consistent vehicle routing (Groër, Golden and Wasil 2009): who is visited on several days is visited by one person, and the
arrivals lie no farther apart than a tolerance. Every day begins at the office at time 0, without waiting on the way. For each
set of stops all orders of every day are listed by travel and joined day by day; the sets are then put together to a
partition of all stops by dynamic programming, so that the result is the optimum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations

NEAR = 1e-9


@dataclass(frozen=True)
class DayOrder:
    """An order of one day: its travel and the arrival at every stop."""

    travel: float
    stops: tuple[int, ...]
    arrivals: dict[int, float]


@dataclass(frozen=True)
class ConsistentPlan:
    """Each person's orders, day by day, and the travel of all; proved the least."""

    travel: float
    days_of: tuple[tuple[DayOrder, ...], ...]


def plan_consistent_days(travel: Sequence[Sequence[float]], demand: Sequence[Sequence[float | None]],
                         service: Sequence[Sequence[float]], capacity: float, longest: float, tolerance: float,
                         ) -> ConsistentPlan | None:
    """The plan of least travel, or None where none exists; any number of persons.

    ``travel`` between all stops (0 is the office), obeying the triangle inequality; ``demand[stop - 1][day]`` is None where the
    stop is not visited; ``service`` its stay. Meant for about a dozen stops.
    """
    count = len(demand)
    best: dict[int, tuple[float, tuple[DayOrder, ...]]] = {}
    infeasible: set[int] = set()
    for mask in range(1, 1 << count):
        if any(mask & ~(1 << stop) in infeasible for stop in range(count) if mask >> stop & 1 and mask != 1 << stop):
            infeasible.add(mask)  # fewer stops never take longer
            continue
        found = _of_one(mask, travel, demand, service, capacity, longest, tolerance)
        if found is None:
            infeasible.add(mask)
        elif found[1]:
            best[mask] = found
    least: list[tuple[float, int] | None] = [None] * (1 << count)
    least[0] = (0.0, 0)
    for mask in range(1, 1 << count):
        first = mask & -mask
        part = mask
        while part:
            if part & first and part in best:
                rest = least[mask ^ part]
                if rest is not None and (least[mask] is None or rest[0] + best[part][0] < least[mask][0] - NEAR):  # type: ignore[index]
                    least[mask] = (rest[0] + best[part][0], part)
            part = (part - 1) & mask
    whole = least[-1]
    if whole is None:
        return None
    persons, mask = [], (1 << count) - 1
    while mask:
        entry = least[mask]
        if entry is None:
            raise AssertionError("a part of a partition has one itself")
        persons.append(best[entry[1]][1])
        mask ^= entry[1]
    return ConsistentPlan(whole[0], tuple(persons))


def _of_one(mask: int, travel: Sequence[Sequence[float]], demand: Sequence[Sequence[float | None]],
            service: Sequence[Sequence[float]], capacity: float, longest: float, tolerance: float,
            ) -> tuple[float, tuple[DayOrder, ...]] | None:
    """The least travel of one person with the stops of a mask; None where a single day fails whatever the tolerance.

    A set that only the tolerance forbids has no orders and infinite travel: more stops may not be judged by it.
    """
    stops = [stop + 1 for stop in range(len(demand)) if mask >> stop & 1]
    days = []
    for day in range(len(demand[0])):
        due = [stop for stop in stops if demand[stop - 1][day] is not None]
        if sum(demand[stop - 1][day] or 0 for stop in due) > capacity + NEAR:
            return None
        orders = _orders(due, [service[stop - 1][day] for stop in due], travel, longest)
        if not orders:
            return None
        days.append(orders)
    cheapest = [orders[0].travel for orders in days]
    found: list[tuple[float, tuple[DayOrder, ...]]] = []

    def join(day: int, cost: float, chosen: tuple[DayOrder, ...]) -> None:
        if found and cost + sum(cheapest[day:]) >= found[-1][0] - NEAR:
            return
        if day == len(days):
            found.append((cost, chosen))
            return
        for order in days[day]:
            if found and cost + order.travel + sum(cheapest[day + 1:]) >= found[-1][0] - NEAR:
                break
            if all(_apart(stop, arrival, chosen) <= tolerance + NEAR for stop, arrival in order.arrivals.items()):
                join(day + 1, cost + order.travel, (*chosen, order))

    join(0, 0.0, ())
    return found[-1] if found else (float("inf"), ())


def _apart(stop: int, arrival: float, chosen: Sequence[DayOrder]) -> float:
    """How far the arrivals at a stop lie apart with one more."""
    times = [arrival, *(order.arrivals[stop] for order in chosen if stop in order.arrivals)]
    return max(times) - min(times)


def _orders(due: Sequence[int], stays: Sequence[float], travel: Sequence[Sequence[float]], longest: float) -> list[DayOrder]:
    """All orders of a day that are short enough, by travel."""
    stay = dict(zip(due, stays, strict=True))
    found = []
    for order in permutations(due):
        now, here, arrivals = 0.0, 0, {}
        for stop in order:
            now += travel[here][stop]
            arrivals[stop] = now
            now, here = now + stay[stop], stop
        if now + travel[here][0] <= longest + NEAR:
            found.append(DayOrder(sum(travel[a][b] for a, b in pairwise([0, *order, 0])) if order else 0.0, order, arrivals))
    return sorted(found, key=lambda one: (one.travel, one.stops))
