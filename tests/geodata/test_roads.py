"""The same small town read from every kind of file."""

from __future__ import annotations

import gzip
from pathlib import Path

import geopandas
import networkx as nx
import osmium
import pytest
import shapely

from geodata.faults import InputError
from geodata.geography import Geography, write_geography
from geodata.roads import OSM_ATTRIBUTION, read_roads
from geodata.streets import StreetNetwork

TOWN = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="a test">
 <node id="1" version="3" user="张三" uid="77" changeset="88" timestamp="2024-01-01T00:00:00Z" lon="121.500" lat="31.300"/>
 <node id="2" version="1" lon="121.501" lat="31.300"/>
 <node id="3" version="1" lon="121.502" lat="31.300"/>
 <node id="4" version="1" lon="121.501" lat="31.301"/>
 <node id="5" version="1" lon="121.501" lat="31.299"/>
 <way id="10" version="5" user="李四" uid="78" changeset="89"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
  <tag k="highway" v="primary"/><tag k="name" v="四平路"/><tag k="source" v="survey by 王五"/></way>
 <way id="11" version="1"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
 <way id="12" version="1"><nd ref="4"/><nd ref="2"/><tag k="highway" v="construction"/></way>
 <way id="13" version="1"><nd ref="5"/><nd ref="4"/><tag k="highway" v="trunk"/><tag k="bridge" v="yes"/></way>
 <way id="14" version="1"><nd ref="1"/><nd ref="5"/><nd ref="999"/><tag k="highway" v="service"/></way>
 <way id="15" version="1"><nd ref="1"/><nd ref="5"/><tag k="building" v="yes"/></way>
</osm>
"""


def town(folder: Path, suffix: str) -> Path:
    """The town in one of the forms of OpenStreetMap."""
    path = folder / f"town{suffix}"
    if suffix == ".osm":
        path.write_text(TOWN, encoding="utf-8")
    elif suffix == ".osm.gz":
        path.write_bytes(gzip.compress(TOWN.encode()))
    else:
        with osmium.SimpleWriter(str(path)) as writer:
            for one in osmium.FileProcessor(str(town(folder, ".osm"))):
                writer.add(one)
    return path


def code_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_roads(path)
    [fault] = caught.value.faults
    assert fault.file == path.name
    return fault.code


@pytest.mark.parametrize("suffix", [".osm", ".osm.gz", ".osm.pbf"])
def test_an_extract_of_openstreetmap(tmp_path, suffix):
    reading = read_roads(town(tmp_path, suffix))
    streets, counts = reading.geography.streets, reading.counts
    assert counts is not None
    assert (counts.ways_read, counts.ways_kept, dict(counts.dropped)) == (5, 4, {"construction": 1})
    # 1-2, 2-3: 95 m; 2-4: 111 m one way; 5-4: 222 m, a bridge; 1-5: 146 m, its last node cut off
    lengths = sorted((edge["highway"], edge["length_metres"]) for *_, edge in streets.edges(data=True))
    assert lengths == [("primary", 95)] * 4 + [("residential", 111)] * 2 + [("service", 146)] * 2 + [("trunk", 222)] * 2
    assert reading.geography.attribution == OSM_ATTRIBUTION
    car = StreetNetwork(streets)
    assert car.milliseconds.nnz == 9  # on foot one goes back on the one-way street, too


@pytest.mark.parametrize("suffix", [".osm", ".osm.pbf"])
def test_nothing_of_contributors_is_kept(tmp_path, suffix):
    reading = read_roads(town(tmp_path, suffix))
    out = tmp_path / "geography.gpkg"
    write_geography(out, reading.geography)
    content = out.read_bytes()
    assert "四平路".encode() in content
    for word in ("张三", "李四", "王五", "changeset", "uid"):
        assert word.encode() not in content
    assert {key for *_, edge in reading.geography.streets.edges(data=True) for key in edge} == {
        "name", "highway", "length_metres", "travel_milliseconds", "modes", "doors", "geometry"}


@pytest.mark.parametrize(("suffix", "content"), [
    (".osm.pbf", b"no such thing"), (".osm", b"<osm><node"), (".graphml", b"<graphml>"), (".graphml", b"\x00\x01"),
    (".graphml.gz", b"not compressed"), (".gpkg", b"SQLite format 3"), (".geojson", b"{"), (".shp", b"")])
def test_damaged_files_are_told(tmp_path, suffix, content):
    path = tmp_path / f"roads{suffix}"
    path.write_bytes(content)
    assert code_of(path) == "roads-damaged"


def test_a_truncated_extract_is_told(tmp_path):
    whole = town(tmp_path, ".osm.pbf")
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole.read_bytes()[:-40])
    assert code_of(cut) == "roads-damaged"


def test_other_faults(tmp_path):
    assert code_of(tmp_path / "none.osm.pbf") == "missing-file"
    (tmp_path / "roads.dwg").touch()
    assert code_of(tmp_path / "roads.dwg") == "roads-format"
    (tmp_path / "empty.osm").write_text("<osm version='0.6'/>", encoding="utf-8")
    assert code_of(tmp_path / "empty.osm") == "roads-empty"
    graph = nx.MultiDiGraph()
    graph.add_edge("a", "b")
    nx.write_graphml(graph, tmp_path / "nowhere.graphml")
    assert code_of(tmp_path / "nowhere.graphml") == "roads-no-position"
    geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(121.5, 31.3)], crs=4326).to_file(tmp_path / "p.geojson")
    assert code_of(tmp_path / "p.geojson") == "no-lines"
    lines(tmp_path / "nowhere.shp", CROSS)
    (tmp_path / "nowhere.prj").unlink()
    assert code_of(tmp_path / "nowhere.shp") == "no-crs"


def test_a_geography_is_read_back_as_it_is(tmp_path):
    reading = read_roads(town(tmp_path, ".osm"))
    first, second = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    write_geography(first, reading.geography)
    again = read_roads(first)
    assert again.counts is None
    write_geography(second, Geography(again.geography.streets, attribution=again.geography.attribution))
    assert first.read_bytes() == second.read_bytes()


# --- graphs -------------------------------------------------------------------------------------------------------


def graph(folder: Path, *, crs: str | None = "epsg:4326", compressed: bool = False) -> Path:
    """A two-way street a-b with a bend, and a one-way one b-c, as OSMnx writes them."""
    streets = nx.MultiDiGraph(**({} if crs is None else {"crs": crs}))
    for node, x, y in (("1", 121.5, 31.3), ("2", 121.502, 31.3), ("3", 121.503, 31.3)):
        streets.add_node(node, x=str(x), y=str(y))
    bend = {"osmid": "[5, 6]", "highway": "['primary', 'secondary']", "name": "黄兴路", "oneway": "False"}
    streets.add_edge("1", "2", **bend, reversed="True", geometry="LINESTRING (121.5 31.3, 121.501 31.301, 121.502 31.3)")
    streets.add_edge("2", "1", **bend, reversed="False", geometry="LINESTRING (121.502 31.3, 121.501 31.301, 121.5 31.3)")
    streets.add_edge("2", "3", osmid="7", highway="service", oneway="True", reversed="False")
    path = folder / ("town.graphml.gz" if compressed else "town.graphml")
    nx.write_graphml(streets, path)
    return path


@pytest.mark.parametrize("compressed", [False, True])
def test_graphml_of_osmnx(tmp_path, compressed):
    reading = read_roads(graph(tmp_path, compressed=compressed))
    counts, streets = reading.counts, reading.geography.streets
    assert counts is not None
    assert (counts.ways_read, reading.geography.attribution) == (2, OSM_ATTRIBUTION)
    assert {edge["highway"] for *_, edge in streets.edges(data=True)} == {"primary", "service"}
    car = [edge for *_, edge in streets.edges(data=True) if "car" in edge["modes"]]
    assert sum(edge["length_metres"] for edge in car) == 2 * 292 + 95  # two legs of 146 m, both ways, in two pieces each
    assert len(car) == 5


def test_a_graph_in_metres_is_turned_into_degrees(tmp_path):
    path = graph(tmp_path)
    plane = nx.read_graphml(path)
    plane.graph["crs"] = "epsg:32651"
    for node, (x, y) in {"1": (357_246.0, 3_464_000.0), "2": (357_346.0, 3_464_000.0), "3": (357_446.0, 3_464_000.0)}.items():
        plane.add_node(node, x=x, y=y)
    for *_, edge in plane.edges(data=True):
        edge.pop("geometry", None)
    nx.write_graphml(plane, path)
    streets = read_roads(path).geography.streets
    assert streets.nodes[0]["lon"] == pytest.approx(121.501, abs=1e-3)
    assert streets.nodes[0]["lat"] == pytest.approx(31.3, abs=5e-3)
    assert {edge["length_metres"] for *_, edge in streets.edges(data=True)} == {100}


def test_positions_out_of_range_are_told(tmp_path):
    path = graph(tmp_path, crs=None)
    wrong = nx.read_graphml(path)
    wrong.nodes["1"]["x"] = "357246"
    nx.write_graphml(wrong, path)
    assert code_of(path) == "roads-damaged"


# --- lines --------------------------------------------------------------------------------------------------------


def lines(path: Path, shapes: list[tuple[tuple[float, float], ...]], **columns: list[object]) -> Path:
    frame = geopandas.GeoDataFrame(columns or {"a": [0] * len(shapes)}, geometry=[shapely.LineString(one) for one in shapes], crs=4326)
    frame.to_file(path, encoding="utf-8") if path.suffix == ".shp" else frame.to_file(path)
    return path


CROSS = [((121.5, 31.3), (121.502, 31.3)), ((121.501, 31.2992), (121.501, 31.3008))]


def components(path: Path) -> tuple[int, ...]:
    counts = read_roads(path).counts
    assert counts is not None
    return counts.components


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_lines_on_the_ground_meet_where_they_cross(tmp_path, suffix):
    path = lines(tmp_path / f"roads{suffix}", CROSS, highway=["primary", "service"], name=["四平路", "支路"])
    reading = read_roads(path)
    assert components(path) == (5,)
    assert {edge["name"] for *_, edge in reading.geography.streets.edges(data=True)} == {"四平路", "支路"}
    assert reading.geography.attribution == ""


@pytest.mark.parametrize("columns", [{"bridge": ["yes", ""]}, {"highway": ["motorway", "primary"]}, {"layer": [1.0, None]}])
def test_raised_lines_do_not_meet_those_below(tmp_path, columns):
    assert components(lines(tmp_path / "roads.gpkg", CROSS, **columns)) == (2, 2)


def test_ramps_meet_raised_lines_at_their_ends(tmp_path):
    ramp = ((121.501, 31.3), (121.501, 31.3005), (121.5015, 31.3005))
    path = lines(tmp_path / "roads.gpkg", [CROSS[0], ramp], highway=["motorway", "motorway_link"])
    assert components(path) == (4,)


def test_an_end_half_a_metre_from_a_line_touches_it(tmp_path):
    near, far = ((121.501, 31.300003), (121.501, 31.301)), ((121.5015, 31.30002), (121.5015, 31.301))
    assert components(lines(tmp_path / "near.gpkg", [CROSS[0], near])) == (4,)
    assert components(lines(tmp_path / "far.gpkg", [CROSS[0], far])) == (2, 2)


def test_lines_that_run_together_meet_at_both_ends(tmp_path):
    along = ((121.5005, 31.3), (121.5015, 31.3), (121.5015, 31.301))
    assert components(lines(tmp_path / "roads.gpkg", [CROSS[0], along])) == (5,)


def test_shapefiles_of_openstreetmap_in_gbk(tmp_path):
    path = tmp_path / "roads.shp"
    frame = geopandas.GeoDataFrame({"osm_id": ["1", "2"], "fclass": ["primary", "service"], "name": ["四平路", "支路"],
                                    "oneway": ["F", "B"], "bridge": ["F", "F"], "maxspeed": [0, 10]},
                                   geometry=[shapely.LineString(one) for one in CROSS], crs=4326)
    frame.to_file(path, encoding="gbk")
    path.with_suffix(".cpg").unlink()
    reading = read_roads(path)
    assert reading.geography.attribution == OSM_ATTRIBUTION
    streets = reading.geography.streets
    assert {edge["name"] for *_, edge in streets.edges(data=True)} == {"四平路", "支路"}
    by_car = [edge for *_, edge in streets.edges(data=True) if "car" in edge["modes"]]
    assert sorted(edge["name"] for edge in by_car) == ["四平路"] * 2 + ["支路"] * 4
    assert {edge["travel_milliseconds"] for edge in by_car if edge["name"] == "支路"} == {88 * 360, 89 * 360}  # 10 km/h


def test_lines_between_named_nodes_meet_there_only(tmp_path):
    """An OSMnx graph saved by a GIS: both directions of a street are there."""
    path = lines(tmp_path / "roads.gpkg", [CROSS[0], CROSS[0][::-1], CROSS[1]], u=[1, 2, 3], v=[2, 1, 4], osmid=[5, 5, 6],
                 oneway=[False, False, True])
    reading = read_roads(path)
    assert components(path) == (2, 2)
    assert reading.counts is not None
    assert reading.counts.ways_kept == 2
    assert sum("car" in edge["modes"] for *_, edge in reading.geography.streets.edges(data=True)) == 3
