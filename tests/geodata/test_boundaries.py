"""Polygons of sub-districts from the files people have, matched by name, mended only with consent."""

from __future__ import annotations

from pathlib import Path

import geopandas
import pytest
import shapely

from geodata.boundaries import name_keys, read_boundaries
from geodata.coordinates import GCJ02, from_wgs84
from geodata.directories import Directory
from geodata.faults import Fault, InputError
from geodata.tables import read_tables
from tests.geodata.sample_workbook import small, workbook

WEST, EAST = shapely.box(121.49, 31.29, 121.52, 31.35), shapely.box(121.52, 31.29, 121.55, 31.35)
BOW_TIE = shapely.Polygon([(121.49, 31.29), (121.52, 31.35), (121.52, 31.29), (121.49, 31.35)])


@pytest.fixture
def subdistricts(tmp_path: Path) -> Directory:
    """Two sub-districts, 甲街道 and 乙街道."""
    rows = small()
    rows["街道"].append(["S2", "乙街道", 121.53, 31.3])
    return read_tables(workbook(tmp_path, rows)).subdistricts


def frame(names: list[str], shapes: list[shapely.Geometry], crs: str | None = "EPSG:4326") -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"名称": names}, geometry=shapes, crs=crs)


def codes(faults: tuple[Fault, ...]) -> list[tuple[str, str]]:
    return [(fault.code, fault.severity) for fault in faults]


@pytest.mark.parametrize(("name", "encoding"), [("b.geojson", "utf-8"), ("b.gpkg", "utf-8"), ("b.shp", "utf-8"), ("b.shp", "gbk")])
def test_every_kind_of_file(name: str, encoding: str, tmp_path: Path, subdistricts: Directory) -> None:
    path = tmp_path / name
    frame(["甲", "某区乙街道"], [WEST, EAST]).to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    found, faults = read_boundaries(path, subdistricts, "某区")
    assert faults == ()
    assert [one_id for one_id, *_ in found.areas] == ["S1", "S2"]
    assert found.areas[0][2].equals(WEST)
    assert found.outline is not None
    assert found.outline.equals(shapely.union(WEST, EAST))


def test_a_projected_file_and_a_stated_datum(tmp_path: Path, subdistricts: Directory) -> None:
    for name, given, datum in (("metres.gpkg", frame(["甲街道", "乙街道"], [WEST, EAST]).to_crs("EPSG:4549"), None),
                               ("gcj.geojson", frame(["甲街道", "乙街道"], [shapely.transform(one, lambda at: from_wgs84(at, GCJ02))
                                                                        for one in (WEST, EAST)]), GCJ02)):
        given.to_file(tmp_path / name)
        found, _ = read_boundaries(tmp_path / name, subdistricts, "某区", *([] if datum is None else [datum]))
        assert shapely.hausdorff_distance(found.areas[0][2], WEST) < 1e-6


def test_a_polygon_that_crosses_itself_is_mended_only_with_consent(tmp_path: Path, subdistricts: Directory) -> None:
    path = tmp_path / "b.geojson"
    frame(["甲街道", "乙街道"], [BOW_TIE, EAST]).to_file(path)
    found, faults = read_boundaries(path, subdistricts, "某区")
    assert ("invalid-boundary", "fault") in codes(faults)
    assert [one_id for one_id, *_ in found.areas] == ["S2"]
    found, faults = read_boundaries(path, subdistricts, "某区", accepted=["invalid-boundary"])
    assert ("invalid-boundary", "repair") in codes(faults)
    assert all(surface.is_valid for *_, surface in found.areas)
    assert len(found.areas) == 2


def test_what_is_missing_too_many_or_overlapping_is_told(tmp_path: Path, subdistricts: Directory) -> None:
    path = tmp_path / "b.geojson"
    frame(["甲街道", "丙街道"], [WEST, EAST]).to_file(path)
    _, faults = read_boundaries(path, subdistricts, "某区")
    assert sorted(codes(faults)) == [("missing-boundary", "warning"), ("unmatched-boundary", "warning")]
    frame(["甲街道", "乙街道"], [WEST, shapely.box(121.51, 31.29, 121.55, 31.35)]).to_file(path)
    _, faults = read_boundaries(path, subdistricts, "某区")
    assert codes(faults) == [("boundary-overlap", "warning")]


@pytest.mark.parametrize(("names", "shapes", "code"), [
    (["丙", "丁"], [WEST, EAST], "boundary-names"),
    (["甲街道", "乙街道"], [shapely.Point(121.5, 31.3), shapely.Point(121.5, 31.3)], "no-polygons"),
])
def test_files_of_no_use(names: list[str], shapes: list[shapely.Geometry], code: str, tmp_path: Path, subdistricts: Directory) -> None:
    path = tmp_path / "b.geojson"
    frame(names, shapes).to_file(path)
    with pytest.raises(InputError) as caught:
        read_boundaries(path, subdistricts, "某区")
    assert [fault.code for fault in caught.value.faults] == [code]


def test_names_with_and_without_their_ending() -> None:
    assert set(name_keys("甲街道")) & set(name_keys("甲"))
    assert not set(name_keys("甲街道")) & set(name_keys("乙街道"))
