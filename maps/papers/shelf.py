"""The folder of papers: a paper is made only where it changed since it was last written.

``papers.json`` keeps for every file the digest of its content (values, template, versions of the makers) and of its bytes; a
file that was changed or removed by hand is made anew, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from maps.papers.levels import Level
from maps.papers.pdf import TEMPLATES
from planner.artefacts.files import write_json, write_whole

RECORD: Final = "papers.json"
_MAKERS: Final = ("typst", "python-docx", "xlsxwriter", "segno")


def folder_of(out: Path, level: Level) -> Path:
    """Where the papers of a level lie: sheets/, and apart from them what is for everybody, and what is for one cadre only."""
    return out / "sheets" if level is Level.INTERNAL else out / "sheets" / str(level)


class Shelf:
    """Writes papers into ``folder``; ``made`` and ``kept`` list the files of this run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Path] = []
        self.kept: list[Path] = []
        self._base = hashlib.sha256("|".join(f"{one} {version(one)}" for one in _MAKERS).encode())
        for template in sorted(TEMPLATES.glob("*.typ")):
            self._base.update(template.read_bytes())
        self._record = _read(folder / RECORD)

    def put(self, name: str, content: Any, make: Callable[[], bytes]) -> Path:
        """Write a file of this content unless it lies there already; ``content`` is plain values and bytes."""
        path = self.folder / name
        digest = self._base.copy()
        digest.update(json.dumps(content, ensure_ascii=False, sort_keys=True, default=_bytes_digest).encode())
        known = self._record.get(name)
        if known is not None and known.get("content") == digest.hexdigest() and path.is_file() and (
                hashlib.sha256(path.read_bytes()).hexdigest() == known.get("file")):
            self.kept.append(path)
            return path
        data = make()

        def write(temporary: Path) -> None:
            temporary.write_bytes(data)

        write_whole(path, write)
        self._record[name] = {"content": digest.hexdigest(), "file": hashlib.sha256(data).hexdigest()}
        self.made.append(path)
        return path

    def close(self) -> None:
        """Write the record, so that the next run knows what lies here."""
        write_json(self.folder / RECORD, {"kind": "yixian-papers", "files": dict(sorted(self._record.items()))})


def _bytes_digest(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"{type(value).__name__} is no plain value")


def _read(path: Path) -> dict[str, dict[str, str]]:
    """The record of the last run; an unreadable one only means that all papers are made anew."""
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): dict(entry) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
