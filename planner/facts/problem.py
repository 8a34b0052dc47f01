"""A problem: everything a plan is made from and judged by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from planner.facts.carried import carried_minutes, longer_ways_percent
from planner.facts.district import Cadre, District, Office, Pairing, PastTerm, Site, StayRequest, TravelMode
from planner.facts.policy import Policy, VisitFrequency
from planner.facts.problem_arrays import ProblemArrays
from planner.facts.term import Term
from planner.facts.travel import Travel

_BOTH_IDS: Final = attrgetter("cadre_id", "site_id")
"""The order of pairings, found faster than by comparing them."""


@dataclass(frozen=True)
class Totals:
    """What rules and goals ask of the district as a whole; a part of a problem keeps those of the whole.

    ``capacity_percent`` is at least 1; sites are counted by sub-district and by constituency id. What past terms left behind
    (``planner.facts.carried``) is by cadre id, the ways only where the policy seeks them.
    """

    workload_minutes: int
    capacity_percent: int
    sites_in_subdistrict: Mapping[str, int]
    sites_in_constituency: Mapping[str, int]
    carried_minutes: Mapping[str, int]
    longer_ways_percent: Mapping[str, int]

    @classmethod
    def of(cls, problem: Problem) -> Totals:
        """Count the district of a problem."""
        district = problem.district
        asked = any(goal.goal_id == "carried-travel" for goal in problem.policy.goals)
        return cls(
            sum(site.workload_minutes for site in district.sites),
            max(1, sum(cadre.capacity_percent for cadre in district.cadres)),
            Counter(site.subdistrict_id for site in district.sites),
            Counter(site.constituency_id for site in district.sites if site.constituency_id is not None),
            carried_minutes(district), longer_ways_percent(problem) if asked else {})


@dataclass(frozen=True)
class Problem:
    """District + Travel + Policy + Term. ``digests`` identify the inputs by name.

    ``of_whole`` is set in a part of a larger problem: the totals of the whole. ``by_mode`` has the times of cadres who travel by
    other means than the policy's, by those means, over the same places.
    """

    district: District
    travel: Travel
    policy: Policy
    term: Term
    digests: Mapping[str, str]
    of_whole: Totals | None = None
    by_mode: Mapping[TravelMode, Travel] = field(default_factory=dict)

    def mode_of(self, cadre: Cadre) -> TravelMode:
        """How the cadre travels."""
        return cadre.travel_mode or self.policy.travel_mode

    def travel_of(self, cadre: Cadre) -> Travel:
        """Times by the cadre's own means of travel."""
        return self.by_mode.get(self.mode_of(cadre), self.travel)

    def uses_car(self, cadre: Cadre) -> bool:
        """Whether his visit days take a car of his unit."""
        return self.mode_of(cadre) is TravelMode.CAR

    def cars_of(self, office: Office) -> int:
        """How many cars a unit's cadres share, 0 for no limit."""
        return self.policy.max_cars_per_office if office.cars is None else office.cars

    def travel_seconds(self, cadre: Cadre, site: Site) -> int | None:
        """Seconds from the cadre's office to the site by his means of travel, or None where there is no way."""
        return self.travel_of(cadre).seconds(cadre.office_id, site.id)

    @cached_property
    def totals(self) -> Totals:
        """Totals of the whole district, also where this is only a part of it."""
        return self.of_whole or Totals.of(self)

    @cached_property
    def days_examined(self) -> dict[tuple[Cadre, tuple[Site, ...]], Any]:
        """What ``planner.rules.day_check`` found for a caseload: two rules and three goals ask for the same days."""
        return {}

    def visit_every_months(self, site: Site) -> int:
        """Every how many months a site is visited: as given, or by its workload with its open problems."""
        policy = self.policy
        if policy.visit_frequency is VisitFrequency.AS_GIVEN:
            return site.visit_every_months
        minutes = site.workload_minutes + site.open_problems * policy.minutes_per_open_problem
        if minutes >= policy.monthly_from_minutes:
            return 1
        return 3 if minutes < policy.quarterly_below_minutes else 2

    @property
    def total_workload_minutes(self) -> int:
        """Minutes of work a month in the whole district."""
        return self.totals.workload_minutes

    @property
    def total_capacity_percent(self) -> int:
        """Sum of the cadres' capacities, at least 1."""
        return self.totals.capacity_percent

    def part(self, cadres: NDArray[np.int64], sites: NDArray[np.int64], travel: Travel) -> Problem:
        """The problem of some cadres and sites (indices, kept in their order), with the totals of the whole.

        Rules and goals of the part are those of the whole, for plans in which nobody else holds these sites. What is
        agreed between a cadre and a site stays if both are in the part; a pin stays if its site is.
        """
        district = self.district
        own_cadres, own_sites = [district.cadres[one] for one in cadres], [district.sites[one] for one in sites]
        cadre_ids, site_ids = {one.id for one in own_cadres}, {one.id for one in own_sites}
        offices = {one.office_id for one in own_cadres}
        subdistricts = {one.subdistrict_id for one in own_sites}
        past: list[set[Pairing]] = [set() for _ in district.past_terms]
        for one in own_cadres:
            for number, pairing in self._past_by_cadre.get(one.id, ()):
                if pairing.site_id in site_ids:
                    past[number].add(pairing)
        return Problem(
            replace(
                district,
                subdistricts=tuple(one for one in district.subdistricts if one.id in subdistricts),
                offices=tuple(one for one in district.offices if one.id in offices),
                cadres=tuple(own_cadres),
                sites=tuple(own_sites),
                past_terms=tuple(PastTerm(term.id, frozenset(own)) for term, own in zip(district.past_terms, past, strict=True)),
                recusals=frozenset(pairing for one in own_cadres for pairing in self.recusals_of.get(one.id, ())
                                   if pairing.site_id in site_ids),
                pins=frozenset(Pairing(cadre_id, one.id) for one in own_sites
                               for cadre_id in self.pinned_cadres_of.get(one.id, ())),
                stay_requests=frozenset(request for one in own_cadres for request in self.stay_requests_of.get(one.id, ())
                                        if request.site_id in site_ids),
                absences=tuple(one for one in district.absences if one.cadre_id in cadre_ids),
                conferences=tuple(one for one in district.conferences if one.office_id in {None, *offices}),
            ), travel, self.policy, self.term, self.digests, self.totals,
            {mode: one if travel is self.travel else one.part(travel.place_ids) for mode, one in self.by_mode.items()})

    @cached_property
    def _past_by_cadre(self) -> Mapping[str, tuple[tuple[int, Pairing], ...]]:
        """Past pairings by cadre id, each with the number of its term."""
        grouped: dict[str, list[tuple[int, Pairing]]] = {}
        for number, term in enumerate(self.district.past_terms):
            for pairing in sorted(term.pairings, key=_BOTH_IDS):
                grouped.setdefault(pairing.cadre_id, []).append((number, pairing))
        return {cadre_id: tuple(pairings) for cadre_id, pairings in grouped.items()}

    def fair_share_minutes(self, cadre: Cadre) -> float:
        """The cadre's fair share of the district's workload: total x his capacity / all capacities."""
        return self.total_workload_minutes * cadre.capacity_percent / self.total_capacity_percent

    @cached_property
    def last_term_of(self) -> Mapping[Pairing, tuple[int, str]]:
        """For every past pairing, how many terms ago it was last in force (1 is the term just ending) and its id."""
        latest: dict[Pairing, tuple[int, str]] = {}
        for terms_ago, past in enumerate(reversed(self.district.past_terms), start=1):
            for pairing in past.pairings:
                latest.setdefault(pairing, (terms_ago, past.id))
        return latest

    @cached_property
    def arrays(self) -> ProblemArrays:
        """The same facts as arrays, for encodings and engines."""
        return ProblemArrays.from_problem(self)

    @cached_property
    def cadre_index(self) -> Mapping[str, int]:
        """Index i of every cadre id, in district order."""
        return {cadre.id: index for index, cadre in enumerate(self.district.cadres)}

    @cached_property
    def site_index(self) -> Mapping[str, int]:
        """Index j of every site id, in district order."""
        return {site.id: index for index, site in enumerate(self.district.sites)}

    @cached_property
    def sites_by_industry(self) -> Mapping[str, NDArray[np.int64]]:
        """Indices of the sites of every industry; sites without one are in none."""
        grouped: dict[str, list[int]] = {}
        for index, site in enumerate(self.district.sites):
            if site.industry is not None:
                grouped.setdefault(site.industry, []).append(index)
        return {industry: np.array(sites, dtype=np.int64) for industry, sites in sorted(grouped.items())}

    @cached_property
    def stay_requests_of(self) -> Mapping[str, tuple[StayRequest, ...]]:
        """Requests to stay by cadre id, sorted."""
        grouped: dict[str, list[StayRequest]] = {}
        for request in sorted(self.district.stay_requests, key=lambda one: (one.cadre_id, one.site_id)):
            grouped.setdefault(request.cadre_id, []).append(request)
        return {cadre_id: tuple(requests) for cadre_id, requests in grouped.items()}

    @cached_property
    def recusals_of(self) -> Mapping[str, tuple[Pairing, ...]]:
        """Recusals by cadre id, sorted."""
        return _by_cadre(self.district.recusals)

    @cached_property
    def past_pairings_of(self) -> Mapping[str, tuple[tuple[Pairing, int], ...]]:
        """For every cadre id, his past pairings with how many terms ago each was last in force, sorted."""
        return {
            cadre_id: tuple((pairing, self.last_term_of[pairing][0]) for pairing in pairings)
            for cadre_id, pairings in _by_cadre(self.last_term_of).items()
        }

    @cached_property
    def pinned_cadres_of(self) -> Mapping[str, frozenset[str]]:
        """For every pinned site id, the cadres it is pinned to (one, unless the pins contradict each other)."""
        named: dict[str, set[str]] = {}
        for pin in self.district.pins:
            named.setdefault(pin.site_id, set()).add(pin.cadre_id)
        return {site_id: frozenset(cadre_ids) for site_id, cadre_ids in sorted(named.items())}


def _by_cadre(pairings: Iterable[Pairing]) -> dict[str, tuple[Pairing, ...]]:
    grouped: dict[str, list[Pairing]] = {}
    for pairing in sorted(pairings, key=_BOTH_IDS):
        grouped.setdefault(pairing.cadre_id, []).append(pairing)
    return {cadre_id: tuple(held) for cadre_id, held in grouped.items()}
