"""A fifth of the demonstration: the same bytes again, every stage alone, and a search that is stopped."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from commands import inputs, names, options, reporting, stages
from planner.artefacts.plan import Plan
from planner.check import judge
from planner.facts.district import SiteKind
from tests.commands.running import HAN, PAPERS, Caller, Done, rules_named, run, write_plan

FIRST_DAY = "2027-01-14"


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


def test_where_counting_proves_that_no_plan_exists_nothing_is_written(small: Done, call: Caller, tmp_path: Path) -> None:
    done = call("plan", small.folder / "district.xlsx", "--set", "max_travel_minutes=2", "--out", tmp_path / "out")
    assert done.code == names.EXIT_NO_PLAN
    assert done.out.startswith("没有可行方案，原因如下：\n✗ ")
    assert not (tmp_path / "out").exists()


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
