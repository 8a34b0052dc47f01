"""The exact methods behind occasions against every choice of tiny cases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import permutations, product

import pytest

from planner.engines.hosted_times import place_visits
from planner.engines.occasion_flow import Offer, Task, take_tasks
from planner.engines.round_days import Tour, choose_round_days

SEEDS = range(12)


def values_of(tasks: list[Task], taken: tuple[Offer, ...], *, turns_count: bool) -> tuple[int, int, int] | None:
    """(left out, turns or strangers, travel) of a choice; None where it is not allowed."""
    helpers = Counter(one.task for one in taken)
    turns = Counter(one.cadre for one in taken)
    days = Counter((one.cadre, tasks[one.task].group) for one in taken)
    if any(count > len(tasks[task].gains) for task, count in helpers.items()) or any(count > 1 for count in days.values()):
        return None
    left = sum(sum(task.gains[helpers[number]:]) for number, task in enumerate(tasks))
    uneven = sum(count * (count + 1) // 2 for count in turns.values()) if turns_count else 0
    return left, uneven + sum(one.strangers for one in taken), sum(one.travel_seconds for one in taken)


@pytest.mark.parametrize("turns_count", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_choice_of_tasks_is_better(seed: int, turns_count: bool) -> None:
    dice = random.Random(seed)  # noqa: S311
    tasks = [Task(tuple(sorted((dice.randint(1, 3) for _ in range(dice.randint(1, 2))), reverse=True)), dice.randint(0, 1))
             for _ in range(3)]
    offers = [Offer(cadre, task, dice.randint(0, 1), dice.randint(1, 50)) for cadre in range(3) for task in range(3) if dice.random() < 0.8]
    most = 2 if turns_count else 1

    def choices() -> Iterator[tuple[int, int, int]]:
        for picks in product((False, True), repeat=len(offers)):
            taken = tuple(one for one, pick in zip(offers, picks, strict=True) if pick)
            found = values_of(tasks, taken, turns_count=turns_count)
            if found is not None and all(count <= most for count in Counter(one.cadre for one in taken).values()):
                yield found

    given = take_tasks(tasks, offers, most, turns_count=turns_count)
    taken = tuple(offers[one] for one in given.offers)
    assert values_of(tasks, taken, turns_count=turns_count) == (given.left_out, given.dearness, given.travel_seconds) == min(choices())


def test_without_offers_everything_is_left() -> None:
    assert take_tasks([Task((2, 1)), Task((1,))], [], 1, turns_count=False).left_out == 4
    assert take_tasks([], [], 1, turns_count=True).left_out == 0


@pytest.mark.parametrize("sizes", [(2, 1, 2), (1, 1, 2, 2), (3, 1, 2)])
def test_no_order_waits_less(sizes: tuple[int, ...]) -> None:
    def waiting(order: tuple[int, ...]) -> int:
        free, total = [0, 0], 0
        for number in order:
            free.sort()
            total += free[0]
            free[0] += sizes[number] * 600
        return total

    placed = place_visits(sizes, 600, 32_400, 32_400 + 36_000, 2)
    assert placed.is_best
    assert sum(one[0] - 32_400 for one in placed.visits if one) == min(waiting(one) for one in permutations(range(len(sizes))))


def test_without_a_limit_everybody_begins_at_once() -> None:
    assert place_visits([2, 1], 600, 0, 1200, 0).visits == ((0, 2), (0, 1))


def test_what_does_not_fit_is_cut_to_the_room_there_is() -> None:
    """Two hosts, room for three households each: six of seven."""
    placed = place_visits([2, 2, 2, 1], 600, 0, 1800, 2)
    assert not placed.is_best
    kept = [one for one in placed.visits if one is not None]
    assert sum(count for _, count in kept) == 6
    for moment in range(0, 1800, 600):
        assert sum(starts <= moment < starts + count * 600 for starts, count in kept) <= 2
    assert all(starts + count * 600 <= 1800 for starts, count in kept)


def tours_of(seed: int) -> list[Tour]:
    dice = random.Random(seed)  # noqa: S311
    made = []
    for number in range(4):
        starts = dice.choice((100, 150))
        visits = tuple((dice.choice("ab"), starts + 100 * at, starts + 100 * at + 80) for at in range(dice.randint(1, 2)))
        days = frozenset(day for day in range(2) if dice.random() < 0.8)
        made.append(Tour(visits, (number % 2, starts - 10, starts + 200), days))
    return made


@pytest.mark.parametrize("limits", [(0, 0), (1, 0), (2, 1)])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_choice_of_days_is_better(seed: int, limits: tuple[int, int]) -> None:
    tours = tours_of(seed)

    def value(days: tuple[int | None, ...]) -> tuple[int, int] | None:
        for limit, spans in zip(limits, ([one.visits for one in tours], [(one.car,) for one in tours]), strict=True):
            out = [(day, place, begins, ends) for own, day in zip(spans, days, strict=True) if day is not None
                   for place, begins, ends in own]
            if limit and any(sum(day == other and place == room and begins <= moment < ends for other, room, begins, ends in out) > limit
                             for day, place, moment, _ in out):
                return None
        counts = Counter((place, day) for tour, day in zip(tours, days, strict=True) if day is not None for place, _, _ in tour.visits)
        left = sum(len(tour.visits) for tour, day in zip(tours, days, strict=True) if day is None)
        return left, sum(max(counts[place, day] for day in range(2)) for place in "ab")

    found = choose_round_days(tours, 2, limits[0], dict.fromkeys(range(2), limits[1]))
    every = (value(days) for days in product(*((None, *sorted(one.days)) for one in tours)))
    best = min(one for one in every if one is not None)
    assert value(found.days) == best
    assert found.left_bound == best[0]
    assert found.peaks_bound == best[1]
