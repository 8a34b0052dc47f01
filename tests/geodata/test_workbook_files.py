from __future__ import annotations

import codecs
from datetime import date
from pathlib import Path

import geopandas
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.faults import Fault, InputError
from geodata.grids import find_grid
from geodata.tables import read_plan_table, read_workbook
from geodata.workbook_files import open_elsewhere, open_workbook
from geodata.xlsx_parts import column_index, read_marks
from planner.facts.district import Pairing, Place
from tests.geodata.sample_workbook import Rows, small, workbook
from tests.malformed.generate import book, csv_folder


def codes(faults: tuple[Fault, ...]) -> list[str]:
    return [fault.code for fault in faults]


@pytest.mark.parametrize(("encoding", "said"), [("utf-8", []), ("utf-8-sig", []), ("utf-16", []), ("gbk", ["gbk-text"] * 5),
                                                ("gb18030", ["gbk-text"] * 5)])
def test_a_folder_of_csv_is_the_same_district(encoding: str, said: list[str], tmp_path: Path) -> None:
    right, _ = read_workbook(workbook(tmp_path, small()))
    district, faults = read_workbook(csv_folder(tmp_path, small(), encoding))
    assert codes(faults) == said
    assert district == right


def test_letters_that_only_gb18030_has(tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][1] = "𠀀厂㐀"
    district, _ = read_workbook(csv_folder(tmp_path, rows, "gb18030"))
    assert district is not None
    assert district.sites[0].name == "𠀀厂㐀"


def test_csv_that_is_no_text_is_told_with_its_name_and_all_at_once(tmp_path: Path) -> None:
    folder = csv_folder(tmp_path, small(), "utf-8")
    for name in ("企业.csv", "干部.csv"):
        (folder / name).write_bytes(b"\x00\xff\xfe\x81")
    _, faults = read_workbook(folder)
    assert [(fault.code, fault.file) for fault in faults] == [("unknown-encoding", "企业.csv"), ("unknown-encoding", "干部.csv")]


def test_faults_in_csv_name_their_file_and_row(tmp_path: Path) -> None:
    rows = small()
    rows["企业"][1][1] = "一厂\r\n（东区）"
    rows["企业"][2][3] = "东"
    _, faults = read_workbook(csv_folder(tmp_path, rows, "utf-8"))
    assert [(fault.code, fault.file, fault.row, fault.cell) for fault in faults] == [
        ("tidied-text", "企业.csv", 2, "B2"), ("wrong-type", "企业.csv", 3, "D3")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_plan_as_one_csv_file(delimiter: str, tmp_path: Path) -> None:
    district, _ = read_workbook(workbook(tmp_path, small()))
    assert district is not None
    path = tmp_path / "手工方案.csv"
    path.write_bytes(codecs.BOM_UTF8 + f"干部{delimiter}对象\nC1{delimiter}一厂\n乙{delimiter}E2\n".encode())
    assert read_plan_table(path, district) == ((Pairing("C1", "E1"), Pairing("C2", "E2")), ())


@settings(max_examples=50, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_any_name_survives_csv(tmp_path_factory: pytest.TempPathFactory, name: str, encoding: str) -> None:
    """GB18030 text is hardly ever UTF-8 by chance where it holds a header in Chinese."""
    rows = small()
    rows["居委会"][1][1] = name
    district, _ = read_workbook(csv_folder(tmp_path_factory.mktemp("any"), rows, encoding))
    assert district is not None
    assert district.sites[2].name == name


def as_layers(path: Path, rows: Rows, crs: str) -> Path:
    for name, lines in rows.items():
        frame = geopandas.pd.DataFrame(lines[1:], columns=lines[0])
        if {"经度", "纬度"} <= set(frame.columns):
            points = geopandas.points_from_xy(frame.pop("经度").astype(float), frame.pop("纬度").astype(float), crs="EPSG:4326")
            geopandas.GeoDataFrame(frame, geometry=points).to_crs(crs).to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        else:
            geopandas.GeoDataFrame(frame, geometry=[None] * len(frame), crs=crs).to_file(path, layer=name, driver="GPKG", engine="pyogrio")
    return path


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549"])
def test_layers_of_a_geopackage_are_the_same_district(crs: str, tmp_path: Path) -> None:
    rows = {**small(), "请假": [["干部", "开始日期", "结束日期"], ["C1", date(2027, 3, 1), date(2027, 3, 2)]]}
    right, _ = read_workbook(workbook(tmp_path, rows))
    district, faults = read_workbook(as_layers(tmp_path / "district.gpkg", rows, crs))
    assert faults == ()
    assert district is not None
    assert right is not None
    assert district.absences == right.absences
    assert [site.id for site in district.sites] == [site.id for site in right.sites]
    for one, other in zip(district.sites, right.sites, strict=True):
        assert one.place == Place(pytest.approx(other.place.lon, abs=1e-7), pytest.approx(other.place.lat, abs=1e-7))
    assert district.cadres == right.cadres


def test_a_geopackage_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "district.gpkg").write_text("只是文字", encoding="utf-8")
    assert codes(read_workbook(tmp_path / "district.gpkg")[1]) == ["damaged-layers"]


def test_cells_right_of_and_below_nothing_keep_their_places(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = "表"
    made.active["C4"] = "值"
    made.save(tmp_path / "d.xlsx")
    grid = find_grid(open_workbook(tmp_path / "d.xlsx"), ["没有", " 表"])
    assert grid is not None
    assert [list(row) for row in grid.read_rows()][3] == ["", "", "值"]
    assert len(grid.head(20)) == 4


def test_marks_of_a_workbook(tmp_path: Path) -> None:
    with book(tmp_path / "d.xlsx", {"A & B": [[1, 2, 3]], "空": []}, date_1904=True) as made:
        sheet = made.get_worksheet_by_name("A & B")
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.write_formula("AB3", "=1+1", None, "")
        sheet.write_formula("AC3", "=1+1", None, 2)
        sheet.write_formula("A4", '=""&""', None, "文")
        sheet.write_formula("B4", "=1/0", None, "#DIV/0!")
    marks = read_marks(tmp_path / "d.xlsx")
    assert marks.counts_from_1904
    assert marks.sheets["A & B"].hidden_rows == (5,)
    assert marks.sheets["A & B"].broken == {(2, 27): "", (3, 1): "#DIV/0!"}
    assert marks.sheets["空"].broken == {}


def test_formulas_that_openpyxl_leaves_without_a_value(tmp_path: Path) -> None:
    made = openpyxl.load_workbook(workbook(tmp_path, small()))
    made["企业"]["B2"] = '="一"&"厂"'
    made["企业"]["F3"] = "=1+1"
    made.save(tmp_path / "d.xlsx")
    _, faults = read_workbook(tmp_path / "d.xlsx")
    assert [(fault.code, fault.cell) for fault in faults] == [("formula-without-value", "B2"), ("formula-without-value", "F3")]


@pytest.mark.parametrize(("letters", "index"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16383)])
def test_letters_of_columns(letters: str, index: int) -> None:
    assert column_index(letters) == index


@pytest.mark.parametrize(("name", "data", "owner"), [
    ("~$d.xlsx", b"\x03Wang ", "Wan"), (".~lock.d.xlsx#", b",office1/li,pc,2027,file;", "office1/li"),
    ("~$d.xlsx", b"", "")])
def test_who_has_the_file_open(name: str, data: bytes, owner: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    (fault,) = open_elsewhere(tmp_path / "d.xlsx")
    assert fault.severity == "warning"
    assert (f"（{owner}）" in fault.sentence()) == bool(owner)


def test_nobody_has_it_open(tmp_path: Path) -> None:
    assert list(open_elsewhere(tmp_path / "d.xlsx")) == []


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        open_workbook(tmp_path)
    assert codes(error.value.faults) == ["no-tables"]
