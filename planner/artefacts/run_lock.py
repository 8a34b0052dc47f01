"""One run at a time in an output folder: a lock that tells who holds it and since when, and that dies with its holder.

The lock is the operating system's, on the file ``.yixian.lock``, so that a run that is killed leaves none behind; what
stands in the file is only for people. Where a file system knows no locks (some network drives) nothing is locked, which
is told; files are written whole and renamed all the same.
"""

from __future__ import annotations

import errno
import getpass
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME: Final = ".yixian.lock"

_HELD: Final = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}
_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_LOCKED_BYTE: Final = 1 << 20
"""Windows keeps others from reading bytes that are locked: one far behind the text is."""


class FolderInUseError(Exception):
    """Another run works in the folder; ``owner`` has what it says of itself: ``user``, ``computer``, ``process``, ``since``."""

    def __init__(self, folder: Path, owner: dict[str, Any]) -> None:
        super().__init__(str(folder))
        self.folder = folder
        self.owner = owner


@contextmanager
def holding(folder: Path) -> Iterator[bool]:
    """Hold the folder, which is made where it is not there; yields whether it could be locked at all.

    Raises FolderInUseError where another run holds it, OSError where nothing can be written there. A folder that was
    made for it and stayed empty goes again.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LOCK_NAME
    descriptor, is_locked = _acquire(path)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(_own(), ensure_ascii=False).encode())
        yield is_locked
    finally:
        with suppress(FileNotFoundError, PermissionError):  # Windows removes no open file; the next run takes it over
            path.unlink()
        os.close(descriptor)
        if is_new:
            with suppress(OSError):  # something stands in it
                folder.rmdir()


def _acquire(path: Path) -> tuple[int, bool]:
    """Open and lock the file; anew where its former holder has removed it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            is_locked = _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _HELD:
                raise FolderInUseError(path.parent, _read(path)) from error
            raise
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor, is_locked
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock without waiting; False where the file system knows no locks, OSError where another process has it."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return False
        raise
    return True


def _own() -> dict[str, Any]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a process without a name
        user = ""
    since = datetime.now().astimezone().replace(microsecond=0).isoformat()
    return {"user": user, "computer": platform.node(), "process": os.getpid(), "since": since}


def _read(path: Path) -> dict[str, Any]:
    """What the holder says of itself; nothing where it has not written yet."""
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}
