from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import networkx as nx
import numpy as np
import pytest
import shapely

from geodata.demo_agreements import _second_thursday
from geodata.demo_district import Demo, _apportioned, _neighbours, build_demo
from geodata.demo_geography import SUBDISTRICTS, district_shape, tiles
from geodata.geography import write_geography
from geodata.streets import StreetNetwork
from geodata.travel_times import StreetRouter, travel_matrix
from planner.facts.district import Pairing, Rank, SiteKind, UnitKind
from planner.facts.travel import TravelMatrix

TRAVEL_LIMIT_SECONDS = 30 * 60


@pytest.fixture(scope="module")
def demo() -> Demo:
    return build_demo(seed=1)


@pytest.fixture(scope="module")
def travel(demo) -> TravelMatrix:
    return travel_matrix(demo.district.places(), demo.geography.streets)


def sites_of(demo: Demo, kind: SiteKind):
    return [site for site in demo.district.sites if site.kind is kind]


def test_counts_at_full_scale(demo):
    district = demo.district
    assert len(district.subdistricts) == 12
    assert len(sites_of(demo, SiteKind.ENTERPRISE)) == 490
    assert Counter(cadre.rank for cadre in district.cadres) == {
        Rank.DISTRICT_LEADER: 35, Rank.DIVISION: 110, Rank.DEPUTY_DIVISION: 165}
    assert Counter(office.kind for office in district.offices) == {
        UnitKind.DISTRICT: 1, UnitKind.DEPARTMENT: 45, UnitKind.SUBDISTRICT: 12}
    committees = Counter(site.subdistrict_id for site in sites_of(demo, SiteKind.COMMITTEE))
    assert committees == {facts.code: facts.committees for facts in SUBDISTRICTS}
    assert committees.total() == 301
    assert sum(site.is_key for site in district.sites) == 98
    assert sum(site.place.estimated for site in district.sites) == 5
    assert (len(district.recusals), len(district.pins), len(district.stay_requests), len(district.absences)) == (
        1_500, 15, 12, 12)
    assert (demo.term.id, demo.term.first_month, demo.term.months, demo.term.special_days) == (
        "2027-2028", date(2027, 1, 1), 24, ())


def test_ids_are_unique_and_every_reference_is_known(demo):
    district = demo.district
    for group in (district.subdistricts, district.offices, district.cadres, district.sites):
        assert len({one.id for one in group}) == len(group)
        assert len({one.name for one in group}) == len(group)
    subdistricts = set(district.subdistrict_by_id)
    assert {one.subdistrict_id for one in (*district.sites, *district.offices)} <= subdistricts
    assert {cadre.office_id for cadre in district.cadres} <= set(district.office_by_id)
    pairs = district.recusals | district.pins | {Pairing(one.cadre_id, one.site_id) for one in district.stay_requests}
    for term in district.past_terms:
        pairs |= term.pairings
    assert {pair.cadre_id for pair in pairs} | {one.cadre_id for one in district.absences} <= set(district.cadre_by_id)
    assert {pair.site_id for pair in pairs} <= set(district.site_by_id)
    assert (district.cadres[0].id, district.cadres[0].name) == ("C001", "干部001")
    assert (district.sites[0].id, district.sites[490].id, district.sites[-1].id) == ("E0001", "R001", "R301")


def test_sites_ask_for_plausible_things(demo):
    for site in demo.district.sites:
        hours = site.visiting_hours
        assert 30 <= site.workload_minutes <= 360
        assert site.workload_minutes % 15 == 0
        assert site.visit_every_months in {1, 2, 3}
        assert (site.residents is None) == (site.kind is SiteKind.ENTERPRISE)
        assert site.residents is None or 1_500 <= site.residents <= 10_000
        assert 30 * 60 <= site.stay_seconds <= 90 * 60 <= hours.closes_seconds - hours.opens_seconds
    people = Counter()
    for site in sites_of(demo, SiteKind.COMMITTEE):
        people[site.subdistrict_id] += site.residents
    assert people == {facts.code: pytest.approx(facts.population, abs=5 * facts.committees) for facts in SUBDISTRICTS}
    enterprises = sites_of(demo, SiteKind.ENTERPRISE)
    assert 60 <= np.median([site.workload_minutes for site in enterprises]) <= 90
    assert 90 <= np.median([site.workload_minutes for site in sites_of(demo, SiteKind.COMMITTEE)]) <= 120
    shares = Counter(site.subdistrict_id for site in enterprises)
    assert shares["310110019"] == pytest.approx(0.25 * 490, abs=5)
    monthly = [site.workload_minutes for site in demo.district.sites if site.visit_every_months == 1]
    quarterly = [site.workload_minutes for site in demo.district.sites if site.visit_every_months == 3]
    assert np.mean(monthly) > 1.5 * np.mean(quarterly)


@pytest.mark.parametrize("seed", [1, 2])
def test_constituencies_are_large_enough_and_near_their_deputies(seed, demo, travel):
    one = demo if seed == 1 else build_demo(seed)
    assert seed == 1 or one.district != demo.district
    times = travel if seed == 1 else travel_matrix(one.district.places(), one.geography.streets)
    sizes = Counter(site.constituency_id for site in one.district.sites)
    assert None not in sizes
    assert 45 <= len(sizes) <= 50
    assert min(sizes.values()) >= 8
    deputies = [cadre for cadre in one.district.cadres if cadre.constituency_id is not None]
    assert len(deputies) == 56
    assert max(Counter(cadre.constituency_id for cadre in deputies).values()) <= 2
    for cadre in deputies:
        near = [site for site in one.district.sites if site.constituency_id == cadre.constituency_id
                and times.seconds(cadre.office_id, site.id) <= TRAVEL_LIMIT_SECONDS]
        assert len(near) >= 8


def test_travel_times_are_those_of_a_district(demo, travel):
    rows = [travel.index_of[cadre.office_id] for cadre in demo.district.cadres]
    columns = [travel.index_of[site.id] for site in demo.district.sites]
    minutes = travel.travel_seconds[np.ix_(rows, columns)] / 60
    assert travel.travel_seconds.min() == 0
    assert 11 <= np.median(minutes) <= 15
    assert 30 <= minutes.max() <= 40
    assert (minutes <= 30).mean() > 0.98
    assert max(travel.snap_metres) <= 150


def test_there_is_room_for_a_plan(demo, travel):
    """Simple counts: enough hands of every kind, within reach, for every rule of the default policy."""
    district = demo.district
    committees, enterprises = sites_of(demo, SiteKind.COMMITTEE), sites_of(demo, SiteKind.ENTERPRISE)
    assert len(committees) <= len(district.cadres) <= len(enterprises) <= 3 * len(district.cadres)
    assert 2 * sum(site.is_key for site in enterprises) <= 3 * sum(one.rank >= Rank.DIVISION for one in district.cadres)
    work = sum(site.workload_minutes for site in district.sites)
    capacity = sum(cadre.capacity_percent for cadre in district.cadres)
    heaviest = max(site.workload_minutes for site in district.sites)
    assert heaviest <= 2 * work * 100 / capacity  # within the load limit of a cadre of full capacity
    for subdistrict in district.subdistricts:
        own = [site for site in district.sites if site.subdistrict_id == subdistrict.id]
        near = {cadre.id for cadre in district.cadres if cadre.rank is Rank.DISTRICT_LEADER
                and any(travel.seconds(cadre.office_id, site.id) <= TRAVEL_LIMIT_SECONDS for site in own)}
        assert len(near) == 35
    banned = {pair for term in district.past_terms for pair in term.pairings} | district.recusals
    for site in committees:
        assert sum(Pairing(cadre.id, site.id) not in banned
                   and travel.seconds(cadre.office_id, site.id) <= TRAVEL_LIMIT_SECONDS
                   for cadre in district.cadres) >= 100


def test_pins_can_be_kept_together(demo, travel):
    district = demo.district
    past = {pair for term in district.past_terms for pair in term.pairings}
    assert not district.pins & (district.recusals | past)
    assert len({pin.cadre_id for pin in district.pins}) == len({pin.site_id for pin in district.pins}) == 15
    for pin in district.pins:
        cadre, site = district.cadre_by_id[pin.cadre_id], district.site_by_id[pin.site_id]
        assert travel.seconds(cadre.office_id, site.id) <= TRAVEL_LIMIT_SECONDS
        assert cadre.rank >= Rank.DIVISION or not site.is_key
        assert site.workload_minutes <= 105
    pinned = {pin.site_id for pin in district.pins}
    last = district.past_terms[-1].pairings
    for request in district.stay_requests:
        assert Pairing(request.cadre_id, request.site_id) in last - district.recusals
        assert district.site_by_id[request.site_id].kind is SiteKind.COMMITTEE
        assert request.site_id not in pinned


def test_past_terms_are_plausible(demo, travel):
    district = demo.district
    older, newer = district.past_terms
    assert (older.id, newer.id) == ("2023-2024", "2025-2026")
    for term in district.past_terms:
        assert 770 <= len(term.pairings) <= 791
        assert len({pair.site_id for pair in term.pairings}) == len(term.pairings)
        held = Counter((pair.cadre_id, district.site_by_id[pair.site_id].kind) for pair in term.pairings)
        assert max(count for (_, kind), count in held.items() if kind is SiteKind.COMMITTEE) == 1
        assert max(count for (_, kind), count in held.items() if kind is SiteKind.ENTERPRISE) <= 3
        seconds = [travel.seconds(district.cadre_by_id[pair.cadre_id].office_id, pair.site_id)
                   for pair in term.pairings]
        assert np.median(seconds) < 10 * 60
    both = older.pairings & newer.pairings
    kinds = Counter(district.site_by_id[pair.site_id].kind for pair in both)
    assert kinds[SiteKind.COMMITTEE] == 0
    assert 0.75 <= kinds[SiteKind.ENTERPRISE] / 490 <= 0.92


def test_absences_lie_in_the_term_and_some_cover_a_second_thursday(demo):
    thursdays = {_second_thursday(2027 + month // 12, month % 12 + 1) for month in range(24)}
    covered = 0
    for absence in demo.district.absences:
        assert date(2027, 1, 1) <= absence.first_day <= absence.last_day <= date(2028, 12, 31)
        days = (absence.last_day - absence.first_day).days + 1
        assert days <= 21
        covered += any(absence.first_day + timedelta(days=day) in thursdays for day in range(days))
    assert covered >= 4
    assert _second_thursday(2027, 1) == date(2027, 1, 14)
    assert _second_thursday(2027, 4) == date(2027, 4, 8)


def test_subdistricts_divide_the_outline_by_area():
    shape = district_shape()
    assert shapely.union_all(shape.subdistricts).symmetric_difference(shape.outline).area < 1
    assert sum(polygon.area for polygon in shape.subdistricts) == pytest.approx(shape.outline.area, abs=1)
    assert shape.outline.area / 1e6 == pytest.approx(60.5, rel=0.03)
    for facts, polygon in zip(SUBDISTRICTS, shape.subdistricts, strict=True):
        assert polygon.geom_type == "Polygon"
        assert polygon.area / 1e6 == pytest.approx(facts.square_km, rel=0.05)


def test_centres_and_sites_lie_in_their_subdistrict_on_land(demo):
    polygon = {code: surface for code, _, surface in demo.geography.subdistricts}
    [water] = demo.geography.water
    for subdistrict in demo.district.subdistricts:
        centre = shapely.Point(subdistrict.centre.lon, subdistrict.centre.lat)
        assert polygon[subdistrict.id].contains(centre)
    for one in (*demo.district.sites, *demo.district.offices):
        point = shapely.Point(one.place.lon, one.place.lat)
        assert polygon[one.subdistrict_id].distance(point) < 2e-6
        assert not water.contains(point)


def test_streets_are_one_strong_network_with_the_real_main_roads(demo):
    streets = demo.geography.streets
    assert 4_000 <= streets.number_of_nodes() <= 12_000
    assert nx.is_strongly_connected(streets)
    names = {name for *_, name in streets.edges(data="name")}
    assert {"四平路", "黄兴路", "翔殷路", "邯郸路", "淞沪路", "逸仙路", "军工路", "周家嘴路", "控江路", "长阳路",
            "平凉路", "杨树浦路", "大连路", "殷行路", "政立路", "三门路", "国和路", "市光路", "中原路", "包头路",
            "宁国路", ""} <= names
    assert {kind for *_, kind in streets.edges(data="highway")} == {
        "primary", "secondary", "tertiary", "residential", "service"}
    one_way = sum(not streets.has_edge(last, first) for first, last in streets.edges())
    assert 300 <= one_way <= 2_000
    for first, last, edge in list(streets.edges(data=True))[::50]:
        ends = [(streets.nodes[node]["lon"], streets.nodes[node]["lat"]) for node in (first, last)]
        assert [edge["geometry"][0], edge["geometry"][-1]] == ends


def test_the_same_seed_gives_the_same(demo, tmp_path):
    again = build_demo(seed=1)
    assert again.district == demo.district
    assert again.district.cadres == demo.district.cadres
    for name, one in (("a.gpkg", demo), ("b.gpkg", again)):
        write_geography(tmp_path / name, one.geography)
    assert (tmp_path / "a.gpkg").read_bytes() == (tmp_path / "b.gpkg").read_bytes()


@pytest.mark.parametrize("scale", [0.01, 0.2])
def test_small_scales_keep_every_subdistrict_and_enough_hands(scale):
    district = build_demo(seed=1, scale=scale).district
    committees = sum(site.kind is SiteKind.COMMITTEE for site in district.sites)
    enterprises = len(district.sites) - committees
    assert committees < len(district.cadres) < enterprises <= 3 * len(district.cadres)
    assert min(Counter(site.subdistrict_id for site in district.sites).values()) >= 3
    assert len({site.subdistrict_id for site in district.sites}) == len(district.subdistricts) == 12
    assert sum(cadre.rank is Rank.DISTRICT_LEADER for cadre in district.cadres) >= 8
    if scale >= 0.1:
        assert len(district.cadres) == round(310 * scale)
        assert enterprises == round(490 * scale)


def test_copies_side_by_side(demo):
    double = build_demo(seed=1, scale=2)
    district, streets = double.district, double.geography.streets
    assert (len(district.cadres), len(district.sites), len(district.subdistricts)) == (620, 1_582, 24)
    assert len({one.id for one in (*district.cadres, *district.sites, *district.offices)}) == 620 + 1_582 + 116
    assert len(district.places()) == 1_582 + 116
    assert nx.is_strongly_connected(streets)
    assert streets.number_of_nodes() == 2 * demo.geography.streets.number_of_nodes()
    assert double.geography.outline.geom_type == "MultiPolygon"
    assert all(pin.cadre_id[:4] == pin.site_id[:4] for pin in district.pins)
    polygon = {code: surface for code, _, surface in double.geography.subdistricts}
    for site in district.sites[::40]:
        assert polygon[site.subdistrict_id].distance(shapely.Point(site.place.lon, site.place.lat)) < 2e-6
    snap = StreetNetwork(streets).snap(site.place for site in district.sites)
    assert snap.metres.max() <= 150


def test_routes_agree_with_the_matrix(demo, travel):
    router = StreetRouter(demo.geography.streets)
    places = demo.district.places()
    for site in demo.district.sites[::100]:
        way = router.route(places["U01"], site.place)
        assert way.seconds == travel.seconds("U01", site.id)
        assert way.points[0] == (places["U01"].lon, places["U01"].lat)
        assert way.metres >= 0.9 * way.seconds


def test_small_parts_by_hand():
    assert _apportioned(10, [0.5, 0.3, 0.2]) == [5, 3, 2]
    assert _apportioned(3, [0.98, 0.01, 0.01]) == [1, 1, 1]
    positions = np.array([(0, 0), (10, 0), (1, 1), (11, 1)], dtype=float)
    assert [group.tolist() for group in _neighbours(np.arange(4), positions, 2)] == [[0, 2], [1, 3]]
    assert [(tile.column, tile.row) for tile in tiles(3)] == [(0, 0), (1, 0), (0, 1)]
    for scale in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="scale must be above 0"):
            build_demo(scale=scale)
