"""Papers look as they looked when somebody last looked at them: words with their places, and the picture, each with a tolerance.

Among them what goes wrong first: a name of 40 characters, a day of 12 stops, a missing address. After a change that was meant, look
at the new pictures before you commit them::

    YIXIAN_RETAKE=1 python -m pytest -n 0 tests/maps/test_paper_references.py
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from html import unescape
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image

from maps.papers.card_sheets import cards_as_pdf
from maps.papers.content import arrangement_by_subdistrict, arrangement_by_unit, cards, host_day, notice
from maps.papers.levels import Level
from maps.papers.occasion_papers import OccasionSource, occasion_papers
from maps.papers.pdf import papers_as_pdf, typeset
from maps.route_sheets import SheetWriter
from tests.maps import sample
from tests.maps.likeness import likeness
from tests.maps.test_occasion_papers import CONTACTS, OCCASIONS
from tests.maps.test_papers import LONG, POINTS_PER_MM, overflowing, source_of
from tests.maps.test_references import RETAKE

pytestmark = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler is not installed")

STORED: Final = Path(__file__).parent / "stored" / "papers"
DPI: Final = 60
GREYS: Final = 16
APART_MM: Final = 1.5
"""How far a word may stand from where it stood."""
MOST_BYTES: Final = 60_000
TWELVE: Final = (LONG, *[""] * 3, LONG, *[""] * 19)
"""C01 holds the first and every even site but the second: twelve; the first has the long name and no address."""


def route_sheet(names: tuple[str, ...]) -> bytes:
    source = source_of(names=names)
    writer = SheetWriter(source.problem, sample.GROUND, None, "zh", lambda *_: [("国定路", 900, 240), ("政通路", 300, 90)], source.phones)
    day = next(one for one in source.calendar.liaison_days if one.day == sample.DAY)
    own = [one for one in sample.routes(source.plan).on(sample.DAY) if one.cadre_id == "C01"]
    return typeset("route_sheet.typ", {**writer.frame(day), "digest": "0" * 12, "sheets": [writer.sheet(one) for one in own]})


def moved_notice() -> bytes:
    source = source_of(Level.PUBLIC)
    return papers_as_pdf([notice(source, next(one for one in source.calendar.liaison_days if one.day == sample.MOVED_DAY))])


def hosts() -> bytes:
    paper = host_day(source_of(names=TWELVE), sample.DAY, "J2")
    assert paper is not None
    return papers_as_pdf([paper])


def occasion(number: int, level: Level) -> bytes:
    contacts = CONTACTS if level is Level.PERSONAL else {}
    source = OccasionSource(source_of(level, ("", LONG, "", "")), *OCCASIONS[number], contacts)
    return papers_as_pdf(occasion_papers(source))


MAKERS: Final[dict[str, Callable[[], bytes]]] = {
    "route-sheet": lambda: route_sheet(("", "", "", "")),
    "route-sheet-of-twelve": lambda: route_sheet(TWELVE),
    "arrangement-by-unit": lambda: papers_as_pdf([arrangement_by_unit(source_of(Level.PERSONAL, ("", LONG, "", "")))]),
    "arrangement-by-subdistrict": lambda: papers_as_pdf([arrangement_by_subdistrict(source_of(names=TWELVE))]),
    "notice": moved_notice,
    "host-day": hosts,
    "cards": lambda: cards_as_pdf(source_of(names=TWELVE), cards(source_of(names=TWELVE), everybody=True)),
    "new-year": lambda: occasion(0, Level.PERSONAL),
    "round": lambda: occasion(1, Level.INTERNAL),
    "reception": lambda: occasion(2, Level.PUBLIC),
}

Word = tuple[int, float, float, str]
"""(page, left, top in millimetres, text)."""


@cache
def made(name: str) -> bytes:
    return MAKERS[name]()


def words_of(pdf: bytes) -> list[Word]:
    """Every word in reading order; digests of plans are left out."""
    found = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    words: list[Word] = []
    for number, page in enumerate(found.split("<page ")[1:], start=1):
        for left, top, text in re.findall(r"<word xMin=\"([-\d.]+)\" yMin=\"([-\d.]+)\"[^>]*>(.*?)</word>", page):
            if not re.fullmatch(r"[0-9a-f]{12}", text):
                words.append((number, float(left) / POINTS_PER_MM, float(top) / POINTS_PER_MM, unescape(text)))
    return words


def first_page(pdf: bytes) -> Image.Image:
    """The first page in grey."""
    png = subprocess.run(["pdftoppm", "-png", "-gray", "-r", str(DPI), "-f", "1", "-l", "1", "-"], input=pdf, capture_output=True,
                         check=True).stdout
    return Image.open(io.BytesIO(png)).convert("L")


def read_words(name: str) -> list[Word]:
    lines = (STORED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [(int(page), float(left), float(top), text) for page, left, top, text in (line.split("\t") for line in lines)]


def differences(words: list[Word], stored: list[Word]) -> list[str]:
    """Words that are new, gone or elsewhere."""
    if [word[3] for word in words] != [word[3] for word in stored]:
        texts, known = [word[3] for word in words], [word[3] for word in stored]
        return [f"+{one}" for one in texts if one not in known] + [f"-{one}" for one in known if one not in texts] or ["another order"]
    return [f"{one[3]}: {one[:3]} was {other[:3]}" for one, other in zip(words, stored, strict=True)
            if one[0] != other[0] or abs(one[1] - other[1]) > APART_MM or abs(one[2] - other[2]) > APART_MM]


@pytest.mark.parametrize("name", MAKERS)
def test_words_stand_where_they_stood(name: str) -> None:
    words = words_of(made(name))
    if RETAKE:
        STORED.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{page}\t{left:.1f}\t{top:.1f}\t{word}\n" for page, left, top, word in words)
        (STORED / f"{name}.txt").write_text(text, encoding="utf-8")
    assert words
    assert differences(words, read_words(name)) == []


@pytest.mark.parametrize("name", MAKERS)
def test_the_page_looks_as_it_did(name: str) -> None:
    picture = first_page(made(name))
    if RETAKE:
        levels = np.round(np.asarray(picture) / 255 * (GREYS - 1)) * (255 // (GREYS - 1))
        Image.fromarray(levels.astype(np.uint8)).quantize(GREYS).save(STORED / f"{name}.png", optimize=True)
    found = likeness(picture, Image.open(STORED / f"{name}.png").convert("L"))
    assert found.same, found


@pytest.mark.parametrize("name", MAKERS)
def test_nothing_runs_off_the_page(name: str) -> None:
    """Cards reach to the edge of their sheet and are left out."""
    assert name == "cards" or overflowing(made(name)) == []


def test_a_change_is_noticed() -> None:
    """A word more, a word elsewhere, another order, a line that is gone, a picture that is gone."""
    words = words_of(made("route-sheet"))
    page, left, top, text = words[5]
    assert differences([*words, (1, 0, 0, "新词")], words) == ["+新词"]
    assert differences(words, [*words[:5], (page, left, top + 3, text), *words[6:]]) != []
    assert differences(words, [*words[1:], words[0]]) != []
    picture = first_page(made("route-sheet"))
    for box in ((60, 150, 430, 330), (60, 480, 430, 560)):
        blank = picture.copy()
        blank.paste(255, box)
        assert not likeness(blank, picture).same, box
    assert not likeness(first_page(made("notice")), picture).same


def test_twelve_stops_and_a_long_name_are_all_there() -> None:
    text = "".join(word[3] for word in words_of(made("route-sheet-of-twelve")))
    assert text.count(LONG) >= 1
    assert all(f"S{number:02d}" in text for number in (1, *range(4, 25, 2)))


def test_the_stored_files_are_small_and_all_used() -> None:
    assert {path.stem for path in STORED.iterdir()} == set(MAKERS)
    assert max(path.stat().st_size for path in STORED.iterdir()) <= MOST_BYTES
