"""Engines: how good plans are found. The only folder that imports OR-Tools."""

import hashlib
from pathlib import Path
from typing import Any

import numba

# A compiled loop holds what it calls from other files, and numba looks at the one file alone when it asks whether a loop must be
# compiled anew: so what was compiled is kept apart for every state of all files.
_FOLDER = Path(__file__).resolve().parent
_STATE = hashlib.sha256(b"".join(one.read_bytes() for one in sorted(_FOLDER.glob("*.py")))).hexdigest()[:12]
_CONFIG: Any = numba.config
if not _CONFIG.CACHE_DIR:  # somebody's own choice stands
    _CONFIG.CACHE_DIR = str(_FOLDER / "__pycache__" / f"compiled-{_STATE}")
