from __future__ import annotations

import sqlite3

import geopandas
import pytest
import shapely

from geodata.geography import Geography, GeographyError, Metro, read_geography, write_geography
from geodata.streets import add_node, add_street, new_streets

SQUARE = shapely.box(121.4, 31.2, 121.6, 31.4)


def small_geography() -> Geography:
    streets = new_streets()
    for node in range(3):
        add_node(streets, node + 7, 121.5 + node / 500, 31.3)
    add_street(streets, 7, 8, name="控江路", highway="primary", length_metres=190,
               geometry=((121.5, 31.3), (121.501, 31.3005), (121.502, 31.3)))
    add_street(streets, 8, 9, name="", highway="service", length_metres=190,
               geometry=((121.502, 31.3), (121.504, 31.3)), both_ways=False)
    add_street(streets, 8, 9, name="复线", highway="service", length_metres=250,
               geometry=((121.502, 31.3), (121.503, 31.301), (121.504, 31.3)), both_ways=False)
    outline = shapely.MultiPolygon([SQUARE, shapely.box(122, 31.2, 122.1, 31.3)])
    return Geography(streets, (("310110009", "四平路街道", SQUARE),), (SQUARE,), outline, "演示数据",
                     Metro((("一号线", ((121.5, 31.3), (121.51, 31.31))),), (("甲站", (121.5, 31.3)), ("乙站", (121.51, 31.31)))))


def same(first: Geography, second: Geography) -> bool:
    return (
        dict(first.streets.nodes(data=True)) == dict(second.streets.nodes(data=True))
        and sorted(first.streets.edges(data=True), key=str) == sorted(second.streets.edges(data=True), key=str)
        and [one[:2] for one in first.subdistricts] == [one[:2] for one in second.subdistricts]
        and all(a[2].equals(b[2]) for a, b in zip(first.subdistricts, second.subdistricts, strict=True))
        and all(a.equals(b) for a, b in zip(first.water, second.water, strict=True))
        and (first.outline == second.outline or first.outline.equals(second.outline))
        and first.attribution == second.attribution
        and first.metro == second.metro
    )


def test_round_trip(tmp_path):
    geography = small_geography()
    write_geography(tmp_path / "区.gpkg", geography)
    again = read_geography(tmp_path / "区.gpkg")
    assert same(geography, again)
    assert again.subdistricts[0][2].geom_type == "Polygon"
    assert [path.name for path in tmp_path.iterdir()] == ["区.gpkg"]
    bare = Geography(geography.streets)
    write_geography(tmp_path / "区.gpkg", bare)  # an old file is replaced whole
    assert same(bare, read_geography(tmp_path / "区.gpkg"))


def test_same_bytes_each_time(tmp_path):
    for name in ("a.gpkg", "b.gpkg"):
        write_geography(tmp_path / name, small_geography())
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    write_geography(tmp_path / "b.gpkg", read_geography(tmp_path / "a.gpkg"))
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()
    with sqlite3.connect(tmp_path / "a.gpkg") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_another_crs_is_converted(tmp_path):
    write_geography(tmp_path / "a.gpkg", small_geography())
    path = tmp_path / "utm.gpkg"
    for layer in ("road_nodes", "road_edges"):
        frame = geopandas.read_file(tmp_path / "a.gpkg", layer=layer)
        frame.to_crs(32651).to_file(path, layer=layer, driver="GPKG")
    node = read_geography(path).streets.nodes[7]
    assert (node["lon"], node["lat"]) == pytest.approx((121.5, 31.3), abs=1e-9)


def faulty(tmp_path, layer, change):
    """Write the small geography with one layer changed, as a person with a GIS may have left it."""
    write_geography(tmp_path / "a.gpkg", small_geography())
    for name in ("road_nodes", "road_edges"):
        frame = geopandas.read_file(tmp_path / "a.gpkg", layer=name)
        frame = change(frame) if name == layer else frame
        if frame is not None:
            frame.to_file(tmp_path / "b.gpkg", layer=name, driver="GPKG")
    return tmp_path / "b.gpkg"


@pytest.mark.parametrize(("layer", "change", "zh", "en"), [
    ("road_edges", lambda _: None, "缺少图层 road_edges", "has no layer road_edges"),
    ("road_edges", lambda frame: frame.drop(columns="highway"), "缺少字段 highway", "no column highway"),
    ("road_edges", lambda frame: frame.assign(length_metres=["长", "2", "3", "4"]), "第 1 行", "row 1"),
    ("road_edges", lambda frame: frame.assign(length_metres=[190, 190, None, 5]), "第 3 行", "row 3"),
    ("road_edges", lambda frame: frame.assign(geometry=frame.centroid), "第 1 行", "row 1"),
    ("road_nodes", lambda frame: frame.iloc[:2], "端点不在图层 road_nodes", "ends at a node not in road_nodes"),
    ("road_nodes", lambda frame: frame.assign(id=[7, 7, 9]), "编号 7 重复", "id 7 twice"),
])
@pytest.mark.filterwarnings("ignore:Geometry is in a geographic CRS")
def test_faults_are_told_in_both_languages(tmp_path, layer, change, zh, en):
    path = faulty(tmp_path, layer, change)
    with pytest.raises(GeographyError) as caught:
        read_geography(path)
    assert zh in caught.value.text.zh
    assert en in caught.value.text.en
    assert "b.gpkg" in caught.value.text.zh


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(GeographyError) as caught:
        read_geography(tmp_path / "none.gpkg")
    assert "找不到" in caught.value.text.zh
    (tmp_path / "text.gpkg").write_text("not a database", encoding="utf-8")
    with pytest.raises(GeographyError) as caught:
        read_geography(tmp_path / "text.gpkg")
    assert "不是可以读取的 GeoPackage" in caught.value.text.zh


def test_optional_layers_may_be_missing(tmp_path):
    geography = read_geography(faulty(tmp_path, "road_nodes", lambda frame: frame))
    assert (geography.subdistricts, geography.water, geography.outline, geography.attribution) == ((), (), None, "")


def test_metro_from_a_map_program(tmp_path):
    """A line of two parts without a name, in another coordinate system, and points with heights; files without the layers are fine."""
    path = tmp_path / "区.gpkg"
    write_geography(path, Geography(small_geography().streets))
    assert read_geography(path).metro == Metro()
    course = shapely.MultiLineString([[(121.5, 31.3), (121.51, 31.3)], [(121.52, 31.3), (121.53, 31.3)]])
    lines = geopandas.GeoDataFrame({"name": [None], "colour": ["#f00"]}, geometry=[course], crs="EPSG:4326").to_crs("EPSG:4549")
    lines.to_file(path, layer="metro_lines", driver="GPKG")
    stations = geopandas.GeoDataFrame({"name": ["甲站"]}, geometry=[shapely.Point(121.5, 31.3, 4.0)], crs="EPSG:4326")
    stations.to_file(path, layer="metro_stations", driver="GPKG")
    metro = read_geography(path).metro
    assert [(name, len(points)) for name, points in metro.lines] == [("", 2), ("", 2)]
    assert metro.lines[0][1][0] == pytest.approx((121.5, 31.3), abs=1e-6)
    assert metro.stations == (("甲站", (121.5, 31.3)),)
    stations.rename(columns={"name": "title"}).to_file(path, layer="metro_stations", driver="GPKG")
    with pytest.raises(GeographyError, match="metro_stations"):
        read_geography(path)
