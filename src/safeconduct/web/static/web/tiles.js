/* The ground of a map from vector tiles, drawn by MapLibre beneath all that Leaflet draws. It is there where a release
   brought MapLibre, the map has tiles and the browser has WebGL; elsewhere map.js draws the roads. Colours are the
   stylesheet's, by day and by night; names are in the page's language, in letters the machine has. */
"use strict";
(() => {
  const own = document.currentScript.dataset;
  const NAMES = ["coalesce", ["get", `name_${document.documentElement.lang}`], ["get", "name"]];
  const WIDE = { main: [2, 5, 26], side: [1, 3, 18], track: [0.6, 1.6, 6], path: [0.5, 1.2, 3] }; // px at zoom 9, 14, 18
  const width = (more) => ["interpolate", ["exponential", 1.5], ["zoom"], ...[9, 14, 18].flatMap((zoom, n) =>
    [zoom, ["match", ["get", "kind"], ...Object.entries(WIDE).flatMap(([kind, px]) => [kind, px[n] + more]), 1]])];

  const style = (panel) => {
    const ink = (name) => { // as the browser resolves it now
      panel.style.color = `var(--${name})`;
      const told = getComputedStyle(panel).color;
      panel.style.color = "";
      return told;
    };
    const of = (layer, type, paint, more) => ({ id: `${layer}-${type}`, type, source: "map", "source-layer": layer, paint, ...more });
    const fill = (layer, name, opacity = 1) => of(layer, "fill", { "fill-color": ink(name), "fill-opacity": opacity });
    const line = (layer, name, px, more) => of(layer, "line", { "line-color": ink(name), "line-width": px }, { layout: { "line-cap": "round", "line-join": "round" }, ...more });
    const text = (layer, size, layout = {}, more = {}) => of(layer, "symbol", { "text-color": ink("ink-2"), "text-halo-color": ink("land"), "text-halo-width": 1.5 },
      { layout: { "text-field": NAMES, "text-size": size, "text-font": ["sans-serif"], ...layout }, ...more });
    return {
      version: 8,
      sources: { map: { type: "vector", url: `pmtiles://${file.source.getKey()}` } },
      layers: [
        { id: "land", type: "background", paint: { "background-color": ink("land") } },
        fill("built", "line", 0.35), fill("wood", "wood"), fill("water", "water"), line("waterway", "water", 2), fill("building", "line"),
        line("rail", "ink-3", 1), line("road", "road-edge", width(1.6), { id: "road-edge" }), line("road", "road", width(0)),
        text("road", 12, { "symbol-placement": "line" }, { minzoom: 12.5 }), text("place", 13),
      ],
    };
  };

  /* Both come while the page still asks what stands above: the program, and what the file holds where. Whether it can
     draw, its own canvas tells: to try another costs as much. */
  const file = new pmtiles.PMTiles(String(new URL(own.tiles, location.href)));
  const brought = window.WebGL2RenderingContext ? import(own.maplibre) : Promise.reject(new Error("no WebGL"));
  brought.then(({ prewarm, addProtocol }) => {
    const read = new pmtiles.Protocol();
    read.add(file);
    addProtocol("pmtiles", read.tile);
    prewarm();
    return file.getHeader();
  }).catch(() => {});

  const view = (map) => ({ center: map.getCenter(), zoom: map.getZoom() - 1 }); // our tiles are twice as wide as Leaflet's

  /* Begin a panel's ground: where a map has its view with that view, else before anybody knows which part of it is wanted,
     for a canvas takes its time. Returns what lays it beneath a map that has its view. Both throw where there is none to give. */
  window.tiled = async (panel, above) => {
    const { Map: Drawn } = await brought;
    const under = L.DomUtil.create("div", "map-ground");
    under.setAttribute("aria-hidden", "true"); // what it shows is said by the layer above
    panel.prepend(under);
    const none = (wrong) => { under.remove(); throw wrong; };
    const ground = await new Promise((made) => { // it throws where there is no WebGL
      made(new Drawn({ container: under, interactive: false, attributionControl: false, fadeDuration: 0, style: style(panel), ...(above && view(above)) }));
    }).catch(none);
    return async (map) => {
      const follow = () => ground.jumpTo(view(map));
      map.on("move zoomend", follow);
      follow();
      const idle = new Promise((drawn, broken) => ground.once("idle", drawn).once("error", (told) => broken(told.error)));
      await idle.catch((wrong) => { map.off("move zoomend", follow); none(wrong); });
      panel.ground = ground;
      map.attributionControl.addAttribution(own.attribution);
      panel.dataset.ground = "tiles";
      performance.mark("ground");
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => ground.setStyle(style(panel)));
    };
  };
})();
