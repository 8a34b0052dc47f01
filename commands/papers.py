"""Papers out: whatever is handed out of a term, in the formats and at the level of disclosure asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.names import HANDOVER
from commands.outputs import Made
from commands.reporting import Reporter
from planner.text import Text

if TYPE_CHECKING:
    from maps.papers.content import Source
    from maps.papers.model import Paper
    from maps.papers.shelf import Shelf
    from planner.artefacts.visit_calendar import LiaisonDay
    from planner.facts.district import Place

KINDS = ("route", "card", "arrangement", "notice", "handover", "host", "ics")
"""Papers there are: 路线单, 联系卡, 安排表, 通知, 交接单, sub-district days, .ics."""

NOT_PUBLIC = frozenset({"route", "ics", "handover"})
"""These show where leaders will be and when, or whose problems are open."""

FORMATS = ("pdf", "word", "excel")


@dataclass(frozen=True)
class Request:
    """Which papers, in which formats, at which level, of which day and cadre."""

    kinds: Sequence[str]
    formats: Sequence[str]
    level: str
    day: date
    cadre_id: str | None = None
    hotline: str = ""
    everybody: bool = False
    link: str = "geo"


def write_papers(made: Made, request: Request, contacts: Callable[[], Any], out: Path, reporter: Reporter) -> tuple[list[Path], list[Path]]:
    """Write the papers asked for; the files made, and those that were right already."""
    from maps.papers.content import Source
    from maps.papers.levels import Level, phone_words
    from maps.papers.shelf import Shelf, folder_of
    from maps.route_sheets import unprintable_names

    for sentence in unprintable_names(made.inputs.problem.district):
        reporter.say(sentence)
    level = Level(request.level)
    phones = {} if level is Level.PUBLIC else {site_id: phone_words(phone, level) for site_id, phone in contacts().items()}
    source = Source(made.inputs.problem, made.plan, made.calendar, level, reporter.language, phones, request.hotline)
    shelf = Shelf(folder_of(out, level))
    (day,) = (one for one in made.calendar.liaison_days if one.day == request.day)
    for kind in request.kinds:
        if level is Level.PUBLIC and kind in NOT_PUBLIC:
            reporter.say(Text(f"“{kind}”写明领导何时在何处或未结问题，不出公开版", f"{kind} is not for the public and is left out"))
            continue
        with reporter.stage(f"papers-{kind}", Text(f"制作 {kind}", f"making {kind}")):
            _WRITERS[kind](made, source, request, day, shelf, reporter)
    shelf.close()
    return shelf.made, shelf.kept


def put_papers(shelf: Shelf, papers: Sequence[Paper], name: str, formats: Sequence[str]) -> None:
    """Put papers into one file a format."""
    from maps.papers.excel import papers_as_excel
    from maps.papers.pdf import papers_as_pdf
    from maps.papers.word import papers_as_word

    makers = {"pdf": ("pdf", papers_as_pdf), "word": ("docx", papers_as_word), "excel": ("xlsx", papers_as_excel)}
    content = [paper.values() for paper in papers]
    for one in formats:
        ending, make = makers[one]
        shelf.put(f"{name}.{ending}", content, lambda make=make: make(papers))  # type: ignore[misc]


def _arrangements(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    from maps.papers.content import arrangement_by_subdistrict, arrangement_by_unit

    del made, day
    for paper in (arrangement_by_unit(source), arrangement_by_subdistrict(source)):
        reporter.progress(paper.name)
        put_papers(shelf, [paper], paper.name, request.formats)


def _notice(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    from maps.papers.content import notice

    del made, reporter
    paper = notice(source, day)
    put_papers(shelf, [paper], paper.name, request.formats)


def _handover(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    from maps.papers.handover_forms import handover, strangers

    del day
    given = made.handovers
    if given is not None and (wrong := strangers(source, given)):
        reporter.say(Text(f"{HANDOVER} 与这份安排不符（如 {wrong[0].site_id}），交接单改按上一届的历史填写",
                          f"{HANDOVER} does not fit this plan (e.g. {wrong[0].site_id}); the forms follow the history instead"))
        given = None
    paper = handover(source, given)
    put_papers(shelf, [paper], paper.name, request.formats)


def _hosts(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    from maps.papers.content import host_day

    for place in made.inputs.problem.district.subdistricts:
        reporter.progress(place.name)
        paper = host_day(source, day.day, place.id)
        if paper is not None:
            put_papers(shelf, [paper], paper.name, request.formats)


def _cards(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    from dataclasses import asdict

    from maps.papers.card_sheets import cards_as_paper, cards_as_pdf
    from maps.papers.content import cards

    del made, day
    found = cards(source, everybody=request.everybody)
    if not found:
        reporter.say(Text("没有新的结对，不需要换发联系卡", "no pairing is new: no card to reissue"))
        return
    if "pdf" in request.formats:
        shelf.put("cards.pdf", [source.language, source.problem.district.name, *(asdict(one) for one in found)],
                  lambda: cards_as_pdf(source, found))
    others = [one for one in request.formats if one != "pdf"]
    put_papers(shelf, [cards_as_paper(source, found)], "cards", others)


def _calendars(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    from maps.papers.calendar_files import cadre_entries, calendar_file, entries_by_owner, subdistrict_entries

    del day
    visits = entries_by_owner(source)
    owners: list[tuple[str, str, Any]] = [
        (cadre.id, cadre.name, cadre_entries(source, visits.get(("cadre", cadre.id), ())))
        for cadre in made.inputs.problem.district.cadres
        if request.cadre_id in {None, cadre.id} and (("cadre", cadre.id) in visits or (shelf.folder / "ics" / f"{cadre.id}.ics").is_file())]
    if request.cadre_id is None:
        owners += [(place.id, place.name, subdistrict_entries(source, visits.get(("place", place.id), ())))
                   for place in made.inputs.problem.district.subdistricts]
    for id_, name, entries in owners:
        reporter.progress(name)
        path = shelf.folder / "ics" / f"{id_}.ics"
        before = path.read_bytes() if path.is_file() else None
        data = calendar_file(source, name, entries, before)
        shelf.put(f"ics/{id_}.ics", data, lambda data=data: data)  # type: ignore[misc]


def _routes(made: Made, source: Source, request: Request, day: LiaisonDay, shelf: Shelf, reporter: Reporter) -> None:
    """PDF: one file of the day, or one a cadre at the personal level; Word: one a cadre; Excel has no route sheet."""
    from maps.papers.levels import Level
    from maps.papers.pdf import typeset
    from maps.papers.route_papers import route_paper
    from maps.plan_words import plan_digest
    from maps.route_sheets import SheetWriter

    ways = made.ways()
    writer = SheetWriter(made.inputs.problem, made.base_map(), ways.geometry if ways else None, source.language,
                         ways.directions if ways else None, source.phones, _LINKS[request.link], made.own_ways())
    digest = plan_digest(made.plan)[:12]
    routes = sorted((one for one in made.routes.on(day.day) if request.cadre_id in {None, one.cadre_id}),
                    key=lambda one: (one.cadre_id, one.leaves_seconds))
    if "pdf" in request.formats:
        sheets = []
        for route in routes:
            reporter.progress(route.cadre_id)
            sheets.append((route.cadre_id, writer.sheet(route)))
        apart = source.level is Level.PERSONAL or request.cadre_id is not None
        for name, own in _files(sheets, day.day, apart=apart):
            data = {**writer.frame(day), "digest": digest, "sheets": own}
            shelf.put(name, data, lambda data=data: typeset("route_sheet.typ", data))  # type: ignore[misc]
    if "word" in request.formats:
        for route in routes:
            reporter.progress(route.cadre_id)
            paper = route_paper(source, writer, route, day, digest)
            put_papers(shelf, [paper], paper.name, ["word"])


def _files(sheets: Sequence[tuple[str, Any]], day: date, *, apart: bool) -> Iterator[tuple[str, list[Any]]]:
    """(file, sheets) of a day: all together, or a file a cadre."""
    if not apart:
        if sheets:
            yield f"route-sheets-{day}.pdf", [one for _, one in sheets]
        return
    for cadre_id in dict.fromkeys(cadre_id for cadre_id, _ in sheets):
        yield f"route-sheet-{day}-{cadre_id}.pdf", [one for owner, one in sheets if owner == cadre_id]


_AMAP_MODES = {"car": "car", "bicycle": "ride", "foot": "walk"}


def amap_link(office: Place, place: Place, mode: str) -> str:
    """A link that opens the way from the office to the first stop in a map app, in the app's own datum (GCJ-02)."""
    import numpy as np

    from geodata.coordinates import datum_of, from_wgs84

    datum = datum_of("GCJ-02")
    if datum is None:
        raise LookupError("GCJ-02")
    (from_lon, from_lat), (to_lon, to_lat) = from_wgs84(np.array([[office.lon, office.lat], [place.lon, place.lat]]), datum)
    return (f"https://uri.amap.com/navigation?from={from_lon:.6f},{from_lat:.6f}&to={to_lon:.6f},{to_lat:.6f}"
            f"&mode={_AMAP_MODES[mode]}&coordinate=gaode&callnative=1")


_LINKS: dict[str, Callable[[Place, Place, str], str] | None] = {"geo": None, "amap": amap_link}
_WRITERS = {"route": _routes, "card": _cards, "arrangement": _arrangements, "notice": _notice, "handover": _handover,
            "host": _hosts, "ics": _calendars}
