"""Repairs of infeasible districts: each gives a plan that the judge accepts, or is told not to be enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.assignment import Progress
from planner.check import judge
from planner.clash_parts import short_parts
from planner.clashes import Clash, Kind, conditions_of, plan_for
from planner.engines.places import least_moves, shortage
from planner.facts.district import Pairing
from planner.repairs import MOST_ALIKE, SMALL_PAIRS, State, Watch, diagnose
from tests.planner.infeasible import CASES
from tests.planner.sample import make_problem
from tests.planner.test_assignment import random_district

MENDED = tuple(CASES)[:12]
"""Planning again for every repair takes a second or so a district: a dozen of them are mended here."""


@pytest.mark.parametrize("name", MENDED)
def test_every_district_is_mended_and_every_repair_was_planned_again(name: str) -> None:
    problem, _ = CASES[name]
    found = diagnose(problem)
    assert found.findings
    assert found.plan is None
    last = found.findings[-1]
    assert last.repairs, "a clash that nothing mends"
    for repair in last.repairs:
        if repair.plan is not None:
            assert judge(repair.problem, repair.plan).valid
            assert repair.verdict == judge(repair.problem, repair.plan)
    assert last.repairs[0].plan is not None
    costs = [next(one.value for one in repair.verdict.goals if one.goal_id == "unassigned") for repair in last.repairs if repair.verdict]
    assert set(costs) == {0}


def test_the_travel_limit_is_raised_to_what_is_needed_and_no_further() -> None:
    problem = make_problem(2, "e0 e1", travel={("o0", "e0"): 1801, ("e0", "o0"): 1801, ("o1", "e0"): 9999})
    (finding,) = diagnose(problem).findings
    raised = [one.problem.policy.max_travel_minutes for one in finding.repairs if one.problem.policy != problem.policy]
    assert raised == [31]


def test_two_clashes_are_mended_one_after_the_other() -> None:
    everybody = frozenset(Pairing(f"c{n}", site) for n in range(2) for site in ("e0", "e1"))
    found = diagnose(make_problem(2, "e0 e1", recusals=everybody))
    assert len(found.findings) == 2
    assert {one.state for one in found.findings[0].repairs} == {State.NOT_ENOUGH}
    assert found.findings[1].repairs[0].plan is not None


def test_a_district_with_a_plan_is_told_to_have_one() -> None:
    found = diagnose(random_district(2))
    assert found.findings == ()
    assert found.plan is not None


def test_a_large_district_is_searched_where_counting_points() -> None:
    """A recusal knot of three committees among 40, in a district too large to be searched whole."""
    knot = frozenset(Pairing(f"c{n}", site) for n in range(2, 60) for site in ("r5", "r6", "r7"))
    problem = make_problem(60, " ".join([*(f"e{n}" for n in range(60)), *(f"r{n}" for n in range(40))]), recusals=knot)
    assert len(problem.district.cadres) * len(problem.district.sites) > SMALL_PAIRS
    (finding, *_) = diagnose(problem).findings
    told = {one.subjects for one in finding.clash.conditions}
    assert {("r5",), ("r6",), ("r7",), ("committee-count",)} <= told
    assert len(finding.problem.district.sites) == 3
    recusals = sum(one.kind is Kind.RECUSAL for one in finding.clash.conditions)
    assert recusals > MOST_ALIKE
    assert finding.untried == recusals - MOST_ALIKE


def test_pins_that_clash_are_told_before_anything_is_planned_and_a_stop_keeps_them() -> None:
    """In a large district: once a search for a plan of the whole came first, and could take minutes."""
    pins = frozenset(Pairing("c0", f"e{n}") for n in range(4))
    problem = make_problem(60, " ".join(f"e{n}" for n in range(60)), pins=pins, policy={"max_load_percent_of_fair_share": 200})
    assert len(problem.district.cadres) * len(problem.district.sites) > SMALL_PAIRS
    heard: list[Clash] = []
    plans: list[Progress] = []
    watch = Watch(lambda: not heard, heard.append, planning=plans.append)
    found = diagnose(problem, watch=watch)
    assert [one.clash for one in found.findings] == heard
    assert not plans
    assert {one.kind for one in heard[0].conditions} == {Kind.PIN, Kind.SITE, Kind.RULE}
    assert {one.state for one in found.findings[0].repairs} == {State.NOT_TRIED}
    assert found.undecided is not None
    assert diagnose(problem, watch=Watch(lambda: False)).findings == ()


def test_of_many_repairs_in_a_large_district_some_are_planned_and_the_others_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.repairs.MOST_PLANS", 1)
    everybody = frozenset(Pairing(f"c{n}", "e5") for n in range(60))
    problem = make_problem(60, " ".join(f"e{n}" for n in range(60)), recusals=everybody)
    (finding,) = diagnose(problem).findings
    assert [one.state for one in finding.repairs] == [State.WORKS, *[State.NOT_TRIED] * (len(finding.repairs) - 1)]
    assert len(finding.repairs) > 1


@pytest.mark.parametrize("name", [
    "two pins for one place", "a pin to somebody who takes no part", "a pin against a recusal", "travel limit", "too few of a rank",
    "too few places", "recusal knot", "a load nobody may carry", "constituency out of reach", "no leader may come", "one unit alone",
    "a visit day too short"])
def test_counting_points_at_a_part_that_has_no_plan(name: str) -> None:
    problem, expected = CASES[name]
    part = next(one for one in short_parts(problem) if plan_for(one, conditions_of(one)) is None)
    assert {site.id for site in part.district.sites} >= {one.removeprefix("site ") for one in expected if one.startswith("site ")}


@pytest.mark.parametrize("seed", range(3))
def test_counting_points_at_nothing_where_a_plan_exists(seed: int) -> None:
    problem = random_district(seed)
    if plan_for(problem, conditions_of(problem)) is not None:
        assert list(short_parts(problem)) == []


def test_shortage_is_smallest_and_moves_are_fewest() -> None:
    allowed = np.array([[1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]], dtype=np.bool_)
    places = np.array([1, 1, 1])
    found = shortage(allowed, places)
    assert found is not None
    assert (found.sites.tolist(), found.cadres.tolist(), found.short) == ([0, 1], [0], 1)
    assert shortage(allowed[:, 1:], places) is None
    none = np.zeros(3, dtype=np.int64)
    assert least_moves(allowed[:, 1:], none, places, np.array([0, -1, 1])) == 1  # site 3 must go from cadre 1 to 2: site 2 needs 1
    assert least_moves(allowed[:, 1:], none, places, np.array([0, 1, -1])) == 0
    assert least_moves(allowed, none, places, np.array([0, -1, -1, -1])) is None


def test_the_district_is_left_as_it_was() -> None:
    problem, _ = CASES["a pin against a recusal"]
    before = replace(problem)
    diagnose(problem)
    assert problem == before
