"""Every rule broken alone, and other plans that are not legal: what check says of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from commands import names, reporting
from geodata.tables import write_workbook
from planner.facts.district import Pairing
from planner.rules import RULES
from tests.breakable import MOVES, Breakable
from tests.commands.running import HAN, Caller, rules_named, run, text_file, write_plan


def test_the_breakable_plan_is_valid(small_office: Path, call: Caller) -> None:
    code, verdict = call.json("check", small_office / "district.xlsx", small_office / "plan.json")
    assert (code, verdict["violations"]) == (0, [])


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_one_changed_pairing_makes_check_name_exactly_the_rule_it_breaks(
        rule_id: str, small_office: Path, breakable: Breakable, call: Caller, tmp_path: Path) -> None:
    """A new rule needs a move of its own in tests/breakable.py."""
    plan = write_plan(tmp_path / "plan.json", breakable.moved(rule_id))
    code, verdict = call.json("check", small_office / "district.xlsx", plan)
    assert code == 4
    assert verdict["valid"] is False
    assert [one["rule"] for one in verdict["violations"]] == [rule_id]
    done = call("check", small_office / "district.xlsx", plan, "--quiet", "--lang", "en")
    assert done.code == 4
    assert done.out.startswith("invalid: 1 violations, ")
    assert f"✗ [{rule_id}] {verdict['violations'][0]['en']}\n" in done.out
    assert not HAN.search(without_names(done.out, breakable))


def without_names(text: str, breakable: Breakable) -> str:
    district = breakable.district
    names = {one.name for one in (*district.cadres, *district.sites, *district.offices, *district.subdistricts)}
    return re.sub("|".join(sorted(map(re.escape, names), key=len, reverse=True)), "", text)


def test_a_broken_rule_in_a_process_of_its_own(small_office: Path, breakable: Breakable, cache: Path,
                                               tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.json", breakable.moved("recusal"))
    done = run(cache, small_office, "check", "district.xlsx", str(plan), "--json")
    assert done.code == 4
    assert rules_named(json.loads(done.out)) == ["recusal"]


@pytest.mark.parametrize("change", ["added", "site replaced"])
def test_other_changes_of_one_pairing_break_coverage(change: str, small_office: Path, breakable: Breakable, call: Caller,
                                                     tmp_path: Path) -> None:
    pairings = list(breakable.plan.pairings)
    if change == "site replaced":
        pairings.remove(Pairing("C2", "R2"))
    plan = write_plan(tmp_path / "plan.json", breakable.with_pairings([*pairings, Pairing("C2", "E4")]))
    code, verdict = call.json("check", small_office / "district.xlsx", plan)
    assert code == 4
    assert rules_named(verdict) == ["coverage"]
    assert sorted(one["subjects"] for one in verdict["violations"]) == (
        [["E4", "C2", "C4"]] if change == "added" else [["E4", "C2", "C4"], ["R2"]])


def test_a_plan_without_a_legal_day_gets_no_calendar(small_office: Path, breakable: Breakable, call: Caller,
                                                     tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.json", breakable.moved("visiting-hours"))
    code, verdict = call.json("visits", small_office / "district.xlsx", "--plan", plan, "--out", tmp_path / "out")
    assert code == 4
    assert rules_named(verdict) == ["visiting-hours"]
    unknown = write_plan(plan, breakable.with_pairings([Pairing("C1", "NOWHERE")]))
    code, verdict = call.json("visits", small_office / "district.xlsx", "--plan", unknown, "--out", tmp_path / "out")
    assert code == 4
    assert rules_named(verdict) == ["unknown-id"]
    assert not (tmp_path / "out").exists()


def test_a_plan_that_no_search_could_make_legal_is_judged(breakable: Breakable, call: Caller, tmp_path: Path) -> None:
    """One cadre, two sites that receive at the same hour only; the calendar of an older run lies in the folder."""
    district = breakable.district
    alone = replace(
        district, cadres=(district.cadre_by_id["C12"],), offices=(district.office_by_id["O12"],), past_terms=(),
        sites=tuple(district.site_by_id[one] for one in ("MORNING1", "MORNING2")), recusals=frozenset(),
        pins=frozenset(), stay_requests=frozenset())
    write_workbook(tmp_path / "district.xlsx", alone)
    (tmp_path / "out").mkdir()
    text_file(tmp_path / "out", "calendar.json", "{}")
    done = call("plan", tmp_path / "district.xlsx", "--out", tmp_path / "out", "--term", "2027-2028", "--effort", "quick")
    assert done.code == names.EXIT_BREAKS_RULES
    assert "不合格" in done.out


def test_long_lists_are_shown_in_part_and_counted(call: Caller, small_office: Path, breakable: Breakable,
                                                  tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.json", breakable.with_pairings([]))
    done = call("check", small_office / "district.xlsx", plan, "--quiet")
    assert done.code == 4
    assert done.out.count("✗ [coverage]") == reporting.SHOWN_LINES
    assert f"同类还有 {len(breakable.district.sites) - reporting.SHOWN_LINES} 处" in done.out


def test_every_rule_has_a_move_and_every_move_a_rule() -> None:
    assert set(MOVES) == {rule.id for rule in RULES}
