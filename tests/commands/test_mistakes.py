"""Every mistake a stranger makes ends with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.commands.running import HAN, Caller, run, text_file


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
