/* Keys, dialogs, undo and redo, presenter mode, and the last session: everything that needs no server. */
(function () {
  "use strict";
  const room = () => window.labsimRoom;
  const at = (id) => document.getElementById(id);
  let past = [], future = [], stepping = false;

  /* Undo: every question but the last lies on a pile. */
  const plain = (query) => query.replace(/&lang=[a-z]+$/, "");
  document.addEventListener("labsim-asked", (event) => {
    const before = event.detail.before, now = event.detail.now;
    if (before && plain(before) !== plain(now) && !stepping) { past.push(before); past = past.slice(-200); future = []; }
    stepping = false;
    try { localStorage.setItem("labsim-last", now); } catch (error) { /* a browser that keeps nothing */ }
    buttons();
  });
  function buttons() {
    if (at("undo")) at("undo").disabled = !past.length;
    if (at("redo")) at("redo").disabled = !future.length;
    document.querySelectorAll("[id^=lever-] [role=slider]").forEach((thumb) => {
      const shown = at("value-" + thumb.closest("[id^=lever-]").id.slice(6));
      if (shown) thumb.setAttribute("aria-valuetext", shown.textContent);
    });
  }
  function step(from, to) {
    if (!from.length) return;
    to.push(room().query());
    stepping = true;
    room().set("wanted", { data: { query: from.pop(), at: Date.now() } });
  }
  const undo = () => step(past, future), redo = () => step(future, past);

  /* The last session, kept by the browser. */
  let last = null;
  try { last = localStorage.getItem("labsim-last"); } catch (error) { last = null; }
  function resumable() {
    const row = at("resume-row"), button = at("resume"), restore = at("restore");
    if (!row) return;
    const mine = Boolean(last), other = restore && restore.textContent.trim() !== "";
    if (button) button.hidden = !mine;
    row.classList.toggle("none", !mine && !other);
  }
  function resume() {
    if (!last) return;
    room().set("wanted", { data: { query: last, at: Date.now() } });
    turn(2);
  }

  const tabs = () => document.querySelectorAll('#pages > [role="tablist"] > [role="tab"]');
  function turn(number) { if (tabs()[number]) tabs()[number].click(); }
  function open(id) {
    const dialog = at(id);
    if (dialog && dialog.showModal && !dialog.open) dialog.showModal();
  }
  function presenter() {
    const on = document.body.classList.toggle("presenter");
    if (at("presenter")) at("presenter").setAttribute("aria-pressed", String(on));
    try { sessionStorage.setItem("labsim-presenter", on ? "1" : ""); } catch (error) { /* kept for this page only */ }
    setTimeout(() => { window.dispatchEvent(new Event("resize")); room().soon(); }, 50);
  }
  document.addEventListener("labsim-rebuilt", () => setTimeout(() => {
    buttons(); resumable();
    const on = document.body.classList.contains("presenter");
    if (at("presenter")) at("presenter").setAttribute("aria-pressed", String(on));
    if (at("axis") && new URLSearchParams(location.search).get("axis") === "1") at("axis").setAttribute("aria-pressed", "true");
  }, 300));
  try { if (sessionStorage.getItem("labsim-presenter")) document.body.classList.add("presenter"); } catch (error) { /* no */ }

  const opens = { "help-open": "help", "protocol-open": "protocol-dialog" };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (opens[button.id]) open(opens[button.id]);
    if (button.dataset.close) at(button.dataset.close).close();
    if (button.id === "presenter") presenter();
    if (button.id === "undo") undo();
    if (button.id === "redo") redo();
    if (button.id === "resume") resume();
    const what = button.dataset.export, dialog = at("protocol-dialog");
    if (what && dialog) room().put("export-says", dialog.dataset.works.replace("{what}", what));
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest && event.target.closest("input, textarea, select");
    const typing = field && !field.readOnly ? field : null;
    const letter = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && (!typing || typing.type === "radio")) {
      if (letter === "z" && !event.shiftKey) { event.preventDefault(); undo(); }
      else if (letter === "y" || (letter === "z" && event.shiftKey)) { event.preventDefault(); redo(); }
      return;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || (typing && typing.type !== "radio")) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key >= "1" && event.key <= "6") turn(Number(event.key) - 1);
    else if (letter === "w") turn(6);
    else if (letter === "p") open("protocol-dialog");
    else if (letter === "v") presenter();
    else if (event.key === "?") open("help");
    else if (event.key === "Escape" && ["running", "waiting"].includes(window.labsimState.state)) room().cancel();
  });
  setInterval(() => { buttons(); resumable(); }, 600);

  /* The wall looks every few seconds what the others have pinned, but never before the last look was answered. */
  let sent = 0, heard = 0;
  setInterval(() => {
    if (room().page() !== "wall" || heard !== sent || !at("wall-tick")) return;
    sent += 1;
    room().set("wall-tick", { data: sent });
  }, 4000);
  document.addEventListener("labsim-rebuilt", () => { heard = sent; });
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.labsim = Object.assign(window.dash_clientside.labsim || {}, {
    heard: function (tick) {
      if (tick) heard = tick;
      return window.dash_clientside.no_update;
    },
  });
})();
