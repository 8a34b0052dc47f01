from __future__ import annotations

import os
from pathlib import Path

import pytest

from planner.artefacts import files
from planner.artefacts.files import write_beside, write_whole


def text(content: str):
    def write(temporary: Path) -> None:
        temporary.write_text(content, encoding="utf-8")
    return write


def test_a_failure_leaves_the_old_file_and_nothing_besides(tmp_path: Path) -> None:
    """Row 44: a disk that is full, or a network drive that drops, while a file is being written."""
    (tmp_path / "a.txt").write_text("old", encoding="utf-8")

    def full(temporary: Path) -> None:
        temporary.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device", str(temporary))

    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a.txt", full)
    assert [(one.name, one.read_text(encoding="utf-8")) for one in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_file_that_is_open_elsewhere_is_written_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace a file that Excel or WPS has open."""
    (tmp_path / "plan.xlsx").write_text("old", encoding="utf-8")
    replace = Path.replace

    def refuse(source: Path, target: Path) -> Path:
        if target.name == "plan.xlsx":
            raise PermissionError(13, "used by another process", str(target))
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert write_beside(tmp_path / "plan.xlsx", text("new")) == tmp_path / "plan-2.xlsx"
    assert {one.name: one.read_text(encoding="utf-8") for one in tmp_path.iterdir()} == {"plan.xlsx": "old", "plan-2.xlsx": "new"}


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def refuse(path: Path, _: object) -> None:
        tried.append(path)
        raise PermissionError(13, "read-only", str(path))

    monkeypatch.setattr(files, "write_whole", refuse)
    with pytest.raises(PermissionError):
        write_beside(tmp_path / "plan.xlsx", text(""))
    assert len(tried) == 1
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - the names are all that is asked
