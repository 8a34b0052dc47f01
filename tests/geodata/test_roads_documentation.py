"""docs/roads.md tells what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geodata import roads, roads_places
from geodata.roads_rules import ROAD_CLASSES
from geodata.streets import CLOSED_CLASSES, SNAP_LIMIT_METRES, SPEED_KMH, speed_kmh

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "roads.md").read_text(encoding="utf-8")


def test_the_table_of_speeds_is_that_of_the_code():
    rows = {row[0]: row[1:] for row in re.findall(r"^\| `?(\w+)`? \| (\d+) \| ([\d–]+) \| ([\d–]+) \|$", PAGE, re.MULTILINE)}
    assert set(rows) == {*SPEED_KMH["car"], "others"}
    for highway, cells in rows.items():
        for mode, cell in zip(SPEED_KMH, cells, strict=True):
            assert cell == ("–" if highway in CLOSED_CLASSES[mode] else str(speed_kmh(mode, highway)))


@pytest.mark.parametrize("mode", SPEED_KMH)
def test_the_closed_classes_are_told(mode):
    (row,) = re.findall(rf"^\| {mode} \| all but \| (.+) \|$", PAGE, re.MULTILINE)
    assert {word.strip("`") for word in row.split(", ")} == {one.removesuffix("_link") for one in CLOSED_CLASSES[mode]}
    assert CLOSED_CLASSES[mode] <= ROAD_CLASSES


def test_every_code_kind_of_file_and_limit_is_told():
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in (roads, roads_places)]
    sources.append((ROOT / "geodata" / "roads_download.py").read_text(encoding="utf-8"))
    codes = {code for text in sources for code in re.findall(r'(?:fault|_note|Fault)\(\s*"([a-z-]+)"', text)} | set(roads._LINE_FAULTS)
    assert len(codes) >= 11
    assert [code for code in sorted(codes) if f"`{code}`" not in PAGE] == []
    assert all(f"`{suffix}`" in PAGE or suffix == ".pbf" for suffix in
               (*roads.OSM_SUFFIXES, *roads.GRAPH_SUFFIXES, *roads.LINE_SUFFIXES))
    assert f"within {SNAP_LIMIT_METRES} m" in PAGE
    assert roads.OSM_ATTRIBUTION in PAGE
