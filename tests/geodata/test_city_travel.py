"""Times of parts and of single pairs are those of the whole matrix, to the second."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geodata.city_travel
from geodata.city_travel import CityTravel, StraightCityTravel
from geodata.demo_district import build_demo
from geodata.travel_times import straight_line_matrix, travel_matrix
from planner.facts.district import Place
from planner.facts.problem import Problem
from planner.facts.travel import TravelMatrix
from tests.geodata.test_travel_times import grid
from tests.planner.sample import make_problem

City = CityTravel | StraightCityTravel


def places_on_the_grid(seed: int, count: int) -> dict[str, Place]:
    """Most within the grid of 8 x 9 nodes, one on the island."""
    random = np.random.default_rng(seed)
    places = {f"p{n}": Place(121.5 + 0.016 * random.random(), 31.3 + 0.014 * random.random()) for n in range(count)}
    return places | {"island": Place(121.6005, 31.4)}


def over_roads(places: dict[str, Place], seed: int) -> tuple[TravelMatrix, City]:
    streets = grid(8, 9, seed)
    return travel_matrix(places, streets), CityTravel(places, streets)


def straight(places: dict[str, Place], seed: int) -> tuple[TravelMatrix, City]:
    del seed
    return straight_line_matrix(places, 20, 140), StraightCityTravel(places, 20, 140)


@pytest.mark.parametrize("make", [over_roads, straight])
@given(seed=st.integers(0, 1000), count=st.integers(2, 12), share=st.floats(0.1, 1))
@settings(max_examples=25, deadline=None)
def test_a_part_is_a_part_of_the_matrix(make: Callable[..., tuple[TravelMatrix, City]], seed: int, count: int, share: float) -> None:
    """Also where the quickest way leads over far roads: streets are one-way and of random speeds."""
    places = places_on_the_grid(seed, 12)
    matrix, city = make(places, seed)
    chosen = [f"p{n}" for n in range(count) if n <= share * count]
    expected, found = matrix.part(chosen), city.part(chosen)
    assert found.place_ids == tuple(chosen)
    assert (found.travel_seconds == expected.travel_seconds).all()
    assert (found.snap_metres, found.mode, found.source) == (expected.snap_metres, expected.mode, expected.source)


@pytest.mark.parametrize("make", [over_roads, straight])
@given(seed=st.integers(0, 1000), most_seconds=st.integers(0, 900), origins=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_round_trips_are_those_of_the_matrix(make: Callable[..., tuple[TravelMatrix, City]], seed: int, most_seconds: int,
                                             origins: int) -> None:
    places = places_on_the_grid(seed, 12)
    matrix, city = make(places, seed)
    chosen = [f"p{3 * n}" for n in range(origins)]
    expected, found = matrix.round_trips(chosen, most_seconds), city.round_trips(chosen, most_seconds)
    assert found.places.tolist() == expected.places.tolist()
    assert (found.out == expected.out).all()
    assert (found.back == expected.back).all()


@pytest.mark.parametrize("make", [over_roads, straight])
@pytest.mark.parametrize("margin", [0.0, 400.0])
def test_single_pairs_near_and_far(make: Callable[..., tuple[TravelMatrix, City]], margin: float,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    """Also across the borders of the groups whose times are computed together, and to the island: None."""
    monkeypatch.setattr(geodata.city_travel, "GROUP_PLACES", 5)
    monkeypatch.setattr(geodata.city_travel, "GROUP_MARGIN_METRES", margin)
    places = places_on_the_grid(3, 20)
    matrix, city = make(places, 3)
    for origin in places:
        for destination in places:
            assert city.seconds(origin, destination) == matrix.seconds(origin, destination), (origin, destination)
            assert city.seconds(destination, origin) == matrix.seconds(destination, origin), (destination, origin)


def test_goes_to_another_process_and_is_told_apart_by_its_digest() -> None:
    places = places_on_the_grid(1, 4)
    _, city = over_roads(places, 1)
    again = pickle.loads(pickle.dumps(city))  # noqa: S301 - our own
    assert again.digest == city.digest
    assert again.seconds("p0", "p1") == city.seconds("p0", "p1")
    moved = places | {"p0": Place(121.5, 31.3)}
    assert over_roads(moved, 1)[1].digest != city.digest
    assert over_roads(places, 2)[1].digest != city.digest
    assert straight(places, 1)[1].digest != straight(moved, 1)[1].digest


def test_no_matrix_of_everything() -> None:
    """What needs all times at once says so instead of filling the memory."""
    problem = make_problem(1, "e0")
    city = StraightCityTravel(problem.district.places(), 20, 140)
    with pytest.raises(TypeError, match="part"):
        _ = Problem(problem.district, city, problem.policy, problem.term, {}).arrays.travel_seconds


def test_the_demonstration_s_roads_give_the_same_times() -> None:
    """Thousands of nodes with bridges and one-way streets: a plain search over all roads is the witness."""
    demo = build_demo(1, 0.2)
    places = demo.district.places()
    matrix, city = travel_matrix(places, demo.geography.streets), CityTravel(places, demo.geography.streets)
    assert np.array_equal(city.part(tuple(places)).travel_seconds, matrix.travel_seconds)
    offices = [one.id for one in demo.district.offices]
    expected, found = matrix.round_trips(offices, 900), city.round_trips(offices, 900)
    assert np.array_equal(found.places, expected.places)
    assert np.array_equal(found.out, expected.out)
    assert np.array_equal(found.back, expected.back)
