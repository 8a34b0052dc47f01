"""The command line as a stranger uses it: the whole job, every stage alone, every mistake, the judge on every file."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import commands.check
import run_planner
from commands import inputs, names, options, reporting, stages
from geodata.policy_file import BUILT_IN_POLICY
from geodata.tables import write_workbook
from planner.artefacts.plan import Plan
from planner.check import judge
from planner.facts.district import Pairing, SiteKind
from planner.rules import RULES, WORDS_BY_ID
from planner.text import Text
from tests.breakable import MOVES, SETTINGS, Breakable, make_breakable

PROGRAM = Path(run_planner.__file__)
HAN = re.compile(r"[\u3400-\u9fff]")
HEAVY = ("geopandas", "folium", "ortools", "numba", "scipy", "networkx", "typst", "shapely", "pandas", "pyogrio", "numpy")
PAPERS = ("district.xlsx", "policy.toml", "geography.gpkg", "plan.json", "calendar.json", "routes.json", "summary.json", "handover.json",
          "plan.xlsx", "plan.gpkg", "maps/coverage.html", "maps/heat.html",
          "maps/changes.html", "maps/visit-days.html", "report.html", "pictures/coverage.pdf", "pictures/changes.pdf",
          "pictures/need-and-service.pdf", "pictures/liaison-day.pdf", "pictures/poster.pdf", "sheets/route-sheets-2027-01-14.pdf")
FIRST_DAY = "2027-01-14"


@dataclass(frozen=True)
class Done:
    """What a run left behind."""

    code: int
    out: str
    err: str
    folder: Path

    def json_of(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    @property
    def summary(self) -> Any:
        return self.json_of("summary.json")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left in the home folder of whoever runs the tests."""
    monkeypatch.setenv("YIXIAN_CACHE", str(cache))


def environment(cache: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "YIXIAN_CACHE": str(cache), "PYTHONUTF8": "1", **more}


def run(cache: Path, folder: Path, *arguments: str, hash_seed: int = 1) -> Done:
    """Run the program in a pipe, in its own process, from ``folder``."""
    done = subprocess.run([sys.executable, str(PROGRAM), *arguments], cwd=folder, capture_output=True, check=False,
                          env=environment(cache, PYTHONHASHSEED=str(hash_seed)))
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode(), folder)


@dataclass
class Caller:
    """Calls the program in this process."""

    capsys: pytest.CaptureFixture[str]
    folder: Path

    def __call__(self, *arguments: str | Path) -> Done:
        self.capsys.readouterr()
        code = run_planner.main([str(one) for one in arguments])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err, said.err
        return Done(code, said.out, said.err, self.folder)

    def json(self, *arguments: str | Path) -> tuple[int, Any]:
        done = self(*arguments, "--json", "--quiet")
        assert done.err == ""
        return done.code, json.loads(done.out)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Caller:
    return Caller(capsys, tmp_path)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Done:
    """A fifth of the demonstration district."""
    folder = tmp_path_factory.mktemp("small") / "out"
    done = run(cache, folder.parent, "demo", "--out", str(folder), "--effort", "quick", "--scale", "0.2")
    assert done.code == 0, done.err
    return replace(done, folder=folder)


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Done:
    """The whole demonstration district."""
    folder = tmp_path_factory.mktemp("full") / "out"
    done = run(cache, folder.parent, "demo", "--out", str(folder), "--effort", "quick")
    return replace(done, folder=folder)


@pytest.fixture(scope="session")
def breakable() -> Breakable:
    return make_breakable()


@pytest.fixture(scope="session")
def small_office(tmp_path_factory: pytest.TempPathFactory, breakable: Breakable) -> Path:
    """A folder with the workbook, the policy and the plan of the district in which every rule can be broken alone."""
    folder = tmp_path_factory.mktemp("breakable")
    write_workbook(folder / "district.xlsx", breakable.district)
    text = BUILT_IN_POLICY.read_text(encoding="utf-8")
    for key, value in SETTINGS.items():
        text, count = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
        assert count == 1, key
    (folder / "policy.toml").write_text(text, encoding="utf-8")
    write_plan(folder / "plan.json", breakable.plan)
    return folder


def write_plan(path: Path, plan: Plan) -> Path:
    path.write_text(json.dumps(plan.to_json(), ensure_ascii=False), encoding="utf-8")
    return path


def rules_named(verdict: Any) -> list[str]:
    return sorted({one["rule"] for one in verdict["violations"]})


# --- help -------------------------------------------------------------------------------------------------------


def test_help_ends_with_0_and_loads_nothing_heavy() -> None:
    code = f"""
import sys
import run_planner
for command in ([], ["demo"], ["plan"], ["check"], ["visits"], ["maps"], ["sheets"], ["occasions"]):
    assert run_planner.main([*command, "--help"]) == 0, command
assert run_planner.main(["--version"]) == 0
loaded = sorted(set({HEAVY!r}) & set(sys.modules))
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=PROGRAM.parent, capture_output=True,
                          check=False, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr.decode()
    assert "内置演示区" in done.stdout.decode()
    assert "the whole job" in done.stdout.decode().lower()


# --- the whole job ----------------------------------------------------------------------------------------------


def test_the_whole_district_is_planned_and_valid(full: Done) -> None:
    assert full.code == 0, full.err
    assert "0 项违规，791 个联系点已落实 791 个" in full.out
    assert [name for name in PAPERS if not (full.folder / name).is_file()] == []
    summary = full.summary
    assert summary["valid"] is True
    assert summary["violations"] == []
    assert summary["status"] == "complete"
    assert {key: summary["counts"][key] for key in ("cadres", "sites", "sites_held", "liaison_days")} == {
        "cadres": 310, "sites": 791, "sites_held": 791, "liaison_days": 24}
    assert {goal["id"] for goal in summary["goals"]} <= set(WORDS_BY_ID)
    assert all(goal["bound"] is None or goal["bound"] <= goal["value"] for goal in summary["goals"])
    assert summary["seed"] == 1
    assert {name for name in summary["digests"] if "." not in name} == {"district", "policy", "term", "travel", "plan"}
    assert full.out.rstrip().endswith(str(full.folder))


def test_progress_in_a_pipe_is_plain_lines_on_standard_error(full: Done) -> None:
    for text in (full.out, full.err):
        assert "\r" not in text
        assert "\x1b" not in text
    assert re.search(r"(?m)^✓ 安排结对（\d+\.\d 秒）$", full.err)
    assert "✓" not in full.out


def test_no_liaison_day_falls_on_a_holiday(full: Done) -> None:
    """11 February 2027 is the sixth day of the lunar year."""
    days = full.json_of("calendar.json")["liaison_days"]
    assert days[1] == {"day": "2027-02-15", "nominal": "2027-02-11", "reason": "春节", "state": "projected"}


def test_the_judge_says_so_of_the_whole_folder_in_english(full: Done, call: Caller) -> None:
    done = call("check", full.folder / "district.xlsx", full.folder, "--lang", "en")
    assert done.code == 0
    assert done.out.startswith("valid: 0 violations, 791 of 791 points held\n")
    assert not HAN.search(done.out + done.err)


def test_the_plan_read_back_from_its_workbook_gets_the_same_verdict(full: Done, call: Caller) -> None:
    """The bounds are claims of plan.json alone; a plan made by hand has none."""
    from_json = inputs.read_inputs(inputs.Sources(full.folder / "district.xlsx", term_id="2027-2028")).problem
    verdict = judge(from_json, Plan.from_json(full.json_of("plan.json"))).to_json()
    code, by_hand = call.json("check", full.folder / "district.xlsx", full.folder / "plan.xlsx")
    assert code == 0
    assert by_hand["violations"] == verdict["violations"] == []
    assert by_hand["counts"] == verdict["counts"]
    assert [(one["id"], one["value"]) for one in by_hand["goals"]] == [
        (one["id"], one["value"]) for one in verdict["goals"]]


def test_check_of_workbook_and_plan_in_its_own_process(full: Done, cache: Path) -> None:
    done = run(cache, full.folder, "check", "district.xlsx", "plan.json")
    assert done.code == 0, done.err
    assert done.out.startswith("合格 valid：0 项违规，791 个联系点已落实 791 个\n")


def test_the_same_seed_gives_the_same_bytes(small: Done, tmp_path: Path, cache: Path) -> None:
    """From another folder, under another hash seed, told as JSON: every file is the same but for the seconds."""
    again = run(cache, tmp_path, "demo", "--out", "elsewhere", "--effort", "quick", "--scale", "0.2", "--json", "--quiet",
                hash_seed=2)
    assert (again.code, again.err) == (0, "")
    assert json.loads(again.out)["valid"] is True
    other = tmp_path / "elsewhere"
    names = sorted(path.relative_to(small.folder).as_posix() for path in small.folder.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other).as_posix() for path in other.rglob("*") if path.is_file())
    assert names == sorted((*PAPERS, "occasions.xlsx"))
    different = [name for name in names if (small.folder / name).read_bytes() != (other / name).read_bytes()]
    assert set(different) <= {"summary.json"}
    summaries = [json.loads((folder / "summary.json").read_text(encoding="utf-8")) for folder in (small.folder, other)]
    assert all(summary.pop("seconds").keys() >= {"assignment", "calendar", "routes"} for summary in summaries)
    assert summaries[0] == summaries[1]


# --- each stage alone -------------------------------------------------------------------------------------------


def test_calendar_and_routes_alone_are_the_same_bytes(small: Done, call: Caller, tmp_path: Path) -> None:
    for plan, same in (("plan.json", True), ("plan.xlsx", False)):
        out = tmp_path / plan
        code, verdict = call.json("visits", small.folder / "district.xlsx", "--plan", small.folder / plan, "--out", out)
        assert code == 0
        assert verdict["violations"] == []
        for name in ("calendar.json", "routes.json", "plan.json"):
            made, original = (json.loads((folder / name).read_text(encoding="utf-8")) for folder in (out, small.folder))
            assert (made.pop("provenance") == original.pop("provenance")) is same
            if name != "plan.json" or same:
                assert made == original
            if same:
                assert (out / name).read_bytes() == (small.folder / name).read_bytes()
    assert json.loads((tmp_path / "plan.xlsx" / "plan.json").read_text(encoding="utf-8"))["pairings"] == \
        small.json_of("plan.json")["pairings"]


def test_maps_alone_are_the_same_bytes_and_are_told_as_json(small: Done, call: Caller, tmp_path: Path) -> None:
    code, told = call.json("maps", small.folder / "district.xlsx", "--plan", small.folder / "plan.json", "--out", tmp_path)
    assert code == 0
    names = ("maps/coverage.html", "maps/heat.html", "maps/changes.html", "maps/visit-days.html", "report.html",
             *(f"pictures/{name}.pdf" for name in ("coverage", "need-and-service", "changes", "liaison-day", "poster")))
    assert told == {"files": [str(tmp_path / name) for name in names]}
    for name in names:
        assert (tmp_path / name).read_bytes() == (small.folder / name).read_bytes()


def test_route_sheets_alone_are_the_same_bytes(small: Done, call: Caller, tmp_path: Path) -> None:
    done = call("sheets", small.folder / "district.xlsx", "--plan", small.folder / "plan.json", "--out", tmp_path)
    path = tmp_path / "sheets" / f"route-sheets-{FIRST_DAY}.pdf"
    assert (done.code, done.out) == (0, f"{path}\n")
    assert path.read_bytes() == (small.folder / "sheets" / path.name).read_bytes()


def test_the_route_sheet_of_one_cadre(small: Done, call: Caller, tmp_path: Path) -> None:
    """Twice, and once from the plan's workbook, which does not say its term."""
    day = "2027-02-15"
    cadre_id = next(one["cadre"] for one in small.json_of("routes.json")["routes"] if day in one["days"])
    sheets = []
    for folder, plan in ((tmp_path / "a", "plan.json"), (tmp_path / "b", "plan.json"), (tmp_path / "c", "plan.xlsx")):
        done = call("sheets", small.folder / "district.xlsx", "--plan", small.folder / plan, "--out", folder,
                    "--day", day, "--cadre", cadre_id)
        assert done.code == 0
        sheets.append((folder / "sheets" / f"route-sheet-{day}-{cadre_id}.pdf").read_bytes())
    assert sheets[0] == sheets[1]
    assert all(sheet.startswith(b"%PDF") for sheet in sheets)


def test_occasions_are_planned_judged_and_printed_again(small: Done, call: Caller, tmp_path: Path) -> None:
    """Edited by hand they are judged as they lie there, and nothing is printed of what breaks rules."""
    asked = small.folder / "occasions.xlsx"
    arguments = ("occasions", small.folder / "district.xlsx", "--plan", small.folder / "plan.json", "--file", asked, "--out", tmp_path)
    done = call(*arguments)
    assert done.code == 0, done.err
    assert "合格：4 项" in done.out
    assert "new-year-2027 未能安排" in done.out
    path = tmp_path / "occasions.json"
    first, sheets = path.read_bytes(), tmp_path / "sheets"
    assert (sheets / "round-1.pdf").read_bytes().startswith(b"%PDF")
    assert b"\xe4\xbd\x8f\xe6\x88\xb7" not in first, "no household has its name in the artefact"
    code, verdict = call.json(*arguments, "--keep", "--level", "public")
    assert (code, verdict["valid"], verdict["counts"]["occasions"]) == (0, True, 4)
    assert path.read_bytes() == first
    assert (sheets / "public" / "reception-1.pdf").is_file()
    data = json.loads(first)
    data["occasions"][0]["calls"][0]["starts_seconds"] -= 3600
    path.write_text(json.dumps(data), encoding="utf-8")
    shutil.rmtree(sheets)
    done = call(*arguments, "--keep", "--lang", "en")
    assert done.code == 4
    assert "✗ [occasions] new-year-2027: the call of" in done.out
    assert not sheets.exists()
    assert call(*arguments[:-3], tmp_path / "no.xlsx", *arguments[-2:]).code == 2


def test_the_whole_job_names_the_command_for_the_other_papers(small: Done) -> None:
    line = next(one for one in small.out.splitlines() if "--paper all" in one)
    words = shlex.split(line.partition("：")[2])
    assert words[:3] == ["python", "run_planner.py", "sheets"]
    assert Path(words[3]).is_file()


@pytest.mark.parametrize(("options", "why"), [
    (("--day", "2027-01-15"), "2027-01-15 不是联系基层工作日"), (("--day", "tomorrow"), "tomorrow 不是联系基层工作日"),
    (("--cadre", "C9999"), "C9999 在 2027-01-14 没有走访路线")])
def test_sheets_of_a_day_or_for_a_cadre_there_is_not(small: Done, call: Caller, options: tuple[str, str], why: str) -> None:
    done = call("sheets", small.folder / "district.xlsx", "--plan", small.folder / "plan.json", "--out",
                small.folder.parent / "none", *options)
    assert done.code == 2
    assert why in done.out
    assert not (small.folder.parent / "none").exists()


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


# --- every rule broken alone ------------------------------------------------------------------------------------


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


def test_a_point_dropped_from_the_demonstration_plan(small: Done, call: Caller) -> None:
    """The first committee whose cadre is not needed for anything else, found by search."""
    problem = inputs.read_inputs(inputs.Sources(small.folder / "district.xlsx", term_id="2027-2028")).problem
    plan = Plan.from_json(small.json_of("plan.json"))
    for dropped in plan.pairings:
        if problem.district.site_by_id[dropped.site_id].kind is not SiteKind.COMMITTEE:
            continue
        changed = replace(plan, pairings=tuple(one for one in plan.pairings if one != dropped))
        if {one.rule_id for one in judge(problem, changed).violations} == {"coverage"}:
            path = write_plan(small.folder.parent / "changed.json", changed)
            code, verdict = call.json("check", small.folder / "district.xlsx", path)
            assert code == 4
            assert [(one["rule"], one["subjects"]) for one in verdict["violations"]] == [("coverage", [dropped.site_id])]
            assert verdict["counts"]["sites_held"] == verdict["counts"]["sites"] - 1
            return
    pytest.fail("every committee is needed for something else")


def test_a_calendar_that_is_not_of_the_plan_is_named(small: Done, call: Caller, tmp_path: Path) -> None:
    shutil.copytree(small.folder, tmp_path / "out", ignore=shutil.ignore_patterns("maps", "sheets"))
    path = tmp_path / "out" / "calendar.json"
    calendar = json.loads(path.read_text(encoding="utf-8"))
    calendar["slots"][0]["starts_seconds"] = calendar["slots"][0]["ends_seconds"]
    path.write_text(json.dumps(calendar), encoding="utf-8")
    code, verdict = call.json("check", small.folder / "district.xlsx", tmp_path / "out")
    assert code == 4
    assert rules_named(verdict) == ["calendar", "routes"]


# --- mistakes ---------------------------------------------------------------------------------------------------


def test_a_good_workbook_has_no_faults(small_office: Path, call: Caller) -> None:
    done = call("check", small_office / "district.xlsx", "--quiet")
    assert (done.code, done.out) == (0, "共 0 处错误，0 处已自动修正。\n")
    assert call.json("check", small_office / "district.xlsx") == (0, {"faults": []})


@pytest.fixture
def broken_workbook(small_office: Path, tmp_path: Path) -> Path:
    """Faults on three sheets."""
    workbook = openpyxl.load_workbook(small_office / "district.xlsx")
    cadres, enterprises = workbook["干部"], workbook["企业"]
    cadres["D3"] = "不详"
    cadres["C5"] = "没有的单位"
    enterprises["A4"] = enterprises["A3"].value
    workbook["回避"]["B2"] = "E99999"
    workbook.save(tmp_path / "broken.xlsx")
    return tmp_path / "broken.xlsx"


def test_all_faults_of_a_workbook_are_told_at_once(broken_workbook: Path, call: Caller) -> None:
    code, told = call.json("check", broken_workbook)
    assert code == 2
    faults = [one for one in told["faults"] if one["severity"] == "fault"]
    assert [(one["sheet"], one["row"]) for one in faults] == [("干部", 3), ("干部", 5), ("企业", 4), ("回避", 2)]
    done = call("check", broken_workbook)
    assert done.code == 2
    assert done.out.count("✗ ") == 4
    assert done.out.endswith("共 4 处错误，0 处已自动修正。\n")
    english = call("plan", broken_workbook, "--out", broken_workbook.parent / "out", "--lang", "en")
    assert english.code == 2
    assert "4 faults, 0 mended." in english.out
    assert not (broken_workbook.parent / "out").exists()


def text_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


MISTAKES = {
    "no file": (("check", "{tmp}/missing.xlsx"), "missing.xlsx"),
    "not a workbook": (("check", "{tmp}/text.xlsx"), "text.xlsx"),
    "damaged workbook": (("check", "{tmp}/damaged.xlsx"), "damaged.xlsx"),
    "no plan file": (("check", "{office}/district.xlsx", "{tmp}/missing.json"), "missing.json"),
    "empty folder": (("check", "{office}/district.xlsx", "{tmp}"), "plan.json"),
    "plan not JSON": (("check", "{office}/district.xlsx", "{tmp}/text.json"), "text.json"),
    "plan a list": (("check", "{office}/district.xlsx", "{tmp}/list.json"), "list.json"),
    "plan of another kind": (("check", "{office}/district.xlsx", "{tmp}/kind.json"), "kind.json"),
    "plan half": (("check", "{office}/district.xlsx", "{tmp}/half.json"), "half.json"),
    "plan of no term": (("check", "{office}/district.xlsx", "{tmp}/term.json"), "--term"),
    "plan no workbook": (("check", "{office}/district.xlsx", "{tmp}/text.xlsx"), "text.xlsx"),
    "no policy": (("check", "{office}/district.xlsx", "--policy", "{tmp}/missing.toml"), "missing.toml"),
    "policy with an unknown key": (("check", "{office}/district.xlsx", "--policy", "{tmp}/odd.toml"), "max_tea_breaks"),
    "policy not TOML": (("check", "{office}/district.xlsx", "--policy", "{tmp}/text.json"), "text.json"),
    "no roads": (("check", "{office}/district.xlsx", "--roads", "{tmp}/missing.gpkg"), "missing.gpkg"),
    "roads that are none": (("check", "{office}/district.xlsx", "--roads", "{tmp}/text.gpkg"), "text.gpkg"),
    "term backwards": (("check", "{office}/district.xlsx", "--term", "2028-2027"), "--term"),
    "term in words": (("check", "{office}/district.xlsx", "--term", "next"), "--term"),
    "unknown setting": (("plan", "{office}/district.xlsx", "--out", "{tmp}/out", "--set", "tea=1"), "tea"),
    "setting without value": (("plan", "{office}/district.xlsx", "--out", "{tmp}/out", "--set", "max_travel_minutes"),
                              "max_travel_minutes"),
    "out is a file": (("plan", "{office}/district.xlsx", "--out", "{tmp}/text.json/out"), "无法写入"),
    "no calendar beside the plan": (("maps", "{office}/district.xlsx", "--plan", "{office}/plan.json", "--out",
                                     "{tmp}/out"), "calendar.json"),
    "no workbook given": (("check",), "--help"),
    "no out given": (("demo",), "--out"),
    "unknown option": (("demo", "--fast"), "--fast"),
    "unknown command": (("dance",), "dance"),
    "unknown effort": (("demo", "--out", "{tmp}/out", "--effort", "none"), "none"),
    "no scale": (("demo", "--out", "{tmp}/out", "--scale", "0"), "--scale"),
    "seed below 0": (("demo", "--out", "{tmp}/out", "--seed", "-1"), "--seed"),
}


@pytest.fixture
def mistakes(small_office: Path, tmp_path: Path) -> dict[str, str]:
    """Files that are not what they should be; what to put for the names of folders."""
    plan = json.loads((small_office / "plan.json").read_text(encoding="utf-8"))
    for name in ("text.xlsx", "text.json", "text.gpkg"):
        text_file(tmp_path, name, "只是一行文字")
    (tmp_path / "damaged.xlsx").write_bytes((small_office / "district.xlsx").read_bytes()[:3000])
    text_file(tmp_path, "list.json", "[]")
    text_file(tmp_path, "kind.json", json.dumps(plan | {"kind": "yixian-calendar"}))
    text_file(tmp_path, "half.json", json.dumps({"kind": "yixian-plan", "term": "2027-2028"}))
    text_file(tmp_path, "term.json", json.dumps(plan | {"term": "下一届"}))
    policy = (small_office / "policy.toml").read_text(encoding="utf-8")
    text_file(tmp_path, "odd.toml", policy.replace("[travel]", "[travel]\nmax_tea_breaks = 2"))
    return {"tmp": str(tmp_path), "office": str(small_office)}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_ends_with_2_and_a_sentence(name: str, mistakes: dict[str, str], call: Caller) -> None:
    arguments, what = MISTAKES[name]
    done = call(*(one.format(**mistakes) for one in arguments))
    assert done.code == 2
    assert what in done.out + done.err
    assert HAN.search(done.out + done.err)
    assert not (Path(mistakes["tmp"]) / "out").exists()
    english = call(*(one.format(**mistakes) for one in arguments), "--lang", "en")
    assert english.code == 2
    assert not HAN.search(english.out + english.err)


@pytest.mark.parametrize("name", ["no file", "not a workbook", "plan half", "policy with an unknown key", "roads that are none"])
def test_a_mistake_is_told_as_json_too(name: str, mistakes: dict[str, str], call: Caller) -> None:
    code, told = call.json(*(one.format(**mistakes) for one in MISTAKES[name][0]))
    assert code == 2
    assert [one["severity"] for one in told["faults"]] == ["fault"]


def test_a_mistake_in_its_own_process_leaves_no_traceback(cache: Path, tmp_path: Path) -> None:
    done = run(cache, tmp_path, "plan", "没有.xlsx", "--out", "out")
    assert done.code == 2
    assert "没有.xlsx" in done.out
    assert "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


# --- no plan, our own faults, interruptions ---------------------------------------------------------------------


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


def test_where_counting_proves_that_no_plan_exists_nothing_is_written(small: Done, call: Caller, tmp_path: Path) -> None:
    done = call("plan", small.folder / "district.xlsx", "--set", "max_travel_minutes=2", "--out", tmp_path / "out")
    assert done.code == names.EXIT_NO_PLAN
    assert done.out.startswith("没有可行方案，原因如下：\n✗ ")
    assert not (tmp_path / "out").exists()


def test_a_fault_of_ours_is_shown_in_full(small_office: Path, capsys: pytest.CaptureFixture[str],
                                          monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(commands.check, "read_inputs", fails)
    assert run_planner.main(["check", str(small_office / "district.xlsx"), "--lang", "en"]) == 1
    said = capsys.readouterr().err
    assert "a fault of ours" in said
    assert "RuntimeError: a bug" in said


def test_an_interruption_outside_the_search_ends_with_130(small_office: Path, call: Caller,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.check, "read_inputs", interrupted)
    done = call("check", small_office / "district.xlsx")
    assert done.code == 130
    assert "已中断" in done.err


@pytest.mark.parametrize("asked_by", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_the_second_interruption_of_the_search_ends_the_program(asked_by: signal.Signals,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(asked_by)
    with reporting.Stop(reporting.Reporter("zh", quiet=False)).listening() as stop:
        assert not stop.asked
        signal.raise_signal(asked_by)
        assert stop.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(asked_by)
    assert signal.getsignal(asked_by) is before
    assert "保留目前最好的方案" in capsys.readouterr().err


def test_a_time_limit_ends_the_search_once_it_has_passed(capsys: pytest.CaptureFixture[str]) -> None:
    patient, hasty = (reporting.Stop(reporting.Reporter("zh", quiet=False), limit) for limit in (3600.0, 1e-9))
    assert not patient.due()
    assert hasty.due()
    assert hasty.due()
    assert capsys.readouterr().err.count("时间到") == 1


class Counting(reporting.Reporter):
    """Counts how often the search tells of its progress; sends the signal of Ctrl-C the ``stop_at``-th time."""

    calls = 0
    stop_at = 0

    def progress(self, detail: str) -> None:
        type(self).calls += 1
        if self.calls == self.stop_at:
            signal.raise_signal(signal.SIGINT)
        super().progress(detail)


def test_ctrl_c_keeps_the_best_plan_so_far(small: Done, call: Caller, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    """The same search twice: the first tells how often it speaks, the second is stopped the last time but one."""
    workbook = small.folder / "district.xlsx"
    problem = inputs.read_inputs(inputs.Sources(workbook)).problem
    monkeypatch.setattr(Counting, "calls", 0)
    whole = stages.make_plan(problem, 1, "quick", Counting("en", quiet=True))
    assert whole.status == "complete"
    assert Counting.calls > 2
    monkeypatch.setattr(Counting, "stop_at", Counting.calls - 1)
    monkeypatch.setattr(Counting, "calls", 0)
    monkeypatch.setattr(options, "Reporter", Counting)
    done = call("plan", workbook, "--out", tmp_path / "out", "--effort", "quick", "--lang", "en")
    assert done.code == 0
    assert Counting.calls == Counting.stop_at
    assert done.err.count("the best plan so far is kept") == 1
    assert not HAN.search(re.sub("“[^”]*”", "", done.out + done.err)), "only the names of sheets are Chinese"
    written = [name for name in PAPERS if name not in {"district.xlsx", "policy.toml", "geography.gpkg"}]
    assert [name for name in written if not (tmp_path / "out" / name).is_file()] == []
    stopped = replace(done, folder=tmp_path / "out")
    assert stopped.json_of("plan.json")["status"] == "stopped"
    assert (stopped.summary["status"], stopped.summary["valid"]) == ("stopped", True)
    assert done.out.startswith("valid: 0 violations, 158 of 158 points held\n")


# --- what the user sees -----------------------------------------------------------------------------------------


def test_progress_on_a_terminal_moves_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    reporter = reporting.Reporter("zh", quiet=False)
    with reporter.stage("assignment", Text("安排结对", "assigning")):
        reporter.progress("50%")
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert said.count("\r") == 3
    assert "安排结对 … 50%" in said
    assert set(reporter.seconds) == {"assignment"}


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = reporting.Reporter("en", quiet=True)
    with reporter.stage("assignment", Text("安排结对", "assigning")):
        reporter.progress("50%")
    assert capsys.readouterr().err == ""


def test_many_files_alike_are_told_by_their_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    settings = reporting.Settings("en", False, False)
    calendars = [Path("out/ics") / f"{number}.ics" for number in range(reporting.SHOWN_LINES + 1)]
    reporting.show_files([Path("out/a.pdf"), *calendars, Path("out/b.pdf")], settings)
    assert capsys.readouterr().out.splitlines() == [str(Path("out/a.pdf")), str(Path("out/b.pdf")), f"{Path('out/ics/*')}.ics (13 files)"]


def test_long_lists_are_shown_in_part_and_counted(call: Caller, small_office: Path, breakable: Breakable,
                                                  tmp_path: Path) -> None:
    plan = write_plan(tmp_path / "plan.json", breakable.with_pairings([]))
    done = call("check", small_office / "district.xlsx", plan, "--quiet")
    assert done.code == 4
    assert done.out.count("✗ [coverage]") == reporting.SHOWN_LINES
    assert f"同类还有 {len(breakable.district.sites) - reporting.SHOWN_LINES} 处" in done.out


def test_every_rule_has_a_move_and_every_move_a_rule() -> None:
    assert set(MOVES) == {rule.id for rule in RULES}
