"""A paper as plain values: headings, paragraphs and tables in order, before any format."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal

from maps.glyphs import printable
from planner.text import Language


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head and its share of the width."""

    head: str
    share: float = 1.0
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each as many as there are columns; the head is repeated on every page, no row is split."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the first rank (黑体)."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of body text; ``indent`` by two characters as official papers do."""

    text: str
    indent: bool = True
    kind: str = "paragraph"


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows stands on a page of its own."""

    kind: str = "break"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for Word: ``png`` (bytes) and ``width_mm``."""

    data: dict[str, Any]
    kind: str = "picture"


Block = Table | Heading | Paragraph | PageBreak | Picture


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. ``name`` is its file's name without the ending; ``attachment`` marks it at the top left (附件)."""

    name: str
    title: str
    level: str
    blocks: tuple[Block, ...]
    footer: str
    language: Language = "zh"
    landscape: bool = False
    attachment: str = ""

    def values(self) -> dict[str, Any]:
        """As plain values whose every text can be printed: one line, no character without a picture."""
        return _printable(dataclasses.asdict(self))


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: one if key == "svg" else _printable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one) for one in value]
    return value
