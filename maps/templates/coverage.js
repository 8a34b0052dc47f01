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

const kindBoxes = Object.keys(data.siteKinds).map(function (kind) {
  const label = element("label"), box = element("input");
  box.type = "checkbox";
  box.checked = true;
  box.value = kind;
  box.id = "kind-" + kind;
  label.append(box, data.siteKinds[kind]);
  byId("kinds").append(label);
  return box;
});

function colourOf(index) {
  const site = data.sites[index];
  if (cadreOf[index].length === 0) return data.unheldColour;
  if (byId("colour-by").value === "subdistrict") return data.subdistrictColours[site.subdistrict] || data.unheldColour;
  return data.unitColours[officeOfCadre(cadreOf[index][0][0]).kind];
}

function passes(index) {
  const site = data.sites[index];
  if (!kindBoxes.some((box) => box.checked && box.value === site.kind)) return false;
  const subdistrict = chosen(selects.subdistrict), unit = chosen(selects.unit), cadre = chosen(selects.cadre);
  if (subdistrict !== null && site.subdistrict !== subdistrict) return false;
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
  byId("status").textContent = words.shown + " " + visible.length + " / " + data.sites.length;
  Object.assign(shown, { sites: sites.getLayers().length, offices: offices.getLayers().length, links: linkCount });
}

function legend() {
  const bySubdistrict = byId("colour-by").value === "subdistrict";
  const colours = bySubdistrict
    ? [[null, null, words.by_subdistrict]].concat(
      data.subdistricts.map((name, index) => ["circle", data.subdistrictColours[index], name]))
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
  for (const [cadre, minutes] of cadreOf[index]) {
    fact(list, words.cadre, data.cadres[cadre].name);
    fact(list, words.unit, officeOfCadre(cadre).name);
    fact(list, words.travel, minutes === null ? words.no_way : minutes + " " + words.minutes);
  }
  if (cadreOf[index].length === 0) fact(list, words.cadre, words.unheld);
  fact(list, words.workload, site.workload + " " + words.minutes);
  if (site.estimated) fact(list, words.position, words.position_estimated);
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
  if (entry.type === "cadre") {
    selects.cadre.value = String(entry.index);
    draw();
    const points = sitesOf[entry.index].map((index) => data.sites[index].at).concat([officeOfCadre(entry.index).at]);
    map.fitBounds(points, { maxZoom: 15, padding: [60, 60], animate: false });
    return;
  }
  const place = entry.type === "site" ? data.sites[entry.index] : data.offices[entry.index];
  map.setView(place.at, Math.max(15, map.getZoom()), { animate: false });
  const marker = (entry.type === "site" ? siteMarkers : officeMarkers).get(entry.index);
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
});

function clearFilters() {
  map.closePopup();
  for (const select of [selects.subdistrict, selects.unit]) select.value = "";
  fillCadres();
  selects.cadre.value = "";
  for (const box of kindBoxes) box.checked = true;
  draw();
}
selects.unit.addEventListener("change", fillCadres);
for (const control of [selects.subdistrict, selects.unit, selects.cadre, byId("show-offices"), byId("colour-by")]
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
