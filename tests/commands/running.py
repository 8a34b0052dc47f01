"""Running the program: in a process of its own or in this one, and what a run leaves behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import run_planner
from planner.artefacts.plan import Plan

PROGRAM = Path(run_planner.__file__)

HAN = re.compile(r"[\u3400-\u9fff]")

PAPERS = ("district.xlsx", "policy.toml", "geography.gpkg", "plan.json", "calendar.json", "routes.json", "summary.json", "handover.json",
          "plan.xlsx", "plan.gpkg", "maps/coverage.html", "maps/heat.html",
          "maps/changes.html", "maps/visit-days.html", "report.html", "pictures/coverage.pdf", "pictures/changes.pdf",
          "pictures/need-and-service.pdf", "pictures/liaison-day.pdf", "pictures/poster.pdf", "sheets/route-sheets-2027-01-14.pdf")


@dataclass(frozen=True)
class Done:
    """What a run left behind."""

    code: int
    out: str
    err: str
    folder: Path

    def json_of(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    @property
    def summary(self) -> Any:
        return self.json_of("summary.json")


def environment(cache: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "YIXIAN_CACHE": str(cache), "PYTHONUTF8": "1", **more}


def run(cache: Path, folder: Path, *arguments: str, hash_seed: int = 1) -> Done:
    """Run the program in a pipe, in its own process, from ``folder``."""
    done = subprocess.run([sys.executable, str(PROGRAM), *arguments], cwd=folder, capture_output=True, check=False,
                          env=environment(cache, PYTHONHASHSEED=str(hash_seed)))
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode(), folder)


@dataclass
class Caller:
    """Calls the program in this process."""

    capsys: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, *arguments: str | Path) -> Done:
        self.capsys.readouterr()
        code = run_planner.main([str(one) for one in arguments])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err, said.err
        return Done(code, said.out, said.err, self.folder)

    def json(self, *arguments: str | Path) -> tuple[int, Any]:
        done = self(*arguments, "--json", "--quiet")
        assert done.err == ""
        return done.code, json.loads(done.out)


def write_plan(path: Path, plan: Plan) -> Path:
    path.write_text(json.dumps(plan.to_json(), ensure_ascii=False), encoding="utf-8")
    return path


def rules_named(verdict: Any) -> list[str]:
    return sorted({one["rule"] for one in verdict["violations"]})


def text_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
