"""What all tests share: on a fresh clone the compiled loops are compiled once, before the workers start."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numba
import pytest

import planner.engines  # noqa: F401  (it chooses where compiled loops are kept)

_numba_config: Any = numba.config
ROOT = Path(__file__).parents[1]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Plan a small district where nothing has been compiled yet and several workers are about to start.

    Each worker, and each program a test starts, would otherwise compile the same loops at the same time.
    What fails here fails in the tests, too, which tell it better.
    """
    config = session.config
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None) or config.option.collectonly:
        return
    if any(Path(_numba_config.CACHE_DIR).rglob("*.nbc")):
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "run_planner.py", "demo", "--scale", "0.1", "--effort", "quick", "--out", folder, "--quiet"],
                       cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
