"""Reading the roads of a district from whatever file holds them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

import networkx as nx
import pyogrio
import pyproj

from geodata.faults import Fault, InputError, shown, unreadable_file
from geodata.geography import EDGES, NODES, Geography, GeographyError, read_geography
from geodata.roads_build import RoadCounts, RoadWay, build_streets
from geodata.roads_graphml import graph_is_osm, graph_ways, read_graphml
from geodata.roads_lines import LineFileError, line_ways
from geodata.roads_osm import osm_ways
from planner.text import Text

OSM_ATTRIBUTION: Final = "© OpenStreetMap contributors (ODbL 1.0)"
"""What every map of these roads must show."""

OSM_SUFFIXES: Final = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
GRAPH_SUFFIXES: Final = (".graphml", ".graphml.gz")
LINE_SUFFIXES: Final = (".gpkg", ".shp", ".geojson")

_LINE_FAULTS: Final = {
    "no-lines": (Text("其中没有线图层", "it has no layer of lines"),
                 Text("请导出道路的线图层", "Please export roads as lines")),
    "no-crs": (Text("没有说明坐标系", "it does not tell its coordinate system"),
               Text("请在 GIS 软件中设好坐标系再导出（shapefile 要连同 .prj 文件）",
                    "Please set it in your GIS and export again (a shapefile with its .prj)")),
}


@dataclass(frozen=True)
class RoadReading:
    """The geography of a road file; ``counts`` is None for one that was made before and is only read back."""

    geography: Geography
    counts: RoadCounts | None


def read_roads(path: Path) -> RoadReading:
    """Read roads; the kind of the file follows from its name. Raises InputError with what is wrong.

    A GeoPackage with the layers of ``geodata.geography`` is taken as it is. Others hold no boundaries, and their
    attribution names OpenStreetMap where the roads come from there.
    """
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError([unreadable_file(path.name, error)]) from error
    name = path.name.lower()
    if name.endswith(OSM_SUFFIXES):
        return _reading(path, *_osm(path))
    if name.endswith(GRAPH_SUFFIXES):
        return graph_reading(_read_graphml(path), path)
    if not name.endswith(LINE_SUFFIXES):
        known = ", ".join((*OSM_SUFFIXES, *GRAPH_SUFFIXES, *LINE_SUFFIXES))
        raise fault("roads-format", path, Text("不认识这种道路文件", "this kind of road file is not known"),
                    Text(f"可以用的有：{known}", f"Known are {known}"))
    try:
        layers = {str(layer) for layer, _ in pyogrio.list_layers(path)}
        if {NODES, EDGES} & layers:
            return RoadReading(read_geography(path), None)
        return _reading(path, *line_ways(path))
    except GeographyError as error:
        raise fault("geography", path, error.text, Text("请改正后再试", "Please mend it and try again")) from error
    except LineFileError as error:
        raise fault(error.code, path, *_LINE_FAULTS[error.code]) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyproj.exceptions.ProjError) as error:
        raise _damaged(path, error) from error


def fault(code: str, path: Path, why: Text, remedy: Text) -> InputError:
    """One fault of a road file."""
    return InputError([Fault(code, path.name, why, remedy)])


def graph_reading(graph: nx.Graph, path: Path) -> RoadReading:
    """The roads of a graph as OSMnx makes it, read from ``path`` or meant for it; raises InputError."""
    try:
        return _reading(path, list(graph_ways(graph)), graph_is_osm(graph))
    except KeyError as error:
        raise fault("roads-no-position", path, Text(f"图的节点没有坐标（{error}）", f"its nodes have no position ({error})"),
                    Text("节点要有 x 和 y（经度、纬度）", "Nodes need x and y, longitude and latitude")) from error
    except (ValueError, SyntaxError, pyproj.exceptions.ProjError) as error:
        raise _damaged(path, error) from error


def _osm(path: Path) -> tuple[list[RoadWay], bool]:
    try:
        return list(osm_ways(path)), True
    except (RuntimeError, ValueError) as error:  # osmium's word for every kind of damage
        raise _damaged(path, error) from error


def _read_graphml(path: Path) -> nx.Graph:
    try:
        return read_graphml(path)
    except (ParseError, gzip.BadGzipFile, EOFError, nx.NetworkXError, KeyError, ValueError) as error:
        raise _damaged(path, error) from error


def _reading(path: Path, ways: Iterable[RoadWay], from_osm: bool) -> RoadReading:
    streets, counts = build_streets(ways)
    if counts.edges == 0:
        left = "、".join(f"{reason or '?'} {count}" for reason, count in counts.dropped.items())
        raise fault("roads-empty", path, Text(f"其中没有道路（略去的线：{left or 0}）", f"it holds no road (lines left out: {left or 0})"),
                    Text("请检查导出时是否选了道路图层", "Please check that roads were among what was exported"))
    return RoadReading(Geography(streets, attribution=OSM_ATTRIBUTION if from_osm else ""), counts)


def _damaged(path: Path, error: Exception) -> InputError:
    return fault("roads-damaged", path, Text(f"读不下去，文件可能不完整（{shown(error)}）",
                                             f"it cannot be read to its end; it may be incomplete ({shown(error)})"),
                 Text("请重新下载或导出", "Please download or export it again"))
