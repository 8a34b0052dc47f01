"""Nothing leaks: secrets are planted in the inputs of a small district and looked for in every file that comes out.

Reasons of recusals and absences belong nowhere, mobile numbers to the cadre himself, offices' numbers not to the public, households
to the one cadre who goes there. Every part of every file is read: text of PDFs, parts of Word and Excel, pages, layers, calendars.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pypdf
import pytest

import run_planner
from geodata.table_writer import write_workbook
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
    Subdistrict,
    TimeWindow,
    UnitKind,
)

RECUSAL, ABSENCE, REMARK = "其妻任该企业董事", "住院手术三周", "某某举报信"
MOBILE, OFFICE = "13812345678", "021-65432109"
HOUSEHOLD, STREET, HOME_PHONE = "黄阿姨一家", "桂花弄七号", "13998765432"
NOWHERE = (RECUSAL, ABSENCE, REMARK)
HOURS = TimeWindow(9 * 3600, 17 * 3600)


def district() -> District:
    here = [Place(121.5 + 0.002 * number, 31.3) for number in range(8)]
    sites = [Site(f"E{number}", f"企业{number}", SiteKind.ENTERPRISE, "K1", here[number], 60, 1800, HOURS, address=f"政学路{number}号")
             for number in range(4)]
    sites += [Site(f"R{number}", f"居委{number}", SiteKind.COMMITTEE, "K1", here[number], 60, 1800, HOURS, address=f"国权路{number}号")
              for number in range(3)]
    ranks = (Rank.DISTRICT_LEADER, Rank.DIVISION, Rank.DIVISION)
    return District(
        "试验区", (Subdistrict("K1", "一街道", here[0]),), tuple(Office(f"O{one}", f"单位{one}", UnitKind.DEPARTMENT, "K1", here[one])
                                                       for one in range(3)),
        tuple(Cadre(f"C{one}", f"干部{one}", f"O{one}", rank) for one, rank in enumerate(ranks)), tuple(sites),
        past_terms=(PastTerm("2025-2026", frozenset({Pairing("C0", "R1"), Pairing("C1", "E1")})),),
        recusals=frozenset({Pairing("C0", "E0")}), absences=(Absence("C1", date(2027, 3, 1), date(2027, 3, 31)),))


def plant(workbook: Path) -> None:
    """Add columns as people do: telephones, reasons, remarks."""
    book = openpyxl.load_workbook(workbook)
    for name, added in (("回避", {"原因": RECUSAL, "备注": REMARK}), ("请假", {"原因": ABSENCE}),
                        ("企业", {"联系电话": f"{MOBILE}、{OFFICE}", "备注": REMARK}), ("居委会", {"联系电话": f"{MOBILE}、{OFFICE}"})):
        sheet = book[name]
        for header, text in added.items():
            at = sheet.max_column + 1
            for row in range(1, sheet.max_row + 1):
                sheet.cell(row, at).value = header if row == 1 else text
    book.save(workbook)


def ask_for_occasions(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "慰问户"
    book.active.append(["编号", "居委会", "姓名", "地址", "联系电话", "同意上门", "困难原因"])
    for number in range(3):
        book.active.append([f"H{number}", f"R{number}", HOUSEHOLD, STREET, HOME_PHONE, "是", REMARK])
    book.create_sheet("大年初一").append(["年份", "开始时间"])
    book["大年初一"].append([2027])
    book.create_sheet("意见征询").append(["名称", "开始日期", "结束日期"])
    book["意见征询"].append(["征询", date(2027, 5, 10), date(2027, 5, 14)])
    book.create_sheet("下访接待").append(["接待点", "第几个", "星期", "间隔(月)", "开始时间", "结束时间"])
    book["下访接待"].append(["R0", 3, "星期三", 6, "09:00", "11:00"])
    book.save(path)


def texts_in(path: Path, data: bytes) -> Iterator[str]:
    """Every text of a file, without blanks; escapes of JSON and of markup undone."""
    if path.suffix == ".pdf":
        yield "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            for name in parts.namelist():
                yield re.sub(r"<[^>]*>", "", parts.read(name).decode("utf-8", "replace"))
    else:
        text = data.decode("utf-8", "replace").replace("\r\n ", "")
        yield re.sub(r"&#x?([0-9a-fA-F]+);", lambda one: chr(int(one[1], 16 if "x" in one[0] else 10) % 0x110000), text)
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda one: chr(int(one[1], 16)), text)


def words_in(path: Path) -> str:
    return re.sub(r"[\s\u200b]", "", "".join(texts_in(path, path.read_bytes())))


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Text of every file that the program writes, by its path in the folder; all kinds, formats and levels."""
    folder = tmp_path_factory.mktemp("leaks")
    workbook, asked, out = folder / "district.xlsx", folder / "asked.xlsx", folder / "out"
    write_workbook(workbook, district())
    plant(workbook)
    ask_for_occasions(asked)
    lenient = [f"--set={one}" for one in ("max_committees_per_cadre=2", "max_load_percent_of_fair_share=1000", "max_unit_share_percent=100",
                                          "min_enterprises_per_cadre=0", "stand_ins=district", "max_enterprises_per_cadre=3")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIXIAN_CACHE", str(folder / "cache"))

        def run(*arguments: str | Path) -> None:
            assert run_planner.main([*(str(one) for one in arguments), "--quiet", *lenient]) == 0, arguments

        run("plan", workbook, "--out", out, "--effort", "quick")
        for level in ("public", "internal", "personal"):
            run("sheets", workbook, "--plan", out / "plan.json", "--out", out, "--paper", "all", "--format", "all", "--level", level,
                "--all-cards", "--hotline", "1890")
            run("occasions", workbook, "--plan", out / "plan.json", "--out", out, "--file", asked, "--format", "all", "--level", level)
    return {path.relative_to(out).as_posix(): words_in(path) for path in sorted(out.rglob("*")) if path.is_file()}


def holders(handed_out: dict[str, str], secret: str) -> set[str]:
    return {name for name, text in handed_out.items() if secret in text}


def test_all_kinds_of_files_are_looked_at(handed_out: dict[str, str]) -> None:
    assert {Path(one).suffix for one in handed_out} >= {".pdf", ".docx", ".xlsx", ".ics", ".html", ".json", ".gpkg"}
    for ending in (".pdf", ".docx", ".xlsx", ".html", ".json", ".gpkg", ".ics"):
        known = "E1" if ending == ".json" else "企业1"
        assert any(known in text for name, text in handed_out.items() if name.endswith(ending)), f"{ending} cannot be read"


@pytest.mark.parametrize("secret", NOWHERE)
def test_reasons_and_remarks_are_nowhere(handed_out: dict[str, str], secret: str) -> None:
    assert holders(handed_out, secret) == set()


def test_mobile_numbers_are_the_cadres_own(handed_out: dict[str, str]) -> None:
    found = holders(handed_out, MOBILE)
    assert found
    assert {name for name in found if not name.startswith("sheets/personal/")} == set()
    assert not any("card" in name or name.endswith(".ics") for name in found)


def test_office_numbers_are_not_for_the_public(handed_out: dict[str, str]) -> None:
    found = holders(handed_out, OFFICE)
    assert any(name.startswith("sheets/") and name.count("/") == 1 for name in found)
    assert {name for name in found if not name.startswith("sheets/") or name.startswith("sheets/public/")} == set()


@pytest.mark.parametrize("secret", [HOUSEHOLD, STREET, HOME_PHONE])
def test_households_are_for_the_cadre_who_goes_there(handed_out: dict[str, str], secret: str) -> None:
    found = holders(handed_out, secret)
    assert {Path(name).suffix for name in found} == {".pdf", ".docx", ".xlsx"}
    assert {name for name in found if not re.fullmatch(r"sheets/personal/new-year-2027-C\d\.\w+", name)} == set()


def test_the_public_reads_no_address_and_no_minute_of_a_visit(handed_out: dict[str, str]) -> None:
    public = {name: text for name, text in handed_out.items() if name.startswith("sheets/public/")}
    assert public
    times = re.compile(r"\d\d:\d\d–\d\d:\d\d")
    for name, text in public.items():
        assert not re.search(r"政学路\d号", text), name
        assert ("reception" in name) == bool(times.search(text)) or name.endswith(".json"), name


def test_the_artefact_has_codes_only(handed_out: dict[str, str]) -> None:
    assert set(re.findall(r'"households":\["(.*?)"\]', handed_out["occasions.json"])) == {"H0", "H1", "H2"}
