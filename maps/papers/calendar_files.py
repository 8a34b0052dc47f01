"""走访日历 as iCalendar (RFC 5545): one file a cadre and a sub-district, which calendars update when they are sent again.

A visit's UID depends on the term, the month, the cadre and the site alone. A visit that changed since the file that lies there
counts its SEQUENCE up; one that is gone stays in the file, cancelled. Times are in UTC: China has no summer time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from icalendar import Calendar, Event

from maps.glyphs import printable
from maps.papers.content import Source
from maps.papers.levels import Level
from maps.style import term_words

CHINA: Final = timedelta(hours=8)
_COMPARED: Final = ("DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION")


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit in a calendar: what people see, and the UID by which it is known again."""

    uid: str
    starts: datetime
    ends: datetime
    summary: str
    location: str
    description: str


Occurrence = tuple[date, date, str, str, int, int]
"""(day, nominal day, cadre id, site id, begins, ends) of one visit."""


def entries_by_owner(source: Source) -> dict[tuple[str, str], list[Occurrence]]:
    """All visits by ("cadre", id), those he makes for others included, and by ("place", sub-district id)."""
    found: dict[tuple[str, str], list[Occurrence]] = {}
    for one in _visits(source):
        found.setdefault(("cadre", one[2]), []).append(one)
        found.setdefault(("place", source.site(one[3]).subdistrict_id), []).append(one)
    return found


def cadre_entries(source: Source, visits: Iterable[Occurrence]) -> list[Entry]:
    """Visits as their cadre sees them."""
    return [_entry(source, *one, own=True) for one in visits]


def subdistrict_entries(source: Source, visits: Iterable[Occurrence]) -> list[Entry]:
    """Visits as the sub-district that hosts them sees them."""
    return [_entry(source, *one, own=False) for one in visits]


def _visits(source: Source) -> Iterable[Occurrence]:
    nominal = {one.day: one.nominal for one in source.calendar.liaison_days}
    for visit in source.calendar.visits():
        slot = visit.slot
        yield visit.day, nominal[visit.day], slot.cadre_id, slot.site_id, slot.starts_seconds, slot.ends_seconds


def _entry(source: Source, day: date, nominal: date, cadre_id: str, site_id: str, starts: int, ends: int, *, own: bool) -> Entry:
    site, cadre = source.site(site_id), source.cadre(cadre_id)
    key = f"{source.plan.term_id}|{nominal:%Y-%m}|{cadre_id}|{site_id}"
    summary = source.say(f"联系基层走访：{site.name}", f"Liaison visit: {site.name}")
    if not own:
        summary = source.say(f"{cadre.name}走访{site.name}", f"{cadre.name} visits {site.name}")
    moved = source.say(f"（原定{nominal:%Y-%m-%d}）", f" (moved from {nominal:%Y-%m-%d})") if nominal != day else ""
    return Entry(uid_of(key), moment(day, starts), moment(day, ends),
                 printable(summary), printable(source.place(site)), printable(source.unit_and_rank(cadre) + moved))


def uid_of(key: str) -> str:
    """A UID that tells nothing and is the same for the same key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32] + "@yixian"


def moment(day: date, seconds: int) -> datetime:
    """A time of a day in China, as UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(seconds=seconds) - CHINA


def calendar_file(source: Source, name: str, entries: Iterable[Entry], before: bytes | None = None) -> bytes:
    """Write a calendar; ``before`` is the file that was handed out last. Raises ValueError at the public level."""
    if source.level is Level.PUBLIC:
        raise ValueError("a calendar with exact times is not for the public")
    old = _events(before)
    calendar = Calendar()
    calendar.add("prodid", "-//Yixian//liaison visits//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", printable(f"{name} {term_words(source.problem.term, source.language)}"))
    seen = set()
    for entry in sorted(entries, key=lambda one: (one.starts, one.uid)):
        seen.add(entry.uid)
        event = _event(entry)
        known = old.get(entry.uid)
        _number(source, event, known, changed=known is not None and (_content(known) != _content(event) or _cancelled(known)))
        calendar.add_component(event)
    for uid, known in sorted(old.items()):
        if uid not in seen:
            event = Event()
            for key in ("UID", *_COMPARED):
                if key in known:
                    event[key] = known[key]
            event.add("status", "CANCELLED")
            _number(source, event, known, changed=not _cancelled(known))
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("summary", entry.summary)
    event.add("location", entry.location)
    event.add("description", entry.description)
    event.add("status", "CONFIRMED")
    return event


def _number(source: Source, event: Event, known: Event | None, *, changed: bool) -> None:
    """SEQUENCE, and a DTSTAMP that rises with it and never comes from the clock."""
    sequence = (int(known.get("SEQUENCE", 0)) if known is not None else 0) + changed
    event.add("sequence", sequence)
    event.add("dtstamp", datetime.combine(source.problem.term.first_month, time(), UTC) + timedelta(minutes=sequence))


def _events(data: bytes | None) -> Mapping[str, Event]:
    if data is None:
        return {}
    return {str(one["UID"]): one for one in Calendar.from_ical(data).walk("VEVENT") if isinstance(one, Event)}


def _content(event: Event) -> list[Any]:
    return [event[key].to_ical() if hasattr(event.get(key), "to_ical") else str(event.get(key, "")).encode() for key in _COMPARED]


def _cancelled(event: Event) -> bool:
    return str(event.get("STATUS", "")) == "CANCELLED"
