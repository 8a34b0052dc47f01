"""Diagnosis: where no plan exists, the clash in a district of any size, and repairs, each tried by planning again.

A clash is sought where counting finds a shortage (a site with nobody, places for a kind, a cadre who cannot reach his least, leaders of a
sub-district), else around the sites that the best attempt leaves open; there the exact search of `clashes.py` works on a part of the
district. In a part the lower limits that only the whole can meet are left out, so a clash of the part is one of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Verdict
from planner.assignment import Effort, Progress, assign
from planner.check import judge
from planner.clashes import Clash, Condition, Kind, clash, conditions_of, plan_for
from planner.engines.compiled import CompiledProblem
from planner.engines.feasibility import UndecidedError
from planner.engines.places import shortage
from planner.facts.district import Pairing, Rank, StayRequest, TimeWindow
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import IntArray
from planner.rules import RULES
from planner.text import Text

SMALL_PAIRS = 1_500
"""Districts of up to so many pairs are searched whole."""

MOST_SITES = 60
"""How far the search around open sites grows."""

MOST_CLASHES = 3
"""Clashes that are mended one after the other."""

MOST_ALIKE = 3
"""Of many conditions that each hold one pair apart or together, so many are loosened in turn: those with the shortest trips."""

STEPS = 14
"""How far a number of the policy is moved to mend a clash."""


@dataclass(frozen=True)
class Repair:
    """One way to mend a clash: what to change, and the plan that results. ``verdict`` None: the district still has no plan found."""

    text: Text
    problem: Problem
    plan: Plan | None
    verdict: Verdict | None


@dataclass(frozen=True)
class Finding:
    """A clash within ``problem`` (the district or a part of it), in the district mended so far, with its repairs, cheapest first."""

    problem: Problem
    clash: Clash
    repairs: tuple[Repair, ...]
    untried: int = 0
    """Conditions like those repaired, with longer trips, that were not tried."""


@dataclass(frozen=True)
class Diagnosis:
    """Either a plan after all, or clashes; neither where the search gave up (``undecided`` says why)."""

    plan: Plan | None
    findings: tuple[Finding, ...]
    undecided: Text | None = None


def diagnose(problem: Problem, seed: int = 1, keep_going: Callable[[Progress], bool] = lambda _: True) -> Diagnosis:
    """Clashes one after the other, each mended before the next is sought, and repairs for each."""
    findings: list[Finding] = []
    current = problem
    while len(findings) < MOST_CLASHES:
        try:
            found, plan = _find(current, seed, keep_going)
        except UndecidedError:
            return Diagnosis(None, tuple(findings), Text("在给定的搜索量内未能确定原因",
                                                         "the search met its limits before a reason was certain"))
        if found is None:
            if plan is not None or findings:
                return Diagnosis(plan if not findings else None, tuple(findings))
            return Diagnosis(None, (), Text("没有找到方案，也未能证明不存在", "no plan was found, and that none exists was not proven"))
        part, its_clash = found
        repairs = sorted(_tried(current, part, its_clash, seed), key=_dearness)
        loosened = _worth_loosening(current, its_clash)
        findings.append(Finding(part, its_clash, tuple(repairs), len(its_clash.conditions) - len(loosened)))
        if not repairs or repairs[0].plan is not None:
            break
        current = repairs[0].problem
    return Diagnosis(None, tuple(findings))


def _dearness(repair: Repair) -> tuple[bool, int]:
    """Repairs that give a plan first, the cheapest first."""
    if repair.verdict is None:
        return True, 0
    return False, next((one.value for one in repair.verdict.goals if one.goal_id == "cost"), 0)


def _find(problem: Problem, seed: int, keep_going: Callable[[Progress], bool]) -> tuple[tuple[Problem, Clash] | None, Plan | None]:
    """A clash and the problem it lies in; or a plan; or neither."""
    cadres, sites = len(problem.district.cadres), len(problem.district.sites)
    if cadres * sites <= SMALL_PAIRS:
        its_clash = clash(problem)
        return (None, plan_for(problem, conditions_of(problem))) if its_clash is None else ((problem, its_clash), None)
    for part in _short_parts(problem):
        its_clash = clash(part)
        if its_clash is not None:
            return (part, its_clash), None
    plan = assign(problem, Provenance({}, seed, {}), seed, Effort.QUICK, keep_going)
    if judge(problem, plan).valid:
        return None, plan
    for part in _parts_around(problem, plan):
        its_clash = clash(part)
        if its_clash is not None:
            return (part, its_clash), None
    return None, None


def _short_parts(problem: Problem) -> Iterator[Problem]:
    """Parts of a large district in which counting finds a shortage, smallest first."""
    arrays, policy = problem.arrays, problem.policy
    compiled = CompiledProblem.of(problem)
    active = arrays.capacity_percent > 0
    allowed = compiled.allowed & active[:, None]
    everybody = np.arange(len(allowed))
    for site in np.flatnonzero(~allowed.any(axis=0))[:1]:
        yield _upper_part(problem, everybody, np.array([site]))
    for committees, most in ((True, policy.max_committees_per_cadre), (False, policy.max_enterprises_per_cadre)):
        sites = np.flatnonzero(arrays.is_committee == committees)
        short = shortage(allowed[:, sites], np.where(active, most, 0))
        if short is not None:
            yield _upper_part(problem, everybody, sites[short.sites])
    for cadre in np.flatnonzero(active):
        for limit in range(compiled.limit_vector.shape[1]):
            vector = compiled.limit_vector[cadre, limit]
            if vector >= 0 and compiled.weights[vector][allowed[cadre]].sum() < compiled.limit_lower[cadre, limit]:
                concerned = np.flatnonzero(compiled.weights[vector] > 0)
                yield problem.part(np.array([cadre]), concerned, problem.travel)
                return
    for number, row in enumerate(compiled.rows):
        pairs = sum(int(allowed[np.ix_(block.cadres, block.sites)].any(axis=0).sum()) for block in row.blocks)
        if pairs < compiled.row_lower[number]:
            cadres = np.unique(np.concatenate([block.cadres for block in row.blocks]))
            yield problem.part(cadres, np.unique(np.concatenate([block.sites for block in row.blocks])), problem.travel)
            return


def _parts_around(problem: Problem, plan: Plan) -> Iterator[Problem]:
    """Ever more sites around those that a plan leaves open or that its violations name."""
    compiled = CompiledProblem.of(problem)
    holders = np.full(len(problem.district.sites), -1, dtype=np.int64)
    for pairing in plan.pairings:
        holders[problem.site_index[pairing.site_id]] = problem.cadre_index[pairing.cadre_id]
    named = {subject for one in judge(problem, plan).violations for subject in one.subjects}
    told = [problem.site_index[one] for one in sorted(named) if one in problem.site_index]
    sites = np.union1d(np.flatnonzero(holders < 0), told).astype(np.int64)
    everybody = np.arange(len(compiled.allowed))
    while 0 < len(sites) <= MOST_SITES:
        yield _upper_part(problem, everybody, sites)
        reach = compiled.allowed[:, sites].sum(axis=1)
        kinds = np.isin(problem.arrays.is_committee, problem.arrays.is_committee[sites])
        near = np.flatnonzero((holders >= 0) & (reach[np.maximum(holders, 0)] > 0) & kinds)
        order = near[np.argsort(-reach[holders[near]], kind="stable")]
        grown = np.union1d(sites, order[:len(sites) + 5])
        if len(grown) == len(sites):
            return
        sites = grown


def _upper_part(problem: Problem, cadres: IntArray, sites: IntArray) -> Problem:
    """Some sites alone, without the lower limits that other sites may meet."""
    part = problem.part(cadres, sites, problem.travel)
    return replace(part, policy=replace(part.policy, min_enterprises_per_cadre=0, min_deputy_sites_in_constituency=0,
                                        min_leader_sites_per_subdistrict=0))


def _tried(problem: Problem, part: Problem, its_clash: Clash, seed: int) -> Iterator[Repair]:
    """Every repair of a clash, planned again."""
    for text, repaired in repairs_of(problem, part, its_clash):
        plan = assign(repaired, Provenance({}, seed, {}), seed, Effort.QUICK)
        verdict = judge(repaired, plan)
        yield Repair(text, repaired, plan, verdict) if verdict.valid else Repair(text, repaired, None, None)


def _worth_loosening(problem: Problem, its_clash: Clash) -> list[Condition]:
    """The conditions of a clash, but of many pins, recusals or past pairings only ``MOST_ALIKE`` each, those with the shortest trips."""
    district = problem.district

    def trip_seconds(one: Condition) -> tuple[int, tuple[str, ...]]:
        seconds = problem.travel_seconds(district.cadre_by_id[one.subjects[0]], district.site_by_id[one.subjects[1]])
        return 10**9 if seconds is None else seconds, one.subjects

    left_out: set[Condition] = set()
    for kind in (Kind.PIN, Kind.RECUSAL, Kind.PAST):
        left_out |= set(sorted((one for one in its_clash.conditions if one.kind is kind), key=trip_seconds)[MOST_ALIKE:])
    return [one for one in its_clash.conditions if one not in left_out]


def repairs_of(problem: Problem, part: Problem, its_clash: Clash) -> Iterator[tuple[Text, Problem]]:
    """What could be changed so that the clash is none, with the district so changed: one for every condition worth loosening."""
    district = problem.district
    for one in _worth_loosening(problem, its_clash):
        what = one.sentence(part)
        if one.kind is Kind.PIN:
            yield (Text(f"取消{what.zh}", f"drop the {what.en}"),
                   replace(problem, district=replace(district, pins=district.pins - {Pairing(*one.subjects)})))
        elif one.kind is Kind.RECUSAL:
            yield (Text(f"经核实后解除{what.zh}", f"lift the {what.en}, once verified"),
                   replace(problem, district=replace(district, recusals=district.recusals - {Pairing(*one.subjects)})))
        elif one.kind is Kind.PAST:
            request = StayRequest(*one.subjects[:2])
            policy = replace(problem.policy, max_continuations=max(problem.policy.max_continuations, 1))
            yield (Text(f"批准续联（{what.zh}）", f"let the cadre stay ({what.en})"),
                   replace(problem, policy=policy, district=replace(district, stay_requests=district.stay_requests | {request})))
        elif one.kind is Kind.RULE:
            yield from _looser(problem, part, its_clash, one)
    for one in its_clash.conditions:
        if one.kind is Kind.SITE:
            site = district.site_by_id[one.subjects[0]]
            yield (Text(f"本届暂不安排{site.name}（{site.id}）", f"leave {site.name} ({site.id}) out this term"),
                   _without_site(problem, site.id))
            return


def _without_site(problem: Problem, site_id: str) -> Problem:
    district = problem.district
    return replace(problem, district=replace(
        district, sites=tuple(one for one in district.sites if one.id != site_id),
        pins=frozenset(one for one in district.pins if one.site_id != site_id),
        recusals=frozenset(one for one in district.recusals if one.site_id != site_id),
        stay_requests=frozenset(one for one in district.stay_requests if one.site_id != site_id)))


def _looser(problem: Problem, part: Problem, its_clash: Clash, condition: Condition) -> Iterator[tuple[Text, Problem]]:
    """The nearest looser setting of a rule under which the clash can be met; none where no setting does."""
    rule = next(one for one in RULES if one.id == condition.subjects[0])
    if rule.id == "visiting-hours":
        whole_day = TimeWindow(problem.policy.visit_day_starts_seconds, problem.policy.visit_day_ends_seconds)
        asked = {one.subjects[0] for one in its_clash.conditions if one.kind is Kind.SITE}
        widened = replace(problem, district=replace(problem.district, sites=tuple(
            replace(one, visiting_hours=whole_day) if one.id in asked else one for one in problem.district.sites)))
        yield Text(f"请{'、'.join(sorted(asked))}放宽接待时间", f"ask {', '.join(sorted(asked))} to widen their hours"), widened
        return
    for policy in _ladder(rule.id, part):
        if plan_for(replace(part, policy=policy), its_clash.conditions) is not None:
            changed: dict[str, Any] = {name: getattr(policy, name) for name in SETTINGS_OF[rule.id]
                                       if getattr(policy, name) != getattr(part.policy, name)}
            whole = replace(problem, policy=replace(problem.policy, **changed))
            before, after = rule.setting(problem.policy), rule.setting(whole.policy)
            yield (Text(f"规则“{rule.title.zh}”由“{before.zh}”改为“{after.zh}”",
                        f"change the rule “{rule.title.en}” from “{before.en}” to “{after.en}”"), whole)
            return


SETTINGS_OF = {
    "committee-count": ("max_committees_per_cadre",), "enterprise-count": ("min_enterprises_per_cadre", "max_enterprises_per_cadre"),
    "load-limit": ("max_load_percent_of_fair_share",), "travel-limit": ("max_travel_minutes",), "visit-day": ("max_visit_day_minutes",),
    "rank": ("key_enterprise_min_rank",), "constituency": ("min_deputy_sites_in_constituency",),
    "leader-presence": ("min_leader_sites_per_subdistrict",), "unit-share": ("max_unit_share_percent",),
    "continuation": ("max_continuations",),
    "visiting-hours": (),
}
"""The policy's fields behind every rule that has numbers."""


def _ladder(rule_id: str, problem: Problem) -> Iterator[Policy]:
    """Looser and looser settings of one rule, the nearest first."""
    policy = problem.policy
    if rule_id == "travel-limit":
        trips = sorted({-(-seconds // 60) for cadre in problem.district.active_cadres for site in problem.district.sites
                        if (seconds := problem.travel_seconds(cadre, site)) is not None and seconds > policy.max_travel_minutes * 60})
        for minutes in trips[::max(1, len(trips) // STEPS)]:
            yield _set(policy, "max_travel_minutes", minutes)
    elif rule_id == "rank":
        for rank in sorted(Rank, reverse=True):
            if rank < policy.key_enterprise_min_rank:
                yield _set(policy, "key_enterprise_min_rank", rank)
    else:
        for step in range(1, 4 * STEPS):
            for name in SETTINGS_OF[rule_id]:
                value = getattr(policy, name) + step * STEP_OF.get(name, 1)
                if value >= 0:
                    yield _set(policy, name, value)


def _set(policy: Policy, name: str, value: object) -> Policy:
    changes: dict[str, Any] = {name: value}
    return replace(policy, **changes)


STEP_OF = {"min_enterprises_per_cadre": -1, "min_deputy_sites_in_constituency": -1, "min_leader_sites_per_subdistrict": -1,
           "max_load_percent_of_fair_share": 10, "max_visit_day_minutes": 15, "max_unit_share_percent": 5}
"""By how much a field is loosened at a time, where it is not by one more."""
