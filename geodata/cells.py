"""What one cell or setting may hold: each kind reads a raw value, or raises UnfitError saying what is wrong with it.

A raw value is what a workbook, a CSV file or a TOML file gives: text, number, boolean, date or time, never None.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Protocol

from geodata.faults import UnfitError, shown
from geodata.words import choices
from planner.text import Text

_INVISIBLE: Final = {"Cc", "Cf", "Zl", "Zp"}
_JOINERS: Final = {"\u200c", "\u200d"}
"""Zero-width joiners: needed inside a few scripts, of no use at the ends of a word."""

_CLOCK = re.compile(r"([01]?\d|2[0-4])(?::|点|时)([0-5]\d)?(?:分|:([0-5]\d))?")
_DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?: 0?0:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")
_DATE_WITHOUT_YEAR = re.compile(r"\d{1,2}(?:-|/|\.|月)\d{1,2}日?")
_EXCEL_EPOCH: Final = date(1899, 12, 30)
_FIRST_SERIAL: Final = 18_264
"""1950-01-01 as Excel counts; smaller numbers are hardly dates."""
LAST_DAY_NUMBER: Final = 73_050
"""2099-12-31 as Excel counts."""
_LARGEST_EXACT: Final = 1e15
"""Excel keeps 15 digits of a number; longer codes kept as numbers are damaged in the file."""


class Kind(Protocol):
    """What a cell may hold."""

    def read(self, value: object) -> Any:
        """Return the typed value; raises UnfitError."""


def clean(text: str) -> str:
    """Return ``text`` with control characters and odd spaces made one plain space, and trimmed; letters stay."""
    if text.isprintable():  # nothing odd in it: the usual case, and a fast one
        return text.strip()
    visible = "".join(_visible(letter) for letter in text)
    return re.sub(r" {2,}", " ", visible).strip() if visible != text else text.strip()


def plain(text: str) -> str:
    """Return ``text`` in plain (half-width, NFKC) letters, trimmed: for numbers, codes and words of a list."""
    return clean(text if text.isascii() else unicodedata.normalize("NFKC", text))


def match_key(text: str) -> str:
    """Return what two spellings of one name have in common: plain letters, no spaces, no case."""
    return "".join(plain(text).split()).casefold()


def as_text(value: object) -> str:
    """Return a raw value as a person would read it: whole numbers without a decimal point, ISO dates."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


@dataclass(frozen=True, slots=True)
class Words:
    """Free text, kept letter by letter."""

    def read(self, value: object) -> str:
        """Return the text."""
        _refuse_damaged_number(value)
        return clean(as_text(value))


@dataclass(frozen=True, slots=True)
class Code:
    """An id: text in plain letters; a whole number is read as its digits."""

    def read(self, value: object) -> str:
        """Return the id; raises UnfitError for a number too long to have been kept whole."""
        _refuse_damaged_number(value)
        return plain(as_text(value))


@dataclass(frozen=True, slots=True)
class Number:
    """A number from ``low`` to ``high``, both included; text may end in one of ``units``."""

    low: float
    high: float
    whole: bool = True
    units: tuple[str, ...] = ()
    example: str = ""

    def read(self, value: object) -> float:
        """Return the number (an int where whole); raises UnfitError."""
        number = self._number(value)
        if self.whole and number != int(number):
            raise self._wrong(value, "整数", "a whole number")
        if not self.low <= number <= self.high:
            raise UnfitError("out-of-range",
                             Text(f"{as_text(number)} 不在允许的范围 {self.low:g} 至 {self.high:g} 之内",
                                  f"{as_text(number)} is outside the allowed range {self.low:g} to {self.high:g}"),
                             Text("请改为范围之内的数", "Please give a number inside it"))
        return int(number) if self.whole else float(number)

    def _number(self, value: object) -> float:
        if isinstance(value, str):
            text = plain(value)
            for unit in self.units:
                text = text.removesuffix(unit)
            try:
                value = float(re.sub(r"(?<=\d),(?=\d{3}\b)", "", text))
            except ValueError:
                raise self._wrong(value, "数字", "a number") from None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self._wrong(value, "数字", "a number")
        return value

    def _wrong(self, value: object, wanted_zh: str, wanted_en: str) -> UnfitError:
        return wrong_value(value, wanted_zh, wanted_en, self.example)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words; case and width of letters do not matter."""

    words: Mapping[str, Any]

    def read(self, value: object) -> Any:
        """Return what the word means; raises UnfitError."""
        word = plain(as_text(value)).casefold()
        if word not in self.words:
            allowed = choices(self.words)
            raise UnfitError("unknown-choice",
                             Text(f"“{shown(value)}”不是可选的值", f"“{shown(value)}” is not one of the choices"),
                             Text("可选：" + "、".join(allowed), "Choose one of: " + ", ".join(allowed)))
        return self.words[word]


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """A time of day as seconds after midnight: 9:30, 9点30分, a time cell of Excel, or its fraction of a day."""

    def read(self, value: object) -> int:
        """Return seconds after midnight, at most 86,400; raises UnfitError."""
        seconds = self._seconds(value)
        if seconds is None or not 0 <= seconds <= 86_400:
            raise wrong_value(value, "时刻", "a time of day", "08:30")
        return seconds

    @staticmethod
    def _seconds(value: object) -> int | None:
        if isinstance(value, datetime | time):
            return value.hour * 3600 + value.minute * 60 + value.second
        if isinstance(value, timedelta):
            return round(value.total_seconds())
        if isinstance(value, float) and 0 <= value <= 1:
            return round(value * 86_400)
        found = _CLOCK.fullmatch(plain(value)) if isinstance(value, str) else None
        if found is None or (found[2] is None and ":" in found[0]):
            return None
        return int(found[1]) * 3600 + int(found[2] or 0) * 60 + int(found[3] or 0)


@dataclass(frozen=True, slots=True)
class Day:
    """A date: 2026-11-12, 2026.11.12, 2026/11/12, 2026年11月12日, 20261112, a date cell, or Excel's day number."""

    def read(self, value: object) -> date:
        """Return the date; raises UnfitError, also where the year is missing."""
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if isinstance(value, int | float) and _FIRST_SERIAL <= value <= LAST_DAY_NUMBER and value == int(value):
            return _EXCEL_EPOCH + timedelta(days=int(value))
        text = plain(as_text(value))
        if _DATE_WITHOUT_YEAR.fullmatch(text):
            raise UnfitError("date-without-year",
                             Text(f"“{shown(text)}”没有写年份", f"“{shown(text)}” has no year"),
                             Text("请写全，例如 2026-11-12", "Please write it in full, e.g. 2026-11-12"))
        found = _DATE.fullmatch(text)
        try:
            return date(*(int(part) for part in found.groups() if part)) if found else _no_date(value)
        except ValueError:
            return _no_date(value)


@dataclass(frozen=True, slots=True)
class Listing:
    """Several words in one cell, separated by 、 or commas."""

    def read(self, value: object) -> tuple[str, ...]:
        """Return the words in order."""
        return tuple(word for part in re.split(r"[、,，;；]", as_text(value)) if (word := clean(part)))


def wrong_value(value: object, wanted_zh: str, wanted_en: str, example: str = "") -> UnfitError:
    """Say that ``value`` is not ``wanted``, with an example of what would be."""
    return UnfitError("wrong-type",
                      Text(f"“{shown(value)}”不是{wanted_zh}", f"“{shown(value)}” is not {wanted_en}"),
                      Text(f"请改为{wanted_zh}" + (f"，例如 {example}" if example else ""),
                           f"Please give {wanted_en}" + (f", e.g. {example}" if example else "")))


def _visible(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in _INVISIBLE:
        return letter if letter in _JOINERS else " " if letter.isspace() else ""
    return " " if category == "Zs" else letter


def _refuse_damaged_number(value: object) -> None:
    if isinstance(value, float) and abs(value) >= _LARGEST_EXACT:
        raise UnfitError("digits-lost",
                         Text(f"{value:.0f} 以数字格式保存，超过 15 位，末尾几位已丢失",
                              f"{value:.0f} is kept as a number of more than 15 digits; its last digits are lost"),
                         Text("请把该列设为“文本”格式后重新填写", "Please set the column to text and enter it again"))


def _no_date(value: object) -> date:
    raise wrong_value(value, "日期", "a date", "2026-11-12")
