from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from planner.artefacts import run_lock
from planner.artefacts.run_lock import LOCK_NAME, FolderInUseError, holding

ROOT = Path(__file__).parents[3]
HOLDER = ("import sys, time; from pathlib import Path; from planner.artefacts.run_lock import holding\n"
          "with holding(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)")


def test_two_runs_at_once(tmp_path: Path) -> None:
    """The second is told who holds the folder and since when; when the first is killed the folder is free at once."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(FolderInUseError) as error, holding(tmp_path):
            pass
        owner = error.value.owner
        assert (owner["process"], error.value.folder) == (first.pid, tmp_path)
        assert owner["since"][:2] == "20"
        first.kill()
    with holding(tmp_path) as is_locked:
        assert is_locked
        assert (tmp_path / LOCK_NAME).exists()
    assert list(tmp_path.iterdir()) == []


def test_no_two_of_many_hold_it_at_once(tmp_path: Path) -> None:
    """Threads that open, lock and remove the file over and over: never two inside."""
    inside, most, entered = [0], [0], [0]
    guard = threading.Lock()

    def work() -> None:
        for _ in range(100):
            try:
                with holding(tmp_path):
                    with guard:
                        inside[0] += 1
                        entered[0] += 1
                        most[0] = max(most[0], inside[0])
                    with guard:
                        inside[0] -= 1
            except FolderInUseError:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most[0] == 1
    assert entered[0] >= 4


@pytest.mark.skipif(os.name == "nt", reason="flock is not of Windows")
def test_a_drive_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(run_lock.fcntl, "flock", refuse)
    with holding(tmp_path) as is_locked:
        assert not is_locked


def test_a_holder_that_has_not_written_yet(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("{", encoding="utf-8")
    assert run_lock._read(tmp_path / LOCK_NAME) == {}
