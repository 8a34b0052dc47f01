from __future__ import annotations

from typing import Any

import pytest

from geodata import columns
from geodata.headers import find_header, match_columns

PLAIN = ["编号", "名称", "经度", "纬度"]


def found(head: list[list[Any]]) -> tuple[int, int, dict[str, list[int]]] | None:
    header = find_header(head, columns.SUBDISTRICTS)
    return None if header is None else (header.first, header.last, match_columns(header, columns.SUBDISTRICTS).found)


@pytest.mark.parametrize(("head", "first", "last"), [
    ([PLAIN], 0, 0),
    ([["某区街道一览表"], [], PLAIN, ["S1", "甲", 1, 2]], 2, 2),
    ([["编号", "名称", "坐标", ""], ["", "", "经度", "纬度"], ["S1", "甲", 1, 2]], 0, 1),
    ([["编号", "名称", "坐标"], ["", "", "经度", "纬度"]], 0, 1),
    ([["序号", "编号", "名称", "经度", "纬度"], ["", "编号", "名称", "经度", "纬度"]], 0, 0),
])
def test_one_line_or_two(head: list[list[Any]], first: int, last: int) -> None:
    told = found(head)
    assert told is not None
    assert told[:2] == (first, last)
    assert set(told[2]) == {"id", "name", "lon", "lat"}


def test_a_row_of_data_is_no_second_line() -> None:
    """街道 is a word of the column 类别, and the name of a column as well."""
    sheet = columns.OFFICES
    header = find_header([["编号", "名称", "单位性质类型", "经度"], ["O1", "乙街道", "街道", 121.5]], sheet)
    assert header is not None
    assert header.last == 0


def test_numbers_and_one_known_word_are_no_header() -> None:
    assert found([[1, 2, 3], ["编号", "甲"], [None, ""]]) is None


@pytest.mark.parametrize("text", ["* 编 号", "编\n号", "编号（必填）", "ＩＤ", "Code"])
def test_stars_brackets_breaks_and_widths_do_not_matter(text: str) -> None:
    told = found([[text, "名称"]])
    assert told is not None
    assert told[2]["id"] == [0]


def test_the_proper_name_beats_another() -> None:
    told = found([["编号", "代码", "名称"]])
    assert told is not None
    assert told[2]["id"] == [0]


def test_reasons_are_known_by_their_name() -> None:
    header = find_header([["干部", "对象编号", "回避 原因"]], columns.RECUSALS)
    assert header is not None
    assert [header.is_reason(index) for index in range(3)] == [False, False, True]
