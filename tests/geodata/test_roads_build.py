from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.roads_build import PIECE_METRES, RoadWay, build_streets
from geodata.streets import StreetNetwork

STEP = 0.001
"""Degrees: about 95 m east, 111 m north."""


def way(keys: str, *, highway: str = "residential", y: float = 0, **tags: str) -> RoadWay:
    """A way over points named by letters, a to z from west to east."""
    points = tuple((121.5 + STEP * (ord(key) - ord("a")), 31.3 + y) for key in keys)
    return RoadWay({"highway": highway, **tags}, points, tuple(keys))


def test_ways_are_cut_where_they_meet_and_measured_by_hand():
    streets, counts = build_streets([way("abc", name="政立路"), way("bd", oneway="yes")])
    # 0.001 degrees of longitude at 31.3 north are 95.2 m; abc is cut at b only
    assert sorted(streets.edges(data="length_metres")) == [
        (0, 1, 95), (1, 0, 95), (1, 2, 95), (1, 3, 190), (2, 1, 95), (3, 1, 190)]
    assert streets.edges[1, 3, 0]["modes"] == {"car", "bicycle", "foot"}
    assert streets.edges[3, 1, 0]["modes"] == {"foot"}
    assert streets.edges[0, 1, 0]["name"] == "政立路"
    assert streets.edges[1, 0, 0]["geometry"] == ((121.501, 31.3), (121.5, 31.3))
    assert (counts.ways_read, counts.ways_kept, counts.nodes, counts.edges, counts.metres) == (2, 2, 4, 6, 380)
    assert counts.components == (4,)


def test_long_pieces_with_doors_are_cut_and_others_are_not():
    streets, _ = build_streets([way("az")])
    assert streets.number_of_edges() == 2 * math.ceil(2380 / PIECE_METRES)
    assert sum(metres for *_, metres in streets.edges(data="length_metres")) == 2 * 2380
    raised, _ = build_streets([way("az", bridge="yes")])
    assert raised.number_of_edges() == 2
    bent = RoadWay({"highway": "service"}, ((121.5, 31.3), (121.501, 31.3), (121.501, 31.302), (121.5, 31.302)), (1, 2, 3, 4))
    streets, _ = build_streets([bent])
    assert set(bent.points) <= {point for *_, points in streets.edges(data="geometry") for point in points}


def test_a_loop_stays_a_loop_of_pieces():
    ring = RoadWay({"highway": "residential"}, ((121.5, 31.3), (121.501, 31.3), (121.501, 31.301), (121.5, 31.3)), (1, 2, 3, 1))
    streets, counts = build_streets([ring])
    assert counts.components == (2,)
    assert nx.number_of_selfloops(streets) == 0


def test_dropped_lines_are_counted_by_reason_and_repeats_left_out():
    same = RoadWay({"highway": "service"}, ((121.5, 31.3), (121.5, 31.3)), (1, 2))
    streets, counts = build_streets([
        way("ab", highway="proposed"), way("bc", highway="proposed"), way("cd", highway="footway", area="yes"), same,
        way("ef", access="private")])
    assert counts.dropped == {"proposed": 2, "area": 1, "empty": 1}
    assert (counts.ways_kept, counts.gated, counts.edges) == (1, 1, 1)
    assert streets.edges[0, 1, 0]["modes"] == frozenset()


def test_parts_are_kept_and_counted_largest_first():
    _, counts = build_streets([way("ab"), way("cd", y=0.01), way("de", y=0.01)])
    assert counts.components == (3, 2)


def test_no_way_makes_no_road():
    streets, counts = build_streets([])
    assert (len(streets), counts.components) == (0, ())


def test_a_bridge_over_a_road_does_not_meet_it():
    """Lines that cross without a common key stay apart."""
    over = RoadWay({"highway": "primary", "bridge": "yes"}, ((121.5005, 31.299), (121.5005, 31.301)), ("south", "north"))
    _, counts = build_streets([way("ab"), over])
    assert counts.components == (2, 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text("abcdefghij", min_size=2, max_size=6).filter(lambda keys: len(set(keys)) == len(keys)),
                          st.sampled_from(["yes", "no", "-1"])), min_size=1, max_size=8))
def test_lengths_add_up_and_one_way_is_kept(lines):
    ways = [way(keys, oneway=oneway, bridge="yes") for keys, oneway in lines]
    streets, counts = build_streets(ways)
    straight = sum(95.23 * sum(abs(ord(b) - ord(a)) for a, b in pairwise(keys)) for keys, _ in lines)
    assert counts.metres == pytest.approx(straight, abs=2 * counts.edges)
    by_car = StreetNetwork(streets)._roads
    for keys, oneway in lines:
        first, last = (next(node for node, lon in streets.nodes(data="lon") if math.isclose(lon, 121.5 + STEP * (ord(key) - 97)))
                       for key in (keys[0], keys[-1]))
        reach = nx.from_scipy_sparse_array(by_car, create_using=nx.DiGraph)
        if oneway != "-1":
            assert nx.has_path(reach, first, last)
        if oneway != "yes":
            assert nx.has_path(reach, last, first)
