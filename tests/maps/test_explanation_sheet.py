"""The page that explains: its text is there, its bytes repeat, and a hostile name stays text."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader

from maps.explanation_sheet import write_explanation_sheet
from planner.text import Text
from tests.planner.sample import make_plan

LINES = ((Text("路程", "travel"), Text("单程5分钟 #panic() $x$ </script>", "5 minutes one way #panic() $x$ </script>")),)


def test_the_page_holds_the_sentences_once_and_repeats(tmp_path: Path) -> None:
    plan = make_plan("c0: e0")
    for name in ("a.pdf", "b.pdf"):
        write_explanation_sheet(tmp_path / name, Text("为什么", "Why"), LINES, plan, "试验区", "zh")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    pages = PdfReader(tmp_path / "a.pdf").pages
    assert len(pages) == 1
    text = pages[0].extract_text()
    for part in ("为什么", "单程5分钟", "#panic()", "</script>", "2027-2028"):
        assert part in text
    write_explanation_sheet(tmp_path / "en.pdf", Text("为什么", "Why"), LINES, plan, "Test", "en")
    assert "5 minutes one way" in PdfReader(tmp_path / "en.pdf").pages[0].extract_text()
