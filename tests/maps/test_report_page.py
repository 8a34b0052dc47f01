"""The report of fairness: its numbers are the judge's, its texts are only texts, and it holds no script."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from maps.offline import safe_name
from maps.report_page import load_histogram, load_strips, report_data, travel_strips, write_report
from planner.artefacts.report import GoalChange, Relief
from planner.facts.district import Pairing
from tests.maps.conftest import HOSTILE, Example


def written(tmp_path: Path, one: Example, language: str = "zh") -> str:
    write_report(tmp_path / "report.html", one.problem, one.plan, one.report, language, "abc")  # type: ignore[arg-type]
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_strips_hold_the_judges_numbers(example: Example) -> None:
    loads = [one.load_permille / 10 for one in example.report.cadres if one.load_permille is not None]
    assert loads == [120.0, 60.0, 60.0]                                            # of a fair share of 200 minutes each
    whole = load_strips(example.problem, example.plan, example.report, "zh")[0][1][0]
    assert (whole.count, whole.least, whole.median, whole.most) == (3, 60, 60, 120)
    assert whole.three_quarters == np.percentile(loads, 75)
    by_subdistrict = {one.name: one for one in load_strips(example.problem, example.plan, example.report, "zh")[2][1]}
    assert (by_subdistrict["西街道"].count, by_subdistrict["东街道"].median) == (1, 60)
    travel = travel_strips(example.problem, example.report, "zh")
    assert (travel[0][1][0].count, travel[0][1][0].median) == (3, 10)              # no way from O2 to S4, nobody at S5
    assert [(bar["name"], bar["count"]) for bar in load_histogram(example.report) if bar["count"]] == [("50–70", 2), ("120–130", 1)]


def test_matrix_adds_up_to_the_plan(example: Example) -> None:
    district = example.problem.district
    made = report_data(example.problem, example.plan, example.report, "zh")["matrix"]
    counted = Counter((district.cadre_by_id[one.cadre_id].office_id, district.site_by_id[one.site_id].subdistrict_id)
                      for one in example.plan.pairings)
    assert made["total"] == len(example.plan.pairings) == 4
    for row, office in zip(made["rows"], district.offices, strict=True):
        assert [cell["sites"] if cell else 0 for cell in row["cells"]] == [counted[office.id, one.id] for one in district.subdistricts]


def test_rules_goals_and_what_is_broken_are_told(tmp_path: Path, example: Example) -> None:
    html = written(tmp_path, example)
    assert "有不符合规定之处" in html
    for rule in example.report.rules:
        assert rule.title.zh in html
        assert rule.setting.zh in html
    for _, text in example.report.violations:
        assert safe_name(text.zh) in html
    english = written(tmp_path, example, "en")
    assert "rules are broken" in english
    assert all(goal.title.en in english for goal in example.report.goals)
    assert "<script" not in html
    assert "default-src &#39;none&#39;" in html


def test_relief_is_told_in_words(example: Example) -> None:
    goals = (GoalChange("travel", "30", "28"), GoalChange("fit", "1", "1"))
    told = replace(example.report, reliefs=(
        Relief("C1", 1200, 7, (Pairing("C1", "S1"), Pairing("C2", "S4")), (Pairing("C2", "S1"), Pairing("C1", "S4")),
               {"C1": 900, "C2": 900}, goals),
        Relief("C2", 1100, 3)))
    first, second = report_data(example.problem, example.plan, told, "zh")["reliefs"]
    assert first["change"] == "企业甲（S1）（C1）与 居委会丁（S4）（C2）互换"
    assert first["goals"] == ["走访日路程合计 30 → 28 分钟"]
    assert first["after"] == ["C1 90.0%", "C2 90.0%"]
    assert second["change"] == "能减轻其负担的单次移交或互换共 3 种，都会违反规定"


def test_hostile_names_stay_text(tmp_path: Path, hostile_example: Example) -> None:
    html = written(tmp_path, hostile_example)
    assert not re.search(r"<img|<script|\{\{", html)
    assert safe_name(HOSTILE[0]) in html


def test_in_the_browser_it_asks_for_nothing_and_prints(tmp_path: Path, browser: object, example: Example) -> None:
    written(tmp_path, example)
    page = browser.new_page()  # type: ignore[attr-defined]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    assert page.locator("#rules tbody tr").count() == len(example.report.rules)
    assert page.locator("#goals tbody tr").count() == len(example.report.goals)
    page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert {round(sheet.mediabox.width) for sheet in PdfReader(tmp_path / "report.pdf").pages} == {595}
    assert asked == [(tmp_path / "report.html").as_uri()]
    page.close()


def test_same_bytes(tmp_path: Path, example: Example) -> None:
    first = written(tmp_path, example)
    assert written(tmp_path, example) == first


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_ranking_of_persons(tmp_path: Path, example: Example, language: str) -> None:
    """Cadres stand by code where the question is who carries most; their names stand nowhere."""
    html = written(tmp_path, example, language)
    told = html[html.index('id="goals"'):]                                         # after the list of what breaks rules
    assert not [cadre.name for cadre in example.problem.district.cadres if cadre.name in told]
