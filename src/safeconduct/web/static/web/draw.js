/* A danger drawn on the map of its page; it fills the form that reports it, and the form alone reports it. By mouse: the
   middle or the rim is drawn. By keys: arrows move (with Shift finely), + and - change the radius, Enter sets, Escape
   leaves. Or by typing any place the form reads. What changes is said. <form data-drawn>, words on the map's panel. */
"use strict";
(() => {
  const STEP_PX = { ArrowUp: [0, -10], ArrowDown: [0, 10], ArrowLeft: [-10, 0], ArrowRight: [10, 0] };
  const GROWS = { "+": 1.15, "=": 1.15, "-": 1 / 1.15, "_": 1 / 1.15 };
  const field = (name) => document.querySelector(`form[data-drawn] [name=${name}]`); // a live page swaps it
  const handle = (at, name, px, map) => L.marker(at, { draggable: true, keyboard: false, icon: L.divIcon({ className: `map-${name}`, iconSize: [px, px] }) }).addTo(map);

  window.drawing = (map, panel) => {
    if (!field("place")) return;
    const words = panel.dataset;
    const said = panel.appendChild(Object.assign(document.createElement("p"), { className: "map-said" }));
    said.setAttribute("role", "status");
    const circle = L.circle([0, 0], { radius: 1, interactive: false, className: "m-threat m-drawn" });
    let middle = null, rim = null;

    const place = () => `${middle.getLatLng().lat.toFixed(5)}, ${middle.getLatLng().lng.toFixed(5)}`;
    const show = (radius) => {
      circle.setRadius(Math.min(field("radius").max, Math.max(field("radius").min, Math.round(radius / 10) * 10))).setLatLng(middle.getLatLng()).addTo(map);
      rim.setLatLng([middle.getLatLng().lat, circle.getBounds().getEast()]);
      said.textContent = words.said.replace("{place}", place()).replace("{metres}", circle.getRadius());
    };
    const set = () => Object.entries({ place: place(), radius: circle.getRadius() }).forEach(([name, told]) => { field(name).value = told; });
    const leave = () => {
      [circle, middle, rim].forEach((each) => each.remove());
      middle = null;
      said.textContent = "";
      field("place").focus();
    };
    const press = (event) => {
      const by = STEP_PX[event.key], radius = circle.getRadius(), grows = GROWS[event.key];
      if (!by && !grows && !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Enter") set();
      if (!by && !grows) return leave();
      if (by) middle.setLatLng(map.unproject(map.project(middle.getLatLng()).add(by.map((px) => (event.shiftKey ? px / 10 : px)))));
      show(grows ? Math.max(radius * grows, radius + (grows > 1 ? 10 : -Infinity)) : radius);
      map.panInside(middle.getLatLng(), { padding: [40, 40], animate: false });
    };
    const begin = (at) => {
      if (!middle) {
        [middle, rim] = [handle(at, "middle", 18, map), handle(at, "rim", 14, map)];
        middle.on("drag", () => show(circle.getRadius())).on("dragend", set);
        rim.on("drag", () => show(map.distance(middle.getLatLng(), rim.getLatLng()))).on("dragend", set);
        Object.entries({ tabindex: 0, role: "application", "aria-label": words.how }).forEach((told) => middle.getElement().setAttribute(...told));
        middle.getElement().addEventListener("keydown", press);
      }
      middle.setLatLng(at);
      show(Number(field("radius").value));
      const narrow = map.latLngToLayerPoint(rim.getLatLng()).x - map.latLngToLayerPoint(at).x < 20; // one handle would hide the other
      if (narrow) map.fitBounds(circle.getBounds().pad(2), { animate: false });
      map.panInside(at, { padding: [40, 40], animate: false });
    };
    const typed = async () => {
      const body = new URLSearchParams({ text: field("place").value, csrfmiddlewaretoken: field("csrfmiddlewaretoken").value });
      const answer = field("place").value && await fetch("/passage/where.json", { method: "POST", body }); // no address tells a place
      return answer && answer.ok ? answer.json() : null;
    };

    map.on("click", (event) => {
      if (!middle) return;
      begin(event.latlng);
      set();
    });
    const button = panel.appendChild(Object.assign(document.createElement("button"), { type: "button", className: "map-draw", textContent: words.draw }));
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", async () => {
      begin(await typed() || map.getCenter());
      middle.getElement().focus();
    });
    map.whenReady(async () => { // what the page came with: a report to change, a place that was found
      const at = await typed();
      if (at) begin(at);
    });
    document.addEventListener("change", async (event) => {
      const at = [field("place"), field("radius")].includes(event.target) && await typed();
      if (at) begin(at);
    });
  };
})();
