"""The rotation: each site's change, its chain of holders, and the load that moved."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from maps.changes import change_map, changes_of
from maps.offline import safe_name, save_map
from planner.artefacts.plan import Plan
from planner.facts.district import Pairing
from tests.maps.conftest import PROVENANCE, Example, OpenMap, assert_quiet, problem_of, select, shown

Open = Callable[[Path], OpenMap]
LATER = Plan.of("2029-2030", [Pairing("C3", "S1")], PROVENANCE)


@pytest.fixture
def changes(tmp_path: Path, open_map: Open) -> Callable[[Example], OpenMap]:
    def open_it(one: Example) -> OpenMap:
        save_map(change_map(one.problem, one.plan, one.report, one.base_map, later=(LATER,)), tmp_path / "changes.html", "变动")
        return open_map(tmp_path / "changes.html")

    return open_it


def test_what_the_rotation_does_to_every_site(example: Example) -> None:
    """S1 stays with C1; S2's C9 has left; S3 goes from C2, who still serves, to C1; S4 is new; S5 has nobody."""
    assert [(one.site_id, one.status) for one in changes_of(example.problem, example.plan)] == [
        ("S1", "kept"), ("S2", "replaced"), ("S3", "handed"), ("S4", "new"), ("S5", "vacant")]
    district = replace(example.problem.district, past_terms=())
    assert {one.status for one in changes_of(replace(example.problem, district=district), example.plan)} == {"new", "vacant"}


def test_views_statuses_and_filters_are_counted(changes: Callable[[Example], OpenMap], example: Example) -> None:
    opened = changes(example)
    assert shown(opened)["statuses"] == {"kept": 1, "replaced": 1, "handed": 1, "new": 1, "vacant": 1}
    # both: old ways of S3 alone (C9 is nowhere), new ways of S1, S2, S3, S4
    assert (shown(opened)["sites"], shown(opened)["lines"], shown(opened)["moved"]) == (5, 5, 240)
    opened.page.check("input[name=view][value=before]")
    assert shown(opened)["lines"] == 2                                             # S1 with C1, S3 with C2
    opened.page.check("input[name=view][value=after]")
    assert shown(opened)["lines"] == 4
    opened.page.uncheck("#status-kept")
    assert (shown(opened)["sites"], shown(opened)["lines"]) == (4, 3)
    opened.page.click("#clear")
    select(opened, "cadre", "干部002")                                              # gives S3, takes S4
    assert shown(opened)["sites"] == 2
    opened.page.click("#clear")
    select(opened, "subdistrict", "西街道")
    assert (shown(opened)["sites"], shown(opened)["given"], shown(opened)["taken"]) == (2, 120, 120)
    moved = [row.split("\t") for row in opened.page.locator("#moved tbody tr").all_inner_texts()]
    assert moved == [["区商务委", "0", "2", "0"], ["区委办公室", "1", "0", "2"]]
    opened.page.click("#clear")
    opened.page.fill("#search", "C9")
    assert shown(opened)["sites"] == 1
    assert_quiet(opened)


def test_chains_run_over_all_terms_and_a_row_opens_its_point(changes: Callable[[Example], OpenMap], example: Example) -> None:
    opened = changes(example)
    header = opened.page.locator("#chains thead th").all_inner_texts()
    assert header == ["联系点", "2023-2024", "2025-2026", "2027-2028", "2029-2030"]
    rows = {row.split("\t")[0]: row.split("\t")[1:] for row in opened.page.locator("#chains tbody tr").all_inner_texts()}
    assert rows["企业甲"] == ["无", "干部001", "干部001", "干部003"]
    assert rows["企业乙"] == ["无", "C9（已离任）", "干部003", "无"]
    assert rows["居委会丙"] == ["干部002", "干部002", "干部001", "无"]
    opened.page.locator("#chains tbody tr", has_text="居委会丙").press("Enter")
    popup = opened.page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert popup.locator("h3").inner_text() == "居委会丙"
    assert "干部001 · 区委办公室" in popup.inner_text()
    assert opened.page.locator("#chains-more").inner_text().endswith("：1")          # S8 is no longer listed
    assert_quiet(opened)


def test_a_long_table_prints_whole_on_sheets_of_its_own(tmp_path: Path, changes: Callable[[Example], OpenMap], example: Example) -> None:
    district = example.problem.district
    more = tuple(replace(district.sites[0], id=f"N{number:02d}", name=f"新增{number:02d}号") for number in range(80))
    opened = changes(replace(example, problem=problem_of(replace(district, sites=(*district.sites, *more)))))
    assert opened.page.locator("#chains tbody tr").count() == 60
    opened.page.pdf(path=str(tmp_path / "map.pdf"), prefer_css_page_size=True, print_background=True)
    first, *others = (unicodedata.normalize("NFKC", page.extract_text()) for page in PdfReader(tmp_path / "map.pdf").pages)
    assert "新增" not in first
    printed = "".join(others)
    assert [one.name for one in (*district.sites, *more) if one.name not in printed] == []
    assert opened.page.locator("#chains tbody tr").count() == 60
    assert opened.page.evaluate("document.documentElement.className") == ""
    assert_quiet(opened)


def test_hostile_names_do_not_run(changes: Callable[[Example], OpenMap], hostile_example: Example) -> None:
    opened = changes(hostile_example)
    told = opened.page.locator("#chains").inner_text()
    for site in hostile_example.problem.district.sites:
        assert safe_name(site.name) in told
    opened.page.locator("#chains tbody tr").first.click()
    opened.page.locator(".leaflet-popup-content").wait_for()
    assert_quiet(opened)
