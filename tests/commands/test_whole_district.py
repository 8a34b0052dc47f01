"""The whole demonstration district, planned once: what the job leaves behind, and what the judge says of it."""

from __future__ import annotations

import re
from pathlib import Path

from commands import inputs
from planner.artefacts.plan import Plan
from planner.check import judge
from planner.rules import WORDS_BY_ID
from tests.commands.running import HAN, PAPERS, Caller, Done, run


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
