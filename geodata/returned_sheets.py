"""返回的安排表: what people changed by hand in plan.xlsx, edit by edit with its cell, from one sheet or several.

A sheet is held against the plan it was printed from. Another cadre beside a point is a wish for that cadre; a row that was deleted,
or whose cadre was cleared, is an objection to the one who stood there. Columns 填写人 and 说明, where the sheet has them, tell who and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from geodata import columns
from geodata.cells import Words, match_key
from geodata.columns import Column
from geodata.directories import Directory, resolve_references
from geodata.faults import Fault, InputError, UnfitError, is_fatal, shown
from geodata.grids import find_grid
from geodata.sheets import SheetReading, column_letters, read_sheet
from geodata.workbook_files import open_workbook
from planner.facts.district import District, Pairing
from planner.text import Text

_WHO: Final = Column("who", "填写人", Words(), ("反馈人", "经办人", "who"), default="")
_WHY: Final = Column("why", "说明", Words(), ("理由", "意见", "修改说明", "备注", "why"), default="")
_NAME: Final = Column("cadre_name", "姓名", Words(), ("干部姓名",), default="")
_SHEET: Final = replace(columns.PLAN, columns=(
    *(replace(one, default="") if one.key == "cadre_id" else one for one in columns.PLAN.columns), _NAME, _WHO, _WHY))


class EditKind(StrEnum):
    """改为某人, 不同意某人."""

    WISH = "wish"
    OBJECTION = "objection"


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference: ``cell`` is where it stands (empty for a deleted row), ``from_cadre_id`` whom the plan names.

    ``to_cadre_id`` is None in an objection.
    """

    file: str
    cell: str
    kind: EditKind
    site_id: str
    from_cadre_id: str | None
    to_cadre_id: str | None
    who: str
    why: str

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/choosing.md)."""
        return {"file": self.file, "cell": self.cell, "kind": str(self.kind), "site": self.site_id, "from": self.from_cadre_id,
                "to": self.to_cadre_id, "who": self.who, "why": self.why}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Edits of one point that contradict each other; none of them is taken."""

    edits: tuple[Edit, ...]


def read_edits(path: Path, district: District, holder_of: Mapping[str, str]) -> tuple[tuple[Edit, ...], tuple[Fault, ...]]:
    """The edits of one sheet against the plan (``holder_of``: cadre by site).

    Raises InputError where it cannot be read, or does not say clearly who is meant: a name that was changed without the id beside
    it, two rows of one point with different cadres.
    """
    reading = _read(path, district)
    _reject_other_names(reading, district, holder_of)
    _reject_second_rows(reading)
    if is_fatal(reading.faults):
        raise InputError(reading.faults)
    edits: list[Edit] = []
    named = set()
    for record in sorted(reading.complete_records(), key=lambda one: (str(one.values["site_id"]), one.row)):
        site_id, cadre_id = record.values["site_id"], record.values.get("cadre_id")
        named.add(site_id)
        old = holder_of.get(site_id)
        if cadre_id != old:
            cell = f"{column_letters(reading.place.columns['cadre_id'])}{record.row}"
            kind = EditKind.OBJECTION if cadre_id is None else EditKind.WISH
            said = {key: str(record.values.get(key) or "") for key in ("who", "why")}
            edits.append(Edit(path.name, cell, kind, site_id, old, cadre_id, **said))
    edits += [Edit(path.name, "", EditKind.OBJECTION, site_id, old, None, "", "") for site_id, old in sorted(holder_of.items())
              if site_id not in named]
    return tuple(edits), tuple(reading.faults)


def _read(path: Path, district: District) -> SheetReading:
    """The rows of the sheet with ids in place of names; a cleared cadre is None."""
    grids = open_workbook(path)
    grid = find_grid(grids, (_SHEET.name, *_SHEET.aliases))
    if grid is None and len(grids) == 1:
        grid = next(iter(grids.values()))
    reading = read_sheet(grid, _SHEET, path.name)
    _find_cadres(reading)
    directories = {"cadre": Directory("cadre"), "site": Directory("site")}
    for cadre in district.cadres:
        directories["cadre"].add(cadre.id, cadre.name)
    for site in district.sites:
        directories["site"].add(site.id, site.name)
    for record in reading.records:
        if record.values.get("cadre_id") == "":
            record.values["cadre_id"] = None
    resolve_references(reading, directories)
    if is_fatal(reading.faults):
        raise InputError(reading.faults)
    return reading


def _find_cadres(reading: SheetReading) -> None:
    """Take the names for ids in a sheet that has names only; a sheet that has neither says nothing about anybody."""
    place = reading.place
    if not place.columns or "cadre_id" in place.columns:
        return
    if "cadre_name" not in place.columns:
        reading.faults.append(place.fault("missing-column", Text("缺少“干部编号”列", "the column “干部编号” is missing"),
                                          Text("请在表头添加“干部编号”", "Please add “干部编号” to the header")))
        return
    reading.place = replace(place, **{
        part: {"cadre_id" if key == "cadre_name" else key: value for key, value in getattr(place, part).items()}
        for part in ("columns", "headers")})
    for record in reading.records:
        record.values["cadre_id"] = record.values.pop("cadre_name", "")


def _reject_other_names(reading: SheetReading, district: District, holder_of: Mapping[str, str]) -> None:
    """Reject rows whose name is neither that of the cadre they give nor, where the cadre was changed, what stood there before."""
    for record in reading.complete_records():
        name, given = record.values.get("cadre_name"), record.values.get("cadre_id")
        meant = [district.cadre_by_id[one] for one in (given, holder_of.get(record.values["site_id"])) if one in district.cadre_by_id]
        if name and match_key(name) not in {match_key(one.name) for one in meant}:
            reading.reject(record, "cadre_name", UnfitError(
                "contradiction",
                Text(f"姓名“{shown(name)}”不是编号“{given or ''}”的干部", f"“{shown(name)}” is not the name of cadre “{given or ''}”"),
                Text("请把干部编号也改成要换的人；如未想换人，请恢复姓名",
                     "Please change the id of the cadre, too, or put the name back if nobody else is meant")), name)


def _reject_second_rows(reading: SheetReading) -> None:
    """Reject a row that gives a point another cadre than an earlier row does."""
    first: dict[str, tuple[int, str | None]] = {}
    for record in reading.complete_records():
        site_id, cadre_id = record.values["site_id"], record.values.get("cadre_id")
        row, other = first.setdefault(site_id, (record.row, cadre_id))
        if other != cadre_id:
            reading.reject(record, "site_id", UnfitError(
                "duplicate-id",
                Text(f"第 {row} 行给联系点“{shown(site_id)}”写了另一名干部",
                     f"row {row} gives another cadre to the point “{shown(site_id)}”"),
                Text("请只留一行", "Please keep only one of the rows")), site_id)


def merged(edits: Iterable[Edit]) -> tuple[tuple[Edit, ...], tuple[Conflict, ...]]:
    """Edits that agree, one for a point, and those that do not: wishes for different cadres."""
    by_site: dict[str, list[Edit]] = {}
    for one in edits:
        by_site.setdefault(one.site_id, []).append(one)
    taken: list[Edit] = []
    conflicts: list[Conflict] = []
    for _, own in sorted(by_site.items()):
        wishes = {one.to_cadre_id for one in own if one.kind is EditKind.WISH}
        if len(wishes) > 1:
            conflicts.append(Conflict(tuple(own)))
        else:
            taken.append(next((one for one in own if one.kind is EditKind.WISH), own[0]))
    return tuple(taken), tuple(conflicts)


def with_edits(district: District, edits: Sequence[Edit]) -> District:
    """The district with wishes as pins (in place of what was pinned there) and objections as recusals; who and why stay outside."""
    wished = {one.site_id: one.to_cadre_id for one in edits if one.to_cadre_id is not None}
    refused = {Pairing(one.from_cadre_id, one.site_id) for one in edits
               if one.kind is EditKind.OBJECTION and one.from_cadre_id is not None}
    pins = {pin for pin in district.pins if pin.site_id not in wished and pin not in refused}
    return replace(district, pins=frozenset(pins | {Pairing(cadre, site) for site, cadre in wished.items()}),
                   recusals=district.recusals | refused)
