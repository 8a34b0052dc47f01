"""Exit codes, and the names of the files of a run."""

from __future__ import annotations

EXIT_OURS, EXIT_INPUT, EXIT_NO_PLAN, EXIT_BREAKS_RULES, EXIT_INTERRUPTED = 1, 2, 3, 4, 130

WORKBOOK, GEOGRAPHY, POLICY, HOLIDAYS = "district.xlsx", "geography.gpkg", "policy.toml", "holidays.csv"
PLAN, CALENDAR, ROUTES, SUMMARY = "plan.json", "calendar.json", "routes.json", "summary.json"
TERMS, HANDOVER, CHANGES = "terms.json", "handover.json", "changes.json"
FAULTS = "faults.json"
OCCASIONS_ASKED, OCCASIONS = "occasions.xlsx", "occasions.json"
TABLES = {".xlsx", ".csv"}
"""Ends of the names of plans made by hand."""
