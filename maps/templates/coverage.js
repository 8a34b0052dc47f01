// The coverage map: points, offices and links, filtered, coloured and found by name.
const cadreOf = data.sites.map(() => []);
const sitesOf = data.cadres.map(() => []);
for (const [cadre, site, minutes] of data.links) {
  cadreOf[site].push([cadre, minutes]);
  sitesOf[cadre].push(site);
}
const officeOfCadre = (cadre) => data.offices[data.cadres[cadre].office];

const links = L.layerGroup().addTo(map);
const offices = L.featureGroup().addTo(map);
const sites = L.featureGroup().addTo(map);
const highlight = L.layerGroup().addTo(map);

const selects = { subdistrict: byId("subdistrict"), unit: byId("unit"), cadre: byId("cadre") };
const hasSites = data.cadres.map((cadre, index) => [index, cadre.name])
  .filter(([index]) => sitesOf[index].length > 0).sort(byName);

function fillCadres() {
  const unit = chosen(selects.unit), before = selects.cadre.value;
  const entries = hasSites.filter(([index]) => unit === null || data.cadres[index].office === unit);
  fillSelect(selects.cadre, entries, words.all);
  if (entries.some(([index]) => String(index) === before)) selects.cadre.value = before;
}
fillSelect(selects.subdistrict, data.subdistricts.map((name, index) => [index, name]), words.all);
fillSelect(selects.unit, distinct(hasSites.map(([index]) => data.cadres[index].office))
  .map((index) => [index, data.offices[index].name]).sort(byName), words.all);
fillCadres();

const kindBoxes = kindChoices("kinds");
const flagSelect = byId("flag"), farther = byId("farther");
const flagCounts = {};
for (const site of data.sites) for (const flag of site.flags) flagCounts[flag] = (flagCounts[flag] || 0) + 1;
fillSelect(flagSelect, Object.keys(data.flags).filter((flag) => flagCounts[flag])
  .map((flag) => [flag, data.flags[flag] + "（" + flagCounts[flag] + "）"]), words.all);

const bandOf = (seconds) => data.bandMinutes.filter((minutes) => seconds > minutes * 60).length;
const bandNames = data.bandMinutes.map((minutes) => "≤ " + minutes + " " + words.minutes)
  .concat(["> " + data.bandMinutes[data.bandMinutes.length - 1] + " " + words.minutes]);

function colourOf(index) {
  const site = data.sites[index];
  if (cadreOf[index].length === 0) return data.unheldColour;
  if (byId("colour-by").value === "subdistrict") return data.subdistrictColours[site.subdistrict] || data.unheldColour;
  if (byId("colour-by").value === "travel") return site.travel === null ? data.unheldColour : data.bandColours[bandOf(site.travel)];
  return data.unitColours[officeOfCadre(cadreOf[index][0][0]).kind];
}

function passes(index) {
  const site = data.sites[index];
  if (!kindBoxes.some((box) => box.checked && box.value === site.kind)) return false;
  const subdistrict = chosen(selects.subdistrict), unit = chosen(selects.unit), cadre = chosen(selects.cadre);
  if (subdistrict !== null && site.subdistrict !== subdistrict) return false;
  if (flagSelect.value !== "" && !site.flags.includes(flagSelect.value)) return false;
  if (Number(farther.value) > 0 && !cadreOf[index].some(([one, seconds]) => seconds === null || seconds > Number(farther.value) * 60)) return false;
  if (unit === null && cadre === null) return true;
  return cadreOf[index].some(([one]) => (cadre === null || one === cadre) &&
    (unit === null || data.cadres[one].office === unit));
}

let siteMarkers = new Map();
let officeMarkers = new Map();

function draw() {
  const radius = pointRadius();
  const visible = data.sites.map((site, index) => index).filter(passes);
  links.clearLayers();
  offices.clearLayers();
  sites.clearLayers();
  highlight.clearLayers();
  siteMarkers = new Map();
  officeMarkers = new Map();

  const narrowed = visible.length < data.sites.length;
  const linesOf = {};
  let linkCount = 0;
  for (const index of visible) {
    for (const [cadre] of cadreOf[index]) {
      const colour = colourOf(index);
      (linesOf[colour] = linesOf[colour] || []).push([officeOfCadre(cadre).at, data.sites[index].at]);
      linkCount += 1;
    }
  }
  for (const colour of Object.keys(linesOf)) {
    for (const line of linesOf[colour]) L.polyline(line, { pane: "links", interactive: false, color: colour,
      weight: narrowed ? 1.2 : 0.8, opacity: narrowed ? 0.6 : 0.28, smoothFactor: 0 }).addTo(links);
  }
  if (byId("show-offices").checked) {
    const unit = chosen(selects.unit), cadre = chosen(selects.cadre);
    data.offices.forEach(function (office, index) {
      const wanted = cadre !== null ? data.cadres[cadre].office : unit;
      if (wanted !== null && index !== wanted) return;
      const marker = officeMarker(office, radius * 1.15);
      marker.officeIndex = index;
      officeMarkers.set(index, marker.addTo(offices));
    });
  }
  for (const index of visible) {
    const site = data.sites[index];
    const marker = siteMarker(site, colourOf(index), site.key ? radius * 1.35 : radius);
    marker.siteIndex = index;
    siteMarkers.set(index, marker.addTo(sites));
  }
  sumUp(visible);
  listPoints(visible);
  byId("status").textContent = words.shown + " " + visible.length + " / " + data.sites.length;
  Object.assign(shown, { sites: sites.getLayers().length, offices: offices.getLayers().length, links: linkCount });
}

// What the selection adds up to; the numbers are the judge's, site by site.
function sumUp(visible) {
  const box = byId("sums"), cadres = new Set();
  let workload = 0, seconds = 0, ways = 0, visits = 0;
  for (const index of visible) {
    const site = data.sites[index];
    workload += site.workload;
    visits += site.visits;
    if (site.travel !== null) {
      seconds += site.travel;
      ways += 1;
    }
    for (const [cadre] of cadreOf[index]) cadres.add(cadre);
  }
  box.textContent = "";
  const line = function (label, value, unit) {
    const row = element("div");
    row.append(label + " ", element("b", value), " " + unit);
    box.append(row);
  };
  line(words.selection, String(visible.length), words.sites_here + " · " + cadres.size + " " + words.cadres);
  line(words.workload, inHours(workload), words.hours_a_month);
  line(words.mean_travel, ways ? String(Math.round(seconds / ways / 60)) : "–", words.minutes);
  byId("farther-value").textContent = Number(farther.value) ? farther.value + " " + words.minutes : words.no_limit;
  shown.selection = { workload: workload, cadres: cadres.size, travel: seconds, visits: visits };
}

const MOST_LISTED = 120;
function listPoints(visible) {
  const list = byId("point-list");
  list.textContent = "";
  if (!byId("list-box").open) return;
  const named = visible.map((index) => [index, data.sites[index].name]).sort(byName);
  for (const [index, name] of named.slice(0, MOST_LISTED)) {
    const row = element("li"), button = element("button", name);
    button.type = "button";
    button.addEventListener("click", () => openSite(index));
    row.append(button);
    list.append(row);
  }
  if (named.length > MOST_LISTED) list.append(element("li", words.more + " " + (named.length - MOST_LISTED) + " " + words.more_after, "nothing"));
}
byId("list-box").addEventListener("toggle", () => listPoints(data.sites.map((site, index) => index).filter(passes)));

function openSite(index) {
  map.setView(data.sites[index].at, Math.max(15, map.getZoom()), { animate: false });
  const marker = siteMarkers.get(index);
  if (marker) marker.fire("click", { latlng: marker.getLatLng() }, true);
}

function legend() {
  const bySubdistrict = byId("colour-by").value === "subdistrict", byTravel = byId("colour-by").value === "travel";
  const colours = bySubdistrict
    ? [[null, null, words.by_subdistrict]].concat(
      data.subdistricts.map((name, index) => ["circle", data.subdistrictColours[index], name]))
    : byTravel ? [[null, null, words.travel_bands]].concat(bandNames.map((name, band) => ["circle", data.bandColours[band], name]))
      : unitLegend("circle");
  const unheld = cadreOf.some((cadres) => cadres.length === 0) ? [["circle", data.unheldColour, words.unheld]] : [];
  drawLegend(colours.concat(unheld, shapeLegend()));
}

function fact(list, label, text) {
  list.append(element("dt", label), element("dd", text));
}

function sitePopup(index) {
  const site = data.sites[index], box = element("div", undefined, "card"), list = element("dl");
  box.append(element("p", data.siteKinds[site.kind] + (site.key ? " · " + words.key : ""), "kicker"));
  box.append(element("h3", site.name));
  if (site.subdistrict >= 0) fact(list, words.subdistrict, data.subdistricts[site.subdistrict]);
  for (const [cadre, seconds] of cadreOf[index]) {
    fact(list, words.cadre, data.cadres[cadre].name + (data.cadres[cadre].load === null ? ""
      : "（" + words.load + " " + (data.cadres[cadre].load / 10).toFixed(1) + "%）"));
    fact(list, words.unit, officeOfCadre(cadre).name);
    fact(list, words.travel, seconds === null ? words.no_way : minutesOf(seconds) + " " + words.minutes);
  }
  if (cadreOf[index].length === 0) fact(list, words.cadre, words.unheld);
  fact(list, words.workload, site.workload + " " + words.minutes);
  if (site.visits) fact(list, words.visits_in_term, site.visits + " " + words.times +
    (site.missed ? "（" + words.missed_short + " " + site.missed + "）" : ""));
  if (site.estimated) fact(list, words.position, words.position_estimated);
  const marks = site.flags.filter((flag) => flag !== "estimated" && flag !== "unheld" && flag !== "missed");
  if (marks.length) fact(list, words.mark, marks.map((flag) => data.flags[flag]).join("、"));
  fact(list, words.id, site.id);
  box.append(list);
  return box;
}

function officePopup(index) {
  const office = data.offices[index], box = element("div", undefined, "card"), list = element("dl");
  const cadres = hasSites.filter(([cadre]) => data.cadres[cadre].office === index);
  box.append(element("p", data.unitKinds[office.kind], "kicker"), element("h3", office.name));
  if (office.subdistrict >= 0) fact(list, words.subdistrict, data.subdistricts[office.subdistrict]);
  fact(list, words.cadres_here, cadres.length);
  fact(list, words.sites_here, cadres.reduce((sum, [cadre]) => sum + sitesOf[cadre].length, 0));
  if (office.estimated) fact(list, words.position, words.estimated);
  box.append(list);
  return box;
}

function light(cadres) {
  highlight.clearLayers();
  const radius = pointRadius();
  for (const cadre of cadres) {
    const office = officeOfCadre(cadre), colour = data.unitColours[office.kind];
    const base = { pane: "highlight", interactive: false };
    for (const index of sitesOf[cadre]) {
      const site = data.sites[index];
      L.polyline([office.at, site.at], Object.assign({ color: "#ffffff", weight: 5, opacity: 0.8 }, base))
        .addTo(highlight);
      L.polyline([office.at, site.at], Object.assign({ color: colour, weight: 2.4, opacity: 1 }, base))
        .addTo(highlight);
    }
    for (const index of sitesOf[cadre]) new ShapeMarker(data.sites[index].at, Object.assign(
      { shape: data.siteShapes[data.sites[index].kind] }, pointLook(colour, false, radius * 1.5), base,
      { color: "#1a1a1a", weight: 1.5 })).addTo(highlight);
    new ShapeMarker(office.at, Object.assign({ shape: data.officeShape }, pointLook(colour, false, radius * 1.7), base,
      { color: "#1a1a1a", weight: 2 })).addTo(highlight);
  }
  shown.highlighted = distinct(cadres).reduce((sum, cadre) => sum + sitesOf[cadre].length, 0);
}

const cadresAt = (marker) => marker.siteIndex !== undefined
  ? cadreOf[marker.siteIndex].map(([cadre]) => cadre)
  : hasSites.map(([cadre]) => cadre).filter((cadre) => data.cadres[cadre].office === marker.officeIndex);
let pinned = [];
for (const group of [sites, offices]) {
  const isSite = group === sites;
  const popup = (marker) => isSite ? sitePopup(marker.siteIndex) : officePopup(marker.officeIndex);
  group.bindPopup(popup, { maxWidth: 300, minWidth: 210, autoPanPadding: [30, 30] });
  group.bindTooltip((marker) => element("span", isSite ? data.sites[marker.siteIndex].name
    : data.offices[marker.officeIndex].name), { direction: "top", offset: [0, -6], sticky: true });
  group.on("mouseover", (event) => light(pinned.concat(cadresAt(event.layer))));
  group.on("mouseout", () => light(pinned));
  group.on("popupopen", function (event) {
    pinned = cadresAt(event.layer);
    light(pinned);
  });
  group.on("popupclose", function () {
    pinned = [];
    light(pinned);
  });
}

// Search. The input event also comes from input methods, paste and scripts, unlike key events.
const searchable = data.sites.map((site, index) => ({ type: "site", index: index, name: site.name,
  note: site.subdistrict >= 0 ? data.subdistricts[site.subdistrict] : data.siteKinds[site.kind], id: site.id }))
  .concat(hasSites.map(([index, name]) => ({ type: "cadre", index: index, name: name,
    note: officeOfCadre(index).name, id: data.cadres[index].id })),
  data.offices.map((office, index) => ({ type: "office", index: index, name: office.name,
    note: data.unitKinds[office.kind], id: "" })));

function go(entry) {
  byId("found").hidden = true;
  byId("show-offices").checked = true;
  clearFilters();
  if (entry.type === "site") return openSite(entry.index);
  if (entry.type === "cadre") {
    selects.cadre.value = String(entry.index);
    draw();
    const points = sitesOf[entry.index].map((index) => data.sites[index].at).concat([officeOfCadre(entry.index).at]);
    map.fitBounds(points, { maxZoom: 15, padding: [60, 60], animate: false });
    return;
  }
  map.setView(data.offices[entry.index].at, Math.max(15, map.getZoom()), { animate: false });
  const marker = officeMarkers.get(entry.index);
  if (marker) marker.fire("click", { latlng: marker.getLatLng() }, true);
}

function search() {
  const list = byId("found"), wanted = byId("search").value.trim().toLowerCase();
  list.textContent = "";
  list.hidden = wanted === "";
  if (wanted === "") return;
  const found = searchable.filter((entry) => entry.name.toLowerCase().includes(wanted) ||
    entry.id.toLowerCase() === wanted).slice(0, 12);
  for (const entry of found) {
    const row = element("li"), button = element("button");
    button.type = "button";
    button.append(element("span", entry.name), element("small", entry.note));
    button.addEventListener("click", () => go(entry));
    row.append(button);
    list.append(row);
  }
  if (found.length === 0) list.append(element("li", words.nothing_found, "nothing"));
}
byId("search").addEventListener("input", search);
byId("search").addEventListener("keydown", function (event) {
  const first = byId("found").querySelector("button");
  if (event.key === "Enter" && first) first.click();
  if (event.key === "Escape") byId("found").hidden = true;
  if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    first.focus();
  }
});
byId("found").addEventListener("keydown", function (event) {
  const row = event.target.parentNode;
  const next = event.key === "ArrowDown" ? row.nextElementSibling : event.key === "ArrowUp" ? row.previousElementSibling : null;
  if (event.key === "Escape") byId("search").focus();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  (next ? next.querySelector("button") : byId("search")).focus();
});

function clearFilters() {
  map.closePopup();
  for (const select of [selects.subdistrict, selects.unit, flagSelect]) select.value = "";
  farther.value = "0";
  fillCadres();
  selects.cadre.value = "";
  for (const box of kindBoxes) box.checked = true;
  draw();
}
selects.unit.addEventListener("change", fillCadres);
farther.addEventListener("input", draw);
for (const control of [selects.subdistrict, selects.unit, selects.cadre, flagSelect, byId("show-offices"), byId("colour-by")]
  .concat(kindBoxes)) control.addEventListener("change", draw);
byId("colour-by").addEventListener("change", legend);
byId("clear").addEventListener("click", function () {
  byId("search").value = "";
  search();
  clearFilters();
});

showWhole();
widenRoads();
legend();
draw();
map.on("zoomend", resize);

function resize() {
  const radius = pointRadius();
  siteMarkers.forEach((marker, index) => marker.setRadius(data.sites[index].key ? radius * 1.35 : radius));
  officeMarkers.forEach((marker) => marker.setRadius(radius * 1.15));
  if (pinned.length) light(pinned);
}
