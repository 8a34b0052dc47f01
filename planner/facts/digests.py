"""Digests of facts: equal facts have equal digests, whatever file they came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any


def digest_of(fact: Any) -> str:
    """SHA-256 of a fact (a frozen dataclass of plain values, dates, enums, tuples, sets and mappings).

    Fields that do not count when facts are compared do not count here.
    """
    text = json.dumps(_plain(fact), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digests_of_parts(name: str, fact: Any) -> dict[str, str]:
    """Digests of each field of a dataclass under ``name.field``, to tell what of it changed, and of all under ``name``."""
    parts = {f"{name}.{one.name}": digest_of(getattr(fact, one.name)) for one in fields(fact) if one.compare}
    return {name: digest_of(parts), **parts}


def _plain(value: Any) -> Any:
    """The value in JSON's terms, sets and mappings sorted."""
    if isinstance(value, Enum | date):
        return value.value if isinstance(value, Enum) else value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.compare}
    if isinstance(value, frozenset | set):
        return sorted((_plain(one) for one in value), key=lambda one: json.dumps(one, ensure_ascii=False))
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in sorted(value.items())}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
