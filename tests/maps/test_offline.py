"""One file, no network, no name that runs, the same bytes every time."""

from __future__ import annotations

import hashlib
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import folium
import pytest
from folium.plugins import Draw, MarkerCluster
from hypothesis import given
from hypothesis import strategies as st

from maps.offline import VENDORED, Inline, OfflineFigure, json_block, safe_name, save_map, vendored
from tests.maps.conftest import HOSTILE


def written(tmp_path: Path, folium_map: folium.Map, name: str = "map.html") -> str:
    path = tmp_path / name
    save_map(folium_map, path, "图")
    return path.read_text(encoding="utf-8")


def outside_references(html: str) -> list[str]:
    """What the page's tags point to by src or href."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(f"{tag} {name}={value}" for name, value in attrs if name in {"src", "href"})

    Reader().feed(html)
    return found


def popup_map() -> folium.Map:
    """A map with folium's own popups and tooltips, whose inner elements need ids too."""
    made = folium.Map((31.27, 121.52), tiles=None)
    for name in HOSTILE:
        folium.CircleMarker((31.27, 121.52), popup=safe_name(name), tooltip=safe_name(name)).add_to(made)
    return made


def test_vendored_files_are_those_of_the_list() -> None:
    listed = dict(reversed(line.split("  ", 1))
                  for line in (VENDORED / "SHA256SUMS").read_text(encoding="utf-8").splitlines())
    present = {path.relative_to(VENDORED).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
               for path in VENDORED.rglob("*") if path.is_file() and path.name not in {"SHA256SUMS", "README.md"}}
    assert present == listed
    assert {"jquery/LICENSE", "leaflet/LICENSE"} <= present.keys()


@pytest.mark.parametrize("path", sorted({*VENDORED.glob("*/*.js"), *VENDORED.glob("*/*.css")}),
                         ids=lambda one: one.name)
def test_vendored_files_load_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "sourceMappingURL" not in text
    if path.suffix == ".css":
        assert text.count("url(") == text.count("url(data:") == 3


def test_safe_name_gives_full_width_twins() -> None:
    assert safe_name("<>&{}`$\"'\\") == "＜＞＆｛｝｀＄＂＇＼"
    assert safe_name("甲\n乙\t丙\x00\u202e\u2028丁\ud800") == "甲乙丙丁"
    assert safe_name("长海路街道 No. 1 (东) 𬭳") == "长海路街道 No. 1 (东) 𬭳"


@given(st.text())
def test_safe_name_leaves_nothing_that_acts(text: str) -> None:
    safe = safe_name(text)
    assert not set(safe) & set("<>&{}`$\"'\\")
    assert all(unicodedata.category(character)[0] != "C" or unicodedata.category(character) in {"Cn", "Co"}
               for character in safe)
    assert safe_name(safe) == safe


@pytest.mark.parametrize("hostile", HOSTILE)
def test_title_is_made_harmless(tmp_path: Path, hostile: str) -> None:
    path = tmp_path / "map.html"
    save_map(folium.Map((31.27, 121.52), tiles=None), path, hostile)
    assert f"<title>{safe_name(hostile)}</title>" in path.read_text(encoding="utf-8")


def test_page_links_nothing_and_forbids_the_rest(tmp_path: Path) -> None:
    html = written(tmp_path, folium.Map((31.27, 121.52), tiles=None))
    assert '<html lang="zh-CN">' in html
    assert "Content-Security-Policy" in html
    assert outside_references(html) == []


def test_english_page_says_so(tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    save_map(folium.Map((31.27, 121.52), tiles=None), path, "Map", "en")
    assert '<html lang="en">' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("plugin", [Draw, MarkerCluster])
def test_unknown_link_fails_closed(tmp_path: Path, plugin: type[folium.MacroElement]) -> None:
    path = tmp_path / "map.html"
    path.write_text("old", encoding="utf-8")
    made = folium.Map((31.27, 121.52), tiles=None)
    plugin().add_to(made)
    with pytest.raises(LookupError, match="no local copy"):
        save_map(made, path, "图")
    assert path.read_text(encoding="utf-8") == "old"


def test_another_version_of_a_known_file_is_unknown() -> None:
    with pytest.raises(LookupError, match=r"leaflet\.js"):
        vendored("https://example.org/leaflet@1.9.4/dist/leaflet.js")


def test_same_map_gives_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path, popup_map(), "a.html") == written(tmp_path, popup_map(), "b.html")


def test_rendering_twice_gives_the_same_page() -> None:
    figure = OfflineFigure("图")
    figure.add_child(popup_map())
    assert figure.render() == figure.render()


def test_inlined_script_cannot_be_closed_by_its_text() -> None:
    assert Inline("var a = '</script>';", "script").render() == "<script>var a = '<\\/script>';</script>"


def test_json_block_is_not_read_by_jinja_or_html() -> None:
    assert json_block("data", {"a": "</script>{{7*7}}"}).render() == (
        '<script type="application/json" id="data">{"a":"\\u003c/script>{{7*7}}"}</script>')
