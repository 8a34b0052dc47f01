"""Public holidays and make-up workdays (调休): the user's own table, else the published lists, else a projection."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import chinese_calendar
import cnlunar

from geodata.cells import Choice, Day, Kind, Number, Words
from geodata.faults import Fault, InputError, UnfitError, shown, unreadable_file
from planner.facts.term import DayState, SpecialDay
from planner.text import Text

BUILT_IN_TABLE: Final = Path(__file__).with_name("holidays.csv")
"""The district's own table; a user may add rows or give another file."""

LUNAR_YEARS: Final = range(1901, 2100)
"""Years for which the lunar calendar is known."""

_LISTED_YEARS: Final = frozenset(day.year for day in chinese_calendar.constants.holidays)
"""Years whose published list the library holds."""

_NAMES: Final[Mapping[str, str]] = {
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节", "Mid-autumn Festival": "中秋节", "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}

_SOLAR_HOLIDAYS: Final = (("元旦", 1, (1,)), ("劳动节", 5, (1, 2, 3, 4, 5)), ("国庆节", 10, (1, 2, 3, 4, 5, 6, 7)))
"""Legal holidays by the sun: name, month, days."""

_LUNAR_HOLIDAYS: Final = (("春节", 1, 1, -1, 6), ("端午节", 5, 5, 0, 0), ("中秋节", 8, 15, 0, 0))
"""Legal holidays by the moon: name, lunar month and day, first and last day off counted from it (除夕 to 初七)."""

_COLUMNS: Final[Mapping[str, Kind]] = {
    "年": Number(1901, 2999), "日期": Day(), "名称": Words(), "休/班": Choice({"休": False, "班": True})}


def special_days(years: Iterable[int], table: Path | None = None) -> tuple[tuple[SpecialDay, ...], dict[int, DayState]]:
    """Return the weekdays off and the weekend days worked in ``years``, by date, and how each year is known.

    ``table`` is the user's own list, the built-in one where None. Raises InputError when it has faults.
    """
    own = _read_table(table or BUILT_IN_TABLE)
    days: list[SpecialDay] = []
    state_by_year: dict[int, DayState] = {}
    for year in sorted(set(years)):
        found, state_by_year[year] = _days_of(year, own)
        days += (one for one in found if one.is_workday == (one.day.weekday() >= 5))
    return tuple(days), state_by_year


def lunar_day(year: int, month: int, day: int) -> date | None:
    """Return the date in the solar ``year`` of a day of a lunar month (never a leap month), None if it has none."""
    if year not in LUNAR_YEARS:
        return None
    for moment in _days_of_year(year):
        lunar = cnlunar.Lunar(datetime.combine(moment, time(12)))
        if (lunar.lunarMonth, lunar.lunarDay) == (month, day) and not lunar.isLunarLeapMonth:
            return moment
    return None


def _days_of(year: int, own: Mapping[int, list[SpecialDay]]) -> tuple[list[SpecialDay], DayState]:
    """Take the first source that knows the year."""
    if year in own:
        return sorted(own[year], key=lambda one: one.day), DayState.PUBLISHED
    if year in _LISTED_YEARS:
        return list(_published(year)), DayState.PUBLISHED
    if year not in LUNAR_YEARS:
        return [], DayState.UNKNOWN
    return [SpecialDay(day, False, name, DayState.PROJECTED) for day, name in sorted(_projected(year).items())], \
        DayState.PROJECTED


def _published(year: int) -> Iterator[SpecialDay]:
    """Yield the days of the published list of one of the years that have one."""
    for day in _days_of_year(year):
        is_off, name = chinese_calendar.get_holiday_detail(day)
        if name is not None:
            yield SpecialDay(day, not is_off, _NAMES.get(name, name), DayState.PUBLISHED)


def _projected(year: int) -> dict[date, str]:
    """Return the legal days off of a year by the calendars alone; what the notice will shift (调休) is not known."""
    names: dict[date, str] = {}

    def add(day: date, name: str) -> None:
        names[day] = f"{names[day]}、{name}" if day in names else name

    for name, month, month_days in _SOLAR_HOLIDAYS:
        for number in month_days:
            add(date(year, month, number), name)
    add(_tomb_sweeping_day(year), "清明节")
    for name, month, number, first, last in _LUNAR_HOLIDAYS:
        if (feast := lunar_day(year, month, number)) is not None:
            for offset in range(first, last + 1):
                add(feast + timedelta(days=offset), name)
    return names


def _tomb_sweeping_day(year: int) -> date:
    """Return the day on which the solar term 清明 begins; it lies on the 4th to the 6th of April."""
    days = [date(year, 4, number) for number in (4, 5, 6)]
    terms = [cnlunar.Lunar(datetime.combine(day, time(12))).todaySolarTerms for day in days]
    return days[terms.index("清明")]


def _days_of_year(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1))


def _read_table(path: Path) -> dict[int, list[SpecialDay]]:
    """Read the own table by year; raises InputError with every fault in it."""
    rows, faults = _rows(path)
    by_day: dict[date, SpecialDay] = {}
    for number, row in rows:
        values: dict[str, object] = {}
        for column, kind in _COLUMNS.items():
            try:
                values[column] = kind.read(row.get(column) or "")
            except UnfitError as unfit:
                faults.append(Fault(unfit.code, path.name, unfit.why, unfit.remedy, row=number, column=column,
                                    value=shown(row.get(column) or "")))
        day, year = values.get("日期"), values.get("年")
        if not isinstance(day, date) or len(values) < len(_COLUMNS):
            continue
        if day.year != year or day in by_day:
            faults.append(_clash(path, number, day, is_double=day in by_day))
        by_day[day] = SpecialDay(day, bool(values["休/班"]), str(values["名称"]), DayState.PUBLISHED)
    if faults:
        raise InputError(faults)
    own: dict[int, list[SpecialDay]] = {}
    for day, special in by_day.items():
        own.setdefault(day.year, []).append(special)
    return own


def _rows(path: Path) -> tuple[list[tuple[int, dict[str, str]]], list[Fault]]:
    """Return the rows below the header with their line numbers; comments and blank lines are left out."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return [], [unreadable_file(path.name, error)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1)
             if line.strip(" ,\t\"") and not line.lstrip("\" ").startswith("#")]
    cells = [next(csv.reader([line])) for _, line in lines]
    header = [cell.strip() for cell in cells[0]] if cells else []
    missing = [column for column in _COLUMNS if column not in header]
    if missing:
        names = "、".join(missing)
        return [], [Fault("missing-column", path.name, Text(f"缺少列：{names}", f"columns are missing: {names}"),
                          Text("第一行应为：年,日期,名称,休/班,依据文号",
                               "The first row should be: 年,日期,名称,休/班,依据文号"))]
    return [(number, dict(zip(header, row, strict=False)))
            for (number, _), row in zip(lines[1:], cells[1:], strict=True)], []


def _clash(path: Path, number: int, day: date, *, is_double: bool) -> Fault:
    if is_double:
        return Fault("duplicate-day", path.name, Text(f"{day} 写了两次", f"{day} is given twice"),
                     Text("请删去一行", "Please delete one row"), row=number, column="日期", value=str(day))
    return Fault("contradiction", path.name,
                 Text(f"{day} 不在“年”所写的年份里", f"{day} is not in the year of its row"),
                 Text("请改正“年”或“日期”", "Please correct the year or the date"),
                 row=number, column="年", value=str(day))
