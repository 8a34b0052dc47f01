"""The frame that all maps share: header, panel, legend, footer, printing, and how data and script reach the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, Final

import folium

from maps import style
from maps.base_map import BaseMap, draw_base_map
from maps.offline import Page, safe_name
from maps.templating import environment, read_template
from maps.words import TITLES, words
from planner.artefacts.report import Report
from planner.facts.district import Cadre, District, Office, Site
from planner.text import Language

_MARGIN: Final = 0.02


def map_page(district: District, base_map: BaseMap, language: Language, *, name: str, facts: Iterable[str],
             data: Mapping[str, Any]) -> folium.Map:
    """A map with the base map, the frame of ``templates/<name>.html`` and the script ``templates/<name>.js``.

    ``facts`` make the header line. ``data`` reaches the script together with what every page needs: words, colours,
    sub-district names and bounds. All texts in ``data`` must have been through ``safe_name``.
    """
    west, south, east, north = base_map.bounds() or district_bounds(district)
    folium_map = folium.Map(location=style.lat_lon((west + east) / 2, (south + north) / 2), zoom_start=13, tiles=None,
                            prefer_canvas=True, zoom_control="topright", font_size="13px", minZoom=10, maxZoom=18,
                            zoomSnap=0.25, zoomDelta=0.5, wheelPxPerZoomLevel=120)
    draw_base_map(folium_map, base_map)
    page_words = words(language)
    frame = environment().get_template(f"{name}.html").render(
        words=SimpleNamespace(**page_words), title=TITLES[name].in_language(language),
        district=safe_name(district.name), facts=[*facts])
    shared = {
        "words": page_words,
        "bounds": [style.lat_lon(west, south), style.lat_lon(east, north)],
        "attribution": safe_name(base_map.attribution),
        "labels": base_map.name_labels() or subdistrict_labels(district),
        "streets": base_map.street_labels,
        "stations": base_map.station_labels(),
        "hasMetro": bool(base_map.metro_lines or base_map.stations),
        "metroColour": style.METRO,
        "unitColours": {str(kind): colour for kind, colour in style.UNIT_COLOURS.items()},
        "unitKinds": {str(kind): text.in_language(language) for kind, text in style.UNIT_KIND_WORDS.items()},
        "siteKinds": {str(kind): text.in_language(language) for kind, text in style.SITE_KIND_WORDS.items()},
        "siteShapes": {str(kind): shape for kind, shape in style.SITE_SHAPES.items()},
        "bandMinutes": style.TRAVEL_BANDS_MINUTES,
        "bandColours": style.BAND_COLOURS,
        "officeShape": style.OFFICE_SHAPE,
        "unheldColour": style.UNHELD_COLOUR,
    }
    script = read_template("map_page.js") + read_template(f"{name}.js")
    folium_map.add_child(Page(read_template("map_page.css"), frame, {**shared, **data}, script))
    return folium_map


def district_bounds(district: District) -> tuple[float, float, float, float]:
    """West, south, east, north of all places of the district, with a margin; raises ValueError when it has none."""
    places = [*district.places().values(), *(one.centre for one in district.subdistricts)]
    longitudes, latitudes = [place.lon for place in places], [place.lat for place in places]
    return (min(longitudes) - _MARGIN, min(latitudes) - _MARGIN, max(longitudes) + _MARGIN, max(latitudes) + _MARGIN)


def subdistrict_labels(district: District) -> list[dict[str, Any]]:
    """Names at the centres, for a district without areas."""
    return [{"name": safe_name(one.name), "at": style.place_lat_lon(one.centre)} for one in district.subdistricts]


class PeopleAndPlaces:
    """The district's cadres, offices, sites and sub-districts as page data, which refers to them by index.

    Names and ids, and what the judge measured where a report is given: no rank, no recusal, no telephone number
    leaves for a map.
    """

    def __init__(self, district: District, report: Report | None = None) -> None:
        self._district = district
        self._cadre_measure = {one.cadre_id: one for one in report.cadres} if report else {}
        self._site_measure = {one.site_id: one for one in report.sites} if report else {}
        self._subdistrict = {one.id: index for index, one in enumerate(district.subdistricts)}
        self._office = {one.id: index for index, one in enumerate(district.offices)}
        self.cadre_index = {one.id: index for index, one in enumerate(district.cadres)}
        self.site_index = {one.id: index for index, one in enumerate(district.sites)}

    def data(self) -> dict[str, Any]:
        """The four tables."""
        district = self._district
        return {
            "subdistricts": [safe_name(one.name) for one in district.subdistricts],
            "offices": [self._office_row(office) for office in district.offices],
            "cadres": [self._cadre_row(cadre) for cadre in district.cadres],
            "sites": [self._site_row(site) for site in district.sites],
            "subdistrictColours": [style.SUBDISTRICT_COLOURS[index % len(style.SUBDISTRICT_COLOURS)]
                                   for index in range(len(district.subdistricts))],
        }

    def _office_row(self, office: Office) -> dict[str, Any]:
        return {"name": safe_name(office.name), "kind": str(office.kind), "at": style.place_lat_lon(office.place),
                "subdistrict": self._subdistrict.get(office.subdistrict_id, -1), "estimated": office.place.estimated}

    def _cadre_row(self, cadre: Cadre) -> dict[str, Any]:
        row = {"name": safe_name(cadre.name), "id": safe_name(cadre.id), "office": self._office[cadre.office_id],
               "active": cadre.capacity_percent > 0}
        if cadre.id in self._cadre_measure:
            measure = self._cadre_measure[cadre.id]
            row |= {"workload": measure.workload_minutes, "load": measure.load_permille}
        return row

    def _site_row(self, site: Site) -> dict[str, Any]:
        row = {"name": safe_name(site.name), "id": safe_name(site.id), "kind": str(site.kind),
               "at": style.place_lat_lon(site.place), "subdistrict": self._subdistrict.get(site.subdistrict_id, -1),
               "estimated": site.place.estimated, "key": site.is_key, "workload": site.workload_minutes}
        if site.id in self._site_measure:
            measure = self._site_measure[site.id]
            row |= {"travel": measure.travel_seconds, "visits": measure.visits, "missed": measure.missed,
                    "visitSeconds": measure.visit_seconds}
        return row
