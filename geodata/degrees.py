"""What a cell of longitude or latitude may hold: degrees in every usual writing, or metres of a projection."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from geodata.cells import as_text, plain, wrong_value
from geodata.faults import UnfitError
from planner.text import Text

LEAST_METRES: Final = 100_000.0
"""Numbers from here on are metres of a projection, never degrees."""

_MOST_METRES: Final = 100_000_000.0
_EXAMPLE: Final = "121.523456"
_SIDE = re.compile(r"^(东经|北纬|西经|南纬|[ENWS])[:\s]*|\s*([ENWS])$", re.IGNORECASE)
_NEGATIVE: Final = frozenset(["西经", "南纬", "W", "S"])
_PARTS = re.compile(r"(\d{1,3})(?:\s*[°度˚oºd:]\s*|[\s-]+)(\d{1,2}(?:\.\d+)?)"
                    r"(?:(?:\s*['′’‘分m:]\s*|[\s-]+)(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|′′|''|’’|”|“|秒|s)?)?)?", re.IGNORECASE)
_ONE_PART = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*[°度˚oºd]", re.IGNORECASE)
_METRES = re.compile(r"([\d,]+(?:\.\d+)?)\s*(?:米|m)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A longitude or a latitude: 121.523456, 121.52E, 东经121.52°, 121°31′24.5″, 121°31.4′, 121度31分24秒; or metres.

    Which of the two it is, and what its metres are counted in, is settled for the sheet as a whole.
    """

    def read(self, value: object) -> float:
        """Return degrees (-180 to 180) or metres (100,000 and more); raises UnfitError."""
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else _of_text(value)
        if number is None or not math.isfinite(number):
            raise wrong_value(value, "经纬度", "a longitude or latitude", f"{_EXAMPLE} / 121°31′24″")
        if abs(number) > 180 and not LEAST_METRES <= number < _MOST_METRES:
            raise UnfitError("out-of-range", Text(f"{as_text(number)} 既不是度数（-180 至 180），也不是投影坐标的米数",
                                                  f"{as_text(number)} is neither degrees (-180 to 180) nor metres of a projection"),
                             Text(f"请填十进制度数，例如 {_EXAMPLE}", f"Please give decimal degrees, e.g. {_EXAMPLE}"))
        return number


def has_degree_signs(text: str) -> bool:
    """Whether ``text`` writes degrees with signs, which stand as they are and need no tidying."""
    return any(sign in text for sign in "°º˚′″’”")


def _of_text(value: object) -> float | None:
    text = plain(as_text(value)).replace("\u030a", "°").strip()
    sides = [found[1] or found[2] for found in _SIDE.finditer(text)]
    text = _SIDE.sub("", text).strip()
    sign = -1.0 if any(side.upper() in _NEGATIVE for side in sides) else 1.0
    if text.startswith("-"):
        text, sign = text[1:], -sign
    if (found := _METRES.fullmatch(text)) and (whole := re.sub(r",(?=\d{3}\b)", "", found[1])).count(",") == 0:
        return sign * float(whole)
    if found := _ONE_PART.fullmatch(text):
        return sign * float(found[1])
    if found := _PARTS.fullmatch(text):
        minutes, seconds = float(found[2]), float(found[3] or 0)
        if minutes < 60 and seconds < 60 and not (found[3] and "." in found[2]):
            return sign * (float(found[1]) + minutes / 60 + seconds / 3600)
    return None
