"""The self-test for a wrong datum on the demonstration district: right data are never accused, wrong ones found and mended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from geodata.coordinates import BD09, GCJ02, Datum, from_wgs84
from geodata.demo_district import Demo, build_demo
from geodata.faults import Fault
from geodata.geography import write_geography
from geodata.streets import LocalPlane
from geodata.surroundings import read_district
from geodata.table_writer import write_workbook
from planner.facts.district import District, Place


@pytest.fixture(scope="module")
def demo() -> Demo:
    return build_demo(1, 0.2)


@pytest.fixture(scope="module")
def geography(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ground") / "geography.gpkg"
    write_geography(path, demo.geography)
    return path


def moved(district: District, datum: Datum) -> District:
    """The district with all coordinates written in ``datum``."""
    def there(place: Place) -> Place:
        lon, lat = from_wgs84(np.array([[place.lon, place.lat]]), datum)[0]
        return replace(place, lon=float(lon), lat=float(lat))

    return replace(district, subdistricts=tuple(replace(one, centre=there(one.centre)) for one in district.subdistricts),
                   offices=tuple(replace(one, place=there(one.place)) for one in district.offices),
                   sites=tuple(replace(one, place=there(one.place)) for one in district.sites))


def read(folder: Path, district: District, geography: Path | None, accepted: Collection[str] = ()) -> tuple[
        District | None, tuple[Fault, ...]]:
    path = folder / "district.xlsx"
    write_workbook(path, district)
    found, _, faults = read_district(path, geography, None, accepted)
    return found, faults


def test_right_data_are_not_accused(demo: Demo, geography: Path, tmp_path: Path) -> None:
    district, faults = read(tmp_path, demo.district, geography)
    assert district is not None
    assert not {"wrong-datum", "boundary-off", "outside-district", "in-water"} & {fault.code for fault in faults}


def test_a_place_in_the_river_is_told_and_stays(demo: Demo, geography: Path, tmp_path: Path) -> None:
    river = max(demo.geography.water, key=lambda one: one.area)
    deep = shapely.maximum_inscribed_circle(river).coords[0]
    first = replace(demo.district.sites[0], place=Place(round(deep[0], 6), round(deep[1], 6)))
    district, faults = read(tmp_path, replace(demo.district, sites=(first, *demo.district.sites[1:])), geography)
    assert district is not None
    (told,) = (fault for fault in faults if fault.code == "in-water")
    assert (told.severity, told.row) == ("warning", 2)
    assert "1 行的坐标在水面上" in told.sentence()
    assert district.sites[0].place == first.place


@pytest.mark.parametrize("datum", [GCJ02, BD09], ids=lambda one: one.name)
def test_another_datum_is_found_and_mended_with_consent(datum: Datum, demo: Demo, geography: Path, tmp_path: Path) -> None:
    district, faults = read(tmp_path, moved(demo.district, datum), geography)
    assert district is None
    accused = [fault for fault in faults if fault.code == "wrong-datum"]
    assert accused
    assert all(datum.name in fault.sentence() for fault in accused)
    district, faults = read(tmp_path, moved(demo.district, datum), geography, ["wrong-datum"])
    assert district is not None
    told = {fault.sheet for fault in faults if fault.code == "wrong-datum"}
    assert {"企业", "居委会"} <= told
    assert district.coordinates["committees"] == district.coordinates["enterprises"] == f"{datum.name}, accepted"
    plane = LocalPlane(121.5, 31.3)
    for found, right in zip(district.sites, demo.district.sites, strict=True):
        away = plane.to_metres(np.array([[found.place.lon, found.place.lat]])) - plane.to_metres(
            np.array([[right.place.lon, right.place.lat]]))
        assert np.linalg.norm(away) < 1


def test_without_roads_and_boundaries_nothing_is_said(demo: Demo, tmp_path: Path) -> None:
    district, faults = read(tmp_path, moved(demo.district, GCJ02), None)
    assert district is not None
    assert "wrong-datum" not in {fault.code for fault in faults}
