"""Builds the District from the rows of its sheets; checks what takes a whole row, or several rows together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from geodata.faults import UnfitError
from geodata.positions import in_china
from geodata.sheets import Record, SheetReading, named_rows
from planner.facts.district import (
    Absence,
    Cadre,
    Conference,
    District,
    Office,
    Pairing,
    PastTerm,
    Place,
    Site,
    SiteKind,
    StayRequest,
    Subdistrict,
    TimeWindow,
)
from planner.text import Text, clock

_KIND_OF_SHEET: Final[Mapping[str, SiteKind]] = {
    "enterprises": SiteKind.ENTERPRISE, "committees": SiteKind.COMMITTEE}

_Made = TypeVar("_Made")


def build_district(readings: Mapping[str, SheetReading], name: str) -> District:
    """Build the district from the rows without faults, whose degrees are WGS-84; what is found is added to their faults."""
    subdistricts = _each(readings["subdistricts"], _subdistrict)
    centres = {one.id: one.centre for one in subdistricts}

    def office(reading: SheetReading, record: Record) -> Office | None:
        place = _place(reading, record, centres)
        return None if place is None else Office(**_without_degrees(record), place=place)

    def site(reading: SheetReading, record: Record) -> Site | None:
        place, hours = _place(reading, record, centres), _visiting_hours(reading, record)
        if place is None or hours is None:
            return None
        values = _without_degrees(record)
        for key in ("stay_minutes", "opens_seconds", "closes_seconds"):
            del values[key]
        return Site(**values, kind=_KIND_OF_SHEET[reading.sheet.key], place=place, visiting_hours=hours,
                    stay_seconds=_stay_seconds(record))

    offices = _each(readings["offices"], office)
    sites = (*_each(readings["enterprises"], site), *_each(readings["committees"], site))
    for key in ("offices", "enterprises", "committees"):
        _note_estimated(readings[key])
    cadres = _each(readings["cadres"], lambda _, record: Cadre(**record.values))
    recusals = frozenset(_each(readings["recusals"], _pairing))
    _check_pins(readings["pins"], recusals, {cadre.id for cadre in cadres if cadre.capacity_percent == 0})
    return District(
        name, subdistricts, offices, cadres, sites, _past_terms(readings["past"]), recusals,
        pins=frozenset(_each(readings["pins"], _pairing)),
        stay_requests=frozenset(_each(readings["stay_requests"], lambda _, record: StayRequest(**record.values))),
        absences=_each(readings["absences"], _absence),
        conferences=_each(readings["conferences"], _conference),
    )


def _each(reading: SheetReading, make: Callable[[SheetReading, Record], _Made | None]) -> tuple[_Made, ...]:
    """Make one thing of every complete row; those for which None comes back are left out."""
    made = [make(reading, record) for record in reading.records if record.complete]
    return tuple(one for one in made if one is not None)


def _subdistrict(reading: SheetReading, record: Record) -> Subdistrict | None:
    centre = _place(reading, record, {})
    return None if centre is None else Subdistrict(record.values["id"], record.values["name"], centre)


def _pairing(_: SheetReading, record: Record) -> Pairing:
    return Pairing(record.values["cadre_id"], record.values["site_id"])


def _absence(reading: SheetReading, record: Record) -> Absence | None:
    absence = Absence(**record.values)
    if absence.first_day > absence.last_day:
        reading.reject(record, "last_day", UnfitError(
            "ends-before-start",
            Text(f"结束日期 {absence.last_day} 早于开始日期 {absence.first_day}",
                 f"the last day {absence.last_day} is before the first day {absence.first_day}"),
            Text("请改正其中一个", "Please correct one of them")), absence.last_day)
        return None
    return absence


def _conference(reading: SheetReading, record: Record) -> Conference | None:
    conference = Conference(**record.values)
    if conference.starts_seconds >= conference.ends_seconds:
        starts, ends = clock(conference.starts_seconds), clock(conference.ends_seconds)
        reading.reject(record, "ends_seconds", UnfitError(
            "ends-before-start",
            Text(f"结束时间 {ends} 不晚于开始时间 {starts}", f"the end {ends} is not after the start {starts}"),
            Text("请改正其中一个", "Please correct one of them")), ends)
        return None
    return conference


def _without_degrees(record: Record) -> dict[str, Any]:
    return {key: value for key, value in record.values.items() if key not in {"lon", "lat"}}


def _place(reading: SheetReading, record: Record, centres: Mapping[str, Place]) -> Place | None:
    """Return where the row's place is; its sub-district's centre, marked as estimated, where it gives no degrees."""
    lon, lat = record.values["lon"], record.values["lat"]
    if lon is None and lat is None:
        centre = centres.get(record.values["subdistrict_id"])
        return None if centre is None else Place(centre.lon, centre.lat, estimated=True)
    if lon is None or lat is None:
        reading.reject(record, "lon" if lon is None else "lat", UnfitError(
            "half-coordinates", Text("经度和纬度只填了一个", "only one of longitude and latitude is given"),
            Text("请补上，或把两个都留空（用街道中心估计）",
                 "Please fill it in, or leave both blank (the sub-district's centre stands in)")))
        return None
    if in_china(lon, lat):
        return Place(lon, lat)
    if not in_china(lat, lon):
        reading.reject(record, "lon", UnfitError(
            "outside-china",
            Text(f"经度 {lon:g}、纬度 {lat:g} 不在中国范围内",
                 f"longitude {lon:g}, latitude {lat:g} is not in China"),
            Text("请填十进制度数，例如经度 121.523456、纬度 31.271234",
                 "Please give decimal degrees, e.g. longitude 121.523456, latitude 31.271234")), lon)
    return None


def _note_estimated(reading: SheetReading) -> None:
    rows = [record.row for record in reading.records
            if record.complete and record.values["lon"] is None and record.values["lat"] is None]
    if rows:
        reading.note("estimated-place",
                     Text(f"{len(rows)} 行没有坐标，以街道中心代替并标明“估计”（第 {named_rows(rows)} 行）",
                          f"{len(rows)} rows have no coordinates; the sub-district's centre stands in, marked as "
                          f"estimated (rows {named_rows(rows)})"),
                     Text("请尽量补上坐标", "Please add coordinates where you can"))


def _stay_seconds(record: Record) -> int:
    return round(float(record.values["stay_minutes"]) * 60)


def _visiting_hours(reading: SheetReading, record: Record) -> TimeWindow | None:
    """Return the row's visiting hours, if one visit fits into them."""
    opens, closes, stay = record.values["opens_seconds"], record.values["closes_seconds"], _stay_seconds(record)
    if opens >= closes:
        reading.reject(record, "closes_seconds", UnfitError(
            "closes-before-opening",
            Text(f"可走访结束 {clock(closes)} 不晚于开始 {clock(opens)}",
                 f"visiting hours end at {clock(closes)}, not after their start at {clock(opens)}"),
            Text("请改正其中一个", "Please correct one of them")), clock(closes))
        return None
    if stay > closes - opens:
        reading.reject(record, "stay_minutes", UnfitError(
            "stay-too-long",
            Text(f"一次走访 {stay // 60} 分钟，超过可走访时间 {clock(opens)} 至 {clock(closes)}",
                 f"a visit of {stay // 60} minutes does not fit into {clock(opens)} to {clock(closes)}"),
            Text("请缩短走访时长，或放宽可走访时间", "Please shorten the visit or widen the hours")),
            record.values["stay_minutes"])
        return None
    return TimeWindow(opens, closes)


def _check_pins(reading: SheetReading, recusals: frozenset[Pairing], excluded_cadre_ids: set[str]) -> None:
    """Reject pins that cannot all be kept: two cadres for one site, a recused pair, a cadre who takes no part."""
    first: dict[str, tuple[str, int]] = {}
    for record in [record for record in reading.records if record.complete]:
        pin = _pairing(reading, record)
        cadre_id, row = first.setdefault(pin.site_id, (pin.cadre_id, record.row))
        if cadre_id != pin.cadre_id:
            reading.reject(record, "site_id", UnfitError(
                "contradictory-pins",
                Text(f"“{pin.site_id}”在第 {row} 行已指定给“{cadre_id}”，不能再指定给“{pin.cadre_id}”",
                     f"“{pin.site_id}” is pinned to “{cadre_id}” in row {row}, so not to “{pin.cadre_id}”, too"),
                Text("请只留一行", "Please keep only one of the rows")), pin.site_id)
        if pin in recusals:
            reading.reject(record, "cadre_id", UnfitError(
                "pinned-and-recused",
                Text(f"“{pin.cadre_id}”应回避“{pin.site_id}”，不能指定",
                     f"“{pin.cadre_id}” is recused from “{pin.site_id}” and cannot be pinned to it"),
                Text("请删去指定或回避中的一行", "Please delete the pin or the recusal")), pin.cadre_id)
        if pin.cadre_id in excluded_cadre_ids:
            reading.reject(record, "cadre_id", UnfitError(
                "pin-to-excluded-cadre",
                Text(f"“{pin.cadre_id}”的工作量系数为 0，本轮不参加，不能指定",
                     f"“{pin.cadre_id}” has a capacity of 0, takes no part this term, and cannot be pinned"),
                Text("请改为指定别人，或改正系数", "Please pin another cadre, or correct the capacity")), pin.cadre_id)


def _past_terms(reading: SheetReading) -> tuple[PastTerm, ...]:
    """Return past terms, oldest first: by the first year in their names, or in the order of the rows without one."""
    pairings: dict[str, set[Pairing]] = {}
    for record in reading.records:
        if record.complete:
            pairings.setdefault(record.values["term_id"], set()).add(_pairing(reading, record))
    terms = [PastTerm(term_id, frozenset(held)) for term_id, held in pairings.items()]
    years = {term.id: re.search(r"(?:19|20)\d\d", term.id) for term in terms}
    if all(years.values()):
        terms.sort(key=lambda term: (int(found[0]) if (found := years[term.id]) else 0, term.id))
    return tuple(terms)
