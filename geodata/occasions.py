"""The file of second occasions: households for New Year's Day, rounds over all points, receptions. Every fault at once.

It is a file of its own because of the households. The planner gets a code and a committee of each; names, addresses and
telephones are read by ``read_household_contacts`` alone, for the papers of the cadre himself. What a fault says of these
columns never repeats a cell, and no column for the reason of a visit is ever read.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from geodata.cells import Choice, Code, Day, Number, TimeOfDay, Words
from geodata.columns import Column, Sheet
from geodata.directories import Directory, resolve_references
from geodata.faults import Fault, InputError, UnfitError, is_fatal
from geodata.grids import find_grid
from geodata.holidays import lunar_day
from geodata.sheets import Record, SheetReading, named_rows, read_sheet, unread_sheets
from geodata.table_writer import write_sheets
from geodata.tables import report_duplicates
from geodata.words import BOOLEANS, RANKS
from geodata.workbook_files import open_elsewhere, open_workbook
from planner.facts.district import District, Rank, SiteKind
from planner.facts.liaison_days import is_working_day
from planner.facts.occasions import Household, NewYear, OccasionRequests, Reception, Round
from planner.facts.term import Term
from planner.text import Text, clock

_WEEKDAYS: Final = {"星期一": 0, "星期二": 1, "星期三": 2, "星期四": 3, "星期五": 4, "周一": 0, "周二": 1, "周三": 2, "周四": 3, "周五": 4,
                    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4}
_MINUTES: Final = ("分钟", "分", "min")

HOUSEHOLDS: Final = Sheet("households", "慰问户", (
    Column("id", "编号", Code(), ("户编号", "代码", "id", "code")),
    Column("site_id", "居委会", Code(), ("居委会编号", "所属居委会", "committee"), refers_to="committee", width=20),
    Column("name", "姓名", Words(), ("户主", "户主姓名", "name")),
    Column("address", "地址", Words(), ("住址", "address"), default="", width=36),
    Column("phone", "联系电话", Words(), ("电话", "手机", "phone"), default="", width=16),
    Column("agrees", "同意上门", Choice(BOOLEANS), ("是否同意", "同意", "agrees"), default=False),
), ("拜年户", "households"), group="household")
NEW_YEARS: Final = Sheet("new_years", "大年初一", (
    Column("year", "年份", Number(1901, 2099, units=("年",)), ("年", "year")),
    Column("starts_seconds", "开始时间", TimeOfDay(), ("开始", "from"), default=9 * 3600),
    Column("ends_seconds", "结束时间", TimeOfDay(), ("结束", "to"), default=12 * 3600),
    Column("stay_minutes", "每户时长(分钟)", Number(1, 240, units=_MINUTES), ("每户时长", "stay minutes"), default=20, width=16),
    Column("max_households", "每人至多(户)", Number(1, 20, units=("户",)), ("每人至多", "max households"), default=2, width=14),
), ("拜年", "new year"))
ROUNDS: Final = Sheet("rounds", "意见征询", (
    Column("name", "名称", Words(), ("事项", "name"), width=28),
    Column("first_day", "开始日期", Day(), ("开始", "起始日期", "from"), width=14),
    Column("last_day", "结束日期", Day(), ("结束", "截止日期", "to"), width=14),
), ("征询", "rounds"))
RECEPTIONS: Final = Sheet("receptions", "下访接待", (
    Column("site_id", "接待点", Code(), ("地点", "联系点", "place", "site"), refers_to="site", width=20),
    Column("week", "第几个", Number(1, 4), ("周次", "week"), width=8),
    Column("weekday", "星期", Choice(_WEEKDAYS), ("星期几", "weekday")),
    Column("every_months", "间隔(月)", Number(1, 12, units=("个月", "月")), ("间隔", "every months"), default=1),
    Column("starts_seconds", "开始时间", TimeOfDay(), ("开始", "from")),
    Column("ends_seconds", "结束时间", TimeOfDay(), ("结束", "to")),
    Column("seats", "接待领导(人)", Number(1, 20, units=("人",)), ("人数", "cadres"), default=1, width=14),
    Column("min_rank", "最低职级", Choice(RANKS), ("职级", "min rank"), default=Rank.DEPUTY_DIVISION),
), ("接待", "receptions"))
OCCASION_SHEETS: Final = (HOUSEHOLDS, NEW_YEARS, ROUNDS, RECEPTIONS)

_CORRECT: Final = Text("请改正", "Please correct it")
_SECRET: Final = frozenset({"name", "address", "phone"})
_TELLING_CODE: Final = re.compile(r"\d{17}[\dXx]|1[3-9]\d{9}|[\u4e00-\u9fff]{2,}")
"""An identity number, a mobile number, or a name: no code for a household."""


@dataclass(frozen=True, slots=True)
class HouseholdContact:
    """Whom to look for, and where; for the paper of the cadre who goes there, and for nobody else."""

    name: str
    address: str
    phone: str


def read_occasions(path: Path, district: District, term: Term) -> tuple[OccasionRequests, tuple[Fault, ...]]:
    """Read what is asked for, with warnings and repairs; raises InputError with every fault of the file."""
    readings, about = _readings(path)
    _resolve(readings, district)
    report_duplicates(readings)
    households = tuple(_households(readings["households"]))
    new_years = tuple(_new_years(readings["new_years"], term))
    rounds = tuple(_rounds(readings["rounds"], term))
    receptions = tuple(_receptions(readings["receptions"]))
    faults = [*about, *(_without_values(readings["households"])),
              *(fault for key, reading in readings.items() if key != "households" for fault in reading.faults)]
    if not any(reading.records for key, reading in readings.items() if key != "households"):
        faults.append(Fault("no-occasions", path.name, Text("没有写明要安排什么", "it asks for nothing"), Text(
            "请填写“大年初一”“意见征询”或“下访接待”", "Please fill in 大年初一, 意见征询 or 下访接待")))
    if new_years and not households and not is_fatal(faults):
        faults.append(Fault("no-households", path.name, Text("没有同意上门的慰问户", "no household agrees to a visit"), Text(
            "请填写“慰问户”，并在“同意上门”写“是”", "Please fill in 慰问户, with 是 under 同意上门")))
    if is_fatal(faults):
        raise InputError(faults)
    return OccasionRequests(households, new_years, rounds, receptions), tuple(faults)


def read_household_contacts(path: Path) -> Mapping[str, HouseholdContact]:
    """Names, addresses and telephones by household id, of those that agree; raises InputError where the file cannot be opened."""
    readings, _ = _readings(path)
    return {record.values["id"]: HouseholdContact(record.values["name"], record.values["address"], record.values["phone"])
            for record in readings["households"].complete_records() if record.values["agrees"]}


def _readings(path: Path) -> tuple[dict[str, SheetReading], list[Fault]]:
    grids = open_workbook(path)
    about = [*open_elsewhere(path), *unread_sheets(grids, OCCASION_SHEETS, path.name)]
    return {sheet.key: read_sheet(find_grid(grids, (sheet.name, *sheet.aliases)), sheet, path.name) for sheet in OCCASION_SHEETS}, about


def _resolve(readings: Mapping[str, SheetReading], district: District) -> None:
    directories = {"site": Directory("site"), "committee": Directory("committee")}
    for site in district.sites:
        directories["site"].add(site.id, site.name)
        if site.kind is SiteKind.COMMITTEE:
            directories["committee"].add(site.id, site.name)
    for reading in readings.values():
        resolve_references(reading, directories)


def _without_values(reading: SheetReading) -> Iterator[Fault]:
    """Faults of the households: repairs of what stands in secret columns are not told, and no fault repeats a cell of them."""
    secret = {reading.place.headers[key] for key in _SECRET if key in reading.place.headers}
    for fault in reading.faults:
        if fault.column not in secret or fault.code == "empty-cell":
            yield fault
        elif fault.severity == "fault":
            yield dataclasses.replace(
                fault, value="", why=Text("这一格读不出（内容保密，不显示）", "this cell cannot be read (it is kept secret)"),
                remedy=Text("请核对后重新填写", "Please look at it and enter it again"))


def _households(reading: SheetReading) -> Iterator[Household]:
    silent = []
    for record in list(reading.complete_records()):
        if _TELLING_CODE.search(record.values["id"]):
            reading.reject(record, "id", UnfitError(
                "household-code",
                Text("户的编号不得是姓名、身份证号或手机号", "a household's code must not be a name, identity or mobile number"),
                Text("请改用不表明身份的编号，如 H001", "Please use a code that tells nothing, such as H001")))
        elif record.values["agrees"]:
            yield Household(record.values["id"], record.values["site_id"])
        else:
            silent.append(record.row)
    if silent:
        reading.note("household-without-consent",
                     Text(f"{len(silent)} 户没有同意上门，不安排（第 {named_rows(silent)} 行）",
                          f"{len(silent)} households do not agree to a visit and are left out (rows {named_rows(silent)})"),
                     key="agrees", severity="warning")


def _new_years(reading: SheetReading, term: Term) -> Iterator[NewYear]:
    years = {month.year for month in term.month_starts()}
    seen: set[int] = set()
    for record in list(reading.complete_records()):
        values, year = record.values, record.values["year"]
        day = lunar_day(year, 1, 1)
        if year not in years or day is None or year in seen:
            reading.reject(record, "year", UnfitError(
                "outside-term", Text(f"{year} 年不在任期 {term.id} 内，或已写过", f"{year} is not in the term {term.id}, or given twice"),
                Text("请改为任期内的年份，每年一行", "Please give each year of the term once")), year)
        elif _in_order(reading, record) and _fits(reading, record):
            seen.add(year)
            most = min(values["max_households"], (values["ends_seconds"] - values["starts_seconds"]) // (values["stay_minutes"] * 60))
            yield NewYear(f"new-year-{year}", day, values["starts_seconds"], values["ends_seconds"], values["stay_minutes"] * 60, most)


def _fits(reading: SheetReading, record: Record) -> bool:
    values = record.values
    if values["stay_minutes"] * 60 <= values["ends_seconds"] - values["starts_seconds"]:
        return True
    reading.reject(record, "stay_minutes", UnfitError(
        "stay-too-long", Text("一户的时长超过开始至结束的时间", "a visit is longer than the time from start to end"),
        Text("请缩短每户时长，或放宽时间", "Please shorten the visit or widen the hours")), values["stay_minutes"])
    return False


def _rounds(reading: SheetReading, term: Term) -> Iterator[Round]:
    special = {one.day: one for one in term.special_days}
    first = term.month_starts()[0]
    after = (term.month_starts()[-1] + timedelta(days=31)).replace(day=1)
    made: list[Round] = []
    for record in list(reading.complete_records()):
        values = record.values
        start, end = values["first_day"], values["last_day"]
        if start > end:
            reading.reject(record, "last_day", UnfitError("ends-before-start", Text(
                f"结束日期 {end} 早于开始日期 {start}",
                f"the last day {end} is before the first day {start}"), _CORRECT), record.values["last_day"])
        elif start < first or end >= after:
            reading.reject(record, "first_day", UnfitError("outside-term", Text(
                f"{start} 至 {end} 不在任期 {term.id} 内",
                f"{start} to {end} is not within the term {term.id}"), _CORRECT), record.values["first_day"])
        elif any(one.first_day <= end and start <= one.last_day for one in made):
            reading.reject(record, "first_day", UnfitError("rounds-overlap", Text(
                f"{start} 至 {end} 与前面一行重叠",
                f"{start} to {end} overlaps with a row above"), _CORRECT), record.values["first_day"])
        elif not any(is_working_day(start + timedelta(days=one), special) for one in range((end - start).days + 1)):
            reading.reject(record, "first_day", UnfitError("no-working-day", Text(
                f"{start} 至 {end} 没有工作日",
                f"{start} to {end} has no working day"), _CORRECT), record.values["first_day"])
        else:
            made.append(Round(f"round-{len(made) + 1}", values["name"], start, end))
    return iter(made)


def _receptions(reading: SheetReading) -> Iterator[Reception]:
    records = [record for record in list(reading.complete_records()) if _in_order(reading, record)]
    for number, record in enumerate(records, start=1):
        yield Reception(f"reception-{number}", **record.values)


def _in_order(reading: SheetReading, record: Record) -> bool:
    starts, ends = record.values["starts_seconds"], record.values["ends_seconds"]
    if starts < ends:
        return True
    reading.reject(record, "ends_seconds", UnfitError("ends-before-start", Text(
                f"结束时间 {clock(ends)} 不晚于开始时间 {clock(starts)}",
                f"the end {clock(ends)} is not after the start {clock(starts)}"), _CORRECT), record.values["ends_seconds"])
    return False


def write_sample(path: Path, district: District, term: Term, households: int = 2) -> None:
    """Write a file as a user would fill it, with invented households of every committee, so that there is something to try."""
    first_year = term.first_month.year
    committees = [site for site in district.sites if site.kind is SiteKind.COMMITTEE]
    homes = [{"id": f"H{number:04d}", "site_id": site.id, "name": f"住户{number:04d}", "address": f"{site.name}{number % 40 + 1}号",
              "agrees": number % 10 != 0} for number, site in enumerate((one for one in committees for _ in range(households)), start=1)]
    write_sheets(path, district.name, [
        (HOUSEHOLDS, homes),
        (NEW_YEARS, [{"year": year} for year in sorted({month.year for month in term.month_starts()})]),
        (ROUNDS, [{"name": "重大政策意见征询", "first_day": date(first_year, 3, 15), "last_day": date(first_year, 3, 26)}]),
        (RECEPTIONS, [{"site_id": site.id, "week": 3, "weekday": 2, "every_months": 1, "starts_seconds": 9 * 3600,
                      "ends_seconds": 11 * 3600, "seats": 2, "min_rank": Rank.DIVISION} for site in committees[:1]])])
