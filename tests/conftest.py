"""What all tests share: in which order files run, and that a fresh clone compiles its loops once, beside tests that need none."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numba
import pytest

import planner.engines  # noqa: F401  (it chooses where compiled loops are kept)

_numba_config: Any = numba.config
TESTS = Path(__file__).parent
WITHOUT_SEARCH = ("geodata", "maps", "malformed", "test_architecture.py", "test_documentation.py", "test_fault_codes.py")
"""Folders and files that never search: they run first, while the loops are compiled."""

LONG = ("commands/test_stages.py", "commands/test_whole_district.py", "test_terms_commands.py", "planner/test_city_assignment.py",
        "test_city_commands.py", "test_leaks.py", "planner/engines/test_core.py")
"""The files that take longest, first: a worker runs a file alone, and none shall begin one when the others are about to end."""

_compiling = pytest.StashKey[tuple[Path, threading.Thread]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Plan a small district where nothing has been compiled yet and several workers are about to start.

    Each worker, and each program a test starts, would otherwise compile the same loops at the same time. As long as it is planned, a
    folder is there. What fails here fails in the tests, too, which tell it better.
    """
    config = session.config
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None) or config.option.collectonly:
        return
    if any(Path(_numba_config.CACHE_DIR).rglob("*.nbc")):
        return
    folder = Path(tempfile.mkdtemp())
    thread = threading.Thread(target=_compile, args=(folder,))
    config.stash[_compiling] = folder, thread
    thread.start()


def _compile(folder: Path) -> None:
    try:
        program = [sys.executable, "run_planner.py", "demo", "--scale", "0.1", "--effort", "quick", "--out", str(folder / "out"), "--quiet"]
        subprocess.run(program, cwd=TESTS.parent, check=False, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of the folder that is there as long as the loops are compiled."""
    if _compiling in node.config.stash:
        node.workerinput["compiling"] = str(node.config.stash[_compiling][0])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End when what was compiled is whole."""
    if _compiling in session.config.stash:
        session.config.stash[_compiling][1].join()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files without search first, then the long ones, then all others; each in the order it has."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    path = item.path.relative_to(TESTS)
    if path.parts[0] in WITHOUT_SEARCH:
        return -1
    return LONG.index(path.as_posix()) if path.as_posix() in LONG else len(LONG)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Wait for the loops before the first test that may search."""
    folder = getattr(item.config, "workerinput", {}).get("compiling")
    if folder and _turn(item) >= 0:
        while Path(folder).exists():
            time.sleep(0.1)
