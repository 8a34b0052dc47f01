"""What the coverage map's page holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from maps.base_map import BaseMap
from maps.coverage import coverage_map
from maps.offline import safe_name, save_map
from planner.artefacts.plan import Plan
from planner.facts.district import Pairing
from planner.text import Language
from tests.maps.conftest import HOSTILE, PROVENANCE, Example


def page(tmp_path: Path, example: Example, language: Language = "zh") -> str:
    path = tmp_path / "coverage.html"
    save_map(coverage_map(example.problem, example.plan, example.report, example.base_map, language), path, "覆盖图", language)
    return path.read_text(encoding="utf-8")


def page_data(html: str) -> Any:
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_every_site_office_and_pairing_is_there(tmp_path: Path, example: Example) -> None:
    data = page_data(page(tmp_path, example))
    assert [one["name"] for one in data["sites"]] == ["企业甲", "企业乙", "居委会丙", "居委会丁", "企业戊"]
    assert [one["estimated"] for one in data["sites"]] == [False, False, True, False, False]
    assert len(data["offices"]) == 3
    # cadre, site, seconds; from O2 to S4 there is no way
    assert data["links"] == [[0, 0, 600], [0, 2, 600], [1, 3, None], [2, 1, 600]]
    assert data["sites"][0]["at"] == [31.268, 121.495]


def test_header_counts_points_held(tmp_path: Path, example: Example) -> None:
    html = page(tmp_path, example)
    assert "5 处联系点中 4 处已有联系干部" in html
    assert "任期 2027年1月至2028年12月" in html
    assert "内部使用" in html
    english = page(tmp_path, example, "en")
    assert "4 of 5 points held" in english
    assert "Term Jan 2027 to Dec 2028" in english
    assert "Internal use only" in english


def test_nothing_private_is_in_the_page(tmp_path: Path, example: Example) -> None:
    data = page_data(page(tmp_path, example))
    assert set(data["cadres"][0]) == {"name", "id", "office", "active", "workload", "load"}
    assert set(data["sites"][0]) == {"name", "id", "kind", "at", "subdistrict", "estimated", "key", "workload",
                                     "travel", "visits", "missed", "visitSeconds", "flags"}
    assert not [key for key in data if "recus" in key.lower()]


def test_same_plan_gives_same_bytes(tmp_path: Path, example: Example) -> None:
    assert page(tmp_path, example) == page(tmp_path, example)


def test_a_district_without_areas_is_labelled_at_its_centres(tmp_path: Path, example: Example) -> None:
    data = page_data(page(tmp_path, replace(example, base_map=BaseMap())))
    assert data["labels"] == [{"name": "西街道", "at": [31.27, 121.5]}, {"name": "东街道", "at": [31.27, 121.54]}]
    # the places lie in 121.495..121.552 x 31.262..31.279; the margin is 0.02 degrees
    assert data["bounds"] == [[31.242, 121.475], [31.299, 121.572]]


def test_a_site_with_two_cadres_has_two_links(tmp_path: Path, example: Example) -> None:
    plan = Plan.of("2027-2028", [Pairing("C1", "S1"), Pairing("C2", "S1")], PROVENANCE)
    assert page_data(page(tmp_path, replace(example, plan=plan)))["links"] == [[0, 0, 600], [1, 0, 600]]


def test_an_unknown_cadre_is_an_error(example: Example) -> None:
    plan = Plan.of("2027-2028", [Pairing("C9", "S1")], PROVENANCE)
    with pytest.raises(KeyError, match="C9"):
        coverage_map(example.problem, plan, example.report, example.base_map)


def test_hostile_names_stand_in_the_page_only_as_twins(tmp_path: Path, hostile_example: Example) -> None:
    html = page(tmp_path, hostile_example)
    data = page_data(html)
    assert [one["name"] for one in data["sites"]] == [safe_name(name) for name in HOSTILE[:5]]
    assert not [name for name in HOSTILE if name in html]
