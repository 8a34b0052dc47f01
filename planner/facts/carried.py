"""What past terms left behind: who carried more than his share, and who had longer ways than others.

Past terms count as far as their cadres take part and their sites exist today, with today's workloads, capacities and travel times. A term
in which a cadre held nothing does not count for him, so a newcomer owes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from planner.facts.district import District

if TYPE_CHECKING:
    from planner.facts.problem import Problem


def carried_minutes(district: District) -> Mapping[str, int]:
    """By cadre id, minutes a month above his shares in all past terms together (negative: below).

    A term's share is that of its own total: all minutes held in it x his capacity / the capacities of all who held something. So the
    deviations of a term add up to 0, but for rounding each to whole minutes (half a minute upwards).
    """
    active = {cadre.id: cadre.capacity_percent for cadre in district.active_cadres}
    carried: dict[str, int] = {}
    for term in district.past_terms:
        loads: dict[str, int] = {}
        for pairing in term.pairings:
            if pairing.cadre_id in active and pairing.site_id in district.site_by_id:
                loads[pairing.cadre_id] = loads.get(pairing.cadre_id, 0) + district.site_by_id[pairing.site_id].workload_minutes
        total, capacities = sum(loads.values()), sum(active[cadre_id] for cadre_id in loads)
        for cadre_id, load in loads.items():
            twice = 2 * (load * capacities - total * active[cadre_id])
            carried[cadre_id] = carried.get(cadre_id, 0) + (twice + capacities) // (2 * capacities)
    return dict(sorted(carried.items()))


def longer_ways_percent(problem: Problem) -> Mapping[str, int]:
    """By cadre id, by how many per cent the mean way from his office to his past points exceeds everybody's mean; 1 to 100.

    Cadres with shorter ways, and those without a past, are absent. A point held in two terms counts twice.
    """
    district = problem.district
    active = {cadre.id: cadre for cadre in district.active_cadres}
    seconds: dict[str, int] = {}
    count: dict[str, int] = {}
    for term in district.past_terms:
        for pairing in term.pairings:
            if pairing.cadre_id in active and pairing.site_id in district.site_by_id:
                way = problem.travel_seconds(active[pairing.cadre_id], district.site_by_id[pairing.site_id])
                if way is not None:
                    seconds[pairing.cadre_id] = seconds.get(pairing.cadre_id, 0) + way
                    count[pairing.cadre_id] = count.get(pairing.cadre_id, 0) + 1
    everybody = sum(seconds.values())
    if not everybody:
        return {}
    ways = sum(count.values())
    above = {cadre_id: 100 * own * ways // (count[cadre_id] * everybody) - 100 for cadre_id, own in seconds.items()}
    return {cadre_id: min(100, percent) for cadre_id, percent in sorted(above.items()) if percent > 0}
