"""What a workbook states about its coordinates is done and told; what only seems so is proposed, and done with consent."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from geodata.coordinates import GCJ02, Datum, from_wgs84, gauss_kruger
from geodata.tables import read_workbook
from planner.facts.digests import digest_of
from planner.facts.district import District
from tests.geodata.sample_workbook import Rows, small, workbook

COLUMNS = {"街道": 2, "单位": 4, "企业": 3, "居委会": 3}


def written(rows: Rows, datum: Datum, sheets: tuple[str, ...] = tuple(COLUMNS), zone: int = 0) -> Rows:
    """The rows with the coordinates of some sheets in ``datum``."""
    for sheet in sheets:
        first = COLUMNS[sheet]
        for row in rows[sheet][1:]:
            row[first:first + 2] = (from_wgs84(np.array([row[first:first + 2]]), datum)[0] + [zone * 1_000_000, 0]).tolist()
    return rows


def about(rows: Rows, *lines: tuple[str, str]) -> Rows:
    return {"说明": [["项目", "内容"], *map(list, lines)], **rows}


def places(district: District | None) -> list[tuple[float, float]]:
    assert district is not None
    return [(place.lon, place.lat) for place in district.places().values()]


def near(found: District | None, folder: Path) -> bool:
    """Whether all places are those of the plain workbook, to a centimetre."""
    plain, _ = read_workbook(workbook(folder, small(), "plain.xlsx"))
    return bool(np.abs(np.array(places(found)) - np.array(places(plain))).max() < 1e-7)


@pytest.mark.parametrize(("datum", "zone"), [(GCJ02, 0), (gauss_kruger(120), 0), (gauss_kruger(120), 40), (gauss_kruger(123), 41)],
                         ids=["GCJ-02", "metres", "zone 40", "zone 41"])
def test_what_is_stated_is_converted_and_told(datum: Datum, zone: int, tmp_path: Path) -> None:
    path = workbook(tmp_path, about(written(small(), datum, zone=zone), ("坐标系", datum.name)))
    district, faults = read_workbook(path)
    assert {(fault.code, fault.severity) for fault in faults} == {("converted-datum", "repair")}
    assert near(district, tmp_path)
    assert district is not None
    assert dict(district.coordinates) == dict.fromkeys(("subdistricts", "offices", "enterprises", "committees"), f"{datum.name}, stated")


def test_one_sheet_alone_may_be_stated(tmp_path: Path) -> None:
    district, faults = read_workbook(workbook(tmp_path, about(written(small(), GCJ02, ("企业",)), ("企业坐标系", "高德"))))
    assert [fault.sheet for fault in faults] == ["企业"]
    assert near(district, tmp_path)
    assert district is not None
    assert {district.coordinates[key] for key in ("subdistricts", "offices", "committees")} == {"WGS-84, assumed"}
    assert district.coordinates["enterprises"] == "GCJ-02, stated"


def test_the_record_of_coordinates_is_no_fact(tmp_path: Path) -> None:
    """Districts that differ in it alone are equal and have one digest."""
    district, _ = read_workbook(workbook(tmp_path, small()))
    assert district is not None
    other = dataclasses.replace(district, coordinates={"enterprises": "BD-09, accepted"})
    assert (other, digest_of(other)) == (district, digest_of(district))


def test_an_unknown_datum_is_a_fault(tmp_path: Path) -> None:
    district, (fault,) = read_workbook(workbook(tmp_path, about(small(), ("坐标系", "上海城市坐标"))))
    assert district is None
    assert (fault.code, fault.sheet, fault.row, fault.value) == ("unknown-datum", "说明", 2, "上海城市坐标")


def test_metres_of_nobody_knows_what_are_proposed_and_done_with_consent(tmp_path: Path) -> None:
    path = workbook(tmp_path, written(small(), gauss_kruger(120), ("企业",)))
    district, faults = read_workbook(path)
    assert district is None
    assert [fault.code for fault in faults] == ["wrong-datum"]
    assert "CGCS2000-120" in faults[0].sentence()
    district, faults = read_workbook(path, ["wrong-datum"])
    assert {fault.severity for fault in faults} == {"repair"}
    assert near(district, tmp_path)


def test_the_northing_may_stand_first(tmp_path: Path) -> None:
    rows = written(small(), gauss_kruger(120), ("居委会",), 40)
    for row in rows["居委会"][1:]:
        row[3], row[4] = row[4], row[3]
    district, faults = read_workbook(workbook(tmp_path, about(rows, ("居委会坐标系", "CGCS2000-120"))))
    assert [fault.code for fault in faults] == ["converted-datum", "northing-first"]
    assert near(district, tmp_path)
