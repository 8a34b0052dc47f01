// Need and service by area. Everything is summed up here from the sites' own measures, by the kinds that are chosen.
const measureSelect = byId("measure"), areaSelect = byId("area");
const kindBoxes = kindChoices("kinds");
for (const option of areaSelect.options) if (data.cells[option.value].length === 0) {
  option.disabled = true;
  option.title = words.no_areas;
}

function sumOf(indices) {
  const sum = { sites: 0, committees: 0, enterprises: 0, residents: 0, unknown: 0, need: 0, service: 0, committeeService: 0,
    enterpriseService: 0, visits: 0, travel: 0, ways: 0 };
  for (const index of indices) {
    const site = data.sites[index];
    if (!kindChosen(kindBoxes, site)) continue;
    const hours = site.visitSeconds / 3600 / data.months;
    sum.sites += 1;
    sum.need += site.workload / 60;
    sum.service += hours;
    sum.visits += site.visits / data.months;
    if (site.kind === "committee") {
      sum.committees += 1;
      if (site.residents === null) sum.unknown += 1;
      else {
        sum.residents += site.residents;
        sum.committeeService += hours;
      }
    } else {
      sum.enterprises += 1;
      sum.enterpriseService += hours;
    }
    if (site.travel !== null) {
      sum.travel += site.travel / 60;
      sum.ways += 1;
    }
  }
  return sum;
}
const ratio = (above, below) => below > 0 ? above / below : null;
// What a measure is worth in an area; null where it says nothing there.
const VALUE = {
  need: (sum, km2) => sum.need / km2,
  service: (sum, km2) => sum.service / km2,
  visits: (sum, km2) => sum.visits / km2,
  balance: (sum) => ratio(sum.service, sum.need),
  residents: (sum) => ratio(sum.residents, sum.committeeService),
  enterprises: (sum) => ratio(sum.enterprises, sum.enterpriseService),
  travel: (sum) => ratio(sum.travel, sum.ways),
};
const DENSITIES = ["need", "service", "visits"], RATIOS = ["balance", "residents", "enterprises"];
const classOf = (value, limits) => limits.filter((limit) => value >= limit).length;
const number = (value, digits) => value === null ? words.no_data
  : value.toLocaleString("en", { minimumFractionDigits: 0, maximumFractionDigits: digits === undefined ? 1 : digits });
let whole = null;
function classIn(measure, value) {
  if (measure === "travel") return data.bandMinutes.filter((minutes) => value > minutes).length;
  if (DENSITIES.includes(measure)) return classOf(value, data.limits[measure]);
  const usual = VALUE[measure](whole, 1);
  if (usual === null) return null;
  // Few people for an hour is much service, so both kinds of ratio are blue where service is ample.
  const against = measure === "balance" ? ratio(usual, value) : value / usual;
  return against === null ? data.ratioLimits.length : classOf(against, data.ratioLimits);
}
const coloursOf = (measure) => measure === "travel" ? data.colours.bands : RATIOS.includes(measure) ? data.colours.ratio
  : measure === "need" ? data.colours.need : data.colours.service;

function describe(cell, sum, measure) {
  const box = element("div", undefined, "card"), list = element("dl");
  const add = (label, text) => list.append(element("dt", label), element("dd", text));
  box.append(element("b", cellName(cell)));
  add(words.sites_here, sum.sites);
  add(words.column_need, number(sum.need));
  add(words.column_service, number(sum.service));
  add(words.column_residents, number(VALUE.residents(sum), 0));
  add(words.column_enterprises, number(VALUE.enterprises(sum)));
  add(words.column_travel, number(VALUE.travel(sum)));
  box.append(list);
  return box;
}
const cellName = (cell) => areaSelect.value === "hexagon" ? (words.near_before + cell.name + words.near_after) : cell.name;

function paint(target, group, measure) {
  group.clearLayers();
  let drawn = 0;
  for (const cell of data.cells[areaSelect.value]) {
    const sum = sumOf(cell.sites), value = sum.sites ? VALUE[measure](sum, cell.km2) : null;
    if (value === null) continue;
    const band = classIn(measure, value);
    if (band === null) continue;
    const shape = L.polygon(cell.rings.map((ring) => [ring]), { pane: "cells", color: "#ffffff", weight: 0.8, fillColor: coloursOf(measure)[band],
      fillOpacity: 0.86, renderer: group.options.renderer });
    shape.cell = cell;
    shape.bindTooltip(() => describe(cell, sum, measure), { sticky: true });
    shape.addTo(group);
    drawn += 1;
  }
  return drawn;
}

map.createPane("cells").style.zIndex = 220;
const cells = L.layerGroup([], { renderer: L.canvas({ pane: "cells" }) }).addTo(map);
const points = L.featureGroup().addTo(map);
const titles = ["", ""].map(function (_, index) {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => element("div", undefined, "map-title");
  return control;
});

// The second map of the comparison: the same ground, moved together with the first.
let second = null, secondCells = null, moving = false;
function follow(from, to) {
  if (moving || !document.documentElement.classList.contains("side-by-side")) return;
  moving = true;
  to.setView(from.getCenter(), from.getZoom(), { animate: false });
  moving = false;
}
function makeSecond() {
  second = L.map("second-map", { zoomControl: false, attributionControl: false, preferCanvas: true, minZoom: 10, maxZoom: 18,
    zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 120 });
  for (const pane of ["areas", "cells", "roads", "names"]) second.createPane(pane).style.zIndex = map.getPane(pane).style.zIndex;
  second.setView(map.getCenter(), map.getZoom());
  const renderers = {};
  map.eachLayer(function (layer) {
    const pane = layer.options.pane;
    if (layer instanceof L.Polyline && (pane === "areas" || pane === "roads")) {
      renderers[pane] = renderers[pane] || L.canvas({ pane: pane });
      const Kind = layer instanceof L.Polygon ? L.polygon : L.polyline;
      const copy = Kind(layer.getLatLngs(), Object.assign({}, layer.options, { renderer: renderers[pane] }));
      copy.addTo(second);
    }
    if (layer instanceof L.Marker && pane === "names" && layer.options.icon.options.className === "area-name") {
      L.marker(layer.getLatLng(), { pane: "names", interactive: false, keyboard: false, icon: L.divIcon({ className: "area-name",
        iconSize: [0, 0], html: layer.options.icon.options.html.cloneNode(true) }) }).addTo(second);
    }
  });
  secondCells = L.layerGroup([], { renderer: L.canvas({ pane: "cells" }) }).addTo(second);
  map.on("move", () => follow(map, second));
  second.on("move", () => follow(second, map));
  titles[1].addTo(second);
}

function limitWords(measure) {
  if (measure === "travel") return data.bandMinutes.map((minutes) => "≤ " + minutes).concat(["> " + data.bandMinutes[data.bandMinutes.length - 1]]);
  const limits = DENSITIES.includes(measure) ? data.limits[measure] : data.ratioLimits;
  return ["< " + limits[0]].concat(limits.slice(1).map((limit, index) => limits[index] + " – " + limit), ["≥ " + limits[limits.length - 1]]);
}
function legendOf(measure) {
  const unit = measure === "travel" ? words.u_minutes : measure === "visits" ? words.u_visits_km2
    : DENSITIES.includes(measure) ? words.u_hours_km2 : words.u_ratio;
  const names = limitWords(measure);
  // More service for an hour of need is less need for an hour of service, so the limits of the balance turn round.
  const turned = data.ratioLimits.map((limit) => Math.round(100 / limit) / 100);
  const inverted = ["> " + turned[0]].concat(turned.slice(1).map((limit, index) => limit + " – " + turned[index]), ["≤ " + turned[turned.length - 1]]);
  const order = names.map((name, index) => index);
  const label = (index) => measure === "balance" ? inverted[index] : names[index];
  return [[null, null, words["m_" + measure]], [null, null, unit]].concat(
    order.map((index) => ["square", coloursOf(measure)[index], label(index)]));
}

function tag(sum) {
  const own = VALUE.balance(sum), usual = VALUE.balance(whole);
  if (own === null || usual === null || sum.sites < 3) return "";
  const percent = 100 * own / usual;
  return percent < data.thinPercent ? "thin" : percent > data.crowdedPercent ? "crowded" : "usual";
}
// On the screen the table has so many thin and so many crowded areas; on paper all of them.
const MOST_ROWS = 9;
fillTables = (all) => table(all ? Infinity : MOST_ROWS);
function table(most = MOST_ROWS) {
  const box = byId("areas"), body = element("tbody");
  box.textContent = "";
  box.append(head([words.area, words.column_need, words.column_service, words.column_balance, words.column_residents,
    words.column_enterprises, words.column_travel]));
  const usual = VALUE.balance(whole);
  const row = function (name, sum, act, className) {
    const state = className ? "" : tag(sum), title = element("span", name);
    if (state === "thin" || state === "crowded") title.append(" ", element("span", words[state], "tag " + state));
    const balance = VALUE.balance(sum);
    body.append(tableRow([title, number(sum.need, 0), number(sum.service, 0),
      balance === null || usual === null ? words.no_data : Math.round(100 * balance / usual) + "%", number(VALUE.residents(sum), 0),
      number(VALUE.enterprises(sum)), number(VALUE.travel(sum))], act, className));
  };
  row(words.whole_district, whole, null, "total");
  let rows = data.cells[areaSelect.value].map((cell) => [cell, sumOf(cell.sites)]).filter(([, sum]) => sum.sites > 0);
  const counts = { thin: 0, crowded: 0 };
  for (const [, sum] of rows) if (counts[tag(sum)] !== undefined) counts[tag(sum)] += 1;
  rows.sort((a, b) => (VALUE.balance(a[1]) || 0) - (VALUE.balance(b[1]) || 0));
  if (areaSelect.value !== "subdistrict") {
    rows = rows.filter(([, sum]) => tag(sum) === "thin" || tag(sum) === "crowded");
    if (rows.length > 2 * most) rows = rows.slice(0, most).concat(rows.slice(-most));
  }
  for (const [cell, sum] of rows) row(cellName(cell), sum, () => map.fitBounds(L.latLngBounds(cell.rings[0]), { maxZoom: 15, animate: false }));
  box.append(body);
  byId("table-title").textContent = words.thin_and_crowded + words.colon + words.thin + " " + counts.thin + " · " + words.crowded + " " + counts.crowded;
  byId("approximate").hidden = areaSelect.value !== "committee";
  Object.assign(shown, { thin: counts.thin, crowded: counts.crowded, rows: rows.length });
}

function showPoints() {
  points.clearLayers();
  if (!byId("show-points").checked) return 0;
  const radius = pointRadius();
  for (const [index, site] of data.sites.entries()) {
    if (!kindChosen(kindBoxes, site)) continue;
    const band = site.travel === null ? null : data.bandMinutes.filter((minutes) => site.travel > minutes * 60).length;
    const marker = siteMarker(site, band === null ? data.unheldColour : data.bandColours[band], radius * 0.8);
    marker.siteIndex = index;
    marker.addTo(points);
  }
  return points.getLayers().length;
}
points.bindTooltip((layer) => element("span", data.sites[layer.siteIndex].name + " · " +
  (data.sites[layer.siteIndex].travel === null ? words.no_way : minutesOf(data.sites[layer.siteIndex].travel) + " " + words.minutes)),
{ direction: "top", offset: [0, -6] });

function draw() {
  whole = sumOf(data.sites.keys());
  const both = byId("side-by-side").checked, measure = both ? "need" : measureSelect.value;
  document.documentElement.classList.toggle("side-by-side", both);
  measureSelect.disabled = both;
  if (both && !second) makeSecond();
  shown.cells = paint(map, cells, measure);
  if (both) shown.secondCells = paint(second, secondCells, "service");
  else delete shown.secondCells;
  for (const [index, control] of titles.entries()) {
    if (!control.getContainer()) continue;
    control.getContainer().textContent = "";
    control.getContainer().append(both ? words[index ? "service" : "need"] : words["m_" + measure], " ",
      element("small", measure === "travel" ? words.u_minutes : measure === "visits" ? words.u_visits_km2
        : DENSITIES.includes(measure) ? words.u_hours_km2 : words.u_ratio));
  }
  shown.points = showPoints();
  let legend = legendOf(measure);
  if (both) legend = legend.concat(legendOf("service"));
  if (shown.points) legend = legend.concat([[null, null, words.travel_bands]],
    limitWords("travel").map((name, band) => ["circle", data.bandColours[band], name + " " + words.minutes]));
  drawLegend(legend);
  const sums = byId("sums");
  sums.textContent = "";
  for (const [label, value, unit] of [[words.need, number(whole.need, 0), words.hours_a_month], [words.service, number(whole.service, 0), words.hours_a_month],
    [words.column_residents, number(VALUE.residents(whole), 0), ""], [words.column_enterprises, number(VALUE.enterprises(whole)), ""]]) {
    const line = element("div");
    line.append(label + " ", element("b", value), " " + unit);
    sums.append(line);
  }
  table();
  shown.whole = whole;
}
titles[0].addTo(map);
for (const control of [measureSelect, areaSelect, byId("show-points")].concat(kindBoxes)) control.addEventListener("change", draw);
byId("side-by-side").addEventListener("change", function () {
  draw();
  map.invalidateSize();
  if (second) second.invalidateSize();
  showWhole();
});
window.addEventListener("beforeprint", () => { if (second) second.invalidateSize({ animate: false }); });
window.addEventListener("afterprint", () => { if (second) second.invalidateSize({ animate: false }); });
showWhole();
widenRoads();
draw();
map.on("zoomend", function () {
  points.eachLayer((marker) => marker.setRadius(pointRadius() * 0.8));
});
