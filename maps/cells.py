"""Areas to sum up in: hexagons of fixed metres, sub-districts, and the approximate areas of committees."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from maps import style
from maps.base_map import BaseMap
from planner.facts.district import District, Site, SiteKind

METRES_PER_DEGREE: Final = 111_320.0
_SIMPLIFY_METRES: Final = 6.0


@dataclass(frozen=True, slots=True)
class Cell:
    """An area: its shape in (lon, lat), the indices of the sites in it, and its size in square kilometres.

    ``name`` is that of a sub-district or committee, and empty for a hexagon.
    """

    name: str
    shape: BaseGeometry
    sites: tuple[int, ...]
    square_km: float

    def rings(self) -> list[list[style.LatLon]]:
        """The outer rings, as Leaflet wants them."""
        return [[style.lat_lon(lon, lat) for lon, lat in part.exterior.coords[:-1]]
                for part in shapely.get_parts(self.shape) if isinstance(part, Polygon)]


class Ground:
    """Metres around the middle of a district, true to a few per mille within it."""

    def __init__(self, district: District) -> None:
        places = [site.place for site in district.sites] or [one.centre for one in district.subdistricts]
        self.lon = float(np.mean([place.lon for place in places])) if places else 0.0
        self.lat = float(np.mean([place.lat for place in places])) if places else 0.0
        self._scale = (METRES_PER_DEGREE * math.cos(math.radians(self.lat)), METRES_PER_DEGREE)

    def metres(self, shape: Any) -> Any:
        """A shape in (lon, lat) in metres."""
        return shapely.transform(shape, lambda points: (points - (self.lon, self.lat)) * self._scale)

    def degrees(self, shape: Any) -> Any:
        """A shape in metres in (lon, lat)."""
        return shapely.transform(shape, lambda points: points / self._scale + (self.lon, self.lat))

    def points(self, sites: Sequence[Site]) -> NDArray[np.float64]:
        """Positions of sites in metres, shape (sites, 2)."""
        return (np.array([(site.place.lon, site.place.lat) for site in sites], dtype=np.float64).reshape(-1, 2)
                - (self.lon, self.lat)) * self._scale


def hexagons(district: District, width_metres: int = style.HEXAGON_METRES) -> tuple[Cell, ...]:
    """Hexagons ``width_metres`` across their flats that hold a site, from south-west to north-east.

    The grid stands on the middle of all sites; every site lies in the hexagon whose centre is nearest.
    """
    ground = Ground(district)
    size = width_metres / math.sqrt(3)
    members: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (x, y) in enumerate(ground.points(district.sites).tolist()):
        members[_axial(x, y, size)].append(index)
    square_km = 1.5 * math.sqrt(3) * size**2 / 1e6
    corners = [(size * math.sin(math.radians(60 * turn)), size * math.cos(math.radians(60 * turn))) for turn in range(6)]
    cells = []
    for (column, row), sites in sorted(members.items(), key=lambda one: (one[0][1], one[0][0])):
        x, y = size * math.sqrt(3) * (column + row / 2), size * 1.5 * row
        shape = Polygon([(x + across, y + up) for across, up in corners])
        cells.append(Cell("", ground.degrees(shape), tuple(sites), square_km))
    return tuple(cells)


def subdistrict_cells(district: District, base_map: BaseMap) -> tuple[Cell, ...]:
    """The sub-districts whose areas the base map has, with the sites that are listed under them."""
    ground = Ground(district)
    members: dict[str, list[int]] = defaultdict(list)
    for index, site in enumerate(district.sites):
        members[site.subdistrict_id].append(index)
    return tuple(_cell(area.name, ground.metres(area.geometry), tuple(members[area.id]), ground)
                 for area in base_map.subdistricts)


def committee_cells(district: District, base_map: BaseMap) -> tuple[Cell, ...]:
    """Approximate areas of the committees: the land of a sub-district that is nearest to each of its committees.

    A site lies in the cell of the nearest committee of its own sub-district. Committees of estimated position
    stand at the centre of their sub-district and have no cell of their own, unless none of it has a true position.
    """
    ground = Ground(district)
    cells: list[Cell] = []
    positions = ground.points(district.sites)
    for area in base_map.subdistricts:
        own = [index for index, site in enumerate(district.sites) if site.subdistrict_id == area.id]
        committees = [index for index in own if district.sites[index].kind is SiteKind.COMMITTEE]
        seeds = [index for index in committees if not district.sites[index].place.estimated] or committees[:1]
        seeds = list({tuple(positions[index]): index for index in reversed(seeds)}.values())[::-1]
        if not seeds:
            continue
        members: dict[int, list[int]] = {seed: [] for seed in seeds}
        for index in own:
            distances = ((positions[seeds] - positions[index]) ** 2).sum(axis=1)
            members[seeds[int(np.argmin(distances))]].append(index)
        land = shapely.make_valid(ground.metres(area.geometry))
        for seed, shape in zip(seeds, _nearest(positions[seeds], land), strict=True):
            if not shape.is_empty:
                cells.append(_cell(district.sites[seed].name, shape, tuple(members[seed]), ground))
    return tuple(cells)


def _nearest(points: NDArray[np.float64], land: BaseGeometry) -> list[BaseGeometry]:
    """The part of ``land`` nearest to each point (Voronoi)."""
    if len(points) == 1:
        return [land]
    regions = list(shapely.get_parts(shapely.voronoi_polygons(MultiPoint(points), extend_to=land)))
    tree = shapely.STRtree(regions)
    found = [regions[int(tree.query(Point(point), predicate="intersects")[0])] for point in points]
    return [shapely.intersection(region, land) for region in found]


def _cell(name: str, metres: BaseGeometry, sites: tuple[int, ...], ground: Ground) -> Cell:
    return Cell(name, ground.degrees(shapely.simplify(metres, _SIMPLIFY_METRES)), sites, metres.area / 1e6)


def _axial(x: float, y: float, size: float) -> tuple[int, int]:
    """Column and row of the pointed-top hexagon around a point: cube coordinates, rounded with their sum kept 0."""
    q, r = (math.sqrt(3) / 3 * x - y / 3) / size, 2 / 3 * y / size
    s = -q - r
    column, row, third = round(q), round(r), round(s)
    off = abs(column - q), abs(row - r), abs(third - s)
    if off[0] > off[1] and off[0] > off[2]:
        column = -row - third
    elif off[1] > off[2]:
        row = -column - third
    return column, row
