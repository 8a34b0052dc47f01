"""Downloading roads from OpenStreetMap by the name of a place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import networkx as nx

from geodata.faults import InputError
from geodata.roads import RoadReading, fault, graph_reading
from geodata.roads_rules import READ_TAGS
from planner.text import Text

_SOURCE: Final = Path("OpenStreetMap")
_EXTRACT: Final = Text("请在能上网的电脑上下载本省市的 .osm.pbf 文件，再用 roads --file 转换",
                "Please fetch an .osm.pbf extract of the province on a computer with internet, and convert it with roads --file")


def download_roads(place: str) -> RoadReading:
    """Ask OpenStreetMap for every road inside ``place``, such as 杨浦区, 上海; raises InputError where it cannot."""
    import osmnx  # noqa: PLC0415 - slow to import, and needed by nobody else
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError  # noqa: PLC0415

    osmnx.settings.use_cache = False
    osmnx.settings.useful_tags_way = list(READ_TAGS)
    try:
        graph = osmnx.graph_from_place(place, custom_filter='["highway"]', retain_all=True, simplify=False)
    except (InsufficientResponseError, TypeError) as error:
        raise _unknown_place(place) from error
    except (ResponseStatusCodeError, OSError) as error:
        raise _no_network() from error
    return graph_reading(_without_bends(graph), _SOURCE)


def _without_bends(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """The graph with nodes only where roads meet, begin, or change."""
    import osmnx  # noqa: PLC0415

    simple: nx.MultiDiGraph = osmnx.simplify_graph(graph, edge_attrs_differ=["osmid"])
    return simple


def _unknown_place(place: str) -> InputError:
    return fault("unknown-place", _SOURCE, Text(f"OpenStreetMap 里找不到“{place}”的边界", f"OpenStreetMap has no area called “{place}”"),
                 Text("请写区、市全名，如“杨浦区, 上海”", "Please write district and city in full, such as “Yangpu, Shanghai”"))


def _no_network() -> InputError:
    return fault("no-network", _SOURCE, Text("连不上，没有下载道路", "it cannot be reached; no roads were downloaded"), _EXTRACT)
