"""From the two cells of a row to WGS-84: what a sheet's coordinates are counted in, and what does not fit the ground.

Nothing is moved silently. What the workbook states is converted and told; what only seems so is proposed for whole
sheets, and done where the user agrees.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geodata import columns
from geodata.cells import as_text, clean, match_key
from geodata.coordinates import (
    DATUM_NAMES,
    FIRST_ZONE,
    LAST_ZONE,
    WGS84,
    ZONE_METRES,
    Datum,
    FloatArray,
    datum_of,
    from_wgs84,
    gauss_kruger,
    same_place,
    to_wgs84,
)
from geodata.datum import Finding, Ground, test_places
from geodata.degrees import LEAST_METRES
from geodata.faults import Fault, shown
from geodata.grids import Grid
from geodata.misplaced import question_places
from geodata.sheets import Record, SheetReading, named_rows
from geodata.streets import LocalPlane
from planner.text import Text

SWAPPED: Final = "swapped-coordinates"
WRONG_DATUM: Final = "wrong-datum"
"""Faults whose repair, for whole sheets, a user may accept."""

BOUNDARIES: Final = "boundaries"
"""Stands for the file of boundaries where sheets are named."""

CHINA_LON: Final = (73.0, 136.0)
CHINA_LAT: Final = (3.0, 54.0)

POSITIONED: Final = ("subdistricts", "offices", "enterprises", "committees")
_DECIMALS: Final = 8
"""About a millimetre: what is converted gives the same digits on every machine."""

_NORTHING: Final = (1_000_000.0, 6_000_000.0)
_FAR_METRES: Final = 100_000.0
"""Zones lie 285 km apart, so that only one puts a place this near to its district."""


@dataclass(frozen=True)
class Stated:
    """What the sheet 说明 says coordinates are counted in: by key of the sheet, with "" for all that are not named."""

    datums: Mapping[str, Datum] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, key: str) -> Datum:
        """The datum of a sheet; WGS-84 where nothing is said."""
        return self.datums.get(key) or (self.datums.get("") if key != BOUNDARIES else None) or WGS84

    def is_told(self, key: str) -> bool:
        """Whether it is said of this sheet, by name or with all others."""
        return key in self.datums or (key != BOUNDARIES and "" in self.datums)


def read_stated(grid: Grid | None, file: str) -> tuple[Stated, tuple[Fault, ...]]:
    """Read the rows 坐标系, 企业坐标系 and the like of the sheet of keys and values."""
    keys = {match_key(datum): "" for datum in columns.DATUM_KEYS}
    names = {BOUNDARIES: columns.BOUNDARIES_NAMES} | {
        sheet.key: (sheet.name, *sheet.aliases) for sheet in columns.SHEETS if sheet.key in POSITIONED}
    keys |= {match_key(name + datum): key for key, some in names.items() for name in some for datum in columns.DATUM_KEYS}
    found, faults = {}, []
    for number, row in enumerate(grid.read_rows() if grid else (), start=1):
        cells = [clean(as_text(cell)) for cell in row]
        key = keys.get(match_key(cells[0]).rstrip(":")) if cells else None
        if key is None or len(cells) < 2 or not cells[1]:
            continue
        datum = datum_of(cells[1])
        if datum is None:
            offered = "、".join(DATUM_NAMES)
            faults.append(Fault(
                "unknown-datum", file, Text(f"不认识坐标系“{shown(cells[1])}”", f"the datum “{shown(cells[1])}” is not known"),
                Text(f"可以填：{offered}（末两个是中央经线 120°、123° 的三度带投影）；其他坐标系请先换算",
                     f"Known are {offered} (the last two are projected, central meridians 120° and 123°); convert others first"),
                grid.name if grid else "", number, value=shown(cells[1])))
        else:
            found[key] = datum
    return Stated(found), tuple(faults)


def in_china(lon: float, lat: float) -> bool:
    """Whether degrees lie in the box that holds China."""
    return CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]


@dataclass
class _Batch:
    """The rows of a sheet that give a place, and where, (n, 2) in ``datum``."""

    reading: SheetReading
    datum: Datum
    is_told: bool
    records: list[Record]
    points: FloatArray

    @property
    def own_ids(self) -> list[str]:
        """The sub-district each row is said to be in."""
        key = "id" if self.reading.sheet.key == "subdistricts" else "subdistrict_id"
        return [record.values.get(key, "") for record in self.records]

    def convert(self, datum: Datum) -> FloatArray:
        """Put WGS-84 into the rows, their numbers being of ``datum``; returns metres moved, one a row."""
        points = to_wgs84(self.points, datum)
        _put(self.records, points)
        return _metres(self.points, points)

    def wgs84(self) -> FloatArray:
        """Where the rows say they are by now, in WGS-84."""
        return np.array([(one.values["lon"], one.values["lat"]) for one in self.records]).reshape(-1, 2)


def settle_positions(readings: Mapping[str, SheetReading], stated: Stated, ground: Ground | None,
                     accepted: Collection[str]) -> dict[str, str]:
    """Put all longitudes and latitudes of the complete rows into WGS-84, adding what is found to their faults.

    Returns for every sheet with places what its numbers were counted in and how that is known, for the plan's record:
    ``{"enterprises": "GCJ-02, accepted"}``. "stated" is by the workbook, "accepted" a proposal the user agreed to,
    "assumed" where nothing was said.

    Rows whose numbers could not be settled are no longer complete. With ``ground`` the coordinates are tested against
    it, too: whether they are in the datum they are stated to be in, and whether places lie in their sub-districts.
    """
    in_metres: dict[str, str] = {}
    swapped: set[str] = set()
    for key in POSITIONED:
        if names := _settle_metres(readings[key], stated.of(key), _middle(readings.values(), ground), WRONG_DATUM in accepted):
            in_metres[key] = names
        if _settle_swapped(readings[key], SWAPPED in accepted):
            swapped.add(key)
    batches = [_batch(readings[key], stated) for key in POSITIONED]
    batches = [batch for batch in batches if batch.records]
    proposed: dict[str, Datum] = {}
    if ground is not None and ground.centre is not None:
        proposed = _settle_datum(batches, ground, WRONG_DATUM in accepted)
    for batch in batches:
        key = batch.reading.sheet.key
        if key not in proposed and not same_place(batch.datum, WGS84):
            metres = batch.convert(batch.datum)
            _note_conversion(batch, batch.datum, metres, is_stated=True)
        if ground is not None and key != "subdistricts" and (key not in proposed or WRONG_DATUM in accepted):
            question_places(batch.reading, batch.records, batch.wgs84(), batch.own_ids, ground)
    return {key: _record_of(batch, proposed, in_metres, stated) + (", swapped back" if key in swapped else "")
            for batch in batches for key in [batch.reading.sheet.key]}


def _record_of(batch: _Batch, proposed: Mapping[str, Datum], in_metres: Mapping[str, str], stated: Stated) -> str:
    """What stands in the plan of the numbers of a sheet."""
    key = batch.reading.sheet.key
    told = "stated" if stated.is_told(key) else "assumed"
    if key in proposed:
        return f"{proposed[key].name}, accepted"
    if key in in_metres:
        return f"{in_metres[key]}, {'stated' if stated.of(key).is_projected else 'accepted'}"
    return f"{batch.datum.name}, {told}"


def _batch(reading: SheetReading, stated: Stated) -> _Batch:
    """Return the rows of a sheet whose degrees lie in China; projected ones are in WGS-84 by now."""
    key = reading.sheet.key
    datum = stated.of(key)
    records = [record for record in reading.complete_records() if (pair := _pair(record)) is not None and in_china(*pair)]
    points = np.array([_pair(record) for record in records], dtype=np.float64).reshape(-1, 2)
    return _Batch(reading, WGS84 if datum.is_projected else datum, stated.is_told(key), records, points)


def _pair(record: Record) -> tuple[float, float] | None:
    lon, lat = record.values.get("lon"), record.values.get("lat")
    return None if lon is None or lat is None else (lon, lat)


def _put(records: Iterable[Record], points: FloatArray) -> None:
    for record, (lon, lat) in zip(records, points.round(_DECIMALS).tolist(), strict=True):
        record.values["lon"], record.values["lat"] = lon, lat


def _metres(first: FloatArray, second: FloatArray) -> FloatArray:
    plane = LocalPlane(*second.mean(axis=0))
    away: FloatArray = np.linalg.norm(plane.to_metres(second) - plane.to_metres(first), axis=1)
    return away


# --- longitude and latitude the other way round ------------------------------------------------------------------


def _settle_swapped(reading: SheetReading, is_accepted: bool) -> bool:
    """Find degrees that make sense the other way round: told once for the sheet, and swapped where that is accepted.

    Returns whether there are any.
    """
    swapped = [record for record in reading.records if (pair := _pair(record)) is not None
               and not in_china(*pair) and in_china(pair[1], pair[0])]
    if not swapped:
        return False
    named = named_rows([record.row for record in swapped])
    if is_accepted:
        for record in swapped:
            record.values["lon"], record.values["lat"] = record.values["lat"], record.values["lon"]
        reading.note(SWAPPED, Text(f"{len(swapped)} 行的经度和纬度已对调（第 {named} 行）",
                                   f"longitude and latitude were swapped in {len(swapped)} rows (rows {named})"),
                     row=swapped[0].row, key="lon")
        return True
    for record in swapped:
        record.complete = False
    reading.faults.append(reading.place.fault(
        SWAPPED,
        Text(f"{len(swapped)} 行的经度和纬度疑似填反（第 {named} 行）",
             f"longitude and latitude seem to be swapped in {len(swapped)} rows (rows {named})"),
        Text(f"请检查两列的表头，或对调两列；也可加 --accept {SWAPPED}，由程序对调",
             f"Please check the two headers, or swap the columns; or let --accept {SWAPPED} do it"),
        row=swapped[0].row, key="lon"))
    return True


# --- metres of a projection --------------------------------------------------------------------------------------


def _settle_metres(reading: SheetReading, datum: Datum, middle: FloatArray | None, is_accepted: bool) -> str:
    """Turn metres into degrees of ``datum``, WGS-84 where that is projected; proposed where the sheet does not say so.

    Returns the names of the projections, nothing where there are no metres.
    """
    records = [record for record in reading.complete_records()
               if (pair := _pair(record)) is not None and min(pair) >= LEAST_METRES]
    if not records:
        return ""
    metres = np.array([_pair(record) for record in records], dtype=np.float64)
    northing_first = _northing_first(metres)
    metres[northing_first] = metres[northing_first][:, ::-1]
    zones = (metres[:, 0] // ZONE_METRES).astype(int)
    own = _meridian(metres[zones == 0], datum, middle)
    known = np.where(zones == 0, own is not None, (zones >= FIRST_ZONE) & (zones <= LAST_ZONE))
    if not known.all():
        _reject_unknown_zone(reading, [record for record, one in zip(records, known, strict=True) if not one])
        records = [record for record, one in zip(records, known, strict=True) if one]
        metres, zones, northing_first = metres[known], zones[known], northing_first[known]
    if not records:
        return ""
    meridians = np.where(zones == 0, own or 0, 3 * zones)
    systems = [gauss_kruger(int(one)) for one in sorted(set(meridians.tolist()))]
    names = "、".join(one.name for one in systems)
    rows = named_rows([record.row for record in records])
    if not datum.is_projected and not is_accepted:
        for record in records:
            record.complete = False
        reading.faults.append(reading.place.fault(
            WRONG_DATUM, Text(f"{len(records)} 行的坐标是米数，像是 {names} 的投影坐标（第 {rows} 行）",
                              f"the coordinates of {len(records)} rows are metres, as it seems of {names} (rows {rows})"),
            _remedy(systems[0], datum), row=records[0].row, key="lon"))
        return names
    degrees = np.empty_like(metres)
    for system in systems:
        which = meridians == system.central_meridian
        degrees[which] = to_wgs84(metres[which], system)
    _put(records, degrees if datum.is_projected else from_wgs84(degrees, datum))
    reading.note("converted-datum" if datum.is_projected else WRONG_DATUM,
                 Text(f"{len(records)} 行由 {names} 的米数换算为 WGS-84（第 {rows} 行）",
                      f"{len(records)} rows were converted from metres of {names} to WGS-84 (rows {rows})"),
                 row=records[0].row, key="lon")
    if northing_first.any():
        reading.note("northing-first", Text(f"其中 {northing_first.sum()} 行北坐标在前，已按数值分清",
                                            f"{northing_first.sum()} of them have the northing first; the numbers tell which is which"),
                     row=records[0].row, key="lon")
    return names


def _northing_first(metres: FloatArray) -> NDArray[np.bool_]:
    """Which pairs stand as surveyors write them, X north and Y east: an easting is below a million, or bears its zone."""
    low, high = _NORTHING
    is_north = (metres >= low) & (metres <= high)
    first: NDArray[np.bool_] = is_north[:, 0] & ~is_north[:, 1]
    return first


def _meridian(metres: FloatArray, datum: Datum, middle: FloatArray | None) -> int | None:
    """The central meridian of eastings without a zone: as stated, or the only one that leads near the district."""
    if datum.is_projected or not len(metres):
        return datum.central_meridian
    if middle is None:
        return None
    for zone in range(FIRST_ZONE, LAST_ZONE + 1):
        away = _metres(np.broadcast_to(middle, metres.shape), to_wgs84(metres, gauss_kruger(3 * zone)))
        if np.median(away) <= _FAR_METRES:
            return 3 * zone
    return None


def _middle(readings: Iterable[SheetReading], ground: Ground | None) -> FloatArray | None:
    """About where the district is: the middle of all degrees that lie in China, either way round, or of the ground."""
    pairs = [pair if in_china(*pair) else pair[::-1] for reading in readings if reading.sheet.key in POSITIONED
             for record in reading.complete_records() if (pair := _pair(record)) is not None
             and (in_china(*pair) or in_china(pair[1], pair[0]))]
    if pairs:
        middle: FloatArray = np.median(np.array(pairs), axis=0)
        return middle
    return np.array(ground.centre) if ground is not None and ground.centre is not None else None


def _reject_unknown_zone(reading: SheetReading, records: Sequence[Record]) -> None:
    for record in records:
        record.complete = False
    rows = named_rows([record.row for record in records])
    reading.faults.append(reading.place.fault(
        "unknown-projection", Text(f"{len(records)} 行的坐标是米数，但不知道是哪一带的投影（第 {rows} 行）",
                                   f"the coordinates of {len(records)} rows are metres, of a zone that is not known (rows {rows})"),
        Text("请在“说明”表加一行“坐标系”，填 CGCS2000-120（中央经线 120°）这样的写法；地方坐标系请先换算",
             "Please add a row 坐标系 to the sheet 说明, such as CGCS2000-120 (central meridian 120°); convert local grids first"),
        row=records[0].row, key="lon"))


# --- the self-test -----------------------------------------------------------------------------------------------


def _settle_datum(batches: Sequence[_Batch], ground: Ground, is_accepted: bool) -> dict[str, Datum]:
    """Test every sheet; returns the datum proposed by the keys of those for which one is, converted where that is accepted.

    Sheets with too little evidence of their own follow where all that have some agree, unless something speaks for
    what is stated.
    """
    findings = {batch.reading.sheet.key: test_places(batch.points, batch.own_ids, batch.datum, ground) for batch in batches}
    accused = {key: finding for key, finding in findings.items() if finding is not None and finding.likely is not None}
    likely = {finding.likely for finding in accused.values()}
    if not likely:
        return {}
    is_same = len(likely) == 1 and len({finding.stated for finding in accused.values()}) == 1
    first = next(iter(accused.values()))
    followers = [batch for batch in batches if is_same and batch.reading.sheet.key not in accused
                 and batch.datum == first.stated and _may_follow(findings[batch.reading.sheet.key], first.likely)]
    for batch in batches:
        if finding := accused.get(batch.reading.sheet.key):
            _tell_wrong_datum(batch, finding, followers, is_accepted)
    if is_accepted and first.likely is not None:
        for batch in followers:
            _note_conversion(batch, first.likely, batch.convert(first.likely), is_stated=False)
    of_accused = {key: finding.likely for key, finding in accused.items() if finding.likely is not None}
    return of_accused | {batch.reading.sheet.key: first.likely for batch in followers if first.likely is not None}


def _may_follow(finding: Finding | None, likely: Datum | None) -> bool:
    """Whether nothing speaks against ``likely``."""
    return finding is None or (likely is not None and not finding.is_cleared
                               and sum(finding.shares[likely]) > sum(finding.shares[finding.stated]))


def _tell_wrong_datum(batch: _Batch, finding: Finding, followers: Sequence[_Batch], is_accepted: bool) -> None:
    assert finding.likely is not None  # noqa: S101 - only such findings are told
    if is_accepted:
        _note_conversion(batch, finding.likely, batch.convert(finding.likely), is_stated=False)
        return
    likely, stated = finding.likely.name, finding.stated.name
    before, after = (_shares(finding, datum) for datum in (finding.stated, finding.likely))
    also = "、".join(f"“{one.reading.place.sheet}”" for one in followers)
    batch.reading.note(
        WRONG_DATUM,
        Text(f"坐标像是 {likely}，不是 {stated}：按 {stated}，{before.zh}；按 {likely} 换算后，{after.zh}（共比较 {finding.items} 处）"
             + (f"。表 {also} 点少或证据不足，想必相同" if also else ""),
             f"the coordinates seem to be {likely}, not {stated}: as {stated}, {before.en}; as {likely}, {after.en} "
             f"({finding.items} places compared)"
             + (f". The sheets {also} say too little by themselves; they will be alike" if also else "")),
        _remedy(finding.likely, finding.stated), row=batch.records[0].row, key="lon",
        severity="warning" if batch.is_told else "fault")


def _shares(finding: Finding, datum: Datum) -> Text:
    pairs = list(zip(finding.shares[datum], finding.measures, strict=True))
    return Text("、".join(f"{share:.0%} 的点{measure.zh}" for share, measure in pairs),
                ", ".join(f"{share:.0%} lie {measure.en}" for share, measure in pairs))


def _remedy(likely: Datum, stated: Datum) -> Text:
    return Text(f"如属实，请在“说明”表加一行“坐标系”，填 {likely.name}，或加 --accept {WRONG_DATUM} 由程序换算；"
                f"如确为 {stated.name}，也请写明，此后只作提醒",
                f"If so, add a row 坐标系 with {likely.name} to the sheet 说明, or let --accept {WRONG_DATUM} convert them; "
                f"if they are {stated.name}, say that there, and this is only a warning")


def _note_conversion(batch: _Batch, datum: Datum, metres: FloatArray, *, is_stated: bool) -> None:
    batch.reading.note("converted-datum" if is_stated else WRONG_DATUM,
                       Text(f"{len(metres)} 行的坐标由 {datum.name} 换算为 WGS-84，平均移动 {metres.mean():.0f} 米",
                            f"the coordinates of {len(metres)} rows were converted from {datum.name} to WGS-84, "
                            f"{metres.mean():.0f} m on average"), row=batch.records[0].row, key="lon")
