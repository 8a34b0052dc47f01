"""Writing and reading artefacts: to a temporary name first, renamed when whole; the same bytes every time."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

MOST_COPIES: Final = 100
"""How many files beside a locked one are tried."""


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then rename it; on failure the old file stays.

    The temporary name keeps the suffix, because some libraries choose their format by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_beside(path: Path, write: Callable[[Path], None]) -> Path:
    """Write as ``write_whole`` does; where ``path`` is locked, open in Excel or WPS say, write ``NAME-2`` and so on.

    Returns the path that was written. Raises PermissionError where none of ``MOST_COPIES`` names can be written.
    """
    for number in range(1, MOST_COPIES):
        target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            write_whole(target, write)
        except PermissionError:
            if not (target.exists() and os.access(path.parent, os.W_OK)):  # it is the folder that cannot be written
                raise
            continue
        return target
    raise PermissionError(errno.EACCES, "all copies are open elsewhere", str(path))


def json_text(data: Mapping[str, Any]) -> str:
    """JSON as every artefact is written: one space of indent, keys in the writer's order, hence stable."""
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def json_digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the file that ``write_json`` makes of ``data``."""
    return hashlib.sha256(json_text(data).encode()).hexdigest()


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write JSON in UTF-8 as ``json_text`` gives it."""
    write_whole(path, lambda temporary: _write_text(temporary, json_text(data)))


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises OSError, or ValueError when it is not one."""
    data = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(data, dict):
        raise ValueError(f"{path} holds {type(data).__name__}, not an object")  # noqa: TRY004
    return data


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
