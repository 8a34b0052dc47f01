"""In which months sites of every second or third month are visited: few visits lost, even days, even months.

A cadre's choices stand alone but for the months of the sub-districts, so his best ones are found by listing all of them:
fewest visits lost, then the least difference between his fullest and his emptiest month. Their sums over the cadres are
bounds that are met. Among these choices a local search evens the months of the sub-districts, then lowers travel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from ortools.sat.python import cp_model

from planner.engines.arrays import IntArray

PATTERN_MONTHS = 6
"""Visits every 1, 2 and 3 months repeat every 6 months."""

MOST_CHOICES = 4096
"""Beyond so many choices of a cadre they are not listed: his sites take their months one by one, and he has no bound."""

KICKS = 60
"""How often the local search shakes a few cadres and tries again."""

SETTLING_WORK = 4.0
"""Deterministic time of CP-SAT, where the local search leaves sub-districts uneven."""


@dataclass(frozen=True)
class Holding:
    """What one cadre holds: for each of his sites (n) how often, how long (minutes), in which sub-district (index).

    ``lost`` are the months (indices) of which he can make no visit; ``day_bound(mask)`` is the least travel (seconds)
    of a day with the sites of a bit mask.
    """

    every: tuple[int, ...]
    minutes: tuple[int, ...]
    subdistricts: tuple[int, ...]
    lost: frozenset[int]
    day_bound: Callable[[int], int]


@dataclass(frozen=True)
class Phases:
    """The first month of every site of every holding; bounds of visits lost, uneven minutes, uneven visits and travel."""

    first_months: tuple[tuple[int, ...], ...]
    choices: tuple[tuple[tuple[int, ...], ...], ...]
    """All choices of every holding that are best for it alone."""

    lost_bound: int
    uneven_minutes_bound: int
    uneven_visits_bound: int
    travel_bound_seconds: int


@dataclass(frozen=True)
class _Choice:
    phases: tuple[int, ...]
    travel_seconds: int
    visits: tuple[tuple[int, int], ...]
    """(sub-district, month of the pattern) of every visit in the pattern."""


def choose_phases(holdings: Sequence[Holding], months: int, subdistricts: int, seed: int) -> Phases:
    """Choose the first months of all sites for a term of ``months``."""
    options, lost_bound, minutes_bound, travel_bound = [], 0, 0, 0
    for one in holdings:
        lost_bound += sum(min(_lost(one, site, phase, months) for phase in range(every))
                          for site, every in enumerate(one.every))
        best, uneven = _best_choices(one, months)
        options.append(best)
        if uneven is not None:
            minutes_bound += uneven
            travel_bound += min(choice.travel_seconds for choice in best)
    totals = [0] * subdistricts
    for one in holdings:
        for every, place in zip(one.every, one.subdistricts, strict=True):
            totals[place] += PATTERN_MONTHS // every
    evening = _Evening(options, subdistricts, seed)
    chosen = evening.run()
    uneven_visits = sum(1 for total in totals if total % PATTERN_MONTHS)
    if evening.spread > uneven_visits:
        settled, spread, proved = _settle(options, chosen, subdistricts)
        uneven_visits = max(uneven_visits, proved)
        if spread < evening.spread:
            chosen = settled
    return Phases(tuple(options[index][choice].phases for index, choice in enumerate(chosen)),
                  tuple(tuple(choice.phases for choice in best) for best in options), lost_bound,
                  minutes_bound, uneven_visits, travel_bound)


def _lost(one: Holding, site: int, phase: int, months: int) -> int:
    return sum(month in one.lost for month in range(phase, months, one.every[site]))


def _best_choices(one: Holding, months: int) -> tuple[list[_Choice], int | None]:
    """The choices of least key, and the difference between the months' minutes that they share (None: not all listed)."""
    count = 1
    for every in one.every:
        count *= every
    if count > MOST_CHOICES:
        return [_choice(one, _one_by_one(one, months), months)], None
    best: list[tuple[int, ...]] = []
    least = (1 << 60, 1 << 60)
    for phases in product(*(range(every) for every in one.every)):
        key = (sum(_lost(one, site, phase, months) for site, phase in enumerate(phases)), uneven_minutes(one, phases))
        if key < least:
            best, least = [], key
        if key == least:
            best.append(phases)
    return [_choice(one, phases, months) for phases in best], least[1]


def _one_by_one(one: Holding, months: int) -> tuple[int, ...]:
    """Sites take their month one after the other, the rarest first, where least is lost and least is on."""
    load = [0] * PATTERN_MONTHS
    phases = [0] * len(one.every)
    for site in sorted(range(len(one.every)), key=lambda site: (-one.every[site], -one.minutes[site], site)):
        every = one.every[site]
        phases[site] = min(range(every), key=lambda phase: (
            _lost(one, site, phase, months), sum(load[month] for month in range(phase, PATTERN_MONTHS, every)), phase))
        for month in range(phases[site], PATTERN_MONTHS, every):
            load[month] += one.minutes[site]
    return tuple(phases)


def uneven_minutes(one: Holding, phases: Sequence[int]) -> int:
    """Minutes of visits in the fullest month of the pattern, less those in the emptiest."""
    load = [0] * PATTERN_MONTHS
    for every, minutes, phase in zip(one.every, one.minutes, phases, strict=True):
        for month in range(phase, PATTERN_MONTHS, every):
            load[month] += minutes
    return max(load) - min(load)


def mask_of(phases: Sequence[int], every: Sequence[int], month: int) -> int:
    """The sites that are due in a month, as a bit mask."""
    return sum(1 << site for site, (phase, months) in enumerate(zip(phases, every, strict=True))
               if month >= phase and (month - phase) % months == 0)


def _choice(one: Holding, phases: tuple[int, ...], months: int) -> _Choice:
    travel = 0
    for month in range(months):
        if month not in one.lost:
            travel += one.day_bound(mask_of(phases, one.every, month))
    visits = tuple((place, month) for every, place, phase in zip(one.every, one.subdistricts, phases, strict=True)
                   for month in range(phase, PATTERN_MONTHS, every))
    return _Choice(phases, travel, visits)


class _Evening:
    """Local search over one choice a holding: least unevenness of the sub-districts' months, then least travel."""

    def __init__(self, options: Sequence[Sequence[_Choice]], subdistricts: int, seed: int) -> None:
        self._options = options
        self._random = np.random.default_rng(seed)
        self._counts: IntArray = np.zeros((subdistricts, PATTERN_MONTHS), dtype=np.int64)
        self._open = [index for index, choices in enumerate(options) if len(choices) > 1]
        self._chosen = [0] * len(options)
        for choices in options:
            self._put(choices[0], 1)

    def run(self) -> list[int]:
        """Return the index of every holding's choice."""
        self._descend(self._open)
        best = self._key()
        for _ in range(KICKS if len(self._open) > 2 else 0):
            before = list(self._chosen)
            kicked = self._random.choice(self._open, size=min(3, len(self._open)), replace=False)
            for index in kicked:
                self._switch(int(index), int(self._random.integers(len(self._options[index]))))
            self._descend(self._open)
            key = self._key()
            if key <= best:
                best = key
                continue
            for index in self._open:
                self._switch(index, before[index])
        return self._chosen

    @property
    def spread(self) -> int:
        """Visits in each sub-district's fullest month less those in its emptiest, over all."""
        return int((self._counts.max(axis=1) - self._counts.min(axis=1)).sum()) if self._counts.size else 0

    def _key(self) -> tuple[int, int, int]:
        spread = self.spread
        travel = sum(self._options[index][self._chosen[index]].travel_seconds for index in self._open)
        return spread, int((self._counts ** 2).sum()), travel

    def _put(self, choice: _Choice, sign: int) -> None:
        for place, month in choice.visits:
            self._counts[place, month] += sign

    def _switch(self, index: int, choice: int) -> None:
        if self._chosen[index] != choice:
            self._put(self._options[index][self._chosen[index]], -1)
            self._put(self._options[index][choice], 1)
            self._chosen[index] = choice

    def _descend(self, order: Sequence[int]) -> None:
        """Give every holding its best choice against the others, until none changes."""
        moved = True
        while moved:
            moved = False
            for index in order:
                now = self._chosen[index]
                self._put(self._options[index][now], -1)
                keys = [(self._added(choice), choice.travel_seconds, number != now, number)
                        for number, choice in enumerate(self._options[index])]
                best = min(keys)[3]
                self._put(self._options[index][best], 1)
                self._chosen[index] = best
                moved = moved or best != now

    def _added(self, choice: _Choice) -> int:
        """How much the sum of squares grows; visits of one choice in one place and month count together."""
        added, here = 0, dict.fromkeys(choice.visits, 0)
        for visit in choice.visits:
            added += 2 * (int(self._counts[visit]) + here[visit]) + 1
            here[visit] += 1
        return added


def _settle(options: Sequence[Sequence[_Choice]], chosen: list[int], subdistricts: int) -> tuple[list[int], int, int]:
    """Even the sub-districts' months by CP-SAT from a known choice; the choice, its spread, and the bound proved."""
    model = cp_model.CpModel()
    counts: list[list[list[cp_model.LinearExprT]]] = [[[] for _ in range(PATTERN_MONTHS)] for _ in range(subdistricts)]
    picks: list[list[cp_model.IntVar]] = []
    for choices, known in zip(options, chosen, strict=True):
        own = [model.new_bool_var("") for _ in choices]
        model.add_exactly_one(own)
        for number, (choice, pick) in enumerate(zip(choices, own, strict=True)):
            model.add_hint(pick, number == known)
            for place, month in choice.visits:
                counts[place][month].append(pick)
        picks.append(own)
    spreads: list[cp_model.LinearExprT] = []
    for months in counts:
        most = max(len(one) for one in months)
        high, low = model.new_int_var(0, most, ""), model.new_int_var(0, most, "")
        for visits in months:
            model.add(sum(visits) <= high)
            model.add(sum(visits) >= low)
        spreads.append(high - low)
    model.minimize(sum(spreads))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = SETTLING_WORK
    status = solver.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return chosen, 1 << 30, 0
    best = [next(number for number, pick in enumerate(own) if solver.value(pick)) for own in picks]
    return best, round(solver.objective_value), round(solver.best_objective_bound)
