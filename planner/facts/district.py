"""The district: its people, offices, sites, and what is already agreed between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from functools import cached_property


class SiteKind(StrEnum):
    """What a cadre is paired with: 企业 or 居委会."""

    ENTERPRISE = "enterprise"
    COMMITTEE = "committee"


class Rank(IntEnum):
    """Rank of a cadre, comparable: 副处级 < 正处级 < 区领导."""

    DEPUTY_DIVISION = 1
    DIVISION = 2
    DISTRICT_LEADER = 3


class TravelMode(StrEnum):
    """How cadres travel: 驾车, 骑车 or 步行. Roads, one-way streets and speeds depend on it (docs/roads.md)."""

    CAR = "car"
    BICYCLE = "bicycle"
    FOOT = "foot"


class UnitKind(StrEnum):
    """What kind of unit an office belongs to: 区领导机关, 职能部门 (条), 街道 (块)."""

    DISTRICT = "district"
    DEPARTMENT = "department"
    SUBDISTRICT = "subdistrict"


@dataclass(frozen=True, slots=True)
class Place:
    """A position in WGS-84 degrees. ``estimated`` marks 估计: the sub-district's centre stands in for it."""

    lon: float
    lat: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Visiting hours: a visit begins and ends inside ``[opens_seconds, closes_seconds]`` after midnight."""

    opens_seconds: int
    closes_seconds: int


@dataclass(frozen=True, slots=True)
class Subdistrict:
    """街道: name, code and centre."""

    id: str
    name: str
    centre: Place


@dataclass(frozen=True, slots=True)
class Office:
    """A unit (单位) and the place where its cadres work.

    ``industries`` are those the unit serves; ``cars`` how many cars its cadres share, None as the policy says.
    """

    id: str
    name: str
    kind: UnitKind
    subdistrict_id: str
    place: Place
    industries: tuple[str, ...] = ()
    cars: int | None = None


@dataclass(frozen=True, slots=True)
class Cadre:
    """处级以上领导干部.

    ``capacity_percent`` is the cadre's share of a full workload (100 is full, 0 is excluded from this term).
    ``constituency_id`` is set for a deputy of the people's congress. ``travel_mode`` is how he travels, None as the policy says.
    """

    id: str
    name: str
    office_id: str
    rank: Rank
    capacity_percent: int = 100
    constituency_id: str | None = None
    travel_mode: TravelMode | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A point of liaison, enterprise or committee.

    ``workload_minutes`` is the work it asks of its cadre in a month; ``stay_seconds`` the length of one visit;
    ``visit_every_months`` 1, 2 or 3; ``open_problems`` how many of it are not yet solved (未结问题); ``is_key`` marks a
    key enterprise (重点企业), which asks for rank; ``residents`` how many people a committee serves, None where it is not
    known.
    """

    id: str
    name: str
    kind: SiteKind
    subdistrict_id: str
    place: Place
    workload_minutes: int
    stay_seconds: int
    visiting_hours: TimeWindow
    visit_every_months: int = 1
    is_key: bool = False
    industry: str | None = None
    constituency_id: str | None = None
    address: str = ""
    residents: int | None = None
    open_problems: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Pairing:
    """结对: this cadre liaises with this site."""

    cadre_id: str
    site_id: str


@dataclass(frozen=True, slots=True)
class PastTerm:
    """The pairings of an earlier term, e.g. ``id="2025-2026"``."""

    id: str
    pairings: frozenset[Pairing]


@dataclass(frozen=True, slots=True)
class StayRequest:
    """挽留: residents of ``site_id`` ask that ``cadre_id`` stay for another term."""

    cadre_id: str
    site_id: str


@dataclass(frozen=True, slots=True)
class Absence:
    """请假: the cadre is away from ``first_day`` to ``last_day``, both included."""

    cadre_id: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Conference:
    """会议: the cadres of a unit, or of the whole district where ``office_id`` is None, are needed on ``day``.

    From ``starts_seconds`` to ``ends_seconds`` after midnight; a conference of the whole district that takes the whole
    day moves the liaison day.
    """

    name: str
    day: date
    office_id: str | None = None
    starts_seconds: int = 0
    ends_seconds: int = 86_400

    @property
    def moves_the_day(self) -> bool:
        """Whether nobody can visit anywhere on its day."""
        return self.office_id is None and self.starts_seconds == 0 and self.ends_seconds == 86_400


@dataclass(frozen=True)
class District:
    """Everything that is known before planning.

    ``past_terms`` are oldest first. ``recusals`` hold no reason: reasons never leave the input. ``coordinates`` tell by
    sheet what the numbers of its places were counted in before they became WGS-84, for the plan's record; they are no
    fact of the district, and two districts may be equal that differ in them.
    """

    name: str
    subdistricts: tuple[Subdistrict, ...]
    offices: tuple[Office, ...]
    cadres: tuple[Cadre, ...]
    sites: tuple[Site, ...]
    past_terms: tuple[PastTerm, ...] = ()
    recusals: frozenset[Pairing] = frozenset()
    pins: frozenset[Pairing] = frozenset()
    stay_requests: frozenset[StayRequest] = frozenset()
    absences: tuple[Absence, ...] = ()
    conferences: tuple[Conference, ...] = ()
    coordinates: Mapping[str, str] = field(default_factory=dict, compare=False)

    @cached_property
    def cadre_by_id(self) -> Mapping[str, Cadre]:
        """Cadres by id."""
        return {cadre.id: cadre for cadre in self.cadres}

    @cached_property
    def site_by_id(self) -> Mapping[str, Site]:
        """Sites by id."""
        return {site.id: site for site in self.sites}

    @cached_property
    def office_by_id(self) -> Mapping[str, Office]:
        """Offices by id."""
        return {office.id: office for office in self.offices}

    @cached_property
    def subdistrict_by_id(self) -> Mapping[str, Subdistrict]:
        """Sub-districts by id."""
        return {subdistrict.id: subdistrict for subdistrict in self.subdistricts}

    @property
    def active_cadres(self) -> tuple[Cadre, ...]:
        """Cadres who take part: those with any capacity."""
        return tuple(cadre for cadre in self.cadres if cadre.capacity_percent > 0)

    def office_of(self, cadre: Cadre) -> Office:
        """The office a cadre leaves from."""
        return self.office_by_id[cadre.office_id]

    def places(self) -> dict[str, Place]:
        """Every place that is travelled to or from, by id: offices first, then sites."""
        offices = {office.id: office.place for office in self.offices}
        return offices | {site.id: site.place for site in self.sites}
