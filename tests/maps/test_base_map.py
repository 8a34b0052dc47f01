"""The base map's features, and the flip of coordinates."""

from __future__ import annotations

from typing import Any

import folium
import pytest
from shapely.geometry import box

from maps import style
from maps.base_map import BaseMap, RoadLine, SubdistrictArea, area_tints, draw_base_map, metro_features, road_features
from tests.maps.conftest import Example, with_metro


def geojson_layers(folium_map: folium.Map) -> list[tuple[str, list[dict[str, Any]]]]:
    """Pane and features of every GeoJson layer, in drawing order."""
    return [(layer.options["pane"], layer.data["features"]) for layer in folium_map._children.values()
            if isinstance(layer, folium.GeoJson)]


def test_latitude_comes_first_at_the_drawing_border() -> None:
    assert style.lat_lon(121.5234567, 31.2712345) == (31.27123, 121.52346)


def test_road_classes() -> None:
    assert [style.road_class(name) for name in ("motorway_link", "trunk", "primary", "secondary_link", "service")] == [
        "motorway", "motorway", "primary", "secondary", "local"]


def test_roads_are_one_feature_a_class_merged_and_rounded(example: Example) -> None:
    features = road_features(example.base_map.roads)
    assert [feature["properties"]["look"]["color"] for feature in features] == ["#dcd9d3", "#b8b2a9"]
    local, primary = (feature["geometry"] for feature in features)
    assert local["type"] == "MultiLineString"
    assert len(local["coordinates"]) == 2
    assert primary == {"type": "LineString", "coordinates": [[121.48, 31.27], [121.56, 31.27]]}


def test_coordinates_have_five_decimals() -> None:
    (feature,) = road_features((RoadLine("", "primary", ((121.123456789, 31.2), (121.2, 31.987654321))),))
    assert feature["geometry"]["coordinates"] == [[121.12346, 31.2], [121.2, 31.98765]]


def test_a_road_of_one_point_is_left_out() -> None:
    assert road_features((RoadLine("", "primary", ((121.5, 31.2),)),)) == []


def test_layers_lie_in_order(example: Example) -> None:
    made = folium.Map((31.27, 121.52), tiles=None)
    draw_base_map(made, example.base_map)
    layers = geojson_layers(made)
    assert [(pane, len(features)) for pane, features in layers] == [("areas", 2), ("areas", 1), ("areas", 1),
                                                                  ("roads", 2)]


def test_an_empty_base_map_draws_nothing() -> None:
    made = folium.Map((31.27, 121.52), tiles=None)
    draw_base_map(made, BaseMap())
    assert geojson_layers(made) == []
    assert BaseMap().bounds() is None


@pytest.mark.parametrize(("base_map", "bounds"), [
    (BaseMap(roads=(RoadLine("", "primary", ((1.0, 2.0), (3.0, 5.0))),)), (1.0, 2.0, 3.0, 5.0)),
    (BaseMap(outline=box(0, 1, 2, 3)), (0.0, 1.0, 2.0, 3.0)),
])
def test_bounds(base_map: BaseMap, bounds: tuple[float, float, float, float]) -> None:
    assert base_map.bounds() == bounds


def test_neighbours_have_different_tints() -> None:
    areas = tuple(SubdistrictArea(str(x), str(x), box(x, 0, x + 1, 1)) for x in range(5))
    tints = area_tints(areas)
    assert all(tints[x] != tints[x + 1] for x in range(4))


def test_labels_lie_inside_their_area(example: Example) -> None:
    assert example.base_map.name_labels() == [{"name": "西街道", "at": (31.27, 121.5)},
                                              {"name": "东街道", "at": (31.27, 121.54)}]


def test_metro_lies_above_the_roads_where_it_is_given(example: Example) -> None:
    given = with_metro(example).base_map
    made = folium.Map((31.27, 121.52), tiles=None)
    draw_base_map(made, given)
    assert [pane for pane, _ in geojson_layers(made)][-2:] == ["roads", "metro"]
    (feature,) = metro_features(given.metro_lines)  # a course of one point is left out
    assert feature["geometry"] == {"type": "LineString", "coordinates": [[121.4, 31.272], [121.7, 31.272]]}
    assert style.PANES["roads"] < style.PANES["metro"] < style.PANES["links"]
    assert given.bounds() == example.base_map.bounds()  # a line that leads out of the district does not widen the map
