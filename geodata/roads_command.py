"""The work of the command ``roads``: a road file or a download made into geography.gpkg, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geodata.faults import Fault
from geodata.geography import write_geography
from geodata.roads import RoadReading
from geodata.roads_build import RoadCounts
from geodata.roads_places import JoinedPlaces, joined_places, place_notes
from geodata.streets import StreetNetwork
from planner.facts.district import Place
from planner.text import Text


@dataclass(frozen=True)
class RoadReport:
    """What was made of the roads; ``joined`` and ``notes`` tell how a district's places meet them."""

    out: Path
    attribution: str
    nodes: int
    edges: int
    counts: RoadCounts | None
    joined: JoinedPlaces | None = None
    notes: tuple[Fault, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        counts = None if self.counts is None else {
            "ways_read": self.counts.ways_read, "ways_kept": self.counts.ways_kept, "dropped": dict(self.counts.dropped),
            "gated": self.counts.gated, "metres": self.counts.metres, "components": list(self.counts.components)}
        return {"file": str(self.out), "attribution": self.attribution, "nodes": self.nodes, "edges": self.edges,
                "counts": counts, "joined": None if self.joined is None else self.joined.to_json(),
                "notes": [note.to_json() for note in self.notes]}

    def lines(self) -> list[Text]:
        """For people: one line for each thing to know."""
        lines = [Text(f"节点 {self.nodes}，有向路段 {self.edges}", f"{self.nodes} nodes, {self.edges} directed pieces of road")]
        if self.counts is not None:
            lines += _count_lines(self.counts)
        if self.joined is not None:
            lines += _joined_lines(self.joined)
        if self.attribution:
            lines.append(Text(f"地图署名：{self.attribution}", f"shown on every map: {self.attribution}"))
        return [*lines, Text(f"已写出 {self.out}", f"written: {self.out}")]


def make_geography(reading: RoadReading, out: Path, places: Mapping[str, Place] | None, attribution: str | None) -> RoadReport:
    """Write the roads to ``out``; with ``places``, tell how they meet the roads by car.

    ``attribution`` replaces the one that the file's origin asks for. Raises NoRoadError for roads without a door.
    """
    geography = reading.geography if attribution is None else replace(reading.geography, attribution=attribution)
    joined, notes = None, ()
    if places is not None:
        network = StreetNetwork(geography.streets)
        joined, notes = joined_places(network.snap(places.values())), place_notes(network, places, out.name)
    write_geography(out, geography)
    streets = geography.streets
    return RoadReport(out, geography.attribution, streets.number_of_nodes(), streets.number_of_edges(), reading.counts,
                      joined, notes)


def _count_lines(counts: RoadCounts) -> list[Text]:
    dropped = sum(counts.dropped.values())
    by_class = Text("；".join(f"{reason or '无等级'} {count}" for reason, count in counts.dropped.items()),
                    "; ".join(f"{reason or 'no class'} {count}" for reason, count in counts.dropped.items()))
    km, largest = f"{counts.metres / 1000:.1f}", counts.components[0] / max(1, counts.nodes)
    return [
        Text(f"读入 {counts.ways_read} 条线，保留 {counts.ways_kept} 条道路，共 {km} 公里，其中 {counts.gated} 条不对外开放",
             f"{counts.ways_read} lines read, {counts.ways_kept} roads kept, {km} km; {counts.gated} are gated"),
        Text(f"略去 {dropped} 条" + (f"：{by_class.zh}" if dropped else ""),
             f"{dropped} left out" + (f": {by_class.en}" if dropped else "")),
        Text(f"互不相通的部分 {len(counts.components)} 个，最大的一个占节点 {largest:.1%}，全部保留",
             f"{len(counts.components)} parts without a road between them, the largest with {largest:.1%} of nodes; all are kept"),
    ]


def _joined_lines(joined: JoinedPlaces) -> list[Text]:
    return [
        Text(f"{joined.places} 个地点：接入道路 {joined.snapped} 个（最远 {joined.farthest_metres} 米），其中改接 {joined.moved} 个、"
             f"在封闭道路旁 {joined.gated} 个；附近无路 {joined.off_road} 个",
             f"{joined.places} places: {joined.snapped} joined to a road (at most {joined.farthest_metres} m), of these "
             f"{joined.moved} moved and {joined.gated} behind a gate; {joined.off_road} off the roads"),
        Text(f"之间无路相通、按直线估算的地点对 {joined.pairs_without_road} 个",
             f"{joined.pairs_without_road} pairs of places without a road between them are estimated in straight lines"),
    ]
