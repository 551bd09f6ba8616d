/* Draws the time lane: rules in A and B, money in B, and handles for mouse and keyboard that move levers. */
(function () {
  "use strict";
  const EDGE = { start: "start", length: "end of transition", gap: "gap" };
  let told = null;
  const room = () => window.labsimRoom;
  const make = (kind, name, text) => {
    const it = document.createElement(kind);
    if (name) it.className = name;
    if (text) it.textContent = text;
    return it;
  };
  const share = (months) => (100 * Math.min(Math.max(months, 0), told.months)) / told.months + "%";
  function place(it, from, until) {
    it.style.left = share(from);
    if (until !== undefined) it.style.width = (100 * (until - from)) / told.months + "%";
    return it;
  }
  function row(title, bands) {
    const line = make("div", "lane-row"), name = make("span", "lane-name", title), track = make("div", "lane-track");
    bands.forEach((each) => {
      const band = place(make("span", "band " + each.kind, each.text), each.start, each.end);
      band.title = each.text;
      track.append(band);
    });
    line.append(name, track);
    return line;
  }
  function money(bands) {
    /* old and new money each in a line of its own; what happens besides under them */
    const kinds = [["announced", "old"], ["gap", "overlap", "new"], ["bridging"]];
    return kinds.map((some) => bands.filter((each) => some.includes(each.kind))).filter((some) => some.length);
  }
  const month = (handle, value) => handle.from + value;
  function spoken(name) {
    const shown = room().at("value-" + name);
    return shown ? shown.textContent : "";
  }
  function handle(name, track) {
    const it = told.handles[name], button = make("div", "handle " + name);
    if (!it.shown) return;
    Object.entries({ role: "slider", tabindex: 0, "aria-label": it.name, "aria-valuemin": it.low,
      "aria-valuemax": it.high, "aria-valuenow": it.value, "aria-valuetext": spoken(name), id: "handle-" + name,
      "aria-orientation": "horizontal" }).forEach(([key, value]) => button.setAttribute(key, value));
    button.append(make("span", "flag", it.name));
    place(button, month(it, it.value));
    track.append(button);
  }
  function draw() {
    const box = room().at("lane");
    if (!box || !told) return;
    const focused = document.activeElement && document.activeElement.id;
    const years = make("div", "lane-row years"), scale = make("div", "lane-track");
    years.append(make("span", "lane-name", ""), scale);
    told.years.forEach((each) => scale.append(place(make("span", "year", each.text), each.at)));
    const lines = [years];
    told.rows.forEach((each) => lines.push(row(each.letter, each.bands)));
    const grip = make("div", "lane-row grips"), track = make("div", "lane-track");
    grip.append(make("span", "lane-name", ""), track);
    lines.push(grip);
    money(told.money).forEach((some, i) => lines.push(row(i ? "" : window.innerWidth < 800 ? "€" : box.dataset.money, some)));
    box.replaceChildren(...lines);
    Object.keys(EDGE).forEach((name) => handle(name, track));
    room().put("lane-told", told.told);
    if (focused && focused.startsWith("handle-") && room().at(focused)) room().at(focused).focus();
  }
  function move(name, value) {
    const it = told.handles[name], within = Math.round(Math.min(Math.max(value, it.low), it.high));
    if (within === it.value) return;
    it.value = within;
    const button = room().at("handle-" + name);
    if (button) { place(button, month(it, within)); button.setAttribute("aria-valuenow", within); }
    room().set("lever-" + name, { value: within });
  }
  const STEPS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 6, PageDown: -6 };
  document.addEventListener("keydown", (event) => {
    const button = event.target.closest && event.target.closest(".handle");
    if (!button || !told) return;
    const name = button.id.slice(7), it = told.handles[name];
    const to = event.key in STEPS ? it.value + STEPS[event.key]
      : event.key === "Home" ? it.low : event.key === "End" ? it.high : null;
    if (to === null) return;
    event.preventDefault();
    move(name, to);
  });
  document.addEventListener("pointerdown", (event) => {
    const button = event.target.closest && event.target.closest(".handle");
    if (!button || !told) return;
    event.preventDefault();
    button.focus();
    const name = button.id.slice(7), it = told.handles[name], track = button.parentElement;
    const width = track.getBoundingClientRect().width, from = event.clientX, began = it.value;
    let value = began;
    const dragged = (now) => {
      const months = Math.round(((now.clientX - from) / width) * told.months);
      value = Math.min(Math.max(began + months, it.low), it.high);
      place(button, month(it, value));
    };
    const dropped = () => {
      document.removeEventListener("pointermove", dragged);
      document.removeEventListener("pointerup", dropped);
      document.removeEventListener("pointercancel", dropped);
      move(name, value);
    };
    document.addEventListener("pointermove", dragged);
    document.addEventListener("pointerup", dropped);
    document.addEventListener("pointercancel", dropped);
  });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.labsim = Object.assign(window.dash_clientside.labsim || {}, {
    lane: function (data) {
      if (data) { told = data; setTimeout(draw, 0); }
      return window.dash_clientside.no_update;
    },
  });
})();
