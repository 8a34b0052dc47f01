"""Rotation: several terms planned so that none runs into a dead end, everybody's successor known from the first day.

Term follows term, each planned with the history that the plans before it have made. Before a term is planned, a flow over places
tells whether every rotating site can still have a cadre; where it cannot, or where a term ends with a site open, the sites in
trouble are planned jointly for all terms (`engines/joint_terms.py`), their holders are pinned, and planning begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import pstdev

import numpy as np

from planner.artefacts.handover import Handover, HandoverReason
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Verdict
from planner.assignment import Effort, Progress, assign
from planner.check import judge
from planner.engines.compiled import CompiledProblem
from planner.engines.joint_terms import joint_holders
from planner.engines.places import shortage
from planner.facts.district import Pairing, PastTerm
from planner.facts.liaison_days import liaison_days
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray, IntArray
from planner.facts.term import Term
from planner.rules.day_check import examine_day

Assign = Callable[[Problem], Plan]


@dataclass(frozen=True)
class Cumulated:
    """How load and travel are shared over all terms up to one: against fair share in per cent, and minutes of a visit day."""

    term_id: str
    worst_load_percent: int
    load_deviation_percent: float
    worst_travel_minutes: int
    travel_deviation_minutes: float


@dataclass(frozen=True)
class PlannedTerm:
    """One term: its problem with the history so far, its plan, the verdict, the continuations, and the shares up to here."""

    problem: Problem
    plan: Plan
    verdict: Verdict
    continued: tuple[Pairing, ...]
    cumulated: Cumulated


@dataclass(frozen=True)
class Rotated:
    """All terms in order, and the sites that had to be planned jointly. ``valid`` where every term is."""

    terms: tuple[PlannedTerm, ...]
    jointly: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """The judge accepts every term."""
        return all(one.verdict.valid for one in self.terms)


def plan_terms(problem: Problem, terms: Sequence[Term], provenance: Provenance, seed: int, effort: Effort = Effort.QUICK,
               keep_going: Callable[[Progress], bool] = lambda _: True, *, jointly: bool = True) -> Rotated:
    """Plan the terms, the first being the problem's own. With ``jointly`` False term by term without looking ahead.

    Where no way is found the last attempt is returned: the judge's verdicts say which term fails.
    """
    def assigned(one: Problem) -> Plan:
        return assign(one, provenance, seed, effort, keep_going)

    joint: set[int] = set()
    nothing: list[frozenset[Pairing]] = [frozenset() for _ in terms]
    while True:
        pins = _joint_pins(problem, terms, sorted(joint)) if joint else nothing
        planned, trouble = _sequence(problem, terms, nothing if pins is None else pins, assigned, look_ahead=jointly)
        if pins is None or not trouble - joint:
            return Rotated(tuple(planned), tuple(problem.district.sites[site].id for site in sorted(joint)))
        joint |= trouble


def _sequence(problem: Problem, terms: Sequence[Term], pins: Sequence[frozenset[Pairing]], assigned: Assign, *,
              look_ahead: bool) -> tuple[list[PlannedTerm], set[int]]:
    """Term after term; stops at the first that fails (looking ahead), and tells the sites in trouble."""
    planned: list[PlannedTerm] = []
    current = problem
    for number, term in enumerate(terms):
        plain = replace(current, term=term)
        one = _with_pins(plain, pins[number])
        if look_ahead and (trouble := _without_place(one)):
            return planned, trouble
        plan = assigned(one)
        verdict = judge(plain, plan)
        history = [*(earlier.plan for earlier in planned), plan]
        planned.append(PlannedTerm(plain, plan, verdict, _continued(plain, plan), cumulated(plain, problem.district.past_terms, history)))
        if look_ahead and not verdict.valid:
            named = {problem.site_index[subject] for broken in verdict.violations for subject in broken.subjects
                     if subject in problem.site_index}
            rotating = _rotating(problem)
            return planned, {site for site in named if rotating[site]}
        current = after(current, plan)
    return planned, set()


def after(problem: Problem, plan: Plan) -> Problem:
    """The problem of the next term: the plan is history, requests to stay are answered, pins on rotating sites have been kept.

    Pins on sites that do not rotate stand.
    """
    district, rotating = problem.district, _rotating(problem)
    return replace(problem, district=replace(
        district, past_terms=(*district.past_terms, PastTerm(plan.term_id, frozenset(plan.pairings))), stay_requests=frozenset(),
        pins=frozenset(pin for pin in district.pins if not rotating[problem.site_index[pin.site_id]])))


def _rotating(problem: Problem) -> BoolArray:
    """Sites (s) whose cadre has to change."""
    return np.asarray(problem.arrays.is_committee | problem.policy.enterprises_rotate, dtype=np.bool_)


def _ban(policy: Policy, committee: bool) -> int:
    if committee:
        return policy.committee_ban_terms
    return policy.enterprise_ban_terms if policy.enterprises_rotate else 0


def _places(problem: Problem, committee: bool) -> IntArray:
    most = problem.policy.max_committees_per_cadre if committee else problem.policy.max_enterprises_per_cadre
    return np.where(problem.arrays.capacity_percent > 0, most, 0).astype(np.int64)


def _without_place(problem: Problem) -> set[int]:
    """Rotating sites of a term that cannot all have a cadre: by counting alone, hence for certain."""
    allowed, rotating = CompiledProblem.of(problem).allowed, _rotating(problem)
    found: set[int] = set()
    for committee in (True, False):
        sites = np.flatnonzero(rotating & (problem.arrays.is_committee == committee))
        if len(sites):
            short = shortage(allowed[:, sites], _places(problem, committee))
            found |= set() if short is None else {int(one) for one in sites[short.sites]}
    return found


def _with_pins(problem: Problem, pins: frozenset[Pairing]) -> Problem:
    """The problem with the holders that were settled jointly; where people pinned a site, that stands."""
    taken = {pin.site_id for pin in problem.district.pins}
    settled = {one for one in pins if one.site_id not in taken}
    return replace(problem, district=replace(problem.district, pins=problem.district.pins | settled))


def _joint_pins(problem: Problem, terms: Sequence[Term], sites: list[int]) -> list[frozenset[Pairing]] | None:
    """Holders of some sites in every term; None where there are none even jointly."""
    result: list[set[Pairing]] = [set() for _ in terms]
    arrays, chosen = problem.arrays, np.array(sites, dtype=np.int64)
    # what rules on pairs allow in each term, the history of before alone counted: what the terms do to each other is the joint model's
    stages, current = [], problem
    for term in terms:
        stages.append(CompiledProblem.of(replace(current, term=term)).allowed)
        current = after(current, Plan.of(term.id, (), Provenance({}, 0, {})))
    for committee in (True, False):
        own = chosen[arrays.is_committee[chosen] == committee]
        if not len(own):
            continue
        places = np.array([_places(problem, committee)] * len(terms))
        for pin in problem.district.pins:
            site, cadre = problem.site_index[pin.site_id], problem.cadre_index.get(pin.cadre_id)
            if cadre is not None and site not in own and arrays.is_committee[site] == committee:
                places[0, cadre] = max(0, places[0, cadre] - 1)
        seconds = np.array([[problem.travel_seconds(one, problem.district.sites[site]) or 0 for site in own]
                            for one in problem.district.cadres], dtype=np.int64)
        allowed = np.array([stage[:, own] & (arrays.capacity_percent > 0)[:, None] for stage in stages])
        holders = joint_holders(allowed, seconds, places, _ban(problem.policy, committee))
        if holders is None:
            return None
        for number in range(len(terms)):
            result[number] |= {Pairing(problem.district.cadres[int(cadre)].id, problem.district.sites[int(site)].id)
                               for cadre, site in zip(holders[number], own, strict=True)}
    return [frozenset(one) for one in result]


def _continued(problem: Problem, plan: Plan) -> tuple[Pairing, ...]:
    """Pairings that residents' requests let stay against the rotation."""
    asked = {(one.cadre_id, one.site_id) for one in problem.district.stay_requests}

    def banned(one: Pairing) -> bool:
        committee = bool(problem.arrays.is_committee[problem.site_index[one.site_id]])
        return one in problem.last_term_of and problem.last_term_of[one][0] <= _ban(problem.policy, committee)

    return tuple(one for one in plan.pairings if (one.cadre_id, one.site_id) in asked and banned(one))


def cumulated(problem: Problem, past: Sequence[PastTerm], plans: Sequence[Plan]) -> Cumulated:
    """Mean load against fair share, and mean travel of a visit day, of everybody over past terms and plans.

    Past terms are counted with today's sites and workloads; a term in which a cadre held nothing does not count for him.
    """
    district = problem.district
    loads: list[float] = []
    trips: list[float] = []
    held_by: list[dict[str, list[str]]] = []
    for pairings in [*(term.pairings for term in past), *(frozenset(plan.pairings) for plan in plans)]:
        held: dict[str, list[str]] = {}
        for one in sorted(pairings):
            if one.cadre_id in problem.cadre_index and one.site_id in problem.site_index:
                held.setdefault(one.cadre_id, []).append(one.site_id)
        held_by.append(held)
    for cadre in district.active_cadres:
        own = [[district.site_by_id[site] for site in held[cadre.id]] for held in held_by if cadre.id in held]
        share = problem.fair_share_minutes(cadre)
        if own and share:
            loads.append(100 * sum(site.workload_minutes for sites in own for site in sites) / len(own) / share)
            seconds = [examine_day(cadre, sites, problem).travel_seconds for sites in own]
            known = [one for one in seconds if one is not None]
            trips.append(sum(known) / max(1, len(known)) / 60)
    return Cumulated(plans[-1].term_id, round(max(loads, default=0)), round(pstdev(loads), 1) if loads else 0.0,
                     round(max(trips, default=0)), round(pstdev(trips), 1) if trips else 0.0)


def rotation_handovers(problem: Problem, plan: Plan) -> tuple[Handover, ...]:
    """The handover list of a term that begins: what passes on from the last past term of the problem to the plan.

    The new cadre answers from the term's first day, both meet on its first liaison day.
    """
    days = liaison_days(problem.term, problem.policy.liaison_day_rule, problem.policy.holiday_roll)
    past = problem.district.past_terms
    old = {one.site_id: one.cadre_id for one in sorted(past[-1].pairings)} if past else {}
    found = []
    for pairing in plan.pairings:
        former = old.get(pairing.site_id)
        if former == pairing.cadre_id:
            continue
        there = former in problem.cadre_index and problem.district.cadre_by_id[str(former)].capacity_percent > 0
        reason = HandoverReason.NEW_SITE if former is None else HandoverReason.ROTATION if there else HandoverReason.DEPARTURE
        found.append(Handover(pairing.site_id, former, pairing.cadre_id, reason, problem.term.first_month, days[0].day if there else None))
    return tuple(found)
