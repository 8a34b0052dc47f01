"""What would relieve a heavily loaded cadre: the best single relocation or exchange, tried out and judged anew.

Every relocation of one of his sites to another cadre and every exchange of one of his for one of another's is looked at.
Among those after which the heavier loaded of the two has the least load against his fair share, and which keep every
rule, the one with the least travel is told. That is a statement about single changes only: a chain of several may do more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from planner.artefacts.plan import Plan
from planner.artefacts.report import GoalChange, Relief
from planner.facts.district import Cadre, Pairing, Site
from planner.facts.problem import Problem
from planner.rules import CASELOAD_RULES, DISTRICT_RULES, PAIR_RULES, goals_to_report
from planner.rules.day_check import examine_day


def load_permille(cadre: Cadre, load_minutes: int, problem: Problem) -> int | None:
    """Load against fair share in tenths of a per cent, rounded up, as the goal of fairness counts; None without capacity."""
    if cadre.capacity_percent == 0:
        return None
    return -(-1000 * load_minutes * problem.total_capacity_percent
             // max(1, problem.total_workload_minutes * cadre.capacity_percent))


@dataclass(frozen=True, slots=True)
class _Change:
    """``giver`` hands ``site`` to ``taker`` and takes ``back`` from him, if anything."""

    worst_permille: int
    giver: Cadre
    taker: Cadre
    site: Site
    back: Site | None


def reliefs(problem: Problem, plan: Plan, count: int) -> tuple[Relief, ...]:
    """The ``count`` most loaded cadres, by load then id, and what would relieve each. The plan must be valid."""
    held = {cadre.id: [problem.district.site_by_id[one] for one in plan.sites_of.get(cadre.id, ())]
            for cadre in problem.district.active_cadres}
    loads = {cadre.id: load_permille(cadre, _load(held[cadre.id]), problem) or 0 for cadre in problem.district.active_cadres}
    worst = sorted((cadre for cadre in problem.district.active_cadres if held[cadre.id]),
                   key=lambda cadre: (-loads[cadre.id], cadre.id))[:count]
    return tuple(_relief(cadre, loads[cadre.id], held, problem, plan) for cadre in worst)


def _relief(cadre: Cadre, load: int, held: dict[str, list[Site]], problem: Problem, plan: Plan) -> Relief:
    tried = 0
    changes = sorted(_lighter(cadre, load, held, problem), key=_order)
    for _, group in groupby(changes, key=lambda one: one.worst_permille):
        legal: list[tuple[int, _Change, Plan]] = []
        for change in group:
            tried += 1
            caseloads = _after(change, held)
            if not _allowed(change, caseloads, problem):
                continue
            changed = _changed(plan, change)
            if any(next(iter(rule.check(changed, problem)), None) is not None for rule in DISTRICT_RULES):
                continue
            travel = sum(examine_day(one, sites, problem).travel_seconds or 0 for one, sites in caseloads)
            before = sum(examine_day(one, held[one.id], problem).travel_seconds or 0 for one, _ in caseloads)
            legal.append((travel - before, change, changed))
        if legal:
            _, best, changed = min(legal, key=lambda one: (one[0], _order(one[1])))
            return _told(best, changed, load, tried, held, problem, plan)
    return Relief(cadre.id, load, tried)


def _order(change: _Change) -> tuple[int, str, str, str]:
    return change.worst_permille, change.site.id, change.taker.id, change.back.id if change.back else ""


def _lighter(giver: Cadre, load: int, held: dict[str, list[Site]], problem: Problem) -> Iterator[_Change]:
    """Every change after which both cadres are less loaded than the giver is now."""
    own = _load(held[giver.id])
    for taker in problem.district.active_cadres:
        if taker.id == giver.id:
            continue
        other = _load(held[taker.id])
        for site in held[giver.id]:
            for back in (None, *held[taker.id]):
                moved = site.workload_minutes - (back.workload_minutes if back else 0)
                ratios = (load_permille(giver, own - moved, problem) or 0, load_permille(taker, other + moved, problem) or 0)
                if max(ratios) < load:
                    yield _Change(max(ratios), giver, taker, site, back)


def _after(change: _Change, held: dict[str, list[Site]]) -> tuple[tuple[Cadre, list[Site]], ...]:
    own = [site for site in held[change.giver.id] if site.id != change.site.id] + ([change.back] if change.back else [])
    others = [site for site in held[change.taker.id] if change.back is None or site.id != change.back.id] + [change.site]
    return (change.giver, own), (change.taker, others)


def _allowed(change: _Change, caseloads: Sequence[tuple[Cadre, list[Site]]], problem: Problem) -> bool:
    """Whether the rules on pairs and caseloads allow it."""
    pairs = [(change.taker, change.site), *([(change.giver, change.back)] if change.back else [])]
    if any(rule.objection(cadre, site, problem) is not None for cadre, site in pairs for rule in PAIR_RULES):
        return False
    return not any(rule.fault(cadre, sites, problem) is not None for cadre, sites in caseloads for rule in CASELOAD_RULES)


def _pairings(change: _Change) -> tuple[tuple[Pairing, ...], tuple[Pairing, ...]]:
    taken, given = [Pairing(change.giver.id, change.site.id)], [Pairing(change.taker.id, change.site.id)]
    if change.back is not None:
        taken.append(Pairing(change.taker.id, change.back.id))
        given.append(Pairing(change.giver.id, change.back.id))
    return tuple(taken), tuple(given)


def _changed(plan: Plan, change: _Change) -> Plan:
    taken, given = _pairings(change)
    kept = [one for one in plan.pairings if one not in taken]
    return replace(plan, pairings=tuple(sorted([*kept, *given])), bounds=())


def _told(change: _Change, changed: Plan, load: int, tried: int, held: dict[str, list[Site]], problem: Problem,
          plan: Plan) -> Relief:
    taken, given = _pairings(change)
    goals = []
    for goal in goals_to_report(problem.policy):
        before, after = goal.measure(plan, problem), goal.measure(changed, problem)
        goals.append(GoalChange(goal.id, goal.display(before), goal.display(after)))
    loads = {cadre.id: load_permille(cadre, _load(sites), problem) or 0 for cadre, sites in _after(change, held)}
    return Relief(change.giver.id, load, tried, taken, given, loads, tuple(goals))


def _load(sites: Sequence[Site]) -> int:
    return sum(site.workload_minutes for site in sites)
