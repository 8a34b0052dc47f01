"""What is handed out: nothing overflows, nothing leaks, the same content is not made twice, and others can read it."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date, timezone
from pathlib import Path

import docx
import openpyxl
import pypdf
import pytest
import vobject

from maps.papers import calendar_files
from maps.papers.card_sheets import cards_as_paper, cards_as_pdf
from maps.papers.content import (
    Source,
    arrangement_by_subdistrict,
    arrangement_by_unit,
    cards,
    host_day,
    notice,
)
from maps.papers.excel import papers_as_excel
from maps.papers.handover_forms import from_history, handover, strangers
from maps.papers.levels import Level, phone_words, time_words
from maps.papers.model import Paper
from maps.papers.pdf import papers_as_pdf, typeset
from maps.papers.route_papers import route_paper
from maps.papers.shelf import Shelf
from maps.papers.word import STAND_INS, papers_as_word
from maps.route_sheets import SheetWriter
from planner.artefacts.handover import Handover, HandoverReason
from tests.maps import sample

LONG = "上海市杨浦区某某科技创新发展投资管理咨询服务（集团）股份有限公司第一分公司办事处"
MOBILE, OFFICE = "13812345678", "021-65432109"
POINTS_PER_MM = 72 / 25.4
CHINA = timezone(calendar_files.CHINA)


def source_of(level: Level = Level.INTERNAL, names: tuple[str, ...] = ("", "", "", ""), **more: object) -> Source:
    given = sample.problem(names)
    plan = sample.plan(given)
    phones = {one.id: phone_words(f"{MOBILE}、{OFFICE}", level) for one in given.district.sites}
    return replace(Source(given, plan, sample.calendar(plan), level, "zh", phones, "1890"), **more)


def all_papers(source: Source) -> list[Paper]:
    day = next(one for one in source.calendar.liaison_days if one.day == sample.DAY)
    hosts = [host_day(source, sample.DAY, one.id) for one in source.problem.district.subdistricts]
    return [arrangement_by_unit(source), arrangement_by_subdistrict(source), notice(source, day), handover(source),
            *(one for one in hosts if one is not None)]


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


# --- levels -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "expected"), [
    (Level.PUBLIC, ""), (Level.INTERNAL, OFFICE), (Level.PERSONAL, f"{MOBILE}、{OFFICE}")])
def test_numbers_by_level(level: Level, expected: str) -> None:
    assert phone_words(f"{MOBILE}、{OFFICE}", level) == expected


@pytest.mark.parametrize("mobile", ["13812345678", "138-1234-5678", "+8613812345678", "8613812345678", "138 1234 5678"])
def test_a_mobile_number_is_known_however_it_is_written(mobile: str) -> None:
    assert "5678" not in phone_words(f"{OFFICE}、{mobile}", Level.INTERNAL)


def test_times_by_level() -> None:
    assert time_words(9 * 3600, 10 * 3600, Level.PUBLIC, "zh") == "上午"
    assert time_words(13 * 3600, 14 * 3600, Level.PUBLIC, "en") == "afternoon"
    assert time_words(9 * 3600, 10 * 3600, Level.INTERNAL, "zh") == "09:00–10:00"


def everything(source: Source, folder: Path) -> None:
    """Every file of a level, as the command writes it."""
    for paper in all_papers(source):
        (folder / f"{paper.name}.pdf").write_bytes(papers_as_pdf([paper]))
        (folder / f"{paper.name}.docx").write_bytes(papers_as_word([paper]))
        (folder / f"{paper.name}.xlsx").write_bytes(papers_as_excel([paper]))
    (folder / "cards.pdf").write_bytes(cards_as_pdf(source, cards(source, everybody=True)))
    if source.level is Level.PUBLIC:
        return
    visits = calendar_files.entries_by_owner(source)
    for number, (key, own) in enumerate(sorted(visits.items())):
        entries = calendar_files.cadre_entries(source, own) if key[0] == "cadre" else calendar_files.subdistrict_entries(source, own)
        (folder / f"{number}.ics").write_bytes(calendar_files.calendar_file(source, key[1], entries))
    writer = SheetWriter(source.problem, sample.GROUND, None, "zh", None, source.phones)
    day = next(one for one in source.calendar.liaison_days if one.day == sample.DAY)
    routes = sample.routes(source.plan).on(sample.DAY)
    data = {**writer.frame(day), "digest": "0" * 12, "sheets": [writer.sheet(one) for one in routes]}
    (folder / "routes.pdf").write_bytes(typeset("route_sheet.typ", data))
    (folder / "route.docx").write_bytes(papers_as_word([route_paper(source, writer, routes[0], day, "0" * 12)]))


def words_in(path: Path) -> str:
    """All text of a file, of every part of it."""
    if path.suffix == ".pdf":
        return text_of(path.read_bytes())
    if path.suffix == ".ics":
        return re.sub(r"\r\n |\s", "", path.read_text(encoding="utf-8"))
    with zipfile.ZipFile(path) as parts:
        texts = [parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if name.endswith((".xml", ".rels"))]
    return re.sub(r"<[^>]*>|\s", "", "".join(texts))


@pytest.mark.parametrize("level", Level)
def test_nothing_leaks_at_any_level(level: Level, tmp_path: Path) -> None:
    """A mobile number and an office's number lie with every site; recusals lie in the district."""
    source = source_of(level)
    everything(source, tmp_path)
    texts = {path.name: words_in(path) for path in sorted(tmp_path.iterdir())}
    assert len(texts) > 10
    whole = "".join(texts.values())
    assert (MOBILE in whole) == (level is Level.PERSONAL)
    assert (OFFICE in whole) == (level is not Level.PUBLIC)
    assert "回避" not in whole
    assert MOBILE not in texts["cards.pdf"]
    if level is Level.PUBLIC:
        addresses = [one.address for one in source.problem.district.sites if one.address]
        assert addresses
        assert not any(re.sub(r"\s", "", one) in whole for one in addresses)
        assert not re.search(r"\d\d:\d\d–\d\d:\d\d", whole)


def test_a_calendar_is_not_for_the_public() -> None:
    with pytest.raises(ValueError, match="public"):
        calendar_files.calendar_file(source_of(Level.PUBLIC), "x", [])


# --- pages --------------------------------------------------------------------------------------------------------


def overflowing(pdf: bytes) -> list[str]:
    """Words of a PDF that reach into the outer 10 mm of a page, by poppler's boxes (page numbers stand farther in)."""
    found = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    outside = []
    for page in re.findall(r"<page width=\"([\d.]+)\" height=\"([\d.]+)\">(.*?)</page>", found, re.DOTALL):
        width, height = float(page[0]), float(page[1])
        margin = 10 * POINTS_PER_MM
        for x0, y0, x1, y1, word in re.findall(
                r"<word xMin=\"([-\d.]+)\" yMin=\"([-\d.]+)\" xMax=\"([-\d.]+)\" yMax=\"([-\d.]+)\">(.*?)</word>", page[2]):
            if float(x0) < margin or float(y0) < margin or float(x1) > width - margin or float(y1) > height - margin:
                outside.append(word)
    return outside


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_long_names_and_missing_addresses_stay_on_the_page() -> None:
    assert len(LONG) == 40
    source = source_of(names=(LONG, LONG * 2, "A" * 60, ""))
    for paper in all_papers(source):
        pdf = papers_as_pdf([paper])
        assert overflowing(pdf) == [], paper.name
    arrangement = text_of(papers_as_pdf([arrangement_by_unit(source)]))
    assert LONG in arrangement
    assert LONG * 2 in arrangement
    pdf = cards_as_pdf(source, cards(source, everybody=True))
    assert overflowing(pdf) == []


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not installed")
def test_long_words_break_in_their_cells_and_numbers_can_be_found_and_copied() -> None:
    """Break opportunities leave no character in the text: with zero-width spaces a search for a number in the PDF found nothing."""
    pdf = papers_as_pdf([arrangement_by_unit(source_of(Level.PERSONAL, names=("A" * 60, "B" * 60, "", "")))])
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert "\u200b" not in text
    assert MOBILE in text
    found = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    boxes = re.findall(r"xMin=\"([\d.]+)\" yMin=\"[\d.]+\" xMax=\"([\d.]+)\"[^>]*>B+<", found)
    widths = [float(right) - float(left) for left, right in boxes]
    assert widths
    assert max(widths) < 60 * POINTS_PER_MM


def test_a_landscape_table_lies_across_and_repeats_its_head() -> None:
    source = source_of()
    paper = arrangement_by_unit(source)
    table = next(block for block in paper.blocks if block.kind == "table")
    long = replace(paper, blocks=(replace(table, rows=table.rows * 40),))
    pages = pypdf.PdfReader(io.BytesIO(papers_as_pdf([long]))).pages
    assert len(pages) > 2
    for page in pages:
        assert round(float(page.mediabox.width) / POINTS_PER_MM) == 297
        assert "联系领导" in page.extract_text()


def test_the_notice_reads_as_it_was_approved() -> None:
    """The stored text of the notice, line by line; a change of words or order is a change of an official paper."""
    source = source_of()
    day = next(one for one in source.calendar.liaison_days if one.day == sample.MOVED_DAY)
    text = text_of(papers_as_pdf([notice(source, day)]))
    stored = (Path(__file__).parent / "stored" / "notice.txt").read_text(encoding="utf-8")
    digest = r"方案摘要[0-9a-f]{12}"
    assert re.search(digest, text)
    assert re.sub(digest, "", text) == re.sub(r"\s", "", stored)


def test_a_character_without_a_picture_is_told_by_its_code() -> None:
    source = source_of(names=("甲\ue123乙", "", "", ""))
    assert "甲〔U+E123〕乙" in text_of(papers_as_pdf([arrangement_by_unit(source)]))


@pytest.mark.parametrize("make", [papers_as_pdf, papers_as_word, papers_as_excel])
def test_same_content_same_bytes(make: object) -> None:
    papers = all_papers(source_of())[:1]
    assert make(papers) == make(papers)  # type: ignore[operator]


# --- Word and Excel -----------------------------------------------------------------------------------------------


def test_word_names_the_official_fonts_and_their_stand_ins() -> None:
    data = papers_as_word([all_papers(source_of())[0]])
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        table = parts.read("word/fontTable.xml").decode()
        body = parts.read("word/document.xml").decode()
    for font, other in STAND_INS.items():
        assert f'w:name="{font}"' in table
        assert other in table
        assert f'w:eastAsia="{font}"' in body
    assert "w:tblHeader" in body
    assert "w:cantSplit" in body


def test_word_holds_every_cell_and_hostile_names_are_text() -> None:
    names = ("=1+1", "<b>&amp;", "{{7*7}}", "")
    paper = arrangement_by_unit(source_of(names=names))
    document = docx.Document(io.BytesIO(papers_as_word([paper])))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert [text for block in paper.values()["blocks"] if block["kind"] == "table" for row in block["rows"] for text in row] == [
        text for text in cells if text not in {column.head for block in paper.blocks if block.kind == "table" for column in block.columns}]
    book = openpyxl.load_workbook(io.BytesIO(papers_as_excel([paper])))
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == "=1+1" for cell in values)
    assert all(cell.data_type == "s" for cell in values)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_reads_word_without_loss(tmp_path: Path) -> None:
    source = source_of(names=(LONG, "", "", ""))
    paper = arrangement_by_subdistrict(source)
    (tmp_path / "paper.docx").write_bytes(papers_as_word([paper]))
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "txt:Text (encoded):UTF8",
                    "--outdir", str(tmp_path), str(tmp_path / "paper.docx")], check=True, capture_output=True, timeout=180)
    text = re.sub(r"\s", "", (tmp_path / "paper.txt").read_text(encoding="utf-8-sig"))
    for block in paper.values()["blocks"]:
        for row in block.get("rows", ()):
            assert all(re.sub(r"\s", "", cell) in text for cell in row)


# --- calendars ----------------------------------------------------------------------------------------------------


def ics(source: Source, before: bytes | None = None) -> tuple[str, bytes]:
    visits = calendar_files.entries_by_owner(source)
    cadre_id = min(key[1] for key in visits if key[0] == "cadre")
    entries = calendar_files.cadre_entries(source, visits["cadre", cadre_id])
    return cadre_id, calendar_files.calendar_file(source, cadre_id, entries, before)


def events_of(data: bytes) -> dict[str, object]:
    """By a second library."""
    return {event.uid.value: event for event in vobject.readOne(data.decode()).vevent_list}


def test_a_second_library_reads_the_same_visits() -> None:
    source = source_of()
    cadre_id, data = ics(source)
    expected = sorted((visit.day, visit.slot.starts_seconds) for visit in source.calendar.visits() if visit.slot.cadre_id == cadre_id)
    events = events_of(data)
    assert len(events) == len(expected)
    found = sorted((event.dtstart.value.astimezone(CHINA).date(), event.dtstart.value.astimezone(CHINA).hour * 3600
                    + event.dtstart.value.astimezone(CHINA).minute * 60) for event in events.values())
    assert found == expected
    assert all(len(line.encode()) <= 75 for line in data.decode().split("\r\n"))


def test_updates_count_up_and_what_is_gone_is_cancelled() -> None:
    source = source_of()
    cadre_id, first = ics(source)
    assert ics(source, first)[1] == first
    slots = source.calendar.slots
    later = tuple(replace(one, starts_seconds=one.starts_seconds + 600, ends_seconds=one.ends_seconds + 600) if one.cadre_id == cadre_id
                  else one for one in slots)
    moved = replace(source, calendar=replace(source.calendar, slots=later))
    _, second = ics(moved, first)
    assert {event.sequence.value for event in events_of(second).values()} == {"1"}
    assert set(events_of(second)) == set(events_of(first))
    own = [one for one in slots if one.cadre_id == cadre_id]
    fewer = replace(source, calendar=replace(source.calendar, slots=tuple(one for one in slots if one is not own[0])))
    entries = calendar_files.cadre_entries(fewer, calendar_files.entries_by_owner(fewer).get(("cadre", cadre_id), []))
    third = calendar_files.calendar_file(fewer, cadre_id, entries, first)
    gone = [event for event in events_of(third).values() if event.status.value == "CANCELLED"]
    assert gone
    assert {event.sequence.value for event in gone} == {"1"}
    assert calendar_files.calendar_file(fewer, cadre_id, entries, third) == third


# --- only what changed --------------------------------------------------------------------------------------------


def test_only_what_changed_is_made_again(tmp_path: Path) -> None:
    made: list[str] = []

    def put(shelf: Shelf, name: str, content: object) -> None:
        def make() -> bytes:
            made.append(name)
            return str(content).encode()

        shelf.put(name, content, make)

    for contents in ({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}):
        shelf = Shelf(tmp_path)
        for name, content in contents.items():
            put(shelf, name, content)
        shelf.close()
    assert made == ["a", "b", "b"]
    (tmp_path / "a").write_bytes(b"by hand")
    shelf = Shelf(tmp_path)
    put(shelf, "a", 1)
    assert made == ["a", "b", "b", "a"]
    (tmp_path / "papers.json").write_text("{", encoding="utf-8")
    put(Shelf(tmp_path), "a", 1)
    assert made[-1] == "a"
    assert len(made) == 5


def test_cards_are_for_new_pairings_only() -> None:
    source = source_of()
    past = source.problem.district.past_terms
    before = past[-1].pairings if past else frozenset()
    assert len(cards(source, everybody=True)) == len(source.plan.pairings)
    assert len(cards(source)) == len([one for one in source.plan.pairings if one not in before])
    assert len(cards_as_paper(source, cards(source, everybody=True)).blocks) == 1


# --- handovers ----------------------------------------------------------------------------------------------------


def test_forms_of_handover_are_those_of_the_list() -> None:
    source = source_of()
    given = (Handover("S02", "C01", "C02", HandoverReason.ROTATION, date(2027, 1, 1), sample.DAY),
             Handover("S03", None, "C02", HandoverReason.NEW_SITE, date(2027, 1, 1)),
             Handover("S04", "C02", "C01", HandoverReason.COVER, date(2027, 3, 1), None, date(2027, 4, 30)))
    text = text_of(papers_as_pdf([handover(source, given)]))
    assert "编号1" in text
    assert "编号2" not in text  # nobody held S03: nobody signs
    assert text.count("移交人签字") == 2
    for words in ("接手日期2027年1月1日", "当面交接2027年1月14日", "交接原因轮换", "交接原因临时代管", "2027年3月1日", "至2027年4月30日",
                  "无法当面交接"):
        assert words in text
    assert strangers(source, given) == []


def test_without_a_list_the_forms_follow_the_last_past_term() -> None:
    source = source_of()
    assert [(one.site_id, one.from_cadre_id, one.to_cadre_id) for one in from_history(source)] == [("S02", "C01", "C02")]
    assert handover(source) == handover(source, from_history(source))


def test_a_list_of_another_plan_is_found_out() -> None:
    source, first = source_of(), date(2027, 1, 1)
    wrong = (Handover("S02", "C02", "C01", HandoverReason.ROTATION, first), Handover("S99", "C02", "C01", HandoverReason.ROTATION, first),
             Handover("S04", "C02", "C99", HandoverReason.COVER, first))
    gone = Handover("S98", "C01", None, HandoverReason.CLOSED_SITE, first)
    assert strangers(source, (*wrong, gone)) == list(wrong)
