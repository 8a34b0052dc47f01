"""How much memory planning takes, estimated beforehand, and how much the machine has.

A district or city of c cadres and s sites, planned with w worker processes in areas of a cadres and t = a s / c sites:

    facts and roads     35 kB (c + s)            people, sites, history, and a road graph as dense as the demonstration's
    columns             30 kB c                  caseloads known of every cadre, twice while they are merged
    a worker            300 MB + 2 kB (c + s)    the program and its compiled loops; facts and roads as arrays
                        + 160 B a 2 t            tables of an area and of as many sites around it
    the program itself  300 MB

A district that fits in one area is planned without workers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROGRAM_BYTES: Final = 300_000_000
FACTS_BYTES: Final = 35_000
COLUMNS_BYTES: Final = 30_000
WORKER_FACTS_BYTES: Final = 2_000
TABLE_CELL_BYTES: Final = 160
AREA_CADRES: Final = 350


def planning_bytes(cadres: int, sites: int, workers: int) -> int:
    """Bytes that planning takes in all processes together, by the formula above."""
    area = min(cadres, AREA_CADRES)
    around = 2 * area * sites // max(1, cadres)
    tables = TABLE_CELL_BYTES * area * around
    facts = PROGRAM_BYTES + FACTS_BYTES * (cadres + sites) + COLUMNS_BYTES * cadres
    if cadres <= AREA_CADRES:
        return facts + tables
    return facts + workers * (PROGRAM_BYTES + WORKER_FACTS_BYTES * (cadres + sites) + tables)


def available_bytes() -> int | None:
    """Memory that the machine can give without swapping, or None where it does not say (``/proc/meminfo``)."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if len(line.split()) > 1}
    return kilobytes["MemAvailable"] * 1024 if "MemAvailable" in kilobytes else None
