"""The printing font that is shipped with the product, and the characters it has no picture for."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

FONT_FOLDER: Final = Path(__file__).parent / "fonts"
FONT_FAMILY: Final = "Noto Sans SC"
_REGULAR: Final = FONT_FOLDER / "NotoSansSC_400Regular.ttf"


def missing_glyphs(texts: Iterable[str]) -> set[str]:
    """Characters of ``texts`` that the font cannot draw; white space and control characters do not count.

    Raises OSError when the font file is not there.
    """
    characters = {character for text in texts for character in text if not _draws_nothing(character)}
    return {character for character in characters if ord(character) not in _code_points(_REGULAR)}


def printable(text: str) -> str:
    """``text`` on one line as it can be printed: a character without a picture shows as its code, ``〔U+E123〕``."""
    one_line = " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text).split())
    missing = missing_glyphs([one_line])
    return "".join(f"〔U+{ord(c):04X}〕" if c in missing else c for c in one_line)


def _draws_nothing(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}


@cache
def _code_points(font: Path) -> frozenset[int]:
    """Code points in the font's ``cmap`` table (format 12, which every font beyond the basic plane carries)."""
    data = font.read_bytes()
    cmap = _table_offset(data, b"cmap")
    (subtables,) = struct.unpack_from(">H", data, cmap + 2)
    for index in range(subtables):
        (relative,) = struct.unpack_from(">I", data, cmap + 4 + 8 * index + 4)
        start = cmap + relative
        if struct.unpack_from(">H", data, start) == (12,):
            (groups,) = struct.unpack_from(">I", data, start + 12)
            ranges = struct.iter_unpack(">III", data[start + 16:start + 16 + 12 * groups])
            return frozenset(code for first, last, _ in ranges for code in range(first, last + 1))
    raise ValueError(f"{font.name} has no format 12 character map")


def _table_offset(data: bytes, tag: bytes) -> int:
    (tables,) = struct.unpack_from(">H", data, 4)
    for index in range(tables):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no {tag.decode()} table")
