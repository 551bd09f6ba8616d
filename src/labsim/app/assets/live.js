/* Asks for news of this tab's job, one question after the other, and puts what is new on the page. */
(function () {
  "use strict";
  const session = (crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random()).slice(0, 40);
  let query = "", seen = -1, shownKpi = "", known = false, lost = false, timer = 0;
  window.labsimState = { session: session, done: 0, job: 0 };

  const at = (id) => document.getElementById(id);
  const put = (id, text) => { const it = at(id); if (it && it.textContent !== text) it.textContent = text; };
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  function kpi() {
    const chosen = document.querySelector("#kpi input:checked");
    return chosen ? chosen.value : "";
  }
  function page() {
    const tab = document.querySelector('#pages [role="tab"][aria-selected="true"]');
    return tab ? tab.id.split("-tab-").pop() : "";
  }
  function address() {
    if (!query) return;
    const wanted = "?" + query + "&kpi=" + kpi() + "&page=" + page();
    if (location.search !== wanted) history.replaceState(history.state, "", wanted);
  }
  function table(told) {
    const box = at("numbers");
    if (!box) return;
    const made = document.createElement("table");
    const line = (cells, kind) => {
      const row = document.createElement("tr");
      cells.forEach((text) => { const cell = document.createElement(kind); cell.textContent = text; row.append(cell); });
      return row;
    };
    made.append(line(told.columns, "th"));
    told.rows.forEach((cells) => made.append(line(cells, "td")));
    box.replaceChildren(made);
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
    const frame = at("fan-frame");
    if (frame) frame.classList.toggle("old", told.state === "running" && !told.done);
    if (told.figure) {
      set("fan", { figure: told.figure });
      put("sentence", told.sentence);
      put("aid", told.aid);
      table(told.table);
    }
    Object.assign(window.labsimState, { done: told.done, job: told.job, state: told.state, first: told.first,
                                        seconds: told.seconds });
  }
  async function ask() {
    let pause = 250;
    try {
      if (!known && window.dash_clientside && window.dash_clientside.set_props && at("kpi")) {
        set("session", { data: session });
        known = true;
      }
      if (known && query) {
        address();
        const now = kpi();
        const fresh = now !== shownKpi || !at("sentence");
        const given = new URLSearchParams({ session: session, seen: fresh ? -1 : seen, query: query, kpi: now,
                                            narrow: window.innerWidth < 600 ? 1 : 0 });
        const answer = await fetch("live?" + given, { cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        if (told.state === "none" && window.labsimState.job) { set("session", { data: null }); set("session", { data: session }); }
        if (told.version) { show(told); seen = told.version; if (told.figure) shownKpi = now; }
        if (!["running", "waiting"].includes(told.state)) pause = 500;
        if (lost) { lost = false; document.body.classList.remove("lost"); }
      }
    } catch (error) {
      lost = true; document.body.classList.add("lost"); pause = 1500;
    }
    timer = setTimeout(ask, pause);
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.labsim = {
    asked: function (data) {
      if (data && data !== query) {
        query = data; seen = -1;
        const language = new URLSearchParams(data).get("lang") || "de";
        if (document.documentElement.lang !== language) document.documentElement.lang = language;
        address();
      }
      return window.dash_clientside.no_update;
    },
    rebuilt: function () { shownKpi = ""; seen = -1; known = false; return window.dash_clientside.no_update; }
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("#cancel")) fetch("cancel?session=" + session, { method: "POST" });
    if (event.target.closest("#presenter")) {
      document.body.classList.toggle("presenter");
      setTimeout(() => window.dispatchEvent(new Event("resize")), 50);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, [role=slider]")) return;
    const tabs = document.querySelectorAll('#pages [role="tab"]');
    if (event.key >= "1" && event.key <= String(tabs.length)) tabs[Number(event.key) - 1].click();
  });
  window.addEventListener("pagehide", () => navigator.sendBeacon("leave?session=" + session));
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  timer = setTimeout(ask, 50);
})();
