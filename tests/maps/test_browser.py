"""The maps in a real browser that has no network: what they ask for, what they show, what names do to them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import folium
import pytest
from pypdf import PdfReader

from maps.coverage import coverage_map
from maps.offline import safe_name, save_map
from maps.visit_days import day_map
from tests.maps.conftest import HOSTILE, Example, OpenMap, assert_quiet, select, shown, with_metro

Open = Callable[[Path], OpenMap]


@pytest.fixture
def coverage(tmp_path: Path, open_map: Open) -> Callable[[Example], OpenMap]:
    """Open the coverage map of an example."""
    def open_it(example: Example) -> OpenMap:
        save_map(coverage_map(example.problem, example.plan, example.report, example.base_map), tmp_path / "覆盖 图.html", "覆盖图")
        return open_map(tmp_path / "覆盖 图.html")

    return open_it


@pytest.fixture
def days(tmp_path: Path, open_map: Open) -> Callable[[Example], OpenMap]:
    """Open the day map of an example."""
    def open_it(one: Example) -> OpenMap:
        made = day_map(one.problem, one.plan, one.calendar, one.routes, one.base_map, one.geometry)
        save_map(made, tmp_path / "days.html", "走访日地图")
        return open_map(tmp_path / "days.html")

    return open_it


def test_coverage_shows_what_the_plan_holds(coverage: Callable[[Example], OpenMap], example: Example) -> None:
    opened = coverage(example)
    counted = shown(opened)
    assert {key: counted[key] for key in ("subdistricts", "roads", "sites", "offices", "links")} == {
        "subdistricts": 2, "roads": 2, "sites": 5, "offices": 3, "links": 4}
    # five sites of two hours, three ways of ten minutes (none from O2 to S4); visits on 3 + 1 + 3 + 2 days, S3 on 2
    report = example.report
    assert counted["selection"] == {
        "workload": sum(one.workload_minutes for one in report.cadres) + 120, "cadres": 3,
        "travel": sum(one.travel_seconds or 0 for one in report.sites), "visits": sum(one.visits for one in report.sites)}
    opened.page.evaluate("window.yixianMap.setView([31.27, 121.52], 11, { animate: false })")
    assert shown(opened)["streetNames"] == 0
    opened.page.evaluate("window.yixianMap.setView([31.27, 121.52], 15, { animate: false })")
    assert set(opened.page.locator(".street-name").all_inner_texts()) == {"长路"}
    assert shown(opened)["streetNames"] == opened.page.locator(".street-name").count() > 0
    assert opened.page.locator(".area-name").all_inner_texts() == ["西街道", "东街道"]
    assert opened.page.locator("html").get_attribute("lang") == "zh-CN"
    assert opened.page.locator(".leaflet-control-attribution").inner_text() == "道路 © OpenStreetMap 贡献者"
    assert opened.page.locator(".page-footer strong").inner_text() == "内部使用"
    assert_quiet(opened)


@pytest.mark.parametrize(("element_id", "label", "held"), [
    ("subdistrict", "西街道", 2),    # S1, S3
    ("unit", "区商务委", 1),         # S4
    ("cadre", "干部001", 2),         # S1, S3
])
def test_coverage_filters(coverage: Callable[[Example], OpenMap], example: Example, element_id: str, label: str,
                          held: int) -> None:
    opened = coverage(example)
    select(opened, element_id, label)
    assert (shown(opened)["sites"], shown(opened)["links"]) == (held, held)
    opened.page.click("#clear")
    assert (shown(opened)["sites"], shown(opened)["links"]) == (5, 4)
    assert_quiet(opened)


def test_coverage_filters_by_kind_and_hides_layers(coverage: Callable[[Example], OpenMap], example: Example) -> None:
    opened = coverage(example)
    opened.page.uncheck("#kind-enterprise")
    assert (shown(opened)["sites"], shown(opened)["links"]) == (2, 2)
    opened.page.uncheck("#show-offices")
    assert shown(opened)["offices"] == 0
    opened.page.uncheck("input[data-pane=roads]")
    assert opened.page.evaluate("window.yixianMap.getPane('roads').style.display") == "none"
    opened.page.select_option("#colour-by", "subdistrict")
    assert "西街道" in opened.page.locator("#legend").inner_text()
    assert_quiet(opened)


def test_coverage_search_opens_the_popup(coverage: Callable[[Example], OpenMap], example: Example) -> None:
    opened = coverage(example)
    opened.page.locator("#search").focus()
    opened.page.keyboard.insert_text("居委会丁")     # as an input method does: without key events
    assert opened.page.locator("#found span").all_inner_texts() == ["居委会丁"]
    opened.page.click("#found button")
    popup = opened.page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert popup.locator("h3").inner_text() == "居委会丁"
    # 600 minutes of work for three full cadres: a fair share of 200, of which S4 alone is 60 %
    *told, marks, site_id = popup.locator("dd").all_inner_texts()
    assert (told, site_id) == (["东街道", "干部002（负担 60.0%）", "区商务委", "不通", "120 分钟", "3 次"], "S4")
    assert "路程上限" in marks.split("、")
    assert shown(opened)["highlighted"] == 1
    opened.page.fill("#search", "没有这个")
    assert opened.page.locator("#found").inner_text() == "没有找到"
    assert_quiet(opened)


def test_a_click_on_a_point_lights_all_its_cadre_holds(coverage: Callable[[Example], OpenMap],
                                                       example: Example) -> None:
    opened = coverage(example)
    point = opened.page.evaluate("""() => {
      const at = window.yixianMap.latLngToContainerPoint([31.27, 121.50]);
      const box = window.yixianMap.getContainer().getBoundingClientRect();
      return [at.x + box.left, at.y + box.top];
    }""")
    opened.page.mouse.click(*point)
    popup = opened.page.locator(".leaflet-popup-content")
    popup.wait_for()
    assert popup.locator("h3").inner_text() == "居委会丙"
    assert "估计" in popup.inner_text()
    assert shown(opened)["highlighted"] == 2          # C1 holds S1 and S3
    assert_quiet(opened)


def test_pointing_at_a_point_lights_what_its_cadre_holds_until_one_points_elsewhere(coverage: Callable[[Example], OpenMap],
                                                                                     example: Example) -> None:
    opened = coverage(example)
    x, y = opened.page.evaluate("""() => {
      const at = window.yixianMap.latLngToContainerPoint([31.27, 121.50]);
      const box = window.yixianMap.getContainer().getBoundingClientRect();
      return [at.x + box.left, at.y + box.top];
    }""")
    opened.page.mouse.move(x, y)
    opened.page.locator(".leaflet-tooltip").wait_for()
    assert "居委会丙" in opened.page.locator(".leaflet-tooltip").inner_text()
    assert shown(opened)["highlighted"] == 2          # C1 holds S1 and S3
    assert opened.page.locator(".leaflet-popup-content").count() == 0
    opened.page.mouse.move(x, y - 120)
    opened.page.locator(".leaflet-tooltip").wait_for(state="detached")
    assert shown(opened)["highlighted"] == 0
    assert_quiet(opened)


def test_coverage_prints_on_one_landscape_page(tmp_path: Path, coverage: Callable[[Example], OpenMap],
                                               example: Example) -> None:
    opened = coverage(example)
    opened.page.pdf(path=str(tmp_path / "map.pdf"), prefer_css_page_size=True, print_background=True)
    (sheet,) = PdfReader(tmp_path / "map.pdf").pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == (842, 595)     # A4 in points
    assert opened.page.evaluate("document.documentElement.className") == ""
    assert_quiet(opened)


def test_no_canvas_hides_another_on_paper(coverage: Callable[[Example], OpenMap], example: Example) -> None:
    opened = coverage(example)
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    blends = opened.page.evaluate("""Array.from(document.querySelectorAll(".folium-map canvas"),
      (canvas) => getComputedStyle(canvas.parentNode).mixBlendMode)""")
    assert len(blends) >= 4
    assert set(blends) == {"multiply"}


def test_hostile_names_are_shown_and_do_not_run_in_coverage(coverage: Callable[[Example], OpenMap],
                                                            hostile_example: Example) -> None:
    opened = coverage(hostile_example)
    assert shown(opened)["sites"] == 5
    subdistricts = hostile_example.problem.district.subdistricts
    assert opened.page.locator(".area-name").all_inner_texts() == [safe_name(one.name) for one in subdistricts]
    for one in hostile_example.problem.district.sites:
        opened.page.fill("#search", safe_name(one.name))
        opened.page.locator("#found button").filter(has=opened.page.locator("span", has_text=safe_name(one.name))) \
            .first.click()
        popup = opened.page.locator(".leaflet-popup-content h3")
        popup.wait_for()
        assert popup.inner_text() == safe_name(one.name)
    cadres = [safe_name(one.name) for one in hostile_example.problem.district.cadres]
    assert sorted(opened.page.locator("#cadre option").all_inner_texts()[1:]) == sorted(cadres)
    assert_quiet(opened)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_each_hostile_text_is_shown_as_its_twin_by_folium_too(tmp_path: Path, open_map: Open, hostile: str) -> None:
    made = folium.Map((31.27, 121.52), tiles=None)
    folium.CircleMarker((31.27, 121.52), popup=folium.Popup(safe_name(hostile), show=True),
                        tooltip=safe_name(hostile)).add_to(made)
    save_map(made, tmp_path / "map.html", hostile)
    html = (tmp_path / "map.html").read_text(encoding="utf-8")
    (tmp_path / "map.html").write_text(html.replace("</body>", "<script>window.yixianShown = {};</script></body>"),
                                       encoding="utf-8")
    opened = open_map(tmp_path / "map.html")
    assert opened.page.title() == safe_name(hostile)
    assert opened.page.locator(".leaflet-popup-content").inner_text().strip() == safe_name(hostile).strip()
    assert_quiet(opened)


def test_day_map_steps_through_the_days(days: Callable[[Example], OpenMap], example: Example) -> None:
    opened = days(example)
    wanted = {"subdistricts": 2, "roads": 2, "day": "2027-01-14", "routes": 3, "stops": 4, "legs": 7, "numbered": 0}
    assert {key: shown(opened)[key] for key in wanted} == wanted
    opened.page.click("#next")
    assert (shown(opened)["day"], shown(opened)["routes"], shown(opened)["stops"]) == ("2027-02-18", 2, 2)
    assert opened.page.locator("#day-label").inner_text() == "2027年2月18日 星期四"
    assert opened.page.locator("#day-marks").inner_text() == "春节 调整原定 2027年2月11日 星期四"
    assert opened.page.locator("#day-counts").inner_text() == "路线 2 · 走访 2 · 本人缺访 1"
    opened.page.fill("#day", "2")
    assert opened.page.locator("#day-marks").inner_text() == "推算"
    assert_quiet(opened)


def test_day_map_numbers_and_times_the_stops_of_a_cadre(days: Callable[[Example], OpenMap],
                                                        example: Example) -> None:
    opened = days(example)
    select(opened, "cadre", "干部001")
    assert opened.page.locator(".stop-flag").all_inner_texts() == ["1\n09:00", "2\n09:40"]
    rows = [" ".join(text.split()) for text in opened.page.locator("#timetable li").all_inner_texts()]
    assert rows == ["08:50 出发 区委办公室", "1 09:00–09:30 企业甲", "2 09:40–10:10 居委会丙", "10:20 返回 区委办公室"]
    opened.page.click("#next")
    assert shown(opened)["numbered"] == 1
    select(opened, "cadre", "干部003")
    assert opened.page.locator("#timetable").inner_text() == "该干部当日没有走访"
    assert_quiet(opened)


def test_day_map_filters_by_subdistrict(days: Callable[[Example], OpenMap], example: Example) -> None:
    opened = days(example)
    select(opened, "subdistrict", "东街道")
    assert (shown(opened)["routes"], shown(opened)["stops"]) == (2, 2)      # S4 of C2, S2 of C3
    assert shown(opened)["hours"] == [0, 1, 0, 0, 0, 0, 1, 0, 0, 0]         # 9:00-9:30 and 14:00-14:30
    assert (shown(opened)["mostAtOnce"], shown(opened)["limit"]) == (1, 2)
    assert "上限 2" in opened.page.locator("#hours").inner_text()
    assert shown(opened)["conferences"] == 1
    assert "会议全会 · 区商务委 · 13:00–15:00" in opened.page.locator("#day-marks").inner_text().replace("\n", "")
    opened.page.click("#clear")
    assert shown(opened)["hours"] == [0, 2, 1, 0, 0, 0, 1, 0, 0, 0]         # C1 and C2 from 9, C1 until 10:10
    assert shown(opened)["mostAtOnce"] == 2
    select(opened, "unit", "区委办公室")
    assert (shown(opened)["routes"], shown(opened)["stops"]) == (1, 2)
    assert_quiet(opened)


def test_hostile_names_are_shown_and_do_not_run_on_the_day_map(days: Callable[[Example], OpenMap],
                                                               hostile_example: Example) -> None:
    opened = days(hostile_example)
    district = hostile_example.problem.district
    opened.page.click("#next")
    assert opened.page.locator(".badge.moved").inner_text() == f"{safe_name(HOSTILE[1])} 调整"
    for cadre in district.cadres[:2]:
        select(opened, "cadre", safe_name(cadre.name))
        assert safe_name(district.office_of(cadre).name) in opened.page.locator("#timetable").inner_text()
    assert_quiet(opened)


def test_metro_is_drawn_named_from_near_and_in_the_legend(coverage: Callable[[Example], OpenMap], example: Example) -> None:
    opened = coverage(with_metro(example, ("一号线", HOSTILE[0], HOSTILE[6])))
    assert shown(opened)["stations"] == 3
    assert "轨道交通" in opened.page.locator("#legend").inner_text()
    opened.page.evaluate("window.yixianMap.setView([31.272, 121.52], 13.5, { animate: false })")
    assert shown(opened)["stationNames"] == 0
    opened.page.evaluate("window.yixianMap.setView([31.272, 121.52], 14.5, { animate: false })")
    assert shown(opened)["stationNames"] == 2  # the third lies outside the view
    assert set(opened.page.locator(".station-name").all_inner_texts()) == {safe_name(HOSTILE[0]), safe_name(HOSTILE[6])}
    pixel = opened.page.evaluate("""() => {
      const canvas = document.querySelector(".leaflet-metro-pane canvas"), box = canvas.getBoundingClientRect();
      const at = window.yixianMap.latLngToContainerPoint([31.272, 121.52]), ratio = canvas.width / box.width;
      const frame = window.yixianMap.getContainer().getBoundingClientRect();
      return Array.from(canvas.getContext("2d").getImageData((at.x + frame.left - box.left) * ratio,
                                                             (at.y + frame.top - box.top) * ratio, 1, 1).data);
    }""")
    assert pixel[3] > 100  # the line really is there
    assert_quiet(opened)


def test_without_metro_the_legend_has_none(coverage: Callable[[Example], OpenMap], example: Example) -> None:
    opened = coverage(example)
    assert shown(opened)["stations"] == 0
    assert "轨道交通" not in opened.page.locator("#legend").inner_text()
