from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.faults import Fault, is_fatal
from geodata.tables import read_plan_table, read_workbook, write_workbook
from planner.facts.district import (
    Absence,
    Cadre,
    District,
    Office,
    Pairing,
    PastTerm,
    Place,
    Rank,
    Site,
    SiteKind,
    StayRequest,
    Subdistrict,
    TimeWindow,
    UnitKind,
)
from tests.geodata.sample_workbook import Rows, small, workbook

HOSTILE = ["=1+1", "<img src=x onerror=alert(1)>", "${1+1}", "{{7*7}}", "{#", "</script>", "`", "\\0", "@SUM(A1)",
           "-2+3", "http://example.org", "（集团）有限公司", "_x0041_", "𬭳钢 & 'Co'"]

def site(number: int, name: str, kind: SiteKind = SiteKind.ENTERPRISE, place: Place | None = None) -> Site:
    return Site(f"{kind[0].upper()}{number}", name, kind, "S1", place or Place(121.5 + number / 1000, 31.3),
                100 + number, 2700 + number, TimeWindow(32400, 61200 + 15 * number))


def whole_district() -> District:
    centre = Place(121.512345, 31.298765)
    sites = [site(number, name) for number, name in enumerate(HOSTILE)]
    sites[0] = dataclasses.replace(sites[0], is_key=True, industry="=cmd|' /C calc'!A0", constituency_id="X2",
                                   address="某路 1 号", visit_every_months=3,
                                   place=dataclasses.replace(centre, estimated=True))
    committees = [dataclasses.replace(site(1, "第一居委会", SiteKind.COMMITTEE), residents=3_210),
                  site(2, "第二居委会", SiteKind.COMMITTEE)]
    return District(
        "某区", (Subdistrict("S1", "=甲街道", centre), Subdistrict("S2", "乙街道", Place(121.6, 31.4))),
        (Office("O1", "区机关", UnitKind.DISTRICT, "S1", Place(121.5, 31.3), ("汽车", "=1+1")),
         Office("O2", "乙街道", UnitKind.SUBDISTRICT, "S2", Place(121.6, 31.4, estimated=True))),
        (Cadre("C1", "{{7*7}}", "O1", Rank.DISTRICT_LEADER, 50, "X1"), Cadre("C2", "同名", "O2", Rank.DIVISION),
         Cadre("C3", "同名", "O2", Rank.DEPUTY_DIVISION, 0)),
        (*sites, *committees),
        (PastTerm("2023-2024", frozenset({Pairing("C1", "E1"), Pairing("C9", "E2")})),
         PastTerm("2025-2026", frozenset({Pairing("C2", "C1"), Pairing("C1", "E2")}))),
        frozenset({Pairing("C1", "E5")}), frozenset({Pairing("C2", "E5")}), frozenset({StayRequest("C2", "C1")}),
        (Absence("C1", date(2027, 3, 1), date(2027, 3, 31)),))


def read(folder: Path, rows: Rows) -> tuple[District | None, tuple[Fault, ...]]:
    return read_workbook(workbook(folder, rows))


def good(folder: Path, rows: Rows) -> District:
    district, faults = read(folder, rows)
    assert district is not None, [fault.sentence() for fault in faults]
    return district


def found(faults: tuple[Fault, ...], severity: str = "fault") -> list[tuple[str, str, str]]:
    return [(fault.code, fault.sheet, fault.cell) for fault in faults if fault.severity == severity]


def test_round_trip_with_hostile_names(tmp_path: Path) -> None:
    path = tmp_path / "某区 2027.xlsx"
    write_workbook(path, whole_district(), ["第一条", "=1+1"])
    district, faults = read_workbook(path)
    assert district == whole_district()
    assert not is_fatal(faults)
    assert {fault.code for fault in faults} == {"estimated-place", "former-cadre", "same-name", "constituency-without-site"}


def test_no_cell_is_a_formula_and_no_link(tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    write_workbook(path, whole_district(), ["=1+1"])
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert {"=1+1", "=甲街道"} <= {cell.value for cell in cells}


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, whole_district())
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_workbook_is_fit_for_people(tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    write_workbook(path, whole_district())
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["说明", "街道", "单位", "干部", "企业", "居委会", "选区", "历史", "回避", "指定",
                               "挽留", "请假", "会议"]
    sheet = book["企业"]
    assert sheet.freeze_panes == "C2"
    letter_of = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet.print_area == f"'企业'!$A$1:${list(letter_of.values())[-1]}${len(HOSTILE) + 1}"
    assert [sheet["D2"].value, sheet["E2"].value] == [None, None]   # an estimated place has no coordinates
    lists = {str(one.sqref).split(":")[0]: one.formula1 for one in sheet.data_validations.dataValidation}
    assert lists == {f"{letter_of['走访间隔(月)']}2": '"1,2,3"', f"{letter_of['重点企业']}2": '"是,否"'}
    assert [cell.value for cell in book["回避"][1]] == ["干部", "对象编号"]


@settings(max_examples=25, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30),
       lon=st.integers(120_000_000, 122_000_000), stay=st.integers(60, 28_800), opens=st.integers(0, 40_000))
def test_round_trip_of_any_name_and_number(tmp_path_factory: pytest.TempPathFactory, name: str, lon: int, stay: int,
                                           opens: int) -> None:
    before = whole_district()
    one = dataclasses.replace(before.sites[1], name=name, place=Place(lon / 1e6, 31.25), stay_seconds=stay,
                              visiting_hours=TimeWindow(opens, 72_000))
    district = dataclasses.replace(before, sites=(before.sites[0], one, *before.sites[2:]))
    path = tmp_path_factory.mktemp("any") / "d.xlsx"
    write_workbook(path, district)
    assert read_workbook(path)[0] == district


def test_a_small_workbook(tmp_path: Path) -> None:
    district, faults = read(tmp_path, small())
    assert faults == ()
    assert district is not None
    assert district.name == "district"
    assert district.offices == (
        Office("O1", "某局", UnitKind.DEPARTMENT, "S1", Place(121.51, 31.31), ("汽车", "钢铁")),)
    assert district.cadres == (Cadre("C1", "甲", "O1", Rank.DIVISION), Cadre("C2", "乙", "O1", Rank.DEPUTY_DIVISION))
    assert district.sites[0] == Site("E1", "一厂", SiteKind.ENTERPRISE, "S1", Place(121.52, 31.32), 120, 3600,
                                     TimeWindow(32400, 61200), 1, True, "汽车", None, "某路 1 号")
    assert district.sites[2].kind is SiteKind.COMMITTEE


def test_the_sentence_names_file_sheet_row_column_cell_and_value(tmp_path: Path) -> None:
    rows = small()
    rows["企业"][2][3] = "东边"
    district, (fault,) = read(tmp_path, rows)
    assert district is None
    assert fault.sentence() == ("《district.xlsx》表“企业”第 3 行“经度”列（单元格 D3）：“东边”不是经纬度。"
                                "请改为经纬度，例如 121.523456 / 121°31′24″。")
    assert fault.sentence("en") == ("district.xlsx, sheet “企业”, row 3, column “经度” (cell D3): “东边” is not a "
                                    "longitude or latitude. Please give a longitude or latitude, e.g. 121.523456 / 121°31′24″.")
    assert json.loads(json.dumps(fault.to_json()))["cell"] == "D3"


def test_every_fault_in_one_pass(tmp_path: Path) -> None:
    rows = small()
    rows["单位"][1][2] = "公司"
    rows["干部"][1][2] = "某厅"
    rows["干部"] += [["C1", "丙", "O1", "正处级", 999, ""], ["", "丁", "O1", "正处级", -1, ""]]
    rows["企业"][1][3:5] = [32.05, 200.0]
    rows["企业"][2][8:10] = ["18:00", "17:00"]
    rows["居委会"][0][1] = "没有名"
    rows["请假"] = [["干部", "开始日期", "结束日期"], ["C1", "11月12日", "2027.11.13"],
                    ["C1", "2027/3/9", date(2027, 3, 8)]]
    rows["指定"] = [["干部", "对象"], ["C1", "E1"], ["C2", "一厂"], ["C2", "E2"]]
    rows["回避"] = [["干部", "对象编号"], ["乙", "E2"]]
    district, faults = read(tmp_path, rows)
    assert district is None
    assert sorted(found(faults)) == sorted([
        ("unknown-choice", "单位", "C2"), ("unknown-office", "干部", "C2"), ("duplicate-id", "干部", "A4"),
        ("out-of-range", "干部", "E4"), ("empty-cell", "干部", "A5"), ("out-of-range", "干部", "E5"),
        ("out-of-range", "企业", "E2"), ("closes-before-opening", "企业", "J3"), ("missing-column", "居委会", ""),
        ("date-without-year", "请假", "B2"), ("ends-before-start", "请假", "C3"),
        ("contradictory-pins", "指定", "B3"), ("pinned-and-recused", "指定", "A4")])


@pytest.mark.parametrize("name", ["街道", "单位", "干部", "企业", "居委会"])
def test_a_missing_sheet(tmp_path: Path, name: str) -> None:
    rows = small()
    del rows[name]
    _, faults = read(tmp_path, rows)
    assert ("missing-sheet", name, "") in found(faults)


def test_a_missing_sheet_or_id_column_brings_no_other_fault_behind_it(tmp_path: Path) -> None:
    rows = small()
    del rows["街道"]
    rows["干部"][0][0] = "号"
    rows["回避"] = [["干部", "对象编号"], ["C1", "E1"]]
    assert found(read(tmp_path, rows)[1]) == [("missing-sheet", "街道", ""), ("missing-column", "干部", "")]


def test_an_empty_sheet_is_fine_only_where_optional(tmp_path: Path) -> None:
    rows = {**small(), "回避": []}
    assert good(tmp_path, rows).recusals == frozenset()
    rows["居委会"] = []
    assert found(read(tmp_path, rows)[1]) == [("empty-sheet", "居委会", "")]
    rows["居委会"] = [small()["居委会"][0]]
    assert len(good(tmp_path, rows).sites) == 2


def test_header_below_a_title_with_stars_units_line_breaks_and_english(tmp_path: Path) -> None:
    rows = small()
    rows["街道"] = [["某区街道一览"], [], ["序号", "* 编 号", "名\n称", "经度（WGS-84）", "lat"],
                    [1, "S1", "甲街道", 121.5, 31.3]]
    rows["企业"][0] = ["id", "企业名称", "所属街镇", "lon", "LAT", "address", "workload", "stay", "opens", "closes",
                       "间隔", "key", "所属行业", "constituency"]
    assert good(tmp_path, rows) == good(tmp_path, small())


def test_no_header_and_two_columns_alike(tmp_path: Path) -> None:
    rows = small()
    rows["街道"] = [["甲", "乙"], ["S1", "甲街道"]]
    rows["单位"][0][6:] = ["行业", "服务的行业", "对口行业"]
    codes = found(read(tmp_path, rows)[1])
    assert codes[:2] == [("missing-header", "街道", ""), ("ambiguous-column", "单位", "")]


def test_safe_repairs_are_made_and_told(tmp_path: Path) -> None:
    rows = small()
    rows["街道"][1] = ["Ｓ１", "甲街道\u3000", "１２１．５", "\u200b31.3"]
    district, faults = read(tmp_path, rows)
    assert district == good(tmp_path, small())
    assert found(faults, "repair") == [("tidied-text", "街道", f"{letter}2") for letter in "ABCD"]


def test_numbers_as_ids_and_ids_damaged_by_excel(tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][0] = 3101150.0
    assert good(tmp_path, rows).sites[0].id == "3101150"
    rows["企业"][1][0] = 310115200001011234.0
    assert found(read(tmp_path, rows)[1]) == [("digits-lost", "企业", "A2")]


def test_total_and_signature_rows_are_left_out_and_told(tmp_path: Path) -> None:
    rows = small()
    rows["企业"] += [["小计", "", "", "", "", "", 240], [], ["填表人：某某"]]
    rows["企业"][1][1] = "合计科技"
    district, faults = read(tmp_path, rows)
    assert district is not None
    assert [one.name for one in district.sites] == ["合计科技", "二厂", "一居"]
    assert [(fault.code, fault.row, fault.value) for fault in faults] == [
        ("skipped-row", 4, "小计"), ("skipped-row", 6, "填表人")]


def test_missing_coordinates_take_the_centre(tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][3:5] = ["", ""]
    rows["企业"][2][4] = ""
    district, faults = read(tmp_path, rows)
    assert found(faults) == [("half-coordinates", "企业", "E3")]
    rows["企业"][2][3] = ""
    district, faults = read(tmp_path, rows)
    assert district is not None
    assert district.sites[0].place == district.sites[1].place == Place(121.5, 31.3, estimated=True)
    (note,) = faults
    assert (note.code, note.severity) == ("estimated-place", "repair")
    assert "2 行没有坐标" in note.sentence()


def test_swapped_coordinates_are_told_once_for_the_sheet(tmp_path: Path) -> None:
    rows = small()
    for row in rows["企业"][1:]:
        row[3], row[4] = row[4], row[3]
    _, faults = read(tmp_path, rows)
    assert found(faults) == [("swapped-coordinates", "企业", "D2")]
    assert "第 2、3 行" in faults[0].sentence()


@pytest.mark.parametrize("value", ["9:30", "09：30", "9点30分", "09:30:00", time(9, 30), 9.5 / 24])
def test_times_in_several_forms(tmp_path: Path, value: Any) -> None:
    rows = small()
    rows["企业"][1][8] = value
    assert good(tmp_path, rows).sites[0].visiting_hours.opens_seconds == 34200


@pytest.mark.parametrize("value", ["2026-11-12", "2026.11.12", "2026/11/12", "2026年11月12日", "20261112",
                                   "２０２６．１１．１２", date(2026, 11, 12), 46338, 20261112])
def test_dates_in_several_forms(tmp_path: Path, value: Any) -> None:
    rows = {**small(), "请假": [["干部", "开始日期", "结束日期"], ["C1", value, "2026-12-01"]]}
    assert good(tmp_path, rows).absences == (Absence("C1", date(2026, 11, 12), date(2026, 12, 1)),)


@pytest.mark.parametrize("value", ["2026-02-30", "明天", 12, 1e9])
def test_dates_that_are_none(tmp_path: Path, value: Any) -> None:
    rows = {**small(), "请假": [["干部", "开始日期", "结束日期"], ["C1", value, "2026-12-01"]]}
    assert found(read(tmp_path, rows)[1]) == [("wrong-type", "请假", "B2")]


def test_names_are_taken_only_when_unique(tmp_path: Path) -> None:
    rows = small()
    rows["干部"].append(["C3", "甲", "O1", "正处级", 100, ""])
    rows["回避"] = [["干部", "对象编号"], ["甲", "E1"], ["C1", "二 厂"]]
    _, faults = read(tmp_path, rows)
    assert found(faults) == [("ambiguous-name", "回避", "A2")]
    assert "C1、C3" in faults[0].sentence()


def test_reasons_of_recusals_are_never_read(tmp_path: Path) -> None:
    rows = small()
    rows["回避"] = [["原因", "干部", "对象编号"], ["某某亲属", "C1", "E1"], ["某某亲属", "没有", ""],
                    ["合计某某亲属", "", ""]]
    _, faults = read(tmp_path, rows)
    assert found(faults) == [("empty-cell", "回避", "C3"), ("unknown-cadre", "回避", "B3")]
    told = json.dumps([fault.to_json() for fault in faults], ensure_ascii=False)
    assert "亲属" not in told
    rows["回避"] = rows["回避"][:2]
    assert "亲属" not in repr(read(tmp_path, rows))
    assert good(tmp_path, rows).recusals == {Pairing("C1", "E1")}


def test_history_keeps_those_who_left_and_goes_by_year(tmp_path: Path) -> None:
    rows = small()
    rows["历史"] = [["任期", "干部", "对象编号"], ["2025-2026", "甲", "R1"], ["2023-2024", "C9", "R1"]]
    district, faults = read(tmp_path, rows)
    assert district is not None
    assert district.past_terms == (PastTerm("2023-2024", frozenset({Pairing("C9", "R1")})),
                                   PastTerm("2025-2026", frozenset({Pairing("C1", "R1")})))
    assert found(faults, "warning") == [("former-cadre", "历史", "")]


def test_requests_to_stay_are_for_committees(tmp_path: Path) -> None:
    rows = {**small(), "挽留": [["干部", "居委会"], ["C1", "一居"], ["C1", "E1"]]}
    assert found(read(tmp_path, rows)[1]) == [("unknown-committee", "挽留", "B3")]


def test_constituencies_are_checked_where_they_are_listed(tmp_path: Path) -> None:
    rows = small()
    rows["干部"][1][5], rows["企业"][1][13] = "第三选区", "X9"
    assert good(tmp_path, rows).cadres[0].constituency_id == "第三选区"
    rows["选区"] = [["编号", "名称"], ["X3", "第三选区"]]
    assert found(read(tmp_path, rows)[1]) == [("unknown-constituency", "企业", "N2")]
    rows["企业"][1][13] = ""
    assert good(tmp_path, rows).cadres[0].constituency_id == "X3"


def test_a_pin_to_an_excluded_cadre(tmp_path: Path) -> None:
    rows = {**small(), "指定": [["干部", "对象"], ["C1", "E1"]]}
    rows["干部"][1][4] = "0%"
    assert found(read(tmp_path, rows)[1]) == [("pin-to-excluded-cadre", "指定", "A2")]


def test_blank_cells_take_defaults_and_it_is_told_once(tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][6] = rows["企业"][2][6] = ""
    district, faults = read(tmp_path, rows)
    assert district is not None
    assert [one.workload_minutes for one in district.sites] == [120, 120, 120]
    assert [(fault.code, fault.column) for fault in faults] == [("default-used", "每月工作量(分钟)")]


def test_ids_are_unique_over_offices_and_sites(tmp_path: Path) -> None:
    rows = small()
    rows["居委会"][1][0] = "O1"
    _, faults = read(tmp_path, rows)
    assert found(faults) == [("duplicate-id", "居委会", "A2")]
    assert "表“单位”第 2 行" in faults[0].sentence()


def test_merged_cells_are_filled_and_told(tmp_path: Path) -> None:
    path = workbook(tmp_path, small())
    book = openpyxl.load_workbook(path)
    book["企业"].merge_cells("C2:C3")
    book.save(path)
    district, faults = read_workbook(path)
    assert district is not None
    assert [one.subdistrict_id for one in district.sites[:2]] == ["S1", "S1"]
    assert found(faults, "repair") == [("merged-cell", "企业", "C3")]


def test_sheets_and_columns_that_are_not_read_are_told(tmp_path: Path) -> None:
    rows = {**small(), "回壁": [["干部", "对象编号"], ["C1", "E1"]]}
    rows["街道"][0].append("面积")
    _, faults = read(tmp_path, rows)
    assert [(fault.code, fault.sheet) for fault in faults] == [("unread-columns", "街道"), ("unread-sheet", "回壁")]


def test_the_name_of_the_district(tmp_path: Path) -> None:
    rows = {**small(), "说明": [["填表说明"], ["区名：", "某某区"]]}
    assert good(tmp_path, rows).name == "某某区"


@pytest.mark.parametrize(("write", "code"), [
    (lambda _: None, "missing-file"),
    (lambda path: path.mkdir(), "no-tables"),
    (lambda path: path.write_bytes(b""), "not-a-workbook"),
    (lambda path: path.write_text("编号,名称\n"), "not-a-workbook"),
    (lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600)), "old-workbook"),
    (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(600)), "damaged-workbook"),
    (lambda path: path.write_bytes(workbook(path.parent, small(), "x.xlsx").read_bytes()[:3000]), "damaged-workbook"),
])
def test_files_that_are_no_workbook(tmp_path: Path, write: Callable[[Path], None], code: str) -> None:
    path = tmp_path / "表.xlsx"
    write(path)
    district, (fault,) = read_workbook(path)
    assert district is None
    assert (fault.code, fault.file) == (code, "表.xlsx")
    assert fault.sentence().startswith("《表.xlsx》：")


def test_a_plan_made_by_hand(tmp_path: Path) -> None:
    district = good(tmp_path, small())
    rows = {"安排表": [["联系安排表"], ["联系领导", "单位", "联系点"], ["甲", "某局", "E1"], ["C2", "某局", "一居"],
                    ["C1", "某局", "E1"], ["丙", "", "E2"]]}
    pairings, faults = read_plan_table(workbook(tmp_path, rows, "plan.xlsx"), district)
    assert pairings == (Pairing("C1", "E1"), Pairing("C2", "R1"))
    assert found(faults) == [("unknown-cadre", "安排表", "A6")]
    assert {code for code, _, _ in found(faults, "repair")} == {"title-above", "repeated-row"}


def test_a_plan_in_a_single_sheet_of_any_name(tmp_path: Path) -> None:
    district = good(tmp_path, small())
    rows = {"Sheet1": [["干部编号", "对象编号"], ["C1", "E2"]]}
    assert read_plan_table(workbook(tmp_path, rows, "p.xlsx"), district) == ((Pairing("C1", "E2"),), ())
    _, (fault,) = read_plan_table(tmp_path / "没有.xlsx", district)
    assert fault.code == "missing-file"
