/* Buttons of a figure (picture, table, files), and news for the pages that show more than the comparison. */
(function () {
  "use strict";
  const at = (id) => document.getElementById(id);
  const set = (id, props) => window.dash_clientside.set_props(id, props);

  function save(name, type, content) {
    const link = document.createElement("a");
    link.href = type.startsWith("data:") ? content : URL.createObjectURL(new Blob([content], { type: type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    if (link.href.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  /* Tables come as JSON and are made here, cell by cell as text. */
  function build(place) {
    const told = JSON.parse(place.dataset.table), table = document.createElement("table");
    table.createCaption().textContent = told.caption;
    const cell = (row, text, scope) => {
      const made = row.appendChild(document.createElement(scope ? "th" : "td"));
      if (scope) made.scope = scope;
      made.textContent = text;
    };
    const head = table.createTHead().insertRow(), body = table.createTBody();
    told.head.forEach((name) => cell(head, name, "col"));
    for (const texts of told.rows) {
      const row = body.insertRow();
      texts.forEach((text, number) => cell(row, text, number ? "" : "row"));
    }
    place.replaceChildren(table);
  }
  new MutationObserver((changes) => {
    const places = new Set();
    for (const change of changes) {
      if (change.type === "attributes") places.add(change.target);
      for (const node of change.addedNodes) {
        if (node.nodeType !== 1) continue;
        if (node.matches("[data-table]")) places.add(node);
        node.querySelectorAll("[data-table]").forEach((each) => places.add(each));
      }
    }
    places.forEach(build);
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-table"] });

  function csv(table) {
    const german = document.documentElement.lang === "de", mark = german ? ";" : ",";
    const quoted = (text) => '"' + text.replaceAll('"', '""') + '"';
    const lines = Array.from(table.rows, (row) => Array.from(row.cells, (cell) => quoted(cell.textContent)).join(mark));
    return "\ufeff" + lines.join("\r\n") + "\r\n";
  }
  async function svg(section, name) {
    const graph = section.querySelector(".js-plotly-plot");
    const meta = graph.layout.meta || {};
    const layout = Object.assign({}, graph.layout, {
      title: { text: meta.title || "", x: 0, xref: "container", xanchor: "left", pad: { l: 12, t: 12 }, y: 1,
               yref: "container", yanchor: "top", font: { size: 16 } },
      margin: Object.assign({}, graph.layout.margin, { t: meta.top || 60 }), paper_bgcolor: "white",
    });
    const size = { format: "svg", width: Math.max(graph.clientWidth, 640), height: meta.height || graph.clientHeight };
    const made = await window.Plotly.toImage({ data: graph.data, layout: layout }, size);
    save(name + ".svg", "data:", made);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    const section = button && button.closest("[data-exhibit]");
    if (!section) return;
    const does = button.dataset.do, name = "labsim-" + section.dataset.exhibit;
    if (does === "csv") save(name + ".csv", "text/csv;charset=utf-8", csv(section.querySelector("table")));
    else if (does === "svg") svg(section, name);
    else {
      section.querySelector(".exhibit-picture").hidden = does === "table";
      section.querySelector(".exhibit-table").hidden = does !== "table";
      section.querySelectorAll("[aria-pressed]").forEach((each) =>
        each.setAttribute("aria-pressed", String(each.dataset.do === does)));
      window.dispatchEvent(new Event("resize"));
    }
  });

  /* Runs that have come since a page was made: at 1, 2, 3, 5, 10 pairs, then rarely, and at the end. */
  const STEPS = [1, 2, 3, 5, 10, 30, 100];
  let told = "", toldCheck = "";
  function grown() {
    const now = window.labsimState || {};
    if (!at("grown") || !now.done || !window.dash_clientside.set_props) return;
    const step = STEPS.filter((each) => each <= now.done).length;
    const text = [now.job, step, ["running", "waiting"].includes(now.state) ? "" : now.state].join(" ");
    if (text !== told) { told = text; set("grown", { data: text }); }
    document.querySelectorAll("[data-job]").forEach((each) =>
      each.classList.toggle("old", each.dataset.job !== String(now.job)));
  }
  async function check() {
    const place = at("check-standing");
    if (!place || !place.checkVisibility()) return;
    const session = (window.labsimState || {}).session;
    const query = new URLSearchParams({ session: session, lang: document.documentElement.lang });
    const answer = await fetch("checks?" + query, { cache: "no-store" });
    if (!answer.ok) return;
    const news = await answer.json();
    if (place.textContent !== news.words) place.textContent = news.words;
    if (at("check-stop")) at("check-stop").hidden = !["running", "waiting"].includes(news.state);
    if (at("check-start")) at("check-start").disabled = ["running", "waiting"].includes(news.state);
    const text = news.state + " " + Math.floor(news.done / 8);
    if (text !== toldCheck) { toldCheck = text; set("check-grown", { data: text }); }
  }
  /* Dash gives the input of an upload no name of its own. */
  function names() {
    document.querySelectorAll('input[type="file"]:not([aria-label])').forEach((each) => {
      const text = each.parentElement.textContent.trim();
      if (text) each.setAttribute("aria-label", text);
    });
  }
  setInterval(() => { grown(); names(); }, 400);
  (function again() { check().catch(() => 0).finally(() => setTimeout(again, 1000)); })();
})();
