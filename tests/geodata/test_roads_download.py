"""Downloading, from a server of our own that answers as Nominatim and Overpass do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import osmnx
import pytest

from geodata.faults import InputError
from geodata.roads import OSM_ATTRIBUTION
from geodata.roads_download import download_roads

PLACE = [{"lat": "31.3", "lon": "121.5", "display_name": "一区", "class": "boundary", "type": "administrative", "importance": 0.5,
          "boundingbox": ["31.29", "31.31", "121.49", "121.51"], "place_id": 1, "osm_type": "relation", "osm_id": 9,
          "geojson": {"type": "Polygon", "coordinates": [[[121.49, 31.29], [121.51, 31.29], [121.51, 31.31], [121.49, 31.31],
                                                          [121.49, 31.29]]]}}]
ROADS = {"elements": [
    *({"type": "node", "id": number, "lon": 121.5 + number / 1000, "lat": 31.3, "user": "张三", "uid": 7} for number in range(4)),
    {"type": "way", "id": 10, "nodes": [0, 1, 2], "user": "张三", "tags": {"highway": "primary", "name": "四平路"}},
    {"type": "way", "id": 11, "nodes": [2, 3],
     "tags": {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no", "bridge": "yes"}},
]}


class Answers(BaseHTTPRequestHandler):
    """Nominatim under /search, Overpass under /interpreter and /status."""

    def do_GET(self) -> None:
        if self.path.startswith("/search"):
            self._send(json.dumps([] if "nowhere" in self.path else PLACE))
        else:
            self._send("Connected as: 1\nCurrent time: now\nRate limit: 0\n1 slots available now.\n")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send(json.dumps(ROADS))

    def _send(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        """Say nothing."""


@pytest.fixture(name="server")
def local_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{address}/")
    monkeypatch.setattr(osmnx.settings, "overpass_url", address)
    monkeypatch.setattr(osmnx.settings, "overpass_rate_limit", False)
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.usefixtures("server")
def test_roads_of_a_place():
    reading = download_roads("一区")
    streets = reading.geography.streets
    found = sorted((edge["name"], edge["highway"], edge["length_metres"], edge["doors"], " ".join(sorted(edge["modes"])))
                   for *_, edge in streets.edges(data=True))
    assert found == [
        ("", "residential", 95, False, "bicycle car foot"), ("", "residential", 95, False, "bicycle foot"),
        *[("四平路", "primary", 190, True, "bicycle car foot")] * 2]
    assert reading.geography.attribution == OSM_ATTRIBUTION


@pytest.mark.usefixtures("server")
def test_an_unknown_place_is_told():
    with pytest.raises(InputError) as caught:
        download_roads("nowhere")
    [fault] = caught.value.faults
    assert fault.code == "unknown-place"
    assert "nowhere" in fault.sentence("en")


def test_without_a_network_the_way_out_is_told(monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"http://127.0.0.1:{port}/")
    with pytest.raises(InputError) as caught:
        download_roads("一区")
    [fault] = caught.value.faults
    assert fault.code == "no-network"
    assert ".osm.pbf" in fault.sentence("zh")
