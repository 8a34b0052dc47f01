"""A problem: everything a plan is made from and judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from planner.facts.district import Cadre, District, Pairing, Site
from planner.facts.policy import Policy
from planner.facts.problem_arrays import ProblemArrays
from planner.facts.term import Term
from planner.facts.travel import TravelMatrix


@dataclass(frozen=True)
class Problem:
    """District + TravelMatrix + Policy + Term. ``digests`` identify the inputs by name."""

    district: District
    travel: TravelMatrix
    policy: Policy
    term: Term
    digests: Mapping[str, str]

    def travel_seconds(self, cadre: Cadre, site: Site) -> int | None:
        """Seconds from the cadre's office to the site, or None where there is no way."""
        return self.travel.seconds(cadre.office_id, site.id)

    @cached_property
    def total_workload_minutes(self) -> int:
        """Minutes of work a month in the whole district."""
        return sum(site.workload_minutes for site in self.district.sites)

    @cached_property
    def total_capacity_percent(self) -> int:
        """Sum of the cadres' capacities, at least 1."""
        return max(1, sum(cadre.capacity_percent for cadre in self.district.cadres))

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
    for pairing in sorted(pairings):
        grouped.setdefault(pairing.cadre_id, []).append(pairing)
    return {cadre_id: tuple(held) for cadre_id, held in grouped.items()}
