"""The district's workbook: read into a District with every fault reported at once, and written as a user would."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from geodata import columns
from geodata.cells import as_text, clean, match_key
from geodata.columns import Column
from geodata.district_rows import build_district
from geodata.faults import Fault, InputError, UnfitError, is_fatal, shown
from geodata.sheets import Grid, Record, SheetReading, find_grid, named_rows, open_workbook, read_sheet, unread_sheets
from geodata.table_writer import write_workbook
from planner.facts.district import District, Pairing
from planner.text import Text

__all__ = ["read_plan_table", "read_workbook", "write_workbook"]

_SUGGESTIONS: Final = 2


@dataclass
class _Directory:
    """The ids of one group and the names that lead to them. With ``is_open`` any id is taken as it is."""

    group: str
    is_open: bool = False
    ids: set[str] = field(default_factory=set)
    ids_by_name: dict[str, list[str]] = field(default_factory=dict)

    @property
    def label(self) -> Text:
        """What people call the group."""
        return _LABELS[self.group]

    def add(self, one_id: str, name: str) -> None:
        """Enter an id with its name."""
        self.ids.add(one_id)
        self.ids_by_name.setdefault(match_key(name), []).append(one_id)

    def find(self, text: str) -> str:
        """Return the id meant by an id or a unique name; raises UnfitError."""
        if text in self.ids or self.is_open:
            return text
        found = self.ids_by_name.get(match_key(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(found[:5])
            raise UnfitError("ambiguous-name",
                             Text(f"名为“{shown(text)}”的{self.label.zh}有 {len(found)} 个（{names}）",
                                  f"{len(found)} {self.label.en} are called “{shown(text)}” ({names})"),
                             Text("请改填编号", "Please give the id instead"))
        near = difflib.get_close_matches(text, sorted(self.ids), _SUGGESTIONS)
        ask = Text("是不是" + "或".join(f"“{one}”" for one in near) + "？", "Is it " + " or ".join(near) + "? ") \
            if near else Text("", "")
        raise UnfitError(f"unknown-{self.group}",
                         Text(f"没有编号或名称为“{shown(text)}”的{self.label.zh}",
                              f"none of the {self.label.en} has the id or name “{shown(text)}”"),
                         Text(f"{ask.zh}请改正，或在相应的表中添加",
                              f"{ask.en}Please correct it, or add it to its sheet"))


def read_workbook(path: Path) -> tuple[District | None, tuple[Fault, ...]]:
    """Read the district's workbook; no district where anything is wrong with it. Repairs are among the faults."""
    try:
        grids = open_workbook(path)
    except InputError as error:
        return None, error.faults
    readings = {sheet.key: read_sheet(find_grid(grids, (sheet.name, *sheet.aliases)), sheet, path.name)
                for sheet in columns.SHEETS}
    _report_duplicates(readings)
    directories = _directories(readings)
    for reading in readings.values():
        _resolve_references(reading, directories)
    district = build_district(readings, _district_name(grids) or path.stem)
    faults = [fault for reading in readings.values() for fault in reading.faults]
    faults += unread_sheets(grids, columns.SHEETS, path.name)
    return (None if is_fatal(faults) else district), tuple(faults)


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
    directories = {"cadre": _Directory("cadre"), "site": _Directory("site")}
    for cadre in district.cadres:
        directories["cadre"].add(cadre.id, cadre.name)
    for site in district.sites:
        directories["site"].add(site.id, site.name)
    _resolve_references(reading, directories)
    pairings: dict[Pairing, int] = {}
    for record in reading.complete_records():
        pairing = Pairing(record.values["cadre_id"], record.values["site_id"])
        if pairing in pairings:
            reading.note("repeated-row", Text(f"与第 {pairings[pairing]} 行相同，只算一次",
                                              f"the same as row {pairings[pairing]}; counted once"), row=record.row)
        pairings.setdefault(pairing, record.row)
    return tuple(pairings), tuple(reading.faults)


_LABELS: Final[Mapping[str, Text]] = {
    "subdistrict": Text("街道", "subdistricts"), "office": Text("单位", "offices"), "cadre": Text("干部", "cadres"),
    "site": Text("联系点", "sites"), "committee": Text("居委会", "committees"),
    "constituency": Text("选区", "constituencies"),
}

_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "subdistrict": ("subdistricts",), "office": ("offices",), "cadre": ("cadres",),
    "site": ("enterprises", "committees"), "committee": ("committees",), "constituency": ("constituencies",),
}
"""Which sheets define the ids that a reference may mean."""


def _directories(readings: Mapping[str, SheetReading]) -> dict[str, _Directory]:
    """Enter every id, so that one fault does not bring others behind it: of rows with faults, too.

    Where a sheet or its column of ids is missing, any reference into it is let pass.
    """
    directories = {}
    for group, sheet_keys in _MEMBERS.items():
        unread = any("id" not in readings[key].place.columns for key in sheet_keys)
        directory = directories[group] = _Directory(group, is_open=unread)
        for sheet_key in sheet_keys:
            for record in readings[sheet_key].records:
                if "id" in record.values:
                    directory.add(record.values["id"], record.values.get("name", ""))
    directories["constituency"].is_open |= not readings["constituencies"].records
    return directories


def _report_duplicates(readings: Mapping[str, SheetReading]) -> None:
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


def _resolve_references(reading: SheetReading, directories: Mapping[str, _Directory]) -> None:
    """Put ids in place of what users wrote in cells that refer to other sheets."""
    for column in reading.sheet.columns:
        if column.refers_to:
            kept = [record.row for record in reading.records if not _resolve(reading, record, column, directories)]
            if kept:
                label = _LABELS[column.refers_to]
                reading.note("former-" + column.refers_to,
                             Text(f"{len(kept)} 行的{label.zh}不在现有名单中，按已离任或已撤销保留"
                                  f"（第 {named_rows(kept)} 行）",
                                  f"{len(kept)} rows name {label.en} that are no longer listed; kept as former ones "
                                  f"(rows {named_rows(kept)})"), key=column.key)


def _resolve(reading: SheetReading, record: Record, column: Column, directories: Mapping[str, _Directory]) -> bool:
    """Resolve one cell; False where an unknown reference is let stand."""
    text = record.values.get(column.key)
    if text is None:
        return True
    try:
        record.values[column.key] = directories[column.refers_to].find(text)
    except UnfitError as unfit:
        if column.keeps_unknown and unfit.code != "ambiguous-name":
            return False
        reading.reject(record, column.key, unfit, text)
    return True


def _district_name(grids: Mapping[str, Grid]) -> str:
    """Return the district's name from the sheet of keys and values, or nothing."""
    grid = find_grid(grids, columns.ABOUT_SHEET_NAMES)
    keys = {match_key(key) for key in columns.DISTRICT_NAME_KEYS}
    for row in grid.rows if grid else ():
        cells = [clean(as_text(cell)) for cell in row]
        if len(cells) > 1 and match_key(cells[0]).rstrip(":") in keys and cells[1]:
            return cells[1]
    return ""
