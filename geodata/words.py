"""The words of enumerated cells and settings, Chinese and English, for reading and for writing."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from planner.facts.district import Rank, UnitKind
from planner.facts.policy import TravelMode

RANKS: Final[Mapping[str, Rank]] = MappingProxyType({
    "区领导": Rank.DISTRICT_LEADER, "正处级": Rank.DIVISION, "副处级": Rank.DEPUTY_DIVISION,
    "局级": Rank.DISTRICT_LEADER, "正处": Rank.DIVISION, "副处": Rank.DEPUTY_DIVISION,
    "district leader": Rank.DISTRICT_LEADER, "division": Rank.DIVISION, "deputy division": Rank.DEPUTY_DIVISION,
})
"""Ranks by word; the first word of each is the one that is written."""

UNIT_KINDS: Final[Mapping[str, UnitKind]] = MappingProxyType({
    "区领导机关": UnitKind.DISTRICT, "职能部门": UnitKind.DEPARTMENT, "街道": UnitKind.SUBDISTRICT,
    "区领导": UnitKind.DISTRICT, "部门": UnitKind.DEPARTMENT, "街镇": UnitKind.SUBDISTRICT, "镇": UnitKind.SUBDISTRICT,
    "district": UnitKind.DISTRICT, "department": UnitKind.DEPARTMENT, "subdistrict": UnitKind.SUBDISTRICT,
})
"""Kinds of unit by word; the first word of each is the one that is written."""

BOOLEANS: Final[Mapping[str, bool]] = MappingProxyType({
    "是": True, "否": False, "√": True, "有": True, "无": False, "yes": True, "no": False, "true": True, "false": False,
    "y": True, "n": False, "1": True, "0": False,
})
"""是/否 by word; the first word of each is the one that is written."""

TRAVEL_MODES: Final[Mapping[str, TravelMode]] = MappingProxyType({
    "car": TravelMode.CAR, "bicycle": TravelMode.BICYCLE, "foot": TravelMode.FOOT,
    "驾车": TravelMode.CAR, "骑车": TravelMode.BICYCLE, "骑自行车": TravelMode.BICYCLE, "步行": TravelMode.FOOT,
})
"""How one travels, by word; the first word of each is the one that is written."""

OWN_TRAVEL_MODES: Final[Mapping[str, TravelMode]] = MappingProxyType({
    "驾车": TravelMode.CAR, "骑车": TravelMode.BICYCLE, "步行": TravelMode.FOOT, "公车": TravelMode.CAR, **TRAVEL_MODES,
})
"""How a cadre travels, by word; the first word of each is the one that is written."""


GROUPS: Final[Mapping[str, str]] = MappingProxyType({
    "联系点": "site", "干部": "cadre", "单位": "office", "街道": "subdistrict", "企业": "site", "居委会": "site",
    "site": "site", "cadre": "cadre", "office": "office", "subdistrict": "subdistrict",
})
"""What may have been renamed, merged or split, by word: the group of its ids."""


def written(words: Mapping[str, object], value: object) -> str:
    """Return the word that is written for ``value``; raises KeyError when it has none."""
    for word, meaning in words.items():
        if meaning == value:
            return word
    raise KeyError(value)


def choices(words: Mapping[str, object]) -> tuple[str, ...]:
    """Return the words that are written, one for each meaning, in order."""
    first: dict[object, str] = {}
    for word, meaning in words.items():
        first.setdefault(meaning, word)
    return tuple(first.values())
