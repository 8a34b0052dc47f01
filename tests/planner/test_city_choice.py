"""From prices to a plan: what groups may hold of a shared row, and chains of exchanges over a whole city."""

from __future__ import annotations

import numpy as np
import pytest

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import Effort
from planner.check import judge
from planner.city_choice import CityChoice, pairings_of, rooms_of
from planner.engines.agreement import NEVER, Agreement
from planner.facts.district import Pairing, PastTerm, Rank, StayRequest
from planner.facts.problem import Problem
from planner.partition import Area, in_proportion, middles_of
from planner.processes import Workers
from tests.planner.sample import make_problem

CONTINUATION = ("continuation",)


def asked_to_stay(limit: int) -> Problem:
    """Four cadres whose committees all asked them to stay."""
    pairs = frozenset(Pairing(f"c{one}", f"r{one}") for one in range(4))
    return make_problem(4, "r0 r1 r2 r3", policy={"max_continuations": limit}, past_terms=(PastTerm("2025-2026", pairs),),
                        stay_requests=frozenset(StayRequest(one.cadre_id, one.site_id) for one in pairs))


HALVES = (Area(np.array([0, 1, 2]), np.array([0, 1, 2])), Area(np.array([3]), np.array([3])))


@pytest.mark.parametrize(("limit", "most"), [(8, (5, 3)), (4, (3, 1)), (2, (2, 0)), (1, (1, 0))])
def test_groups_share_the_room_of_a_row_or_give_back_what_is_too_much(limit: int, most: tuple[int, int]) -> None:
    """Three continuations in one group and one in the other."""
    bounds = rooms_of(asked_to_stay(limit), np.arange(4), HALVES)
    assert tuple(one[CONTINUATION] for one in bounds) == ((0, most[0]), (0, most[1]))


def test_rows_with_a_lower_side_keep_it() -> None:
    """Two sites at least of four are the leaders'; held are three and one: each group may lose one. One held: both are asked for it."""
    leaders = {f"c{one}": {"rank": Rank.DISTRICT_LEADER} for one in range(4)}
    problem = make_problem(leaders, "e0 e1 e2 e3", policy={"min_leader_sites_per_subdistrict": 2})
    (key,) = (key for key in rooms_of(problem, np.arange(4), HALVES)[0] if key[0] == "leader-presence")
    assert [one[key] for one in rooms_of(problem, np.arange(4), HALVES)] == [(2, NEVER), (0, NEVER)]
    assert [one[key] for one in rooms_of(problem, np.array([0, -1, -1, -1]), HALVES)] == [(2, NEVER), (1, NEVER)]


def test_parts_in_proportion_add_up() -> None:
    assert in_proportion(7, [3, 1, 1]) == [4, 2, 1]
    assert in_proportion(2, [0, 0]) == [1, 1]


def test_a_committee_too_many_goes_along_a_chain_to_whoever_has_none() -> None:
    """Cadre i is known to go with committees i and i - 1 alone; cadre 0 holds two, 1 his neighbour's, 2 none."""
    problem = make_problem(3, "e0 e1 e2 r0 r1 r2")
    agreement = Agreement(3, np.zeros(6), {}, {})
    known = np.array([(0, 3), (1, 3), (1, 4), (2, 4), (2, 5)])
    none = np.full((5, 1), -1)
    agreement.add([(known[:, 0], known[:, 1:], np.zeros(5), none, ())])
    with Workers(problem, 1, lambda _: True) as workers:
        choice = CityChoice(problem, [Area(np.arange(3), np.arange(6))], workers, agreement, Effort.QUICK, 1, np.array([0, 1, 2, 0, 0, 1]))
        choice.exchange({})
    assert choice.holders.tolist() == [0, 1, 2, 0, 1, 2]
    plan = Plan.of("", pairings_of(problem, choice.holders, np.arange(6)), Provenance({}, 1, {}))
    assert judge(problem, plan).violations == ()


def test_a_cadre_is_where_his_sites_are() -> None:
    at, place = middles_of(make_problem(2, "e0 e1"), np.array([0, 0]))
    assert np.allclose(at[0], place.mean(axis=0))
    assert len(at) == 2
