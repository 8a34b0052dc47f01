"""Telephone numbers of sites, kept apart from the district: only papers that may show them ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from geodata.tables import read_tables


def read_contacts(path: Path) -> Mapping[str, str]:
    """Return the 联系电话 of every site that gives one, by site id; raises InputError where the file cannot be opened."""
    readings = read_tables(path).readings
    found: dict[str, str] = {}
    for key in ("enterprises", "committees"):
        for record in readings[key].complete_records():
            phone = record.checked.get("phone")
            if phone:
                found[record.values["id"]] = str(phone)
    return found
