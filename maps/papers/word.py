"""Papers as Word: python-docx with the official fonts by name and free stand-ins for computers that lack them.

Titles ask for 方正小标宋, headings for 黑体, text for 仿宋_GB2312; none can be shipped, so the font table names what Word and WPS
may take instead (``altName``). The file's own dates are fixed: same content, same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as DocxParagraph

from maps.papers.model import Paper

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋_GB2312"
HEADING_FONT: Final = "黑体"
STAND_INS: Final = {TITLE_FONT: "方正小标宋_GBK;宋体", BODY_FONT: "仿宋;FangSong;Noto Serif CJK SC",
                    HEADING_FONT: "SimHei;Noto Sans CJK SC"}
"""Official font -> what may stand in for it, first choice first."""

_CREATED: Final = datetime(2020, 1, 1, tzinfo=UTC)
_ZIP_TIME: Final = (2020, 1, 1, 0, 0, 0)
_ALIGN: Final = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
_PORTRAIT: Final = (210, 297, 37, 35, 28, 26)
_LANDSCAPE: Final = (297, 210, 28, 26, 35, 37)
"""Width, height, then margins top, bottom, left, right (mm), as GB/T 9704 has them."""


def papers_as_word(papers: Sequence[Paper]) -> bytes:
    """Write papers one after the other, each in a section of its own."""
    document = Document()
    document.core_properties.created = document.core_properties.modified = _CREATED
    document.core_properties.author = document.core_properties.last_modified_by = ""
    document.core_properties.title = papers[0].title
    _set_font(document.styles["Normal"].element.get_or_add_rPr(), BODY_FONT, 16)
    for number, paper in enumerate(papers):
        section = document.sections[0] if number == 0 else document.add_section(WD_SECTION.NEW_PAGE)
        _set_page(section, landscape=paper.landscape)
        values = paper.values()
        _footer(section, values)
        _body(document, values, section)
    _name_stand_ins(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return repacked(buffer.getvalue())


def _body(document: DocumentType, values: dict[str, Any], section: Section) -> None:
    if values["attachment"]:
        _line(document, values["attachment"], HEADING_FONT, 16)
    title = _line(document, values["title"], TITLE_FONT, 22)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(14)
    for block in values["blocks"]:
        if block["kind"] == "heading":
            _line(document, block["text"], HEADING_FONT, 16).paragraph_format.keep_with_next = True
        elif block["kind"] == "paragraph":
            line = _line(document, block["text"], BODY_FONT, 16)
            if block["indent"]:
                line.paragraph_format.first_line_indent = Pt(32)
        elif block["kind"] == "table":
            _table(document, block, section)
        elif block["kind"] == "picture":
            document.add_picture(io.BytesIO(block["data"]["png"]), width=Mm(block["data"]["width_mm"]))
        elif block["kind"] == "break":
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _line(document: DocumentType, text: str, font: str, size: float) -> DocxParagraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Pt(28.95 if size <= 16 else 34)
    run = paragraph.add_run(text)
    _set_font(run.element.get_or_add_rPr(), font, size)
    return paragraph


def _table(document: DocumentType, block: dict[str, Any], section: Section) -> None:
    columns = block["columns"]
    table = document.add_table(rows=1, cols=len(columns))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    room = section.page_width - section.left_margin - section.right_margin
    shares = sum(column["share"] for column in columns)
    widths = [int(room * column["share"] / shares) for column in columns]
    heads = table.rows[0]
    for cell, column in zip(heads.cells, columns, strict=True):
        _fill(cell, column["head"], "center", HEADING_FONT)
    _mark_row(heads, "w:tblHeader")
    _mark_row(heads, "w:cantSplit")
    for row in block["rows"]:
        added = table.add_row()
        _mark_row(added, "w:cantSplit")
        for cell, text, column in zip(added.cells, row, columns, strict=True):
            _fill(cell, text, column["align"], BODY_FONT)
    for row_cells in table.rows:
        for cell, width in zip(row_cells.cells, widths, strict=True):
            cell.width = width


def _fill(cell: Any, text: str, align: str, font: str) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = _ALIGN[align]
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(text)
    _set_font(run.element.get_or_add_rPr(), font, 10.5)


def _mark_row(row: Any, tag: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(tag))  # noqa: SLF001 - python-docx has no name for it


def _set_font(properties: Any, font: str, size: float) -> None:
    """A font for Chinese and Latin letters alike; python-docx alone would set the Latin one only."""
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for attribute in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(attribute), font)
    for tag in ("w:sz", "w:szCs"):
        element = properties.find(qn(tag))
        if element is None:
            element = OxmlElement(tag)
            properties.append(element)
        element.set(qn("w:val"), str(round(size * 2)))


def _set_page(section: Section, *, landscape: bool) -> None:
    width, height, top, bottom, left, right = _LANDSCAPE if landscape else _PORTRAIT
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(top), Mm(bottom), Mm(left), Mm(right)


def _footer(section: Section, values: dict[str, Any]) -> None:
    section.footer.is_linked_to_previous = False
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for kind, text in (("text", "— "), ("field", "PAGE"), ("text", " —")):
        run = paragraph.add_run(text if kind == "text" else "")
        _set_font(run.element.get_or_add_rPr(), BODY_FONT, 14)
        if kind == "field":
            for step, value in (("begin", None), (None, text), ("end", None)):
                element = OxmlElement("w:fldChar" if step else "w:instrText")
                if step:
                    element.set(qn("w:fldCharType"), step)
                else:
                    element.text = value
                run.element.append(element)
    remark = section.footer.add_paragraph()
    run = remark.add_run(f"{values['level']}　{values['footer']}")
    _set_font(run.element.get_or_add_rPr(), BODY_FONT, 8)


def _name_stand_ins(document: DocumentType) -> None:
    """Write the official fonts with their stand-ins into the font table."""
    entries = "".join(f'<w:font w:name="{font}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
                      for font, other in STAND_INS.items())
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = part.blob.replace(b"</w:fonts>", entries.encode() + b"</w:fonts>")  # noqa: SLF001 - nor for this


def repacked(data: bytes) -> bytes:
    """The same zip with fixed times, so that the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            new.writestr(zipfile.ZipInfo(name, _ZIP_TIME), old.read(name), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
