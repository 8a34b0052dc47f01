"""What became of a file since the program wrote it: edited by hand, or made from inputs that have changed meanwhile.

Nothing is refused here: an edit may be meant. It is shown, pairing by pairing where a file beside tells what stood there
before, so that a person reviews it before anything is printed from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from planner.artefacts.plan import Plan
from planner.artefacts.provenance import SCHEMA_VERSION, Provenance
from planner.artefacts.visit_calendar import VisitCalendar
from planner.facts.district import Pairing
from planner.text import Text

SHOWN_PAIRINGS: Final = 8

_INPUTS: Final[Mapping[str, Text]] = {
    "district": Text("工作簿", "the facts of the workbook"), "policy": Text("政策参数", "the settings of the policy"),
    "term": Text("任期或节假日", "the days of the term"), "travel": Text("路程（道路或坐标）", "travel times (roads or coordinates)")}
_SHEETS: Final[Mapping[str, Text]] = {
    "subdistricts": Text("街道", "sub-districts"), "offices": Text("单位", "offices"), "cadres": Text("干部", "cadres"),
    "sites": Text("企业或居委会", "enterprises or committees"), "past_terms": Text("历史", "past pairings"),
    "recusals": Text("回避", "recusals"), "pins": Text("指定", "pins"), "stay_requests": Text("挽留", "requests to stay"),
    "absences": Text("请假", "absences")}


def notes_on_plan(plan: Plan, digests: Mapping[str, str], version: str, calendar: VisitCalendar | None = None) -> tuple[Text, ...]:
    """Tell how a plan that was read differs from what the program wrote, and its inputs from the present ``digests``.

    ``version`` is that of the program now. Where ``calendar``, made for the plan before, lies beside it, the pairings that
    were changed are named.
    """
    return (*_edits(plan, calendar), *_changed_inputs(plan.provenance, digests), *_other_version(plan.provenance, version))


def differing_pairings(plan: Plan, calendar: VisitCalendar) -> tuple[tuple[Pairing, ...], tuple[Pairing, ...]]:
    """Pairings of the plan that the calendar has no time for, and those it has a time for that the plan lacks; sorted."""
    own, timed = set(plan.pairings), {Pairing(slot.cadre_id, slot.site_id) for slot in calendar.slots}
    return tuple(sorted(own - timed)), tuple(sorted(timed - own))


def shown_pairings(added: Iterable[Pairing], removed: Iterable[Pairing]) -> str:
    """Some of the pairings as a person reads a difference: ``+C009–E0002, −C003–E0002``."""
    lines = [f"{sign}{one.cadre_id}–{one.site_id}" for sign, some in (("+", added), ("−", removed)) for one in some]
    more = len(lines) - SHOWN_PAIRINGS
    return ", ".join(lines[:SHOWN_PAIRINGS]) + (f" … (+{more})" if more > 0 else "")


def _edits(plan: Plan, calendar: VisitCalendar | None) -> Iterator[Text]:
    added, removed = differing_pairings(plan, calendar) if calendar is not None else ((), ())
    shown = shown_pairings(added, removed)
    if plan.is_edited:
        what = Text(f"：{shown}", f": {shown}") if shown else Text("", "")
        yield Text(f"方案自程序写出后被改动过{what.zh}；核对无误后可用 visits 命令重排走访日历",
                   f"the plan was edited since the program wrote it{what.en}; once reviewed, the command visits makes a new calendar")
    elif shown:
        yield Text(f"走访日历是为另一份方案排的：{shown}；请用 visits 命令重排",
                   f"the calendar was made for another plan: {shown}; the command visits makes a new one")


def _changed_inputs(provenance: Provenance, digests: Mapping[str, str]) -> Iterator[Text]:
    for name, text in _INPUTS.items():
        before = provenance.digests.get(name)
        if before is None or name not in digests or before == digests[name]:
            continue
        parts = [words for part, words in _SHEETS.items()
                 if provenance.digests.get(f"{name}.{part}", now := digests.get(f"{name}.{part}")) != now]
        which = Text("、".join(one.zh for one in parts), ", ".join(one.en for one in parts))
        yield Text(f"{text.zh}与排方案时不同" + (f"（{which.zh}）" if parts else "") + "：后来改动过，或当时的程序较旧；以现在的为准核查",
                   f"{text.en} differ from when the plan was made" + (f" ({which.en})" if parts else "")
                   + ": changed since, or read by an older program; judged by what they are now")


def _other_version(provenance: Provenance, version: str) -> Iterator[Text]:
    made_by = provenance.versions.get("yixian")
    if made_by is not None and made_by != version:
        yield Text(f"方案由 {made_by} 版排出，现在是 {version} 版（文件格式第 {SCHEMA_VERSION} 版）",
                   f"the plan was made by version {made_by}; this is {version} (form {SCHEMA_VERSION} of the files)")
