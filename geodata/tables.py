"""The district's workbook: read into a District with every fault reported at once, and written as a user would."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from geodata import columns
from geodata.cells import as_text, clean, match_key
from geodata.datum import Ground
from geodata.directories import Directory, directories_of, resolve_references
from geodata.district_rows import build_district
from geodata.faults import Fault, InputError, UnfitError, is_fatal, shown
from geodata.grids import Grid, find_grid
from geodata.positions import Stated, read_stated, settle_positions
from geodata.questions import ask
from geodata.sheets import SheetReading, read_sheet, unread_sheets
from geodata.table_writer import write_workbook
from geodata.workbook_files import open_elsewhere, open_workbook
from planner.facts.district import District, Pairing
from planner.text import Text

__all__ = ["DistrictTables", "read_plan_table", "read_tables", "read_workbook", "write_workbook"]


@dataclass(frozen=True)
class DistrictTables:
    """The sheets of a workbook as they were read, before anything is made of them.

    ``stated`` is what coordinates are said to be counted in; ``about`` are faults of the file as a whole, ``unread``
    those of sheets nobody knows.
    """

    path: Path
    name: str
    readings: Mapping[str, SheetReading]
    stated: Stated
    subdistricts: Directory
    about: tuple[Fault, ...]
    unread: tuple[Fault, ...]

    def district(self, accepted: Collection[str] = (), ground: Ground | None = None) -> tuple[District | None, tuple[Fault, ...]]:
        """Make the district; none where anything is wrong. To be called once: rows are changed on the way.

        ``accepted`` are the codes of faults whose proposed repair the user agrees to; places are held against ``ground``.
        """
        coordinates = settle_positions(self.readings, self.stated, ground, accepted)
        district = replace(build_district(self.readings, self.name), coordinates=coordinates)
        ask(self.readings)
        faults = (*self.about, *(fault for reading in self.readings.values() for fault in reading.faults), *self.unread)
        return (None if is_fatal(faults) else district), faults


def read_workbook(path: Path, accepted: Collection[str] = ()) -> tuple[District | None, tuple[Fault, ...]]:
    """Read the district's workbook; no district where anything is wrong with it. Warnings and repairs are told, too.

    ``path`` is an .xlsx, a folder of CSV files called after the sheets, or a GeoPackage whose layers are. ``accepted``
    are the codes of faults whose proposed repair the user agrees to.
    """
    try:
        return read_tables(path).district(accepted)
    except InputError as error:
        return None, error.faults


def read_tables(path: Path, tell: Callable[[str], None] = lambda _: None) -> DistrictTables:
    """Read the sheets of a workbook with all their faults; raises InputError where it cannot be opened.

    ``tell`` hears which sheet is being read, and how many rows of a large one are.
    """
    grids = open_workbook(path)
    about = find_grid(grids, columns.ABOUT_SHEET_NAMES)
    name = _district_name(about) or path.stem
    stated, unknown = read_stated(about, path.name)
    unread = tuple(unread_sheets(grids, columns.SHEETS, path.name))
    readings = {}
    for sheet in columns.SHEETS:
        grid = find_grid(grids, (sheet.name, *sheet.aliases))
        tell(sheet.name)
        readings[sheet.key] = read_sheet(grid, sheet, path.name, partial(_tell_row, tell, sheet.name))
        if grid is not None:
            del grids[grid.name]  # a large sheet is not kept twice
    del grid
    samples = _leave_out_samples(readings.values(), path.name)
    report_duplicates(readings)
    directories = directories_of(readings)
    for reading in readings.values():
        resolve_references(reading, directories)
    return DistrictTables(path, name, readings, stated, directories["subdistrict"], (*open_elsewhere(path), *unknown, *samples),
                          unread)


def _tell_row(tell: Callable[[str], None], sheet: str, row: int) -> None:
    tell(f"{sheet} {row}")


def read_plan_table(path: Path, district: District) -> tuple[tuple[Pairing, ...], tuple[Fault, ...]]:
    """Read the pairings of a plan made by hand, in the order of its sheet 安排表; rows with faults are left out.

    A workbook with a single sheet may call it anything.
    """
    try:
        grids = open_workbook(path)
    except InputError as error:
        return (), error.faults
    grid = find_grid(grids, (columns.PLAN.name, *columns.PLAN.aliases))
    if grid is None and len(grids) == 1:
        grid = next(iter(grids.values()))
    reading = read_sheet(grid, columns.PLAN, path.name)
    directories = {"cadre": Directory("cadre"), "site": Directory("site")}
    for cadre in district.cadres:
        directories["cadre"].add(cadre.id, cadre.name)
    for site in district.sites:
        directories["site"].add(site.id, site.name)
    resolve_references(reading, directories)
    pairings: dict[Pairing, int] = {}
    for record in reading.complete_records():
        pairing = Pairing(record.values["cadre_id"], record.values["site_id"])
        if pairing in pairings:
            reading.note("repeated-row", Text(f"与第 {pairings[pairing]} 行相同，只算一次",
                                              f"the same as row {pairings[pairing]}; counted once"), row=record.row)
        pairings.setdefault(pairing, record.row)
    return tuple(pairings), tuple(reading.faults)


def _leave_out_samples(readings: Iterable[SheetReading], file: str) -> list[Fault]:
    """Drop the template's sample rows where there are others; a template that was not filled is told to be one."""
    with_samples = [reading for reading in readings if any(record.is_sample for record in reading.records)]
    if not with_samples:
        return []
    if all(record.is_sample for reading in readings for record in reading.records):
        return [Fault("only-samples", file, Text("只有模板自带的示例行", "it holds only the sample rows of the template"),
                      Text("请填入本区的资料，示例行可以删去", "Please fill in your district's data; the sample rows may go"),
                      severity="warning")]
    for reading in with_samples:
        rows = sum(record.is_sample for record in reading.records)
        reading.records = [record for record in reading.records if not record.is_sample]
        reading.note("sample-rows", Text(f"略过模板自带的 {rows} 行示例", f"{rows} sample rows of the template were left out"))
    return []


def report_duplicates(readings: Mapping[str, SheetReading]) -> None:
    """Reject rows whose id an earlier row of the same group bears."""
    first: dict[tuple[str, str], tuple[str, int]] = {}
    for reading in readings.values():
        if not reading.sheet.group:
            continue
        for record in reading.records:
            if "id" not in record.values:
                continue
            one_id = record.values["id"]
            sheet_name, row = first.setdefault((reading.sheet.group, one_id), (reading.place.sheet, record.row))
            if (sheet_name, row) != (reading.place.sheet, record.row):
                reading.reject(record, "id", UnfitError(
                    "duplicate-id",
                    Text(f"编号“{shown(one_id)}”与表“{sheet_name}”第 {row} 行重复",
                         f"the id “{shown(one_id)}” is that of row {row} of sheet “{sheet_name}”, too"),
                    Text("请改为不同的编号，或删去一行", "Please give another id, or delete one of the rows")), one_id)


def _district_name(grid: Grid | None) -> str:
    """Return the district's name from the sheet of keys and values, or nothing."""
    keys = {match_key(key) for key in columns.DISTRICT_NAME_KEYS}
    for row in grid.read_rows() if grid else ():
        cells = [clean(as_text(cell)) for cell in row]
        if len(cells) > 1 and match_key(cells[0]).rstrip(":") in keys and cells[1]:
            return cells[1]
    return ""
