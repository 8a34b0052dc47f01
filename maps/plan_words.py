"""Words about a plan that every printed thing shares: kinds, ranks, reasons of handovers, and the plan's digest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from planner.artefacts.files import json_digest
from planner.artefacts.handover import HandoverReason
from planner.artefacts.plan import Plan
from planner.facts.district import Cadre, Rank, SiteKind
from planner.text import Text

KINDS: Final[Mapping[SiteKind, Text]] = MappingProxyType({
    SiteKind.ENTERPRISE: Text("企业", "enterprise"),
    SiteKind.COMMITTEE: Text("居委会", "committee"),
})
RANKS: Final[Mapping[Rank, Text]] = MappingProxyType({
    Rank.DISTRICT_LEADER: Text("区领导", "district leader"),
    Rank.DIVISION: Text("正处级", "division"),
    Rank.DEPUTY_DIVISION: Text("副处级", "deputy division"),
})

HANDOVER_REASONS: Final[Mapping[HandoverReason, Text]] = MappingProxyType({
    HandoverReason.ROTATION: Text("轮换", "rotation"), HandoverReason.ADJUSTMENT: Text("调整", "adjustment"),
    HandoverReason.DEPARTURE: Text("原联系人离任", "the former cadre leaves"), HandoverReason.COVER: Text("临时代管", "stand-in"),
    HandoverReason.RETURN: Text("代管结束", "the stand-in ends"), HandoverReason.NEW_SITE: Text("新增", "new"),
    HandoverReason.CLOSED_SITE: Text("撤并", "closed"),
})

TRAVEL_MODES: Final[Mapping[str, Text]] = MappingProxyType({
    "car": Text("驾车", "by car"), "bicycle": Text("骑车", "by bicycle"), "foot": Text("步行", "on foot")})


def cadre_title(cadre: Cadre) -> str:
    """Code and name of a cadre; once where the name is the code."""
    return cadre.id if cadre.name in {"", cadre.id} else f"{cadre.id} {cadre.name}"


def minutes(seconds: int) -> int:
    """Whole minutes, half a minute upwards: ``90`` seconds are 2."""
    return (seconds + 30) // 60


def plan_digest(plan: Plan) -> str:
    """SHA-256 of the plan as ``plan.json`` is written, so that a printed sheet can be held against the file."""
    return json_digest(plan.to_json())
