"""Coordinates as China writes them, and WGS-84, which everything else here is in: exact both ways, to under a millimetre.

GCJ-02 (AMap, Tencent, most Chinese maps) lies some 500 m off, BD-09 (Baidu) some 1,100 m. CGCS2000 differs from WGS-84
by less than a metre and counts as the same; on paper it is often projected, in metres of a three-degree Gauss-Krüger zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pyproj
from numpy.typing import NDArray

from geodata.cells import match_key

FloatArray = NDArray[np.float64]

ZONE_METRES: Final = 1_000_000
"""Eastings may begin with the number of their zone: 40,645,685 is 645,685 in zone 40."""

FIRST_ZONE, LAST_ZONE = 25, 45
"""Three-degree zones of China: central meridians 75 to 135."""

_AXIS_METRES: Final = 6_378_245.0
_ECCENTRICITY_SQUARED: Final = 0.006_693_421_622_965_943
_SHIFTED_LON: Final = (72.004, 137.8347)
_SHIFTED_LAT: Final = (0.8293, 55.8271)
"""GCJ-02 shifts what lies inside; elsewhere it is WGS-84."""

_BAIDU_WAVE: Final = np.pi * 3000 / 180
_BAIDU_LON, _BAIDU_LAT = 0.0065, 0.006
_CLOSE_DEGREES: Final = 1e-11
_MOST_ROUNDS: Final = 30
_PLAIN_EPSG: Final = 4534
"""EPSG number of the zone with central meridian 75; the others follow."""

_PREFIXED_EPSG: Final = 4513


@dataclass(frozen=True, slots=True)
class Datum:
    """What coordinates are counted in; ``name`` is how it is written.

    ``central_meridian`` is set where they are metres of a Gauss-Krüger zone, east and north, and else None: degrees.
    """

    name: str
    central_meridian: int | None = None

    @property
    def is_projected(self) -> bool:
        """Whether coordinates are metres."""
        return self.central_meridian is not None


WGS84: Final = Datum("WGS-84")
CGCS2000: Final = Datum("CGCS2000")
GCJ02: Final = Datum("GCJ-02")
BD09: Final = Datum("BD-09")


def gauss_kruger(central_meridian: int) -> Datum:
    """Return CGCS2000 in metres of a three-degree zone; raises ValueError where China has no such zone."""
    zone, rest = divmod(central_meridian, 3)
    if rest or not FIRST_ZONE <= zone <= LAST_ZONE:
        raise ValueError(f"no three-degree zone of China has the central meridian {central_meridian}")
    return Datum(f"CGCS2000-{central_meridian}", central_meridian)


DATUM_NAMES: Final = ("WGS-84", "GCJ-02", "BD-09", "CGCS2000", "CGCS2000-120", "CGCS2000-123")
"""What a user is offered; other three-degree zones are understood, too."""

_WORDS: Final = {match_key(word): datum for datum, words in {
    WGS84: ("WGS-84", "WGS84", "GPS", "OSM", "OpenStreetMap", "EPSG:4326", "4326"),
    GCJ02: ("GCJ-02", "GCJ02", "高德", "AMap", "腾讯", "Tencent", "火星坐标", "火星坐标系", "国测局坐标"),
    BD09: ("BD-09", "BD09", "BD09LL", "百度", "Baidu", "百度坐标"),
    CGCS2000: ("CGCS2000", "CGCS-2000", "国家2000", "2000国家大地坐标系", "天地图", "EPSG:4490", "4490"),
}.items() for word in words}
_EPSG = re.compile(r"epsg:?(\d{4})")
_ZONED = re.compile(r"(?:cgcs-?2000|国家2000|2000国家大地坐标系)\D*?(?:3-?degree|3度|三度)?\D*?(\d{2,3})\D*")


def datum_of(text: str) -> Datum | None:
    """Return the datum that a user's word means, case and width of letters aside; None for one that is not known.

    A zone is told by its central meridian (``CGCS2000-120``), its number (``CGCS2000 40带``) or its EPSG code.
    """
    key = match_key(text)
    if key in _WORDS:
        return _WORDS[key]
    if found := _EPSG.fullmatch(key):
        code = int(found[1])
        zones = LAST_ZONE - FIRST_ZONE + 1
        first = next((one for one in (_PREFIXED_EPSG, _PLAIN_EPSG) if 0 <= code - one < zones), None)
        return None if first is None else gauss_kruger(3 * (FIRST_ZONE + code - first))
    if found := _ZONED.fullmatch(key):
        number = int(found[1])
        try:
            return gauss_kruger(3 * number if number <= LAST_ZONE else number)
        except ValueError:
            return None
    return None


def to_wgs84(points: FloatArray, datum: Datum) -> FloatArray:
    """Return ``points`` of ``datum`` in WGS-84 degrees; both are (n, 2), longitude or easting first.

    Eastings may begin with the number of the zone.
    """
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if datum.central_meridian is not None:
        east = np.where(points[:, 0] >= ZONE_METRES, points[:, 0] % ZONE_METRES, points[:, 0])
        return np.column_stack(_projection(datum.central_meridian).transform(east, points[:, 1], direction="INVERSE"))
    if datum == GCJ02:
        return _undone(points, _gcj_of_wgs)
    if datum == BD09:
        return _undone(_undone(points, _bd_of_gcj), _gcj_of_wgs)
    return points.copy()


def from_wgs84(points: FloatArray, datum: Datum) -> FloatArray:
    """Return WGS-84 degrees, (n, 2), in ``datum``; eastings come without the number of the zone."""
    points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if datum.central_meridian is not None:
        return np.column_stack(_projection(datum.central_meridian).transform(points[:, 0], points[:, 1]))
    if datum == GCJ02:
        return _gcj_of_wgs(points)
    if datum == BD09:
        return _bd_of_gcj(_gcj_of_wgs(points))
    return points.copy()


def same_place(first: Datum, second: Datum) -> bool:
    """Whether two datums put a point of the same degrees at the same place, to a metre."""
    alike = {WGS84: WGS84, CGCS2000: WGS84}
    return alike.get(first, first) == alike.get(second, second)


@cache
def _projection(central_meridian: int) -> pyproj.Transformer:
    code = _PLAIN_EPSG + central_meridian // 3 - FIRST_ZONE
    return pyproj.Transformer.from_crs("EPSG:4490", f"EPSG:{code}", always_xy=True)


def _undone(points: FloatArray, forward: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Find what ``forward`` leads to ``points`` from: each round leaves a hundredth of the error, or less."""
    found = points.copy()
    for _ in range(_MOST_ROUNDS):
        step = points - forward(found)
        found += step
        if not np.abs(step).max(initial=0.0) > _CLOSE_DEGREES:  # what is not a number ends it, too
            break
    return found


def _gcj_of_wgs(points: FloatArray) -> FloatArray:
    """GCJ-02 of WGS-84 degrees: a sum of waves, in metres, laid on the ellipsoid of Krassovsky."""
    lon, lat = points[:, 0], points[:, 1]
    x, y = lon - 105, lat - 35
    root = np.sqrt(np.abs(x))
    ripple = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = (300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + 2 / 3 * (
        ripple + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3) + 150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)))
    north = (-100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + 2 / 3 * (
        ripple + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3) + 160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)))
    radians = np.radians(lat)
    rest = 1 - _ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    metres_east = _AXIS_METRES / np.sqrt(rest) * np.cos(radians)
    metres_north = _AXIS_METRES * (1 - _ECCENTRICITY_SQUARED) / rest**1.5
    inside = ((lon >= _SHIFTED_LON[0]) & (lon <= _SHIFTED_LON[1]) & (lat >= _SHIFTED_LAT[0]) & (lat <= _SHIFTED_LAT[1]))
    shift = np.degrees(np.column_stack([east / metres_east, north / metres_north]))
    return np.where(inside[:, None], points + shift, points)


def _bd_of_gcj(points: FloatArray) -> FloatArray:
    """BD-09 of GCJ-02 degrees."""
    lon, lat = points[:, 0], points[:, 1]
    length = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BAIDU_WAVE)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BAIDU_WAVE)
    return np.column_stack([length * np.cos(angle) + _BAIDU_LON, length * np.sin(angle) + _BAIDU_LAT])
