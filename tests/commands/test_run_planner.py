"""The program itself: help, faults of ours, interruptions, and what the user sees."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import commands.check
import run_planner
from commands import reporting
from planner.text import Text
from tests.commands.running import PROGRAM, Caller

HEAVY = ("geopandas", "folium", "ortools", "numba", "scipy", "networkx", "typst", "shapely", "pandas", "pyogrio", "numpy")


def test_help_ends_with_0_and_loads_nothing_heavy() -> None:
    code = f"""
import sys
import run_planner
for command in ([], ["demo"], ["plan"], ["check"], ["visits"], ["maps"], ["sheets"], ["occasions"]):
    assert run_planner.main([*command, "--help"]) == 0, command
assert run_planner.main(["--version"]) == 0
loaded = sorted(set({HEAVY!r}) & set(sys.modules))
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=PROGRAM.parent, capture_output=True,
                          check=False, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr.decode()
    assert "内置演示区" in done.stdout.decode()
    assert "the whole job" in done.stdout.decode().lower()


def test_a_fault_of_ours_is_shown_in_full(small_office: Path, capsys: pytest.CaptureFixture[str],
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(commands.check, "read_inputs", fails)
    assert run_planner.main(["check", str(small_office / "district.xlsx"), "--lang", "en"]) == 1
    said = capsys.readouterr().err
    assert "a fault of ours" in said
    assert "RuntimeError: a bug" in said


def test_an_interruption_outside_the_search_ends_with_130(small_office: Path, call: Caller,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.check, "read_inputs", interrupted)
    done = call("check", small_office / "district.xlsx")
    assert done.code == 130
    assert "已中断" in done.err


@pytest.mark.parametrize("asked_by", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_the_second_interruption_of_the_search_ends_the_program(asked_by: signal.Signals,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(asked_by)
    with reporting.Stop(reporting.Reporter("zh", quiet=False)).listening() as stop:
        assert not stop.asked
        signal.raise_signal(asked_by)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(asked_by)
    assert signal.getsignal(asked_by) is before
    assert "保留目前最好的方案" in capsys.readouterr().err


def test_a_time_limit_ends_the_search_once_it_has_passed(capsys: pytest.CaptureFixture[str]) -> None:
    patient, hasty = (reporting.Stop(reporting.Reporter("zh", quiet=False), limit) for limit in (3600.0, 1e-9))
    assert not patient.due()
    assert hasty.due()
    assert hasty.due()
    assert capsys.readouterr().err.count("时间到") == 1


def test_progress_on_a_terminal_moves_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    reporter = reporting.Reporter("zh", quiet=False)
    with reporter.stage("assignment", Text("安排结对", "assigning")):
        reporter.progress("50%")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.count("\r") == 3
    assert "安排结对 … 50%" in said
    assert set(reporter.seconds) == {"assignment"}


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = reporting.Reporter("en", quiet=True)
    with reporter.stage("assignment", Text("安排结对", "assigning")):
        reporter.progress("50%")
    assert capsys.readouterr().err == ""


def test_many_files_alike_are_told_by_their_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    settings = reporting.Settings("en", False, False)
    calendars = [Path("out/ics") / f"{number}.ics" for number in range(reporting.SHOWN_LINES + 1)]
    reporting.show_files([Path("out/a.pdf"), *calendars, Path("out/b.pdf")], settings)
    assert capsys.readouterr().out.splitlines() == [str(Path("out/a.pdf")), str(Path("out/b.pdf")), f"{Path('out/ics/*')}.ics (13 files)"]
