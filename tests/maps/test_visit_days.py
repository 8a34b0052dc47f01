"""What the day map's page holds: days, routes, and each way once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from maps.offline import save_map
from maps.visit_days import day_map, encode_polyline
from tests.maps.conftest import Example
from tests.maps.test_coverage import page_data

Geometry = Callable[[str, str], list[tuple[float, float]]]


def page(tmp_path: Path, example: Example, geometry: Geometry | None) -> str:
    path = tmp_path / "days.html"
    save_map(day_map(example.problem, example.plan, example.calendar, example.routes, example.base_map, geometry),
             path, "走访日地图")
    return path.read_text(encoding="utf-8")


def data_of(tmp_path: Path, example: Example, geometry: Geometry | None = None) -> Any:
    return page_data(page(tmp_path, example, geometry))


def decoded(text: str) -> list[tuple[int, int]]:
    """Points of an encoded polyline as (lat, lon) in 0.00001 degrees."""
    values, value, shift = [], 0, 0
    for character in text:
        chunk = ord(character) - 63
        value |= (chunk & 0x1F) << shift
        shift += 5
        if chunk < 0x20:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    points, lat, lon = [], 0, 0
    for d_lat, d_lon in zip(values[::2], values[1::2], strict=True):
        lat, lon = lat + d_lat, lon + d_lon
        points.append((lat, lon))
    return points


def test_encoded_polyline_of_the_format_s_own_example() -> None:
    assert encode_polyline([(-120.2, 38.5), (-120.95, 40.7), (-126.453, 43.252)]) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@given(st.lists(st.tuples(st.integers(-18_000_000, 18_000_000), st.integers(-9_000_000, 9_000_000))))
def test_encoding_loses_nothing(points: list[tuple[int, int]]) -> None:
    encoded = encode_polyline([(lon / 100_000, lat / 100_000) for lon, lat in points])
    assert decoded(encoded) == [(lat, lon) for lon, lat in points]


def test_days_say_whether_they_were_moved_and_how_sure_they_are(tmp_path: Path, example: Example) -> None:
    days = data_of(tmp_path, example)["days"]
    assert [(one.pop("stoodIn"), len(one.pop("conferences"))) for one in days] == [(0, 1), (0, 0), (0, 0)]
    assert days == [
        {"iso": "2027-01-14", "label": "2027年1月14日 星期四", "nominal": "", "reason": "", "state": "", "missed": 0},
        {"iso": "2027-02-18", "label": "2027年2月18日 星期四", "nominal": "2027年2月11日 星期四", "reason": "春节",
         "state": "", "missed": 1},
        {"iso": "2028-03-09", "label": "2028年3月9日 星期四", "nominal": "", "reason": "", "state": "推算",
         "missed": 0},
    ]


def test_routes_have_their_days_stops_and_times(tmp_path: Path, example: Example) -> None:
    routes = data_of(tmp_path, example)["routes"]
    assert [(one["cadre"], one["days"]) for one in routes] == [(0, [0, 2]), (0, [1]), (1, [0, 1, 2]), (2, [0, 2])]
    assert routes[0]["stops"] == [[0, 32400, 34200], [2, 34800, 36600]]
    assert (routes[0]["leaves"], routes[0]["returns"]) == (31800, 37200)


def test_each_way_is_asked_for_and_kept_once(tmp_path: Path, example: Example) -> None:
    asked: Counter[tuple[str, str]] = Counter()

    def geometry(origin_id: str, destination_id: str) -> list[tuple[float, float]]:
        asked[origin_id, destination_id] += 1
        return example.geometry(origin_id, destination_id)

    data = data_of(tmp_path, example, geometry)
    # O1-S1, S1-S3, S3-O1; S1-O1 of the second route; O2-S4, S4-O2; O3-S2, S2-O3
    assert len(data["legs"]) == 8
    assert set(asked.values()) == {1}
    assert [one["legs"] for one in data["routes"]] == [[0, 1, 2], [0, 3], [4, 5], [6, 7]]
    assert decoded(data["legs"][0]) == [(3127500, 12150500), (3127500, 12149500), (3126800, 12149500)]


def test_without_geometry_the_way_is_a_straight_line(tmp_path: Path, example: Example) -> None:
    data = data_of(tmp_path, example)
    assert data["straight"]
    assert decoded(data["legs"][0]) == [(3127500, 12150500), (3126800, 12149500)]


def test_a_way_that_is_not_found_is_a_straight_line(tmp_path: Path, example: Example) -> None:
    data = data_of(tmp_path, example, lambda _origin, _destination: [])
    assert decoded(data["legs"][0]) == [(3127500, 12150500), (3126800, 12149500)]


def test_same_routes_give_same_bytes(tmp_path: Path, example: Example) -> None:
    assert page(tmp_path, example, example.geometry) == page(tmp_path, example, example.geometry)
