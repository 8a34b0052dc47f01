from __future__ import annotations

import re
import warnings
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from geodata import columns
from geodata.column_notes import SHEET_NOTES, note_of
from geodata.faults import Fault
from geodata.policy_file import SETTINGS, known_goals
from geodata.tables import read_workbook
from geodata.template import sample_rows, write_template
from planner.facts.district import Pairing, PastTerm
from planner.text import Language

HAN = re.compile(r"[\u3400-\u9fff]")


def load(path: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Print area")  # whole columns, which openpyxl does not know
        return openpyxl.load_workbook(path)


def made(folder: Path, language: Language = "zh") -> Path:
    path = folder / "模板.xlsx"
    write_template(path, language)
    return path


def told(faults: tuple[Fault, ...]) -> list[str]:
    return sorted({fault.code for fault in faults})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_is_right_as_it_stands(language: Language, tmp_path: Path) -> None:
    district, faults = read_workbook(made(tmp_path, language))
    assert district is not None, [fault.sentence() for fault in faults]
    assert told(faults) == ["estimated-place", "only-samples"]
    assert (len(district.cadres), len(district.sites), len(district.past_terms)) == (2, 4, 2)
    assert (len(district.recusals), len(district.pins), len(district.stay_requests), len(district.absences)) == (1, 1, 1, 1)


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    assert made(tmp_path).read_bytes() == made(tmp_path).read_bytes()


def test_own_rows_push_the_samples_out(tmp_path: Path) -> None:
    book = load(made(tmp_path))
    book["街道"].append(["S1", "甲街道", 121.5, 31.3])
    book["单位"].append(["O1", "某局", "职能部门", "甲街道"])
    book["干部"].append(["C1", "甲", "某局", "正处级", 100])
    book["企业"].append(["E1", "一厂", "甲街道", 121.51, 31.31, "", 120, 60, "09:00", "17:00", "1"])
    book["居委会"].append(["R1", "一居", "甲街道", 121.52, 31.32, "", 180, 90, "09:00", "17:00", "1"])
    book["历史"].append(["2025-2026", "C1", "老一居"])
    book["变更"].append(["联系点", "老一居", "R1"])
    book["说明"]["B1"] = "某某区"
    book.save(tmp_path / "本区.xlsx")
    district, faults = read_workbook(tmp_path / "本区.xlsx")
    assert district is not None, [fault.sentence() for fault in faults]
    assert told(faults) == ["estimated-place", "followed-change", "sample-rows"]
    assert district.name == "某某区"
    assert [one.id for one in (*district.offices, *district.cadres, *district.sites)] == ["O1", "C1", "E1", "R1"]
    assert district.past_terms == (PastTerm("2025-2026", frozenset({Pairing("C1", "R1")})),)
    assert (district.pins, district.recusals, district.absences) == (frozenset(), frozenset(), ())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_column_is_there_with_its_note_and_list(language: Language, tmp_path: Path) -> None:
    book = load(made(tmp_path, language))
    for sheet in columns.SHEETS:
        page = next(book[name] for name in (sheet.name, *sheet.aliases) if name in book.sheetnames)
        assert page.freeze_panes == f"{'C' if len(sheet.columns) > 2 else 'B'}2"
        assert page.print_title_rows == "$1:$1"
        assert page.page_setup.orientation == "landscape"
        lists = {str(one.sqref).split(":")[0].rstrip("0123456789"): one for one in page.data_validations.dataValidation}
        for column, cell in zip(sheet.columns, page[1], strict=True):
            assert cell.value.endswith("*") == column.required
            assert note_of(sheet, column).in_language(language) in cell.comment.text
            if column.choices:
                assert lists[cell.column_letter].type == "list"
        if language == "en":
            assert not any(HAN.search(str(cell.value)) for cell in page[1])


def test_the_print_area_holds_every_column(tmp_path: Path) -> None:
    names = zipfile.ZipFile(made(tmp_path)).read("xl/workbook.xml").decode()
    assert "企业!$A:$Q</definedName>" in names
    assert names.count("_xlnm.Print_Area") == len(columns.SHEETS) + 3


def test_every_number_of_the_policy_is_explained(tmp_path: Path) -> None:
    for language, has_han in (("zh", True), ("en", False)):
        book = load(made(tmp_path, language))  # type: ignore[arg-type]
        rows = {row[0]: row[1:] for row in book["政策参数" if has_han else "policy"].iter_rows(min_row=2, values_only=True)}
        assert {setting.name for setting in SETTINGS} <= set(rows)
        assert {f"goals.{goal}.minutes" for goal in known_goals()} <= set(rows)
        for name, (value, meaning, clause) in rows.items():
            assert value, name
            assert meaning, name
            assert bool(HAN.search(meaning.replace("副处级", "").replace("正处级", ""))) == has_han, name
            assert clause or name.startswith("goals."), name
    assert rows["caseload.max_enterprises_per_cadre"][0] == "3"


def test_how_to_fill_tells_every_column(tmp_path: Path) -> None:
    lines = list(load(made(tmp_path))["填写说明"].iter_rows(min_row=2, values_only=True))
    assert [(sheet, column) for sheet, column, *_ in lines if column] == [
        (sheet.name, column.header) for sheet in columns.SHEETS for column in sheet.columns]
    assert all(line[3] and line[4] and line[5] for line in lines if line[1])


def test_every_sheet_and_column_has_a_note() -> None:
    assert set(SHEET_NOTES) == {sheet.key for sheet in columns.SHEETS}
    for sheet in columns.SHEETS:
        assert all(note_of(sheet, column).en for column in sheet.columns)
        assert all(len(row) == len(sheet.columns) for row in sample_rows(sheet))
