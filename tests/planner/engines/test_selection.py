"""The best choice among listed caseloads against every choice, where the linear relaxation is whole and where it is not."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from planner.engines import selection
from planner.engines.compiled import CompiledProblem
from planner.engines.listing import Columns
from planner.engines.selection import impossible, select
from tests.planner.sample import make_problem

SETS = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
COMPILED = CompiledProblem.of(make_problem(3, "e0 e1 e2"))
ASKED = ((None, None), (None, 1), (25.0, None), (25.0, 0))
"""Price of an open site, most changes."""


def columns_of(caseloads: list[tuple[int, tuple[int, ...], int, int]]) -> Columns:
    """Columns of (cadre, sites, price, changes)."""
    sites = np.full((len(caseloads), 3), -1, dtype=np.int64)
    for number, (_, held, _, _) in enumerate(caseloads):
        sites[number, :len(held)] = held
    cadre, price, changes = (np.array([one[part] for one in caseloads], dtype=np.int64) for part in (0, 2, 3))
    return Columns(cadre, sites, price, changes, np.zeros_like(price))


def least_of_all(columns: Columns, open_price: float | None, most_changes: int | None) -> float | None:
    """The least price by trying every choice of three columns."""
    best = None
    for chosen in product(*(np.flatnonzero(columns.cadre == cadre) for cadre in range(3))):
        held = columns.sites[list(chosen)]
        held = held[held >= 0]
        open_sites = 3 - len(set(held.tolist()))
        if len(held) > len(set(held.tolist())) or (open_price is None and open_sites):
            continue
        if most_changes is not None and columns.changes[list(chosen)].sum() > most_changes:
            continue
        price = float(columns.price[list(chosen)].sum()) + (open_price or 0.0) * open_sites
        best = price if best is None else min(best, price)
    return best


@pytest.mark.parametrize("first_columns", [2, 5, 2_000])
def test_a_relaxation_of_halves_costs_nothing_and_the_choice_ten(first_columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of each of three pairs covers three sites for nothing; whole numbers need a single one for 10."""
    monkeypatch.setattr(selection, "FIRST_COLUMNS", first_columns)
    columns = columns_of([(cadre, held, 10 if len(held) == 1 else 0, 0) for cadre in range(3)
                          for held in ((), (cadre,), tuple(sorted((cadre, (cadre + 1) % 3))))])
    found = select(COMPILED, columns, columns.price.astype(np.float64), None)
    assert found is not None
    assert (found.price, found.open_sites, found.proved) == (10, 0, True)


@pytest.mark.parametrize("first_columns", [2, 2_000])
@pytest.mark.parametrize("seed", range(6))
def test_no_choice_is_cheaper(seed: int, first_columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few columns the integer program begins with; None only where no choice keeps to what is asked."""
    monkeypatch.setattr(selection, "FIRST_COLUMNS", first_columns)
    random = np.random.default_rng(seed)
    columns = columns_of([(cadre, held, int(random.integers(1, 8) * (8 - 3 * len(held))), int(random.integers(2)))
                          for cadre in range(3) for held in SETS if random.random() < 0.7 or not held])
    for open_price, most_changes in ASKED:
        least = least_of_all(columns, open_price, most_changes)
        found = select(COMPILED, columns, columns.price.astype(np.float64), open_price, most_changes=most_changes)
        assert (None if found is None else found.objective) == least
        assert found is None or found.proved
        if open_price is None:
            assert impossible(COMPILED, columns, 3 if most_changes is None else most_changes) == (least is None)
