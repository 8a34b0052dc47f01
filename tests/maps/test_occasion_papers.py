"""Papers of occasions: household names, addresses and telephones are planted and looked for in every file of every level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from geodata.occasions import HouseholdContact
from maps.papers import calendar_files
from maps.papers.excel import papers_as_excel
from maps.papers.levels import Level
from maps.papers.occasion_papers import OccasionSource, occasion_entries, occasion_papers
from maps.papers.pdf import papers_as_pdf
from maps.papers.word import papers_as_word
from planner.artefacts.occasions import Call, LeftOut, Occasion, OccasionKind
from tests.maps.test_papers import LONG, MOBILE, overflowing, source_of, text_of, words_in

NAME, STREET, OTHER, CODE = "黄阿姨", "桂花弄七号", "13998765432", "H0001"
CONTACTS = {CODE: HouseholdContact(NAME, STREET, OTHER), "H0002": HouseholdContact(NAME + "二", STREET, OTHER)}
NINE = 9 * 3600
OCCASIONS = (
    (Occasion("new-year-2027", OccasionKind.NEW_YEAR, (Call(date(2027, 2, 6), "C02", "S02", NINE, NINE + 1200, (CODE,)),),
              (LeftOut("S02", 1, date(2027, 2, 6), households=("H0002",)),)), ""),
    (Occasion("round-1", OccasionKind.ROUND, (Call(date(2027, 3, 1), "C01", "S01", NINE, NINE + 1800),
                                              Call(date(2027, 3, 2), "C02", "S02", NINE, NINE + 1800)),
              (LeftOut("S03", 1, None, "C02"),)), "征询"),
    (Occasion("reception-1", OccasionKind.RECEPTION, (Call(date(2027, 1, 20), "C02", "S02", NINE, NINE + 7200),)), ""),
)


def everything(level: Level, folder: Path, names: tuple[str, ...] = ("", "", "", "")) -> dict[str, str]:
    """Words of every file of a level, as the command writes them."""
    base = source_of(level, names)
    contacts: Mapping[str, HouseholdContact] = CONTACTS if level is Level.PERSONAL else {}
    for occasion, name in OCCASIONS:
        for paper in occasion_papers(OccasionSource(base, occasion, name, contacts)):
            (folder / f"{paper.name}.pdf").write_bytes(papers_as_pdf([paper]))
            (folder / f"{paper.name}.docx").write_bytes(papers_as_word([paper]))
            (folder / f"{paper.name}.xlsx").write_bytes(papers_as_excel([paper]))
    if level is not Level.PUBLIC:
        for owner, entries in occasion_entries(base, OCCASIONS).items():
            (folder / f"{owner[1]}.ics").write_bytes(calendar_files.calendar_file(base, owner[1], entries))
    return {path.name: words_in(path) for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("level", Level)
def test_households_are_seen_by_their_cadre_only(level: Level, tmp_path: Path) -> None:
    texts = everything(level, tmp_path)
    assert len(texts) >= 9
    seen = {name for name, text in texts.items() if any(secret in text for secret in (NAME, STREET, OTHER))}
    assert seen == ({f"new-year-2027-C02.{end}" for end in ("pdf", "docx", "xlsx")} if level is Level.PERSONAL else set())
    assert not any(CODE in text for text in texts.values())
    assert any(MOBILE in text for text in texts.values()) == (level is Level.PERSONAL)


def test_households_cannot_be_given_to_another_level() -> None:
    for level in (Level.PUBLIC, Level.INTERNAL):
        with pytest.raises(ValueError, match="himself"):
            OccasionSource(source_of(level), OCCASIONS[0][0], "", CONTACTS)


def test_what_everybody_may_read_has_no_names_but_of_who_receives(tmp_path: Path) -> None:
    texts = everything(Level.PUBLIC, tmp_path)
    assert "乙" not in texts["new-year-2027.pdf"]
    assert "乙" not in texts["round-1.pdf"]
    assert "乙" in texts["reception-1.pdf"]
    assert "09:00–11:00" in texts["reception-1.pdf"]
    assert "户数" not in texts["new-year-2027.pdf"]


def test_offices_read_how_many_and_what_is_left_out(tmp_path: Path) -> None:
    texts = everything(Level.INTERNAL, tmp_path)
    assert "未能安排" in texts["new-year-2027.pdf"]
    assert "09:00–09:20" in texts["new-year-2027.pdf"]
    assert "未能安排" not in texts["reception-1.pdf"]


def test_the_cadre_reads_when_to_leave(tmp_path: Path) -> None:
    """The way takes ten minutes."""
    assert "最迟08:50出发" in everything(Level.PERSONAL, tmp_path)["new-year-2027-C02.pdf"]


@pytest.mark.parametrize("level", Level)
def test_long_names_stay_on_the_page(level: Level) -> None:
    base = source_of(level, (LONG, LONG, LONG, ""))
    for occasion, _ in OCCASIONS:
        for paper in occasion_papers(OccasionSource(base, occasion, LONG)):
            pdf = papers_as_pdf([paper])
            assert overflowing(pdf) == [], paper.name
            assert "示例区" in text_of(pdf)


def test_a_calendar_keeps_its_ids_when_a_reception_moves() -> None:
    base = source_of()
    (first,) = occasion_entries(base, OCCASIONS[2:])["cadre", "C02"]
    call = OCCASIONS[2][0].calls[0]
    moved = Occasion("reception-1", OccasionKind.RECEPTION, (Call(date(2027, 1, 21), *[call.cadre_id, call.site_id, NINE, NINE + 7200]),))
    (second,) = occasion_entries(base, [(moved, "")])["cadre", "C02"]
    assert first.uid == second.uid
    assert first.starts != second.starts


def test_english_papers_are_english() -> None:
    base = replace(source_of(Level.INTERNAL, names=("Site 1", "B", "Site 3", "Site 4")), language="en")
    (paper,) = occasion_papers(OccasionSource(base, OCCASIONS[1][0], "survey"))
    assert paper.title == "Round of consultation (survey)"
    assert [column.head for column in paper.blocks[1].columns][:3] == ["No.", "Day", "Time"]  # type: ignore[union-attr]
    entries = occasion_entries(base, OCCASIONS[:1])["place", "J1"]
    assert entries[0].summary == "New Year's Day visits: B (B)"
