"""How places are joined to the roads, told to people: who was moved, gated, off the roads, or cut off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from geodata.faults import Fault
from geodata.streets import SNAP_LIMIT_METRES, Snap, StreetNetwork
from planner.facts.district import Place
from planner.text import Text


@dataclass(frozen=True)
class JoinedPlaces:
    """Counts of places by how they are joined.

    ``snapped`` to a road within the limit; of these ``moved`` past a nearer road that is cut off or cannot be left,
    and ``gated`` past one closed to the public. ``off_road``: beyond the limit. ``pairs_without_road``: ordered pairs
    of places between which no road leads. ``farthest_metres`` is the longest way from a snapped place to its node.
    """

    places: int
    snapped: int
    moved: int
    gated: int
    off_road: int
    pairs_without_road: int
    farthest_metres: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def joined_places(snap: Snap) -> JoinedPlaces:
    """Count how places are joined."""
    near = ~snap.off_road
    return JoinedPlaces(
        len(near), int(near.sum()), int((snap.moved & ~snap.gated & near).sum()), int((snap.gated & near).sum()),
        int(snap.off_road.sum()), snap.pairs_without_road, int(snap.metres[near].max(initial=0)))


def place_notes(network: StreetNetwork, places: Mapping[str, Place], file: str) -> tuple[Fault, ...]:
    """One note for every place that is not simply joined to its nearest road; ``file`` is the road file's name."""
    snap = network.snap(places.values())
    notes = []
    for number, name in enumerate(places):
        metres = int(snap.metres[number])
        if snap.off_road[number]:
            notes.append(_off_road(file, name, metres, str(network.gaps)))
        elif snap.gated[number]:
            notes.append(_note("behind-gate", file, name, Text(
                f"{name} 最近的道路不对外开放，改从 {metres} 米外的道路步行进入",
                f"the road nearest to {name} is closed to the public; it is reached on foot from a road {metres} m away")))
        elif snap.moved[number]:
            notes.append(_note("moved-to-road", file, name, Text(
                f"{name} 最近的道路与路网不通，或只能进不能出，改接 {metres} 米外的道路",
                f"the road nearest to {name} is cut off or cannot be left again; it is joined to one {metres} m away")))
    largest = int(np.bincount(snap.part).argmax()) if len(snap.part) else 0
    apart = [name for name, part in zip(places, snap.part, strict=True) if part != largest]
    if apart:
        some = "、".join(apart[:5]) + ("…" if len(apart) > 5 else "")
        notes.append(_note("no-road-between", file, "", Text(
            f"{len(apart)} 个地点（{some}）与其余地点之间没有道路相通，其间按直线估算（{network.gaps}）",
            f"no road leads from {len(apart)} places ({some}) to the others; between them times are estimated ({network.gaps})")))
    return tuple(notes)


def _off_road(file: str, name: str, metres: int, estimate: str) -> Fault:
    return Fault(
        "off-road", file, Text(
            f"{name} 周围 {SNAP_LIMIT_METRES} 米内没有可用的道路，到最近的路口（{metres} 米）按直线估算（{estimate}）",
            f"{name} has no usable road within {SNAP_LIMIT_METRES} m; {metres} m to the nearest junction are estimated ({estimate})"),
        Text("请检查它的坐标，或补充道路", "Please check its coordinates, or add roads"), value=name, severity="warning")


def _note(code: str, file: str, name: str, why: Text) -> Fault:
    return Fault(code, file, why, Text("", ""), value=name, severity="warning")
