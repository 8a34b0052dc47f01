"""The self-test for a wrong datum on the real committees, boundaries and roads of Yangpu.

    python benchmarks/real_datum.py GEO

GEO is the folder of real map data that lies beside the repository. The real committees are written into a workbook in
WGS-84, GCJ-02 and BD-09, each time without saying so, and read against the boundaries of the sub-districts, the main
roads, or both: all 301 committees, and the 151 alone whose positions are real. Told is which datum is proposed, and how
far the committees lie from the truth once the proposal is accepted. Results go to benchmarks/results/real_datum.csv.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from geodata.coordinates import BD09, GCJ02, WGS84, Datum, from_wgs84  # noqa: E402
from geodata.demo_district import build_demo  # noqa: E402
from geodata.streets import LocalPlane  # noqa: E402
from geodata.surroundings import read_district  # noqa: E402
from geodata.table_writer import write_workbook  # noqa: E402
from planner import __version__  # noqa: E402
from planner.facts.district import District, Place, SiteKind  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "real_datum.csv"
ROADS, BOUNDARIES = "yangpu_main_roads_network.gpkg", "yangpu_streets12_approx.geojson"
GROUNDS = {"boundaries and roads": (ROADS, BOUNDARIES), "boundaries": (None, BOUNDARIES), "roads": (ROADS, None)}
PLACED = "placed"
"""Committees whose kind of position begins so stand on a built-up point of their sub-district, not where they are."""


@dataclasses.dataclass(frozen=True)
class Line:
    """One reading: what was proposed for the committees, and how far they lie off then."""

    committees: int
    against: str
    given_in: str
    accused: bool
    proposed: str
    right: bool
    metres_off_as_given: float
    metres_off_when_accepted: float
    words: str


def committees_of(geo: Path, *, real_only: bool) -> District:
    """The demonstration district with real committees, and nothing else that has coordinates but its sub-districts."""
    demo = build_demo(1).district
    named = {one.name: one.id for one in demo.subdistricts}
    pattern = next(site for site in demo.sites if site.kind is SiteKind.COMMITTEE)
    with (geo / "yangpu_residential_committees_301.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not (real_only and row["coord_kind"].startswith(PLACED))]
    sites = tuple(dataclasses.replace(pattern, id=f"R{number:03d}", name=row["name"], subdistrict_id=named[row["street"]],
                                      constituency_id=None, place=Place(float(row["lon"]), float(row["lat"])))
                  for number, row in enumerate(rows, start=1))
    enterprise = dataclasses.replace(next(site for site in demo.sites if site.kind is SiteKind.ENTERPRISE), constituency_id=None)
    office = demo.office_of(demo.cadres[0])
    return District("杨浦区", demo.subdistricts, (office,), (dataclasses.replace(demo.cadres[0], constituency_id=None),),
                    (enterprise, *sites))


def given_in(datum: Datum, district: District) -> District:
    """The district with all its numbers counted in ``datum``."""
    def there(place: Place) -> Place:
        lon, lat = from_wgs84(np.array([[place.lon, place.lat]]), datum)[0].round(6).tolist()
        return dataclasses.replace(place, lon=lon, lat=lat)

    return dataclasses.replace(
        district, subdistricts=tuple(dataclasses.replace(one, centre=there(one.centre)) for one in district.subdistricts),
        offices=tuple(dataclasses.replace(one, place=there(one.place)) for one in district.offices),
        sites=tuple(dataclasses.replace(one, place=there(one.place)) for one in district.sites))


def metres_off(found: District, right: District) -> float:
    """The largest distance of a committee from where it is."""
    def points(district: District) -> np.ndarray:
        return np.array([(one.place.lon, one.place.lat) for one in district.sites if one.kind is SiteKind.COMMITTEE])

    plane = LocalPlane(121.52, 31.30)
    return float(np.linalg.norm(plane.to_metres(points(found)) - plane.to_metres(points(right)), axis=1).max())


def lines(geo: Path, folder: Path) -> Iterator[Line]:
    """Read every case."""
    for real_only in (False, True):
        right = committees_of(geo, real_only=real_only)
        for datum in (WGS84, GCJ02, BD09):
            given = given_in(datum, right)
            write_workbook(folder / "district.xlsx", given)
            for against, files in GROUNDS.items():
                roads, boundaries = (None if one is None else geo / one for one in files)
                _, _, faults = read_district(folder / "district.xlsx", roads, boundaries)
                told = [one for one in faults if one.code == "wrong-datum" and one.sheet == "居委会"]
                mended, _, _ = read_district(folder / "district.xlsx", roads, boundaries, ["wrong-datum"])
                if mended is None:
                    raise SystemExit("\n".join(one.sentence() for one in faults))
                proposed = mended.coordinates["committees"].split(",")[0] if told else ""
                yield Line(len(right.sites) - 1, against, datum.name, bool(told), proposed, (proposed or WGS84.name) == datum.name,
                           round(metres_off(given, right), 1), round(metres_off(mended, right), 3),
                           told[0].why.en if told else "")


def main() -> None:
    """Run all cases and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("geo", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["yixian", __version__, "shapely", version("shapely"), "numpy", version("numpy")])
        writer.writerow([field.name for field in dataclasses.fields(Line)])
        for line in lines(given.geo, Path(folder)):
            print(line, flush=True)
            writer.writerow(dataclasses.astuple(line))


if __name__ == "__main__":
    main()
