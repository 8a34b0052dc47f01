"""Longitudes and latitudes as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.degrees import Coordinate
from geodata.faults import UnfitError


@pytest.mark.parametrize(("cell", "degrees"), [
    (121.5, 121.5), ("121.5", 121.5), ("121.5E", 121.5), ("E121.5", 121.5), ("东经121.5°", 121.5), ("西经 12.5°", -12.5),
    ("东经118度", 118.0), ("121°30′36″", 121.51), ("121°30'36\"", 121.51), ("121度30分36秒", 121.51), ("121 30 36", 121.51),
    ("121°30.6′", 121.51), ("31°15′", 31.25), ("-31°15′", -31.25), ("３１.25", 31.25), (40_645_685, 40_645_685.0),
    ("40,645,685.5", 40_645_685.5), ("3462000米", 3_462_000.0),
])
def test_every_usual_writing(cell: object, degrees: float) -> None:
    assert Coordinate().read(cell) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize("cell", ["东经一百二十一度半", "", "很近", "121°60′", "121°30′60″", "121°30.5′20″", True, float("nan"), "12,34"])
def test_what_is_no_coordinate(cell: object) -> None:
    with pytest.raises(UnfitError) as caught:
        Coordinate().read(cell)
    assert caught.value.code == "wrong-type"


@pytest.mark.parametrize("cell", [181, -200, 99_999_999_999])
def test_neither_degrees_nor_metres(cell: float) -> None:
    with pytest.raises(UnfitError) as caught:
        Coordinate().read(cell)
    assert caught.value.code == "out-of-range"


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59))
def test_degrees_minutes_seconds(degrees: int, minutes: int, seconds: int) -> None:
    assert Coordinate().read(f"{degrees}°{minutes}′{seconds}″") == pytest.approx(degrees + minutes / 60 + seconds / 3600)
