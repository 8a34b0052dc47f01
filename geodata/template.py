"""The workbook to fill: every sheet and column with drop-down lists, notes and sample rows, and the policy explained."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from geodata import columns
from geodata.cells import Choice, Day, Kind, Listing, Number, TimeOfDay
from geodata.column_notes import SHEET_NOTES, note_of
from geodata.columns import Column, Sheet
from geodata.identity import CreditCode, Phone
from geodata.policy_file import BUILT_IN_POLICY, GOALS_SECTION, SETTINGS
from planner.artefacts.files import write_whole
from planner.text import Language, Text, clock

_CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC)
_ROWS_WITH_LISTS: Final = 5_000
_LAST_ROW: Final = 1_048_575
_A4: Final = 9
_NUMBER_WIDTH: Final = 14
_LEAST_WIDTH: Final = 12
_FONT: Final = {"font_name": "等线", "font_size": 11, "valign": "vcenter"}

_LABELS: Final[Mapping[str, Text]] = {
    "site": Text("企业或居委会", "an enterprise or a committee"), "cadre": Text("干部", "a cadre"), "office": Text("单位", "a unit"),
    "committee": Text("居委会", "a committee"), "subdistrict": Text("街道", "a sub-district"),
    "constituency": Text("选区", "a constituency"),
}

_STEPS: Final = (
    Text("按“填写说明”填写后面各表。带 * 的列必须填，其余可以留空。写编号或名称都行。",
         "Fill the sheets as “how to fill” says. Columns with * must be filled. Refer to others by id or name."),
    Text("斜体的示例行填完后可以删去；不删也会自动略过。",
         "The sample rows in italics may be deleted; they are left out once there are others."),
    Text("填好后检查：python run_planner.py check 本文件.xlsx --out out/，错误会标在 out/ 里的副本上。",
         "Then check it: python run_planner.py check THIS.xlsx --out out/; a copy in out/ shows every fault."),
    Text("“政策参数”只作说明；要改数，请改 policy.toml。", "The sheet “policy” explains only; change numbers in policy.toml."),
    Text("不要填手机号以外的个人隐私、回避原因、困难家庭情况：用不着，也不会读取。",
         "Give no reasons of recusals and nothing about households: it is not needed and never read."),
)

_OPENS, _CLOSES = "09:00", "17:00"


def write_template(path: Path, language: Language = "zh") -> None:
    """Write an .xlsx to be filled, headers and words in ``language``; the reader understands either."""
    write_whole(path, lambda temporary: _write(temporary, language))


def describe(kind: Kind, language: Language) -> str:
    """Return what a cell of this kind may hold, in a few words."""
    return _described(kind).in_language(language)


def _write(path: Path, language: Language) -> None:
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"created": _CREATED})
    looks = {
        "required": book.add_format({**_FONT, "bold": True, "bg_color": "#F8CBAD", "border": 1, "text_wrap": True}),
        "optional": book.add_format({**_FONT, "bold": True, "bg_color": "#DDE8F0", "border": 1, "text_wrap": True}),
        "sample": book.add_format({**_FONT, "italic": True, "font_color": "#7F7F7F", "num_format": "@"}),
        "sample_number": book.add_format({**_FONT, "italic": True, "font_color": "#7F7F7F"}),
        "sample_day": book.add_format({**_FONT, "italic": True, "font_color": "#7F7F7F", "num_format": "yyyy-mm-dd"}),
        "text": book.add_format({**_FONT, "num_format": "@"}),
        "number": book.add_format(_FONT),
        "wrapped": book.add_format({**_FONT, "text_wrap": True, "num_format": "@"}),
    }
    about = book.add_worksheet(Text(columns.ABOUT_SHEET, "about").in_language(language))
    district = Text("区名", "district").in_language(language)
    _write_lines(about, [[district, ""], *(["", f"{number}. {step.in_language(language)}"]
                                           for number, step in enumerate(_STEPS, start=1))], (12, 100), looks, header=False)
    _write_lines(book.add_worksheet(columns.HOW_TO_FILL_SHEET.in_language(language)), list(_how_to_fill(language)),
                 (14, 22, 8, 38, 46, 16, 40), looks)
    for sheet in columns.SHEETS:
        _write_sheet(book.add_worksheet(_sheet_name(sheet, language)), sheet, language, looks)
    _write_lines(book.add_worksheet(columns.POLICY_SHEET.in_language(language)), list(_policy_lines(language)),
                 (42, 18, 70, 60), looks)
    book.close()


def _write_sheet(worksheet: Worksheet, sheet: Sheet, language: Language, looks: Mapping[str, Format]) -> None:
    last = len(sheet.columns) - 1
    for index, column in enumerate(sheet.columns):
        is_number = isinstance(column.kind, Number)
        header = _header(column, language)
        worksheet.set_column(index, index, max(column.width, _LEAST_WIDTH), looks["number" if is_number else "text"])
        worksheet.write_string(0, index, header, looks["required" if column.required else "optional"])
        worksheet.write_comment(0, index, _explained(sheet, column, language), {"x_scale": 2, "y_scale": 1.4, "author": "一线"})
        _write_rule(worksheet, index, column, language)
    for row, values in enumerate(sample_rows(sheet, language), start=1):
        for index, value in enumerate(values):
            if isinstance(value, date):
                worksheet.write_datetime(row, index, value, looks["sample_day"])
            elif isinstance(value, str):
                worksheet.write_string(row, index, value, looks["sample"])
            else:
                worksheet.write_number(row, index, value, looks["sample_number"])
    worksheet.freeze_panes(1, min(2, last))
    worksheet.print_area(0, 0, _LAST_ROW, last)
    _set_page(worksheet)


def _write_rule(worksheet: Worksheet, index: int, column: Column, language: Language) -> None:
    """Give a column its drop-down list, or the range of its numbers."""
    area = (1, index, _ROWS_WITH_LISTS, index)
    if isinstance(column.kind, Choice):
        worksheet.data_validation(*area, {
            "validate": "list", "source": list(_words(column.kind, language)),
            "error_title": Text("请从列表中选择", "Choose from the list").in_language(language),
            "error_message": describe(column.kind, language)[:255]})
    elif isinstance(column.kind, Number) and not column.kind.units:
        worksheet.data_validation(*area, {
            "validate": "integer" if column.kind.whole else "decimal", "criteria": "between", "minimum": column.kind.low,
            "maximum": column.kind.high, "error_type": "warning",
            "error_title": Text("超出范围", "Outside the range").in_language(language),
            "error_message": describe(column.kind, language)[:255]})


def _write_lines(worksheet: Worksheet, lines: Sequence[Sequence[str]], widths: Sequence[int], looks: Mapping[str, Format], *,
                 header: bool = True) -> None:
    """Write lines of text below one another, the first as a header."""
    for index, width in enumerate(widths):
        worksheet.set_column(index, index, width)
    for row, line in enumerate(lines):
        for index, text in enumerate(line):
            worksheet.write_string(row, index, text, looks["optional" if header and row == 0 else "wrapped"])
    if header:
        worksheet.freeze_panes(1, 0)
    worksheet.print_area(0, 0, len(lines) - 1, len(widths) - 1)
    _set_page(worksheet)


def _set_page(worksheet: Worksheet) -> None:
    worksheet.repeat_rows(0)
    worksheet.set_landscape()
    worksheet.set_paper(_A4)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_footer("&C&P / &N")


# --- words -------------------------------------------------------------------------------------------------------


def _english(names: Iterable[str], otherwise: str) -> str:
    return next((name for name in names if name.isascii()), otherwise)


def _sheet_name(sheet: Sheet, language: Language) -> str:
    return sheet.name if language == "zh" else _english(sheet.aliases, sheet.name)


def _header(column: Column, language: Language) -> str:
    name = column.header if language == "zh" else _english(column.aliases, column.header)
    return name + ("*" if column.required else "")


def _words(kind: Choice, language: Language) -> tuple[str, ...]:
    """Return one word for every meaning, in ``language`` where it has one."""
    words: dict[Any, list[str]] = {}
    for word, meaning in kind.words.items():
        words.setdefault(meaning, []).append(word)
    return tuple(_english(some, some[0]) if language == "en" else some[0] for some in words.values())


def _described(kind: Kind) -> Text:
    described: Mapping[type, Text] = {
        TimeOfDay: Text("时刻，例如 08:30", "a time of day, e.g. 08:30"),
        Day: Text("日期，例如 2027-01-14", "a date, e.g. 2027-01-14"),
        Listing: Text("几个词，用“、”隔开", "words, separated by commas"),
        CreditCode: Text("18 位代码，末位会校验", "18 characters, the last one checked"),
        Phone: Text("电话号码，设为文本", "a telephone number, as text"),
    }
    if isinstance(kind, Number):
        whole, span = Text("整数", "a whole number") if kind.whole else Text("数字", "a number"), f"{kind.low:g}–{kind.high:g}"
        return Text(f"{whole.zh} {span}", f"{whole.en} {span}")
    if isinstance(kind, Choice):
        return Text("、".join(_words(kind, "zh")), ", ".join(_words(kind, "en")))
    return described.get(type(kind), Text("文字", "text"))


def _content(column: Column, language: Language) -> str:
    if column.refers_to:
        label = _LABELS[column.refers_to]
        return Text(f"{label.zh}的编号或名称", f"id or name of {label.en}").in_language(language)
    return describe(column.kind, language)


def _blank(column: Column, language: Language) -> str:
    """Return what a blank cell of the column means."""
    if column.required:
        return Text("必须填", "must be filled").in_language(language)
    if column.default in (None, "", ()):
        return Text("可以不填", "may be blank").in_language(language)
    value = clock(column.default) if isinstance(column.kind, TimeOfDay) else column.default
    if isinstance(column.kind, Choice):
        value = next(word for word in _words(column.kind, language) if column.kind.words[word] == column.default)
    return Text(f"不填按 {value:g}" if isinstance(value, int | float) else f"不填按“{value}”",
                f"blank means {value:g}" if isinstance(value, int | float) else f"blank means {value}").in_language(language)


def _explained(sheet: Sheet, column: Column, language: Language) -> str:
    note = note_of(sheet, column).in_language(language)
    stop = "。" if language == "zh" else ". "
    return f"{note}{stop}{_content(column, language)}{stop}{_blank(column, language)}"


def _how_to_fill(language: Language) -> Iterator[list[str]]:
    yield [text.in_language(language) for text in (
        Text("表", "sheet"), Text("列", "column"), Text("必填", "required"), Text("填什么", "content"), Text("说明", "meaning"),
        Text("留空", "blank"), Text("也可以叫", "also called"))]
    for sheet in columns.SHEETS:
        required = Text("必须有", "required") if sheet.required else Text("", "")
        yield [_sheet_name(sheet, language), "", required.in_language(language), "", SHEET_NOTES[sheet.key].in_language(language),
               "", "、".join(sheet.aliases)]
        for column in sheet.columns:
            yield [_sheet_name(sheet, language), _header(column, language).rstrip("*"), "*" if column.required else "",
                   _content(column, language), note_of(sheet, column).in_language(language), _blank(column, language),
                   "、".join(alias for alias in column.aliases if alias != column.header)]


# --- the policy --------------------------------------------------------------------------------------------------


def _policy_lines(language: Language) -> Iterator[list[str]]:
    """Yield every number of the built-in policy with the comment above it in policy.toml."""
    text = BUILT_IN_POLICY.read_text(encoding="utf-8")
    values = tomllib.loads(text)
    yield [one.in_language(language) for one in (
        Text("参数", "setting"), Text("现值", "value"), Text("含义", "meaning"), Text("依据", "clause"))]
    for setting in SETTINGS:
        meaning, clause = _comment_above(text, f"{setting.key} = ", language)
        yield [setting.name, _as_written(values[setting.section][setting.key]), meaning, clause]
    for goal in values[GOALS_SECTION]:
        meaning, clause = _comment_above(text, f'[[{GOALS_SECTION}]]\nid = "{goal["id"]}"', language)
        for key in ("percent", "absolute", "minutes"):
            yield [f"{GOALS_SECTION}.{goal['id']}.{key}", _as_written(goal[key]), meaning, clause]


def _as_written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _comment_above(text: str, start: str, language: Language) -> tuple[str, str]:
    """Return the meaning, in ``language``, and the clause that stand in the comment above a line."""
    found = re.search(rf"((?:^#.*\n)+){re.escape(start)}", text, re.MULTILINE)
    lines = [line.lstrip("# ").rstrip() for line in found[1].splitlines()] if found else []
    clause = "".join(line.partition("：")[2] for line in lines if line.startswith("依据"))
    is_han = {line: re.search(r"[\u4e00-\u9fff]", line) is not None for line in lines}
    meaning = " ".join(line for line in lines if not line.startswith("依据") and is_han[line] == (language == "zh"))
    return meaning, clause


# --- sample rows -------------------------------------------------------------------------------------------------


def sample_rows(sheet: Sheet, language: Language = "zh") -> list[list[str | float | date]]:
    """Return the sample rows of a sheet, a value for every column: a tiny district that is right as it stands."""
    mark = columns.SAMPLE_MARKS[0] if language == "zh" else columns.SAMPLE_MARKS[1]

    def t(zh: str, en: str) -> str:
        return Text(zh, en).in_language(language)

    s1, o1, o2, c1, c2, e1, e2, r1, r2, x1 = (f"{mark}{one}" for one in (
        "S1", "O1", "O2", "C1", "C2", "E1", "E2", "R1", "R2", "X1"))
    yes, no = t("是", "yes"), t("否", "no")
    road = t("某某路 1 号", "1 Some Road")
    rows: Mapping[str, list[list[str | float | date]]] = {
        "subdistricts": [[s1, t("某某街道", "Some Sub-district"), 121.523456, 31.271234]],
        "offices": [[o1, t("某某局", "Some Bureau"), t("职能部门", "department"), s1, 121.521, 31.27, t("汽车、钢铁", "cars, steel"), 3],
                    [o2, t("某某街道办事处", "Some Sub-district Office"), t("街道", "subdistrict"), s1, "", "", "", ""]],
        "cadres": [[c1, t("张三", "Zhang San"), o1, t("正处级", "division"), 100, x1, "", yes],
                   [c2, t("李四", "Li Si"), o2, t("副处级", "deputy division"), 50, "", t("骑车", "bicycle"), no]],
        "enterprises": [[e1, t("某某科技有限公司", "Some Technology Ltd"), s1, 121.525, 31.272, road, 120, 60, _OPENS, _CLOSES, "1",
                         2, "021-65432109", yes, t("汽车", "cars"), x1, "91350100M000100Y43"],
                        [e2, t("某某商贸有限公司", "Some Trading Ltd"), s1, "", "", road, "", "", "", "", "", "", "", "", "", "", ""]],
        "committees": [[r1, t("某某第一居委会", "First Committee"), s1, 121.526, 31.273, road, 180, 90, _OPENS, _CLOSES, "1", 0, "",
                        x1, 3200],
                       [r2, t("某某第二居委会", "Second Committee"), s1, "", "", "", "", "", "", "", "", "", "", "", ""]],
        "constituencies": [[x1, t("第一选区", "First Constituency")]],
        "past": [["2023-2024", c1, r2], ["2025-2026", c2, r2]],
        "recusals": [[c1, e2]],
        "pins": [[c1, e1]],
        "stay_requests": [[c2, r2]],
        "absences": [[c2, date(2027, 3, 8), date(2027, 3, 12)]],
        "conferences": [[t("某某工作会议", "Some Conference"), date(2027, 3, 11), o1, "09:00", "11:00"]],
        "successions": [[t("联系点", "site"), f"{mark}R9", r2]],
    }
    return rows[sheet.key]
