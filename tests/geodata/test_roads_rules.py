from __future__ import annotations

import pytest

from geodata.roads_rules import ROAD_CLASSES, reason_to_drop, use_of

ALL, NOBODY = "car bicycle foot", ""


def uses(**tags: str) -> tuple[str, str]:
    """Modes along and against the points, in the order of the table."""
    use = use_of({key.replace("__", ":"): value for key, value in tags.items()})
    forward, backward = (" ".join(mode for mode in ALL.split() if mode in modes) for modes in (use.forward, use.backward))
    return forward, backward


@pytest.mark.parametrize(("tags", "forward", "backward"), [
    ({"highway": "residential"}, ALL, ALL),
    ({"highway": "service"}, ALL, ALL),
    ({"highway": "primary", "oneway": "yes"}, ALL, "foot"),
    ({"highway": "primary", "oneway": "true"}, ALL, "foot"),
    ({"highway": "primary", "oneway": "-1"}, "foot", ALL),
    ({"highway": "primary", "oneway": "no", "junction": "roundabout"}, ALL, ALL),
    ({"highway": "tertiary", "junction": "roundabout"}, ALL, "foot"),
    ({"highway": "motorway"}, "car", ""),
    ({"highway": "motorway", "oneway": "no"}, "car", "car"),
    ({"highway": "residential", "oneway": "yes", "oneway__bicycle": "no"}, ALL, "bicycle foot"),
    ({"highway": "residential", "oneway": "yes", "cycleway": "opposite_lane"}, ALL, "bicycle foot"),
    ({"highway": "residential", "oneway": "yes", "cycleway__left": "opposite_track"}, ALL, "bicycle foot"),
    ({"highway": "residential", "oneway": "yes", "cycleway": "lane"}, ALL, "foot"),
    ({"highway": "footway"}, "foot", "foot"),
    ({"highway": "footway", "bicycle": "yes"}, "bicycle foot", "bicycle foot"),
    ({"highway": "pedestrian", "motor_vehicle": "designated"}, ALL, ALL),
    ({"highway": "cycleway"}, "bicycle foot", "bicycle foot"),
    ({"highway": "service", "access": "private"}, NOBODY, NOBODY),
    ({"highway": "service", "access": "private", "foot": "yes"}, "foot", "foot"),
    ({"highway": "service", "access": "destination"}, ALL, ALL),
    ({"highway": "residential", "motor_vehicle": "no"}, "bicycle foot", "bicycle foot"),
    ({"highway": "residential", "motor_vehicle": "no", "motorcar": "yes"}, ALL, ALL),
    ({"highway": "footway", "access": "yes"}, "foot", "foot"),
    ({"highway": "primary", "motorroad": "yes"}, "car", "car"),
    ({"highway": "trunk"}, ALL, ALL),
    ({"highway": "trunk", "bridge": "yes", "oneway": "yes"}, "car", ""),
    ({"highway": "secondary", "foot": "no"}, "car bicycle", "car bicycle"),
])
def test_who_may_go_where(tags, forward, backward):
    assert uses(**tags) == (forward, backward)


@pytest.mark.parametrize(("tags", "doors"), [
    ({"highway": "residential"}, True),
    ({"highway": "service"}, True),
    ({"highway": "motorway"}, False),
    ({"highway": "trunk_link"}, False),
    ({"highway": "primary", "bridge": "viaduct"}, False),
    ({"highway": "primary", "bridge": "no"}, True),
    ({"highway": "primary", "tunnel": "yes"}, False),
    ({"highway": "service", "tunnel": "building_passage"}, True),
    ({"highway": "primary", "layer": "1"}, False),
    ({"highway": "primary", "layer": "-1"}, True),
    ({"highway": "primary", "layer": "ground"}, True),
])
def test_no_door_stands_on_raised_roads(tags, doors):
    assert use_of(tags).doors is doors


@pytest.mark.parametrize(("highway", "limit", "kmh"), [
    ("primary", "20", 20.0), ("primary", "80", None), ("primary", "15 mph", 15 * 1.609344), ("primary", "0", None),
    ("primary", "signals", None), ("residential", "18", None), ("service", "5 km/h", 5.0),
])
def test_a_limit_slows_and_never_speeds_up(highway, limit, kmh):
    assert use_of({"highway": highway, "maxspeed": limit}).car_kmh == kmh


def test_what_is_no_road_in_use_is_named():
    assert reason_to_drop({"highway": "construction"}) == "construction"
    assert reason_to_drop({}) == ""
    assert reason_to_drop({"highway": "pedestrian", "area": "yes"}) == "area"
    assert all(reason_to_drop({"highway": one}) is None for one in ROAD_CLASSES)


def test_gated_means_open_to_nobody():
    assert use_of({"highway": "service", "access": "no"}).is_gated
    assert not use_of({"highway": "service", "access": "no", "bicycle": "yes"}).is_gated
