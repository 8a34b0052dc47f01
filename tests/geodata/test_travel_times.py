from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.streets import ACCESS_KMH, NoRoadError, StraightLine, StreetNetwork, add_node, add_street, new_streets
from geodata.travel_times import (
    FROM_ROADS,
    STRAIGHT_LEG,
    StreetRouter,
    route_geometry,
    straight_line_matrix,
    travel_matrix,
)
from planner.facts.district import Place

STEP = 0.002
ROOT = Path(__file__).parents[2]


def grid(rows: int, columns: int, seed: int = 0) -> nx.MultiDiGraph:
    """A grid of streets of random lengths, a third of them one-way, in a ring of two-way ones; and an island."""
    streets = new_streets()
    random = np.random.Generator(np.random.PCG64(seed))
    for row in range(rows):
        for column in range(columns):
            add_node(streets, row * columns + column, 121.5 + STEP * column, 31.3 + STEP * row)
    for node in range(rows * columns):
        row, column = divmod(node, columns)
        for other in ([node + 1] if column + 1 < columns else []) + ([node + columns] if row + 1 < rows else []):
            join(streets, node, other, int(random.integers(150, 400)), both_ways=random.random() > 1 / 3)
    add_node(streets, 900, 121.6, 31.4)
    add_node(streets, 901, 121.602, 31.4)
    join(streets, 900, 901, 200)
    return streets


def join(streets: nx.MultiDiGraph, first: int, last: int, metres: int, *, both_ways: bool = True, name: str = "",
         highway: str = "residential") -> None:
    ends = tuple((streets.nodes[node]["lon"], streets.nodes[node]["lat"]) for node in (first, last))
    add_street(streets, first, last, name=name, highway=highway, length_metres=metres, geometry=ends,
               both_ways=both_ways)


def line() -> nx.MultiDiGraph:
    """Three nodes in a row, about 190 m apart: a two-way street of 360 m, then a one-way street of 180 m."""
    streets = new_streets()
    for node in range(3):
        add_node(streets, node, 121.5 + STEP * node, 31.3)
    join(streets, 0, 1, 360, name="控江路", highway="secondary")
    join(streets, 1, 2, 180, name="支路", both_ways=False)
    return streets


def at(streets: nx.MultiDiGraph, node: int) -> Place:
    return Place(streets.nodes[node]["lon"], streets.nodes[node]["lat"])


def test_hand_computed_seconds_legs_and_one_way():
    streets = line()
    places = {name: at(streets, node) for name, node in (("a", 0), ("b", 1), ("c", 2))}
    join(streets, 2, 0, 720, name="回路", highway="primary", both_ways=False)
    matrix = travel_matrix(places, streets)
    # 360 m at 26 km/h = 49.847 s; 180 m at 18 km/h = 36 s; 720 m at 32 km/h = 81 s
    assert matrix.travel_seconds.tolist() == [[0, 50, 86], [50, 0, 36], [81, 131, 0]]
    assert (matrix.source, matrix.mode, matrix.snap_metres) == (FROM_ROADS, "car", (0, 0, 0))
    way = route_geometry(streets, places["a"], places["c"])
    assert way is not None
    assert way.legs == (("控江路", 360, 50), ("支路", 180, 36))
    assert way.points == ((121.5, 31.3), (121.502, 31.3), (121.504, 31.3))


def test_a_place_on_a_one_way_road_that_cannot_be_left_is_moved():
    """A street that leads to a place and not back is passed over for the nearest that does both; the rest is walked."""
    streets = line()
    places = {"a": at(streets, 0), "c": at(streets, 2)}
    matrix = travel_matrix(places, streets)
    assert matrix.snap_metres == (0, 190)
    assert matrix.travel_seconds.tolist() == [[0, 202], [202, 0]]  # 190 m at 4.5 km/h = 152 s, and 49.847 s
    assert StreetNetwork(streets).snap(places.values()).moved.tolist() == [False, True]


def test_on_foot_one_way_streets_run_both_ways():
    streets = line()
    places = {"a": at(streets, 0), "c": at(streets, 2)}
    matrix = travel_matrix(places, streets, "foot")
    assert matrix.travel_seconds.tolist() == [[0, 389], [389, 0]]  # 540 m at 5 km/h = 388.8 s
    back = route_geometry(streets, places["c"], places["a"], "foot")
    assert back is not None
    assert back.seconds == 389
    assert back.points == ((121.504, 31.3), (121.502, 31.3), (121.5, 31.3))


def reference(streets: nx.MultiDiGraph, nodes: list[int]) -> list[list[int]]:
    """Seconds between nodes by networkx."""
    rows = (nx.single_source_dijkstra_path_length(streets, start, weight="travel_milliseconds") for start in nodes)
    return [[math.ceil(lengths[goal] / 1000) for goal in nodes] for lengths in rows]


@pytest.mark.parametrize("seed", range(4))
def test_same_seconds_as_networkx_with_one_ways(seed):
    streets = grid(6, 7, seed)
    nodes = sorted(max(nx.strongly_connected_components(streets), key=len))
    assert len(nodes) > 30
    matrix = travel_matrix({f"p{node}": at(streets, node) for node in nodes}, streets)
    assert matrix.travel_seconds.tolist() == reference(streets, nodes)
    assert (matrix.travel_seconds != matrix.travel_seconds.T).any()


@pytest.mark.parametrize(("mode", "kmh"), [("bicycle", 13), ("foot", 5)])
def test_same_seconds_as_networkx_by_other_modes(mode, kmh):
    streets = grid(5, 5, 3)
    timed = nx.DiGraph()
    for first, last, edge in streets.edges(data=True):
        for ends in [(first, last)] + [(last, first)] * (mode == "foot"):
            timed.add_edge(*ends, travel_milliseconds=math.ceil(edge["length_metres"] * 3600 / kmh))
    nodes = sorted(max(nx.strongly_connected_components(timed), key=len))
    matrix = travel_matrix({f"p{node}": at(streets, node) for node in nodes}, streets, mode)
    assert matrix.travel_seconds.tolist() == reference(timed, nodes)


def two_banks() -> nx.MultiDiGraph:
    """Three nodes on one bank, two on the other, 0.01 degrees (952 m) east of the first; no road between."""
    streets = new_streets()
    for node, lon in enumerate((121.500, 121.502, 121.504, 121.514, 121.516)):
        add_node(streets, node, lon, 31.3)
    join(streets, 0, 1, 180)
    join(streets, 1, 2, 180)
    join(streets, 3, 4, 180)
    return streets


def test_between_parts_without_a_road_the_way_is_a_straight_line_and_marked():
    streets = two_banks()
    places = {f"p{node}": at(streets, node) for node in range(5)}
    matrix = travel_matrix(places, streets, gaps=StraightLine(30, 150))
    river = math.ceil(952.1 * 1.5 * 3.6 / 30)  # 952 m, half as long again, at 30 km/h: 171.4 s
    # 180 m at 18 km/h = 36 s
    assert matrix.travel_seconds[0].tolist() == [0, 36, 72, 72 + river, 108 + river]
    assert (matrix.travel_seconds == matrix.travel_seconds.T).all()
    assert matrix.source == f"{FROM_ROADS}; straight-line 30 km/h x 150 % where there is none"
    snap = StreetNetwork(streets).snap(places.values())
    assert (snap.part.tolist(), snap.pairs_without_road, snap.is_estimated) == ([0, 0, 0, 1, 1], 12, True)
    way = route_geometry(streets, places["p1"], places["p4"])
    assert way is not None
    assert [leg.name for leg in way.legs] == ["", STRAIGHT_LEG, ""]
    assert not way.is_straight
    assert way.legs[1].metres == 952
    assert way.seconds == travel_matrix(places, streets).seconds("p1", "p4")


def test_a_place_off_the_roads_is_reached_in_a_straight_line_and_marked():
    streets = two_banks()
    places = {"a": at(streets, 0), "far": Place(121.5, 31.31)}  # 1108.8 m north of node 0
    matrix = travel_matrix(places, streets, gaps=StraightLine(36, 100))
    assert matrix.travel_seconds.tolist() == [[0, 111], [111, 0]]
    assert matrix.snap_metres == (0, 1109)
    assert "straight-line 36 km/h x 100 %" in matrix.source
    way = StreetRouter(streets, gaps=StraightLine(36, 100)).route(places["a"], places["far"])
    assert way is not None
    assert way.legs == ((STRAIGHT_LEG, 1109, 111),)


def test_access_is_walked_at_both_ends_and_told():
    streets = line()
    north = Place(121.5, 31.3009)  # about 100 m off the road
    matrix = travel_matrix({"n": north, "b": at(streets, 1), "twin": north}, streets)
    metres = matrix.snap_metres[0]
    walk = math.ceil(metres * 3600 / ACCESS_KMH)
    assert 95 <= metres <= 105
    assert matrix.seconds("n", "b") == matrix.seconds("b", "n") == math.ceil((walk + 49_847) / 1000)
    assert matrix.seconds("n", "twin") == math.ceil(2 * walk / 1000)  # the same node: access times only
    assert matrix.seconds("n", "n") == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.tuples(st.floats(121.499, 121.513), st.floats(31.299, 31.311)),
                                        min_size=3, max_size=12))
def test_triangle_inequality_and_routes_agree_with_the_matrix(seed, positions):
    streets = grid(5, 6, seed)
    places = {f"p{index}": Place(*position) for index, position in enumerate(positions)}
    matrix = travel_matrix(places, streets)
    seconds = matrix.travel_seconds
    for middle in range(len(places)):
        assert (seconds <= seconds[:, middle, None] + seconds[None, middle, :]).all()
    router = StreetRouter(streets)
    for origin, destination in (("p0", "p1"), ("p1", "p2"), ("p2", "p0")):
        way = router.route(places[origin], places[destination])
        assert way is not None
        assert way.seconds == matrix.seconds(origin, destination)


def test_straight_line_by_hand():
    places = {"a": Place(121.5, 31.3), "b": Place(121.5, 31.31)}
    matrix = straight_line_matrix(places, 20, 130)
    # 0.01 degree of latitude is 1111.95 m; x 1.3 at 20 km/h = 260.197 s
    assert matrix.travel_seconds.tolist() == [[0, 261], [261, 0]]
    assert matrix.source == "straight-line 20 km/h x 130 %"
    assert straight_line_matrix({}, 20, 130).travel_seconds.shape == (0, 0)


def test_cache_is_used_and_a_damaged_one_replaced(tmp_path, monkeypatch):
    streets = grid(4, 4)
    places = {f"p{node}": at(streets, node) for node in range(8)}
    first = travel_matrix(places, streets, cache_folder=tmp_path)
    [kept] = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(b"PK damaged")
    again = travel_matrix(places, streets, cache_folder=tmp_path)
    assert again.digest == first.digest
    assert kept.read_bytes() == whole
    monkeypatch.setattr(StreetNetwork, "milliseconds_from", None)  # must not be asked again
    renamed = {f"q{index}": place for index, place in enumerate(places.values())}
    assert (travel_matrix(renamed, streets, cache_folder=tmp_path).travel_seconds == first.travel_seconds).all()


@pytest.mark.parametrize("change", ["length", "mode", "place"])
def test_cache_key_follows_every_input(tmp_path, change):
    streets = line()
    places = {"a": at(streets, 0), "b": at(streets, 1)}
    travel_matrix(places, streets, cache_folder=tmp_path)
    if change == "length":
        streets.edges[0, 1, 0]["travel_milliseconds"] += 1
    if change == "place":
        places["a"] = Place(121.5, 31.30001)
    travel_matrix(places, streets, "bicycle" if change == "mode" else "car", cache_folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_unknown_mode_and_no_roads_are_named():
    with pytest.raises(ValueError, match="unknown travel mode 'boat'"):
        travel_matrix({}, line(), "boat")
    with pytest.raises(NoRoadError):
        travel_matrix({"a": Place(121.5, 31.3)}, new_streets())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.tuples(st.floats(121.48, 121.53), st.floats(31.28, 31.33)),
                                        min_size=3, max_size=10))
def test_triangle_inequality_holds_on_and_off_the_roads(seed, positions):
    streets = grid(4, 5, seed)
    places = {f"p{index}": Place(*position) for index, position in enumerate(positions)}
    for gaps in (None, StraightLine(60, 100), StraightLine(3, 300)):
        seconds = travel_matrix(places, streets, gaps=gaps).travel_seconds
        for middle in range(len(places)):
            assert (seconds <= seconds[:, middle, None] + seconds[None, middle, :]).all()
        router = StreetRouter(streets, gaps=gaps)
        for origin, destination in (("p0", "p1"), ("p1", "p2"), ("p2", "p0")):
            way = router.route(places[origin], places[destination])
            assert way is not None
            assert way.seconds == seconds[int(origin[1]), int(destination[1])]


def test_two_places_off_the_roads_need_not_go_by_road():
    streets = two_banks()
    places = {"a": Place(121.5, 31.31), "b": Place(121.5005, 31.31)}  # 1109 m from the nearest node, 48 m apart
    matrix = travel_matrix(places, streets, gaps=StraightLine(36, 100))
    assert matrix.travel_seconds.tolist() == [[0, 5], [5, 0]]
    way = StreetRouter(streets, gaps=StraightLine(36, 100)).route(places["a"], places["b"])
    assert way is not None
    assert way.legs == ((STRAIGHT_LEG, 48, 5),)
    assert way.points == ((121.5, 31.31), (121.5005, 31.31))
    assert way.is_straight


TWO_RUNS = """
import sys
from pathlib import Path
from tests.geodata.test_travel_times import at, grid
from geodata.travel_times import travel_matrix
streets = grid(12, 12)
places = {f"p{node}": at(streets, node) for node in range(144)}
sys.stdin.read(1)
print(travel_matrix(places, streets, cache_folder=Path(sys.argv[1])).digest)
"""


def test_two_runs_at_once_share_the_cache(tmp_path):
    """Both start computing at the same word, both write the same file; neither fails, and what is left is whole."""
    runs = [subprocess.Popen([sys.executable, "-c", TWO_RUNS, str(tmp_path)], cwd=ROOT, text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for run in runs:
        assert run.stdin is not None
        run.stdin.write("x")
        run.stdin.close()
    answers = {run.stdout.read() for run in runs if run.stdout is not None}
    for run in runs:
        assert run.wait() == 0
        assert run.stdout is not None
        run.stdout.close()
    streets = grid(12, 12)
    places = {f"p{node}": at(streets, node) for node in range(144)}
    assert answers == {travel_matrix(places, streets).digest + "\n"}
    [kept] = tmp_path.iterdir()
    before = kept.read_bytes()
    assert travel_matrix(places, streets, cache_folder=tmp_path).digest + "\n" in answers
    assert kept.read_bytes() == before
