"""What places are held against: the roads and boundaries of a run, themselves tested before anything is judged by them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from geodata.boundaries import Boundaries, boundaries_of, read_boundaries
from geodata.coordinates import GCJ02, Datum
from geodata.datum import Finding, Ground, test_boundaries
from geodata.faults import Fault, InputError, is_fatal
from geodata.geography import Geography
from geodata.positions import BOUNDARIES, WRONG_DATUM
from geodata.roads import read_roads
from geodata.streets import new_streets
from geodata.tables import DistrictTables, read_tables
from planner.facts.district import District
from planner.text import Text


@dataclass(frozen=True)
class Surroundings:
    """The geography with the boundaries that count, None where there are neither roads nor boundaries.

    ``ground`` is what places are held against; boundaries that do not fit the roads are no part of it. ``counted_in``
    tells what boundaries were counted in, as ``settle_positions`` does for sheets; nothing without boundaries.
    """

    geography: Geography | None
    ground: Ground
    faults: tuple[Fault, ...]
    counted_in: str = ""


def read_district(workbook: Path, roads: Path | None, boundaries: Path | None, accepted: Collection[str] = (),
                  tell: Callable[[str], None] = lambda _: None) -> tuple[District | None, Geography | None, tuple[Fault, ...]]:
    """Read the district held against its roads and boundaries, and its geography; no district where anything is wrong.

    ``accepted`` are the codes of faults whose proposed repair the user agrees to. Without a file of boundaries those in
    the file of roads count. ``tell`` hears how far it is.
    """
    try:
        tables = read_tables(workbook, tell)
    except InputError as error:
        return None, None, error.faults
    if roads is not None:
        tell(roads.name)
    geography: Geography | None = None
    faults: tuple[Fault, ...] = ()
    try:
        geography = None if roads is None else read_roads(roads).geography
    except InputError as error:
        faults = error.faults
    laid = lay_ground(tables, geography, "" if roads is None else roads.name, boundaries, accepted)
    district, own = tables.district(accepted, laid.ground)
    if district is not None and laid.counted_in:
        district = replace(district, coordinates={**district.coordinates, BOUNDARIES: laid.counted_in})
    faults = (*own, *faults, *laid.faults)
    return None if is_fatal(faults) else district, laid.geography, faults


def lay_ground(tables: DistrictTables, geography: Geography | None, roads_file: str, boundaries_path: Path | None,
               accepted: Collection[str] = ()) -> Surroundings:
    """Take the boundaries of ``boundaries_path``, or else those of ``geography``, by the sub-districts of the workbook.

    ``roads_file`` is the name of the file the geography was read from. Faults are told, not raised.
    """
    faults: list[Fault] = []
    stated, is_told = tables.stated.of(BOUNDARIES), tables.stated.is_told(BOUNDARIES)
    file = roads_file if boundaries_path is None else boundaries_path.name
    boundaries = Boundaries()
    try:
        if boundaries_path is not None:
            boundaries, found = read_boundaries(boundaries_path, tables.subdistricts, tables.name, stated, accepted)
            faults += found
        elif geography is not None:
            boundaries, found = boundaries_of(geography, tables.subdistricts, file, stated, accepted)
            faults += found
    except InputError as error:
        faults += error.faults
    lines = [] if geography is None else [edge["geometry"] for *_, edge in geography.streets.edges(data=True)]
    surfaces = [surface for *_, surface in boundaries.areas]
    counted_in = f"{stated.name}, {'stated' if is_told else 'assumed'}" if surfaces else ""
    finding = test_boundaries(surfaces, Ground(lines)) if surfaces else None
    is_trusted = True
    if finding is not None and finding.likely is not None:
        if WRONG_DATUM in accepted:
            boundaries = boundaries.converted(finding.likely)
            counted_in = f"{finding.likely.name}, accepted"
        faults.append(_wrong_datum(file, finding, finding.likely, is_told=is_told, is_accepted=WRONG_DATUM in accepted))
        is_trusted = WRONG_DATUM in accepted
    elif finding is not None and finding.is_off:
        is_trusted = False
        faults.append(_off_the_roads(file))
    if geography is None and boundaries_path is None:
        return Surroundings(None, Ground(), tuple(faults))
    geography = replace(geography or Geography(new_streets()), subdistricts=boundaries.areas, outline=boundaries.outline)
    water = geography.water
    ground = (Ground(lines, {one: surface for one, _, surface in boundaries.areas}, boundaries.outline, water) if is_trusted
              else Ground(lines, water=water))
    return Surroundings(geography, ground, tuple(faults), counted_in)


def _wrong_datum(file: str, finding: Finding, likely: Datum, *, is_told: bool, is_accepted: bool) -> Fault:
    before, after = (finding.shares[datum][0] for datum in (finding.stated, likely))
    if is_accepted:
        done = Text(f"边界由 {likely.name} 换算为 WGS-84", f"boundaries were converted from {likely.name} to WGS-84")
        return Fault(WRONG_DATUM, file, done, Text("", ""), severity="repair")
    return Fault(
        WRONG_DATUM, file,
        Text(f"边界像是 {likely.name}，不是 WGS-84：{before:.0%} 的边线沿着道路，按 {likely.name} 换算后为 {after:.0%}",
             f"the boundaries seem to be {likely.name}, not WGS-84: {before:.0%} of their course follow roads, {after:.0%} as "
             f"{likely.name}"),
        Text(f"如属实，请在“说明”表加一行“边界坐标系”，填 {likely.name}，或加 --accept {WRONG_DATUM} 由程序换算",
             f"If so, add a row 边界坐标系 with {likely.name} to the sheet 说明, or let --accept {WRONG_DATUM} convert them"),
        severity="warning" if is_told else "fault")


def _off_the_roads(file: str) -> Fault:
    return Fault(
        "boundary-off", file,
        Text(f"边界与道路对不上，像是整体平移过（例如多换算了一次 {GCJ02.name}），不用它来检查坐标",
             f"the boundaries do not fit the roads, as if shifted as a whole (converted from {GCJ02.name} once too often, say); "
             "coordinates are not checked against them"),
        Text("请核对边界文件的坐标系", "Please check what the boundaries are in"), severity="warning")
