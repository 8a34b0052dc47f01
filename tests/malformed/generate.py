"""Makes one bad input for every row of the table in cases.py: ``python -m tests.malformed.generate FOLDER``.

Small, and the same bytes each time. Every file is the small right workbook of the tests with one thing wrong with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import xlsxwriter

from geodata.coordinates import Datum, from_wgs84
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.visit_calendar import Slot, VisitCalendar
from planner.facts.district import Pairing
from tests.geodata.sample_workbook import Rows, small, workbook

PINNED_DATE: Final = datetime(2026, 1, 1, tzinfo=UTC)
ABSENCES: Final = ["干部", "开始日期", "结束日期"]
GOOD_CODE: Final = "91350100M000100Y43"
"""The example of GB 32100-2015."""


@contextmanager
def book(path: Path, rows: Rows, **options: bool) -> Iterator[xlsxwriter.Workbook]:
    """A workbook with the rows in it, to be spoilt further."""
    made = xlsxwriter.Workbook(str(path), options)
    made.set_properties({"created": PINNED_DATE})
    for name, lines in rows.items():
        sheet = made.add_worksheet(name)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(row, column, value, made.add_format({"num_format": "yyyy-mm-dd"}))
                else:
                    sheet.write_number(row, column, value)
    yield made
    made.close()


def with_changes(change: Callable[[Rows], None]) -> Callable[[Path], Path]:
    """Make the workbook whose rows ``change`` has spoilt."""
    def make(folder: Path) -> Path:
        rows = small()
        change(rows)
        return workbook(folder, rows)
    return make


def column_of(rows: Rows, sheet: str, header: str, values: list[Any]) -> None:
    """Fill a column of a sheet from its second row on, a new column at the right where there is none."""
    if header not in rows[sheet][0]:
        for line in rows[sheet]:
            line.append("")
        rows[sheet][0][-1] = header
    index = rows[sheet][0].index(header)
    for line, value in zip(rows[sheet][1:], values, strict=False):
        line[index] = value


def add_enterprises(rows: Rows, count: int, **changes: Any) -> None:
    """More enterprises, each a little farther east."""
    header = rows["企业"][0]
    for number in range(len(rows["企业"]), len(rows["企业"]) + count):
        line = list(rows["企业"][1])
        line[:2], line[3] = [f"E{number}", f"第{number}厂"], 121.52 + number / 10_000
        for name, value in changes.items():
            line[header.index(name)] = value
        rows["企业"].append(line)


# --- the shape of sheets -----------------------------------------------------------------------------------------


def title_above(rows: Rows) -> None:
    rows["企业"] = [["某区领导干部联系企业名单（2027 年）"], [], *rows["企业"]]


def merged_street(folder: Path) -> Path:
    rows = small()
    rows["企业"][1][2] = rows["企业"][2][2] = ""
    with book(folder / "district.xlsx", rows) as made:
        made.get_worksheet_by_name("企业").merge_range("C2:C3", "甲街道")
    return folder / "district.xlsx"


def totals(rows: Rows) -> None:
    rows["企业"] += [["", "小 计", "", "", "", "", 240], ["合计：2家"], [], ["填表人：某某", "", "审核人：某某"]]


def two_line_header(rows: Rows) -> None:
    header = list(rows["企业"][0])
    upper, lower = list(header), [""] * len(header)
    upper[1], upper[3], upper[4] = "企业 名\n称", "坐标（WGS-84）", ""
    lower[3], lower[4] = "经 度", "纬 度"
    rows["企业"] = [upper, lower, *rows["企业"][1:]]
    rows["单位"][0][6:] = ["行业", "对口行业"]


def hidden(folder: Path) -> Path:
    with book(folder / "district.xlsx", {**small(), "选区": [["编号", "名称"], ["X1", "第一选区"]]}) as made:
        made.get_worksheet_by_name("企业").set_row(2, None, None, {"hidden": True})
        made.get_worksheet_by_name("选区").hide()
    return folder / "district.xlsx"


# --- letters -----------------------------------------------------------------------------------------------------


def full_width(rows: Rows) -> None:
    rows["企业"][1][0], rows["企业"][1][3], rows["企业"][1][4] = "Ｅ１", "１２１．５２", "31。32"


def odd_spaces(rows: Rows) -> None:
    rows["干部"][1][1] = "张\u3000三"
    rows["企业"][1][1] = "\u3000一厂\u200b "
    rows["回避"] = [["干部", "对象编号"], ["张三", " E1 "]]


def control_characters(rows: Rows) -> None:
    rows["企业"][1][1] = "一\n厂\t（东\x01区）"


def rare_characters(rows: Rows) -> None:
    rows["企业"][1][1] = "𬭳钢 \U00020000 厂"
    rows["企业"][2][1] = "二\ue123厂"


def long_texts(folder: Path) -> Path:
    rows = small()
    rows["企业"][1][1] = "长" * 300
    rows["企业"][1][5] = "址" * 40_000
    column_of(rows, "企业", "备注", ["注" * 40_000])
    return csv_folder(folder, rows, "utf-8-sig")


def formula_names(rows: Rows) -> None:
    rows["企业"][1][1] = "=HYPERLINK(\"http://example.org\",\"一厂\")"
    rows["企业"][2][1] = "=cmd|' /C calc'!A0"
    rows["居委会"][1][1] = "@SUM(A1)"


def markup_names(rows: Rows) -> None:
    rows["企业"][1][1] = "<img src=x onerror=alert(1)>${1+1}"
    rows["企业"][2][1] = "</script>{{7*7}}`\\0{#"


# --- dates and numbers -------------------------------------------------------------------------------------------


def dates(folder: Path) -> Path:
    rows: Rows = {**small(), "请假": [ABSENCES, ["C1", "2026.11.12", "2026年11月13日"], ["C1", date(2026, 11, 16), 20261117],
                            ["C2", 44886, "2026/11/23"], ["C2", "11月12日", "2026-11-13"]]}
    with book(folder / "district.xlsx", rows, date_1904=True):
        pass
    return folder / "district.xlsx"


def phones(rows: Rows) -> None:
    add_enterprises(rows, 2)
    column_of(rows, "企业", "联系电话", ["1.38E+10", 2165432109, 13800000000, "021-65432109/13800000000"])


def credit_codes(rows: Rows) -> None:
    add_enterprises(rows, 1)
    column_of(rows, "企业", "统一社会信用代码", [GOOD_CODE, "9135O1OOMOOO1OOY43", "91350100M000100Y44"])


def capacities(rows: Rows) -> None:
    rows["干部"] += [[f"C{number}", f"丙{number}", "O1", "正处级", capacity, ""]
                   for number, capacity in enumerate(["", -5, 999, "一半"], start=3)]
    rows["干部"][1][4] = 0


def weights(rows: Rows) -> None:
    add_enterprises(rows, 2)
    column_of(rows, "企业", "每月工作量(分钟)", [0, -1, 1e9, 120])


def degrees(rows: Rows) -> None:
    rows["企业"][1][3:5] = ["东经一百二十一度半", 31.32]
    rows["企业"][2][3:5] = [121.53, 99_999_999_999]


def swapped(rows: Rows) -> None:
    for line in rows["企业"][1:]:
        line[3], line[4] = line[4], line[3]


def same_points(rows: Rows) -> None:
    add_enterprises(rows, 5, 经度=121.52, 纬度=31.32)
    column_of(rows, "企业", "地址", [f"某路 {number} 号" for number in range(1, 8)])
    rows["居委会"][1][3:5] = [0, 0]


def no_coordinates(rows: Rows) -> None:
    for line in rows["企业"][1:]:
        line[3:5] = ["", ""]


# --- files -------------------------------------------------------------------------------------------------------


def csv_folder(folder: Path, rows: Rows, encoding: str) -> Path:
    """The rows as a folder of CSV files."""
    tables = folder / "district"
    tables.mkdir()
    for name, lines in rows.items():
        text = "".join(",".join('"' + str(value).replace('"', '""') + '"' for value in line) + "\r\n" for line in lines)
        (tables / f"{name}.csv").write_bytes(text.encode(encoding))
    return tables


def mixed_csv(folder: Path) -> Path:
    tables = csv_folder(folder, small(), "utf-8")
    text = (tables / "企业.csv").read_bytes().decode()
    (tables / "企业.csv").write_bytes(text.encode("gbk"))
    return tables


def named(name: str, data: bytes) -> Callable[[Path], Path]:
    """Make a file of these bytes."""
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name
    return make


def broken_formulas(folder: Path) -> Path:
    rows = small()
    with book(folder / "district.xlsx", rows) as made:
        sheet = made.get_worksheet_by_name("企业")
        sheet.write_formula("B2", '="一"&"厂"', None, "")
        sheet.write_formula("C3", "=VLOOKUP(1,A1:B2,2,0)", None, "#N/A")
        sheet.write_formula("B3", '="二"&"厂"', None, "二厂")
    return folder / "district.xlsx"


def many_rows(rows: Rows) -> None:
    add_enterprises(rows, 3_000)
    for line in rows["企业"][3:]:
        line[5] = f" {line[0]} 号\u3000"


def cut_off(folder: Path) -> Path:
    path = workbook(folder, small())
    path.write_bytes(path.read_bytes()[:3000])
    return path


def long_path(folder: Path) -> Path:
    deep = folder
    for number in range(4):
        deep /= f"第{number}级 文件夹（很长很长的名字）{'长' * 30}"
    deep.mkdir(parents=True)
    return workbook(deep, small(), "某区 2027 年（最终版 2）.xlsx")


def open_in_wps(folder: Path) -> Path:
    path = workbook(folder, small())
    name = "组织部".encode("gb18030")
    (folder / "~$district.xlsx").write_bytes(bytes([len(name)]) + name + b" " * (54 - len(name)) + bytes(110))
    return path


def old_plan(folder: Path) -> Path:
    workbook(folder, small())
    (folder / "plan.json").write_text(json.dumps({
        "kind": "yixian-plan", "schema": 0, "term": "2027-2028", "pairs": [["C1", "E1"]]}), encoding="utf-8")
    return folder / "plan.json"


def edited_plan(folder: Path) -> Path:
    """A plan as the program writes it, with one cadre changed by hand, and the calendar of the plan before beside it."""
    workbook(folder, small())
    pairings = [Pairing("C1", "E1"), Pairing("C1", "E2"), Pairing("C2", "R1")]
    origin = Provenance({"district": "0" * 64}, 1, {"yixian": "0.0.1"})
    data = Plan.of("2027-2028", pairings, origin).to_json()
    data["pairings"][1]["cadre"] = "C9"
    slots = tuple(Slot(one.cadre_id, one.site_id, 1, 0, 9 * 3600, 10 * 3600) for one in pairings)
    calendar = VisitCalendar("2027-2028", "second-thursday", (), slots, (), origin).to_json()
    for name, content in (("calendar.json", calendar), ("plan.json", data)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder / "plan.json"


def holidays(folder: Path) -> Path:
    path = folder / "holidays.csv"
    path.write_text("年,日期,名称,休/班,依据文号\n2031,2031-01-01,元旦,休,\n2031,2032-01-04,元旦,班,\n", encoding="utf-8-sig")
    return path


def with_holidays(folder: Path) -> Path:
    holidays(folder)
    return workbook(folder, small())


def roads(lines: dict[str, list[list[float]]]) -> Callable[[Path], Path]:
    """Make the workbook and roads.geojson beside it, streets by name."""
    def make(folder: Path) -> Path:
        features = [{"type": "Feature", "properties": {"name": name, "highway": "residential"},
                     "geometry": {"type": "LineString", "coordinates": points}} for name, points in lines.items()]
        (folder / "roads.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False),
                                              encoding="utf-8")
        return workbook(folder, small())
    return make


def square(west: float, south: float, metres: float = 1000.0) -> list[list[float]]:
    """The ring of a square, about so many metres wide; degrees (lon, lat)."""
    east, north = west + metres / 95_150, south + metres / 110_850
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def bowtie(west: float, south: float) -> list[list[float]]:
    """A square whose upper corners are swapped, so that it crosses itself."""
    first, second, third, fourth, last = square(west, south, 5_000)
    return [first, second, fourth, third, last]


def boundaries(rings: dict[str, list[list[float]]], change: Callable[[Rows], None] = lambda _: None) -> Callable[[Path], Path]:
    """Make the workbook and boundaries.geojson beside it, rings by name of the sub-district."""
    def make(folder: Path) -> Path:
        features = [{"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
                    for name, ring in rings.items()]
        (folder / "boundaries.geojson").write_text(
            json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
        return with_changes(change)(folder)
    return make


BLOCKS: Final = {f"街道{row}{column}": square(121.49 + column * 600 / 95_150, 31.27 + row * 600 / 110_850, 600)
                 for row in range(3) for column in range(3)}


def in_another_datum(datum: Datum) -> Callable[[Rows], None]:
    """Nine sub-districts of 600 m, a hundred and more enterprises all over them, all written in ``datum``."""
    def there(lon: float, lat: float) -> list[float]:
        return [round(float(one), 6) for one in from_wgs84(np.array([[lon, lat]]), datum)[0]]

    def change(rows: Rows) -> None:
        rows["街道"][1:] = [[f"S{number}", name, *there((ring[0][0] + ring[1][0]) / 2, (ring[0][1] + ring[2][1]) / 2)]
                          for number, (name, ring) in enumerate(BLOCKS.items(), start=1)]
        line = rows["企业"][1]
        rows["企业"][1:] = [
            [f"E{block}-{step}", f"第{block}之{step}厂", name,
             *there(ring[0][0] + (step % 4 + 0.5) * 140 / 95_150, ring[0][1] + (step // 4 + 0.5) * 140 / 110_850), *line[5:]]
            for block, (name, ring) in enumerate(BLOCKS.items(), start=1) for step in range(16)]
        rows["单位"][1][3:6] = ["S5", *there(121.4995, 31.2785)]
        rows["居委会"][1][2:5] = ["S5", *there(121.4996, 31.2786)]
    return change


def outside(rows: Rows) -> None:
    """E1 two kilometres outside, E2 twenty metres across the border, the others inside."""
    rows["企业"][1][3:5], rows["企业"][2][3:5] = [121.50 - 2_000 / 95_150, 31.33], [121.50 - 20 / 95_150, 31.33]


# --- people and pairs --------------------------------------------------------------------------------------------


def two_of_a_name(rows: Rows) -> None:
    rows["干部"][1][1] = rows["干部"][2][1] = "王伟"
    rows["回避"] = [["干部", "对象编号"], ["王伟", "E1"]]


def one_enterprise_twice(rows: Rows) -> None:
    add_enterprises(rows, 2)
    for line, name in zip(rows["企业"][1:], ["一厂（集团）有限公司", "二厂", "一厂集团", "二厂新名"], strict=True):
        line[1] = name
    column_of(rows, "企业", "统一社会信用代码", ["", GOOD_CODE, "", GOOD_CODE])


def renamed(rows: Rows) -> None:
    rows["历史"] = [["任期", "干部", "对象编号"], ["2025-2026", "甲", "一厂老厂名"]]
    rows["变更"] = [["类型", "原编号", "现编号"], ["企业", "一厂老厂名", "E1"]]


def merged_and_split(rows: Rows) -> None:
    rows["居委会"].append(["R2", "二居", *rows["居委会"][1][2:]])
    rows["居委会"][2][3] = 121.545
    rows["历史"] = [["任期", "干部", "对象编号"], ["2025-2026", "C1", "R7"], ["2025-2026", "C2", "R8"], ["2025-2026", "C2", "R9"],
                  ["2025-2026", "C1", "R6"]]
    rows["变更"] = [["原编号", "现编号", "变更方式"], ["R7", "R1", "合并"], ["R8", "R1", "合并"], ["R9", "R1", "拆分"],
                  ["R9", "R2", "拆分"]]


def impossible(rows: Rows) -> None:
    add_enterprises(rows, 8)


def contradictory_pins(rows: Rows) -> None:
    rows["指定"] = [["干部", "对象"], ["C1", "E1"], ["C2", "E1"], ["C2", "E2"]]
    rows["回避"] = [["干部", "对象编号"], ["C2", "E2"]]


def pin_against_the_ban(rows: Rows) -> None:
    rows["指定"] = [["干部", "对象"], ["C1", "R1"]]
    rows["历史"] = [["任期", "干部", "对象编号"], ["2025-2026", "C1", "R1"]]


def pin_to_one_who_left(rows: Rows) -> None:
    rows["指定"] = [["干部", "对象"], ["C11", "E1"]]


def empty_roster(rows: Rows) -> None:
    del rows["干部"][1:]


def one_cadre(rows: Rows) -> None:
    del rows["干部"][2:]


def more_cadres_than_sites(rows: Rows) -> None:
    rows["干部"] += [[f"C{number}", f"丙{number}", "O1", "正处级", 100, ""] for number in range(3, 9)]


FREE: Final = ("min_enterprises_per_cadre=0", "max_load_percent_of_fair_share=10000", "min_leader_sites_per_subdistrict=0",
               "max_unit_share_percent=100")


def spare_plan(folder: Path) -> Path:
    """Eight cadres, three sites, and a plan in which three of the cadres hold one each."""
    pairings = [Pairing("C1", "E1"), Pairing("C3", "E2"), Pairing("C2", "R1")]
    (folder / "plan.json").write_text(json.dumps(Plan.of("2027-2028", pairings, Provenance({}, 1, {})).to_json()), encoding="utf-8")
    return with_changes(more_cadres_than_sites)(folder)


def deputies(rows: Rows) -> None:
    rows["干部"][1][5] = "X1"
    column_of(rows, "干部", "人大代表", ["是", "是"])
    rows["选区"] = [["编号", "名称"], ["X1", "第一选区"]]


def odd_history(rows: Rows) -> None:
    rows["历史"] = [["任期", "干部", "对象编号"], ["2021-2022", "C1", "R1"], ["2025-2026", "C1", "R1"], ["2025-2026", "C2", "R1"]]


def many_away(rows: Rows) -> None:
    rows["干部"].append(["C3", "丙", "O1", "正处级", 100, ""])
    rows["请假"] = [ABSENCES, ["C1", "2027-03-08", "2027-03-12"], ["C2", "2027-03-10", "2027-03-19"]]


if __name__ == "__main__":
    from tests.malformed.cases import CASES

    for case in CASES:
        target = Path(sys.argv[1]) / case.number
        target.mkdir(parents=True, exist_ok=True)
        sys.stdout.write(f"{case.number}\t{case.what}\t{case.make(target)}\n")
