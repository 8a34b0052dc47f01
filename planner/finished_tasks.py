"""Finished tasks of a long search, kept in a folder: a search that was killed goes on from them to the same plan.

A result stands under a digest of what it was computed from: the program's text, the problem, the function and its
arguments. So a changed input, policy or program never meets an old result. Reading one runs no code of the file's
choosing: arrays and the few classes of results are all that it may name.
"""

from __future__ import annotations

import enum
import hashlib
import io
import pickle
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

import planner
from planner.artefacts.files import write_whole
from planner.facts.problem import Problem

READABLE: Final = frozenset({
    *(("planner.area_search", name) for name in ("AreaBegun", "AreaFound", "GroupChosen")),
    ("planner.area_parts", "Columns"),
    ("planner.area_pricing", "AreaPriced"),
    ("planner.engines.annealing", "Found"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "scalar"),
    ("numpy._core.numeric", "_frombuffer"),
})
"""Modules and names that a stored result may refer to."""


class FinishedTasks:
    """Results of tasks of one problem in a folder, which is made when it is first needed."""

    def __init__(self, folder: Path, problem: Problem) -> None:
        self._folder = folder
        self._subject = digest_of((_program(), problem.district, problem.travel.digest, problem.policy, problem.term))

    def find(self, name: str, arguments: tuple[Any, ...]) -> Any | None:
        """The stored result of a task, or None; a file that cannot be read counts as none, and its task is done anew."""
        stored = _read(self._path(name, arguments))
        return None if stored is None else stored[1]

    def keep(self, name: str, arguments: tuple[Any, ...], result: object, cpu_seconds: float) -> None:
        """Store a result and what it took; raises OSError when the disk is full."""
        write_whole(self._path(name, arguments), lambda path: _write(path, (cpu_seconds, result)))

    def _path(self, name: str, arguments: tuple[Any, ...]) -> Path:
        return self._folder / f"{name}-{digest_of((self._subject, name, arguments))[:32]}.task"


def spent_seconds(folder: Path) -> float:
    """CPU seconds that all tasks stored in a folder took, of whichever problem."""
    stored = [_read(path) for path in sorted(folder.glob("*.task"))]
    return float(sum(one[0] for one in stored if one is not None))


def _read(path: Path) -> tuple[float, Any] | None:
    try:
        stored: tuple[float, Any] = _Reader(io.BytesIO(path.read_bytes())).load()
    except (OSError, pickle.UnpicklingError, EOFError):
        return None
    return stored


class _Reader(pickle.Unpickler):
    """Reads what ``keep`` wrote, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in READABLE:
            raise pickle.UnpicklingError(f"a result of a task may not hold {module}.{name}")
        return super().find_class(module, name)


def digest_of(value: object) -> str:
    """SHA-256 of a value made of dataclasses, mappings, sequences, sets, arrays and plain values: the same on every machine.

    Raises TypeError for anything else.
    """
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: Any, value: object) -> None:
    parts: list[object] = []
    if isinstance(value, np.ndarray):
        head = f"array {value.dtype.str} {value.shape}"
    elif isinstance(value, enum.Enum):
        head = f"enum {type(value).__name__} {value.name}"
    elif is_dataclass(value):
        head, parts = type(value).__name__, [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, Mapping):
        head, parts = f"mapping {len(value)}", [part for key in sorted(value) for part in (key, value[key])]
    elif isinstance(value, (tuple, list)):
        head, parts = f"sequence {len(value)}", list(value)
    elif isinstance(value, (set, frozenset)):
        head, parts = f"set {len(value)}", [*sorted(digest_of(one) for one in value)]
    elif value is None or isinstance(value, (str, int, float, date, time, np.generic)):
        head = f"{type(value).__name__} {value!r}"
    else:
        raise TypeError(f"no digest of {type(value).__name__}")
    digest.update(head.encode() + b"\n")
    if isinstance(value, np.ndarray):
        digest.update(np.ascontiguousarray(value).tobytes())
    for part in parts:
        _feed(digest, part)


@cache
def _program() -> str:
    """Digest of the planner's own text."""
    root = Path(planner.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _write(path: Path, result: object) -> None:
    path.write_bytes(pickle.dumps(result, protocol=5))
