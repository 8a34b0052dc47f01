"""Papers as PDF: typst with the font that is shipped; same content, same bytes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from maps.glyphs import FONT_FAMILY, FONT_FOLDER
from maps.papers.model import Paper

TEMPLATES: Final = Path(__file__).parents[1] / "templates"


class MissingFontError(RuntimeError):
    """The font that is shipped with the product was not found; without it a sheet would show empty boxes."""


def papers_as_pdf(papers: Sequence[Paper]) -> bytes:
    """Set papers one after the other, each with pages of its own."""
    return typeset("paper.typ", {"papers": [one.values() for one in papers], "family": FONT_FAMILY})


def typeset(template: str, data: dict[str, Any]) -> bytes:
    """Set a template of ``maps/templates`` with plain values; raises MissingFontError."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    source = (TEMPLATES / template).read_bytes()
    pdf, faults = typst.compile_with_warnings(source, font_paths=fonts(), ignore_system_fonts=True, format="pdf", timestamp=0,
                                              sys_inputs={"data": text}, pdf_tags=False)
    for fault in faults:
        warnings.warn(f"{template}: {fault.message}", stacklevel=2)
    if isinstance(pdf, list):
        raise TypeError("a PDF is one file")
    return pdf


def picture_as_png(template: str, data: dict[str, Any], ppi: int = 150) -> bytes:
    """The one page of a template as a picture, for papers that cannot hold a drawing."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    png = typst.compile((TEMPLATES / template).read_bytes(), font_paths=fonts(), ignore_system_fonts=True, format="png", ppi=ppi,
                        sys_inputs={"data": text})
    if not isinstance(png, bytes):
        raise TypeError("the picture is one page")
    return png


@cache
def fonts() -> typst.Fonts:
    """The shipped font and no other; a missing font would give empty boxes without a word."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT_FOLDER])
    weights = {font.weight for font in found.fonts() if font.family == FONT_FAMILY}
    if not {400, 700} <= weights:
        raise MissingFontError(f"打印字体不在 / the printing font is missing: {FONT_FOLDER}（{FONT_FAMILY} 400, 700）")
    return found
