"""A small district cut into areas by force: legal, bounded, the same whatever the number of processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geodata.city_travel import CityTravel
from geodata.demo_district import build_demo
from geodata.policy_file import read_policy
from geodata.travel_times import travel_matrix
from planner import city_assignment
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.verdict import Verdict
from planner.assignment import Effort, Progress, assign
from planner.check import judge
from planner.city_assignment import assign_any, assign_city, split_rows
from planner.facts.district import Pairing, PastTerm, StayRequest
from planner.facts.policy import GoalTolerance
from planner.facts.problem import Problem
from planner.partition import Area, areas_of, groups_of
from planner.rules import DISTRICT_RULES, MEASURES
from planner.rules.base import DistrictRule, Goal
from tests.planner.sample import make_problem

NOWHERE = Provenance({}, 1, {})
CADRES = 14
"""Most cadres of an area here."""

SCALE = 0.12


def thinned(problem: Problem) -> Problem:
    """Without every third committee: with as many committees as cadres, no small area could have a legal plan."""
    committees = np.flatnonzero(problem.arrays.is_committee)
    sites = np.setdiff1d(np.arange(len(problem.district.sites)), committees[::3])
    return replace(problem.part(np.arange(len(problem.district.cadres)), sites, problem.travel), of_whole=None)


@pytest.fixture(scope="module")
def city() -> Problem:
    """A small demonstration, with travel times by parts."""
    demo = build_demo(1, SCALE)
    policy, _ = read_policy(None)
    assert policy is not None
    travel = CityTravel(demo.district.places(), demo.geography.streets)
    return thinned(Problem(demo.district, travel, policy, demo.term, {}))


@pytest.fixture(scope="module")
def whole(city: Problem) -> Problem:
    """The same with one matrix, from the same roads."""
    demo = build_demo(1, SCALE)
    return replace(city, travel=travel_matrix(demo.district.places(), demo.geography.streets))


@pytest.fixture(scope="module")
def in_areas(city: Problem) -> Plan:
    return assign_city(city, NOWHERE, seed=1, effort=Effort.QUICK, workers=1, most_cadres=CADRES)


def cost_of(verdict: Verdict) -> tuple[int, int]:
    (cost,) = (goal for goal in verdict.goals if goal.goal_id == "cost")
    assert cost.bound is not None
    return cost.value, cost.bound


def test_the_union_is_legal_and_complete(city: Problem, whole: Problem, in_areas: Plan) -> None:
    assert len(areas_of(city, CADRES)) >= 3
    verdict = judge(whole, in_areas)
    assert verdict.violations == ()
    assert verdict.counts["sites_held"] == len(whole.district.sites)
    assert judge(city, in_areas) == verdict


def test_the_bound_holds_for_plans_made_in_one_piece(whole: Problem, in_areas: Plan) -> None:
    """The one-piece engine plans under a tighter cap on the worst-off cadre here: its plan is legal under ours, too."""
    plan = assign(whole, NOWHERE, seed=1, effort=Effort.QUICK)
    verdict, other = judge(whole, in_areas), judge(whole, plan)
    assert other.goals[1].value <= verdict.goals[1].value
    (value, bound), (other_value, _) = cost_of(verdict), cost_of(other)
    assert 0.5 * other_value < bound <= min(value, other_value)


class Killed(Exception):  # noqa: N818 - what happens to a process, no error
    """The machine went off."""


def test_processes_and_a_killed_run_change_nothing(city: Problem, in_areas: Plan, tmp_path: Path) -> None:
    def killed(progress: Progress) -> bool:
        if progress.done > 0.5:
            raise Killed
        return True

    with pytest.raises(Killed):
        assign_city(city, NOWHERE, seed=1, effort=Effort.QUICK, workers=2, most_cadres=CADRES, work=tmp_path, keep_going=killed)
    finished = {file: file.stat().st_mtime_ns for file in tmp_path.glob("learn_area-*")}
    assert len(finished) == len(areas_of(city, CADRES))
    assert assign_city(city, NOWHERE, seed=1, effort=Effort.QUICK, workers=2, most_cadres=CADRES, work=tmp_path) == in_areas
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("learn_area-*")} == finished


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_run_keeps_what_it_has(city: Problem, whole: Problem, workers: int) -> None:
    heard: list[Progress] = []

    def stop(progress: Progress) -> bool:
        heard.append(progress)
        return False

    plan = assign_city(city, NOWHERE, seed=1, effort=Effort.QUICK, workers=workers, most_cadres=CADRES, keep_going=stop)
    assert heard
    assert plan.status == "stopped"
    assert {one.goal_id for one in plan.bounds} == {one.goal_id for one in city.policy.goals}
    assert len(plan.cadres_of) >= 0.9 * len(whole.district.sites)


def test_goals_without_prices_are_planned_area_by_area(city: Problem, whole: Problem) -> None:
    goals = tuple(GoalTolerance(one.goal_id, one.percent, one.absolute) for one in city.policy.goals)
    unpriced = replace(city, policy=replace(city.policy, goals=goals))
    plan = assign_city(unpriced, NOWHERE, seed=1, effort=Effort.QUICK, workers=1, most_cadres=CADRES)
    assert judge(replace(whole, policy=unpriced.policy), plan).counts["sites_held"] == len(whole.district.sites)


def test_a_small_district_is_planned_in_one_piece(whole: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(city_assignment, "assign", lambda *_: made.append("one"))
    monkeypatch.setattr(city_assignment, "assign_city", lambda *_, **__: made.append("areas"))
    assign_any(whole, NOWHERE, 1)
    monkeypatch.setattr(city_assignment, "CITY_CADRES", 2)
    assign_any(whole, NOWHERE, 1)
    assert made == ["one", "areas"]


# --- areas and their rows ---------------------------------------------------------------------------------------


def test_every_cadre_and_site_is_in_one_area(city: Problem) -> None:
    areas = areas_of(city, CADRES)
    for kind, count in (("cadres", len(city.district.cadres)), ("sites", len(city.district.sites))):
        together = np.sort(np.concatenate([getattr(area, kind) for area in areas]))
        assert together.tolist() == list(range(count))
    work = city.arrays.workload_minutes
    for area in areas:
        assert 0.6 <= work[area.sites].sum() * len(city.district.cadres) / (work.sum() * len(area.cadres)) <= 1.5


def test_deputies_and_pins_are_not_torn_apart(city: Problem) -> None:
    areas = areas_of(city, CADRES)
    for area in areas:
        own = {city.district.sites[site].constituency_id for site in area.sites}
        sites = {city.district.sites[site].id for site in area.sites}
        for cadre in (city.district.cadres[one] for one in area.cadres):
            assert cadre.constituency_id is None or cadre.constituency_id in own
            assert all(one.site_id in sites for one in city.district.pins if one.cadre_id == cadre.id)


def test_groups_keep_every_cadre_with_what_he_holds(city: Problem, in_areas: Plan) -> None:
    holders = np.array([city.cadre_index[in_areas.cadres_of[one.id][0]] for one in city.district.sites])
    holders[[3, 7]] = -1
    groups = groups_of(city, holders, CADRES)
    assert np.sort(np.concatenate([one.sites for one in groups])).tolist() == list(range(len(holders)))
    for group in groups:
        assert len(group.cadres) <= CADRES
        assert set(holders[group.sites].tolist()) - {-1} <= set(group.cadres.tolist())


@pytest.mark.parametrize("goal", MEASURES, ids=lambda goal: goal.id)
def test_measures_of_the_parts_add_up(city: Problem, whole: Problem, in_areas: Plan, goal: Goal) -> None:
    """With totals of the whole; what is agreed between a cadre and a site of different areas is in no part."""
    areas, total, inside = areas_of(city, CADRES), [], []
    for area in areas:
        part = whole.part(area.cadres, area.sites, whole.travel)
        own = {one.id for one in part.district.cadres}
        sites = {one.id for one in part.district.sites}
        pairings = [one for one in in_areas.pairings if one.cadre_id in own and one.site_id in sites]
        inside += pairings
        total.append(goal.measure(Plan.of("", pairings, NOWHERE), part) - goal.constant(part))
    assert len(inside) > 0.5 * len(in_areas.pairings)
    together = max if goal.combine == "max" else sum
    assert together(total) == goal.measure(Plan.of("", inside, NOWHERE), whole) - goal.constant(whole)


def test_shared_rows_are_split_and_add_up() -> None:
    """Three continuations for two areas with two requests and one: two and one."""
    pairs = [("c0", "r0"), ("c0", "r1"), ("c1", "r2")]
    problem = make_problem(
        2, "e0 r0 r1 r2", policy={"max_continuations": 3},
        past_terms=(PastTerm("2025-2026", frozenset(Pairing(*one) for one in pairs)),),
        stay_requests=frozenset(StayRequest(*one) for one in pairs))
    areas = (Area(np.array([0]), np.array([0, 1, 2])), Area(np.array([1]), np.array([3])))
    first, second = split_rows(problem, areas)
    assert first[("continuation",)] == (0, 2)
    assert second[("continuation",)] == (0, 1)


@pytest.mark.parametrize("rule", [one for one in DISTRICT_RULES if not one.partition], ids=lambda rule: rule.id)
def test_tallies_count_what_the_rows_count(whole: Problem, in_areas: Plan, rule: DistrictRule) -> None:
    counted = DistrictRule.tally(rule, in_areas.pairings, whole)
    tally = rule.tally(in_areas.pairings, whole)
    assert {subjects: tally.get(subjects, 0) for subjects in counted} == counted
