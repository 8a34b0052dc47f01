"""The commands about terms, on a small district: what they write, what they say, and how they end."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import run_planner
from commands.compare import _ladder
from commands.inputs import Sources, read_inputs
from commands.names import TERMS
from commands.reporting import Reporter
from commands.terms import later_plans, later_terms, terms_json
from geodata.demo_district import build_demo
from geodata.faults import InputError
from geodata.table_writer import write_workbook
from planner.artefacts.files import write_json
from planner.artefacts.plan import Plan
from planner.facts.district import Absence, Pairing
from planner.facts.term import term_of
from planner.rotation import plan_terms
from tests.maps.test_coverage import page_data
from tests.planner.sample import make_problem
from tests.planner.test_assignment import NOWHERE
from tests.planner.test_rotation import dead_end, terms

SCALE = 0.04

Run = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small district, without roads, and a plan for it."""
    folder = tmp_path_factory.mktemp("terms")
    write_workbook(folder / "district.xlsx", build_demo(1, SCALE).district)
    assert run_planner.main(["plan", str(folder / "district.xlsx"), "--out", str(folder / "out"), "--effort", "quick", "--quiet"]) == 0
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json; the exit code and what it said."""
    def running(*arguments: object) -> tuple[int, Any]:
        code = run_planner.main([*(str(one) for one in arguments), "--json", "--quiet"])
        said = capsys.readouterr().out
        return code, json.loads(said) if said.startswith("{") else said

    return running


def test_replan_without_a_reason_changes_nothing(planned: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("replan", planned / "district.xlsx", "--plan", planned / "out" / "plan.json", "--out", tmp_path)
    assert code == 0
    assert (said["forced"], said["changes"], said["least_changes"], said["proved"]) == ([], [], 0, True)
    before, after = (json.loads((folder / "plan.json").read_text()) for folder in (planned / "out", tmp_path))
    assert before["pairings"] == after["pairings"]
    assert json.loads((tmp_path / "handover.json").read_text())["handovers"] == []


def test_replan_after_a_cadre_left(planned: Path, run: Run, tmp_path: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    district = build_demo(1, SCALE).district
    pinned = {one.cadre_id for one in district.pins}
    gone = next(one.id for one in reversed(district.cadres) if one.id not in pinned)
    write_workbook(tmp_path / "after.xlsx", replace(district, cadres=tuple(
        replace(one, capacity_percent=0) if one.id == gone else one for one in district.cadres)))
    code, said = run("replan", tmp_path / "after.xlsx", "--plan", planned / "out" / "plan.json", "--out", tmp_path / "new",
                     "--from", "2027-06-01")
    assert code == 0
    assert {one["cadre"] for one in said["forced"]} == {gone}
    assert said["verdict"]["valid"]
    handovers = json.loads((tmp_path / "new" / "handover.json").read_text())["handovers"]
    assert {one["site"] for one in handovers} == {one["site"] for one in (*said["forced"], *said["changes"])}
    assert {one["first_day"] for one in handovers} == {"2027-06-01"}


def test_stand_ins_for_absences(planned: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("replan", planned / "district.xlsx", "--plan", planned / "out" / "plan.json", "--out", tmp_path, "--cover")
    assert code == 0
    assert said["kind"] == "yixian-handover"
    assert all(one["reason"] in {"cover", "return"} for one in said["handovers"])
    assert said["handovers"] or said["uncovered"]


def test_absences_between_liaison_days_are_said_to_need_nobody(planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dataclasses import replace  # noqa: PLC0415

    district = build_demo(1, SCALE).district
    write_workbook(tmp_path / "district.xlsx", replace(district, absences=(
        Absence(district.cadres[0].id, date(2027, 3, 20), date(2027, 3, 21)),)))
    assert run_planner.main(["replan", str(tmp_path / "district.xlsx"), "--plan", str(planned / "out" / "plan.json"), "--cover",
                             "--out", str(tmp_path / "new"), "--lang", "en"]) == 0
    assert "no stand-in is needed" in capsys.readouterr().out


def test_explain_answers_all_three_questions(planned: Path, run: Run, tmp_path: Path) -> None:
    plan = json.loads((planned / "out" / "plan.json").read_text())
    site, holder = plan["pairings"][0]["site"], plan["pairings"][0]["cadre"]
    given = (planned / "district.xlsx", "--plan", planned / "out" / "plan.json")
    code, said = run("explain", *given, "--site", site, "--out", tmp_path)
    assert code == 0
    assert 0 < len(said["prices"]) <= 5
    assert all(one["least_seconds"] <= one["found_seconds"] <= one["most_seconds"] for one in said["prices"]
               if one["found_seconds"] is not None)
    assert (tmp_path / f"explain-{site}.pdf").stat().st_size > 1000
    code, other = run("explain", *given, "--site", site, "--instead", said["prices"][0]["cadre"])
    assert code == 0
    assert other["prices"] == said["prices"][:1]
    code, own = run("explain", *given, "--cadre", holder)
    assert code == 0
    assert {"每月工作量", "走访日路程"} <= {one["topic"] for one in own["lines"]}
    assert run("explain", *given, "--site", "nothing")[0] == 2
    assert run("explain", *given)[0] == 2


def test_the_ledger_from_draft_to_issued(planned: Path, run: Run, tmp_path: Path) -> None:
    ledger, plan = tmp_path / "ledger.gpkg", planned / "out" / "plan.json"
    assert run("ledger", "record", ledger, "--plan", plan, "--by", "张")[0] == 0
    assert run("ledger", "issue", ledger, "--entry", 1, "--by", "李")[0] == 2
    assert run("ledger", "approve", ledger, "--entry", 1, "--by", "李", "--why", "会议纪要", "--on", "2026-12-20")[0] == 0
    assert run("ledger", "issue", ledger, "--entry", 1, "--by", "李")[0] == 0
    code, said = run("ledger", "show", ledger)
    assert code == 0
    assert [(one["state"], one["effective_from"], one["effective_to"]) for one in said["plans"]] == [("issued", "2027-01-01", "2028-12-31")]
    used = read_inputs(Sources(planned / "district.xlsx", ledger=ledger)).problem
    assert (used.term.id, used.district.past_terms[-1].id) == ("2029-2030", "2027-2028")
    assert len(used.district.past_terms[-1].pairings) == len(json.loads(plan.read_text())["pairings"])
    assert read_inputs(Sources(planned / "district.xlsx", term_id="2027-2028", ledger=ledger)).problem.district.past_terms == (
        used.district.past_terms[:-1])
    assert run("ledger", "snapshot", ledger, "--file", tmp_path / "copy.gpkg")[0] == 0
    assert run("ledger", "restore", ledger, "--file", tmp_path / "copy.gpkg")[0] == 0
    assert run("ledger", "record", ledger)[0] == 2
    code, said = run("ledger", "show", tmp_path / "nothing.gpkg")
    assert (code, said["faults"][0]["code"]) == (2, "missing-file")


def test_diagnose_names_rows_and_mends(run: Run, tmp_path: Path) -> None:
    knot = frozenset(Pairing(cadre, site) for cadre in ("c0", "c1") for site in ("r0", "r1"))
    write_workbook(tmp_path / "district.xlsx", make_problem(3, "e0 r0 r1 r2", recusals=knot).district)
    code, said = run("diagnose", tmp_path / "district.xlsx", "--term", "2027-2028", "--set", "min_enterprises_per_cadre=0",
                     "--set", "min_leader_sites_per_subdistrict=0", "--set", "max_unit_share_percent=100",
                     "--set", "max_load_percent_of_fair_share=400")
    assert code == 3
    conditions = said["clashes"][0]["conditions"]
    assert [one["subjects"] for one in conditions if one["kind"] == "rule"] == [["committee-count"]]
    rows = {one["row"].split("!")[0] for one in conditions if one["kind"] != "rule"}
    assert rows == {"回避", "居委会"}
    assert said["clashes"][0]["repairs"][0]["valid"]


def test_diagnose_says_when_a_plan_exists(planned: Path, run: Run) -> None:
    code, said = run("diagnose", planned / "district.xlsx")
    assert (code, said["plan_exists"], said["clashes"]) == (0, True, [])


def test_scenarios_plans_every_case_and_compares(planned: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("scenarios", planned / "district.xlsx", "--case", "max_load_percent_of_fair_share=300, goals.changes.minutes=40",
                     "--effort", "quick", "--out", tmp_path, "--lang", "en")
    assert code == 0
    assert [one["name"] for one in said["plans"]] == ["as it is", "max_load_percent_of_fair_share=300, goals.changes.minutes=40"]
    assert said == json.loads((tmp_path / "scenarios.json").read_text())
    before, after = (json.loads((tmp_path / f"case-{number}" / "plan.json").read_text()) for number in (1, 2))
    pairs = [{(one["cadre"], one["site"]) for one in plan["pairings"]} for plan in (before, after)]
    assert said["plans"][1]["sites_moved"] == len({site for _, site in pairs[0] ^ pairs[1]})
    assert before["provenance"]["digests"]["policy"] != after["provenance"]["digests"]["policy"]


def test_faulty_cases_are_told_together_before_anything_is_planned(planned: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("scenarios", planned / "district.xlsx", "--case", "max_travel_minutes=25,nonsense", "--case", "max_travel_minutes=far",
                     "--out", tmp_path)
    assert code == 2
    assert {one["column"] for one in said["faults"]} == {"nonsense", "max_travel_minutes"}
    assert not list(tmp_path.glob("case-*"))
    assert run("scenarios", planned / "district.xlsx", "--case", "", "--out", tmp_path)[0] == 2


@pytest.mark.parametrize("points", range(3, 8))
def test_prices_of_a_frontier_lie_on_both_sides_of_the_policys_own(points: int) -> None:
    factors = [float(name[1:]) for name, _ in _ladder(make_problem(1, "e0"), "travel", points)]
    assert len(factors) == points
    assert min(factors) < 1 < max(factors)
    assert 1 in factors


def test_frontier_between_two_goals(planned: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("frontier", planned / "district.xlsx", "--between", "fairness", "travel", "--points", 2, "--effort", "quick",
                     "--out", tmp_path)
    assert code == 0
    assert [one["name"] for one in said["plans"]] == ["+0%", "+5%"]
    written = json.loads((tmp_path / "frontier.json").read_text())
    assert (written["kind"], written["goals"]) == ("yixian-frontier", ["fairness", "travel"])
    assert any(one["worth_choosing"] for one in written["plans"])
    page = (tmp_path / "frontier.html").read_text()
    assert page.count("<circle") == 2
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert run("frontier", planned / "district.xlsx", "--between", "travel", "travel", "--out", tmp_path)[0] == 2


def test_a_plan_edited_by_hand_is_told_of(planned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = json.loads((planned / "out" / "plan.json").read_text())
    holder = plan["pairings"][0]["cadre"]
    plan["pairings"].pop()
    edited = tmp_path / "plan.json"
    edited.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    given = [str(planned / "district.xlsx"), "--lang", "en", "--plan", str(edited)]
    for command in (["explain", *given, "--cadre", holder], ["compare", *given, "--plan", str(planned / "out" / "plan.json")],
                    ["replan", *given, "--effort", "quick", "--out", str(tmp_path / "new")]):
        assert run_planner.main(command) in {0, 4}
        assert capsys.readouterr().err.count("the plan was edited since the program wrote it") == 1, command


def test_later_terms_take_the_holidays_given(planned: Path, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("年,日期,名称,休/班\n2029,2029-03-14,植树休假,休\n", encoding="utf-8")
    inputs = read_inputs(Sources(planned / "district.xlsx", term_id="2027-2028", holidays=table))
    assert inputs.holidays == table
    named = {one.day: one.name for one in later_terms(inputs.problem.term, 2, inputs.holidays)[1].special_days}
    assert named[date(2029, 3, 14)] == "植树休假"
    assert date(2029, 3, 14) not in {one.day for one in later_terms(term_of("2027-2028"), 2)[1].special_days}


def test_returned_sheets_become_a_workbook_for_replan(planned: Path, run: Run, tmp_path: Path) -> None:
    given = ("returns", planned / "district.xlsx", "--plan", planned / "out" / "plan.json")
    book = load_workbook(planned / "out" / "plan.xlsx")
    page = book["安排表"]
    columns = {cell.value: cell.column for cell in page[1]}
    holder, site = (page.cell(2, columns[name]).value for name in ("干部编号", "对象编号"))
    for name in ("干部编号", "姓名"):
        page.cell(2, columns[name]).value = None
    book.save(tmp_path / "objection.xlsx")
    code, said = run(*given, "--sheet", tmp_path / "objection.xlsx", "--by", "张", "--why", "路远", "--out", tmp_path / "new")
    assert (code, said["kind"]) == (0, "yixian-returns")
    assert said == json.loads((tmp_path / "new" / "returns.json").read_text())
    (edit,) = said["edits"]
    assert {key: edit[key] for key in ("kind", "site", "from", "to", "who", "why", "state")} == {
        "kind": "objection", "site": site, "from": holder, "to": None, "who": "张", "why": "路远", "state": "taken"}
    assert Pairing(holder, site) in read_inputs(Sources(tmp_path / "new" / "district.xlsx")).problem.district.recusals
    assert run(*given, "--sheet", planned / "out" / "plan.xlsx", "--out", tmp_path / "same")[1]["edits"] == []


def test_reasons_of_recusals_stay_in_the_input_and_those_of_objections_in_the_record(planned: Path, tmp_path: Path,
                                                                                     capsys: pytest.CaptureFixture[str]) -> None:
    """What 回避 says of reasons goes nowhere; why somebody objects stands in returns.json alone."""
    inputs = load_workbook(planned / "district.xlsx")
    page = inputs["回避"]
    page.cell(1, page.max_column + 1).value = "原因"
    page.cell(2, page.max_column).value = "配偶任职XYZ"
    inputs.save(tmp_path / "district.xlsx")
    sheet = load_workbook(planned / "out" / "plan.xlsx")
    columns = {cell.value: cell.column for cell in sheet["安排表"][1]}
    for name in ("干部编号", "姓名"):
        sheet["安排表"].cell(2, columns[name]).value = None
    sheet.save(tmp_path / "back.xlsx")
    given = ["--plan", str(planned / "out"), "--out"]
    why = ["--sheet", str(tmp_path / "back.xlsx"), "--by", "张", "--why", "私下原因UVW"]
    assert run_planner.main(["returns", str(tmp_path / "district.xlsx"), *given, str(tmp_path / "new"), *why]) == 0
    assert run_planner.main(["replan", str(tmp_path / "new" / "district.xlsx"), *given, str(tmp_path / "again")]) == 0
    said = capsys.readouterr()
    found: dict[str, set[str]] = {}
    for path in (one for folder in ("new", "again") for one in (tmp_path / folder).rglob("*") if one.is_file()):
        parts = {path.name: path.read_bytes()}
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                parts = {path.name: b"".join(book.read(name) for name in book.namelist())}
        for name, content in parts.items():
            found[name] = {secret for secret in ("XYZ", "UVW") if secret.encode() in content}
    assert {name for name, secrets in found.items() if secrets} == {"returns.json"}
    assert found["returns.json"] == {"UVW"}
    assert "district.xlsx" in found
    assert not {secret for secret in ("XYZ", "UVW") if secret in said.out + said.err}


def test_sheets_that_are_none_are_told_together(planned: Path, run: Run, tmp_path: Path) -> None:
    given = ("returns", planned / "district.xlsx", "--plan", planned / "out" / "plan.json")
    code, said = run(*given, "--sheet", planned / "district.xlsx", "--sheet", planned / "nothing.xlsx", "--out", tmp_path)
    assert code == 2
    assert [(one["file"], one["code"]) for one in said["faults"]] == [("district.xlsx", "missing-sheet"), ("nothing.xlsx", "missing-file")]
    before = (planned / "district.xlsx").read_bytes()
    code, said = run(*given, "--sheet", planned / "out" / "plan.xlsx", "--out", planned)
    assert (code, said["faults"][0]["code"]) == (2, "same-file")
    assert (planned / "district.xlsx").read_bytes() == before


def test_later_plans_are_read_back_beside_their_own_first_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = plan_terms(dead_end(), terms(2), NOWHERE, 1)
    first, second = (one.plan for one in made.terms)
    assert later_plans(tmp_path, first, Reporter("zh", quiet=False)) == ()
    write_json(tmp_path / TERMS, terms_json(made))
    write_json(tmp_path / "terms" / second.term_id / "plan.json", second.to_json())
    (read,) = later_plans(tmp_path, first, Reporter("zh", quiet=False))
    assert (read.term_id, read.pairings) == (second.term_id, second.pairings)
    assert capsys.readouterr().err == ""
    other = Plan.of(first.term_id, second.pairings, first.provenance)
    assert later_plans(tmp_path, other, Reporter("zh", quiet=False)) == ()
    assert "不是接着这份安排排的" in capsys.readouterr().err


def test_the_rotation_map_goes_on_over_later_terms(planned: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(planned / "out", folder)
    plan = Plan.from_json(json.loads((folder / "plan.json").read_text(encoding="utf-8")))
    later = Plan.of("2029-2030", plan.pairings[1:], plan.provenance)
    write_json(folder / "terms" / later.term_id / "plan.json", later.to_json())
    write_json(folder / TERMS, {
        "kind": "yixian-terms", "schema": 1, "terms": [{"term": plan.term_id}, {"term": later.term_id}],
        "holders": {site_id: [held[0], held[0]] for site_id, held in plan.cadres_of.items()}})
    arguments = ("maps", planned / "district.xlsx", "--plan", folder / "plan.json", "--out", folder, "--pictures", "none")
    assert run(*arguments)[0] == 0
    data = page_data((folder / "maps" / "changes.html").read_text(encoding="utf-8"))
    assert data["terms"][-2:] == [plan.term_id, later.term_id]
    ends = {site["id"]: chain[-1] for site, chain in zip(data["sites"], data["chains"], strict=True)}
    assert ends[plan.pairings[0].site_id] == []
    assert sum(map(len, ends.values())) == len(later.pairings)


@pytest.mark.parametrize("id_", ["../../outside", "2029-2030/../..", "..", "2030-2029", "2029-02030", "+2029-2030"])
def test_a_term_id_that_is_none_is_no_way_out_of_the_folder(id_: str, tmp_path: Path) -> None:
    made = plan_terms(dead_end(), terms(2), NOWHERE, 1)
    told = terms_json(made)
    told["terms"][1]["term"] = id_
    write_json(tmp_path / "in" / TERMS, told)
    write_json(tmp_path / "outside" / "plan.json", made.terms[1].plan.to_json())
    with pytest.raises(InputError) as caught:
        later_plans(tmp_path / "in", made.terms[0].plan, Reporter("zh", quiet=True))
    assert [one.code for one in caught.value.faults] == ["not-an-artefact"]


def test_a_new_plan_takes_the_place_of_older_terms_and_nothing_else(planned: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("terms.json", "changes.json", "terms/2029-2030/plan.json", "terms/2029-2030/handover.json", "terms/2031-2032/plan.json",
                 "terms/2031-2032/own.txt", "terms/notes-2027/plan.json"):
        write_json(out / name, {})
    assert run_planner.main(["plan", str(planned / "district.xlsx"), "--out", str(out), "--effort", "quick", "--quiet", "--json"]) == 0
    left = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"terms/2031-2032/own.txt", "terms/notes-2027/plan.json", "plan.json", "handover.json"} <= left
    assert not {"terms.json", "changes.json", "terms/2029-2030/plan.json", "terms/2031-2032/plan.json"} & left
    assert not (out / "terms" / "2029-2030").exists()
    handed = json.loads((out / "handover.json").read_text(encoding="utf-8"))["handovers"]
    assert {one["first_day"] for one in handed} == {"2027-01-01"}


def test_every_question_takes_the_folder_of_a_plan(planned: Path, run: Run, tmp_path: Path) -> None:
    district, folder = planned / "district.xlsx", planned / "out"
    holder = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["pairings"][0]["cadre"]
    for given in (("explain", district, "--cadre", holder), ("returns", district, "--sheet", folder / "plan.xlsx", "--out", tmp_path / "r"),
                  ("replan", district, "--out", tmp_path / "new")):
        assert run(*given, "--plan", folder) == run(*given, "--plan", folder / "plan.json")
    code, said = run("compare", district, "--plan", folder, "--plan", tmp_path / "new")
    assert (code, said["plans"][1]["sites_moved"]) == (0, 0)
    code, said = run("explain", district, "--cadre", holder, "--plan", tmp_path)
    assert (code, said["faults"][0]["file"]) == (2, "plan.json")


@pytest.mark.parametrize("day", ["2026-12-31", "2029-01-01", "1999-05-05"])
def test_a_change_outside_the_term_is_a_fault(planned: Path, run: Run, tmp_path: Path, day: str) -> None:
    given = ("replan", planned / "district.xlsx", "--plan", planned / "out", "--out", tmp_path)
    code, said = run(*given, "--from", day)
    assert (code, [one["code"] for one in said["faults"]]) == (2, ["outside-term"])
    assert not (tmp_path / "plan.json").exists()
    assert run(*given, "--from", "2028-12-31")[0] == 0


def test_that_no_change_is_possible_is_json_too(planned: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("replan", planned / "district.xlsx", "--plan", planned / "out", "--out", tmp_path, "--set", "max_travel_minutes=1")
    assert code == 3
    assert {"zh", "en"} == set(said["no_plan"][0])


def test_forms_of_handover_follow_the_list_beside_the_plan(planned: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(planned / "out", folder)
    listed = json.loads((folder / "handover.json").read_text(encoding="utf-8"))
    kept = next(one for one in listed["handovers"] if one["from"] and one["to"])
    listed["handovers"] = [kept | {"first_day": "2027-03-01", "meeting_day": None}]
    write_json(folder / "handover.json", listed)
    given = ("sheets", planned / "district.xlsx", "--plan", folder, "--out", folder, "--paper", "handover", "--format", "excel")
    assert run(*given)[0] == 0
    cells = [str(cell.value) for sheet in load_workbook(folder / "sheets" / "handover.xlsx") for row in sheet for cell in row if cell.value]
    assert sum(one == "接手日期" for one in cells) == 1
    assert any("2027年3月1日" in one for one in cells)
    listed["handovers"][0]["to"] = "nobody"
    write_json(folder / "handover.json", listed)
    assert run(*given)[0] == 0
    cells = [str(cell.value) for sheet in load_workbook(folder / "sheets" / "handover.xlsx") for row in sheet for cell in row if cell.value]
    assert sum(one == "接手日期" for one in cells) > 1
