"""Reading road graphs: GraphML as OSMnx writes it, and OSMnx graphs themselves."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import pyproj
import shapely

from geodata.roads_build import RoadWay
from geodata.roads_rules import READ_TAGS
from geodata.streets import Point

_WGS84 = pyproj.CRS.from_epsg(4326)


@dataclass(frozen=True, slots=True)
class DirectedLine:
    """A line between two nodes that may be there again the other way round."""

    first: Hashable
    last: Hashable
    points: tuple[Point, ...]
    tags: Mapping[str, str]
    is_reversed: bool = False

    def way(self, oneway: str) -> RoadWay:
        """As a way, with its direction told."""
        keys = (self.first, *(None for _ in self.points[2:]), self.last)
        return RoadWay({**self.tags, "oneway": oneway}, self.points, keys)


def read_graphml(path: Path) -> nx.Graph:
    """Read a graph; raises SyntaxError (of the XML), OSError, nx.NetworkXError, KeyError or ValueError for other files."""
    return nx.read_graphml(path, node_type=str)


def graph_is_osm(graph: nx.Graph) -> bool:
    """Whether the graph comes from OpenStreetMap."""
    return any("osmid" in edge for *_, edge in graph.edges(data=True))


def graph_ways(graph: nx.Graph) -> Iterator[RoadWay]:
    """Every edge once; raises KeyError or ValueError where nodes have no position, or a value cannot be read."""
    transform = _to_wgs84(graph.graph.get("crs"))
    position = {node: transform(float(_first_of(data, "x", "lon")), float(_first_of(data, "y", "lat")))
                for node, data in graph.nodes(data=True)}
    lines = []
    for first, last, edge in graph.edges(data=True):
        geometry = edge.get("geometry")
        shape = shapely.from_wkt(geometry) if isinstance(geometry, str) else geometry
        points = [position[first], position[last]] if shape is None else [transform(*point[:2]) for point in shape.coords]
        points[0], points[-1] = position[first], position[last]
        lines.append(DirectedLine(first, last, tuple(points), edge_tags(edge), str(edge.get("reversed")) == "True"))
    yield from each_once(lines, one_way_unless_paired=graph.is_directed())


def each_once(lines: Iterable[DirectedLine], *, one_way_unless_paired: bool) -> Iterator[RoadWay]:
    """Every line once: two that are each other reversed are one road for both ways.

    Others are as their tag ``oneway`` says; without it, for both ways unless ``one_way_unless_paired``.
    """
    ordered = list(lines)
    waiting: dict[tuple[Hashable, Hashable, tuple[Point, ...]], list[int]] = {}
    twin_of: dict[int, int] = {}
    for number, line in enumerate(ordered):
        twins = waiting.get((line.last, line.first, line.points[::-1]))
        if twins:
            twin_of[twins.pop()] = number
        else:
            waiting.setdefault((line.first, line.last, line.points), []).append(number)
    later = set(twin_of.values())
    for number, line in enumerate(ordered):
        if number in twin_of:
            twin = ordered[twin_of[number]]
            yield (twin if line.is_reversed and not twin.is_reversed else line).way("no")
        elif number not in later:
            yield line.way(line.tags.get("oneway") or ("yes" if one_way_unless_paired else "no"))


def edge_tags(values: Mapping[str, Any]) -> dict[str, str]:
    """The tags of ``READ_TAGS`` as words; of several values the first; a road without class is unclassified."""
    tags = {key: word for key in READ_TAGS if (word := tag_word(values.get(key)))}
    return {"highway": "unclassified"} | tags


def tag_word(value: Any) -> str:
    """One word of a cell or an attribute: True is yes, of a list the first; 1.0 is 1; empty for nothing."""
    if isinstance(value, str) and value.startswith("["):
        value = ast.literal_eval(value)
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    words = {"true": "yes", "false": "no"}
    word = str(value).strip()
    return words.get(word.lower(), word)


def _first_of(data: Mapping[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if name in data), None) or data[names[0]]


def _to_wgs84(crs: Any) -> Any:
    """A function from the graph's coordinates to degrees of WGS-84; raises ValueError for degrees out of range."""
    known = _WGS84 if crs is None else pyproj.CRS.from_user_input(crs)
    change = None if known == _WGS84 else pyproj.Transformer.from_crs(known, _WGS84, always_xy=True).transform

    def to_degrees(x: float, y: float) -> Point:
        lon, lat = change(x, y) if change else (x, y)
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise ValueError(f"({x}, {y}) is no position in degrees")
        return float(lon), float(lat)

    return to_degrees


