"""Where compiled loops are kept: what was compiled before a change is not used after it, whichever file changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_change_in_any_file_of_the_engines_leaves_the_loops_compiled_before(tmp_path: Path) -> None:
    """A loop that calls another file's loop was kept when that one changed, and proved a bound above the best plan."""
    engines = tmp_path / "planner" / "engines"
    shutil.copytree(ROOT / "planner" / "engines", engines, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "planner" / "__init__.py").touch()
    before = kept_in(tmp_path)
    assert before == kept_in(tmp_path)
    with (engines / "kernel.py").open("a", encoding="utf-8") as kernel:
        kernel.write("# changed\n")
    assert kept_in(tmp_path) != before


def kept_in(folder: Path) -> str:
    """The folder of compiled loops that a program started in ``folder`` chooses."""
    program = "import numba, planner.engines; print(numba.config.CACHE_DIR)"
    own = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    return subprocess.run([sys.executable, "-c", program], cwd=folder, env=own, check=True, capture_output=True, text=True).stdout
