"""The command ``roads``: roads for travel times and maps, from a file or downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import click

from commands.inputs import no_road
from commands.options import common
from commands.reporting import Reporter, Settings, show_faults
from planner.text import Text


@click.command()
@click.option("--file", "file_path", type=click.Path(path_type=Path), help="道路文件 / .osm.pbf .osm .graphml .gpkg .shp .geojson")
@click.option("--place", help="从 OpenStreetMap 下载，如“杨浦区, 上海” / download by name")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写到 / geography.gpkg")
@click.option("--workbook", type=click.Path(path_type=Path), help="检查其中的地点怎样接入道路 / whose places to join")
@click.option("--attribution", help="地图上的署名 / shown on every map")
@common
def roads(file_path: Path | None, place: str | None, out: Path, workbook: Path | None, attribution: str | None,
          settings: Settings, reporter: Reporter) -> int:
    """把道路文件转换成 geography.gpkg，或从 OpenStreetMap 下载。 / Roads for travel times and maps."""
    if (file_path is None) == (place is None):
        raise click.UsageError("请给出 --file 或 --place 之一 / give either --file or --place")
    from geodata.faults import InputError
    from geodata.roads_command import make_geography
    from geodata.streets import NoRoadError
    from geodata.tables import read_workbook

    places = None
    if workbook is not None:
        district, faults = read_workbook(workbook)
        if district is None:
            raise InputError(faults)
        places = district.places()
    with reporter.stage("roads", Text("读入道路", "reading roads")):
        if file_path is not None:
            from geodata.roads import read_roads

            reading = read_roads(file_path)
        else:
            from geodata.roads_download import download_roads

            reading = download_roads(str(place))
    try:
        report = make_geography(reading, out, places, attribution)
    except NoRoadError as error:
        raise no_road(file_path or out) from error
    if settings.as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=1))
        return 0
    for line in report.lines():
        settings.say(line)
    if report.notes:
        show_faults(report.notes, settings)
    return 0
