"""Maps on paper: the right things at the right places, as text that cannot run, the same bytes each time."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from maps import style
from maps.base_map import BaseMap
from maps.glyphs import printable
from maps.picture_ground import PictureGround, courses_of
from maps.pictures import Drawer, figures, picture, poster, subdistrict_table, typeset, write_pictures
from planner.facts.district import Place
from planner.text import Language
from tests.maps.conftest import Example, with_metro


def drawer_of(one: Example, language: Language = "zh") -> Drawer:
    return Drawer(one.problem, one.plan, one.report, one.routes, one.base_map, one.geometry, language)


def text_of(pdf: Path) -> str:
    return "".join(page.extract_text() for page in PdfReader(pdf).pages).replace("\n", "").replace(" ", "")


def test_north_is_up_and_metres_are_metres(example: Example) -> None:
    ground = PictureGround(example.problem.district, example.base_map, courses_of(example.base_map), 100, 80)
    west, east, north = Place(121.50, 31.27), Place(121.51, 31.27), Place(121.50, 31.28)
    (x, y), (right, level), (across, up) = ground.at(west), ground.at(east), ground.at(north)
    assert (level, across) == (pytest.approx(y), pytest.approx(x))
    assert right > x
    assert up < y
    # a hundredth of a degree is 1113.2 m of latitude, and less of longitude by the cosine
    assert (y - up) * ground.metres_per_mm == pytest.approx(1113.2)
    assert (right - x) * ground.metres_per_mm == pytest.approx(1113.2 * math.cos(math.radians(31.27)), rel=1e-4)
    assert ground.bar()["metres"] / ground.bar()["mm"] == pytest.approx(ground.metres_per_mm, rel=1e-3)
    # the whole district lies on the paper: its corners within the margin of 3 mm
    for corner in (Place(121.48, 31.25), Place(121.56, 31.29)):
        x, y = ground.at(corner)
        assert 2.99 <= x <= 97.01
        assert 2.99 <= y <= 77.01


def test_every_point_is_drawn_in_the_colour_of_its_page(example: Example) -> None:
    svg = drawer_of(example).coverage((100, 80)).svg
    circles, squares = svg.count("<circle"), svg.count('z" fill="#')
    assert circles == 3                                                    # S1, S2, S5 are enterprises
    assert squares >= 2 + 3                                                # two committees, three offices
    assert style.UNHELD_COLOUR in svg                                      # S5
    legend = [words for _, _, words in drawer_of(example).changes((100, 80)).legend]
    assert legend[1:6] == ["留任 1", "交接（前任仍在岗） 1", "接替（前任已离任） 1", "新联系 1", "无人联系 1"]


def test_figures_are_the_judges(example: Example) -> None:
    found = {words: number for number, words in figures(drawer_of(example, "en"))}
    assert found == {"enterprises": "3", "committees": "2", "cadres taking part": "3", "workload, hours a month": "10",
                     "visits, hours a month": "0", "mean way, minutes": "10",
                     "breaches of rules": str(len(example.report.violations))}
    assert subdistrict_table(drawer_of(example))[1:] == [["西街道", "2", "4", "1", "10"], ["东街道", "3", "6", "1", "10"]]


def test_pictures_and_poster_have_their_paper_and_names(tmp_path: Path, example: Example) -> None:
    paths = write_pictures(tmp_path, drawer_of(example), example.calendar.liaison_days[0].day, ["pdf"])
    assert [path.name for path in paths] == ["coverage.pdf", "need-and-service.pdf", "changes.pdf", "liaison-day.pdf", "poster.pdf"]
    for path in paths:
        (page,) = PdfReader(path).pages
        wanted = (1191, 842) if path.stem == "poster" else (842, 595)      # A3, A4 landscape in points
        assert (round(page.mediabox.width), round(page.mediabox.height)) == wanted
        told = text_of(path)
        assert "东街道" in told
        assert "内部使用" in told
    assert "2027年1月14日" in text_of(tmp_path / "liaison-day.pdf")


def test_png_and_svg_come_too_and_bytes_are_the_same(example: Example) -> None:
    data = picture(drawer_of(example), [drawer_of(example).coverage((206, 170))])
    png, svg = typeset(data, "png"), typeset(data, "svg")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert svg[:4] == b"<svg"
    assert typeset(picture(drawer_of(example), [drawer_of(example).coverage((206, 170))]), "svg") == svg


def test_hostile_names_are_printed_as_text(tmp_path: Path, hostile_example: Example) -> None:
    (tmp_path / "poster.pdf").write_bytes(typeset(poster(drawer_of(hostile_example)), "pdf"))
    told = text_of(tmp_path / "poster.pdf")
    for one in hostile_example.problem.district.subdistricts:
        assert printable(one.name).replace(" ", "") in told


def test_without_roads_and_borders_there_is_still_a_map(example: Example) -> None:
    bare = replace(example, base_map=BaseMap())
    made = drawer_of(bare).coverage((100, 80))
    assert made.svg.count("<circle") == 3
    assert [name for name, _, _ in made.names] == ["西街道", "东街道"]


def test_metro_is_drawn_on_paper_where_it_is_given(example: Example) -> None:
    without, made = (drawer_of(one).coverage((100, 80)) for one in (example, with_metro(example)))
    assert made.svg.count("<circle") == without.svg.count("<circle") + 2  # the third station lies off the paper
    assert made.svg.count(f'stroke="{style.METRO}"') == 3
    assert made.legend == (*without.legend, ("line", style.METRO, "轨道交通"))
    rows = [row for one in poster(drawer_of(with_metro(example)))["maps"] for row in one["legend"]]
    assert sum(row[1] == style.METRO for row in rows) == 1  # told once a sheet
