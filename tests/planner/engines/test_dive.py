"""Dives: columns are fixed whole, never two over one site, and an integral case is solved."""

from __future__ import annotations

import numpy as np
import pytest

from planner.engines.dive import SETTINGS, dive

Column = tuple[int, tuple[int, ...], float]


def dived(columns: list[Column], cadres: int, sites: int, setting: tuple[float, float], dual: float = 10.0) -> list[int]:
    """Holders that a dive finds among columns (cadre, sites, cost), sorted by cadre."""
    table = np.full((len(columns), 3), -1, dtype=np.int64)
    for number, (_, held, _) in enumerate(columns):
        table[number, :len(held)] = held
    cadre = np.array([who for who, _, _ in columns], dtype=np.int64)
    start = np.searchsorted(cadre, np.arange(cadres + 1)).astype(np.int64)
    found = dive(np.full(sites, dual), cadre, table, np.array([cost for _, _, cost in columns]), start, *setting)
    return [int(holder) for holder in found]


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_cheapest_cover_of_an_integral_case(setting: tuple[float, float]) -> None:
    """Two cadres, four sites: {0, 1} and {2, 3} cost 20 together, every other cover at least 40."""
    columns = [(0, (0, 1), 10.0), (0, (2, 3), 30.0), (0, (0, 2), 30.0), (1, (0, 1), 30.0), (1, (1, 3), 30.0), (1, (2, 3), 10.0)]
    assert dived(columns, 2, 4, setting) == [0, 0, 1, 1]


@pytest.mark.parametrize("seed", range(10))
def test_every_cadre_gets_one_known_caseload_or_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns: list[Column] = [(who, tuple(sorted(int(one) for one in rng.choice(12, int(rng.integers(1, 4)), replace=False))),
                              float(rng.integers(10, 50))) for who in range(5) for _ in range(8)]
    holders = dived(columns, 5, 12, SETTINGS[seed % len(SETTINGS)])
    known = {(who, held) for who, held, _ in columns}
    held = {who: tuple(site for site in range(12) if holders[site] == who) for who in range(5)}
    assert all((who, sites) in known for who, sites in held.items() if sites)
    # nothing that still fits is left out
    assert not [one for one in columns if not held[one[0]] and all(holders[site] < 0 for site in one[1])]


def test_a_site_that_nobody_covers_stays_open() -> None:
    assert dived([(0, (0,), 1.0), (1, (1,), 1.0)], 2, 3, SETTINGS[0]) == [0, 1, -1]
