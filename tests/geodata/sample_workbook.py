"""A small right workbook as rows, and rows as an .xlsx: what tests of readers start from."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter

Rows = dict[str, list[list[Any]]]


def small() -> Rows:
    """The rows of a small right workbook, header first."""
    site_header = ["编号", "名称", "街道", "经度", "纬度", "地址", "每月工作量(分钟)", "每次走访时长(分钟)",
                   "可走访开始", "可走访结束", "走访间隔(月)"]
    visit = ["某路 1 号", 120, 60, "09:00", "17:00", 1]
    return {
        "街道": [["编号", "名称", "经度", "纬度"], ["S1", "甲街道", 121.5, 31.3]],
        "单位": [["编号", "名称", "类别", "所在街道", "经度", "纬度", "服务行业"],
                 ["O1", "某局", "职能部门", "S1", 121.51, 31.31, "汽车、钢铁"]],
        "干部": [["编号", "姓名", "单位", "职级", "工作量系数", "选区"], ["C1", "甲", "某局", "正处级", 100, ""],
                 ["C2", "乙", "O1", "副处级", 100, ""]],
        "企业": [[*site_header, "重点企业", "行业", "选区"],
                 ["E1", "一厂", "甲街道", 121.52, 31.32, *visit, "是", "汽车", ""],
                 ["E2", "二厂", "S1", 121.53, 31.33, *visit, "否", "", ""]],
        "居委会": [[*site_header, "选区"], ["R1", "一居", "S1", 121.54, 31.34, *visit, ""]],
    }


def workbook(folder: Path, rows: Rows, name: str = "district.xlsx") -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
    as_date, as_time = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "hh:mm"})
    for sheet_name, lines in rows.items():
        sheet = book.add_worksheet(sheet_name)
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                if isinstance(value, str):
                    sheet.write_string(row, column, value)
                elif isinstance(value, date | time):
                    sheet.write_datetime(row, column, value, as_date if isinstance(value, date) else as_time)
                else:
                    sheet.write_number(row, column, value)
    book.close()
    return path
