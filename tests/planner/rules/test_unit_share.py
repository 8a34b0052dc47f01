from __future__ import annotations

import numpy as np

from planner.rules.unit_share import UnitShare
from tests.planner.rules.contract import RuleContract, RuleExamples
from tests.planner.sample import make_problem

TWO_IN_ONE_UNIT = {"c0": {}, "c1": {"office_id": "o0"}, "c2": {}}
OFFICES = {"o0": {}, "o2": {}}
SITES = {"e0": {}, "e1": {}, "e2": {}, "r0": {"subdistrict_id": "k1"}}  # three in k0, one in k1


class TestUnitShare(RuleContract):
    """67 % of 3 sites is 2.01: two. 67 % of one site is none, but one is always allowed."""

    rule = UnitShare()
    problem = make_problem(
        TWO_IN_ONE_UNIT, SITES, subdistricts=("k0", "k1"), offices=OFFICES, policy={"max_unit_share_percent": 67})
    obeys = [
        "",
        "c0: e0 r0 | c1: e1",  # exactly two of k0, and the one of k1
        "c0: e0 | c1: e1 | c2: e2 r0",
    ]
    breaks = {
        "c0: e0 e1 | c1: e2": {"o0 k0": 1},  # 3 - 2, by two cadres of one unit
        "c2: e0 e1 e2 r0": {"o2 k0": 1},
        "c0: e0 e1 e2 r0 | c1: r0": {"o0 k0": 1, "o0 k1": 1},  # pairs are counted, r0 twice
    }


class TestRoundedDown(RuleExamples):
    """66 % of 3 sites is 1.98: one."""

    rule = UnitShare()
    problem = make_problem(
        TWO_IN_ONE_UNIT, SITES, subdistricts=("k0", "k1"), offices=OFFICES, policy={"max_unit_share_percent": 66})
    obeys = ["c0: e0 r0 | c2: e1"]
    breaks = {"c0: e0 | c1: e1 | c2: e2": {"o0 k0": 1}, "c0: e0 e1 | c1: e2": {"o0 k0": 2}}


class TestEverySiteAllowed(RuleExamples):
    """100 % forbids only what the coverage forbids, too: two cadres of one unit with the same site."""

    rule = UnitShare()
    problem = make_problem(
        {"c0": {}, "c1": {"office_id": "o0"}}, "e0 e1", offices={"o0": {}}, policy={"max_unit_share_percent": 100})
    obeys = ["c0: e0 e1", "c0: e0 | c1: e1"]
    breaks = {"c0: e0 e1 | c1: e1": {"o0 k0": 1}}


def test_a_part_has_the_row_even_where_it_cannot_break_it_alone() -> None:
    """One cadre and one site of k0 in each of two parts: one each is one too many for both together."""
    whole = make_problem(TWO_IN_ONE_UNIT, SITES, subdistricts=("k0", "k1"), offices=OFFICES, policy={"max_unit_share_percent": 66})
    for cadre, site in ((0, 0), (1, 1)):
        (row,) = UnitShare().rows(whole.part(np.array([cadre]), np.array([site]), whole.travel))
        assert (row.subjects, row.upper) == (("o0", "k0"), 1)
    assert UnitShare().rows(whole.part(np.array([0]), np.array([3]), whole.travel)) == ()  # one site alone is never too many
