"""The GeoPackage holds the plan as points and lines, the same bytes each time."""

from __future__ import annotations

import pyogrio
import pytest

from maps import plan_layers
from maps.plan_layers import write_plan_layers
from planner.artefacts.plan import Plan
from planner.facts.district import Pairing
from tests.maps import sample


def written(path, names=("", "", "", ""), plan=None, with_routes=True):
    given = sample.problem(names)
    plan = plan or sample.plan(given)
    write_plan_layers(path, given, plan, sample.routes(plan) if with_routes else None)
    return path


def layer(path, name):
    return pyogrio.read_dataframe(path, layer=name)


def test_layers(tmp_path):
    path = written(tmp_path / "plan.gpkg")
    assert dict(pyogrio.list_layers(path).tolist()) == {
        "单位": "Point", "联系点": "Point", "结对": "LineString", "路线": "LineString"}
    assert [name for name, _ in pyogrio.list_layers(written(tmp_path / "b.gpkg", with_routes=False))] == [
        "单位", "联系点", "结对"]


def test_content(tmp_path):
    path = written(tmp_path / "plan.gpkg")
    sites = layer(path, "联系点").set_index("编号")
    assert sites.crs == "EPSG:4326"
    assert "fid" not in sites.columns
    assert dict(sites.loc["S02", ["类别", "街道", "干部编号", "干部", "单位"]]) == {
        "类别": "居委会", "街道": "四平街道", "干部编号": "C02", "干部": "乙", "单位": "区委机关"}
    pairings = layer(path, "结对")
    assert list(zip(pairings["干部编号"], pairings["对象编号"], pairings["路程分钟"], strict=True)) == [
        ("C01", "S01", 10), ("C01", "S04", 10), ("C02", "S02", 10), ("C02", "S03", 10)]
    assert [*pairings.geometry[0].coords[0], *pairings.geometry[0].coords[1]] == pytest.approx(
        [121.5, 31.298, 121.507, 31.301])
    routes = layer(path, "路线")
    assert list(routes["对象编号"]) == ["S01、S04", "S02、S03"]
    assert routes["日期"][0] == "2027-01-14、2027-02-18"
    assert len(routes.geometry[0].coords) == 4
    assert list(layer(path, "单位")["干部数"]) == [1, 1]


def test_hostile_names_stay_as_they_are(tmp_path):
    path = written(tmp_path / "plan.gpkg", sample.HOSTILE_NAMES)
    assert list(layer(path, "联系点")["名称"]) == list(sample.HOSTILE_NAMES)


def test_unheld_sites_and_unknown_ids(tmp_path):
    plan = Plan.of("2027-2028", [Pairing("C99", "S01"), Pairing("C01", "S99")], sample.PROVENANCE)
    path = written(tmp_path / "plan.gpkg", plan=plan, with_routes=False)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["单位", "联系点"]
    assert list(layer(path, "联系点")["干部编号"]) == ["", "", "", ""]


def test_same_plan_same_bytes(tmp_path, monkeypatch):
    first, second = written(tmp_path / "a.gpkg"), written(tmp_path / "b.gpkg")
    assert first.read_bytes() == second.read_bytes()
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gpkg", "b.gpkg"]


def test_a_damaged_file_never_takes_the_name(tmp_path, monkeypatch):
    path = written(tmp_path / "plan.gpkg")
    before = path.read_bytes()

    def damage(_path):
        raise OSError("damaged")

    monkeypatch.setattr(plan_layers, "_check", damage)
    with pytest.raises(OSError, match="damaged"):
        written(path, sample.HOSTILE_NAMES)
    assert path.read_bytes() == before
