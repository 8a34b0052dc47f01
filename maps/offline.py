"""Folium without a network: one file that holds its scripts, and no name in it that could run.

Folium links its scripts to content networks, gives its elements random ids, and passes every text through Jinja a
second time, so that a name such as ``{{ ... }}`` would run on the planner's machine. All three are mended here.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import folium
import jinja2
from branca.element import Element, Figure, JavascriptLink, Link, MacroElement

from planner.artefacts.files import write_whole
from planner.text import Language

VENDORED: Final = Path(__file__).parent / "vendored"

_VENDORED_FILES: Final = {
    "/leaflet@1.9.3/dist/leaflet.js": "leaflet/leaflet.js",
    "/leaflet@1.9.3/dist/leaflet.css": "leaflet/leaflet.css",
    "/jquery-3.7.1.min.js": "jquery/jquery.min.js",
}
_LEFT_OUT: Final = ("bootstrap", "awesome", "glyphicons")

_FULL_WIDTH: Final = str.maketrans(dict(zip("<>&{}`$\"'\\", "＜＞＆｛｝｀＄＂＇＼", strict=True)))
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

HTML_LANGUAGE: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}

POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def safe_name(text: str) -> str:
    """The text with everything that HTML, JavaScript or Jinja could act on replaced by its full-width twin.

    Control characters, invisible format characters and lone surrogates are taken out. Every text that comes from a
    user goes through here, and only here, before it reaches folium.
    """
    visible = "".join(character for character in text if unicodedata.category(character) not in _INVISIBLE)
    return visible.translate(_FULL_WIDTH)


def vendored(url: str) -> str:
    """The text of the local copy of what ``url`` names.

    Raises
    ------
    LookupError
        When there is no local copy: a map is not written rather than written with a link.
    """
    for ending, name in _VENDORED_FILES.items():
        if url.endswith(ending):
            return (VENDORED / name).read_text(encoding="utf-8")
    raise LookupError(f"no local copy of {url.rpartition('/')[2]}; add it to maps/vendored")


class Inline(Element):
    """Text that goes into the page as it is, inside ``tag`` if one is given; Jinja never reads it."""

    _template = jinja2.Template(
        "{% if this.tag %}<{{ this.tag }}{{ this.attributes }}>{% endif %}{{ this.code }}"
        "{% if this.tag %}</{{ this.tag }}>{% endif %}"
    )

    def __init__(self, code: str, tag: str = "", attributes: str = "") -> None:
        super().__init__()
        self._name = "Inline"
        self.tag = tag
        self.attributes = attributes
        self.code = code.replace("</script", "<\\/script") if tag == "script" else code


def json_block(element_id: str, data: Any) -> Inline:
    """``data`` as a JSON block that a script reads by ``element_id``; compact, key order as given."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return Inline(text, "script", f' type="application/json" id="{element_id}"')


class Page(MacroElement):
    """What a map page has besides folium's own layers: style sheet, page frame, data and one script.

    ``script`` is the body of a JavaScript function of ``map`` (Leaflet's) and ``data``; it runs after the map and all
    layers added before this one exist.
    """

    def __init__(self, style_sheet: str, frame_html: str, data: Any, script: str) -> None:
        super().__init__()
        self._name = "Page"
        self.style_sheet = style_sheet
        self.frame_html = frame_html
        self.data = data
        self.script = script

    def render(self, **_kwargs: Any) -> None:
        """Put the parts where they belong in the figure."""
        figure, name = self.get_root(), self.get_name()
        arguments = f'{self._parent.get_name()}, JSON.parse(document.getElementById("page-data").textContent)'
        call = f'(function (map, data) {{\n"use strict";\n{self.script}\n}})({arguments});'
        figure.header.add_child(Inline(self.style_sheet, "style"), name=name)
        figure.html.add_child(Inline(self.frame_html), name=name)
        figure.html.add_child(json_block("page-data", self.data), name=f"{name}_data")
        figure.script.add_child(Inline(call.replace("</script", "<\\/script")), name=name)


class OfflineFigure(Figure):
    """A page that holds all it needs; the browser is told to refuse everything else.

    ``title`` must have been through ``safe_name``. Rendering raises LookupError for a link without a local copy.
    """

    _template = jinja2.Template(
        "<!DOCTYPE html>\n"
        '<html lang="{{ this.language }}">\n'
        "<head>\n"
        '<meta charset="UTF-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        "{% if this.title %}<title>{{ this.title }}</title>\n{% endif %}"
        "{{ this.header.render(**kwargs) }}\n"
        "</head>\n"
        "<body>\n"
        "{{ this.html.render(**kwargs) }}\n"
        "<script>\n"
        "{{ this.script.render(**kwargs) }}\n"
        "</script>\n"
        "</body>\n"
        "</html>\n"
    )

    def __init__(self, title: str = "", language: Language = "zh") -> None:
        super().__init__(title=title)
        self.language = HTML_LANGUAGE[language]

    def render(self, **kwargs: Any) -> str:
        """The page as HTML; the same map gives the same text."""
        number_elements(self._children.values())
        for child in list(self._children.values()):
            child.render(**kwargs)
        for name, child in list(self.header._children.items()):  # noqa: SLF001
            if isinstance(child, Link):
                self._replace_link(name, child)
        return str(self._template.render(this=self, kwargs=kwargs))

    def _replace_link(self, name: str, link: Link) -> None:
        children = self.header._children  # noqa: SLF001
        if any(word in link.url for word in _LEFT_OUT):
            del children[name]
            return
        tag = "script" if isinstance(link, JavascriptLink) else "style"
        children[name] = Inline(vendored(link.url), tag)


def number_elements(roots: Iterable[Element]) -> None:
    """Give every element at and below ``roots`` a running id for its random one; keys made of ids follow."""
    elements = list(_elements(roots))
    named_by_id = {(id(element), key) for element in elements
                   for key, child in element._children.items() if key == child.get_name()}  # noqa: SLF001
    for number, element in enumerate(elements):
        element._id = f"{number:x}"  # noqa: SLF001 -- branca has no other way to name an element
    for element in elements:
        children = [(child.get_name() if (id(element), key) in named_by_id else key, child)
                    for key, child in element._children.items()]  # noqa: SLF001
        element._children.clear()  # noqa: SLF001
        element._children.update(children)  # noqa: SLF001


def _elements(roots: Iterable[Element]) -> Iterator[Element]:
    """Every element at and below ``roots``, in order of construction, also those outside ``_children`` (popups)."""
    seen: set[int] = set()
    waiting = list(reversed([*roots]))
    while waiting:
        element = waiting.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        yield element
        parts = [value for name, value in vars(element).items() if name != "_parent" and isinstance(value, Element)]
        waiting.extend(reversed([*parts, *element._children.values()]))  # noqa: SLF001


def save_map(folium_map: folium.Map, path: Path, title: str, language: Language = "zh") -> None:
    """Write a map as one HTML file that needs no network; the same map gives the same bytes.

    What was added to the map is written; what was added to the figure that folium made for it is not.

    Raises
    ------
    LookupError
        When the map uses a script or style sheet that has no local copy.
    """
    figure = OfflineFigure(safe_name(title), language)
    figure.add_child(folium_map)
    html = figure.render()

    def write(temporary: Path) -> None:
        temporary.write_text(html, encoding="utf-8", newline="\n")

    write_whole(path, write)
