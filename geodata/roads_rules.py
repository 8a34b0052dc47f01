"""What the tags of a road mean: who may use it, in which direction, how fast, and whether doors stand on it.

Tags are those of OpenStreetMap; every reader of roads translates into them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geodata.streets import BICYCLE, CAR, FOOT, SPEED_KMH, usual_doors, usual_modes

Tags = Mapping[str, str]

ROAD_CLASSES: Final = frozenset(SPEED_KMH[CAR]) | {
    "footway", "path", "cycleway", "pedestrian", "steps", "bridleway", "road"}
"""Values of ``highway`` that are roads in use. Others (construction, proposed, platform ...) are left out, and counted."""

READ_TAGS: Final = (
    "access", "area", "bicycle", "bicycle:backward", "bridge", "cycleway", "cycleway:both", "cycleway:left",
    "cycleway:right", "foot", "highway", "junction", "layer", "maxspeed", "motor_vehicle", "motorcar", "motorroad", "name",
    "oneway", "oneway:bicycle", "tunnel", "vehicle")
"""All that is read of a road. Who drew it, and when, is not."""

_ACCESS_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    CAR: ("motorcar", "motor_vehicle", "vehicle", "access"),
    BICYCLE: ("bicycle", "vehicle", "access"),
    FOOT: ("foot", "access"),
}
"""The tags that allow or forbid a mode, the most special first: it alone counts."""

_SHUT: Final = frozenset({"no", "private", "agricultural", "forestry", "military", "emergency", "permit", "use_sidepath"})
_OPENED: Final = frozenset({"yes", "designated", "permissive"})
_YES: Final = frozenset({"yes", "true", "1"})
_BACKWARD: Final = frozenset({"-1", "reverse"})
_ROUNDABOUTS: Final = frozenset({"roundabout", "circular"})
_MILES: Final = 1.609344


@dataclass(frozen=True, slots=True)
class RoadUse:
    """Modes along the road's points and against them; whether doors stand on it; a car's speed, None: of its class."""

    forward: frozenset[str]
    backward: frozenset[str]
    doors: bool
    car_kmh: float | None

    @property
    def is_gated(self) -> bool:
        """Whether nobody may use it without leave."""
        return not (self.forward or self.backward)


def reason_to_drop(tags: Tags) -> str | None:
    """Why a line is no road in use: its class, or ``area``; None for a road."""
    highway = tags.get("highway", "")
    if highway not in ROAD_CLASSES:
        return highway
    return "area" if tags.get("area") == "yes" else None


def use_of(tags: Tags) -> RoadUse:
    """Read the tags of a road."""
    highway, raised = tags["highway"], is_raised(tags)
    modes = {mode for mode in _ACCESS_KEYS if _may_use(mode, tags)}
    if tags.get("motorroad") == "yes" or (raised and highway in {"trunk", "trunk_link"}):
        modes &= {CAR}
    along, against = _directions(tags)
    forward = modes if along else modes & {FOOT}
    backward = modes if against else modes & {FOOT}
    if BICYCLE in modes and _has_contraflow(tags):
        forward, backward = forward | {BICYCLE}, backward | {BICYCLE}
    return RoadUse(frozenset(forward), frozenset(backward), usual_doors(highway) and not raised, _car_kmh(tags))


def is_raised(tags: Tags) -> bool:
    """Whether it runs above or below the ground: on a bridge, in a tunnel, or on a higher layer."""
    if tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") not in {"no", "building_passage"}:
        return True
    return re.fullmatch(r"\+?[1-9]\d*", tags.get("layer", "")) is not None


def _may_use(mode: str, tags: Tags) -> bool:
    told = next((tags[key] for key in _ACCESS_KEYS[mode] if key in tags), "")
    if told in _SHUT:
        return False
    special = next((tags[key] for key in _ACCESS_KEYS[mode] if key in tags and key != "access"), "")
    return mode in usual_modes(tags["highway"]) or special in _OPENED


def _directions(tags: Tags) -> tuple[bool, bool]:
    """Whether vehicles may go along the points, and against them."""
    oneway = tags.get("oneway", "")
    if oneway in _BACKWARD:
        return False, True
    implied = tags["highway"] == "motorway" or tags.get("junction") in _ROUNDABOUTS
    return True, not (oneway in _YES or (implied and oneway != "no"))


def _has_contraflow(tags: Tags) -> bool:
    """Whether bicycles may go both ways on a one-way road."""
    lanes = (tags.get(key, "") for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both"))
    return (tags.get("oneway:bicycle") == "no" or tags.get("bicycle:backward") in _OPENED
            or any(lane.startswith("opposite") for lane in lanes))


def _car_kmh(tags: Tags) -> float | None:
    """The limit, where it is below the usual speed of the class."""
    limit = re.fullmatch(r"(\d+(?:\.\d+)?) *(km/h|mph)?", tags.get("maxspeed", ""))
    if limit is None or float(limit[1]) == 0:
        return None
    kmh = float(limit[1]) * (_MILES if limit[2] == "mph" else 1)
    return kmh if kmh < SPEED_KMH[CAR].get(tags["highway"], 0) else None
