"""代访: who visits in place of a cadre who is away. As many visits as can be, then with the least extra travel.

On every liaison day one flow: each missed visit to one willing cadre, each cadre at most one visit more. A cadre can stand in
who is there, may hold the site (recusal, rank, travel limit), and whose own day takes the visit at its fixed time, or within
the tolerance of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ortools.graph.python import min_cost_flow

from planner.artefacts.visit_calendar import Slot
from planner.engines.day_times import GRID_SECONDS
from planner.engines.lunch_breaks import Visit, lunch_fits
from planner.facts.district import Cadre
from planner.facts.policy import StandIns
from planner.facts.problem import Problem
from planner.rules import PAIR_RULES

KEPT_RULES = frozenset({"recusal", "rank", "travel-limit"})
"""Rules of a pair that hold for one visit, too; rotation is about whole terms."""

ALONE_PRICE = 10_000_000
"""Price of a visit that nobody makes, in seconds of travel: above every day's."""


LUNCH_PRICE = 100_000
"""Price of a lunch that standing in takes, in seconds of travel: above every way, far below a visit that nobody makes."""


@dataclass(frozen=True)
class StandIn:
    """Who makes a missed visit, and when it begins."""

    cadre_id: str
    starts_seconds: int


def find_stand_ins(problem: Problem, missed: Sequence[Slot], made: Mapping[str, Sequence[Slot]],
                   free: Mapping[str, Sequence[tuple[int, int]]]) -> dict[tuple[str, str], StandIn]:
    """Stand-ins of one day by (cadre id, site id) of the visit missed.

    ``made`` are the visits of the day by cadre id; ``free`` holds only the cadres who are there, with the times (from, to)
    at which a conference needs them.
    """
    if problem.policy.stand_ins is StandIns.NONE:
        return {}
    hosted = [slot for slots in made.values() for slot in slots]
    offers: list[tuple[int, str, int, int]] = []
    for number, slot in enumerate(missed):
        for cadre in _willing(problem, slot, free):
            offer = _offer(problem, cadre, slot, made.get(cadre.id, ()), free[cadre.id], hosted)
            if offer is not None:
                offers.append((number, cadre.id, *offer))
    found: dict[tuple[str, str], StandIn] = {}
    for number, cadre_id, starts in _flow(len(missed), offers):
        slot = missed[number]
        shifted = Slot(cadre_id, slot.site_id, slot.every_months, slot.first_month, starts,
                       starts + slot.ends_seconds - slot.starts_seconds)
        if _has_room(problem, shifted, hosted):
            hosted.append(shifted)
            found[slot.cadre_id, slot.site_id] = StandIn(cadre_id, starts)
    return found


def _willing(problem: Problem, slot: Slot, free: Mapping[str, Sequence[tuple[int, int]]]) -> Iterator[Cadre]:
    """Cadres within the policy's scope who may visit the site."""
    own, site = problem.district.cadre_by_id[slot.cadre_id], problem.district.site_by_id[slot.site_id]
    for cadre in problem.district.active_cadres:
        if cadre.id == own.id or cadre.id not in free:
            continue
        if problem.policy.stand_ins is StandIns.UNIT and cadre.office_id != own.office_id:
            continue
        if all(rule.objection(cadre, site, problem) is None for rule in PAIR_RULES if rule.id in KEPT_RULES):
            yield cadre


def _offer(problem: Problem, cadre: Cadre, slot: Slot, own: Sequence[Slot], busy: Sequence[tuple[int, int]],
           hosted: Sequence[Slot]) -> tuple[int, int] | None:
    """(extra travel in seconds, begin) of the visit in this cadre's day, as near to its fixed time as can be, or None."""
    before = _travel(problem, cadre, own)
    hours = problem.district.site_by_id[slot.site_id].visiting_hours
    stay, most = slot.ends_seconds - slot.starts_seconds, problem.policy.visit_time_tolerance_minutes * 60
    for step in range(most // GRID_SECONDS + 1):
        for starts in dict.fromkeys((slot.starts_seconds - step * GRID_SECONDS, slot.starts_seconds + step * GRID_SECONDS)):
            if starts < hours.opens_seconds or starts + stay > hours.closes_seconds:
                continue
            visit = Slot(cadre.id, slot.site_id, slot.every_months, slot.first_month, starts, starts + stay)
            after = _travel(problem, cadre, [*own, visit])
            if before is not None and after is not None and _keeps(problem, cadre, [*own, visit], busy) and (
                    _has_room(problem, visit, hosted)):
                hungry = lunch_fits(problem, cadre, _visits(own)) and not lunch_fits(problem, cadre, _visits([*own, visit]))
                return max(0, after - before) + hungry * LUNCH_PRICE, starts
    return None


def _visits(slots: Sequence[Slot]) -> list[Visit]:
    return [(slot.site_id, slot.starts_seconds, slot.ends_seconds) for slot in slots]


def _travel(problem: Problem, cadre: Cadre, slots: Sequence[Slot]) -> int | None:
    """Travel of a day at fixed times, or None where it cannot be done."""
    order = sorted(slots, key=lambda slot: (slot.starts_seconds, slot.site_id))
    stations = [cadre.office_id, *(slot.site_id for slot in order), cadre.office_id]
    legs = [problem.travel_of(cadre).seconds(a, b) for a, b in pairwise(stations)]
    if not order:
        return 0
    known = [leg for leg in legs if leg is not None]
    if len(known) < len(legs):
        return None
    for (one, other), leg in zip(pairwise(order), known[1:-1], strict=True):
        if one.ends_seconds + leg > other.starts_seconds:
            return None
    return sum(known)


def _keeps(problem: Problem, cadre: Cadre, slots: Sequence[Slot], busy: Sequence[tuple[int, int]]) -> bool:
    """Whether the day lies within its hours and length, and clear of conferences."""
    policy = problem.policy
    order = sorted(slots, key=lambda slot: slot.starts_seconds)
    out = problem.travel_of(cadre).seconds(cadre.office_id, order[0].site_id) or 0
    back = problem.travel_of(cadre).seconds(order[-1].site_id, cadre.office_id) or 0
    leaves, returns = order[0].starts_seconds - out, order[-1].ends_seconds + back
    return (leaves >= policy.visit_day_starts_seconds and returns <= policy.visit_day_ends_seconds
            and returns - leaves <= policy.max_visit_day_minutes * 60
            and all(returns <= begins or ends <= leaves for begins, ends in busy))


def _has_room(problem: Problem, visit: Slot, hosted: Sequence[Slot]) -> bool:
    """Whether the sub-district can host one visit more at every moment of this one."""
    limit = problem.policy.max_hosted_visits
    if not limit:
        return True
    sites = problem.district.site_by_id
    place = sites[visit.site_id].subdistrict_id
    others = [slot for slot in hosted if sites[slot.site_id].subdistrict_id == place
              and slot.starts_seconds < visit.ends_seconds and visit.starts_seconds < slot.ends_seconds]
    moments = [max(visit.starts_seconds, slot.starts_seconds) for slot in others]
    return all(sum(slot.starts_seconds <= moment < slot.ends_seconds for slot in others) < limit for moment in moments)


def _flow(missed: int, offers: Sequence[tuple[int, str, int, int]]) -> list[tuple[int, str, int]]:
    """(number of the visit, cadre, begin) of a flow of least cost: each cadre at most once."""
    if not offers:
        return []
    cadres = sorted({cadre_id for _, cadre_id, _, _ in offers})
    node_of = {cadre_id: 1 + missed + index for index, cadre_id in enumerate(cadres)}
    source, sink = 0, 1 + missed + len(cadres)
    network = min_cost_flow.SimpleMinCostFlow()
    for number in range(missed):
        network.add_arc_with_capacity_and_unit_cost(source, 1 + number, 1, 0)
        network.add_arc_with_capacity_and_unit_cost(1 + number, sink, 1, ALONE_PRICE)
    arcs = [network.add_arc_with_capacity_and_unit_cost(1 + number, node_of[cadre_id], 1, extra)
            for number, cadre_id, extra, _ in offers]
    for cadre_id in cadres:
        network.add_arc_with_capacity_and_unit_cost(node_of[cadre_id], sink, 1, 0)
    network.set_node_supply(source, missed)
    network.set_node_supply(sink, -missed)
    status = network.solve()
    if status != network.OPTIMAL:
        raise RuntimeError(f"the flow of stand-ins ended as {status}")
    return [(number, cadre_id, starts) for arc, (number, cadre_id, _, starts) in zip(arcs, offers, strict=True)
            if network.flow(arc)]
