"""The command ``roads``, and plans from road files as they come."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import run_planner
from commands import inputs, names, outputs
from geodata.demo_district import build_demo
from geodata.geography import read_geography
from geodata.table_writer import write_workbook
from tests.geodata.test_roads import CROSS, lines, town

GEO = Path(__file__).parents[3] / "shared" / "geo"
real = pytest.mark.skipif(not GEO.is_dir(), reason="the real roads are not beside the repository")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIXIAN_CACHE", str(tmp_path / "cache"))


@pytest.fixture(name="workbook", scope="module")
def small_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "district.xlsx"
    write_workbook(path, build_demo(1, 0.05).district)
    return path


def told(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    assert run_planner.main([str(one) for one in arguments]) == code
    return capsys.readouterr().out


def test_a_file_is_converted_and_counted(tmp_path, capsys):
    out = tmp_path / "geography.gpkg"
    text = told(capsys, "roads", "--file", town(tmp_path, ".osm.pbf"), "--out", out)
    assert "读入 5 条线，保留 4 条道路" in text
    assert "construction 1" in text
    assert "© OpenStreetMap contributors" in text
    assert read_geography(out).streets.number_of_edges() == 10
    text = told(capsys, "roads", "--file", out, "--out", tmp_path / "again.gpkg", "--lang", "en")
    assert "10 directed pieces" in text
    assert (tmp_path / "again.gpkg").read_bytes() == out.read_bytes()


def test_the_places_of_a_workbook_are_joined(tmp_path, capsys, workbook):
    arguments = ("roads", "--file", town(tmp_path, ".osm"), "--out", tmp_path / "g.gpkg", "--workbook", workbook)
    report = json.loads(told(capsys, *arguments, "--json"))
    joined, notes = report["joined"], report["notes"]
    assert joined["snapped"] + joined["off_road"] == joined["places"] > 0
    assert sum(note["code"] == "off-road" for note in notes) == joined["off_road"] > 0
    text = told(capsys, *arguments)
    assert f"{joined['places']} 个地点" in text
    assert "米内没有可用的道路" in text


def test_an_attribution_can_be_given(tmp_path, capsys):
    out = tmp_path / "g.gpkg"
    told(capsys, "roads", "--file", lines(tmp_path / "roads.gpkg", CROSS), "--out", out, "--attribution", "区规划局")
    assert read_geography(out).attribution == "区规划局"


@pytest.mark.parametrize(("arguments", "words"), [
    ((), "--file"), (("--file", "a.osm", "--place", "b"), "--file"), (("--file", "none.osm"), "找不到这个文件")])
def test_wrong_use_is_told(tmp_path, capsys, arguments, words):
    assert run_planner.main(["roads", *arguments, "--out", str(tmp_path / "g.gpkg")]) == names.EXIT_INPUT
    captured = capsys.readouterr()
    assert words in captured.out + captured.err
    assert not (tmp_path / "g.gpkg").exists()


def test_roads_nobody_can_stand_on_are_told(tmp_path, capsys, workbook):
    roads = lines(tmp_path / "roads.gpkg", CROSS, highway=["motorway", "motorway"])
    text = told(capsys, "check", workbook, "--roads", roads, "--term", "2027-2028", code=names.EXIT_INPUT)
    assert "其中没有可用的道路" in text


def test_a_workbook_is_read_with_an_extract_as_it_comes(tmp_path, workbook):
    sources = inputs.Sources(workbook, roads=town(tmp_path, ".osm.pbf"), term_id="2027-2028")
    found = inputs.read_inputs(sources)
    assert found.geography is not None
    assert found.problem.travel.source.startswith("roads; straight-line 20 km/h x 140 %")
    assert {note.code for note in found.notes} >= {"off-road"}
    for mode, seconds in (("bicycle", "12 km/h"), ("foot", "5 km/h")):
        by = inputs.read_inputs(replace(sources, changes={"travel_mode": mode})).problem
        assert (by.travel.mode, f"straight-line {seconds}" in by.travel.source) == (mode, True)
        assert by.travel.digest != found.problem.travel.digest
    assert outputs.base_map_of(found.geography).attribution == "© OpenStreetMap contributors (ODbL 1.0)"


@real
@pytest.mark.parametrize(("name", "kept", "parts", "share"), [
    ("yangpu_siping.osm.pbf", 311, 8, 0.9), ("yangpu_siping.osm.gz", 311, 8, 0.9),
    ("shenzhen_futian_drive.graphml.gz", 2595, 1, 0.9), ("yangpu_siping_osm_roads.gpkg", 341, 1, 0.9),
    ("yangpu_main_roads_network.gpkg", 438, 1, 0.9), ("yangpu_elevated_roads_osm.geojson", 240, None, 0.5)])
def test_real_roads(tmp_path, capsys, name, kept, parts, share):
    report = json.loads(told(capsys, "roads", "--file", GEO / name, "--out", tmp_path / "g.gpkg", "--json"))
    counts = report["counts"]
    assert counts["ways_kept"] == kept
    assert parts is None or len(counts["components"]) == parts
    assert counts["components"][0] > share * report["nodes"]
    assert sum(counts["components"]) == report["nodes"]
