"""Where rows stand in the workbook, so that a sentence about a pin or a recusal can name its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geodata.sheets import Record
from geodata.tables import read_tables

_SHEETS = {"pins": "pin", "recusals": "recusal", "past": "past", "enterprises": "site", "committees": "site"}


def row_places(path: Path) -> dict[tuple[str, ...], str]:
    """Sheet and row by kind ("site", "pin", "recusal", "past") and ids: cadre, site and, for the past, term. Raises InputError."""
    found: dict[tuple[str, ...], str] = {}
    for key, reading in read_tables(path).readings.items():
        if key in _SHEETS:
            for record in reading.complete_records():
                for ids in _ids(_SHEETS[key], record):
                    found.setdefault((_SHEETS[key], *ids), f"{reading.place.sheet}!{record.row}")
    return found


def _ids(kind: str, record: Record) -> Iterator[tuple[str, ...]]:
    values: dict[str, Any] = record.values
    if kind == "site":
        yield (str(values["id"]),)
        return
    sites = values["site_id"] if isinstance(values["site_id"], (list, tuple)) else (values["site_id"],)
    for site in sites:
        yield (str(values["cadre_id"]), str(site), *((str(values["term_id"]),) if kind == "past" else ()))
