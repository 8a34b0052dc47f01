"""What a person should look at before planning: likenesses and gaps that only show when rows are laid side by side.

None of it stops the work: everything is kept as it stands, and told as a warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from geodata.cells import match_key
from geodata.faults import shown
from geodata.sheets import Record, SheetReading, named_rows
from planner.text import Text

SAME_POINT_ROWS: Final = 5
"""So many addresses at one point look like a geocoder that found nothing better."""

MANY_ABSENT_PERCENT: Final = 50

_BRACKETS = re.compile(r"[()\[\]【】〔〕“”\"'·.,，。、-]")
_COMPANY = re.compile(r"(?:集团)?(?:股份)?(?:有限)?(?:责任)?公司$|集团$")
_COMMITTEE = re.compile(r"(?:社区)?(?:居民委员会|居委会|居委|社区)$")
_YEARS = re.compile(r"((?:19|20)\d\d)\D+((?:19|20)\d\d)")


def ask(readings: Mapping[str, SheetReading]) -> None:
    """Add every question to the faults of the readings it is about."""
    _ask_same_names(readings["cadres"])
    _ask_same_codes(readings["enterprises"])
    _ask_alike(readings["enterprises"], _COMPANY)
    _ask_alike(readings["committees"], _COMMITTEE)
    for key in ("enterprises", "committees"):
        _ask_same_point(readings[key])
    _ask_history(readings["past"])
    _ask_constituencies(readings)
    _ask_absences(readings)


def _ask_same_names(reading: SheetReading) -> None:
    """Cadres of one name, whom only their ids tell apart."""
    for rows in _groups((match_key(record.values["name"]), record) for record in reading.complete_records()):
        names = "、".join(record.values["id"] for record in rows)
        reading.note("same-name",
                     Text(f"有 {len(rows)} 名干部同名“{shown(rows[0].values['name'])}”（{names}），按编号区分",
                          f"{len(rows)} cadres are called “{shown(rows[0].values['name'])}” ({names}); their ids tell them apart"),
                     Text("请确认不是同一人；其他表中请写编号", "Please make sure they are different people; refer to them by id"),
                     row=rows[1].row, key="name", value=rows[0].values["name"], severity="warning")


def _ask_same_codes(reading: SheetReading) -> None:
    """Enterprises of one credit code: the same enterprise twice."""
    for rows in _groups((record.checked["credit_code"], record) for record in reading.complete_records()
                        if "credit_code" in record.checked):
        reading.note("same-credit-code",
                     Text(f"与第 {rows[0].row} 行的统一社会信用代码相同，像是同一家企业",
                          f"the same credit code as row {rows[0].row}: it seems to be the same enterprise"),
                     Text("请只留一行，或改正代码", "Please keep one row, or correct the code"), row=rows[1].row,
                     key="credit_code", severity="warning")


def _ask_alike(reading: SheetReading, ending: re.Pattern[str]) -> None:
    """Sites whose names differ only in brackets, spaces and what every name ends in, in one sub-district."""
    found = ((_alike_key(record, ending), record) for record in reading.complete_records())
    for rows in _groups(one for one in found if one[0][1]):
        first, second = rows[0], rows[1]
        reading.note("alike-names",
                     Text(f"“{shown(second.values['name'])}”与第 {first.row} 行“{shown(first.values['name'])}”像是同一家",
                          f"“{shown(second.values['name'])}” seems to be “{shown(first.values['name'])}” of row {first.row}"),
                     Text("如是同一家，请只留一行", "Please keep one row if it is"), row=second.row, key="name",
                     value=second.values["name"], severity="warning")


def _alike_key(record: Record, ending: re.Pattern[str]) -> tuple[str, str]:
    return record.values["subdistrict_id"], ending.sub("", _BRACKETS.sub("", match_key(record.values["name"])))


def _ask_same_point(reading: SheetReading) -> None:
    """Many rows of different addresses at exactly one point: what a geocoder gives that found no better.

    Rows of one address, or of none, may well lie at one point: the enterprises of one building.
    """
    found = (((record.values["lon"], record.values["lat"]), record) for record in reading.complete_records()
             if record.values["lon"] is not None and record.values["lat"] is not None)
    for rows in _groups(found, SAME_POINT_ROWS):
        addresses = {match_key(record.values["address"]) for record in rows} - {""}
        if len(addresses) < SAME_POINT_ROWS:
            continue
        lon, lat = rows[0].values["lon"], rows[0].values["lat"]
        named = named_rows([record.row for record in rows])
        reading.note("same-point",
                     Text(f"{len(rows)} 行的坐标完全相同（{lon:g}, {lat:g}；第 {named} 行），地址却有 {len(addresses)} 个，"
                          "像是没有查到地址时的代用点",
                          f"{len(rows)} rows lie at exactly one point ({lon:g}, {lat:g}; rows {named}) but have {len(addresses)} "
                          "addresses, as if these had not been found"),
                     Text("请核对；不知道的请留空，以街道中心估计",
                          "Please check; leave unknown ones blank, and the sub-district's centre stands in"),
                     row=rows[0].row, key="lon", value=lon, severity="warning")


def _ask_history(reading: SheetReading) -> None:
    """Terms that are missing between others, and sites that two cadres held in one term."""
    spans = sorted({(int(found[1]), int(found[2])) for record in reading.complete_records()
                    if (found := _YEARS.search(record.values["term_id"]))})
    for (_, last), (first, _) in pairwise(spans):
        if first > last + 1:
            reading.note("missing-term",
                         Text(f"缺少 {last + 1} 至 {first - 1} 年的记录，这几年联系过谁无从知道，轮换时不受限制",
                              f"nothing is recorded from {last + 1} to {first - 1}: who held what then is not known and does not "
                              "bar anybody from returning"),
                         Text("请尽量补上", "Please add it where you can"), key="term_id", severity="warning")
    groups = _groups(((record.values["term_id"], record.values["site_id"]), record) for record in reading.complete_records())
    for rows in groups:
        cadres = list(dict.fromkeys(record.values["cadre_id"] for record in rows))
        if len(cadres) == 1:
            reading.note("repeated-row", Text(f"与第 {rows[0].row} 行相同，只算一次",
                                              f"the same as row {rows[0].row}; counted once"), row=rows[1].row)
        elif len({record.row for record in rows}) > 1 and not _merged(rows):
            reading.note("contradictory-history",
                         Text(f"“{shown(rows[0].values['site_id'])}”在同一任期有 {len(cadres)} 名联系领导"
                              f"（{'、'.join(cadres)}；第 {named_rows([record.row for record in rows])} 行），都按联系过处理",
                              f"“{shown(rows[0].values['site_id'])}” had {len(cadres)} cadres in one term ({', '.join(cadres)}; rows "
                              f"{named_rows([record.row for record in rows])}); each counts as having held it"),
                         Text("请核对", "Please check"), row=rows[1].row, key="site_id", severity="warning")


def _merged(rows: list[Record]) -> bool:
    """Whether the rows name one site only because the sheet 变更 led several former ones to it."""
    return len({record.written.get("site_id", record.values["site_id"]) for record in rows}) > 1


def _ask_constituencies(readings: Mapping[str, SheetReading]) -> None:
    """Deputies without a constituency, and constituencies of deputies in which no site lies."""
    cadres = readings["cadres"]
    held = {record.values["constituency_id"] for key in ("enterprises", "committees")
            for record in readings[key].complete_records()}
    empty: dict[str, list[Record]] = {}
    for record in cadres.complete_records():
        constituency = record.values["constituency_id"]
        if constituency is None and record.checked.get("is_deputy"):
            cadres.note("deputy-without-constituency", Text("是人大代表，但没有填选区", "a deputy, but no constituency is given"),
                        Text("请填选区，否则不按“选区对应”安排",
                             "Please give it; otherwise the constituency rule leaves this cadre out"), row=record.row,
                        key="is_deputy", severity="warning")
        elif constituency is not None and constituency not in held:
            empty.setdefault(constituency, []).append(record)
    for constituency, rows in empty.items():
        cadres.note("constituency-without-site",
                    Text(f"选区“{shown(constituency)}”没有任何联系点，代表（第 {named_rows([one.row for one in rows])} 行）无法对应",
                         f"no site lies in constituency “{shown(constituency)}”, so its deputies (rows "
                         f"{named_rows([one.row for one in rows])}) cannot hold one there"),
                    Text("请在“企业”“居委会”表中填写选区，或改正", "Please give sites their constituency, or correct it"),
                    row=rows[0].row, key="constituency_id", value=constituency, severity="warning")


def _ask_absences(readings: Mapping[str, SheetReading]) -> None:
    """Days on which half of the cadres or more are away: a conference, a training course, a slip of the pen."""
    reading = readings["absences"]
    everybody = sum(1 for record in readings["cadres"].complete_records() if record.values["capacity_percent"])
    spans = {(one.values["cadre_id"], one.values["first_day"], one.values["last_day"]) for one in reading.complete_records()}
    for first, last, most in _crowded_spans(spans, everybody):
        reading.note("many-absent",
                     Text(f"{first} 至 {last} 期间，{everybody} 名干部中最多有 {most} 人同时请假",
                          f"from {first} to {last} up to {most} of {everybody} cadres are away at once"),
                     Text("走访日落在其间的，请考虑改期或安排代访",
                          "Please consider another day, or stand-ins, for a liaison day that falls into it"), severity="warning")


def _crowded_spans(spans: Iterable[tuple[str, date, date]], everybody: int) -> Iterator[tuple[date, date, int]]:
    """Yield first day, last day and the most absent of every span with so many away."""
    changes: Counter[date] = Counter()
    for _, first, last in spans:
        changes[first] += 1
        changes[last + timedelta(days=1)] -= 1
    away, since, most = 0, None, 0
    for day in sorted(changes):
        away += changes[day]
        crowded = everybody > 1 and away > 1 and away * 100 >= MANY_ABSENT_PERCENT * everybody
        if crowded:
            since, most = since or day, max(most, away)
        elif since is not None:
            yield since, day - timedelta(days=1), most
            since, most = None, 0


def _groups(found: Iterable[tuple[Any, Record]], least: int = 2) -> list[list[Record]]:
    """Return the records that share a key, where at least so many do, in the order of their first rows."""
    groups: dict[Any, list[Record]] = {}
    for key, record in found:
        groups.setdefault(key, []).append(record)
    return [rows for rows in groups.values() if len(rows) >= least]
