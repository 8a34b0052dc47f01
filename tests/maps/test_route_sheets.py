"""A sheet says where, when and whom; no name is run; same data, same bytes."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pypdf
import pytest

from maps import route_sheets
from maps.base_map import BaseMap
from maps.papers import pdf
from maps.papers.pdf import MissingFontError
from maps.route_sheets import unprintable_names, write_route_sheet, write_route_sheets
from planner.artefacts.plan import Plan
from planner.artefacts.routes import Routes
from planner.facts.district import Pairing, Place, TravelMode
from tests.maps import sample

HOME = Place(121.4, 31.2)


def written(path: Path, names=("", "", "", ""), day=sample.DAY, base_map=sample.GROUND, geometry=None, **more) -> int:
    given = sample.problem(names)
    plan = sample.plan(given)
    return write_route_sheets(path, given, plan, sample.calendar(plan), sample.routes(plan), day=day,
                              base_map=base_map, geometry=geometry, **more)


def pages(path: Path) -> list[str]:
    """Text of every page without any white space, which line breaks put in."""
    return [re.sub(r"\s", "", page.extract_text()) for page in pypdf.PdfReader(path).pages]


def test_one_page_for_every_route_by_cadre(tmp_path):
    path = tmp_path / "sheets.pdf"
    assert written(path) == 2
    first, second = pages(path)
    assert "C01正处级" in first
    assert "C02乙区领导" in second
    assert "第1页共1页" in first
    assert "第1页共1页" in second


def test_a_cadre_goes_his_own_way(tmp_path):
    """The streets of his own means of travel stand on his sheet, and on nobody else's; the code opens them in the app."""
    given = sample.problem()
    cadres = tuple(replace(one, travel_mode=TravelMode.BICYCLE) if one.id == "C01" else one for one in given.district.cadres)
    given = replace(given, district=replace(given.district, cadres=cadres))
    plan = sample.plan(given)
    asked = []

    def link(office, place, mode):
        asked.append(mode)
        return route_sheets.geo_link(office, place, mode)

    def street(name):
        return lambda *_: [(name, 900, 300)]

    write_route_sheets(tmp_path / "sheets.pdf", given, plan, sample.calendar(plan), sample.routes(plan), day=sample.DAY,
                       base_map=sample.GROUND, geometry=None, directions=street("汽车路"), link=link,
                       own_ways={TravelMode.BICYCLE: (None, street("绿道"))})
    first, second = pages(tmp_path / "sheets.pdf")
    assert "（骑车）" in first
    assert "绿道" in first
    assert "汽车路" not in first
    assert "骑车" not in second
    assert "汽车路" in second
    assert asked == ["bicycle", "car"]


def test_what_a_sheet_says(tmp_path):
    """C01 holds S01 and S04: 10 minutes out, 30 there, 10 on, 30 there, 10 back."""
    path = tmp_path / "sheets.pdf"
    written(path)
    text = pages(path)[0]
    for part in ("示例区", "领导干部联系基层走访路线单", "2027年1月14日星期四", "任期2027年1月至2028年12月", "示例局",
                 "出发09:00", "返回10:30", "走访2处，路程合计30分钟", "09:10–09:40", "对象1号", "S01·企业·四平街道·—",
                 "09:50–10:20", "对象4号", "S04·居委会·五角街道·政学路4弄", "10分钟", "诉求与待办", "内部使用", "©示例",
                 "比例尺1:", "2027年节假日安排尚未公布，本日期为推算"):
        assert part in text


def test_a_moved_day_says_why(tmp_path):
    path = tmp_path / "sheets.pdf"
    written(path, day=sample.MOVED_DAY)
    text = pages(path)[0]
    assert "2027年2月18日星期四" in text
    assert "按规则应为2027年2月11日星期四，因春节调整至本日。" in text
    assert "推算" not in text


def test_in_english(tmp_path):
    path = tmp_path / "sheets.pdf"
    written(path, language="en")
    text = pages(path)[0]
    assert "Liaisonvisits:routesheet" in text
    assert "Page1of1" in text
    assert "S01·enterprise·" in text
    assert "企业" not in text


def test_hostile_names_are_plain_text(tmp_path):
    path = tmp_path / "sheets.pdf"
    district_map = replace(sample.GROUND, attribution="#panic(1) *a*")
    written(path, names=sample.HOSTILE_NAMES, base_map=district_map,
            directions=lambda _origin, _destination: [("$x$ #eval(\"1\")", 500, 120)])
    text = "".join(pages(path))
    for name in (*sample.HOSTILE_NAMES, "#panic(1) *a*", "$x$ #eval(\"1\")", "<b>政通路</b>"):
        assert name.replace(" ", "") in text


def test_same_data_same_bytes(tmp_path):
    written(tmp_path / "a.pdf")
    written(tmp_path / "b.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


def test_only_the_shipped_font_is_used(tmp_path):
    path = tmp_path / "sheets.pdf"
    written(path)
    fonts = {str(font.get_object()["/BaseFont"]).split("+")[1]
             for page in pypdf.PdfReader(path).pages for font in page["/Resources"]["/Font"].values()}
    assert fonts
    assert all(font.startswith("NotoSansSC") for font in fonts)


def test_a_missing_font_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "FONT_FOLDER", tmp_path / "none")
    pdf.fonts.cache_clear()
    with pytest.raises(MissingFontError, match="Noto Sans SC"):
        written(tmp_path / "sheets.pdf")
    pdf.fonts.cache_clear()


def test_twelve_stops_with_long_names_lose_nothing(tmp_path):
    """Every part of every stop is on some page, inside the margins; the pages are counted per sheet."""
    names = [character * 40 for character in "东西南北中发白梅兰竹菊"] + ["Industrialisation" * 3]
    given = sample.problem(names)
    plan = Plan.of("2027-2028", [Pairing("C01", site.id) for site in given.district.sites], sample.PROVENANCE)
    path = tmp_path / "sheets.pdf"
    assert write_route_sheets(path, given, plan, sample.calendar(plan), sample.routes(plan), day=sample.DAY,
                              base_map=sample.GROUND, geometry=None,
                              directions=lambda _a, _b: [("国定路", 600, 150), ("政通路", 90, 20)]) == 1
    texts = pages(path)
    assert len(texts) <= 3
    assert all(f"第{number}页共{len(texts)}页" in text for number, text in enumerate(texts, start=1))
    text = "".join(texts).replace("\u200b", "")
    assert all(name in text for name in names)
    assert text.count("途经：国定路3分钟→政通路") == 13
    assert widest(path) <= 210 - 19.9


def test_five_stops_fit_one_page(tmp_path):
    """The largest caseload of the default policy, directions and a remark included."""
    given = sample.problem(["某某街道某某居民委员会"] * 5)
    plan = Plan.of("2027-2028", [Pairing("C01", site.id) for site in given.district.sites], sample.PROVENANCE)
    path = tmp_path / "sheets.pdf"
    write_route_sheets(path, given, plan, sample.calendar(plan), sample.routes(plan), day=sample.MOVED_DAY,
                       base_map=sample.GROUND, geometry=None,
                       directions=lambda _a, _b: [("国定路", 600, 150), ("政通路", 90, 20), ("四平路", 90, 60)])
    assert len(pages(path)) == 1


def widest(path: Path) -> float:
    """The right end of the page's text in millimetres, from the places where pieces of text begin."""
    ends: list[float] = []

    def visit(_text, matrix, text_matrix, _font, _size):
        ends.append(float(np.dot([*text_matrix[4:6], 1], [matrix[0], matrix[2], matrix[4]])) * 25.4 / 72)

    for page in pypdf.PdfReader(path).pages:
        page.extract_text(visitor_text=visit)
    return max(ends)


def test_one_sheet_of_one_cadre(tmp_path):
    given = sample.problem()
    plan = sample.plan(given)
    calendar, routes = sample.calendar(plan), sample.routes(plan)
    path = tmp_path / "C02.pdf"
    assert write_route_sheet(path, given, plan, calendar, routes, day=sample.DAY, cadre_id="C02", base_map=None,
                             geometry=None) == 1
    (text,) = pages(path)
    assert "C02乙" in text
    assert write_route_sheet(tmp_path / "x.pdf", given, plan, calendar, routes, day=sample.DAY, cadre_id="C99",
                             base_map=None, geometry=None) == 0
    assert not (tmp_path / "x.pdf").exists()


def test_a_day_without_routes_writes_nothing(tmp_path):
    assert written(tmp_path / "sheets.pdf", day=sample.EMPTY_DAY) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_day_that_is_no_liaison_day(tmp_path):
    with pytest.raises(ValueError, match="2027-05-01"):
        written(tmp_path / "sheets.pdf", day=date(2027, 5, 1))


def test_a_route_without_stops_and_without_a_map(tmp_path):
    given = sample.problem()
    plan = sample.plan(given)
    route = replace(sample.routes(plan).routes[0], stops=(), returns_seconds=9 * 3600)
    path = tmp_path / "sheets.pdf"
    assert write_route_sheets(path, given, plan, sample.calendar(plan), Routes(plan.term_id, (route,), plan.provenance),
                              day=sample.DAY, base_map=BaseMap(), geometry=None) == 1
    assert "走访0处，路程合计0分钟" in pages(path)[0]


def test_straight_legs_are_said_to_be_straight(tmp_path):
    written(tmp_path / "straight.pdf")
    written(tmp_path / "roads.pdf", geometry=lambda _a, _b: [(121.505, 31.300), (121.510, 31.300)])
    assert "虚线段为直线示意" in pages(tmp_path / "straight.pdf")[0]
    assert "虚线段为直线示意" not in pages(tmp_path / "roads.pdf")[0]


def test_waiting_and_estimated_places_are_marked(tmp_path):
    given = sample.problem()
    sites = tuple(replace(site, place=replace(site.place, estimated=site.id == "S04")) for site in given.district.sites)
    given = replace(given, district=replace(given.district, sites=sites))
    plan = sample.plan(given)
    route = sample.routes(plan).routes[0]
    late = replace(route.stops[0], arrives_seconds=9 * 3600 + 300)
    routes = Routes(plan.term_id, (replace(route, stops=(late, *route.stops[1:])),), plan.provenance)
    path = tmp_path / "sheets.pdf"
    write_route_sheets(path, given, plan, sample.calendar(plan), routes, day=sample.DAY, base_map=None, geometry=None)
    (text,) = pages(path)
    assert "09:05到达" in text
    assert text.count("到达") == 1
    assert "政学路4弄（位置估计）" in text
    assert text.count("位置估计") == 1


def test_a_character_without_a_glyph_is_shown_by_its_code_and_reported(tmp_path):
    names = ("甲\ue123厂", "", "", "")
    written(tmp_path / "sheets.pdf", names=names)
    assert "甲〔U+E123〕厂" in pages(tmp_path / "sheets.pdf")[0]
    faults = unprintable_names(sample.problem(names).district)
    assert [fault.zh.split("的")[0] for fault in faults] == ["D2", "S01"]
    assert all("〔U+E123〕" in fault.zh and "〔U+E123〕" in fault.en for fault in faults)
    assert unprintable_names(sample.problem().district) == ()


def test_the_code_holds_the_place_of_the_first_stop():
    code = route_sheets._qr_code(route_sheets.geo_link(HOME, Place(121.5, 31.3)))
    assert code == route_sheets._qr_code(route_sheets.geo_link(HOME, Place(121.5, 31.3)))
    assert code != route_sheets._qr_code(route_sheets.geo_link(HOME, Place(121.5, 31.4)))
    assert code.startswith("<svg")


def test_a_stretch_without_a_road_is_named(tmp_path):
    path = tmp_path / "sheets.pdf"
    written(path, directions=lambda *_: [("≈", 900, 225), ("国定路", 300, 60)])
    assert "无道路，直线估算" in pages(path)[0]
    written(path, directions=lambda *_: [("≈", 900, 225)], language="en")
    assert "noroad:straightline" in pages(path)[0]


def test_neighbouring_pieces_of_a_street_become_one():
    assert route_sheets._merged([("国定路", 100, 20), ("国定路", 50, 10), ("政通路", 9, 3), ("国定路", 1, 1)]) == [
        ("国定路", 150, 30), ("政通路", 9, 3), ("国定路", 1, 1)]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "sheets.pdf"
    written(path)
    before = path.read_bytes()

    def fail(_path, _data):
        raise OSError("disk full")

    monkeypatch.setattr(route_sheets, "_write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        written(path, language="en")
    assert path.read_bytes() == before
    assert pypdf.PdfReader(io.BytesIO(before)).metadata.title == "领导干部联系基层走访路线单 2027-01-14"
