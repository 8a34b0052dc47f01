"""Templates of pages: everything put into one is escaped, and a forgotten value is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import jinja2

TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def environment() -> jinja2.Environment:
    """The environment of all page templates."""
    return jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True,
                              undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def read_template(name: str) -> str:
    """The text of a template or style sheet as it stands."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
