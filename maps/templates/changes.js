// Before and after the rotation. A holder is an index into the cadres, or -1, -2, ... into those who have left.
const selects = { subdistrict: byId("subdistrict"), unit: byId("unit"), cadre: byId("cadre") };
const kindBoxes = kindChoices("kinds");
const STATUSES = Object.keys(data.statusColours);
const statusCounts = {};
for (const change of data.changes) statusCounts[change.status] = (statusCounts[change.status] || 0) + 1;
const statusBoxes = STATUSES.filter((status) => statusCounts[status]).map(function (status) {
  const label = element("label"), box = element("input"), swatch = element("span", undefined, "swatch"), row = element("div");
  box.type = "checkbox";
  box.checked = true;
  box.value = status;
  box.id = "status-" + status;
  swatch.style.background = data.statusColours[status];
  label.append(box, swatch, words["s_" + status] + "（" + statusCounts[status] + "）");
  row.append(label);
  byId("statuses").append(row);
  return box;
});
const holderName = (holder) => holder >= 0 ? data.cadres[holder].name : data.departed[-1 - holder] + "（" + words.left_office + "）";
const holderNames = (holders) => holders.length ? holders.map(holderName).join("、") : words.nobody;
const officeOfCadre = (cadre) => data.offices[data.cadres[cadre].office];
const present = (holders) => holders.filter((holder) => holder >= 0);
const involved = new Set();
for (const change of data.changes) for (const cadre of present(change.before.concat(change.after))) involved.add(cadre);
fillSelect(selects.subdistrict, data.subdistricts.map((name, index) => [index, name]), words.all);
fillSelect(selects.unit, distinct(Array.from(involved, (cadre) => data.cadres[cadre].office))
  .map((index) => [index, data.offices[index].name]).sort(byName), words.all);
fillSelect(selects.cadre, Array.from(involved, (index) => [index, data.cadres[index].name]).sort(byName), words.all);

const links = L.layerGroup().addTo(map), sites = L.featureGroup().addTo(map), highlight = L.layerGroup().addTo(map);
const offices = L.layerGroup().addTo(map);
let markers = new Map();
const view = () => document.querySelector("input[name=view]:checked").value;

function passes(index) {
  const site = data.sites[index], change = data.changes[index];
  if (!kindChosen(kindBoxes, site)) return false;
  if (!statusBoxes.some((box) => box.checked && box.value === change.status)) return false;
  const subdistrict = chosen(selects.subdistrict), unit = chosen(selects.unit), cadre = chosen(selects.cadre);
  if (subdistrict !== null && site.subdistrict !== subdistrict) return false;
  const wanted = byId("search").value.trim().toLowerCase(), all = change.before.concat(change.after);
  if (wanted && !site.name.toLowerCase().includes(wanted) && site.id.toLowerCase() !== wanted &&
    !all.some((holder) => holderName(holder).toLowerCase().includes(wanted))) return false;
  if (unit === null && cadre === null) return true;
  return present(all).some((one) => (cadre === null || one === cadre) && (unit === null || data.cadres[one].office === unit));
}

function popup(index) {
  const site = data.sites[index], change = data.changes[index], box = element("div", undefined, "card"), list = element("dl");
  box.append(element("p", data.siteKinds[site.kind] + " · " + words["s_" + change.status], "kicker"), element("h3", site.name));
  data.terms.forEach(function (term, number) {
    const holders = data.chains[index][number];
    const office = number >= data.now && present(holders).length ? " · " + officeOfCadre(present(holders)[0]).name : "";
    list.append(element("dt", term), element("dd", holderNames(holders) + office));
  });
  list.append(element("dt", words.workload), element("dd", site.workload + " " + words.minutes));
  list.append(element("dt", words.id), element("dd", site.id));
  box.append(list);
  return box;
}

function lines(index, holders, look) {
  for (const cadre of present(holders)) L.polyline([officeOfCadre(cadre).at, data.sites[index].at],
    Object.assign({ pane: "links", interactive: false, smoothFactor: 0 }, look)).addTo(links);
  return present(holders).length;
}

function draw() {
  const radius = pointRadius(), visible = data.sites.map((site, index) => index).filter(passes), shows = view();
  for (const layer of [links, sites, highlight, offices]) layer.clearLayers();
  markers = new Map();
  const narrow = visible.length < data.sites.length / 3;
  let drawn = 0;
  for (const index of visible) {
    const change = data.changes[index], colour = data.statusColours[change.status];
    if (shows !== "after" && change.status !== "kept") drawn += lines(index, change.before,
      { color: "#6b7580", weight: narrow ? 1.3 : 0.8, opacity: narrow ? 0.8 : 0.4, dashArray: "4 4" });
    if (shows === "before" && change.status === "kept") drawn += lines(index, change.before,
      { color: "#6b7580", weight: narrow ? 1.3 : 0.8, opacity: narrow ? 0.8 : 0.4, dashArray: "4 4" });
    if (shows !== "before") drawn += lines(index, change.after, { color: colour, weight: narrow ? 1.6 : 0.9,
      opacity: change.status === "kept" ? (narrow ? 0.6 : 0.25) : (narrow ? 0.9 : 0.5) });
  }
  if (narrow) {
    const shownOffices = new Set();
    for (const index of visible) for (const cadre of present(data.changes[index].before.concat(data.changes[index].after)))
      shownOffices.add(data.cadres[cadre].office);
    for (const office of shownOffices) officeMarker(data.offices[office], radius * 1.15).bindTooltip(element("span", data.offices[office].name))
      .addTo(offices);
  }
  for (const index of visible) {
    const marker = siteMarker(data.sites[index], data.statusColours[data.changes[index].status], data.changes[index].status === "kept" ? radius * 0.8 : radius);
    marker.siteIndex = index;
    markers.set(index, marker.addTo(sites));
  }
  const counts = {};
  let moved = 0;
  for (const index of visible) {
    counts[data.changes[index].status] = (counts[data.changes[index].status] || 0) + 1;
    if (["handed", "replaced"].includes(data.changes[index].status)) moved += data.sites[index].workload;
  }
  const sums = byId("sums"), changed = (counts.handed || 0) + (counts.replaced || 0);
  sums.textContent = "";
  for (const [label, value, unit] of [[words.changed_points, String(changed), "/ " + visible.length], [words.moved_load, inHours(moved), words.hours_a_month]]) {
    const line = element("div");
    line.append(label + " ", element("b", value), " " + unit);
    sums.append(line);
  }
  byId("status").textContent = words.shown + " " + visible.length + " / " + data.sites.length;
  listed = visible;
  chainTable(visible);
  const balance = movedTable(visible);
  Object.assign(shown, { sites: visible.length, lines: drawn, statuses: counts, moved: moved, given: balance.given, taken: balance.taken });
}

function go(index) {
  map.setView(data.sites[index].at, Math.max(15, map.getZoom()), { animate: false });
  const marker = markers.get(index);
  if (marker) marker.fire("click", { latlng: marker.getLatLng() }, true);
}

// On the screen the table has so many rows; on paper all of them.
const MOST_ROWS = 60;
let listed = [];
fillTables = (all) => chainTable(listed, all ? Infinity : MOST_ROWS);
function chainTable(visible, most = MOST_ROWS) {
  const box = byId("chains"), body = element("tbody");
  box.textContent = "";
  box.append(head([words.sites_here].concat(data.terms)));
  const rank = (index) => data.changes[index].status === "kept" ? 1 : 0;
  const rows = visible.slice().sort((a, b) => rank(a) - rank(b) || (data.sites[a].kind < data.sites[b].kind ? -1 : data.sites[a].kind > data.sites[b].kind ? 1 : 0) ||
    (data.sites[a].id < data.sites[b].id ? -1 : 1));
  for (const index of rows.slice(0, most)) {
    const name = element("span"), swatch = element("span", undefined, "swatch");
    swatch.style.background = data.statusColours[data.changes[index].status];
    name.append(swatch, data.sites[index].name);
    body.append(tableRow([name].concat(data.chains[index].map(holderNames)), () => go(index)));
  }
  box.append(body);
  byId("chains-more").textContent = rows.length > most ? words.more + " " + (rows.length - most) + " " + words.more_after
    : data.ended ? words.ended + words.colon + data.ended : "";
}

// Load that moved, by sub-district of the points; by unit of the cadres when a sub-district is chosen.
function movedTable(visible) {
  const box = byId("moved"), body = element("tbody"), byUnit = chosen(selects.subdistrict) !== null;
  const rows = new Map(), total = { given: 0, taken: 0 };
  const row = function (key) {
    if (!rows.has(key)) rows.set(key, { points: 0, given: 0, taken: 0 });
    return rows.get(key);
  };
  for (const index of visible) {
    const change = data.changes[index], site = data.sites[index];
    if (change.status === "kept") continue;
    if (byUnit) {
      for (const cadre of present(change.before)) row(data.cadres[cadre].office).given += site.workload;
      for (const cadre of present(change.after)) {
        row(data.cadres[cadre].office).taken += site.workload;
        row(data.cadres[cadre].office).points += 1;
      }
    } else {
      const own = row(site.subdistrict);
      own.points += 1;
      if (change.before.length) own.given += site.workload;
      if (change.after.length) own.taken += site.workload;
    }
    if (change.before.length) total.given += site.workload;
    if (change.after.length) total.taken += site.workload;
  }
  box.textContent = "";
  box.append(head([byUnit ? words.unit : words.subdistrict, words.changed_points, words.given_away + " " + words.hours_a_month, words.taken_on + " " + words.hours_a_month]));
  const named = Array.from(rows, ([key, values]) => [key, byUnit ? data.offices[key].name : data.subdistricts[key] || "–", values]).sort(byName);
  for (const [key, name, values] of named) body.append(tableRow([name, String(values.points), inHours(values.given), inHours(values.taken)],
    byUnit || key < 0 ? null : () => { selects.subdistrict.value = String(key); draw(); }));
  box.append(body);
  return total;
}

sites.bindPopup((marker) => popup(marker.siteIndex), { maxWidth: 320, minWidth: 220, autoPanPadding: [30, 30] });
sites.bindTooltip((marker) => {
  const change = data.changes[marker.siteIndex], box = element("div");
  box.append(element("b", data.sites[marker.siteIndex].name), element("br"), holderNames(change.before) + " → " + holderNames(change.after));
  return box;
}, { direction: "top", offset: [0, -6] });
sites.on("mouseover", function (event) {
  highlight.clearLayers();
  const index = event.layer.siteIndex, change = data.changes[index], base = { pane: "highlight", interactive: false };
  for (const [holders, look] of [[change.before, { color: "#3c444c", weight: 2.2, dashArray: "6 5" }],
    [change.after, { color: data.statusColours[change.status], weight: 3 }]]) {
    for (const cadre of present(holders)) {
      L.polyline([officeOfCadre(cadre).at, data.sites[index].at], Object.assign({}, base, look)).addTo(highlight);
      new ShapeMarker(officeOfCadre(cadre).at, Object.assign({ shape: data.officeShape },
        pointLook(look.color, false, pointRadius() * 1.5), base)).addTo(highlight);
    }
  }
});
sites.on("mouseout", () => highlight.clearLayers());

for (const control of Object.values(selects).concat(kindBoxes, statusBoxes, Array.from(document.querySelectorAll("input[name=view]"))))
  control.addEventListener("change", draw);
byId("search").addEventListener("input", draw);
byId("clear").addEventListener("click", function () {
  byId("search").value = "";
  for (const select of Object.values(selects)) select.value = "";
  for (const box of kindBoxes.concat(statusBoxes)) box.checked = true;
  document.querySelector("input[name=view][value=both]").checked = true;
  map.closePopup();
  draw();
});
drawLegend([[null, null, words.status]].concat(statusBoxes.map((box) => ["circle", data.statusColours[box.value], words["s_" + box.value]]),
  [["line", "#6b7580", words.predecessor], [null, null, words.shape]], Object.keys(data.siteShapes)
    .map((kind) => [data.siteShapes[kind], SYMBOL_GREY, data.siteKinds[kind]])));
showWhole();
widenRoads();
draw();
map.on("zoomend", () => sites.eachLayer((marker) => marker.setRadius(data.changes[marker.siteIndex].status === "kept" ? pointRadius() * 0.8 : pointRadius())));
