"""Cadres who travel by means of their own: plan, days, routes and judge count by those, exactly, as brute force shows."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest

import commands.inputs
from planner.assignment import Effort, assign
from planner.check import judge
from planner.city_assignment import CITY_CADRES
from planner.engines.compiled import CompiledProblem
from planner.engines.kernel import MAX_SIZE, best_day
from planner.engines.tables import KernelTables
from planner.facts.district import TravelMode
from planner.facts.problem import Problem
from planner.facts.travel import UNREACHABLE, TravelMatrix
from planner.routing import route
from planner.rules import COST
from planner.rules.caseloads import Caseloads
from planner.rules.day_check import examine_day
from planner.rules.travel_limit import TravelLimit
from planner.scheduling import schedule
from tests.planner.sample import make_plan, make_problem
from tests.planner.test_assignment import NOWHERE, every_legal_plan, random_district, value
from tests.planner.ways import by_shortest_ways


def with_modes(problem: Problem, seed: int, *modes: TravelMode | None) -> Problem:
    """The first cadres travel by these means; each means has random times of its own, and one way that is closed."""
    random = np.random.default_rng(seed)
    by_mode = {}
    for mode in sorted({one for one in modes if one is not None}):
        seconds = random.integers(200, 1700, problem.travel.part(problem.travel.place_ids).travel_seconds.shape).astype(np.int32)
        np.fill_diagonal(seconds, 0)
        own = replace(problem, travel=TravelMatrix(problem.travel.place_ids, seconds, problem.travel.snap_metres, mode, "test"))
        times = by_shortest_ways(own).travel.part(problem.travel.place_ids).travel_seconds.copy()
        times[0, -1] = UNREACHABLE
        by_mode[mode] = TravelMatrix(problem.travel.place_ids, times, problem.travel.snap_metres, mode, "test")
    cadres = tuple(replace(one, travel_mode=mode) for one, mode in zip(problem.district.cadres, modes, strict=False))
    district = replace(problem.district, cadres=(*cadres, *problem.district.cadres[len(cadres):]))
    return replace(problem, district=district, by_mode=by_mode)


def mixed(seed: int) -> Problem:
    return with_modes(random_district(seed), seed, TravelMode.FOOT, TravelMode.BICYCLE)


@pytest.mark.parametrize("seed", range(3))
def test_every_encoding_counts_by_the_cadres_own_means(seed: int) -> None:
    """Days of the kernel and of the arrays, strikes of the travel limit, least legs: all against the judge's."""
    problem = mixed(seed)
    tables = KernelTables(CompiledProblem.of(problem))
    arrays, sites = problem.arrays, problem.district.sites
    assert len({int(one) // len(problem.travel.place_ids) for one in arrays.office_place}) == 3
    for index, cadre in enumerate(problem.district.cadres):
        held = np.full(MAX_SIZE, -1, dtype=np.int64)
        for size in (1, 2, 3):
            chosen = list(combinations(range(len(sites)), size))
            days = Caseloads(problem, index, np.array(chosen, dtype=np.int64)).days
            for number, members in enumerate(chosen):
                expected = examine_day(cadre, [sites[one] for one in members], problem).travel_seconds
                held[:size] = members
                travel, legal = best_day(tables.office_of[index], held, size, tables.facts, tables.day)
                assert (int(travel) if legal else None) == expected
                assert (int(days.travel_seconds[number]) if expected is not None else None) == expected
        struck = TravelLimit().strikes(problem, index)
        assert struck.tolist() == [TravelLimit().objection(cadre, site, problem) is not None for site in sites]
    for index, cadre in enumerate(problem.district.cadres):
        for a, b in permutations(range(len(sites)), 2):
            assert tables.legs[tables.legs_of(index), a, b] == (problem.travel_of(cadre).seconds(sites[a].id, sites[b].id) or UNREACHABLE)


@pytest.mark.parametrize("seed", range(2))
def test_no_plan_is_better_by_everybodys_own_means(seed: int) -> None:
    problem = mixed(seed)
    legal = every_legal_plan(problem)
    plan = assign(problem, NOWHERE, seed=1, effort=Effort.QUICK)
    verdict = judge(problem, plan)
    assert verdict.valid == bool(legal)
    if legal:
        as_fair = [one for one in legal if value("fairness", one, problem) <= value("fairness", plan, problem)]
        (cost,) = (goal for goal in verdict.goals if goal.goal_id == COST.id)
        assert cost.value == min(value("cost", one, problem) for one in as_fair)
        assert cost.bound is not None
        assert cost.bound <= cost.value


def test_days_and_routes_take_as_long_as_the_cadre_does() -> None:
    """By car five minutes a leg, on foot twenty."""
    plain = make_problem({"c0": {}, "c1": {"travel_mode": TravelMode.FOOT}}, "e0 e1")
    slow = TravelMatrix(plain.travel.place_ids, plain.travel.part(plain.travel.place_ids).travel_seconds * 4, plain.travel.snap_metres,
                        "foot", "test")
    problem = replace(plain, by_mode={TravelMode.FOOT: slow})
    plan = make_plan("c0: e0 | c1: e1")
    calendar = schedule(problem, plan, NOWHERE)
    routes = route(problem, calendar, NOWHERE)
    assert {one.cadre_id: one.travel_seconds for one in routes.routes} == {"c0": 600, "c1": 2400}
    assert judge(problem, plan, calendar, routes).valid
    by_car = replace(problem, by_mode={})
    assert {one.rule_id for one in judge(by_car, plan, calendar, routes).violations} >= {"routes"}
    tight = replace(problem, policy=replace(problem.policy, max_travel_minutes=10))
    assert [(one.rule_id, one.subjects[0]) for one in judge(tight, plan).violations] == [("travel-limit", "c1")]


def test_only_those_who_drive_share_the_cars_of_a_unit() -> None:
    cadres = {"c0": {"office_id": "o0"}, "c1": {"office_id": "o0", "travel_mode": TravelMode.BICYCLE}, "c2": {"office_id": "o0"}}
    for second, most in ((TravelMode.BICYCLE, 1), (None, 2)):
        cadres["c1"]["travel_mode"] = second
        given = {"visit_day_starts_seconds": 9 * 3600, "visit_day_ends_seconds": 9 * 3600 + 6000, "max_cars_per_office": 1}
        problem = make_problem(cadres, "e0 e1 e2", offices={"o0": {}}, policy=given)
        plan = make_plan("c0: e0 | c1: e1 | c2: e2")
        calendar = schedule(problem, plan, NOWHERE)
        verdict = judge(problem, plan, calendar, route(problem, calendar, NOWHERE))
        assert ("cars" in {one.rule_id for one in verdict.violations}) == (most > 1), "there is time for two cars, not for three"


def test_a_part_of_a_problem_keeps_everybodys_means() -> None:
    problem = mixed(0)
    part = problem.part(np.array([0, 2]), np.arange(3), problem.travel)
    cadre, site = part.district.cadres[0], part.district.sites[1]
    assert part.travel_seconds(cadre, site) == problem.travel_seconds(cadre, site)
    smaller = problem.part(np.array([0]), np.arange(3), problem.travel.part(["o0", "e0", "e1", "e2"]))
    assert smaller.travel_seconds(cadre, site) == problem.travel_seconds(cadre, site)


def test_cities_have_one_means_of_travel() -> None:
    assert commands.inputs.MOST_CADRES_WITH_OWN_MODES == CITY_CADRES
