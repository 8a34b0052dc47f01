"""Counting arguments that no plan exists."""

from __future__ import annotations

from planner.diagnose import proofs_of_no_plan
from planner.facts.district import Pairing, Rank
from tests.planner.sample import make_problem


def english(problem) -> list[str]:
    return [one.en for one in proofs_of_no_plan(problem)]


def test_a_possible_district_has_no_proof() -> None:
    assert english(make_problem(2, "e0 e1 r0 r1")) == []


def test_a_site_beyond_everybodys_limit_and_another_recused_for_all() -> None:
    problem = make_problem(
        2, {"e0": {}, "e1": {}, "e2": {"is_key": True}}, travel={("o0", "e0"): 1801, ("o1", "e0"): 9999},
        recusals=frozenset({Pairing("c0", "e1"), Pairing("c1", "e1")}))
    assert english(problem) == [
        "nobody may hold 点e0 (e0): of 2 cadres travel limit takes 2",
        "nobody may hold 点e1 (e1): of 2 cadres recusal takes 2"]


def test_two_rules_together_leave_nobody() -> None:
    problem = make_problem({"c0": {"rank": Rank.DEPUTY_DIVISION}, "c1": {}}, {"e0": {"is_key": True}},
                           recusals=frozenset({Pairing("c1", "e0")}))
    (proof,) = proofs_of_no_plan(problem)
    assert proof.zh == "点e0（e0）没有可选的联系领导：共2人，回避排除1人、重点企业职级排除1人"


def test_a_deputy_who_reaches_no_point_of_his_constituency() -> None:
    """Nothing legal exists for him, and a search for it would look at every caseload he might hold."""
    problem = make_problem({"c0": {"constituency_id": "X"}, "c1": {}}, {"e0": {"constituency_id": "X"}, "e1": {}},
                           travel={("o0", "e0"): 1801})
    (proof,) = proofs_of_no_plan(problem)
    assert proof.zh == "干部c0（c0）做不到“代表选区”（代表至少1个联系点在本选区）：至少要1，允许他联系的全部联系点只有0"


def test_too_many_committees_and_too_few_enterprises() -> None:
    problem = make_problem(2, "e0 r0 r1 r2", policy={"min_enterprises_per_cadre": 1})
    assert english(problem) == [
        "3 committees, but 2 cadres with at most 1 each hold 2: short by 1",
        "1 enterprises, but 2 cadres with at least 1 each need 2: short by 1"]


def test_cadres_without_capacity_do_not_count() -> None:
    problem = make_problem({"c0": {"capacity_percent": 0}, "c1": {}}, "r0 r1")
    of_his, of_all = english(problem)
    assert of_his.startswith("干部c1 (c1) cannot keep “committee count”")
    assert [of_all] == ["2 committees, but 1 cadres with at most 1 each hold 1: short by 1"]


def test_what_only_he_may_hold_exceeds_a_limit_of_his() -> None:
    pins = frozenset(Pairing("c0", f"e{n}") for n in range(4))
    problem = make_problem(3, "e0 e1 e2 e3 e4", pins=pins, policy={"max_enterprises_per_cadre": 3})
    (proof,) = english(problem)
    assert proof == ("干部c0 (c0) cannot keep “enterprise count” (0 to 3 enterprises a cadre): at most 3 are allowed, "
                     "and 4 sites that only he may hold (e0, e1, e2, e3) come to 4")
