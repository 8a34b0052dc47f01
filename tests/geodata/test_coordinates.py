"""Datums: published anchors, inverses against a Newton iteration of our own, projections against the meridian's arc."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.coordinates import (
    BD09,
    CGCS2000,
    GCJ02,
    WGS84,
    ZONE_METRES,
    Datum,
    datum_of,
    from_wgs84,
    gauss_kruger,
    same_place,
    to_wgs84,
)

MILLIMETRE = 1e-3 / 111_320
"""A millimetre, in degrees of latitude."""

LON, LAT = st.floats(74, 134), st.floats(4, 53)


@pytest.mark.parametrize(("wgs", "gcj"), [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
], ids=["Shanghai", "Shenzhen", "Beijing"])
def test_anchors(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert from_wgs84(np.array([wgs]), GCJ02)[0] == pytest.approx(gcj, abs=1e-6)
    assert to_wgs84(np.array([gcj]), GCJ02)[0] == pytest.approx(wgs, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(LON, LAT, st.sampled_from([GCJ02, BD09]))
def test_the_inverse_is_that_of_a_newton_iteration(lon: float, lat: float, datum: Datum) -> None:
    """Newton's method with differences for derivatives shares nothing with the iteration that is tested."""
    goal = np.array([lon, lat])
    found = goal.copy()
    for _ in range(30):
        here = from_wgs84(found[None], datum)[0]
        slope = np.column_stack([(from_wgs84((found + step)[None], datum)[0] - here) / 1e-6 for step in 1e-6 * np.eye(2)])
        found = found + np.linalg.solve(slope, goal - here)
    assert np.abs(from_wgs84(found[None], datum)[0] - goal).max() < MILLIMETRE
    assert np.abs(to_wgs84(goal[None], datum)[0] - found).max() < MILLIMETRE


@settings(max_examples=60, deadline=None)
@given(LON, LAT, st.sampled_from([WGS84, CGCS2000, GCJ02, BD09, gauss_kruger(120), gauss_kruger(123)]))
def test_there_and_back(lon: float, lat: float, datum: Datum) -> None:
    if datum.is_projected:
        lon = 119 + (lon - 74) / 12
    point = np.array([[lon, lat]])
    assert np.abs(to_wgs84(from_wgs84(point, datum), datum) - point).max() < MILLIMETRE


def test_shifts_have_the_lengths_people_know() -> None:
    """In Shanghai GCJ-02 lies some 500 m off, BD-09 some 1,100 m."""
    point = np.array([[121.52, 31.28]])
    metres = {datum: np.linalg.norm((from_wgs84(point, datum) - point) * [95_000, 111_000]) for datum in (GCJ02, BD09)}
    assert 400 < metres[GCJ02] < 600
    assert 900 < metres[BD09] < 1_300


def test_outside_china_nothing_is_shifted() -> None:
    paris = np.array([[2.35, 48.86]])
    assert (from_wgs84(paris, GCJ02) == paris).all()
    assert (to_wgs84(paris, GCJ02) == paris).all()


@pytest.mark.parametrize("meridian", [120, 123])
@pytest.mark.parametrize("latitude", [10.0, 31.3, 50.0])
def test_on_its_central_meridian_a_zone_measures_the_meridian(meridian: int, latitude: float) -> None:
    """The easting is 500 km, the northing the length of the meridian's arc, summed here in a hundred thousand steps."""
    flattening = 1 / 298.257222101
    eccentricity_squared = flattening * (2 - flattening)
    steps = np.radians((np.arange(100_000) + 0.5) * latitude / 100_000)
    arc = (6_378_137 * (1 - eccentricity_squared) / (1 - eccentricity_squared * np.sin(steps) ** 2) ** 1.5).sum() * np.radians(
        latitude / 100_000)
    (easting, northing), = from_wgs84(np.array([[meridian, latitude]]), gauss_kruger(meridian))
    assert easting == pytest.approx(500_000, abs=1e-3)
    assert northing == pytest.approx(arc, abs=1e-2)


def test_the_number_of_the_zone_may_stand_before_the_easting() -> None:
    zone = gauss_kruger(120)
    bare = from_wgs84(np.array([[121.52, 31.28]]), zone)
    assert to_wgs84(bare + np.array([40 * ZONE_METRES, 0]), zone) == pytest.approx(to_wgs84(bare, zone), abs=1e-12)


@pytest.mark.parametrize(("words", "datum"), [
    ("WGS84", WGS84), ("高德", GCJ02), ("gcj-02", GCJ02), ("百度坐标", BD09), ("天地图", CGCS2000), ("CGCS2000-120", gauss_kruger(120)),
    ("CGCS2000 40带", gauss_kruger(120)), ("CGCS2000 41", gauss_kruger(123)), ("EPSG:4549", gauss_kruger(120)),
    ("EPSG:4528", gauss_kruger(120)), ("上海城市坐标", None), ("CGCS2000-121", None), ("EPSG:3857", None),
])
def test_how_users_write_it(words: str, datum: Datum | None) -> None:
    assert datum_of(words) == datum


def test_what_counts_as_the_same() -> None:
    assert same_place(WGS84, CGCS2000)
    assert not same_place(WGS84, GCJ02)
    with pytest.raises(ValueError, match="central meridian 121"):
        gauss_kruger(121)
