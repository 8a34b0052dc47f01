"""Artefacts: what is produced and signed. Plan -> VisitCalendar -> Routes, and a Verdict at any point."""
