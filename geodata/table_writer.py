"""Writes the district's workbook as a user would have filled it: Chinese headers, drop-down lists, text as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from geodata import columns
from geodata.cells import Choice, TimeOfDay
from geodata.columns import Column, Sheet
from geodata.words import written
from planner.artefacts.files import write_whole
from planner.facts.district import District, Office, Place, Site, SiteKind
from planner.text import clock

COORDINATE_DECIMALS: Final = 6
"""About a tenth of a metre."""

_CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Written into every workbook, so that the same district gives the same bytes."""

_ROWS_WITH_LISTS: Final = 2000
_A4: Final = 9
_FONT: Final = {"font_name": "等线", "font_size": 11}


def write_workbook(path: Path, district: District, notes: Iterable[str] = ()) -> None:
    """Write the workbook of ``district``; ``notes`` are lines for the sheet 说明.

    Reading it back gives an equal district where coordinates have at most 6 decimals, estimated places lie at their
    sub-district's centre, enterprises come before committees, and past terms are in the order of their years.
    """
    write_whole(path, lambda temporary: _write(temporary, district, tuple(notes)))


def write_sheets(path: Path, title: str, sheets: Sequence[tuple[Sheet, Sequence[Mapping[str, Any]]]]) -> None:
    """Write some sheets with their rows (typed values by column key; what a row lacks stays blank) as a workbook of their own."""
    def write(temporary: Path) -> None:
        workbook = xlsxwriter.Workbook(str(temporary))
        workbook.set_properties({"created": _CREATED, "title": title})
        formats = _Formats(workbook)
        for sheet, rows in sheets:
            blank = dict.fromkeys(column.key for column in sheet.columns)
            _write_sheet(workbook.add_worksheet(sheet.name), sheet, [blank | row for row in rows], formats)
        workbook.close()

    write_whole(path, write)


def district_rows(district: District) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every sheet by sheet key, each a mapping of column key to typed value."""
    of_cadres = {cadre.constituency_id for cadre in district.cadres}
    of_sites = {site.constituency_id for site in district.sites}
    return {
        "subdistricts": [{"id": one.id, "name": one.name, "lon": one.centre.lon, "lat": one.centre.lat}
                         for one in district.subdistricts],
        "offices": [_office_row(office) for office in district.offices],
        "cadres": [{key: getattr(cadre, key) for key in _keys(columns.CADRES)} for cadre in district.cadres],
        "enterprises": [_site_row(site) for site in district.sites if site.kind is SiteKind.ENTERPRISE],
        "committees": [_site_row(site) for site in district.sites if site.kind is SiteKind.COMMITTEE],
        "constituencies": [{"id": one, "name": one} for one in sorted(filter(None, of_cadres | of_sites))],
        "past": [{"term_id": term.id, "cadre_id": one.cadre_id, "site_id": one.site_id}
                 for term in district.past_terms for one in sorted(term.pairings)],
        "recusals": [{"cadre_id": one.cadre_id, "site_id": one.site_id} for one in sorted(district.recusals)],
        "pins": [{"cadre_id": one.cadre_id, "site_id": one.site_id} for one in sorted(district.pins)],
        "stay_requests": sorted(({"cadre_id": one.cadre_id, "site_id": one.site_id}
                                 for one in district.stay_requests), key=lambda row: tuple(row.values())),
        "absences": [{"cadre_id": one.cadre_id, "first_day": one.first_day, "last_day": one.last_day}
                     for one in district.absences],
        "conferences": [{"name": one.name, "day": one.day, "office_id": one.office_id, "starts_seconds": one.starts_seconds,
                         "ends_seconds": one.ends_seconds} for one in district.conferences],
    }


def _keys(sheet: Sheet) -> list[str]:
    return [column.key for column in sheet.kept_columns]


def _degrees(place: Place) -> dict[str, float | None]:
    return {"lon": None, "lat": None} if place.estimated else {"lon": place.lon, "lat": place.lat}


def _office_row(office: Office) -> dict[str, Any]:
    return {"id": office.id, "name": office.name, "kind": office.kind, "subdistrict_id": office.subdistrict_id,
            "industries": office.industries, "cars": office.cars, **_degrees(office.place)}


def _site_row(site: Site) -> dict[str, Any]:
    return {
        "id": site.id, "name": site.name, "subdistrict_id": site.subdistrict_id, **_degrees(site.place),
        "address": site.address, "workload_minutes": site.workload_minutes, "stay_minutes": site.stay_seconds / 60,
        "opens_seconds": site.visiting_hours.opens_seconds, "closes_seconds": site.visiting_hours.closes_seconds,
        "visit_every_months": site.visit_every_months, "open_problems": site.open_problems, "is_key": site.is_key,
        "industry": site.industry, "constituency_id": site.constituency_id, "residents": site.residents,
    }


class _Formats:
    """The few looks of the workbook's cells."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        border = {"border": 1, "border_color": "#BFBFBF"}
        self.header: Format = workbook.add_format(
            {**_FONT, **border, "bold": True, "bg_color": "#DDE8F0", "text_wrap": True, "valign": "vcenter"})
        self.text: Format = workbook.add_format({**_FONT, **border, "num_format": "@"})
        self.number: Format = workbook.add_format({**_FONT, **border, "num_format": "General"})
        self.degrees: Format = workbook.add_format({**_FONT, **border, "num_format": "0.000000"})
        self.day: Format = workbook.add_format({**_FONT, **border, "num_format": "yyyy-mm-dd"})


def _write(path: Path, district: District, notes: tuple[str, ...]) -> None:
    workbook = xlsxwriter.Workbook(str(path))
    workbook.set_properties({"created": _CREATED, "title": district.name})
    formats = _Formats(workbook)
    about = workbook.add_worksheet(columns.ABOUT_SHEET)
    about.set_column(0, 0, 12)
    about.set_column(1, 1, 90)
    for row, (key, value) in enumerate([("区名", district.name), *(("备注", note) for note in notes)]):
        about.write_string(row, 0, key, formats.header)
        about.write_string(row, 1, value, formats.text)
    rows_by_sheet = district_rows(district)
    for sheet in columns.SHEETS:
        if sheet.key in rows_by_sheet:
            _write_sheet(workbook.add_worksheet(sheet.name), sheet, rows_by_sheet[sheet.key], formats)
    workbook.close()


def _write_sheet(worksheet: Worksheet, sheet: Sheet, rows: list[dict[str, Any]], formats: _Formats) -> None:
    last_row, last_column = max(1, len(rows)), len(sheet.kept_columns) - 1
    for index, column in enumerate(sheet.kept_columns):
        worksheet.set_column(index, index, column.width)
        worksheet.write_string(0, index, column.header, formats.header)
        if column.choices:
            worksheet.data_validation(1, index, max(_ROWS_WITH_LISTS, len(rows)), index, {
                "validate": "list", "source": list(column.choices), "error_title": "请从列表中选择",
                "error_message": "可选：" + "、".join(column.choices)})
    for number, row in enumerate(rows, start=1):
        for index, column in enumerate(sheet.kept_columns):
            _write_cell(worksheet, (number, index), column, row[column.key], formats)
    worksheet.freeze_panes(1, min(2, last_column))
    worksheet.autofilter(0, 0, last_row, last_column)
    worksheet.print_area(0, 0, last_row, last_column)
    worksheet.repeat_rows(0)
    worksheet.set_landscape()
    worksheet.set_paper(_A4)
    worksheet.fit_to_pages(1, 0)
    worksheet.set_footer("&C&P / &N")


def _write_cell(worksheet: Worksheet, cell: tuple[int, int], column: Column, value: Any, formats: _Formats) -> None:
    """Write one typed value; whatever a user typed goes in as text, so that no cell is ever a formula."""
    if value is None or value == "":
        worksheet.write_blank(*cell, None, formats.text)
    elif isinstance(value, date):
        worksheet.write_datetime(*cell, value, formats.day)
    elif column.key in {"lon", "lat"}:
        worksheet.write_number(*cell, round(value, COORDINATE_DECIMALS), formats.degrees)
    elif text := _as_words(column, value):
        worksheet.write_string(*cell, text, formats.text)
    elif isinstance(value, int | float):
        worksheet.write_number(*cell, value, formats.number)


def _as_words(column: Column, value: Any) -> str:
    """Return the text of a value that is written as text, else nothing."""
    if isinstance(column.kind, Choice):
        return written(column.kind.words, value)
    if isinstance(column.kind, TimeOfDay):
        return clock(value) + (f":{value % 60:02d}" if value % 60 else "")
    if isinstance(value, tuple):
        return "、".join(value)
    return value if isinstance(value, str) else ""
