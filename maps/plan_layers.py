"""plan.gpkg: the plan as layers for QGIS, in WGS-84."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pyogrio
import shapely

from maps.plan_words import KINDS, RANKS, minutes
from maps.style import UNIT_KIND_WORDS
from planner.artefacts.files import write_whole
from planner.artefacts.plan import Plan
from planner.artefacts.routes import Routes
from planner.facts.district import Cadre, Place
from planner.facts.problem import Problem
from planner.text import clock

OFFICES_LAYER: Final = "单位"
SITES_LAYER: Final = "联系点"
PAIRINGS_LAYER: Final = "结对"
ROUTES_LAYER: Final = "路线"

Row = Mapping[str, Any]


def write_plan_layers(path: Path, problem: Problem, plan: Plan, routes: Routes | None) -> None:
    """Write 单位 and 联系点 (points), 结对 (lines office to site) and, with ``routes``, 路线 (straight between stops).

    A layer without a row is left out. Same plan, same bytes. The file is checked before it takes its name; raises
    OSError when it came out damaged.
    """
    layers: dict[str, Sequence[Row]] = {
        OFFICES_LAYER: list(_offices(problem)),
        SITES_LAYER: list(_sites(problem, plan)),
        PAIRINGS_LAYER: list(_pairings(problem, plan)),
    }
    if routes is not None:
        layers[ROUTES_LAYER] = list(_routes(problem, routes))

    def write(temporary: Path) -> None:
        with _fixed_date(f"{problem.term.first_month.isoformat()}T00:00:00.000Z"):
            for name, rows in layers.items():
                _write_layer(temporary, name, rows)
        _check(temporary)

    write_whole(path, write)


def _write_layer(path: Path, name: str, rows: Sequence[Row]) -> None:
    if rows:
        frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
        pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", append=path.exists())


@contextmanager
def _fixed_date(date: str) -> Iterator[None]:
    """GDAL writes ``date`` and not the clock's time into what it makes."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": date})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _check(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
    if answer != "ok":
        raise OSError(f"GeoPackage {path.name}: {answer}")


def _point(place: Place) -> shapely.Point:
    return shapely.Point(place.lon, place.lat)


def _offices(problem: Problem) -> Iterator[Row]:
    district = problem.district
    for office in sorted(district.offices, key=lambda one: one.id):
        yield {"编号": office.id, "名称": office.name, "类别": UNIT_KIND_WORDS[office.kind].zh,
               "街道": district.subdistrict_by_id[office.subdistrict_id].name,
               "干部数": sum(cadre.office_id == office.id for cadre in district.active_cadres),
               "geometry": _point(office.place)}


def _sites(problem: Problem, plan: Plan) -> Iterator[Row]:
    district = problem.district
    for site in sorted(district.sites, key=lambda one: one.id):
        cadres = [district.cadre_by_id[id_] for id_ in plan.cadres_of.get(site.id, ()) if id_ in district.cadre_by_id]
        yield {"编号": site.id, "名称": site.name, "类别": KINDS[site.kind].zh,
               "街道": district.subdistrict_by_id[site.subdistrict_id].name, "地址": site.address,
               "位置估计": "是" if site.place.estimated else "否", "每月工作量分钟": site.workload_minutes,
               "干部编号": "、".join(cadre.id for cadre in cadres), "干部": "、".join(cadre.name for cadre in cadres),
               "单位": "、".join(district.office_of(cadre).name for cadre in cadres), "geometry": _point(site.place)}


def _pairings(problem: Problem, plan: Plan) -> Iterator[Row]:
    district = problem.district
    for pairing in plan.pairings:
        cadre, site = district.cadre_by_id.get(pairing.cadre_id), district.site_by_id.get(pairing.site_id)
        if cadre is None or site is None:
            continue
        office, seconds = district.office_of(cadre), problem.travel_seconds(cadre, site)
        yield {**_cadre_columns(problem, cadre), "对象编号": site.id, "联系对象": site.name,
               "类别": KINDS[site.kind].zh, "路程分钟": -1 if seconds is None else minutes(seconds),
               "geometry": shapely.LineString([_point(office.place), _point(site.place)])}


def _routes(problem: Problem, routes: Routes) -> Iterator[Row]:
    place_of, cadre_by_id = problem.district.places(), problem.district.cadre_by_id
    for route in sorted(routes.routes, key=lambda one: (one.cadre_id, one.days)):
        cadre = cadre_by_id.get(route.cadre_id)
        if cadre is None:
            continue
        ids = [cadre.office_id, *(stop.site_id for stop in route.stops), cadre.office_id]
        yield {**_cadre_columns(problem, cadre), "日期": "、".join(day.isoformat() for day in route.days),
               "出发": clock(route.leaves_seconds), "返回": clock(route.returns_seconds), "处数": len(route.stops),
               "路程分钟": minutes(route.travel_seconds), "对象编号": "、".join(stop.site_id for stop in route.stops),
               "geometry": shapely.LineString([_point(place_of[id_]) for id_ in ids])}


def _cadre_columns(problem: Problem, cadre: Cadre) -> Row:
    return {"干部编号": cadre.id, "干部": cadre.name, "职级": RANKS[cadre.rank].zh,
            "单位": problem.district.office_of(cadre).name}
