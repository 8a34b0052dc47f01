"""Results kept in a folder: found again for the very same task, never for another, and never trusted blindly."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from planner.area_search import GroupChosen
from planner.facts.district import Pairing, Rank
from planner.finished_tasks import FinishedTasks, digest_of, spent_seconds
from planner.partition import Area
from tests.planner.sample import make_problem

AREA = Area(np.array([0, 2]), np.array([1]))
RESULT = GroupChosen(np.array([3, -1]), legal=True)


def test_equal_values_have_equal_digests() -> None:
    assert digest_of({"b": [1, 2.5], "a": AREA}) == digest_of({"a": Area(np.array([0, 2]), np.array([1])), "b": (1, 2.5)})
    assert digest_of(frozenset({"x", "y"})) == digest_of(frozenset({"y", "x"}))


@pytest.mark.parametrize(("one", "other"), [
    (1, 1.0), ("1", 1), (None, ""), ((1, 2), ((1,), 2)), (Rank.DIVISION, Rank.DEPUTY_DIVISION), ({"a": 1}, {"a": 2}),
    (np.zeros(2), np.zeros((2, 1))), (np.zeros(2), np.zeros(2, dtype=np.int64)), (date(2027, 1, 1), date(2027, 1, 2)),
    (Pairing("a", "b"), Pairing("ab", "")), (AREA, Area(AREA.sites, AREA.cadres)),
])
def test_different_values_have_different_digests(one: object, other: object) -> None:
    assert digest_of(one) != digest_of(other)


def test_what_has_no_fixed_form_has_no_digest() -> None:
    with pytest.raises(TypeError):
        digest_of(object())


def test_results_are_found_for_the_same_task_alone(tmp_path: Path) -> None:
    problem = make_problem(2, "e0 r0")
    tasks = FinishedTasks(tmp_path / "work", problem)
    assert tasks.find("plan", (AREA, 1)) is None
    tasks.keep("plan", (AREA, 1), RESULT, 1.5)
    found = FinishedTasks(tmp_path / "work", problem).find("plan", (AREA, 1))
    assert isinstance(found, GroupChosen)
    assert found.legal
    assert found.holders.tolist() == [3, -1]
    assert spent_seconds(tmp_path / "work") == 1.5
    assert tasks.find("plan", (AREA, 2)) is None
    assert tasks.find("price", (AREA, 1)) is None
    stricter = replace(problem, policy=replace(problem.policy, max_visit_day_minutes=77))
    assert FinishedTasks(tmp_path / "work", stricter).find("plan", (AREA, 1)) is None


def test_a_torn_file_counts_as_none(tmp_path: Path) -> None:
    tasks = FinishedTasks(tmp_path, make_problem(2, "e0 r0"))
    tasks.keep("plan", (1,), RESULT, 1.5)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:40])
    assert tasks.find("plan", (1,)) is None


def test_a_planted_file_runs_nothing(tmp_path: Path) -> None:
    class Planted:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "planted",)

    tasks = FinishedTasks(tmp_path, make_problem(2, "e0 r0"))
    tasks.keep("plan", (1,), RESULT, 1.5)
    (file,) = tmp_path.iterdir()
    file.write_bytes(pickle.dumps(Planted()))
    assert tasks.find("plan", (1,)) is None
    assert not (tmp_path / "planted").exists()
