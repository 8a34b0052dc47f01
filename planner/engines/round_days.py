"""On which day of a window every cadre makes his round: as many visits as can be, then the fullest days as empty as can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from ortools.sat.python import cp_model

EVEN_WORK, WORK = 5.0, 20.0
"""Deterministic time that CP-SAT may take to find a round that is as even as counting allows, and else the best it can."""

Span = tuple[object, int, int]
"""(whose room it takes, from, to): a visit in its sub-district, or a car of a unit."""


@dataclass(frozen=True)
class Tour:
    """All visits of one cadre: their spans by sub-district, his unit's car, and the days (by number) on which he is there."""

    visits: tuple[Span, ...]
    car: Span
    days: frozenset[int]


@dataclass(frozen=True)
class RoundDays:
    """Day of every tour, None where none is left; bounds of the visits left out and of the sum of fullest days."""

    days: tuple[int | None, ...]
    left_bound: int
    peaks_bound: int


def choose_round_days(tours: Sequence[Tour], days: int, hosts: int, cars: Mapping[object, int]) -> RoundDays:
    """Choose the days; at most ``hosts`` visits of a sub-district, and so many ``cars`` of each unit, at any moment (0 is no limit).

    The second goal is the sum, over sub-districts, of the visits of its fullest day. No choice beats visits by days, rounded up;
    whether one reaches it is asked first, which is quickly answered where it can be done.
    """
    counts = _counts(tours)
    least = {place: -(-sum(held.values()) // max(1, days)) for place, held in counts.items()}
    model, picks, lost, peaks = _model(tours, days, counts, hosts, cars)
    for place, peak in peaks.items():
        model.add(peak <= least[place])
    model.add(cp_model.LinearExpr.sum(lost) == 0)
    even = _solved(model, EVEN_WORK)
    if even is not None:
        return RoundDays(_chosen(tours, picks, even), 0, sum(least.values()))
    model, picks, lost, peaks = _model(tours, days, counts, hosts, cars)
    most = 1 + sum(len(tour.visits) for tour in tours)
    model.minimize(most * cp_model.LinearExpr.sum(lost) + cp_model.LinearExpr.sum(list(peaks.values())))
    solver = _solved(model, WORK)
    if solver is None:
        raise RuntimeError("the days of a round were not found")
    chosen = _chosen(tours, picks, solver)
    left_bound, peaks_bound = divmod(max(0, round(solver.best_objective_bound)), most)
    left = sum(len(tour.visits) for tour, day in zip(tours, chosen, strict=True) if day is None)
    if not left:
        peaks_bound = max(peaks_bound, sum(least.values()))
    return RoundDays(chosen, left_bound, peaks_bound if left == left_bound else 0)


def _model(tours: Sequence[Tour], days: int, counts: Mapping[object, Mapping[int, int]], hosts: int,
           cars: Mapping[object, int]) -> tuple[
        cp_model.CpModel, dict[tuple[int, int], cp_model.IntVar], list[cp_model.LinearExprT], dict[object, cp_model.IntVar]]:
    """(model, pick by tour and day, visits lost by every tour, visits of every sub-district's fullest day)."""
    model = cp_model.CpModel()
    picks: dict[tuple[int, int], cp_model.IntVar] = {
        (number, day): model.new_bool_var("") for number, tour in enumerate(tours) for day in sorted(tour.days)}
    lost: list[cp_model.LinearExprT] = []
    for number, tour in enumerate(tours):
        own = [picks[number, day] for day in sorted(tour.days)]
        model.add_at_most_one(own)
        lost.append(len(tour.visits) * (1 - sum(own)))
    _limit(model, picks, [tour.visits for tour in tours], days, dict.fromkeys(counts, hosts))
    _limit(model, picks, [(tour.car,) for tour in tours], days, cars)
    peaks = {}
    for place, held in counts.items():
        peaks[place] = model.new_int_var(0, sum(held.values()), "")
        for day in range(days):
            model.add(sum(count * picks[number, day] for number, count in held.items() if (number, day) in picks) <= peaks[place])
    for (number, day), known in _hint(tours, days, counts).items():
        model.add_hint(picks[number, day], known)
    return model, picks, lost, peaks


def _solved(model: cp_model.CpModel, work: float) -> cp_model.CpSolver | None:
    """The solver with a solution, None where it found none."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = work
    return solver if solver.solve(model) in {cp_model.OPTIMAL, cp_model.FEASIBLE} else None


def _chosen(tours: Sequence[Tour], picks: Mapping[tuple[int, int], cp_model.IntVar], solver: cp_model.CpSolver) -> tuple[int | None, ...]:
    return tuple(next((day for day in sorted(tour.days) if solver.value(picks[number, day])), None)
                 for number, tour in enumerate(tours))


def _counts(tours: Sequence[Tour]) -> Mapping[object, Mapping[int, int]]:
    """Visits of every tour in every sub-district."""
    counts: dict[object, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for number, tour in enumerate(tours):
        for place, _, _ in tour.visits:
            counts[place][number] += 1
    return counts


def _limit(model: cp_model.CpModel, picks: Mapping[tuple[int, int], cp_model.IntVar], spans: Sequence[Sequence[Span]], days: int,
           limits: Mapping[object, int]) -> None:
    """At every beginning of a span, the spans open then take no more room than there is; where no limit is given, any."""
    held: dict[object, list[tuple[int, int, int]]] = defaultdict(list)
    for number, own in enumerate(spans):
        for place, begins, ends in own:
            held[place].append((number, begins, ends))
    for place, own_spans in held.items():
        limit = limits.get(place, 0)
        if not limit or len(own_spans) <= limit:
            continue
        open_then = {tuple(sorted(number for number, begins, ends in own_spans if begins <= moment < ends))
                     for moment in {begins for _, begins, _ in own_spans}}
        for numbers, day in product(sorted(one for one in open_then if len(one) > limit), range(days)):
            model.add(sum(picks[number, day] for number in numbers if (number, day) in picks) <= limit)


def _hint(tours: Sequence[Tour], days: int, counts: Mapping[object, Mapping[int, int]]) -> dict[tuple[int, int], bool]:
    """A first choice: tours with most visits first, each on the day that its sub-districts have emptiest."""
    filled = {place: [0] * days for place in counts}
    hint = {}
    for number in sorted(range(len(tours)), key=lambda one: (-len(tours[one].visits), one)):
        tour = tours[number]
        best = min(sorted(tour.days), key=lambda day: (sum(filled[place][day] ** 2 for place, _, _ in tour.visits), day), default=None)
        for day in sorted(tour.days):
            hint[number, day] = day == best
        if best is not None:
            for place, _, _ in tour.visits:
                filled[place][best] += 1
    return hint
