"""The table of bad inputs: number, what is wrong, how the file is made, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geodata.coordinates import BD09, GCJ02
from geodata.faults import Fault
from tests.malformed import generate as g


@dataclass(frozen=True)
class Case:
    """One bad input. ``said`` are the faults told, as "severity code sheet cell", in any order; nothing else is told.

    ``words`` stand in one of the sentences. With ``command`` the program itself is run on the file, ends with the exit
    code ``ends``, and prints the words; without, the reader reads it.
    """

    number: str
    what: str
    make: Callable[[Path], Path]
    said: Sequence[str] = ()
    words: str = ""
    command: tuple[str, ...] = ()
    ends: int = 0


def spoilt(change: Callable[[Any], None]) -> Callable[[Path], Path]:
    """Make the small workbook with its rows changed."""
    return g.with_changes(change)


def as_said(fault: Fault) -> str:
    """A fault as the table writes it."""
    return " ".join(part for part in (fault.severity, fault.code, fault.sheet, fault.cell) if part)


NORTH = {"北路": [[121.50, 31.30], [121.52, 31.305], [121.54, 31.31]]}
ALONE = {**NORTH, "孤路": [[121.5205, 31.3201], [121.5215, 31.3201]], "南路": [[121.54, 31.31], [121.54, 31.3405]],
         "东路": [[121.54, 31.3405], [121.5295, 31.3301], [121.5215, 31.3205]]}

WHOLE = [[121.50, 31.29], [121.56, 31.29], [121.56, 31.35], [121.50, 31.35], [121.50, 31.29]]

CASES: tuple[Case, ...] = (
    Case("01", "a title above the header", spoilt(g.title_above), ["repair title-above 企业"], "以第 3 行为表头"),
    Case("02", "a sub-district merged over rows", g.merged_street, ["repair merged-cell 企业 C3"], "合并单元格"),
    Case("03", "totals and signatures", spoilt(g.totals), ["repair skipped-row 企业"] * 3, "“填表人”行已跳过"),
    Case("04", "a header of two lines, and two columns alike", spoilt(g.two_line_header), ["fault ambiguous-column 单位"],
         "都像是“服务行业”列"),
    Case("05", "hidden rows and a hidden sheet", g.hidden, ["warning hidden-rows 企业", "warning hidden-sheet 选区"],
         "有 1 行被隐藏或筛掉（第 3 行），仍已读取"),
    Case("06", "full-width digits and stops", spoilt(g.full_width), [f"repair tidied-text 企业 {cell}" for cell in ("A2", "D2", "E2")],
         "“１２１．５２”已整理为“121.52”"),
    Case("07", "odd spaces, also inside a name", spoilt(g.odd_spaces),
         ["repair tidied-text 干部 B2", "repair tidied-text 企业 B2", "repair tidied-text 回避 B2"], "已整理为“一厂”"),
    Case("08", "dates in many forms, days counted from 1904, a date without its year", g.dates,
         ["fault date-without-year 请假 B5"], "“11月12日”没有写年份"),
    Case("09", "telephone numbers as numbers", spoilt(g.phones), ["warning digits-lost 企业 O2", "warning digits-lost 企业 O3"],
         "开头的 0 已丢失"),
    Case("10", "credit codes with O for 0 and with a wrong check character", spoilt(g.credit_codes),
         ["warning credit-code 企业 O3", "warning credit-code 企业 O4"], "是不是“91350100M000100Y43”"),
    Case("11", "two people of one name", spoilt(g.two_of_a_name), ["warning same-name 干部 B3", "fault ambiguous-name 回避 A2"],
         "名为“王伟”的干部有 2 个（C1、C2）"),
    Case("12", "an enterprise twice, by name and by code", spoilt(g.one_enterprise_twice),
         ["warning alike-names 企业 B4", "warning same-credit-code 企业 O5"], "像是同一家"),
    Case("13", "a former name in the history", spoilt(g.renamed), ["repair followed-change 历史"], "已按“变更”表改为现编号"),
    Case("14", "rare and private characters", spoilt(g.rare_characters), ["warning private-character 企业 B3"], "自造字（U+E123）"),
    Case("15", "CSV in GBK and in UTF-8 without its mark", g.mixed_csv, ["repair gbk-text"], "第一行为“\"编号\",\"名称\""),
    Case("16a", "an .xls called .xlsx", g.named("district.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600)), ["fault old-workbook"], "旧格式"),
    Case("16b", "a workbook with a password",
         g.named("district.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")),
         ["fault locked-workbook"], "打开密码"),
    Case("16c", "a web page called .xlsx", g.named("district.xlsx", "<html><table><tr><td>编号</td></tr></table></html>".encode()),
         ["fault web-page"], "只是改了扩展名"),
    Case("16d", "a table of WPS", g.named("district.et", b"\xd0\xcf\x11\xe0" + bytes(600)), ["fault old-workbook"], "旧格式"),
    Case("17", "a formula never computed, and one that failed", g.broken_formulas,
         ["fault formula-without-value 企业 B2", "fault error-value 企业 C3"], "公式没有算出结果"),
    Case("18", "names that look like formulas", spoilt(g.formula_names)),
    Case("19", "names that look like markup and templates", spoilt(g.markup_names)),
    Case("20", "line breaks, tabs and control characters", spoilt(g.control_characters), ["repair tidied-text 企业 B2"],
         "已整理为“一 厂 （东区）”"),
    Case("21", "very long texts", g.long_texts, ["warning long-text 企业 B2", "warning long-text 企业 F2"], "长达 40000 字"),
    Case("22", "longitude and latitude swapped", spoilt(g.swapped), ["fault swapped-coordinates 企业 D2"], "2 行的经度和纬度疑似填反"),
    Case("22a", "the same with the user's consent", spoilt(g.swapped), words="2 行的经度和纬度已对调",
         command=("check", "{path}", "--accept", "swapped-coordinates")),
    Case("23", "degrees in words, and far out of range", spoilt(g.degrees),
         ["fault wrong-type 企业 D2", "fault out-of-range 企业 E3"], "例如 121.523456"),
    *(Case(f"24{letter}", f"{datum.name} given as WGS-84", g.boundaries(g.BLOCKS, g.in_another_datum(datum)), ends=2,
           words=f"坐标像是 {datum.name}，不是 WGS-84", command=("check", "{path}", "--boundaries", "{folder}/boundaries.geojson"))
      for letter, datum in (("a", GCJ02), ("b", BD09))),
    Case("24c", "the same with the user's consent", g.boundaries(g.BLOCKS, g.in_another_datum(GCJ02)), words="换算为 WGS-84",
         command=("check", "{path}", "--boundaries", "{folder}/boundaries.geojson", "--accept", "wrong-datum")),
    Case("25", "0,0, and many rows at one point", spoilt(g.same_points),
         ["fault outside-china 居委会 D2", "warning same-point 企业 D2"], "6 行的坐标完全相同（121.52, 31.32"),
    Case("26", "a place outside the district, and one just across its border", g.boundaries({"甲街道": WHOLE}, g.outside),
         words="1 行的坐标在区界之外 100 米以上", command=("check", "{path}", "--boundaries", "{folder}/boundaries.geojson")),
    Case("27", "no coordinates", spoilt(g.no_coordinates), ["repair estimated-place 企业"], "以街道中心代替并标明“估计”"),
    Case("28a", "a boundary that crosses itself", g.boundaries({"甲街道": g.bowtie(121.50, 31.30)}), words="自相交", ends=2,
         command=("check", "{path}", "--boundaries", "{folder}/boundaries.geojson")),
    Case("28b", "the same with the user's consent", g.boundaries({"甲街道": g.bowtie(121.50, 31.30)}), words="平方公里",
         command=("check", "{path}", "--boundaries", "{folder}/boundaries.geojson", "--accept", "invalid-boundary")),
    Case("29", "no road near a place", g.roads(NORTH), words="米内没有可用的道路",
         command=("check", "{path}", "--roads", "{folder}/roads.geojson", "--term", "2027-2028")),
    Case("30", "a road that is cut off from the others", g.roads(ALONE), words="与路网不通",
         command=("check", "{path}", "--roads", "{folder}/roads.geojson", "--term", "2027-2028")),
    Case("31", "more sites than all may hold", spoilt(g.impossible), words="只能安排6个，差4个",
         command=("plan", "{path}", "--out", "{folder}/out", "--term", "2027-2028"), ends=3),
    Case("32a", "pins that exclude each other", spoilt(g.contradictory_pins),
         ["fault contradictory-pins 指定 B3", "fault pinned-and-recused 指定 A4"], "“E1”在第 2 行已指定给“C1”"),
    Case("32b", "a pin against the return ban", spoilt(g.pin_against_the_ban), words="一居（R1）没有可选的联系领导",
         command=("plan", "{path}", "--out", "{folder}/out"), ends=3),
    Case("33", "a pin to somebody who left", spoilt(g.pin_to_one_who_left), ["fault unknown-cadre 指定 A2"], "是不是“C1”"),
    Case("34", "capacities blank, negative, huge and in words", spoilt(g.capacities),
         ["repair default-used 干部", "fault out-of-range 干部 E5", "fault out-of-range 干部 E6", "fault wrong-type 干部 E7"],
         "999 不在允许的范围 0 至 200 之内"),
    Case("35a", "nobody on the roster", spoilt(g.empty_roster), words="0名干部每人至多1个",
         command=("plan", "{path}", "--out", "{folder}/out", "--term", "2027-2028"), ends=3),
    Case("35b", "one cadre", spoilt(g.one_cadre)),
    Case("35c", "more cadres than sites", spoilt(g.more_cadres_than_sites)),
    Case("35d", "the same planned: everybody should hold an enterprise", spoilt(g.more_cadres_than_sites), words="需要8家，差6家", ends=3,
         command=("plan", "{path}", "--out", "{folder}/out", "--term", "2027-2028")),
    Case("35e", "the same, spare cadres allowed", g.spare_plan, words="有 5 名干部没有联系点",
         command=("check", "{path}", "{folder}/plan.json", *(f"--set={one}" for one in g.FREE))),
    Case("36", "workloads of zero, below zero and far too large", spoilt(g.weights),
         [f"fault out-of-range 企业 G{row}" for row in (2, 3, 4)], "0 不在允许的范围 1 至 10000 之内"),
    Case("37", "a deputy without a constituency, a constituency without a site", spoilt(g.deputies),
         ["warning deputy-without-constituency 干部 G3", "warning constituency-without-site 干部 F2"], "没有任何联系点"),
    Case("38", "committees merged and split since", spoilt(g.merged_and_split),
         ["repair followed-change 历史", "warning former-site 历史"], "如已合并、拆分或更名，请在“变更”表中写明"),
    Case("39", "a history with a gap and a contradiction", spoilt(g.odd_history),
         ["warning missing-term 历史", "warning contradictory-history 历史 C4"], "缺少 2023 至 2024 年的记录"),
    Case("40", "a holiday table with a day of another year", g.with_holidays, words="2032-01-04 不在“年”所写的年份里", ends=2,
         command=("check", "{path}", "--term", "2031-2032", "--holidays", "{folder}/holidays.csv")),
    Case("41", "most cadres away at once", spoilt(g.many_away), ["warning many-absent 请假"],
         "2027-03-10 至 2027-03-12 期间，3 名干部中最多有 2 人同时请假"),
    Case("42", "thousands of rows with a slip in each", spoilt(g.many_rows), words="同类还有 2988 处", command=("check", "{path}")),
    Case("43", "a file that was cut off while it was written", g.cut_off, ["fault damaged-workbook"], "文件已损坏"),
    Case("44", "a long path with Chinese, spaces and brackets", g.long_path),
    Case("45", "a workbook that is open in WPS", g.open_in_wps, ["warning open-elsewhere"], "正在 Excel 或 WPS 中打开（组织部）"),
    Case("46a", "a plan of an older version", g.old_plan, words="不是有效的 yixian-plan 文件",
         command=("check", "{folder}/district.xlsx", "{path}"), ends=2),
    Case("46b", "a plan edited by hand", g.edited_plan, words="改动过：+C9–E2, −C1–E2", ends=4,
         command=("check", "{folder}/district.xlsx", "{path}")),
    Case("46c", "its maps, with the calendar of the plan before", g.edited_plan, words="为另一份方案排的：+C9–E2, −C1–E2", ends=2,
         command=("maps", "{folder}/district.xlsx", "--plan", "{path}", "--out", "{folder}/out")),
    Case("46d", "a plan made from another workbook, by another version", g.edited_plan, words="工作簿与排方案时不同", ends=4,
         command=("check", "{folder}/district.xlsx", "{path}")),
)
