"""What is wrong with an input, where, and what to do about it: one object for every reader, in both languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from planner.text import Language, Text

Severity = Literal["fault", "warning", "repair"]

_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input file, to be looked at in it, or one safe repair of it.

    ``row`` counts from 1 as Excel shows it, ``column`` is the header as the user wrote it (or ``section.key`` of a
    policy file), ``cell`` is e.g. ``D39``; each is empty where it says nothing. ``why`` and ``remedy`` are sentences
    without their full stop. ``severity`` is "repair" where reading went on with a value that is certainly meant, and
    "warning" where it went on with what stands there and a person should look: only a "fault" stops the work.
    Every code is explained in docs/fault-codes.md.
    """

    code: str
    file: str
    why: Text
    remedy: Text
    sheet: str = ""
    row: int | None = None
    column: str = ""
    cell: str = ""
    value: str = ""
    severity: Severity = "fault"

    def sentence(self, language: Language = "zh") -> str:
        """Where it is, what it is and what to do, as one line."""
        why, remedy = self.why.in_language(language), self.remedy.in_language(language)
        if language == "zh":
            return f"{self._where_zh()}：{why}。" + (f"{remedy}。" if remedy else "")
        return f"{self._where_en()}: {why}." + (f" {remedy}." if remedy else "")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "code": self.code, "severity": self.severity, "file": self.file, "sheet": self.sheet, "row": self.row,
            "column": self.column, "cell": self.cell, "value": self.value,
            "zh": self.sentence("zh"), "en": self.sentence("en"),
        }

    def _where_zh(self) -> str:
        row = "" if self.row is None else f"第 {self.row} 行"
        column = "" if not self.column else f"“{self.column}”" + ("列" if self.sheet else "")
        return (f"《{self.file}》" + (f"表“{self.sheet}”" if self.sheet else "") + row + column
                + (f"（单元格 {self.cell}）" if self.cell else ""))

    def _where_en(self) -> str:
        parts = [self.file]
        if self.sheet:
            parts.append(f"sheet “{self.sheet}”")
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column “{self.column}”" if self.sheet else f"“{self.column}”")
        return ", ".join(parts) + (f" (cell {self.cell})" if self.cell else "")


class UnfitError(ValueError):
    """A value that is not what its place asks for: what a Fault says, without where it is."""

    def __init__(self, code: str, why: Text, remedy: Text) -> None:
        super().__init__(why.zh)
        self.code, self.why, self.remedy = code, why, remedy


class InputError(Exception):
    """The input cannot be used; carries every fault found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.sentence() for fault in self.faults))


def is_fatal(faults: Iterable[Fault]) -> bool:
    """Whether any of ``faults`` is a fault, not only a warning or a repair."""
    return any(fault.severity == "fault" for fault in faults)


def shown(value: object) -> str:
    """Return a value as it may stand in a message: one line, no control characters, at most 40 characters."""
    text = "".join(" " if unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp"} else one for one in str(value))
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS - 1] + "…"


def unreadable_file(file: str, error: OSError) -> Fault:
    """Describe a file that is missing, locked, or otherwise cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return Fault("missing-file", file, Text("找不到这个文件", "there is no such file"),
                     Text("请检查文件名和所在文件夹", "Please check its name and folder"))
    if isinstance(error, IsADirectoryError):
        return Fault("not-a-file", file, Text("这是一个文件夹，不是文件", "this is a folder, not a file"),
                     Text("请写明文件夹里的文件名", "Please name the file inside it"))
    if isinstance(error, PermissionError):
        return Fault("locked-file", file, Text("打不开：可能正在 Excel 或 WPS 中打开，或没有读取权限",
                                               "it cannot be opened: it may be open in Excel or WPS, or be protected"),
                     Text("请先关闭它再试", "Please close it and try again"))
    return Fault("unreadable-file", file, Text(f"读取失败（{shown(error.strerror or error)}）",
                                               f"reading failed ({shown(error.strerror or error)})"),
                 Text("请把文件复制到本机硬盘再试", "Please copy it to a local disk and try again"))
