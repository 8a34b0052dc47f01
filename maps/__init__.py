"""Carries results out: maps, route sheets, tables. Knows the planner's artefacts; polygons come as arguments."""
