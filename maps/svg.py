"""Shapes as SVG, in millimetres from the top left corner, written in whole units so that every machine writes the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

UNITS_PER_MM: Final = 50


def lines_of(shape: shapely.Geometry) -> list[shapely.LineString]:
    """The lines a shape is made of."""
    return [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, shapely.LineString)]


def path(shape: shapely.Geometry) -> str:
    """SVG path data of lines and polygons."""
    if isinstance(shape, shapely.Polygon):
        return "".join(points_path(shapely.get_coordinates(ring), closed=True) for ring in (shape.exterior, *shape.interiors) if ring)
    if isinstance(shape, shapely.LineString):
        return points_path(shapely.get_coordinates(shape), closed=False)
    return "".join(path(part) for part in getattr(shape, "geoms", ()))


def points_path(points: Sequence[Sequence[float]] | NDArray[np.float64], *, closed: bool) -> str:
    """Path data through points; none for fewer than two."""
    rounded = np.rint(np.asarray(points, dtype=np.float64) * UNITS_PER_MM).astype(np.int64).tolist()
    if len(rounded) < 2:
        return ""
    steps = "".join(f"l{x - last_x} {y - last_y}"
                    for (last_x, last_y), (x, y) in pairwise(rounded))
    return f"M{rounded[0][0]} {rounded[0][1]}{steps}" + ("z" if closed else "")


def stroke(path_data: str, colour: str, width_mm: float, dash: str = "", opacity: float = 1.0) -> str:
    """A drawn line; ``dash`` in millimetres."""
    dashes = " ".join(f"{float(part) * UNITS_PER_MM:g}" for part in dash.split())
    style = f' stroke-dasharray="{dashes}"' if dash else ""
    style += f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
    cap = "butt" if dash else "round"
    return (f'<path d="{path_data}" fill="none" stroke="{colour}" stroke-width="{width_mm * UNITS_PER_MM:g}"'
            f' stroke-linecap="{cap}" stroke-linejoin="round"{style}/>')


def filled(path_data: str, colour: str, edge: str = "", edge_mm: float = 0.0, opacity: float = 1.0) -> str:
    """A filled area, with an edge if one is given."""
    border = f' stroke="{edge}" stroke-width="{edge_mm * UNITS_PER_MM:g}"' if edge else ""
    faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<path d="{path_data}" fill="{colour}" fill-rule="evenodd"{border}{faint}/>'


def circle(x_mm: float, y_mm: float, radius_mm: float, colour: str, edge: str, edge_mm: float) -> str:
    """A disc with an edge."""
    x, y, radius = (round(value * UNITS_PER_MM) for value in (x_mm, y_mm, radius_mm))
    return (f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" stroke="{edge}"'
            f' stroke-width="{edge_mm * UNITS_PER_MM:g}"/>')


def document(width_mm: float, height_mm: float, shapes: Iterable[str]) -> str:
    """A whole drawing of ``width_mm`` x ``height_mm``."""
    width, height = round(width_mm * UNITS_PER_MM), round(height_mm * UNITS_PER_MM)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{height_mm:g}mm"'
            f' viewBox="0 0 {width} {height}">{"".join(shapes)}</svg>')
