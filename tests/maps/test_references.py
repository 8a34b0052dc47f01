"""The pages look as they looked when somebody last looked at them: screenshots against stored pictures, with a tolerance.

After a change that was meant, look at the new pictures before you commit them::

    YIXIAN_RETAKE=1 python -m pytest -n 0 tests/maps/test_references.py
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from maps.changes import change_map
from maps.coverage import coverage_map
from maps.heat import heat_map
from maps.offline import save_map
from maps.report_page import write_report
from maps.visit_days import day_map
from tests.maps.conftest import Example, example
from tests.maps.likeness import Likeness, likeness

REFERENCES: Final = Path(__file__).parent / "references"
RETAKE: Final = os.environ.get("YIXIAN_RETAKE") == "1"
VIEWPORT: Final = {"width": 1200, "height": 700}
COLOURS: Final = 192
"""Of a stored picture: enough for every class of the maps, and small (chosen so that small swatches keep their colours)."""

WRITERS: Final[dict[str, Callable[[Example, Path], None]]] = {
    "coverage": lambda one, path: save_map(coverage_map(one.problem, one.plan, one.report, one.base_map), path, "覆盖图"),
    "heat": lambda one, path: save_map(heat_map(one.problem, one.report, one.base_map), path, "热力图"),
    "changes": lambda one, path: save_map(change_map(one.problem, one.plan, one.report, one.base_map), path, "变动图"),
    "visit-days": lambda one, path: save_map(
        day_map(one.problem, one.plan, one.calendar, one.routes, one.base_map, one.geometry), path, "走访日地图"),
    "report": lambda one, path: write_report(path, one.problem, one.plan, one.report),
}
BREAKS: Final = (
    ("coverage", ".leaflet-areas-pane { display: none }"),
    ("coverage", ".leaflet-roads-pane { display: none }"),
    ("coverage", ".leaflet-links-pane { display: none }"),
    ("coverage", ".leaflet-overlay-pane { display: none }"),
    ("coverage", ".page-panel { visibility: hidden }"),
    ("coverage", "#show-offices, .sums { visibility: hidden }"),
    ("heat", "#legend { visibility: hidden }"),
    ("heat", ".page-beside { visibility: hidden }"),
    ("changes", ".leaflet-links-pane { display: none }"),
    ("changes", "#chains { visibility: hidden }"),
    ("visit-days", ".leaflet-overlay-pane { display: none }"),
    ("visit-days", "#hours { visibility: hidden }"),
    ("report", "#goals { visibility: hidden }"),
)
OTHER_LETTERS: Final = ("* { font-family: serif !important }", "* { -webkit-text-stroke: .25px }", ".page-panel { letter-spacing: .15px }")

Look = Callable[[str, str], Image.Image]


@pytest.fixture(scope="module")
def look(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """A screenshot of a page with further CSS; every page is written and opened once."""
    folder, shown = tmp_path_factory.mktemp("pages"), example()
    context = browser.new_context(viewport=VIEWPORT)
    pages: dict[str, Any] = {}

    def opened(name: str) -> Any:
        path = folder / f"{name}.html"
        WRITERS[name](shown, path)
        page = context.new_page()
        page.goto(path.as_uri())
        if name != "report":
            page.wait_for_function("window.yixianShown !== undefined")
        page.wait_for_timeout(200)
        page.evaluate("document.head.append(Object.assign(document.createElement('style'), { id: 'further' }))")
        return page

    def looking(name: str, css: str) -> Image.Image:
        if name not in pages:
            pages[name] = opened(name)
        pages[name].evaluate("(css) => { document.getElementById('further').textContent = css; }", css)
        pages[name].wait_for_timeout(60)
        return Image.open(io.BytesIO(pages[name].screenshot()))

    yield looking
    context.close()


def against(picture: Image.Image, name: str) -> Likeness:
    """Compare with the stored picture of a page."""
    return likeness(picture, Image.open(REFERENCES / f"{name}.png"))


@pytest.mark.parametrize("name", WRITERS)
def test_a_page_looks_as_it_did(look: Look, name: str) -> None:
    picture = look(name, "")
    if RETAKE:
        few = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(REFERENCES / f"{name}.png", optimize=True)
    found = against(picture, name)
    assert found.same, found


@pytest.mark.parametrize("css", OTHER_LETTERS)
@pytest.mark.parametrize("name", WRITERS)
def test_other_letters_are_no_difference(look: Look, name: str, css: str) -> None:
    found = against(look(name, css), name)
    assert found.same, found


@pytest.mark.parametrize(("name", "css"), BREAKS)
def test_a_missing_part_is_a_difference(look: Look, name: str, css: str) -> None:
    found = against(look(name, css), name)
    assert not found.same, found


def test_two_pages_are_not_alike(look: Look) -> None:
    assert not against(look("coverage", ""), "visit-days").same
    with pytest.raises(ValueError, match="cannot be compared"):
        likeness(Image.new("RGB", (8, 8)), Image.new("RGB", (8, 9)))


def test_the_stored_pictures_are_small() -> None:
    assert {path.stem for path in REFERENCES.glob("*.png")} == set(WRITERS)
    assert max(path.stat().st_size for path in REFERENCES.glob("*.png")) <= 60_000
