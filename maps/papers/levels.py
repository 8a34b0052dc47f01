"""Three levels of disclosure from one plan: 公开, 内部, 本人. What a level may not show never reaches a paper.

| level | whom it is for | shows |
|---|---|---|
| public | anybody | names, units, sites, sub-districts, half days |
| internal | offices | exact times and addresses, office telephones |
| personal | the cadre himself | mobile numbers of contacts, too |

Recusals, their reasons and households are at no level.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from planner.text import Language, Text, clock

NOON_SECONDS: Final = 12 * 3600
_MOBILE = re.compile(r"1[3-9]\d{9}")
"""Eleven digits of a mobile number, whatever stands before, between or after them."""


class Level(StrEnum):
    """Who may read a paper."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"


LEVEL_WORDS: Final[Mapping[Level, Text]] = MappingProxyType({
    Level.PUBLIC: Text("公开", "Public"),
    Level.INTERNAL: Text("内部使用", "Internal use only"),
    Level.PERSONAL: Text("本人使用", "For the cadre only"),
})
_HALF_DAYS: Final = (Text("上午", "morning"), Text("下午", "afternoon"))


def time_words(starts_seconds: int, ends_seconds: int, level: Level, language: Language) -> str:
    """When a visit is: to the minute, or as a half day where anybody may read it."""
    if level is Level.PUBLIC:
        return _HALF_DAYS[starts_seconds >= NOON_SECONDS].in_language(language)
    return f"{clock(starts_seconds)}–{clock(ends_seconds)}"


def phone_words(phone: str, level: Level) -> str:
    """The telephone numbers that a level shows: none, those of offices, or all."""
    numbers = [one.strip() for one in re.split(r"[、,;，；/|\n]+", phone) if one.strip()]
    if level is Level.PUBLIC:
        return ""
    if level is Level.INTERNAL:
        numbers = [one for one in numbers if not _MOBILE.search(re.sub(r"\D", "", one))]
    return "、".join(numbers)
