from __future__ import annotations

import math

import networkx as nx
import numpy as np
import pytest

from geodata.streets import (
    SPEED_KMH,
    LocalPlane,
    NoRoadError,
    StreetNetwork,
    add_node,
    add_street,
    keep_largest_component,
    new_streets,
    speed_kmh,
    travel_milliseconds,
)
from planner.facts.district import Place

WEST, MIDDLE, EAST = (121.500, 31.300), (121.502, 31.300), (121.510, 31.300)


def three_nodes(first_class: str = "residential", second_class: str = "residential", *,
                both_ways: bool = False) -> nx.MultiDiGraph:
    """A short piece (about 190 m) and a long one (about 760 m), west to east."""
    streets = new_streets()
    for node, point in enumerate((WEST, MIDDLE, EAST)):
        add_node(streets, node, *point)
    add_street(streets, 0, 1, name="政立路", highway=first_class, length_metres=190, geometry=(WEST, MIDDLE))
    add_street(streets, 1, 2, name="三门路", highway=second_class, length_metres=762, geometry=(MIDDLE, EAST),
               both_ways=both_ways)
    return streets


def test_travel_milliseconds_round_up_and_are_never_zero():
    assert travel_milliseconds(100, 18) == 20_000
    assert travel_milliseconds(100, 32) == 11_250
    assert travel_milliseconds(1, 26) == 139  # 138.46
    assert travel_milliseconds(0, 26) == 1


def test_speeds_are_those_of_the_table():
    assert [speed_kmh("car", kind) for kind in ("primary", "secondary", "tertiary", "residential", "service")] == [
        32, 26, 22, 18, 12]
    assert speed_kmh("car", "something new") == 15
    assert speed_kmh("foot", "primary") == 5
    assert set(SPEED_KMH) == {"car", "bicycle", "foot"}
    with pytest.raises(ValueError, match="unknown travel mode 'tram'"):
        speed_kmh("tram", "primary")


def test_a_street_runs_both_ways_unless_one_way():
    streets = three_nodes()
    assert sorted(streets.edges()) == [(0, 1), (1, 0), (1, 2)]
    assert streets.edges[1, 0, 0]["geometry"] == (MIDDLE, WEST)
    assert streets.edges[0, 1, 0]["travel_milliseconds"] == 38_000


def test_plane_matches_the_utm_projection_and_returns():
    pyproj = pytest.importorskip("pyproj")
    plane = LocalPlane(121.52, 31.30)
    points = np.array([(121.48, 31.25), (121.56, 31.35), (121.50, 31.34)])
    east, north = pyproj.Transformer.from_crs(4326, 32651, always_xy=True).transform(*points.T)
    ours, theirs = plane.to_metres(points), np.column_stack((east, north))
    for a, b in ((0, 1), (1, 2), (0, 2)):
        assert math.dist(ours[a], ours[b]) == pytest.approx(math.dist(theirs[a], theirs[b]), rel=1e-3)
    assert np.abs(plane.to_lonlat(ours) - points).max() < 1e-12


def test_a_place_is_joined_to_the_nearest_road_at_its_nearer_end():
    network = StreetNetwork(three_nodes(both_ways=True))
    snap = network.snap([Place(121.5005, 31.3001), Place(121.5015, 31.3), Place(121.5095, 31.2995)])
    assert snap.node_index.tolist() == [0, 1, 2]
    assert snap.metres.tolist() == [49, 48, 73]  # 0.0005 degrees are 47.6 m east or 55.4 m north
    assert snap.access_milliseconds.tolist() == [39_200, 38_400, 58_400]  # at 4.5 km/h


def test_no_place_is_joined_to_an_elevated_road():
    network = StreetNetwork(three_nodes(second_class="motorway"))
    snap = network.snap([Place(121.5095, 31.3)])
    assert snap.node_index.tolist() == [1]
    assert snap.metres.tolist() == [714]
    with pytest.raises(NoRoadError):
        StreetNetwork(three_nodes("trunk", "motorway")).snap([Place(121.5, 31.3)])


def test_the_quickest_of_parallel_streets_counts_and_loops_do_not():
    streets = three_nodes()
    add_street(streets, 0, 1, name="快速", highway="primary", length_metres=100, geometry=(WEST, MIDDLE))
    add_street(streets, 1, 1, name="环", highway="service", length_metres=50, geometry=(MIDDLE, EAST, MIDDLE))
    times = StreetNetwork(streets).milliseconds
    assert times.toarray().tolist() == [[0, 11_250, 0], [11_250, 0, 152_400], [0, 0, 0]]


def test_closed_classes_are_left_out():
    assert StreetNetwork(three_nodes("footway")).milliseconds.nnz == 1
    assert StreetNetwork(three_nodes("footway"), "foot").milliseconds.nnz == 4
    assert StreetNetwork(three_nodes("motorway"), "foot").milliseconds.nnz == 2


def test_largest_component_is_strongly_connected():
    streets, empty = three_nodes(), new_streets()
    for one in (streets, empty):
        keep_largest_component(one)
    assert sorted(streets) == [0, 1]
    assert not empty


def test_digest_ignores_the_order_of_insertion_and_follows_the_times():
    streets = three_nodes()
    turned = new_streets()
    turned.add_nodes_from(reversed(list(streets.nodes(data=True))))
    turned.add_edges_from(reversed(list(streets.edges(data=True))))
    digest = StreetNetwork(streets).digest
    assert StreetNetwork(turned).digest == digest
    streets.edges[0, 1, 0]["travel_milliseconds"] += 1
    assert StreetNetwork(streets).digest != digest
    assert StreetNetwork(turned, "foot").digest != digest
