"""Clashes of infeasible districts: the right ones, and minimal, by trying all plans without any solver."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from planner.artefacts.plan import Plan
from planner.check import judge
from planner.clashes import ROW_RULES, Condition, Kind, clash, conditions_of, only, plan_for
from planner.facts.district import Pairing
from planner.facts.problem import Problem
from tests.planner.infeasible import CASES
from tests.planner.sample import make_problem
from tests.planner.test_assignment import NOWHERE, random_district


def named(condition: Condition) -> str:
    return " ".join((str(condition.kind), *condition.subjects))


def has_plan(problem: Problem, conditions: tuple[Condition, ...]) -> bool:
    """Whether any plan keeps the conditions, by judging them all: a site without its condition may have any cadres."""
    part = only(problem, conditions)
    active = {one.subjects[0] for one in conditions if one.kind is Kind.RULE} | set(ROW_RULES)
    covered = {one.subjects[0] for one in conditions if one.kind is Kind.SITE}
    cadres = [one.id for one in problem.district.cadres]
    every_set = [held for size in range(len(cadres) + 1) for held in combinations(cadres, size)]
    choices = [[(one,) for one in cadres] if site.id in covered else every_set for site in problem.district.sites]
    for holders in product(*choices):
        plan = Plan.of(problem.term.id, [Pairing(cadre, site.id) for held, site in zip(holders, problem.district.sites, strict=True)
                                         for cadre in held], NOWHERE)
        if not any(one.rule_id in active for one in judge(part, plan).violations):
            return True
    return False


@pytest.mark.parametrize("name", CASES)
def test_a_clash_is_right_and_minimal_by_trying_all_plans(name: str) -> None:
    problem, expected = CASES[name]
    found = clash(problem)
    assert found is not None
    assert {named(one) for one in found.conditions} == expected
    assert not has_plan(problem, found.conditions)
    for one in found.conditions:
        assert has_plan(problem, tuple(other for other in found.conditions if other != one))


def test_every_condition_is_told_in_both_languages() -> None:
    for problem, _ in CASES.values():
        for one in conditions_of(problem):
            said = one.sentence(problem)
            assert said.zh != said.en
            assert all(subject in said.zh for subject in one.subjects) or one.kind is Kind.RULE


@pytest.mark.parametrize("seed", range(3))
def test_a_district_with_a_plan_has_no_clash(seed: int) -> None:
    problem = random_district(seed)
    plan = plan_for(problem, conditions_of(problem))
    assert (clash(problem) is None) == (plan is not None)
    if plan is not None:
        assert judge(problem, plan).valid


def test_sites_beyond_the_clash_do_not_matter() -> None:
    problem = make_problem(4, "e0 e1 e2 r0 r1", recusals=frozenset(Pairing(f"c{n}", "r1") for n in range(4)))
    found = clash(problem)
    assert found is not None
    assert {named(one) for one in found.conditions} == {"site r1", *(f"recusal c{n} r1" for n in range(4))}
