"""Spare places beside what everybody holds, and the changes that open sites ask for, against tables by hand."""

from __future__ import annotations

import numpy as np

from planner.engines.compiled import CompiledProblem
from planner.engines.spare_places import least_changes, spare_places
from planner.facts.district import Pairing
from tests.planner.sample import make_problem

NONE = np.zeros(0, dtype=np.int64)


def test_no_limit_leaves_more_than_the_lightest_sites() -> None:
    sites = {"e0": {"workload_minutes": 300}, "e1": {"workload_minutes": 200}, "e2": {"workload_minutes": 400}, "r0": {}, "r1": {}}
    problem = make_problem(1, sites, recusals=frozenset({Pairing("c0", "r1")}),
                           policy={"max_enterprises_per_cadre": 2, "max_committees_per_cadre": 1})
    compiled = CompiledProblem.of(problem)
    enterprises, committees = np.array([0, 1, 2]), np.array([3, 4])
    assert spare_places(compiled, 0, NONE, enterprises) == 2
    assert spare_places(compiled, 0, np.array([2]), enterprises[:2]) == 1
    assert spare_places(compiled, 0, NONE, committees) == 1  # r1 is struck out
    assert spare_places(compiled, 0, np.array([3]), committees[1:]) == 0


def test_two_open_committees_of_two_full_cadres_ask_for_two_changes() -> None:
    """Whoever is free may not take r2 and r3; c0 and c1, who may, hold one each and have no second place."""
    apart = frozenset(Pairing(cadre, site) for cadre in ("c2", "c3") for site in ("r2", "r3"))
    compiled = CompiledProblem.of(make_problem(4, "r0 r1 r2 r3", recusals=apart, policy={"max_committees_per_cadre": 1}))
    held = [np.array([0]), np.array([1]), NONE, NONE]
    assert least_changes(compiled, held, np.array([2, 3])) == 2
    assert least_changes(compiled, held, np.array([3])) == 1
    assert least_changes(compiled, [NONE, NONE, np.array([0]), np.array([1])], np.array([2, 3])) == 0
    assert least_changes(compiled, [NONE] * 4, np.array([0, 1, 2, 3])) == 0


def test_sites_that_nobody_may_ever_hold_are_told_by_none() -> None:
    compiled = CompiledProblem.of(make_problem(1, "r0 r1", recusals=frozenset({Pairing("c0", "r1")})))
    assert least_changes(compiled, [np.array([0])], np.array([1])) is None
