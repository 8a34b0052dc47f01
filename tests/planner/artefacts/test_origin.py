from __future__ import annotations

from dataclasses import replace

from planner.artefacts.origin import notes_on_plan, shown_pairings
from planner.artefacts.plan import Plan
from planner.artefacts.provenance import Provenance
from planner.artefacts.visit_calendar import Slot, VisitCalendar
from planner.facts.digests import digests_of_parts
from planner.facts.district import Pairing
from tests.planner.sample import make_problem

PAIRS = (Pairing("c0", "e0"), Pairing("c1", "e1"))


def a_plan(pairings: tuple[Pairing, ...] = PAIRS, **digests: str) -> Plan:
    return Plan.of("2027-2028", pairings, Provenance(digests, 1, {"yixian": "1"}))


def calendar_of(pairings: tuple[Pairing, ...]) -> VisitCalendar:
    return VisitCalendar("2027-2028", "second-thursday", (), tuple(Slot(one.cadre_id, one.site_id, 1, 0, 32400, 36000)
                                                                   for one in pairings), (), Provenance({}, 1, {}))


def told(plan: Plan, calendar: VisitCalendar | None = None, **digests: str) -> list[str]:
    return [one.en for one in notes_on_plan(plan, digests, "1", calendar)]


def test_a_plan_as_it_was_written_says_nothing() -> None:
    plan = Plan.from_json(a_plan(district="a").to_json())
    assert plan == a_plan(district="a")
    assert plan.sealed
    assert not plan.is_edited
    assert told(plan, calendar_of(PAIRS), district="a", policy="b") == []


def test_a_plan_made_by_hand_has_no_seal_to_break() -> None:
    data = a_plan().to_json()
    del data["sealed"]
    assert not Plan.from_json(data).is_edited


def test_an_edit_is_shown_as_a_difference() -> None:
    data = a_plan().to_json()
    data["pairings"][1]["cadre"] = "c9"
    plan = Plan.from_json(data)
    assert plan.is_edited
    assert told(plan) == ["the plan was edited since the program wrote it; once reviewed, the command visits makes a new calendar"]
    assert "edited since the program wrote it: +c9–e1, −c1–e1;" in told(plan, calendar_of(PAIRS))[0]
    again = Plan.from_json(plan.to_json())  # written again it is a plan of its own
    assert not again.is_edited


def test_a_calendar_of_another_plan() -> None:
    assert told(a_plan(), calendar_of((*PAIRS, Pairing("c1", "e2")))) == [
        "the calendar was made for another plan: −c1–e2; the command visits makes a new one"]


def test_what_of_the_workbook_changed_is_named() -> None:
    before = make_problem(2, "e0 e1").district
    after = replace(before, cadres=before.cadres[:1], pins=frozenset({Pairing("c0", "e0")}))
    then, now = digests_of_parts("district", before), digests_of_parts("district", after)
    assert then["district"] != now["district"]
    assert told(replace(a_plan(), provenance=Provenance(then, 1, {"yixian": "1"})), **now) == [
        ("the facts of the workbook differ from when the plan was made (cadres, pins): changed since, or read by an older program; "
        "judged by what they are now")]
    assert told(a_plan(travel="a", policy="b"), travel="c", policy="b") == [
        ("travel times (roads or coordinates) differ from when the plan was made: changed since, or read by an older program; "
        "judged by what they are now")]


def test_an_older_version_is_named() -> None:
    assert [one.en for one in notes_on_plan(a_plan(), {}, "2")] == [
        "the plan was made by version 1; this is 2 (form 1 of the files)"]


def test_long_differences_are_cut_and_counted() -> None:
    assert shown_pairings([Pairing("c", f"e{number}") for number in range(10)], [Pairing("c", "e99")]).endswith("+c–e7 … (+3)")
