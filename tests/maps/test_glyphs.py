"""The shipped font is the one that was checked, and says what it cannot draw."""

from __future__ import annotations

import hashlib

import pytest

from maps.glyphs import FONT_FOLDER, missing_glyphs, printable


def test_the_font_files_are_the_checked_ones():
    lines = (FONT_FOLDER / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    assert sums == {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
                    for path in FONT_FOLDER.iterdir() if path.name != "SHA256SUMS"}
    assert {"NotoSansSC_400Regular.ttf", "NotoSansSC_700Bold.ttf", "OFL.txt"} == set(sums)


def test_rare_names_have_glyphs():
    assert missing_glyphs(["䶮㛃𠅤𬱖𫖯烎㐂𨱏", "杨浦区 A1：〔〕→—–·≥″", "\n\t\u200b\u3000"]) == set()


def test_a_missing_glyph_is_reported():
    assert missing_glyphs(["王\ue123", "😀好"]) == {"\ue123", "😀"}


@pytest.mark.parametrize(("text", "shown"), [
    ("王\ue123", "王〔U+E123〕"),
    ("一行\n二行\t三", "一行 二行 三"),
    ("  四平\x07路 ", "四平 路"),
    ("", ""),
])
def test_printable(text, shown):
    assert printable(text) == shown
