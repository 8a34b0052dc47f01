"""One page that explains a pairing or a caseload, as PDF: what a leader signs beside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typst

from maps.glyphs import FONT_FAMILY, FONT_FOLDER, printable
from maps.plan_words import plan_digest
from planner.artefacts.files import write_whole
from planner.artefacts.plan import Plan
from planner.text import Language, Text

_TEMPLATE: Final = Path(__file__).parent / "templates" / "explanation.typ"


def write_explanation_sheet(path: Path, heading: Text, lines: Sequence[tuple[Text, Text]], plan: Plan, district_name: str,
                            language: Language) -> None:
    """Write the page: ``lines`` are what each statement is about, and the statement. Same content, same bytes."""
    digest = plan_digest(plan)[:16]
    data = {
        "language": language, "family": FONT_FAMILY, "heading": printable(heading.in_language(language)),
        "footer": printable(Text(f"{district_name} · 任期 {plan.term_id} · 方案 {digest} · 内部使用",
                                 f"{district_name} · term {plan.term_id} · plan {digest} · internal use").in_language(language)),
        "lines": [{"topic": printable(topic.in_language(language)), "sentence": printable(sentence.in_language(language))}
                  for topic, sentence in lines],
    }
    pdf = typst.compile(_TEMPLATE.read_bytes(), font_paths=[FONT_FOLDER], ignore_system_fonts=True, format="pdf", timestamp=0,
                        sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, pdf_tags=False)
    write_whole(path, lambda temporary: temporary.write_bytes(pdf) and None)
