"""From prices to a plan: what groups may hold of a shared row, and chains of exchanges over a whole city."""

from __future__ import annotations

import numpy as np
import pytest

from planner.area_parts import Prices
from planner.area_search import choose_in_group, offers_in_group
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.assignment import Effort
from planner.check import judge
from planner.city_choice import CityChoice, needed_where_they_are, pairings_of, rooms_of, strained_groups
from planner.engines.agreement import NEVER, Agreement
from planner.facts.district import Pairing, PastTerm, Rank, StayRequest
from planner.facts.policy import GoalTolerance
from planner.facts.problem import Problem
from planner.partition import Area, in_proportion, middles_of
from planner.processes import Workers
from tests.planner.sample import make_problem

CONTINUATION = ("continuation",)

TRAVEL_COSTS = {"goals": (GoalTolerance("unassigned"), GoalTolerance("travel", minutes=1))}


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
    strained = {number for number, held in enumerate((3, 1)) if held > most[number]}
    assert strained_groups(asked_to_stay(limit), np.arange(4), HALVES, bounds) == strained


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
    """Committees i and i - 1 are near cadre i; cadre 0 holds two, 1 his neighbour's, 2 none."""
    places = [f"{kind}{one}" for kind in "oer" for one in range(3)]
    near = {("o", "r"): (100, 200), ("r", "o"): (100, 200)}
    travel = {(a, b): (*near.get((a[0], b[0]), (900, 900)), 900, 900)[(int(a[1]) - int(b[1])) * (1 if a[0] == "o" else -1) % 4]
              for a in places for b in places if a != b}
    problem = make_problem(3, "e0 e1 e2 r0 r1 r2", travel=travel, policy=TRAVEL_COSTS)
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


def test_a_site_that_a_row_cannot_spare_stays_where_it_is() -> None:
    """Cadre 0 alone is a leader. One site of his is asked for: he may give one of two away, and not the only one."""
    problem = make_problem({"c0": {"rank": Rank.DISTRICT_LEADER}, "c1": {}, "c2": {}, "c3": {}}, "r0 r1 r2 r3",
                           policy={"min_leader_sites_per_subdistrict": 1})
    assert needed_where_they_are(problem, np.array([0, 0, 1, 3]), HALVES).tolist() == [False] * 4
    assert needed_where_they_are(problem, np.array([0, 1, 2, 3]), HALVES).tolist() == [True, False, False, False]
    two = make_problem({f"c{one}": {"rank": Rank.DISTRICT_LEADER} for one in range(4)}, "r0 r1 r2 r3",
                       policy={"min_leader_sites_per_subdistrict": 4})
    assert needed_where_they_are(two, np.arange(4), HALVES).tolist() == [True] * 4  # three in one group and one in the other


def test_an_exchange_leaves_the_leader_his_only_site() -> None:
    """It is nearer to cadre 1, who has none, and would be his if no row asked for the leader."""
    places = ["o0", "o1", "e0", "e1", "r0"]
    travel = {(a, b): 60 if {a, b} == {"o1", "r0"} else 600 for a in places for b in places if a != b}
    for least, holder in ((0, 1), (1, 0)):
        problem = make_problem({"c0": {"rank": Rank.DISTRICT_LEADER}, "c1": {}}, "e0 e1 r0", travel=travel,
                               policy={"min_leader_sites_per_subdistrict": least, **TRAVEL_COSTS})
        agreement = Agreement(2, np.zeros(3), {}, {})
        agreement.add([(np.array([0, 1]), np.array([[2], [2]]), np.zeros(2), np.full((2, 1), -1), ())])
        with Workers(problem, 1, lambda _: True) as workers:
            choice = CityChoice(problem, [Area(np.arange(2), np.arange(3))], workers, agreement, Effort.QUICK, 1, np.array([1, 1, 0]))
            choice.exchange({})
        assert choice.holders.tolist() == [1, 1, holder]


def test_offers_name_every_site_once() -> None:
    """Cadre 0 is known to go with site 2 alone: where another has two, his row of the table is padded."""
    problem = make_problem(2, "e0 e1 r0 r1 r2")
    near = np.array([[2, -1], [2, 3]])
    who, what, _ = offers_in_group(problem, Area(np.arange(2), np.arange(2)), "", np.arange(2), near, np.zeros(0, dtype=np.int64),
                                   Prices(np.zeros(0), {}), {}, 1, Effort.QUICK, keep_going=lambda _: True)
    assert sorted(zip(who.tolist(), what.tolist(), strict=True)) == [(0, -1), (0, 2), (1, -1), (1, 2), (1, 3)]


@pytest.mark.parametrize("mends", [False, True])
def test_mending_leaves_a_legal_plan_as_it_is(mends: bool) -> None:
    """Each cadre holds the other's enterprise: bettering changes it, mending does not."""
    travel = {(a, b): 60 if a[1:] == b[1:] else 600 for a in ("o0", "o1", "e0", "e1") for b in ("o0", "o1", "e0", "e1") if a != b}
    problem = make_problem(2, "e0 e1", travel=travel, policy=TRAVEL_COSTS)
    columns = np.array([0, 0, 1, 1]), np.array([[0], [1], [0], [1]]), np.array([120.0, 1_200.0, 1_200.0, 120.0])
    chosen = choose_in_group(problem, Area(np.arange(2), np.arange(2)), "", np.array([1, 0]), {}, {}, Prices(np.zeros(2), {}), columns, 1,
                             Effort.QUICK, mends, keep_going=lambda _: True)
    assert chosen.legal
    assert chosen.holders.tolist() == ([1, 0] if mends else [0, 1])


def test_mending_finds_an_open_site_among_cadres_of_whom_nothing_is_broken() -> None:
    """It may lie in a group across the borders that holds nobody of the group where it was found open."""
    problem = make_problem(2, "e0 e1", policy=TRAVEL_COSTS)
    agreement = Agreement(2, np.zeros(2), {}, {})
    agreement.add([(np.array([0, 1]), np.array([[0], [1]]), np.full(2, 600.0), np.full((2, 1), -1), ())])
    areas = [Area(np.array([0]), np.array([0])), Area(np.array([1]), np.array([1]))]
    with Workers(problem, 1, lambda _: True) as workers:
        choice = CityChoice(problem, areas, workers, agreement, Effort.QUICK, 1, np.array([0, -1]))
        choice._broken[:] = False
        choice._improve({}, 0, mends=True)
    assert choice.holders.tolist() == [0, 1]


def test_a_cadre_is_where_his_sites_are() -> None:
    at, place = middles_of(make_problem(2, "e0 e1"), np.array([0, 0]))
    assert np.allclose(at[0], place.mean(axis=0))
    assert len(at) == 2
