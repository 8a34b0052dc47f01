"""Engines: how good plans are found. The only folder that imports OR-Tools."""
