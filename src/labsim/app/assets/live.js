/* Asks for news of this tab's job, one question after the other, and puts what is new on the page. */
(function () {
  "use strict";
  const session = (crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random()).slice(0, 40);
  let query = "", drawn = "", known = false, lost = false, timer = 0, asking = false, again = false, previewed = false;
  window.labsimState = { session: session, done: 0, job: 0 };

  const at = (id) => document.getElementById(id);
  const put = (id, text) => { const it = at(id); if (it && it.textContent !== text) it.textContent = text; };
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const room = (window.labsimRoom = { at: at, put: put, set: set, query: () => query, soon: soon });

  function kpi() {
    const chosen = document.querySelector("#kpi input:checked");
    return chosen ? chosen.value : "";
  }
  function page() {
    const tab = document.querySelector('#pages > [role="tablist"] [role="tab"][aria-selected="true"]');
    return tab ? tab.id.split("-tab-").pop() : "";
  }
  room.page = page;
  function address() {
    if (!query) return;
    const fitted = at("axis") && at("axis").getAttribute("aria-pressed") === "true";
    const wanted = "?" + query + "&kpi=" + kpi() + "&page=" + page() + (fitted ? "&axis=1" : "");
    if (location.search !== wanted) history.replaceState(history.state, "", wanted);
  }
  function expected() {
    try {
      const told = new URLSearchParams(query);
      const all = JSON.parse(localStorage.getItem("expectations") || "null") || {};
      return (all[told.get("a") + "|" + told.get("b")] || {})[kpi()] || "none";
    } catch (error) { return "none"; }
  }
  function table(id, told) {
    const box = at(id);
    if (!box || !told) return;
    const made = document.createElement("table");
    const line = (cells, kind) => {
      const row = document.createElement("tr");
      cells.forEach((text, i) => {
        const head = kind === "th" || i === 0, cell = document.createElement(head ? "th" : "td");
        if (head) cell.scope = kind === "th" ? "col" : "row";
        cell.textContent = text; row.append(cell);
      });
      return row;
    };
    const head = document.createElement("thead"), body = document.createElement("tbody");
    head.append(line(told.columns, "th"));
    told.rows.forEach((cells) => body.append(line(cells, "td")));
    made.append(head, body);
    box.replaceChildren(made);
  }
  function chips(told) {
    const box = at("chips");
    if (!box) return;
    box.replaceChildren(...told.map((each) => {
      const chip = document.createElement("span"), mark = document.createElement("i");
      mark.className = each.dash; mark.style.borderColor = each.line || each.colour;
      chip.append(mark, document.createTextNode((each.letter + "  " + each.text).trim()));
      chip.style.color = each.colour;
      return chip;
    }));
  }
  function show(told) {
    put("standing", told.standing || "");
    put("badge", told.badge || "");
    put("version", told.labsim ? "labsim " + told.labsim : "");
    const bar = at("bar"), progress = at("progress");
    if (bar && told.pairs) {
      const share = Math.round(100 * told.done / told.pairs);
      bar.style.width = share + "%";
      progress.setAttribute("aria-valuenow", share);
      progress.setAttribute("aria-valuetext", told.standing);
    }
    const busy = ["running", "waiting"].includes(told.state);
    if (at("cancel")) at("cancel").disabled = !busy;
    const frame = at("fan-frame");
    if (told.figure) previewed = Boolean(told.preview);
    const stale = busy && !told.done && !previewed && told.state !== "none";
    [frame, at("sentence"), at("agreement")].forEach((it) => it && it.classList.toggle("old", stale));
    if (told.done) previewed = false;
    if (previewed) put("badge", at("fan-frame") ? at("fan-frame").dataset.preview : "");
    if (told.figure) {
      set("fan", { figure: told.figure });
      put("sentence", told.sentence);
      put("aid", told.aid);
      put("agreement", told.agreement);
      chips(told.chips || []);
    }
    table("numbers", told.table);
    table("years", told.years);
    Object.assign(window.labsimState, { preview: previewed, done: told.done, job: told.job, state: told.state, first: told.first,
                                        seconds: told.seconds });
  }
  function given() {
    const tables = at("tables"), axis = at("axis");
    return new URLSearchParams({
      session: session, query: query, kpi: kpi(), drawn: drawn, expect: expected(),
      narrow: window.innerWidth < 600 ? 1 : 0, big: document.body.classList.contains("presenter") ? 1 : 0,
      table: tables && tables.open ? 1 : 0, axis: axis && axis.getAttribute("aria-pressed") === "true" ? 1 : 0,
    });
  }
  async function ask() {
    let pause = 250;
    asking = true; again = false;
    try {
      if (!known && window.dash_clientside && window.dash_clientside.set_props && at("kpi")) {
        set("session", { data: session });
        known = true;
      }
      if (known && query && at("kpi")) {
        address();
        const asked = query, answer = await fetch("live?" + given(), { cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        if (asked === query) {
          show(told);
          if (told.drawn) drawn = told.drawn;
        }
        if (!["running", "waiting"].includes(told.state)) pause = 500;
        if (lost) { lost = false; document.body.classList.remove("lost"); }
      }
    } catch (error) {
      lost = true; document.body.classList.add("lost"); pause = 1500;
    }
    asking = false;
    timer = setTimeout(ask, again ? 0 : pause);
  }
  function soon() {
    if (asking) { again = true; return; }
    clearTimeout(timer);
    timer = setTimeout(ask, 0);
  }
  const none = () => window.dash_clientside.no_update;
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.labsim = Object.assign(window.dash_clientside.labsim || {}, {
    asked: function (data) {
      if (data && data !== query) {
        const before = query;
        query = data; previewed = false;
        const language = new URLSearchParams(data).get("lang") || "de";
        if (document.documentElement.lang !== language) document.documentElement.lang = language;
        address();
        document.dispatchEvent(new CustomEvent("labsim-asked", { detail: { before: before, now: data } }));
        soon();
      }
      return none();
    },
    rebuilt: function () {
      drawn = ""; known = false;
      document.dispatchEvent(new CustomEvent("labsim-rebuilt"));
      soon();
      return none();
    },
  });
  room.press = (button) => {
    const pressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(pressed));
    return pressed;
  };
  room.cancel = () => fetch("cancel?session=" + session, { method: "POST" }).then(soon, soon);
  document.addEventListener("click", (event) => {
    if (event.target.closest("#cancel")) room.cancel();
    const axis = event.target.closest("#axis");
    if (axis) { room.press(axis); soon(); }
    if (event.target.closest("#pages, #kpi, #side")) setTimeout(() => { address(); soon(); }, 30);
  });
  document.addEventListener("toggle", (event) => { if (event.target.id === "tables") { drawn = ""; soon(); } }, true);
  window.addEventListener("pagehide", () => navigator.sendBeacon("leave?session=" + session));
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  timer = setTimeout(ask, 50);
})();
