"""Diagnosis: where no plan exists, the clash in a district of any size, and repairs, each tried by planning again.

The exact search of `clashes.py` works on a part of a large district: `clash_parts.py` says which. A repair that leaves a part without a
plan is proven not to be enough; of the others as many as MOST_PLANS allows are planned again, and the rest is listed as not tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Verdict
from planner.assignment import FAIRNESS_STEPS, Effort, Progress, assign
from planner.check import judge
from planner.clash_parts import parts_around, short_parts
from planner.clashes import Clash, Condition, Kind, StoppedError, clash, conditions_of, plan_for
from planner.engines.feasibility import UndecidedError
from planner.facts.district import Pairing, Rank, StayRequest, TimeWindow
from planner.facts.policy import Policy
from planner.facts.problem import Problem
from planner.rules import RULES
from planner.text import Text

SMALL_PAIRS = 1_500
"""Districts of up to so many pairs are searched whole."""

MOST_CLASHES = 3
"""Clashes that are mended one after the other."""

MOST_ALIKE = 3
"""Of many conditions that each hold one pair apart or together, so many are loosened in turn: those with the shortest trips."""

MOST_PLANS = 5
"""So many repairs of a clash in a large district are planned again; one that gives no plan counts as one for every cap tried."""

CAPS_TRIED = (FAIRNESS_STEPS[0], FAIRNESS_STEPS[-1])
"""Caps on the worst case, as of planning, under which a large district is planned: a plan that needs neither is found in time."""

STEPS = 14
"""How far a number of the policy is moved to mend a clash."""


class State(StrEnum):
    """What planning again says of a repair."""

    WORKS = "works"
    NOT_ENOUGH = "not-enough"
    NO_PLAN_FOUND = "no-plan-found"
    NOT_TRIED = "not-tried"


@dataclass(frozen=True)
class Repair:
    """One way to mend a clash: what to change, and the plan that results, with its verdict, where it works.

    ``NOT_ENOUGH`` is proven, by another clash in the district so changed; ``NO_PLAN_FOUND`` is not.
    """

    text: Text
    problem: Problem
    state: State
    plan: Plan | None = None
    verdict: Verdict | None = None


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
    """Either a plan after all, or clashes; neither where the search gave up or was stopped (``undecided`` says why)."""

    plan: Plan | None
    findings: tuple[Finding, ...]
    undecided: Text | None = None


@dataclass(frozen=True)
class Watch:
    """Who hears of a diagnosis while it goes on; ``keep_going`` may end it with what is known so far.

    A clash is told as soon as it is certain, a repair before it is tried, the finding once all are, and how far each plan is.
    """

    keep_going: Callable[[], bool] = lambda: True
    clash_found: Callable[[Clash], None] = lambda _: None
    trying: Callable[[int, int, Text], None] = lambda _number, _of, _what: None
    planning: Callable[[Progress], None] = lambda _: None
    tried: Callable[[Finding], None] = lambda _: None


def diagnose(problem: Problem, seed: int = 1, watch: Watch | None = None) -> Diagnosis:
    """Clashes one after the other, each mended before the next is sought, and repairs for each."""
    watch = watch or Watch()
    findings: list[Finding] = []
    current = problem
    while len(findings) < MOST_CLASHES:
        try:
            found, plan = _find(current, seed, watch)
        except StoppedError:
            return Diagnosis(None, tuple(findings), STOPPED)
        except UndecidedError:
            return Diagnosis(None, tuple(findings), Text("在给定的搜索量内未能确定原因",
                                                         "the search met its limits before a reason was certain"))
        if found is None:
            if plan is not None or findings:
                return Diagnosis(plan if not findings else None, tuple(findings))
            return Diagnosis(None, (), Text("没有找到方案，也未能证明不存在", "no plan was found, and that none exists was not proven"))
        part, its_clash = found
        watch.clash_found(its_clash)
        repairs = sorted(_tried(current, part, its_clash, seed, watch), key=_dearness)
        loosened = _worth_loosening(current, its_clash)
        findings.append(Finding(part, its_clash, tuple(repairs), len(its_clash.conditions) - len(loosened)))
        watch.tried(findings[-1])
        if not watch.keep_going():
            return Diagnosis(None, tuple(findings), STOPPED)
        if not repairs or repairs[0].state is State.WORKS:
            break
        current = repairs[0].problem
    return Diagnosis(None, tuple(findings))


STOPPED = Text("已按要求停止，以上是到此为止的结果", "stopped as asked: this is what was known by then")


def _dearness(repair: Repair) -> tuple[int, int]:
    """Repairs that give a plan first, the cheapest first; then those of which it is known why they do not."""
    goals = () if repair.verdict is None else repair.verdict.goals
    return list(State).index(repair.state), next((one.value for one in goals if one.goal_id == "cost"), 0)


def _is_small(problem: Problem) -> bool:
    return len(problem.district.cadres) * len(problem.district.sites) <= SMALL_PAIRS


def _planned(problem: Problem, seed: int, watch: Watch) -> tuple[Plan, Verdict]:
    """A plan under the tightest cap on the worst case or, if that gives none, the loosest; judged."""
    def keep_going(progress: Progress) -> bool:
        watch.planning(progress)
        return watch.keep_going()

    plan = assign(problem, Provenance({}, seed, {}), seed, Effort.QUICK, keep_going, FAIRNESS_STEPS if _is_small(problem) else CAPS_TRIED)
    return plan, judge(problem, plan)


def _find(problem: Problem, seed: int, watch: Watch) -> tuple[tuple[Problem, Clash] | None, Plan | None]:
    """A clash and the problem it lies in; or a plan; or neither. Raises UndecidedError, StoppedError."""
    if _is_small(problem):
        its_clash = clash(problem, keep_going=watch.keep_going)
        return (None, plan_for(problem, conditions_of(problem))) if its_clash is None else ((problem, its_clash), None)
    for part in short_parts(problem):
        its_clash = clash(part, keep_going=watch.keep_going)
        if its_clash is not None:
            return (part, its_clash), None
    plan, verdict = _planned(problem, seed, watch)
    if verdict.valid:
        return None, plan
    for part in parts_around(problem, plan):
        its_clash = clash(part, keep_going=watch.keep_going)
        if its_clash is not None:
            return (part, its_clash), None
    return None, None


def _tried(problem: Problem, part: Problem, its_clash: Clash, seed: int, watch: Watch) -> Iterator[Repair]:
    """Every repair of a clash: proven not to be enough, or planned again while the work lasts."""
    ways = list(repairs_of(problem, part, its_clash))
    left = None if _is_small(problem) else MOST_PLANS
    for number, (text, repaired) in enumerate(ways, start=1):
        watch.trying(number, len(ways), text)
        if watch.keep_going() and _short_still(repaired):
            yield Repair(text, repaired, State.NOT_ENOUGH)
        elif not watch.keep_going() or (left is not None and left <= 0):
            yield Repair(text, repaired, State.NOT_TRIED)
        else:
            plan, verdict = _planned(repaired, seed, watch)
            if verdict.valid:
                yield Repair(text, repaired, State.WORKS, plan, verdict)
            else:
                yield Repair(text, repaired, State.NO_PLAN_FOUND if watch.keep_going() else State.NOT_TRIED)
            if left is not None:
                left -= 1 if verdict.valid else len(CAPS_TRIED)


def _short_still(problem: Problem) -> bool:
    """Whether some part of the district that counting points to is proven to have no plan."""
    try:
        return any(plan_for(part, conditions_of(part)) is None for part in short_parts(problem))
    except UndecidedError:
        return False


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
