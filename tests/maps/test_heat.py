"""Need and service: what the page sums up is what the judge measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from maps.heat import heat_map
from maps.offline import safe_name, save_map
from planner.facts.district import Place, SiteKind
from tests.maps.conftest import Example, OpenMap, assert_quiet, problem_of, shown

Open = Callable[[Path], OpenMap]


@pytest.fixture
def heat(tmp_path: Path, open_map: Open) -> Callable[[Example], OpenMap]:
    def open_it(one: Example) -> OpenMap:
        save_map(heat_map(one.problem, one.report, one.base_map), tmp_path / "heat.html", "热力图")
        return open_map(tmp_path / "heat.html")

    return open_it


def test_sums_are_the_judges(heat: Callable[[Example], OpenMap], example: Example) -> None:
    opened, report = heat(example), example.report
    hours = {one.site_id: one.visit_seconds / 3600 / 24 for one in report.sites}
    kinds = {site.id: site.kind for site in example.problem.district.sites}
    whole = shown(opened)["whole"]
    assert whole["need"] == pytest.approx(5 * 2)                                   # five sites of two hours a month
    assert whole["service"] == pytest.approx(sum(hours.values()))
    assert whole["committeeService"] == pytest.approx(hours["S3"])                 # of S4 the residents are not known
    assert whole["enterpriseService"] == pytest.approx(sum(hours[id_] for id_, kind in kinds.items() if kind is SiteKind.ENTERPRISE))
    assert (whole["residents"], whole["unknown"], whole["enterprises"], whole["ways"]) == (2400, 1, 3, 3)
    assert whole["travel"] == pytest.approx(30)
    # S1 on 3 days, S2 on 2 of 3, S3 on the 2 after its first, S4 on 3; half an hour each
    assert whole["service"] == pytest.approx(sum(one.visits for one in report.sites) * 0.5 / 24)
    assert sum(one.visits for one in report.sites) == 10
    assert_quiet(opened)


def test_areas_and_kinds_are_chosen_and_the_legend_stays(heat: Callable[[Example], OpenMap], example: Example) -> None:
    opened = heat(example)
    legend = opened.page.locator("#legend").inner_text()
    assert shown(opened)["cells"] == len({tuple(cell["sites"]) for cell in opened.page.evaluate("window.yixianData.cells.hexagon")})
    opened.page.uncheck("#kind-enterprise")
    assert (shown(opened)["cells"], shown(opened)["whole"]["sites"]) == (2, 2)     # S3, S4
    assert opened.page.locator("#legend").inner_text() == legend
    opened.page.check("#kind-enterprise")
    opened.page.select_option("#area", "subdistrict")
    assert (shown(opened)["cells"], shown(opened)["rows"]) == (2, 2)
    rows = opened.page.locator("#areas tbody tr").all_inner_texts()
    assert [row.split("\t")[0].split()[0] for row in rows] == ["全区", "东街道", "西街道"]
    # the east: three sites ask for six hours and get 5 visits of half an hour in 24 months; the district 10 for ten hours
    assert rows[1].split("\t")[1:4] == ["6", "0", "83%"]
    opened.page.select_option("#area", "committee")
    assert shown(opened)["cells"] == 2
    assert opened.page.locator("#approximate").is_visible()
    opened.page.select_option("#measure", "residents")
    assert shown(opened)["cells"] == 1                                             # only the west has residents known
    opened.page.select_option("#measure", "travel")
    opened.page.check("#show-points")
    assert shown(opened)["points"] == 5
    assert "≤ 15 分钟" in opened.page.locator("#legend").inner_text()
    assert_quiet(opened)


def test_need_and_service_side_by_side_move_together(heat: Callable[[Example], OpenMap], example: Example) -> None:
    opened = heat(example)
    opened.page.check("#side-by-side")
    assert shown(opened)["secondCells"] == shown(opened)["cells"]
    assert opened.page.locator(".map-title").all_inner_texts() == ["需求 小时/月·平方公里", "服务 小时/月·平方公里"]
    left, right = opened.page.locator(".folium-map").first.bounding_box(), opened.page.locator("#second-map").bounding_box()
    assert left["x"] + left["width"] <= right["x"] + 3
    assert abs(left["width"] - right["width"]) < 4
    opened.page.click(".leaflet-control-zoom-in")
    opened.page.wait_for_timeout(400)
    opened.page.uncheck("#side-by-side")
    assert not opened.page.locator("#second-map").is_visible()
    assert_quiet(opened)


def test_hostile_names_do_not_run(heat: Callable[[Example], OpenMap], hostile_example: Example) -> None:
    opened = heat(hostile_example)
    opened.page.select_option("#area", "subdistrict")
    opened.page.check("#side-by-side")
    names = [safe_name(one.name) for one in hostile_example.problem.district.subdistricts]
    told = opened.page.locator("#areas tbody").inner_text()
    assert all(name in told for name in names)
    assert_quiet(opened)


def test_same_bytes(tmp_path: Path, example: Example) -> None:
    for name in ("a.html", "b.html"):
        save_map(heat_map(example.problem, example.report, example.base_map, "en"), tmp_path / name, "heat", "en")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_all_thin_and_crowded_areas_are_printed(heat: Callable[[Example], OpenMap], example: Example) -> None:
    """Twenty-five more places of three sites each that nobody visits: all thin; eighteen rows on the screen."""
    district = example.problem.district
    more = tuple(replace(district.sites[0], id=f"N{number}", place=Place(121.40 + 0.01 * (number % 25), 31.20)) for number in range(75))
    problem = problem_of(replace(district, sites=(*district.sites, *more)))
    opened = heat(replace(example, problem=problem))
    assert shown(opened)["thin"] >= 25
    assert shown(opened)["rows"] == 18
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert shown(opened)["rows"] == shown(opened)["thin"] + shown(opened)["crowded"]
    opened.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert shown(opened)["rows"] == 18
