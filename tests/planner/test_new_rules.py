"""A new rule of each scope works with the engines untouched: listed, encoded, and the plan obeys it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

import planner.check
import planner.engines.compiled
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Violation
from planner.assignment import Effort, assign
from planner.check import judge
from planner.facts.district import Cadre, Site
from planner.facts.policy import GoalTolerance, Policy
from planner.facts.problem import Problem
from planner.facts.problem_arrays import BoolArray
from planner.rules import CASELOAD_RULES, DISTRICT_RULES, PAIR_RULES, RULES
from planner.rules.base import Block, CaseloadRule, DistrictRule, PairRule, Row, Rule
from planner.rules.caseloads import Caseloads
from planner.text import Text
from tests.planner.sample import make_problem

WORDS = Text("试验", "trial")


class NotTheSameNumber(PairRule):
    """c3 may not hold e3."""

    id, title, clause = "not-the-same-number", WORDS, WORDS

    def setting(self, policy: Policy) -> Text:
        return WORDS

    def objection(self, cadre: Cadre, site: Site, problem: Problem) -> Violation | None:
        return self.violation((cadre.id, site.id), 1, "1", "1") if cadre.id[1:] == site.id[1:] else None

    def strikes(self, problem: Problem, cadre_index: int) -> BoolArray:
        own = problem.district.cadres[cadre_index].id[1:]
        return np.array([site.id[1:] == own for site in problem.district.sites], dtype=np.bool_)


class OddWithOdd(CaseloadRule):
    """All sites of a cadre have even numbers, or all have odd ones: not a sum, so only ``admits`` can say it."""

    id, title, clause = "odd-with-odd", WORDS, WORDS

    def setting(self, policy: Policy) -> Text:
        return WORDS

    def fault(self, cadre: Cadre, sites: Sequence[Site], problem: Problem) -> Violation | None:
        kinds = {int(site.id[1:]) % 2 for site in sites}
        return self.violation((cadre.id,), 1, "1", "1") if len(kinds) > 1 else None

    def admits(self, caseloads: Caseloads) -> BoolArray:
        odd = np.array([int(site.id[1:]) % 2 for site in caseloads.problem.district.sites], dtype=np.int64)
        count = caseloads.sum_of(odd)
        return (count == 0) | (count == (caseloads.sites >= 0).sum(axis=1))


class FewPairsOfTheFirst(DistrictRule):
    """The first three cadres together hold at most four sites."""

    id, title, clause = "few-pairs-of-the-first", WORDS, WORDS

    def setting(self, policy: Policy) -> Text:
        return WORDS

    def check(self, plan: Plan, problem: Problem) -> Iterable[Violation]:
        count = sum(len(plan.sites_of.get(cadre.id, ())) for cadre in problem.district.cadres[:3])
        if count > 4:
            yield self.violation((), count - 4, "1", "1")

    def rows(self, problem: Problem) -> tuple[Row, ...]:
        return (Row((), (Block(np.arange(3), np.arange(len(problem.district.sites))),), None, 4),)


def district() -> Problem:
    """Twelve cadres, 24 enterprises and eight committees in two rows of streets."""
    sites = {f"e{n}": {"workload_minutes": 30 + 15 * (n % 5)} for n in range(24)} | {f"r{n}": {} for n in range(8)}
    places = {f"o{n}": (n % 4 * 400, n // 4 * 300) for n in range(12)} | {
        name: (37 * number % 1200, 53 * number % 900) for number, name in enumerate(sites)}
    travel = {(a, b): abs(places[a][0] - places[b][0]) + abs(places[a][1] - places[b][1]) + 30
              for a in places for b in places if a != b}
    goals = (GoalTolerance("unassigned"), GoalTolerance("fairness", 50), GoalTolerance("spread", minutes=0.1),
             GoalTolerance("travel", minutes=1), GoalTolerance("fit", minutes=1), GoalTolerance("changes", minutes=1))
    return make_problem(12, sites, travel=travel, policy={"min_enterprises_per_cadre": 1, "goals": goals})


@pytest.mark.parametrize("rule", [NotTheSameNumber(), OddWithOdd(), FewPairsOfTheFirst()], ids=lambda rule: rule.id)
def test_the_plan_obeys_a_rule_the_engines_never_heard_of(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = district()
    without = assign(problem, Provenance({}, 1, {}), seed=1, effort=Effort.QUICK)
    assert judge(problem, without).valid
    assert list(rule.check(without, problem)), "the rule is put to the test"
    for name, rules, scope in (("PAIR_RULES", PAIR_RULES, PairRule), ("CASELOAD_RULES", CASELOAD_RULES, CaseloadRule),
                               ("DISTRICT_RULES", DISTRICT_RULES, DistrictRule)):
        if isinstance(rule, scope):
            monkeypatch.setattr(planner.engines.compiled, name, (*rules, rule))
    monkeypatch.setattr(planner.check, "RULES", (*RULES, rule))
    plan = assign(problem, Provenance({}, 1, {}), seed=1, effort=Effort.QUICK)
    verdict = judge(problem, plan)
    assert [one.text.en for one in verdict.violations] == []
    assert verdict.counts["sites_held"] == 32
