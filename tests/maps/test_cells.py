"""Areas: every site in exactly one, of the promised size, inside its sub-district."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from maps import style
from maps.base_map import BaseMap
from maps.cells import Ground, committee_cells, hexagons, subdistrict_cells
from planner.facts.district import Place
from tests.maps.conftest import Example, example

EXAMPLE = example()


def test_hexagons_are_of_the_promised_size(example: Example) -> None:
    for cell in hexagons(example.problem.district):
        assert cell.square_km == pytest.approx(math.sqrt(3) / 2 * 0.5**2)          # 500 m across the flats
        metres = Ground(example.problem.district).metres(cell.shape)
        assert metres.area / 1e6 == pytest.approx(cell.square_km, rel=1e-6)
        west, _, east, _ = metres.bounds
        assert east - west == pytest.approx(500)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.floats(121.4, 121.6), st.floats(31.2, 31.4)), min_size=5, max_size=5))
def test_every_site_lies_in_exactly_one_hexagon(places: list[tuple[float, float]]) -> None:
    sites = tuple(replace(site, place=Place(*place)) for site, place in zip(EXAMPLE.problem.district.sites, places, strict=True))
    district = replace(EXAMPLE.problem.district, sites=sites)
    cells = hexagons(district)
    assert sorted(index for cell in cells for index in cell.sites) == [0, 1, 2, 3, 4]
    for cell in cells:
        for index in cell.sites:
            assert cell.shape.distance(shapely.Point(sites[index].place.lon, sites[index].place.lat)) < 1e-9


def test_subdistricts_hold_the_sites_listed_under_them(example: Example) -> None:
    west, east = subdistrict_cells(example.problem.district, example.base_map)
    assert (west.name, west.sites, east.name, east.sites) == ("西街道", (0, 2), "东街道", (1, 3, 4))
    # 0.04 degrees of latitude by 0.04 of longitude at 31.27 north
    assert west.square_km == pytest.approx(4.4528 * 4.4528 * math.cos(math.radians(31.27)), rel=1e-3)


def test_committee_areas_share_out_their_subdistrict(example: Example) -> None:
    district, east_area = example.problem.district, example.base_map.subdistricts[1].geometry
    more = tuple(replace(site, kind=district.sites[3].kind) for site in district.sites[3:])          # S4 and S5
    made = committee_cells(replace(district, sites=(*district.sites[:3], *more)), example.base_map)
    assert [(cell.name, cell.sites) for cell in made] == [("居委会丙", (0, 2)), ("居委会丁", (3,)), ("企业戊", (1, 4))]
    both = shapely.union_all([cell.shape for cell in made[1:]])
    assert both.symmetric_difference(east_area).area < 1e-6 * east_area.area
    assert made[1].shape.intersection(made[2].shape).area < 1e-9


def test_without_boundaries_there_are_hexagons_only(example: Example) -> None:
    assert subdistrict_cells(example.problem.district, BaseMap()) == ()
    assert committee_cells(example.problem.district, BaseMap()) == ()
    assert len(hexagons(example.problem.district)) > 0


def test_class_limits_are_one_two_five_steps_around_the_average() -> None:
    assert style.density_limits(21.3) == (5, 10, 20, 50, 100)
    assert style.density_limits(0.9) == (0.2, 0.5, 1, 2, 5)
    assert [style.class_of(value, (5, 10, 20)) for value in (0, 4.9, 5, 19, 20, 99)] == [0, 0, 1, 2, 3, 3]
