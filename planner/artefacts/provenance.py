"""Where an artefact comes from, written into each, so that it can be trusted and made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Provenance:
    """Digests of the inputs by name, the seed, and the versions of what computed it.

    ``coordinates`` tell by sheet of the workbook what its coordinates were counted in and how that is known, such as
    "GCJ-02, accepted"; empty where nothing is known of it.
    """

    digests: Mapping[str, str]
    seed: int
    versions: Mapping[str, str]
    coordinates: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"digests": dict(self.digests), "seed": self.seed, "versions": dict(self.versions),
                "coordinates": dict(self.coordinates)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Provenance:
        """From plain JSON values; raises KeyError, TypeError or ValueError when they are not a provenance."""
        return cls(dict(data["digests"]), int(data["seed"]), dict(data["versions"]),
                   dict(data.get("coordinates", {})))
