"""The plan: who liaises with whom this term."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from planner.artefacts.provenance import SCHEMA_VERSION, Provenance
from planner.facts.digests import digest_of
from planner.facts.district import Pairing


@dataclass(frozen=True, slots=True)
class GoalBound:
    """What the optimiser claims of one goal: no legal plan is better than ``bound`` (in the goal's unit).

    ``proved_by`` names the argument, so that a reader can tell a count from a linear programme.
    """

    goal_id: str
    bound: int
    proved_by: str


@dataclass(frozen=True)
class Plan:
    """Pairings of one term, sorted; ``bounds`` are the optimiser's claims, never taken by the judge as values.

    ``status`` is "complete", or "stopped" when the user or a limit ended the search early. ``sealed`` is the digest of
    the pairings as the program wrote them, where the plan was read from a file that has one.
    """

    term_id: str
    pairings: tuple[Pairing, ...]
    provenance: Provenance
    bounds: tuple[GoalBound, ...] = ()
    status: str = "complete"
    sealed: str = field(default="", compare=False)

    @property
    def is_edited(self) -> bool:
        """Whether somebody changed the pairings in the file after the program wrote it."""
        return self.sealed not in {"", self._seal}

    @property
    def _seal(self) -> str:
        """SHA-256 of the term and its pairings."""
        return digest_of((self.term_id, self.pairings))

    @classmethod
    def of(cls, term_id: str, pairings: Iterable[Pairing], provenance: Provenance, bounds: tuple[GoalBound, ...] = (),
           status: str = "complete") -> Plan:
        """A plan with its pairings sorted."""
        return cls(term_id, tuple(sorted(pairings)), provenance, bounds, status)

    @cached_property
    def sites_of(self) -> Mapping[str, tuple[str, ...]]:
        """Site ids by cadre id, sorted; cadres without a site are absent."""
        held: dict[str, list[str]] = {}
        for pairing in self.pairings:
            held.setdefault(pairing.cadre_id, []).append(pairing.site_id)
        return {cadre_id: tuple(site_ids) for cadre_id, site_ids in held.items()}

    @cached_property
    def cadres_of(self) -> Mapping[str, tuple[str, ...]]:
        """Cadre ids by site id, sorted; a legal plan has exactly one for every site."""
        holders: dict[str, list[str]] = {}
        for pairing in self.pairings:
            holders.setdefault(pairing.site_id, []).append(pairing.cadre_id)
        return {site_id: tuple(cadre_ids) for site_id, cadre_ids in holders.items()}

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values (docs/data-format.md)."""
        return {
            "kind": "yixian-plan",
            "schema": SCHEMA_VERSION,
            "term": self.term_id,
            "status": self.status,
            "pairings": [{"cadre": one.cadre_id, "site": one.site_id} for one in self.pairings],
            "bounds": [{"goal": one.goal_id, "bound": one.bound, "proved_by": one.proved_by} for one in self.bounds],
            "sealed": self._seal,
            "provenance": self.provenance.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """From plain JSON values; raises KeyError, TypeError or ValueError when they are not a plan."""
        plan = cls.of(
            str(data["term"]),
            [Pairing(str(one["cadre"]), str(one["site"])) for one in data["pairings"]],
            Provenance.from_json(data["provenance"]),
            tuple(GoalBound(str(b["goal"]), int(b["bound"]), str(b["proved_by"])) for b in data.get("bounds", ())),
            str(data.get("status", "complete")),
        )
        return replace(plan, sealed=str(data.get("sealed", "")))
