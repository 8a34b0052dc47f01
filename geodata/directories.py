"""Who is meant by an id or a name in a cell: the directories of all groups, and what became of sites and people since."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from geodata.cells import match_key
from geodata.columns import Column
from geodata.faults import UnfitError, shown
from geodata.sheets import Record, SheetReading, named_rows
from planner.text import Text

_SUGGESTIONS: Final = 2
_NAMED: Final = 5

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


@dataclass
class Directory:
    """The ids of one group, the name of each, and the names that lead to them. With ``is_open`` any id is taken as it is.

    ``successors`` has, by the key of a former id or name, the ids that took its place, by the sheet 变更.
    """

    group: str
    is_open: bool = False
    ids: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    ids_by_name: dict[str, list[str]] = field(default_factory=dict)
    successors: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> Text:
        """What people call the group."""
        return _LABELS[self.group]

    def add(self, one_id: str, name: str) -> None:
        """Enter an id with its name."""
        self.ids.add(one_id)
        self.names[one_id] = name
        self.ids_by_name.setdefault(match_key(name), []).append(one_id)

    def find(self, text: str) -> str:
        """Return the id meant by an id, a unique name, or a former one with a single successor; raises UnfitError."""
        if text in self.ids or self.is_open:
            return text
        found = self.ids_by_name.get(match_key(text), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise self._several("ambiguous-name", text, found, "名为", "are called")
        later = self.successors.get(match_key(text), ())
        if len(later) == 1:
            return later[0]
        if later:
            raise self._several("split-reference", text, later, "承接", "took the place of")
        near = difflib.get_close_matches(text, sorted(self.ids), _SUGGESTIONS)
        ask = Text("是不是" + "或".join(f"“{one}”" for one in near) + "？", "Is it " + " or ".join(near) + "? ") \
            if near else Text("", "")
        raise UnfitError(f"unknown-{self.group}",
                         Text(f"没有编号或名称为“{shown(text)}”的{self.label.zh}",
                              f"none of the {self.label.en} has the id or name “{shown(text)}”"),
                         Text(f"{ask.zh}请改正，或在相应的表中添加",
                              f"{ask.en}Please correct it, or add it to its sheet"))

    def find_all(self, text: str) -> tuple[str, ...]:
        """Return the ids that a reference from an earlier time means today; raises UnfitError."""
        return self.successors.get(match_key(text)) or (self.find(text),)

    def _several(self, code: str, text: str, found: list[str] | tuple[str, ...], zh: str, en: str) -> UnfitError:
        names = "、".join(found[:_NAMED])
        return UnfitError(code, Text(f"{zh}“{shown(text)}”的{self.label.zh}有 {len(found)} 个（{names}）",
                                     f"{len(found)} {self.label.en} {en} “{shown(text)}” ({names})"),
                          Text("请改填编号", "Please give the id instead"))


def directories_of(readings: Mapping[str, SheetReading]) -> dict[str, Directory]:
    """Enter every id, so that one fault does not bring others behind it: of rows with faults, too.

    Where a sheet or its column of ids is missing, any reference into it is let pass.
    """
    directories = {}
    for group, sheet_keys in _MEMBERS.items():
        unread = any("id" not in readings[key].place.columns for key in sheet_keys)
        directory = directories[group] = Directory(group, is_open=unread)
        for sheet_key in sheet_keys:
            for record in readings[sheet_key].records:
                if "id" in record.values:
                    directory.add(record.values["id"], record.values.get("name", ""))
    directories["constituency"].is_open |= not readings["constituencies"].records
    _enter_successors(readings["successions"], directories)
    return directories


def resolve_references(reading: SheetReading, directories: Mapping[str, Directory]) -> None:
    """Put ids in place of what users wrote in cells that refer to other sheets."""
    for column in reading.sheet.columns:
        if not column.refers_to:
            continue
        directory, followed = directories[column.refers_to], []
        unknown = []
        for record in list(reading.records):
            text = record.values.get(column.key)
            if text is None:
                continue
            if not _resolve(reading, record, column, directory):
                unknown.append(record.row)
            elif match_key(text) in directory.successors and record.values[column.key] != text:
                followed.append(record.row)
        if unknown:
            reading.note("former-" + column.refers_to,
                         Text(f"{len(unknown)} 行的{directory.label.zh}不在现有名单中，按已离任或已撤销保留（第 {named_rows(unknown)} 行）",
                              f"{len(unknown)} rows name {directory.label.en} that are no longer listed; kept as former ones "
                              f"(rows {named_rows(unknown)})"),
                         Text("如已合并、拆分或更名，请在“变更”表中写明，轮换才能承接",
                              "If they were merged, split or renamed, say so in the sheet 变更: rotation follows it"),
                         key=column.key, severity="warning")
        if followed:
            reading.note("followed-change",
                         Text(f"{len(followed)} 行的{directory.label.zh}已按“变更”表改为现编号（第 {named_rows(followed)} 行）",
                              f"{len(followed)} rows were led to the present {directory.label.en} by the sheet 变更 "
                              f"(rows {named_rows(followed)})"), key=column.key)


def _resolve(reading: SheetReading, record: Record, column: Column, directory: Directory) -> bool:
    """Resolve one cell, with a row more for every further successor; False where an unknown reference is let stand."""
    text = record.values[column.key]
    try:
        first, *others = directory.find_all(text) if column.splits else (directory.find(text),)
    except UnfitError as unfit:
        if column.keeps_unknown and unfit.code != "ambiguous-name":
            return False
        reading.reject(record, column.key, unfit, text)
        return True
    if first != text:
        record.written = {**record.written, column.key: text}
    record.values[column.key] = first
    reading.records += [dataclasses.replace(record, values={**record.values, column.key: other}) for other in others]
    return True


def _enter_successors(reading: SheetReading, directories: Mapping[str, Directory]) -> None:
    """Enter what the sheet 变更 says, chains of changes followed to what exists today."""
    links: dict[str, dict[str, list[str]]] = {}
    for record in reading.complete_records():
        values = record.values
        links.setdefault(values["group"], {}).setdefault(match_key(values["old_id"]), []).append(values["new_id"])
    for record in reading.complete_records():
        directory = directories[record.values["group"]]
        old, new = match_key(record.values["old_id"]), record.values["new_id"]
        try:
            later = _present(new, links[directory.group], directory, frozenset({old}))
        except UnfitError as unfit:
            reading.reject(record, "new_id", unfit, new)
            continue
        for one in [directory, *([directories["committee"]] if directory.group == "site" else [])]:
            kept = [one_id for one_id in later if one is directory or one_id in one.ids]
            if kept:
                one.successors[old] = tuple(dict.fromkeys((*one.successors.get(old, ()), *kept)))


def _present(text: str, links: Mapping[str, list[str]], directory: Directory, seen: frozenset[str]) -> list[str]:
    """Return the ids of today that ``text`` leads to; raises UnfitError where one does not exist."""
    key = match_key(text)
    if key not in links or key in seen:
        return [directory.find(text)]
    return [one for new in links[key] for one in _present(new, links, directory, seen | {key})]
