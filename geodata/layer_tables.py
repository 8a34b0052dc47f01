"""Layers of a GeoPackage as sheets: their attributes as columns, points as longitude and latitude in WGS-84."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyogrio
import pyproj
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from geodata.cells import match_key
from geodata.faults import Fault, InputError, shown
from geodata.grids import Grid
from planner.text import Text

WGS84: Final = "EPSG:4326"
_LON, _LAT = "经度", "纬度"
_DEGREE_HEADERS: Final = frozenset(map(match_key, (_LON, _LAT, "lon", "lat", "longitude", "latitude")))


def layer_grids(path: Path) -> dict[str, Grid]:
    """Return the layers of a GeoPackage as sheets by name. Row 1 is the header, row 2 the first feature.

    Points become the columns 经度 and 纬度 unless the layer has such columns. Raises InputError.
    """
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
        return {name: Grid(name, functools.partial(_rows, path, name), file=path.name) for name in names}
    except (DataSourceError, DataLayerError) as error:
        raise InputError([Fault(
            "damaged-layers", path.name,
            Text(f"不是有效的 GeoPackage（{shown(error)}）", f"not a valid GeoPackage ({shown(error)})"),
            Text("请在 QGIS 中重新导出为 .gpkg", "Please export it again from QGIS as .gpkg"))]) from error


def _rows(path: Path, layer: str) -> Iterator[Sequence[Any]]:
    meta, _, geometry, columns = pyogrio.raw.read(path, layer=layer)
    header = [str(name) for name in meta["fields"]]
    values = [_plain_values(column) for column in columns]
    points = None if geometry is None or all(one is None for one in geometry) else _points(shapely.from_wkb(geometry), meta["crs"])
    if points is not None and not _DEGREE_HEADERS & {match_key(name) for name in header}:
        header += [_LON, _LAT]
        values += [_plain_values(points[:, 0]), _plain_values(points[:, 1])]
    yield header
    yield from zip(*values, strict=True)


def _points(geometries: Any, crs: str | None) -> Any | None:
    """Return longitudes and latitudes as an array (n, 2), None where the layer is not one of points."""
    if not np.isin(shapely.get_type_id(geometries), (-1, shapely.GeometryType.POINT)).all():
        return None
    points = np.column_stack([shapely.get_x(geometries), shapely.get_y(geometries)])
    if crs is not None and not pyproj.CRS(crs).equals(WGS84, ignore_axis_order=True):
        change = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
        points = np.column_stack(change.transform(points[:, 0], points[:, 1]))
    return np.where(np.isfinite(points), points, np.nan)


def _plain_values(column: Any) -> list[Any]:
    """Return a column as plain Python values; blank text for what is missing."""
    if column.dtype.kind == "M":
        return ["" if np.isnat(one) else one.astype("datetime64[us]").item() for one in column]
    return ["" if one is None or one != one else one for one in column.tolist()]  # noqa: PLR0124 - NaN differs from itself
