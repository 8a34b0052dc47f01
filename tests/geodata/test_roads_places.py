from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.roads_build import RoadWay, build_streets
from geodata.roads_parts import cores_of, links_between
from geodata.roads_places import joined_places, place_notes
from geodata.streets import SNAP_LIMIT_METRES, NoRoadError, StreetNetwork
from planner.facts.district import Place

STEP = 0.001
NORTH = 111.0
"""Metres of 0.001 degrees of latitude, about."""


def streets_of(*ways: RoadWay) -> nx.MultiDiGraph:
    return build_streets(ways)[0]


def level(y: float, keys: str = "abcdefghijkl", *, x: float = 0, **tags: str) -> RoadWay:
    """A road from west to east, ``y`` steps north, a point every step (95 m)."""
    points = tuple((121.5 + STEP * (x + number), 31.3 + STEP * y) for number in range(len(keys)))
    return RoadWay({"highway": "residential", **tags}, points, tuple(f"{key}{y}" for key in keys))


LONG = "".join(chr(0x4E00 + number) for number in range(60))
"""Names of the points of a road of 5.6 km, which is cut into 29 pieces."""


def at(x: float, y: float) -> Place:
    return Place(121.5 + STEP * x, 31.3 + STEP * y)


def test_an_island_nearby_is_passed_over_and_told():
    """Two nodes near the place are no road network when a whole one lies within the limit."""
    network = StreetNetwork(streets_of(level(0, LONG), level(2, "ab", x=3)))
    snap = network.snap([at(3, 1.9), at(3, 0.2)])
    assert snap.moved.tolist() == [True, False]
    assert snap.metres[0] == pytest.approx(1.9 * NORTH, abs=60)
    assert not snap.is_estimated
    [note] = place_notes(network, {"E1": at(3, 1.9), "E2": at(3, 0.2)}, "roads.osm.pbf")
    assert (note.code, note.severity, note.value, note.file) == ("moved-to-road", "warning", "E1", "roads.osm.pbf")
    assert str(int(snap.metres[0])) in note.sentence("zh")
    assert "E1" in note.sentence("en")


def test_an_island_far_from_all_else_is_used_and_told():
    network = StreetNetwork(streets_of(level(0, LONG), level(20, "ab", x=3)))
    places = {"E1": at(3, 19.9), "E2": at(3, 0.2), "E3": at(5, 0.1)}
    snap = network.snap(places.values())
    assert (snap.part.tolist(), snap.moved.any(), snap.off_road.any()) == ([1, 0, 0], False, False)
    assert joined_places(snap).pairs_without_road == 4
    [note] = place_notes(network, places, "roads.gpkg")
    assert note.code == "no-road-between"
    assert "E1" in note.sentence("zh")


def test_two_towns_are_both_main_and_nobody_is_moved_across_the_river():
    """The nearer road counts where both parts are large, though the other is larger."""
    network = StreetNetwork(streets_of(level(0), level(3, "abcdefgh")))
    assert network.snap([at(2, 2.5), at(2, 0.5)]).part.tolist() == [1, 0]


def test_a_gated_road_is_no_way_and_is_told():
    network = StreetNetwork(streets_of(level(0), level(2, access="private"), level(1, "abc")))
    places = {"E1": at(5, 1.8), "E2": at(5, 0.5)}
    snap = network.snap(places.values())
    assert snap.gated.tolist() == [True, False]
    assert snap.part.tolist() == [0, 0]
    [note] = place_notes(network, places, "roads.gpkg")
    assert note.code == "behind-gate"
    assert joined_places(snap).to_json() == {
        "places": 2, "snapped": 2, "moved": 0, "gated": 1, "off_road": 0, "pairs_without_road": 0,
        "farthest_metres": int(snap.metres[0])}


def test_no_place_is_joined_to_an_elevated_road_over_the_ground_road():
    network = StreetNetwork(streets_of(
        level(0), level(1, highway="trunk", bridge="yes"), level(1.2, highway="primary", bridge="yes"),
        level(0.5, "ab", highway="primary_link", tunnel="yes")))
    snap = network.snap([at(5, 1.1), at(0.5, 0.5)])
    assert {network.lonlat[node][1] for node in snap.node_index} == {31.3}
    assert not snap.moved.any()


def test_beyond_the_limit_a_place_is_off_the_roads():
    network = StreetNetwork(streets_of(level(0)))
    north = SNAP_LIMIT_METRES / 110.88
    places = {"near": at(3, north - 0.1), "far": at(3, north + 0.1)}
    snap = network.snap(places.values())
    assert snap.off_road.tolist() == [False, True]
    assert snap.access_milliseconds[0] > snap.access_milliseconds[1], "walked within, driven beyond"
    [note] = place_notes(network, places, "roads.gpkg")
    assert (note.code, note.value) == ("off-road", "far")
    assert joined_places(snap).snapped == 1


def test_without_a_road_to_stand_on_there_is_no_network():
    with pytest.raises(NoRoadError):
        StreetNetwork(streets_of(level(0, highway="motorway"))).snap([at(0, 0)])
    with pytest.raises(NoRoadError):
        StreetNetwork(streets_of(level(0, oneway="yes"))).snap([at(0, 0)])


def test_no_place_at_all():
    network = StreetNetwork(streets_of(level(0)))
    assert place_notes(network, {}, "roads.gpkg") == ()
    assert joined_places(network.snap([])).places == 0


def test_cores_by_hand():
    """0-1-2 a ring, 3 a way in, 4 a way out of it; 5-6 a pair; 7 alone."""
    ends = np.array([(0, 1), (1, 2), (2, 0), (1, 3), (4, 0), (5, 6), (6, 5)])
    cores = cores_of(scipy.sparse.csr_array((np.ones(7), ends.T), shape=(8, 8)))
    assert cores.core_of.tolist() == [0, 0, 0, -1, -1, 1, 1, 2]
    assert cores.is_main.all(), "two of three are more than a tenth"


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=40), st.integers(0, 9))
def test_cores_are_those_of_networkx_and_links_join_each_once(edges, seed):
    ends = np.array(edges, dtype=np.int64).reshape(-1, 2)
    cores = cores_of(scipy.sparse.csr_array((np.ones(len(ends)), ends.T), shape=(15, 15)))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(15))
    graph.add_edges_from(edges)
    for part in nx.weakly_connected_components(graph):
        largest = max(len(piece) for piece in nx.strongly_connected_components(graph.subgraph(part)))
        members = [node for node in part if cores.core_of[node] >= 0]
        assert len(members) == largest
        assert len({int(cores.core_of[node]) for node in members}) == 1
        assert nx.is_strongly_connected(graph.subgraph(members))
    sizes = np.bincount(cores.core_of[cores.core_of >= 0])
    assert (np.diff(sizes) <= 0).all()
    nodes = np.flatnonzero(cores.core_of >= 0)
    metres = np.random.Generator(np.random.PCG64(seed)).uniform(0, 100, (15, 2))
    links = links_between(cores.core_of, nodes, metres)
    assert sorted(cores.core_of[links.first].tolist()) == list(range(1, len(sizes)))
    assert (cores.core_of[links.last] == 0).all()
    for first, length in zip(links.first, links.metres, strict=True):
        own, trunk = (metres[nodes[cores.core_of[nodes] == core]] for core in (cores.core_of[first], 0))
        assert length == pytest.approx(np.linalg.norm(own[:, None] - trunk, axis=2).min())
