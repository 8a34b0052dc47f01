from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from geodata import city_travel, district_travel
from geodata.district_travel import gaps_of, router_of, travel_of
from geodata.policy_file import apply_settings, read_policy
from geodata.streets import StraightLine, add_node, add_street, new_streets
from geodata.tables import read_workbook
from planner.facts.district import District
from planner.facts.policy import Policy, TravelMode
from tests.geodata.sample_workbook import small, workbook

MODES = tuple(TravelMode)


def by(mode: TravelMode) -> Policy:
    policy, _ = read_policy()
    assert policy is not None
    changed, faults = apply_settings(policy, {"travel_mode": str(mode)})
    assert (changed is not None, faults) == (True, ())
    assert changed is not None
    return changed


@pytest.fixture
def district(tmp_path: Path) -> District:
    found, faults = read_workbook(workbook(tmp_path, small()))
    assert found is not None, [one.sentence() for one in faults]
    return found


def one_street(length_metres: int = 3_600):
    """A residential street past all places, one-way from west to east, and a longer way back for cars and bicycles."""
    streets = new_streets()
    add_node(streets, 1, 121.50, 31.30)
    add_node(streets, 2, 121.54, 31.34)
    ends = ((121.50, 31.30), (121.54, 31.34))
    add_street(streets, 1, 2, name="某路", highway="residential", length_metres=length_metres, geometry=ends, both_ways=False)
    add_street(streets, 2, 1, name="回路", highway="primary", length_metres=2 * length_metres, geometry=ends[::-1], both_ways=False)
    return streets


def test_straight_lines_by_every_means(district: District) -> None:
    """Cars go as fast as the policy says, bicycles 12 and walkers 5 km/h; the detour is the same."""
    assert [gaps_of(by(mode)) for mode in MODES] == [StraightLine(20, 140), StraightLine(12, 140), StraightLine(5, 140)]
    times = [travel_of(district, None, "", by(mode), None)[0] for mode in MODES]
    assert [one.mode for one in times] == ["car", "bicycle", "foot"]
    car, bicycle, foot = (one.seconds("O1", "E2") for one in times)
    assert car is not None
    assert bicycle == pytest.approx(car * 20 / 12, abs=2)
    assert foot == pytest.approx(car * 4, abs=4)
    assert len({one.digest for one in times}) == 3


def test_a_city_in_straight_lines_has_the_same_times(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix, _ = travel_of(district, None, "", by(TravelMode.FOOT), None)
    monkeypatch.setattr(district_travel, "MOST_PLACES_IN_ONE_MATRIX", 1)
    city, _ = travel_of(district, None, "", by(TravelMode.FOOT), None)
    assert isinstance(city, city_travel.StraightCityTravel)
    assert (city.mode, city.seconds("O1", "E2"), city.part(("O1", "E2")).mode) == ("foot", matrix.seconds("O1", "E2"), "foot")


def test_one_way_streets_bind_cars_and_bicycles_not_walkers(tmp_path: Path, district: District) -> None:
    """3.6 km east at 18, 13 and 5 km/h; back 7.2 km of primary road at 32 and 14, and the same street on foot."""
    west, east = (dataclasses.replace(district.places()["O1"], lon=lon, lat=lat) for lon, lat in ((121.50, 31.30), (121.54, 31.34)))
    there = {TravelMode.CAR: 720, TravelMode.BICYCLE: 997, TravelMode.FOOT: 2592}
    back = {TravelMode.CAR: 810, TravelMode.BICYCLE: 1852, TravelMode.FOOT: 2592}
    streets = one_street()
    for mode in MODES:
        router = router_of(streets, by(mode))
        for origin, destination, expected in ((west, east, there[mode]), (east, west, back[mode])):
            way = router.route(origin, destination)
            assert way is not None
            assert way.seconds == expected, mode
    cached = [travel_of(district, streets, "roads", by(mode), tmp_path / "cache")[0] for mode in MODES]
    again = [travel_of(district, streets, "roads", by(mode), tmp_path / "cache")[0] for mode in MODES]
    assert [one.digest for one in cached] == [one.digest for one in again]
    assert len(list((tmp_path / "cache").iterdir())) == len({one.digest for one in cached}) == 3
