"""The order of least travel through many stops with visiting hours, exactly: labels first, then CP-SAT.

Labels over (set of stops, last stop) are pairs (time, travel); one that is later and dearer than another of the same set
and stop is dropped (Dumas, Desrosiers, Gelinas and Solomon 1995), and so is one from which a stop can no longer be reached.
Where hours are so wide that labels grow too many, one circuit with times is solved by CP-SAT. Either proves what it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner.facts.district import Cadre, Site
from planner.facts.problem import Problem

MOST_LABELS = 60_000
"""Beyond so many labels CP-SAT takes over."""

MOST_WORK = 120.0
"""Deterministic time that CP-SAT may take."""

GRAINS = (1, 10, 100, 1000)
"""Times given as decimals are counted in whole parts of the unit, as fine as they need."""


class UnsettledDayError(Exception):
    """Neither way settled the day within its budget; nothing is claimed of it."""


@dataclass(frozen=True)
class Tour:
    """Stops in order of least travel (0 is the start and is left out), the travel, and the way it was proved."""

    order: tuple[int, ...]
    travel: float
    proved_by: str


def least_travel_order(cadre: Cadre, sites: Sequence[Site], problem: Problem) -> tuple[int, ...] | None:
    """The order (indices into ``sites``) of least travel that keeps the hours, or None where none does.

    Raises UnsettledDayError.
    """
    stations = [cadre.office_id, *(site.id for site in sites)]
    never = float("inf")
    travel = [[never if (leg := problem.travel_of(cadre).seconds(a, b)) is None else float(leg) for b in stations] for a in stations]
    stays = [0.0, *(float(site.stay_seconds) for site in sites)]
    policy = problem.policy
    windows = [(float(policy.visit_day_starts_seconds), float(policy.visit_day_ends_seconds)),
               *((float(site.visiting_hours.opens_seconds), float(site.visiting_hours.closes_seconds - site.stay_seconds))
                 for site in sites)]
    tour = best_tour(travel, windows, stays)
    return None if tour is None else tuple(stop - 1 for stop in tour.order)


def best_tour(travel: Sequence[Sequence[float]], windows: Sequence[tuple[float, float]],
              stays: Sequence[float] | None = None) -> Tour | None:
    """The tour of least travel from stop 0 through all others and back, or None where the windows allow none.

    ``travel[a][b]`` in any unit of time, infinite where there is no way, obeying the triangle inequality; ``windows[a]`` is
    when the stay at a may begin (for 0: when one may leave, and must be back); ``stays[a]`` how long it takes. Waiting is
    allowed and costs nothing. Raises UnsettledDayError, and ValueError for times finer than thousandths.
    """
    count = len(travel)
    stay = [0.0] * count if stays is None else list(stays)
    if count == 1:
        return Tour((), 0.0, "nothing to visit")
    latest = [end for _, end in windows]
    for stop in range(1, count):
        latest[stop] = min(latest[stop], windows[0][1] - travel[stop][0] - stay[stop])
    layer: dict[tuple[int, int], list[_Label]] = {(0, 0): [_Label(windows[0][0], 0.0, None, 0)]}
    made = 0
    for _ in range(count - 1):
        following: dict[tuple[int, int], list[_Label]] = {}
        for (visited, last), front in layer.items():
            nexts = [stop for stop in range(1, count) if not visited >> (stop - 1) & 1]
            for label in front:
                leaves = label.time + stay[last]
                if any(leaves + travel[last][stop] > latest[stop] for stop in nexts):
                    continue
                for stop in nexts:
                    made += 1
                    _insert(following.setdefault((visited | 1 << (stop - 1), stop), []), _Label(
                        max(leaves + travel[last][stop], windows[stop][0]), label.travel + travel[last][stop], label, stop))
        if made > MOST_LABELS:
            return _by_circuit(travel, windows, stay, latest)
        layer = following
    ends = [(label.travel + travel[label.stop][0], label.time, label) for front in layer.values() for label in front]
    if not ends:
        return None
    cost, _, label = min(ends, key=lambda end: (end[0], end[1]))
    order: list[int] = []
    node: _Label | None = label
    while node is not None and node.before is not None:
        order.append(node.stop)
        node = node.before
    return Tour(tuple(order[::-1]), cost, "labels")


@dataclass(slots=True)
class _Label:
    time: float
    travel: float
    before: _Label | None
    stop: int


def _insert(front: list[_Label], new: _Label) -> None:
    """Keep the labels of one set and stop that no other beats in both time and travel."""
    for one in front:
        if one.time <= new.time and one.travel <= new.travel:
            return
    front[:] = [one for one in front if not (new.time <= one.time and new.travel <= one.travel)]
    front.append(new)


def _by_circuit(travel: Sequence[Sequence[float]], windows: Sequence[tuple[float, float]], stay: Sequence[float],
                latest: Sequence[float]) -> Tour | None:
    """One circuit with a begin for every stop."""
    numbers = [*(leg for row in travel for leg in row if leg != float("inf")), *stay, *(end for pair in windows for end in pair)]
    grain = next((grain for grain in GRAINS if all(abs(one * grain - round(one * grain)) < 1e-6 for one in numbers)), None)
    if grain is None:
        raise ValueError("times finer than a thousandth of their unit")
    model, count = cp_model.CpModel(), len(travel)
    begins = [model.new_int_var(round(windows[stop][0] * grain), round(latest[stop] * grain), "") for stop in range(count)]
    arcs: list[tuple[int, int, cp_model.IntVar]] = []
    for a in range(count):
        for b in range(count):
            if a == b or windows[a][0] + stay[a] + travel[a][b] > (latest[b] if b else windows[0][1]):
                continue
            used = model.new_bool_var("")
            arcs.append((a, b, used))
            if b:
                model.add(begins[b] >= begins[a] + round((stay[a] + travel[a][b]) * grain)).only_enforce_if(used)
    model.add_circuit(arcs)
    model.minimize(sum(round(travel[a][b] * grain) * used for a, b, used in arcs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = MOST_WORK
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return None
    if status != cp_model.OPTIMAL:
        raise UnsettledDayError(f"{count - 1} stops")
    following = {a: b for a, b, used in arcs if solver.value(used)}
    order, here = [], following[0]
    while here:
        order.append(here)
        here = following[here]
    return Tour(tuple(order), sum(travel[a][b] for a, b in zip([0, *order], [*order, 0], strict=True)), "CP-SAT")
