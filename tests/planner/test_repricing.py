"""Prices of forced pairings: equal to the difference of two full solves, within what both have proven."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.artefacts.plan import Plan
from planner.assignment import Effort, assign
from planner.check import judge
from planner.engines.compiled import CompiledProblem
from planner.facts.problem import Problem
from planner.repricing import Repricer, _load_upper, holders_of, with_pin
from planner.rules import COST
from tests.planner.test_assignment import NOWHERE, every_legal_plan, random_district, value


def fair_enough(problem: Problem, plans: list[Plan], plan: Plan) -> list[Plan]:
    """The plans under the cap that the plan was made under."""
    upper = _load_upper(problem, plan)
    kept = []
    for one in plans:
        holders = holders_of(problem, one)
        loads = [int(problem.arrays.workload_minutes[holders == cadre].sum()) for cadre in range(len(problem.district.cadres))]
        if all(load <= most for load, most in zip(loads, upper, strict=True)):
            kept.append(one)
    return kept


@pytest.mark.parametrize("seed", range(4))
def test_prices_are_those_of_brute_force(seed: int) -> None:
    """Every price lies between its ends, and the plan that shows it is the cheapest legal one with the pairing."""
    problem = random_district(seed)
    legal = every_legal_plan(problem)
    if not legal:
        return
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    repricer = Repricer(problem, plan)
    fair = fair_enough(problem, legal, plan)
    best = min(value(COST.id, one, problem) for one in fair)
    assert repricer.bound <= best <= repricer.value
    allowed = CompiledProblem.of(problem).allowed
    for site in problem.district.sites:
        for cadre in problem.district.cadres:
            if not allowed[problem.cadre_index[cadre.id], problem.site_index[site.id]]:
                continue
            price = repricer.price(cadre.id, site.id)
            with_pair = [value(COST.id, one, problem) for one in fair if (price.pairing in one.pairings)]
            if with_pair:
                true_price = min(with_pair) - best
                assert price.plan is not None
                assert not price.less_fair
                assert judge(problem, price.plan).valid
                assert price.pairing in price.plan.pairings
                assert price.least <= true_price <= price.most
                assert price.found == value(COST.id, price.plan, problem) - repricer.value
                assert price.found == min(with_pair) - repricer.value
            elif price.plan is not None:  # only a less fair plan has the pairing: it is shown, and is legal
                assert price.less_fair
                assert judge(problem, price.plan).valid


@settings(max_examples=8, deadline=None, derandomize=True)
@given(seed=st.integers(10, 60), who=st.integers(0, 3), which=st.integers(0, 6))
def test_a_price_is_the_difference_of_two_full_solves(seed: int, who: int, which: int) -> None:
    problem = random_district(seed, cadres=4)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    if not judge(problem, plan).valid:
        return
    cadre, site = problem.district.cadres[who], problem.district.sites[which]
    if not CompiledProblem.of(problem).allowed[who, which]:
        return
    repricer = Repricer(problem, plan)
    price = repricer.price(cadre.id, site.id)
    forced = assign(with_pin(problem, price.pairing), NOWHERE, seed=1, effort=Effort.QUICK)
    if not judge(problem, forced).valid or value("fairness", forced, problem) > value("fairness", plan, problem):
        return
    gap = repricer.value - repricer.bound
    difference = value(COST.id, forced, problem) - value(COST.id, plan, problem)
    assert price.found is not None
    assert abs(price.found - difference) <= gap + max(0, difference - price.least)
    assert price.least <= difference + gap
    assert price.most is not None
    assert min(price.found, difference) >= price.least


def test_what_stands_costs_nothing_and_a_ranking_begins_with_the_least() -> None:
    problem = random_district(2)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    repricer = Repricer(problem, plan)
    held = plan.pairings[0]
    assert repricer.price(held.cadre_id, held.site_id).found == 0
    ranked = repricer.least_prices(held.site_id)
    assert ranked == sorted(ranked)
    assert {cadre_id for _, cadre_id in ranked} <= set(repricer.eligible(held.site_id))
    for least, cadre_id in ranked:
        price = repricer.price(cadre_id, held.site_id)
        assert price.less_fair or least <= (price.found or 0)


def test_an_incomplete_plan_has_no_prices() -> None:
    problem = random_district(2)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    with pytest.raises(ValueError, match="every site"):
        Repricer(problem, replace(plan, pairings=plan.pairings[1:]))
