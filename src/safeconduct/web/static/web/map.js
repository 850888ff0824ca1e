/* Maps: our own roads beneath (tiles.js, where it can), a room's own layer above, drawn by Leaflet as SVG, so
   that the stylesheet colours them. No request to another host. <div class="map" data-map data-layer="URL"
   data-every-s="2" data-pick="id of a field"></div>; the layer is GeoJSON whose features say their `kind`. With no
   layer, data-bounds="[[south, west], [north, east]]" says what is shown. */
"use strict";
(() => {
  const ROADS = "/passage/roads.json";
  const SOON_MS = 150; // what stands above, asked for with the page's first bytes, is mostly there by then
  const LINES = { way: "m-way", other: "m-other", track: "m-track" };
  const DOTS = { place: 12, start: 7, hold: 6, vehicle: 8, aircraft: 7, contact: 7, candidate: 5, checkpoint: 4 };

  const words = (p) => [p.label, p.age].filter(Boolean).join(", ");

  /* a text beside a place; the letter of a meeting place stands inside it */
  const text = (at, said, inside, kind) => L.marker(at, {
    interactive: false, keyboard: false,
    icon: L.divIcon({ className: inside ? "map-letter" : `map-text of-${kind}`, html: "", iconSize: null }),
  }).on("add", (event) => { event.target.getElement().textContent = said; });

  const area = (feature, kind) => L.geoJSON(feature, { interactive: false, style: { className: `m-${kind}`, weight: 1.5 } });

  const point = (feature, group) => {
    const { properties: p, geometry: { coordinates: [lon, lat] } } = feature, at = [lat, lon];
    if (p.kind === "danger") {
      group.addLayer(L.circle(at, { radius: p.radius_m, interactive: false, className: p.old ? "m-threat old" : "m-threat" }));
    } else {
      if (p.radius_m) group.addLayer(L.circle(at, { radius: p.radius_m, interactive: false, className: p.doubt ? "m-unsure doubt" : "m-unsure" }));
      const kind = p.kind === "start" ? "m-here" : `m-place m-${p.kind}`;
      const dot = L.circleMarker(at, { radius: DOTS[p.kind] || 5, className: kind, interactive: p.kind === "candidate" });
      if (p.kind === "candidate") dot.bindTooltip(words(p));
      group.addLayer(dot);
      if (p.letter) group.addLayer(text(at, p.letter, true));
    }
    if (words(p) && p.kind !== "candidate") group.addLayer(text(at, words(p), false, p.kind));
  };

  const line = (feature, group, metres) => {
    const p = feature.properties;
    if (p.kind === "way" && p.corridor_m) {
      const wide = L.geoJSON(feature, { interactive: false, style: { className: "m-corridor", weight: 30 } });
      group.addLayer(wide);
      metres.push([wide, p.corridor_m]);
    }
    group.addLayer(L.geoJSON(feature, { interactive: false, style: { className: LINES[p.kind] || "m-other", weight: 4 } }));
  };

  const ask = async (url, more = {}) => {
    const answer = await fetch(url, { credentials: "same-origin", ...more });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };

  const start = (panel) => {
    const map = L.map(panel, {
      zoomControl: true, attributionControl: true, zoomSnap: 0.25, zoomAnimation: false, fadeAnimation: false,
      markerZoomAnimation: false, keyboard: panel.hasAttribute("tabindex"), scrollWheelZoom: true,
    });
    map.attributionControl.setPrefix(false);
    L.control.scale({ imperial: false }).addTo(map);
    map.createPane("roads").style.zIndex = 250;
    const under = L.svg({ pane: "roads", padding: 0.5 });
    let above = L.layerGroup().addTo(map), roads = null, window_ = "", metres = [], first = true;

    /* A ground's canvas keeps the browser busy: it is begun once the view answers, or while what stands above is waited for. */
    let begun = null, tiled = null; // whether tiles.js drew the ground; null until that is known
    const begin = (view) => {
      begun ||= window.tiled ? window.tiled(panel, view) : Promise.reject(new Error("no tiles"));
      begun.catch(() => {}); // it is heard of where it is laid
      return begun;
    };
    const ground = async () => {
      if (tiled !== false) return;
      const b = map.getBounds().pad(0.25);
      const grid = (v, up) => (up ? Math.ceil(v * 20) : Math.floor(v * 20)) / 20; // 0.05°: says little of what is looked at
      const wanted = [grid(b.getSouth()), grid(b.getWest()), grid(b.getNorth(), true), grid(b.getEast(), true)].join(",");
      if (wanted === window_) return;
      window_ = wanted;
      // in a body: addresses are written down by proxies and kept by browsers, and this is a place
      const asks = { method: "POST", headers: JSON.parse(document.body.getAttribute("hx-headers")), body: new URLSearchParams({ window: wanted }) };
      const told = await ask(ROADS, asks).catch(() => null);
      if (!told) return;
      if (roads) roads.remove();
      roads = L.layerGroup(["m-edge", "m-road"].flatMap((className) => told.features.map((feature) =>
        L.geoJSON(feature, { interactive: false, pane: "roads", renderer: under,
          style: { className: `${className} ${feature.properties.kind}`, pane: "roads", renderer: under } })))).addTo(map);
      map.attributionControl.addAttribution(told.attribution);
      panel.dataset.ground = "roads";
      performance.mark("ground");
    };

    const widen = () => {
      const perMetre = 2 ** map.getZoom() * 256 / (40075016 * Math.cos(map.getCenter().lat * Math.PI / 180));
      metres.forEach(([layer, half]) => layer.setStyle({ weight: Math.max(6, 2 * half * perMetre) }));
      panel.classList.toggle("far", map.getZoom() < 12);
      panel.querySelectorAll(".m-corridor").forEach((path) => path.style.setProperty("stroke-width", path.getAttribute("stroke-width")));
    };

    const layer = async () => {
      if (document.hidden && !first) return;
      const own = panel.dataset;
      const told = own.layer ? await ask(own.layer).catch(() => null) : { features: [], bounds: JSON.parse(own.bounds) };
      if (!told) return panel.setAttribute("data-stale", "");
      panel.removeAttribute("data-stale");
      const fresh = L.layerGroup();
      metres = [];
      for (const feature of told.features) {
        const kind = feature.geometry.type;
        if (kind === "Point") point(feature, fresh);
        else if (kind === "Polygon") fresh.addLayer(area(feature, feature.properties.kind));
        else line(feature, fresh, metres);
      }
      above.remove();
      above = fresh;
      if (first) {
        const bounds = told.features.length ? L.geoJSON(told).getBounds() : L.latLngBounds(told.bounds || [[0, 0], [1, 1]]);
        map.fitBounds(bounds.pad(0.12), { maxZoom: 15 });
        map.on("moveend", ground);
        map.on("zoomend", widen);
        first = false;
        performance.mark("view"); // from here on keys and the mouse are answered
        begin(map).then((lay) => lay(map)).then(() => { tiled = true; }, () => { tiled = false; }).then(ground);
      }
      above.addTo(map);
      widen();
    };
    layer();
    setTimeout(begin, SOON_MS);
    if (Number(panel.dataset.everyS)) setInterval(layer, panel.dataset.everyS * 1000);

    /* a click writes the place into the field that was touched last, where the page asks for places */
    let field = document.getElementById(panel.dataset.pick || "");
    document.querySelectorAll("input[data-place]").forEach((each) => each.addEventListener("focus", () => { field = each; }));
    map.on("click", (event) => {
      if (!field) return;
      field.value = `${event.latlng.lat.toFixed(5)}, ${event.latlng.lng.toFixed(5)}`;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
    if (window.drawing) window.drawing(map, panel);
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-map]").forEach(start));
})();
