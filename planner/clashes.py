"""No plan exists: which rules and rows clash. A set of conditions that cannot be met together although every smaller part can.

A *condition* is a rule as a whole, one row of the workbook (a pin, a recusal, a past pairing), or that one site has exactly one cadre.
Conditions are dropped one by one from a set that cannot be met; what cannot be dropped is the clash. That the set alone has no plan is
proven by exact search (`engines/feasibility.py`), and that it has one without any single condition by a plan, which the judge accepts
for the conditions left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Violation
from planner.check import judge
from planner.engines.compiled import CompiledProblem, RuleSet
from planner.engines.feasibility import UndecidedError, find_pairs
from planner.facts.district import Pairing, PastTerm
from planner.facts.problem import Problem
from planner.rules import CASELOAD_RULES, DISTRICT_RULES, PAIR_RULES, RULES
from planner.text import Text


class Kind(StrEnum):
    """What a condition is; the value is also the workbook's sheet where it stands in one."""

    SITE = "site"
    PAST = "past"
    RECUSAL = "recusal"
    PIN = "pin"
    RULE = "rule"


@dataclass(frozen=True, order=True)
class Condition:
    """One thing a plan must keep: ``subjects`` are a rule's id, a site's id, or cadre, site (and term) of a row."""

    kind: Kind
    subjects: tuple[str, ...]

    def sentence(self, problem: Problem) -> Text:
        """In words, with the number where it has one."""
        if self.kind is Kind.RULE:
            rule = next(one for one in RULES if one.id == self.subjects[0])
            setting = rule.setting(problem.policy)
            return Text(f"规则“{rule.title.zh}”：{setting.zh}", f"rule “{rule.title.en}”: {setting.en}")
        if self.kind is Kind.SITE:
            site = problem.district.site_by_id[self.subjects[0]]
            return Text(f"{site.name}（{site.id}）须有且只有一名联系领导", f"{site.name} ({site.id}) has exactly one cadre")
        cadre_id, site_id = self.subjects[:2]
        cadre, site = problem.district.cadre_by_id.get(cadre_id), problem.district.site_by_id[site_id]
        who = cadre_id if cadre is None else f"{cadre.name}（{cadre_id}）"
        who_en = cadre_id if cadre is None else f"{cadre.name} ({cadre_id})"
        if self.kind is Kind.PIN:
            return Text(f"指定：{site.name}（{site_id}）由{who}联系", f"pin: {site.name} ({site_id}) goes to {who_en}")
        if self.kind is Kind.RECUSAL:
            return Text(f"回避：{who}与{site.name}（{site_id}）", f"recusal: {who_en} and {site.name} ({site_id})")
        return Text(f"历史：{who}在{self.subjects[2]}已联系{site.name}（{site_id}）",
                    f"past: {who_en} held {site.name} ({site_id}) in {self.subjects[2]}")


@dataclass(frozen=True)
class Clash:
    """Conditions that cannot be met together; without any one of them the others can, as a judged plan shows."""

    conditions: tuple[Condition, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Ids of the rules among them."""
        return tuple(one.subjects[0] for one in self.conditions if one.kind is Kind.RULE)


ROW_RULES = {"pins": Kind.PIN, "recusal": Kind.RECUSAL, "rotation": Kind.PAST}
"""Rules that say nothing without rows: each row is a condition, the rule is none."""


def conditions_of(problem: Problem) -> tuple[Condition, ...]:
    """Everything a plan must keep, in the order in which it is tried to do without: sites and rows first, rules last."""
    district = problem.district
    unasked = replace(problem, district=replace(district, stay_requests=frozenset()))  # a request lifts the ban, but is counted
    found = [Condition(Kind.SITE, (site.id,)) for site in district.sites]
    found += [Condition(Kind.PAST, (one.cadre_id, one.site_id, term.id)) for term in district.past_terms for one in sorted(term.pairings)
              if one.cadre_id in problem.cadre_index and one.site_id in problem.site_index and _banned(unasked, one)]
    found += [Condition(Kind.RECUSAL, (one.cadre_id, one.site_id)) for one in sorted(district.recusals)]
    found += [Condition(Kind.PIN, (one.cadre_id, one.site_id)) for one in sorted(district.pins)]
    return (*found, *(Condition(Kind.RULE, (rule.id,)) for rule in RULES if rule.id not in {*ROW_RULES, "coverage"}))


def _banned(problem: Problem, pairing: Pairing) -> bool:
    rule = next(one for one in PAIR_RULES if one.id == "rotation")
    return rule.objection(problem.district.cadre_by_id[pairing.cadre_id], problem.district.site_by_id[pairing.site_id], problem) is not None


def only(problem: Problem, conditions: Iterable[Condition]) -> Problem:
    """The problem with no other pins, recusals and past pairings than those among the conditions."""
    rows: dict[Kind, set[tuple[str, ...]]] = {kind: set() for kind in Kind}
    for one in conditions:
        rows[one.kind].add(one.subjects)
    district = problem.district
    past = tuple(PastTerm(term.id, frozenset(one for one in term.pairings if (one.cadre_id, one.site_id, term.id) in rows[Kind.PAST]))
                 for term in district.past_terms)
    return replace(problem, of_whole=problem.totals, district=replace(
        district, past_terms=past,
        recusals=frozenset(one for one in district.recusals if (one.cadre_id, one.site_id) in rows[Kind.RECUSAL]),
        pins=frozenset(one for one in district.pins if (one.cadre_id, one.site_id) in rows[Kind.PIN])))


class StoppedError(UndecidedError):
    """The search was told to end."""


def plan_for(problem: Problem, conditions: Sequence[Condition]) -> Plan | None:
    """A plan that keeps these conditions alone, judged; None where there is none. Raises UndecidedError."""
    part, active = only(problem, conditions), _active(conditions)
    rules = RuleSet(tuple(one for one in PAIR_RULES if one.id in active), tuple(one for one in CASELOAD_RULES if one.id in active),
                    tuple(one for one in DISTRICT_RULES if one.id in active), ())
    covered = np.zeros(len(problem.district.sites), dtype=np.bool_)
    covered[[problem.site_index[one.subjects[0]] for one in conditions if one.kind is Kind.SITE]] = True
    pairs = find_pairs(CompiledProblem.of(part, rules), covered)
    if pairs is None:
        return None
    district = problem.district
    held = [Pairing(district.cadres[i].id, district.sites[j].id) for i, j in np.argwhere(pairs)]
    plan = Plan.of(problem.term.id, held, Provenance({}, 0, {}))
    broken = _broken(problem, conditions, plan)
    if broken:
        raise UndecidedError(f"the judge refuses the plan that was found: {broken[0].text.en}")
    return plan


def _active(conditions: Iterable[Condition]) -> set[str]:
    return {one.subjects[0] for one in conditions if one.kind is Kind.RULE} | {*ROW_RULES, "coverage"}


def _broken(problem: Problem, conditions: Sequence[Condition], plan: Plan) -> list[Violation]:
    """What the judge finds against a plan that has to keep these conditions alone."""
    active, sites = _active(conditions), {one.subjects[0] for one in conditions if one.kind is Kind.SITE}
    return [one for one in judge(only(problem, conditions), plan).violations
            if one.rule_id in active and (one.rule_id != "coverage" or one.subjects[0] in sites)]


def clash(problem: Problem, conditions: Sequence[Condition] | None = None, keep_going: Callable[[], bool] = lambda: True) -> Clash | None:
    """A smallest set (none of its parts clashes) among the conditions of a small problem; None where all can be met.

    Chunks are dropped first, half of what is left, then a quarter, then one by one. ``keep_going`` is asked before every solve.
    Raises UndecidedError, and StoppedError where it says no.
    """
    def planned(some: Sequence[Condition]) -> Plan | None:
        if not keep_going():
            raise StoppedError("the search was told to end")
        return plan_for(problem, some)

    held = list(conditions_of(problem) if conditions is None else conditions)
    if planned(held) is not None:
        return None
    held, without = _dropped(held, planned)
    # each condition is needed, as a plan without it shows: the one found on the way, judged again for what is left, or a new one
    for one in list(held):
        rest = [other for other in held if other != one]
        if _broken(problem, rest, without[one]) and planned(rest) is None:
            held = rest
    return Clash(tuple(sorted(held, key=lambda one: (list(Kind)[::-1].index(one.kind), one.subjects))))


def _dropped(held: list[Condition], planned: Callable[[Sequence[Condition]], Plan | None]) -> tuple[list[Condition], dict[Condition, Plan]]:
    """What is left of conditions that clash, and for each of them a plan found when it alone was left out of what was left then."""
    without: dict[Condition, Plan] = {}
    size = max(1, len(held) // 2)
    while True:
        start = 0
        while start < len(held):
            rest = held[:start] + held[start + size:]
            plan = planned(rest)
            if plan is None:
                held = rest
            else:
                if size == 1:
                    without[held[start]] = plan
                start += size
        if size == 1:
            return held, without
        size = max(1, size // 2)
