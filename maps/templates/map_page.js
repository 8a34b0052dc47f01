// Shared by every map page. Names reach the page as text (textContent), never as markup.
const words = data.words;
const byId = (id) => document.getElementById(id);

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function fillSelect(select, entries, allLabel) {
  select.textContent = "";
  const all = element("option", allLabel);
  all.value = "";
  select.append(all);
  for (const [value, label] of entries) {
    const option = element("option", label);
    option.value = value;
    select.append(option);
  }
}

const chosen = (select) => select.value === "" ? null : Number(select.value);
const byName = (a, b) => a[1].localeCompare(b[1], "zh-Hans-CN", { numeric: true });
const clock = (seconds) => String(Math.floor(seconds / 3600)).padStart(2, "0") + ":" +
  String(Math.floor(seconds / 60) % 60).padStart(2, "0");
const distinct = (values) => Array.from(new Set(values));

// Shapes other than circles, on canvas and in the legend; corners in units of the radius.
const CORNERS = {
  square: [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]],
  diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
};
L.Canvas.include({
  _updateCorners: function (layer) {
    if (!this._drawing || layer._empty()) return;
    const at = layer._point, radius = layer._radius, context = this._ctx;
    context.beginPath();
    for (const [x, y] of CORNERS[layer.options.shape]) context.lineTo(at.x + x * radius, at.y + y * radius);
    context.closePath();
    this._fillStroke(context, layer);
  },
});
const ShapeMarker = L.CircleMarker.extend({
  _updatePath: function () {
    if (CORNERS[this.options.shape]) this._renderer._updateCorners(this);
    else L.CircleMarker.prototype._updatePath.call(this);
  },
});

// Full colour when the position is known, hollow when it is an estimate.
function pointLook(colour, estimated, radius) {
  return { radius: radius, color: estimated ? colour : "#ffffff", weight: estimated ? 1.6 : 0.8,
    fillColor: estimated ? "#ffffff" : colour, fillOpacity: 0.95, opacity: 1 };
}
const siteMarker = (site, colour, radius) => new ShapeMarker(site.at,
  Object.assign({ shape: data.siteShapes[site.kind] }, pointLook(colour, site.estimated, radius)));
const officeMarker = (office, radius) => new ShapeMarker(office.at, Object.assign(
  pointLook(data.unitColours[office.kind], office.estimated, radius),
  { shape: data.officeShape, color: "#2b2b2b", weight: 1.4 }));
const pointRadius = () => Math.max(2.6, Math.min(9, 4.2 + (map.getZoom() - 13) * 1.2));

function legendSymbol(shape, colour, hollow) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "-8 -8 16 16");
  const corners = CORNERS[shape];
  const drawn = document.createElementNS(space, shape === "line" ? "line" : corners ? "polygon" : "circle");
  const attributes = { fill: hollow ? "#ffffff" : colour, stroke: hollow ? colour : "#ffffff", "stroke-width": 1.4 };
  if (shape === "line") Object.assign(attributes, { x1: -7, y1: 3, x2: 7, y2: -3, stroke: colour, "stroke-width": 2 });
  else if (corners) attributes.points = corners.map(([x, y]) => x * 5 + "," + y * 5).join(" ");
  else attributes.r = 5;
  if (shape === "diamond") attributes.stroke = "#2b2b2b";
  for (const name of Object.keys(attributes)) drawn.setAttribute(name, attributes[name]);
  svg.append(drawn);
  return svg;
}

function drawLegend(entries) {
  const list = byId("legend");
  list.textContent = "";
  const metro = data.hasMetro ? [["line", data.metroColour, words.metro]] : [];
  for (const [shape, colour, label, hollow] of entries.concat(metro)) {
    const row = element("li", undefined, shape ? "" : "heading");
    if (shape) row.append(legendSymbol(shape, colour, hollow));
    row.append(element("span", label));
    list.append(row);
  }
}
const SYMBOL_GREY = "#5c6166";
const shapeLegend = () => [[null, null, words.shape]].concat(Object.keys(data.siteShapes)
  .map((kind) => [data.siteShapes[kind], SYMBOL_GREY, data.siteKinds[kind]]),
  [[data.officeShape, SYMBOL_GREY, words.office]],
    data.sites.some((site) => site.estimated) ? [["circle", SYMBOL_GREY, words.estimated_long, true]] : []);
const unitLegend = (shape) => [[null, null, words.by_unit_kind]].concat(Object.keys(data.unitKinds)
  .map((kind) => [shape, data.unitColours[kind], data.unitKinds[kind]]));

// The map itself.
map.attributionControl.setPrefix(false).setPosition("bottomright").addAttribution(data.attribution);
L.control.scale({ imperial: false, maxWidth: 140, position: "bottomleft" }).addTo(map);
for (const label of data.labels) {
  const html = element("div");
  html.append(element("span", label.name));
  L.marker(label.at, { pane: "names", interactive: false, keyboard: false,
    icon: L.divIcon({ html: html, className: "area-name", iconSize: [0, 0] }) }).addTo(map);
}
const roads = [];
map.eachLayer(function (layer) {
  if (layer.options.pane === "roads" && layer.feature) roads.push(layer);
});
function widenRoads() {
  const factor = Math.max(0.7, Math.min(5, Math.pow(1.45, map.getZoom() - 13)));
  for (const road of roads) road.setStyle({ weight: road.feature.properties.look.weight * factor });
}
map.on("zoomend", widenRoads);
const shrinkNames = () => document.documentElement.classList.toggle("far", map.getZoom() < 12.6);
map.on("zoomend", shrinkNames);

// What is on the map now; a page says so itself, so that a test can count.
const shown = { subdistricts: data.labels.length, roads: roads.length };
window.yixianShown = shown;
window.yixianMap = map;
window.yixianData = data;

// Metro stations, and their names from near.
for (const [, at] of data.stations)
  L.circleMarker(at, { pane: "metro", interactive: false, radius: 3.2, color: data.metroColour, weight: 1.6, fillColor: "#ffffff",
    fillOpacity: 1 }).addTo(map);
shown.stations = data.stations.length;
const STATION_NAME_ZOOM = 14;

// Street names: only those of the view, the greater roads first; names of local streets when one is near.
const STREET_NAME_ZOOM = [14, 14, 14.5, 15.25, 16.25];
const streetNames = L.layerGroup().addTo(map);
function nameStreets() {
  streetNames.clearLayers();
  const box = map.getBounds(), zoom = map.getZoom(), taken = [];
  let drawn = 0;
  if (zoom >= STATION_NAME_ZOOM) for (const [name, at] of data.stations) {
    if (!box.contains(at)) continue;
    const spot = map.latLngToContainerPoint(at), html = element("div");
    taken.push([spot.x, spot.y - 12, name.length * 6 + 8]);
    html.append(element("span", name));
    L.marker(at, { pane: "names", interactive: false, keyboard: false,
      icon: L.divIcon({ html: html, className: "station-name", iconSize: [0, 0] }) }).addTo(streetNames);
  }
  shown.stationNames = taken.length;
  for (const [name, at, angle, rank] of data.streets) {
    if (drawn >= 90 || zoom < STREET_NAME_ZOOM[rank] || !box.contains(at)) continue;
    const spot = map.latLngToContainerPoint(at), wide = name.length * 6 + 8;
    if (taken.some(([x, y, other]) => Math.abs(x - spot.x) < (wide + other) && Math.abs(y - spot.y) < 20)) continue;
    taken.push([spot.x, spot.y, wide]);
    const html = element("div"), text = element("span", name);
    text.style.transform = "translate(-50%, -50%) rotate(" + angle + "deg)";
    html.append(text);
    L.marker(at, { pane: "names", interactive: false, keyboard: false,
      icon: L.divIcon({ html: html, className: "street-name", iconSize: [0, 0] }) }).addTo(streetNames);
    drawn += 1;
  }
  shown.streetNames = drawn;
}
map.on("moveend", nameStreets);

const minutesOf = (seconds) => Math.round(seconds / 60);
const inHours = (minutes) => (minutes / 60).toLocaleString("en", { maximumFractionDigits: minutes < 600 ? 1 : 0 });
function kindChoices(holder) {
  return Object.keys(data.siteKinds).map(function (kind) {
    const label = element("label"), box = element("input");
    box.type = "checkbox";
    box.checked = true;
    box.value = kind;
    box.id = "kind-" + kind;
    label.append(box, data.siteKinds[kind]);
    byId(holder).append(label);
    return box;
  });
}
const kindChosen = (boxes, site) => boxes.some((box) => box.checked && box.value === site.kind);
function tableRow(cells, act, className) {
  const row = element("tr", undefined, className);
  for (const cell of cells) {
    const box = element("td");
    if (cell instanceof Node) box.append(cell);
    else box.textContent = cell;
    row.append(box);
  }
  if (act) {
    row.tabIndex = 0;
    row.addEventListener("click", act);
    row.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); act(); } });
  }
  return row;
}
function head(labels) {
  const made = element("thead"), row = element("tr");
  for (const label of labels) row.append(element("th", label));
  made.append(row);
  return made;
}

function showWhole() {
  map.fitBounds(data.bounds, { animate: false, padding: [6, 6] });
  shrinkNames();
}
for (const box of document.querySelectorAll("input[data-pane]")) {
  const apply = () => { map.getPane(box.dataset.pane).style.display = box.checked ? "" : "none"; };
  box.addEventListener("change", apply);
}
byId("whole").addEventListener("click", showWhole);
byId("print").addEventListener("click", () => window.print());
byId("full-screen").addEventListener("click", function () {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});
byId("toggle-panel").addEventListener("click", function () {
  document.documentElement.classList.toggle("no-panel");
  document.documentElement.classList.toggle("no-beside");
  map.invalidateSize();
  map.fire("resized");
});

// On paper the page takes the size of an A4 sheet, the map shows what it showed on the screen, and tables have all their rows:
// a page whose tables show only some on the screen sets fillTables.
let seenBounds = null, fillTables = null;
window.addEventListener("beforeprint", function () {
  seenBounds = map.getBounds();
  if (fillTables) fillTables(true);
  document.documentElement.classList.add("printing");
  const beside = document.querySelector(".page-beside");
  if (beside && (beside.scrollHeight > beside.clientHeight || beside.scrollWidth > beside.clientWidth)) {
    document.documentElement.classList.add("printing-long");
  }
  map.invalidateSize({ animate: false });
  if (seenBounds.contains(data.bounds)) showWhole();
  else map.fitBounds(seenBounds, { animate: false });
});
window.addEventListener("afterprint", function () {
  document.documentElement.classList.remove("printing", "printing-long");
  if (fillTables) fillTables(false);
  map.invalidateSize({ animate: false });
  if (seenBounds) map.fitBounds(seenBounds, { animate: false });
});

