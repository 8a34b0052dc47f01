"""Reading OpenStreetMap extracts: .osm.pbf, .osm, and .osm compressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import osmium

from geodata.roads_build import RoadWay
from geodata.roads_rules import READ_TAGS


def osm_ways(path: Path) -> Iterator[RoadWay]:
    """Every line with a ``highway``; where the extract cuts nodes off, the line ends.

    Reads geometry and the tags of ``READ_TAGS``: no user, uid or changeset. Raises RuntimeError for a damaged file.
    """
    ways = osmium.FileProcessor(str(path)).with_locations()
    ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY)).with_filter(osmium.filter.KeyFilter("highway"))
    for way in ways:
        tags = {key: way.tags[key] for key in READ_TAGS if key in way.tags}
        stretch: list[tuple[int, tuple[float, float]]] = []
        for node in way.nodes:
            if node.location.valid():
                stretch.append((node.ref, (node.location.lon, node.location.lat)))
            elif stretch:
                yield _road_way(tags, stretch)
                stretch = []
        if stretch:
            yield _road_way(tags, stretch)


def _road_way(tags: dict[str, str], stretch: list[tuple[int, tuple[float, float]]]) -> RoadWay:
    keys, points = zip(*stretch, strict=True)
    return RoadWay(tags, points, keys)
