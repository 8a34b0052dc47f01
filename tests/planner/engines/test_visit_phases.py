"""Months of visits, held against trying every combination."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.engines import visit_phases
from planner.engines.visit_phases import PATTERN_MONTHS, Holding, choose_phases, mask_of, uneven_minutes

MONTHS = 12


def lost(one: Holding, phases: tuple[int, ...]) -> int:
    return sum(month in one.lost for phase, every in zip(phases, one.every, strict=True) for month in range(phase, MONTHS, every))


def spread(holdings: list[Holding], chosen: tuple[tuple[int, ...], ...], places: int) -> int:
    counts = [[0] * PATTERN_MONTHS for _ in range(places)]
    for one, phases in zip(holdings, chosen, strict=True):
        for place, every, phase in zip(one.subdistricts, one.every, phases, strict=True):
            for month in range(phase, PATTERN_MONTHS, every):
                counts[place][month] += 1
    return sum(max(row) - min(row) for row in counts)


@st.composite
def holdings_of(draw: st.DrawFn) -> Holding:
    count = draw(st.integers(1, 3))
    numbers = [draw(st.integers(1, 3)) for _ in range(count)]
    return Holding(tuple(numbers), tuple(draw(st.sampled_from([30, 60, 90])) for _ in range(count)),
                   tuple(draw(st.integers(0, 1)) for _ in range(count)), frozenset(draw(st.sets(st.integers(0, MONTHS - 1), max_size=3))),
                   lambda mask: 100 * mask.bit_count() + 50)


@settings(max_examples=60, deadline=None)
@given(st.lists(holdings_of(), min_size=1, max_size=3))
def test_goals_in_order_are_the_best_there_are(holdings: list[Holding]) -> None:
    found = choose_phases(holdings, MONTHS, 2, seed=1)
    everything = [list(product(*(range(every) for every in one.every))) for one in holdings]
    keys = {
        chosen: (sum(lost(one, own) for one, own in zip(holdings, chosen, strict=True)),
                 sum(uneven_minutes(one, own) for one, own in zip(holdings, chosen, strict=True)),
                 spread(holdings, chosen, 2))
        for chosen in product(*everything)}
    # A cadre's months come before everybody's: the least sum is the sum of the least.
    assert keys[found.first_months] == min(keys.values())
    best = min(keys.values())
    assert (found.lost_bound, found.uneven_minutes_bound) == best[:2]
    assert found.uneven_visits_bound <= best[2]
    travel = sum(one.day_bound(mask_of(own, one.every, month)) for one, own in zip(holdings, found.first_months, strict=True)
                 for month in range(MONTHS) if month not in one.lost)
    assert found.travel_bound_seconds <= travel


def test_too_many_choices_are_taken_one_by_one_and_claim_nothing() -> None:
    one = Holding((3,) * 9, (60,) * 9, (0,) * 9, frozenset(), lambda _: 100)
    found = choose_phases([one], MONTHS, 1, seed=1)
    assert visit_phases.MOST_CHOICES < 3 ** 9
    assert sorted(found.first_months[0]) == [0] * 3 + [1] * 3 + [2] * 3
    assert (found.uneven_minutes_bound, found.travel_bound_seconds) == (0, 0)
