"""A self-test for coordinates in the wrong datum: places read so lie some 500 m off, which looks right on a map.

Nearly all of them still lie inside the district, so that says nothing. What tells is the share of places inside the
sub-district they are said to be in, and the share close to a road; for boundaries, the share of their course close to
a road, because boundaries run along roads. The shares are taken with the coordinates as they are stated, and as every
other datum would have them. docs/coordinates.md gives the statistic and its thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.coordinates import BD09, GCJ02, WGS84, Datum, FloatArray, same_place, to_wgs84
from geodata.streets import LocalPlane
from planner.text import Text

BoolArray = NDArray[np.bool_]

NEAR_ROAD_METRES: Final = 30.0
"""So close to the middle of a road is "at the road"."""

LEAST_ITEMS: Final = 30
"""With fewer places nothing is said about a sheet by itself."""

STRONG: Final = 5.0
"""Standard deviations by which another datum must fit better; chance does that once in three million times."""

OVER_DECOYS: Final = 3.0
"""Standard deviations by which it must fit better than shifts of the same length in five other directions."""

LEAST_GAIN: Final = 0.1
"""The share must grow by so much."""

AGAINST: Final = 3.0
"""A measure by which the other datum fits worse by so many standard deviations speaks against it."""

_DECOY_DEGREES: Final = (60, 120, 180, 240, 300)
_MOST_ITEMS: Final = 2_000
_BLOCK_METRES: Final = 50.0
"""Places in one such square are one piece of evidence, not several."""

_STEP_METRES: Final = 100.0
_CANDIDATES: Final = (WGS84, GCJ02, BD09)
_INSIDE: Final = Text("在所填街道内", "inside the sub-district given")
_AT_ROAD: Final = Text(f"在路边 {NEAR_ROAD_METRES:.0f} 米内", f"within {NEAR_ROAD_METRES:.0f} m of a road")

Measure = Callable[[FloatArray], BoolArray]
"""Says of every item, given its WGS-84 degrees (n, 2), whether it lies as it should."""


@dataclass(frozen=True)
class Finding:
    """What the self-test found for coordinates that are stated to be in one datum.

    ``measures`` are their names; ``shares`` are, by datum, the shares in which each of them is met, the stated datum
    first. ``likely`` is the datum they are in, where the evidence is strong, else None. ``is_cleared``: the stated datum
    is by far better than all others. ``is_off``: they do not fit, and no datum explains it. ``items`` are the pieces of
    evidence.
    """

    items: int
    stated: Datum
    measures: tuple[Text, ...]
    shares: Mapping[Datum, tuple[float, ...]]
    likely: Datum | None = None
    is_cleared: bool = False
    is_off: bool = False


class Ground:
    """What places are held against: roads, and the area of every sub-district by its id; either may be missing.

    ``lines`` are (lon, lat) points of roads, ``outline`` the whole district, ``water`` rivers and lakes, all in WGS-84 degrees.
    """

    def __init__(self, lines: Sequence[Sequence[tuple[float, float]]] = (),
                 areas: Mapping[str, shapely.Geometry] | None = None, outline: shapely.Geometry | None = None,
                 water: Sequence[shapely.Geometry] = ()) -> None:
        self.areas = dict(areas or {})
        self.outline = outline
        self.water = tuple(water)
        self._lines = [line for line in lines if len(line) > 1]

    @property
    def has_roads(self) -> bool:
        """Whether there is any road."""
        return bool(self._lines)

    @property
    def centre(self) -> tuple[float, float] | None:
        """Its middle (lon, lat), None where it is empty."""
        return (self._plane.origin_lon, self._plane.origin_lat) if self._lines or self.areas else None

    @cached_property
    def _plane(self) -> LocalPlane:
        west, south, east, north = (shapely.total_bounds([*self.areas.values(), *self.water]) if not self._lines
                                    else _bounds(np.concatenate([np.asarray(one) for one in self._lines])))
        return LocalPlane(float(west + east) / 2, float(south + north) / 2)

    @cached_property
    def _roads(self) -> shapely.STRtree:
        points = self._plane.to_metres(np.concatenate([np.asarray(one, dtype=np.float64) for one in self._lines]))
        owner = np.repeat(np.arange(len(self._lines)), [len(one) for one in self._lines])
        return shapely.STRtree(shapely.linestrings(points, indices=owner))

    @cached_property
    def _prepared(self) -> dict[str, shapely.Geometry]:
        shapely.prepare(list(self.areas.values()))
        return self.areas

    def near_road(self, points: FloatArray) -> BoolArray:
        """Which of the WGS-84 ``points``, (n, 2), lie at a road."""
        close = np.zeros(len(points), dtype=np.bool_)
        found, _ = self._roads.query(shapely.points(self._plane.to_metres(points)), predicate="dwithin",
                                     distance=NEAR_ROAD_METRES)
        close[found] = True
        return close

    def inside_own(self, points: FloatArray, own_ids: Sequence[str]) -> BoolArray:
        """Which of the ``points`` lie inside the area of the sub-district they are said to be in."""
        areas = np.array([self._prepared[one] for one in own_ids], dtype=object)
        inside: BoolArray = shapely.contains_xy(areas, points[:, 0], points[:, 1])
        return inside

    def metres_outside(self, points: FloatArray, surfaces: Sequence[shapely.Geometry]) -> FloatArray:
        """How far each of the ``points`` lies outside the surface that stands beside it, in metres; 0 inside."""
        flat = {id(one): shapely.transform(one, self._plane.to_metres) for one in surfaces}
        away: FloatArray = shapely.distance(np.array([flat[id(one)] for one in surfaces], dtype=object),
                                            shapely.points(self._plane.to_metres(points)))
        return away

    def metres_inside_water(self, points: FloatArray) -> FloatArray:
        """How far each of the ``points`` lies from the nearest bank, in metres, inside water; 0 on land."""
        away = np.zeros(len(points))
        if not self.water:
            return away
        flat = shapely.points(self._plane.to_metres(points))
        for one in self.water:
            surface = shapely.transform(one, self._plane.to_metres)
            shapely.prepare(surface)
            inside = shapely.contains(surface, flat)
            away[inside] = np.maximum(away[inside], shapely.distance(shapely.boundary(surface), flat[inside]))
        return away

    def rotated(self, base: FloatArray, shifted: FloatArray, degrees: float) -> FloatArray:
        """``shifted`` turned round ``base`` by so many degrees: as far away, in another direction."""
        east, north = self._plane.to_metres(shifted).T - self._plane.to_metres(base).T
        angle = np.radians(degrees)
        turned = np.column_stack([east * np.cos(angle) - north * np.sin(angle), east * np.sin(angle) + north * np.cos(angle)])
        return self._plane.to_lonlat(self._plane.to_metres(base) + turned)

    def blocks(self, points: FloatArray) -> NDArray[np.int64]:
        """The square each of the ``points`` lies in, (n, 2)."""
        return np.floor(self._plane.to_metres(points) / _BLOCK_METRES).astype(np.int64)

    def course(self, surfaces: Sequence[shapely.Geometry]) -> FloatArray:
        """Points along the edges of ``surfaces``, one every hundred metres, common edges once; WGS-84 degrees (n, 2)."""
        edges = shapely.union_all(shapely.boundary(np.array(surfaces, dtype=object)))
        flat = [shapely.transform(one, self._plane.to_metres) for one in shapely.get_parts(shapely.line_merge(edges))]
        points = [shapely.line_interpolate_point(line, np.arange(0.0, line.length, _STEP_METRES)) for line in flat]
        return self._plane.to_lonlat(shapely.get_coordinates(np.concatenate(points))) if points else np.empty((0, 2))


def test_places(points: FloatArray, own_ids: Sequence[str], stated: Datum, ground: Ground) -> Finding | None:
    """Test the coordinates of places, (n, 2) in ``stated``, with the id of the sub-district each is said to be in.

    The measures are inside its sub-district (of those places whose sub-district has an area), then at a road. None
    where there are too few places or nothing to hold them against.
    """
    measures: list[tuple[Text, BoolArray, Callable[[FloatArray, NDArray[np.intp]], BoolArray]]] = []
    has_area = np.array([one in ground.areas for one in own_ids], dtype=np.bool_)
    if ground.areas:
        measures.append((_INSIDE, has_area, lambda at, which: ground.inside_own(at, [own_ids[number] for number in which])))
    if ground.has_roads:
        measures.append((_AT_ROAD, np.ones(len(own_ids), dtype=np.bool_), lambda at, _: ground.near_road(at)))
    if not measures:
        return None
    kept = _thinned(to_wgs84(points, stated), own_ids, ground)
    measures = [(name, counts[kept], measure) for name, counts, measure in measures]
    numbers = [kept[counts] for _, counts, _ in measures]
    if max(map(len, numbers)) < LEAST_ITEMS:
        return None

    def met(at: FloatArray) -> list[BoolArray]:
        return [measure(at[counts], which) for (_, counts, measure), which in zip(measures, numbers, strict=True)]

    return _find(points[kept], stated, tuple(name for name, _, _ in measures), met, ground)


def test_boundaries(surfaces: Sequence[shapely.Geometry], ground: Ground) -> Finding | None:
    """Test boundaries, in what is taken for WGS-84 degrees, against the roads; None where there is too little of either."""
    if not ground.has_roads:
        return None
    points = ground.course(surfaces)
    points = points[::max(1, len(points) // _MOST_ITEMS)]
    if len(points) < LEAST_ITEMS:
        return None
    return _find(points, WGS84, (_AT_ROAD,), lambda at: [ground.near_road(at)], ground)


def _find(points: FloatArray, stated: Datum, measures: tuple[Text, ...], met: Callable[[FloatArray], list[BoolArray]],
          ground: Ground) -> Finding:
    if stated.is_projected:
        points, stated = to_wgs84(points, stated), WGS84
    base = to_wgs84(points, stated)
    now = met(base)
    shares = {stated: _shares(now)}
    strengths: dict[Datum, float] = {}
    is_off, is_cleared = False, True
    for datum in _CANDIDATES:
        if same_place(datum, stated):
            continue
        shifted = to_wgs84(points, datum)
        then = met(shifted)
        decoys = [met(ground.rotated(base, shifted, degrees)) for degrees in _DECOY_DEGREES]
        shares[datum] = _shares(then)
        is_off |= any(_is_better(one, before) for decoy in (then, *decoys) for one, before in zip(decoy, now, strict=True))
        is_cleared &= any(_lead(before, one) >= STRONG for one, before in zip(then, now, strict=True))
        strong = [_lead(one, before) for number, (one, before) in enumerate(zip(then, now, strict=True))
                  if _is_better(one, before) and all(_lead(one, decoy[number]) >= OVER_DECOYS for decoy in decoys)]
        against = any(_lead(before, one) >= AGAINST for one, before in zip(then, now, strict=True))
        if strong and not against:
            strengths[datum] = max(strong)
    likely = max(strengths, key=lambda one: strengths[one]) if strengths else None
    return Finding(len(points), stated, measures, shares, likely, is_cleared, is_off and likely is None)


def _is_better(one: BoolArray, before: BoolArray) -> bool:
    return _lead(one, before) >= STRONG and float(one.mean() - before.mean()) >= LEAST_GAIN


def _lead(one: BoolArray, other: BoolArray) -> float:
    """By how many standard deviations ``one`` is met more often than ``other``, counting items where they differ."""
    ahead, behind = int((one & ~other).sum()), int((other & ~one).sum())
    return (ahead - behind) / max(1.0, float(np.sqrt(ahead + behind)))


def _shares(met: Sequence[BoolArray]) -> tuple[float, ...]:
    return tuple(float(one.mean()) if len(one) else 0.0 for one in met)


def _thinned(points: FloatArray, own_ids: Sequence[str], ground: Ground) -> NDArray[np.intp]:
    """Return which points count: one of each square and sub-district, evenly so many of them at most."""
    first: dict[tuple[int, int, str], int] = {}
    for number, (block, own) in enumerate(zip(ground.blocks(points), own_ids, strict=True)):
        first.setdefault((int(block[0]), int(block[1]), own), number)
    kept = np.array(sorted(first.values()), dtype=np.intp)
    return kept[::max(1, len(kept) // _MOST_ITEMS)]


def _bounds(points: FloatArray) -> FloatArray:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
