"""The travel times of a district as its policy asks for them: by which means, over which roads, and where there are none."""

from __future__ import annotations

from pathlib import Path

import networkx as nx

from geodata.city_travel import MOST_PLACES_IN_ONE_MATRIX, CityTravel, StraightCityTravel
from geodata.faults import Fault
from geodata.roads_places import place_notes
from geodata.streets import StraightLine, StreetNetwork
from geodata.travel_times import StreetRouter, straight_line_matrix, travel_over
from planner.facts.district import District
from planner.facts.policy import Policy
from planner.facts.travel import Travel


def gaps_of(policy: Policy) -> StraightLine:
    """How long ways take where there is no road, by the policy's means of travel."""
    return StraightLine.of_mode(policy.travel_mode, policy.straight_line_kmh, policy.straight_line_detour_percent)


def travel_of(district: District, streets: nx.MultiDiGraph | None, roads_file: str, policy: Policy,
              cache_folder: Path | None) -> tuple[Travel, tuple[Fault, ...]]:
    """Travel times by the policy's means over ``streets``, or in straight lines where they are None, with what to tell.

    ``roads_file`` names the roads in what is told. The times of a city stand in no matrix: they are computed part by
    part when they are asked for. Raises NoRoadError when no place can be joined to a road.
    """
    places, mode, gaps = district.places(), policy.travel_mode, gaps_of(policy)
    is_city = len(places) > MOST_PLACES_IN_ONE_MATRIX
    if streets is None:
        straight = StraightCityTravel if is_city else straight_line_matrix
        return straight(places, gaps.kmh, gaps.detour_percent, mode), ()
    network = StreetNetwork(streets, mode, gaps)
    notes = place_notes(network, places, roads_file)
    if is_city:
        return CityTravel(places, streets, mode, gaps), notes
    return travel_over(network, places, cache_folder), notes


def router_of(streets: nx.MultiDiGraph, policy: Policy) -> StreetRouter:
    """Ways for drawing, by the policy's means of travel."""
    return StreetRouter(streets, policy.travel_mode, gaps_of(policy))
