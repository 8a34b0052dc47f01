// The visit-day map: the routes of one liaison day, one of them numbered and timed.
function decodePolyline(text) {
  const points = [];
  let at = 0, lat = 0, lon = 0;
  function next() {
    let value = 0, shift = 0, chunk;
    do {
      chunk = text.charCodeAt(at++) - 63;
      value |= (chunk & 0x1f) << shift;
      shift += 5;
    } while (chunk >= 0x20);
    return value & 1 ? ~(value >> 1) : value >> 1;
  }
  while (at < text.length) {
    lat += next();
    lon += next();
    points.push([lat / 1e5, lon / 1e5]);
  }
  return points;
}
const ways = data.legs.map(decodePolyline);
const officeOf = (route) => data.offices[data.cadres[route.cadre].office];

const routesLayer = L.featureGroup().addTo(map);
const points = L.featureGroup().addTo(map);
const detail = L.layerGroup().addTo(map);
const slider = byId("day"), subdistrictSelect = byId("subdistrict"), unitSelect = byId("unit"),
  cadreSelect = byId("cadre");
slider.max = String(data.days.length - 1);
fillSelect(subdistrictSelect, data.subdistricts.map((name, index) => [index, name]), words.all);
fillSelect(cadreSelect, distinct(data.routes.map((route) => route.cadre))
  .map((index) => [index, data.cadres[index].name]).sort(byName), words.all);

fillSelect(unitSelect, distinct(data.routes.map((route) => data.cadres[route.cadre].office))
  .map((index) => [index, data.offices[index].name]).sort(byName), words.all);

// The most visits that a place hosts at once, hour by hour; the limit of the policy is one of each sub-district.
const FIRST_HOUR = 8, LAST_HOUR = 18;
function receivedByHour(routes, subdistrict) {
  const counts = [];
  for (let hour = FIRST_HOUR; hour < LAST_HOUR; hour += 1) {
    counts.push(mostAtOnce(routes, subdistrict, hour * 3600, (hour + 1) * 3600));
  }
  return counts;
}
function mostAtOnce(routes, subdistrict, from, until) {
  const events = [];
  for (const route of routes) for (const [site, starts, ends] of route.stops) {
    if (subdistrict !== null && data.sites[site].subdistrict !== subdistrict) continue;
    if (starts < until && ends > from) events.push([Math.max(starts, from), 1], [ends, -1]);
  }
  events.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let now = 0, most = 0;
  for (const [, step] of events) most = Math.max(most, now += step);
  return most;
}
function drawHours(routes) {
  const subdistrict = chosen(subdistrictSelect), counts = receivedByHour(routes, subdistrict),
    limit = subdistrict === null ? 0 : data.mostHosted, most = Math.max(1, limit, ...counts);
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
  const add = function (tag, attributes, text) {
    const made = document.createElementNS(space, tag);
    for (const name of Object.keys(attributes)) made.setAttribute(name, attributes[name]);
    if (text !== undefined) made.textContent = text;
    svg.append(made);
  };
  svg.setAttribute("viewBox", "0 0 236 96");
  svg.setAttribute("class", "hours");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", words.hosts_by_hour + " " + counts.join(" "));
  counts.forEach(function (count, index) {
    const x = 3 + index * 23, height = 62 * count / most;
    add("rect", { x: x, y: 78 - height, width: 18, height: height, rx: 1.5, fill: "#0072b2" });
    if (count) add("text", { x: x + 9, y: 74 - height, "text-anchor": "middle", "font-size": 9.5, fill: "#24292e" }, count);
    add("text", { x: x, y: 91, "text-anchor": "middle", "font-size": 9, fill: "#5c6670" }, FIRST_HOUR + index);
  });
  add("line", { x1: 0, x2: 236, y1: 78, y2: 78, stroke: "#a9b1b8" });
  if (limit) {
    const y = 78 - 62 * limit / most;
    add("line", { x1: 0, x2: 236, y1: y, y2: y, stroke: "#a50026", "stroke-dasharray": "4 3" });
    add("text", { x: 234, y: y - 2.5, "text-anchor": "end", "font-size": 9, fill: "#a50026" }, words.hosts_limit + " " + limit);
  }
  byId("hours").textContent = "";
  byId("hours").append(svg, element("p", words.most_at_once + " " + mostAtOnce(routes, subdistrict, 0, 86400) +
    (limit ? " · " + words.hosts_limit + " " + limit : "")));
  byId("hours-of").textContent = " · " + (subdistrict === null ? words.whole_district : data.subdistricts[subdistrict]);
  shown.limit = limit;
  shown.hours = counts;
  shown.mostAtOnce = mostAtOnce(routes, subdistrict, 0, 86400);
}

function mark(list, text, className) {
  list.append(element("span", text, className));
}

function describeDay(day, routes) {
  byId("day-label").textContent = day.label;
  const marks = byId("day-marks");
  marks.textContent = "";
  if (day.state) mark(marks, day.state, "badge projected");
  if (day.nominal) {
    mark(marks, (day.reason + " " + words.moved).trim(), "badge moved");
    mark(marks, words.moved_from + " " + day.nominal);
  }
  const visits = routes.reduce((sum, route) => sum + route.stops.length, 0);
  byId("day-counts").textContent = words.routes + " " + routes.length + " · " + words.visits + " " + visits +
    (day.missed ? " · " + words.missed + " " + day.missed : "") + (day.stoodIn ? "（" + words.stood_in + " " + day.stoodIn + "）" : "");
  for (const one of day.conferences) {
    const hours = one.starts === 0 && one.ends === 86400 ? words.all_day : clock(one.starts) + "–" + clock(one.ends);
    const line = element("div");
    mark(line, words.conference, "badge conference");
    mark(line, one.name + " · " + (one.office < 0 ? words.whole_district : data.offices[one.office].name) + " · " + hours);
    marks.append(line);
  }
  shown.conferences = day.conferences.length;
}

function timetable(route, wanted) {
  const list = byId("timetable");
  byId("timetable-section").hidden = !wanted;
  list.textContent = "";
  if (!wanted) return;
  if (!route) {
    list.append(element("li", words.no_route, "nothing"));
    return;
  }
  const row = function (number, time, name) {
    const line = element("li");
    line.append(element("b", number), element("time", time), element("span", name));
    list.append(line);
  };
  row("", clock(route.leaves) + " " + words.leaves, officeOf(route).name);
  route.stops.forEach(function ([site, starts, ends], index) {
    row(String(index + 1), clock(starts) + "–" + clock(ends), data.sites[site].name);
    if (route.lunch && route.lunch[0] === index + 1) row("", clock(route.lunch[1]) + "–" + clock(route.lunch[2]), words.lunch);
  });
  row("", clock(route.returns) + " " + words.returns, officeOf(route).name);
}

function drawDetail(route) {
  const colour = data.unitColours[officeOf(route).kind], base = { pane: "highlight", interactive: false };
  for (const [look, width] of [["#ffffff", 7], [colour, 3.6]]) {
    for (const leg of route.legs) L.polyline(ways[leg], Object.assign({ color: look, weight: width, opacity: 0.95 }, base))
      .addTo(detail);
  }
  officeMarker(officeOf(route), 8).addTo(detail);
  route.stops.forEach(function ([site, starts], index) {
    const flag = element("div");
    flag.append(element("b", String(index + 1)), element("time", clock(starts)));
    flag.firstChild.style.background = colour;
    L.marker(data.sites[site].at, { keyboard: false, interactive: false,
      icon: L.divIcon({ html: flag, className: "stop-flag", iconSize: [0, 0] }) }).addTo(detail);
  });
}

function routeName(route) {
  const box = element("div", undefined, "card");
  box.append(element("b", data.cadres[route.cadre].name), element("br"), element("span", officeOf(route).name));
  return box;
}

function draw() {
  const dayIndex = Number(slider.value), day = data.days[dayIndex];
  const subdistrict = chosen(subdistrictSelect), cadre = chosen(cadreSelect);
  const all = data.routes.filter((route) => route.days.includes(dayIndex));
  const unit = chosen(unitSelect);
  const routes = all.filter((route) => (subdistrict === null ||
    route.stops.some(([site]) => data.sites[site].subdistrict === subdistrict)) &&
    (unit === null || data.cadres[route.cadre].office === unit));
  const own = cadre === null ? undefined : all.find((route) => route.cadre === cadre);
  for (const layer of [routesLayer, points, detail]) layer.clearLayers();
  const faint = cadre !== null, radius = pointRadius();
  let legs = 0;
  for (const route of routes) {
    const colour = data.unitColours[officeOf(route).kind];
    const line = L.polyline(route.legs.map((leg) => ways[leg]), { color: colour, weight: faint ? 1.2 : 1.8,
      opacity: faint ? 0.12 : 0.5, smoothFactor: 1.5 });
    line.route = route;
    line.addTo(routesLayer);
    legs += route.legs.length;
  }
  for (const route of routes) {
    const colour = data.unitColours[officeOf(route).kind];
    for (const [site] of route.stops) {
      const marker = siteMarker(data.sites[site], colour, radius * 0.85);
      marker.setStyle({ opacity: faint ? 0.35 : 1, fillOpacity: faint ? 0.3 : 0.95 });
      marker.siteIndex = site;
      marker.route = route;
      marker.addTo(points);
    }
  }
  if (own) drawDetail(own);
  timetable(own, cadre !== null);
  describeDay(day, routes);
  drawHours(routes);
  Object.assign(shown, { day: day.iso, routes: routes.length, stops: points.getLayers().length, legs: legs,
    numbered: own ? own.stops.length : 0 });
}

routesLayer.bindTooltip((layer) => routeName(layer.route), { sticky: true, direction: "top" });
points.bindTooltip((layer) => element("span", data.sites[layer.siteIndex].name), { direction: "top", offset: [0, -6] });
routesLayer.on("mouseover", (event) => event.layer.setStyle({ weight: 4, opacity: 1 }));
routesLayer.on("mouseout", (event) => event.layer.setStyle(
  chosen(cadreSelect) === null ? { weight: 1.8, opacity: 0.5 } : { weight: 1.2, opacity: 0.12 }));
for (const group of [routesLayer, points]) group.on("click", function (event) {
  cadreSelect.value = String(event.layer.route.cadre);
  draw();
});

function step(by) {
  slider.value = String(Number(slider.value) + by);
  draw();
}
byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
slider.addEventListener("input", draw);
subdistrictSelect.addEventListener("change", draw);
unitSelect.addEventListener("change", draw);
let playing = null;
byId("play").addEventListener("click", function () {
  if (playing) {
    clearInterval(playing);
    playing = null;
  } else {
    playing = setInterval(() => { slider.value = String((Number(slider.value) + 1) % data.days.length); draw(); }, 1200);
  }
  byId("play").textContent = playing ? words.stop_playing : words.play;
});
byId("clear").addEventListener("click", function () {
  for (const select of [subdistrictSelect, unitSelect, cadreSelect]) select.value = "";
  draw();
});
cadreSelect.addEventListener("change", function () {
  draw();
  const cadre = chosen(cadreSelect), day = Number(slider.value);
  const route = data.routes.find((one) => one.cadre === cadre && one.days.includes(day));
  if (route) map.fitBounds(L.latLngBounds([].concat(...route.legs.map((leg) => ways[leg]))),
    { maxZoom: 16, padding: [50, 50], animate: false });
});

drawLegend(unitLegend("line").concat(shapeLegend(), data.straight ? [["line", "#9a9a9a", words.straight]] : []));
showWhole();
widenRoads();
if (data.days.length) draw();
map.on("zoomend", function () {
  const radius = pointRadius();
  points.eachLayer((marker) => marker.setRadius(radius * 0.85));
});
