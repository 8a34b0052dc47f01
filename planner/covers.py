"""Temporary cover while cadres are away: who stands in for whom, with nobody else's caseload changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from planner.artefacts.handover import Handover, HandoverReason
from planner.artefacts.plan import Plan
from planner.engines.compiled import CompiledProblem
from planner.facts.district import Absence
from planner.facts.liaison_days import liaison_days
from planner.facts.problem import Problem
from planner.replanning import FewestChanges, Standing


@dataclass(frozen=True)
class Covers:
    """Who stands in for absent cadres (handovers with a last day), and the sites for which nobody could be found."""

    handovers: tuple[Handover, ...]
    uncovered: tuple[tuple[Absence, str], ...]


def covers(problem: Problem, current: Plan) -> Covers:
    """Temporary cover for every absence that holds a liaison day: nobody else's caseload changes, and all rules are kept.

    Absences that overlap are covered together, so that no stand-in is away himself or stands in for too many. Where those
    that are there cannot give every sub-district its leaders, that one rule waits until the absence ends: the other sites are covered.
    """
    days = [one.day for one in liaison_days(problem.term, problem.policy.liaison_day_rule, problem.policy.holiday_roll)]
    asked = sorted((one for one in problem.district.absences if any(one.first_day <= day <= one.last_day for day in days)
                    and current.sites_of.get(one.cadre_id)), key=lambda one: (one.first_day, one.last_day, one.cadre_id))
    handovers: list[Handover] = []
    uncovered: list[tuple[Absence, str]] = []
    for group in _overlapping(asked):
        stand_in_of = _stand_ins(problem, current, group)
        for absence in group:
            for site_id in current.sites_of[absence.cadre_id]:
                stand_in = stand_in_of.get(site_id)
                if stand_in is None:
                    uncovered.append((absence, site_id))
                    continue
                handovers.append(Handover(site_id, absence.cadre_id, stand_in, HandoverReason.COVER, absence.first_day,
                                          last_day=absence.last_day))
                handovers.append(Handover(site_id, stand_in, absence.cadre_id, HandoverReason.RETURN, absence.last_day + timedelta(days=1)))
    return Covers(tuple(handovers), tuple(uncovered))


def _stand_ins(problem: Problem, current: Plan, group: Sequence[Absence]) -> dict[str, str]:
    """Stand-in by site for absences that hang together, for as many sites as can be."""
    away = {one.cadre_id for one in group}
    # shares and totals stay those of the whole district: a stand-in's fair share does not grow by standing in
    there = replace(problem, of_whole=problem.totals, district=replace(
        problem.district, pins=frozenset(pin for pin in problem.district.pins if pin.cadre_id not in away),
        cadres=tuple(replace(one, capacity_percent=0) if one.id in away else one for one in problem.district.cadres)))
    for policy in (problem.policy, replace(problem.policy, min_leader_sites_per_subdistrict=0)):
        compiled = CompiledProblem.of(replace(there, policy=policy))
        found = FewestChanges(compiled, Standing.of(compiled, current)).stand_ins()
        if found is not None:
            taken = ((site_id, int(found.holders[problem.site_index[site_id]]))
                     for one in sorted(away) for site_id in current.sites_of[one])
            return {site_id: problem.district.cadres[holder].id for site_id, holder in taken if holder >= 0}
    return {}


def _overlapping(absences: list[Absence]) -> Iterator[list[Absence]]:
    """Groups of absences that hang together by overlapping days; given and returned in order of their first days."""
    group: list[Absence] = []
    for absence in absences:
        if group and absence.first_day > max(one.last_day for one in group):
            yield group
            group = []
        group.append(absence)
    if group:
        yield group
