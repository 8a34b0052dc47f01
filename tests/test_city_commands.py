"""The commands at the size of a city, forced on a small district."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import commands.stages
import geodata.city_travel
import planner.city_assignment
import planner.memory
import run_planner


def test_too_little_memory_is_said_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(planner.memory, "available_bytes", lambda: 1_000_000_000)
    assert run_planner.main(["demo", "--scale", "100", "--out", str(tmp_path / "out"), "--lang", "en"]) == 2
    said = capsys.readouterr().out
    assert "31000 cadres" in said
    assert "1.0 GB are free" in said
    assert "district by district" in said
    assert not (tmp_path / "out").exists()


def test_a_city_is_planned_by_parts_and_drawn_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(geodata.city_travel, "MOST_PLACES_IN_ONE_MATRIX", 10)
    monkeypatch.setattr(planner.city_assignment, "CITY_CADRES", 10)
    monkeypatch.setattr(commands.stages, "DRAWN_CADRES", 10)
    out = tmp_path / "out"
    assert run_planner.main(["demo", "--scale", "0.1", "--out", str(out), "--effort", "quick", "--lang", "en"]) == 0
    said = capsys.readouterr()
    assert "planned in areas" in said.err
    assert "left out" in said.err
    assert not (out / "maps").exists()
    assert not (out / ".search").exists()
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["valid"]
    (cost,) = (goal for goal in summary["goals"] if goal["id"] == "cost")
    assert 0 < cost["bound"] <= cost["value"]
    assert run_planner.main(["check", str(out / "district.xlsx"), str(out), "--lang", "en", "--quiet"]) == 0
