"""The pictures of docs/maps.md and the README, taken from a finished output folder.

    python run_planner.py demo --effort quick --out out/
    python benchmarks/map_pictures.py out/

Opens every page in the system's Chromium with the network cut, reduces each picture to a palette, and writes docs/pictures.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

PICTURES: Final = Path(__file__).parents[1] / "docs" / "pictures"
SIZE: Final = (1280, 860)
MOST_BYTES: Final = 90_000
SHOTS: Final = (
    ("coverage-map", "maps/coverage.html", ""),
    ("heat-map", "maps/heat.html", "document.getElementById('side-by-side').click()"),
    ("changes-map", "maps/changes.html", ""),
    ("days-map", "maps/visit-days.html", ("const one = document.getElementById('subdistrict'); one.selectedIndex = 10; "
                                          "one.dispatchEvent(new Event('change'))")),
    ("report", "report.html", ""),
)
"""Name of the picture, page, and what to do on it first."""


def reduced(png: bytes, width: int) -> bytes:
    """A picture of ``width`` pixels with as many colours as fit into ``MOST_BYTES``."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    for colours in (192, 128, 64, 32, 16):
        out = io.BytesIO()
        image.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def take(browser: Any, path: Path, before: str) -> bytes:
    """A screenshot of a page, after ``before`` has run on it."""
    page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(500)
    if before:
        page.evaluate(f"() => {{ {before} }}")
        page.wait_for_timeout(500)
    shot: bytes = page.screenshot()
    page.close()
    return shot


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="an output folder of demo or plan, with pictures/poster.png if there is one")
    folder: Path = parser.parse_args().out
    found = next((one for one in map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")) if one), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--headless", "--no-sandbox", "--disable-gpu",
                                                                          "--host-resolver-rules=MAP * ~NOTFOUND"])
        for name, page, before in SHOTS:
            (PICTURES / f"{name}.png").write_bytes(reduced(take(browser, folder / page, before), 880))
        browser.close()
    if (folder / "pictures" / "poster.png").is_file():
        (PICTURES / "poster.png").write_bytes(reduced((folder / "pictures" / "poster.png").read_bytes(), 880))


if __name__ == "__main__":
    main()
