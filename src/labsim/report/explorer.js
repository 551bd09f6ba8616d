(() => {

"use strict";
var D = JSON.parse(document.getElementById("data").textContent);
var state = {lang: D.lang, outcome: 0, span: Math.max(0, D.spans.length - 1), stop: D.levers.map(l => l.start),
  fit: false, notes: []};
function $(id) { return document.getElementById(id); }
function word(key, filled) {
  var text = D.words[key][state.lang === "de" ? 1 : 0];
  Object.keys(filled || {}).forEach(name => { text = text.split("{" + name + "}").join(filled[name]); });
  return text;
}
function said(label) { return label[state.lang]; }
function number(value, digits, least) {
  if (value === null || !isFinite(value)) { return "–"; }
  var text = new Intl.NumberFormat(state.lang === "de" ? "de-DE" : "en-GB",
    {minimumFractionDigits: least === undefined ? digits : least, maximumFractionDigits: digits}).format(Math.abs(value));
  return value < 0 && /[1-9]/.test(text) ? "−" + text : text;
}
function amount(value, digits) {
  var least = Math.pow(10, -digits);
  return value < least ? word("under", {value: number(least, digits)}) : number(value, digits);
}
function signed(value, digits) {
  var text = number(value, digits);
  return value > 0 && /[1-9]/.test(text) ? "+" + text : text;
}
function unpack(text, Kind) {
  var raw = atob(text), bytes = new Uint8Array(raw.length);
  for (var i = 0; i < raw.length; i++) { bytes[i] = raw.charCodeAt(i); }
  return new Kind(bytes.buffer);
}
function numbers(block) {
  if (!block.unpacked) { block.unpacked = unpack(block.data, D.surface ? Float32Array : Int16Array); }
  return block.unpacked;
}
function where() { return D.levers.map((l, i) => l.stops[state.stop[i]]); }
function onPoint(x) {
  return !D.surface && x.every((v, i) => D.levers[i].values.indexOf(v) >= 0);
}
/* Multilinear: the weighted mean of the corners of the cell that holds x. */
function fromLattice(block, x) {
  var q = numbers(block), size = D.columns * block.statistics.length, out = new Float64Array(size),
    corners = [[0, 1]];
  x.forEach((v, i) => {
    var values = D.levers[i].values, n = block.alive[i] ? values.length : 1, k = 0, w = 0;
    if (n > 1) {
      while (k < n - 2 && v >= values[k + 1]) { k++; }
      w = Math.min(1, Math.max(0, (v - values[k]) / (values[k + 1] - values[k])));
    }
    var next = [];
    corners.forEach(c => {
      if (w < 1) { next.push([c[0] * n + k, c[1] * (1 - w)]); }
      if (w > 0) { next.push([c[0] * n + k + 1, c[1] * w]); }
    });
    corners = next;
  });
  corners.forEach(c => {
    var at = c[0] * size;
    for (var j = 0; j < size; j++) { out[j] += q[at + j] === -32768 ? NaN : c[1] * q[at + j]; }
  });
  for (var j = 0; j < size; j++) { out[j] = block.zero + block.scale * out[j]; }
  return out;
}
/* A polynomial: every term is a product of features of the levers. */
function fromSurface(block, x) {
  var c = numbers(block), size = D.columns * block.statistics.length, out = new Float64Array(size);
  var made = D.surface.features.map(f => {
    return "is" in f ? (x[f.lever] === f.is ? 1 : 0) : (x[f.lever] - f.middle) / f.half;
  });
  D.surface.terms.forEach((term, t) => {
    var w = term.reduce((all, f) => all * made[f], 1);
    for (var j = 0; j < size; j++) { out[j] += w * c[t * size + j]; }
  });
  return out;
}
function series(block, x) {
  var flat = D.surface ? fromSurface(block, x) : fromLattice(block, x), found = {};
  block.statistics.forEach((name, s) => {
    found[name] = Array.from(flat.subarray(s * D.columns, (s + 1) * D.columns), v => isNaN(v) ? null : v);
  });
  if (D.surface && found.above) {
    found.above = found.above.map(v => Math.min(1, Math.max(0, v)));
  }
  return found;
}
/* Everything that the page shows at the levers as they stand. */
function shown() {
  var x = where(), o = D.outcomes[state.outcome];
  var levels = o.levels.map(b => series(b, x));
  var pairs = o.differences.map(b => series(b, x));
  var split = D.months.length;
  pairs.forEach(p => {
    for (var m = 0; m < split; m++) {
      if (p.mean[m] === null || Math.abs(p.mean[m]) > 1e-9) { split = m; break; }
    }
  });
  return {x: x, outcome: o, levels: levels, pairs: pairs, split: split, exact: onPoint(x),
    missing: levels.some(l => (l.median || l.mean).slice(0, D.months.length).every(v => v === null))};
}

function rgba(hex, opacity) {
  return "rgba(" + [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16)).join(",") + "," + opacity + ")";
}
function area(x, low, high, colour, opacity, axis) {
  var xs = [], top = [], bottom = [];
  x.forEach((m, i) => { if (low[i] !== null && high[i] !== null) { xs.push(m); top.push(high[i]);
    bottom.push(low[i]); } });
  return {x: xs.concat(xs.slice().reverse()), y: top.concat(bottom.slice().reverse()), fill: "toself", mode: "lines",
    line: {width: 0, color: colour}, fillcolor: rgba(colour, opacity), hoverinfo: "skip", showlegend: false,
      yaxis: axis};
}
function middle(level) { return level.median || level.mean; }
function drawScenario(traces, level, style, from, to) {
  var x = D.months.slice(from, to);
  if (!x.length) { return; }
  [["90", 0.09], ["50", 0.16]].forEach(b => {
    if (level["low_" + b[0]]) {
      traces.push(area(x, level["low_" + b[0]].slice(from, to), level["high_" + b[0]].slice(from, to), style.colour,
        b[1], "y"));
    }
  });
  traces.push({x: x, y: middle(level).slice(from, to), mode: "lines", name: style.title, yaxis: "y",
    showlegend: false,
    line: {color: style.colour, width: 2.2, dash: style.dash},
      hovertemplate: "%{y:." + D.outcomes[state.outcome].digits + "f}"});
}
function spread(ends, gap) {
  ends.sort((a, b) => a.y - b.y);
  for (var i = 1; i < ends.length; i++) { ends[i].at = Math.max(ends[i].at, ends[i - 1].at + gap); }
  return ends;
}
function letters(ends, axis, range, pixels) {
  var gap = 17 * (range[1] - range[0]) / pixels;
  return spread(ends.filter(e => e.y !== null).map(e => ({y: e.y, at: e.y, style: e.style})), gap)
    .map(e => {
      return {text: "<b>" + e.style.letter + "</b>", x: D.months[D.months.length - 1], y: e.at, xref: "x", yref: axis,
        xanchor: "left", xshift: 5, showarrow: false, font: {color: e.style.ink, size: 13}};
    });
}
function heading(text, y) {
  return {text: text, xref: "paper", yref: "paper", x: 0, y: y, xanchor: "left", yanchor: "bottom", xshift: -44,
    yshift: 6,
    showarrow: false, align: "left"};
}
function ranged(values, fixed, above) {
  if (!state.fit) { return fixed; }
  var all = values.filter(v => v !== null && isFinite(v));
  if (!all.length) { return fixed; }
  var low = Math.min.apply(null, all), high = Math.max.apply(null, all),
    span = (high - low) || Math.max(Math.abs(high), 1) * 0.1;
  return [low - 0.06 * span, high + above * span];
}
function edges(list, skip) {
  return [].concat.apply([], list.map(one => {
    return [].concat.apply([], Object.keys(one).filter(k => k !== skip)
      .map(k => one[k].slice(0, D.months.length)));
  }));
}
function traces(s) {
  var found = [], past = {title: word("past"), colour: D.past, dash: "solid"};
  drawScenario(found, s.levels[0], past, 0, s.split >= D.months.length ? D.months.length : s.split);
  if (s.split < D.months.length) {
    D.styles.forEach((style, i) => { drawScenario(found, s.levels[i], style, Math.max(0, s.split - 1),
      D.months.length); });
  }
  s.pairs.forEach((pair, i) => {
    var style = D.styles[i + 1];
    if (pair.low) { found.push(area(D.months, pair.low.slice(0, D.months.length),
      pair.high.slice(0, D.months.length), style.colour, 0.2, "y2")); }
    found.push({x: D.months, y: pair.mean.slice(0, D.months.length), mode: "lines", yaxis: "y2", showlegend: false,
      name: style.letter + " − " + D.styles[0].letter, line: {color: style.colour, width: 2, dash: style.dash},
      hovertemplate: "%{y:+." + s.outcome.difference_digits + "f}"});
  });
  return found;
}
function layout(s) {
  var o = s.outcome, height = $("plot").clientHeight, inner = Math.max(120, height - 90), last = D.months.length - 1;
  var gap = 62 / inner, lower = (1 - gap) * 0.36, upper = lower + gap;
  var top = ranged(edges(s.levels, ""), o.range, 0.1),
    bottom = ranged(edges(s.pairs, "above").concat([0]), o.difference_range, 0.08);
  var line = {linecolor: "#5F5F5F", gridcolor: "#E4E4E4", zeroline: false, ticks: "outside", tickcolor: "#5F5F5F",
    ticklen: 4};
  var notes = [
    heading("<b>" + said(o.label) + "</b><br>" + said(o.unit), 1),
    heading("<b>" + word("difference", {base: D.styles[0].letter}) + "</b><br>" + said(o.difference_unit), lower)];
  if (s.split < D.months.length) {
    notes = notes.concat(letters(s.levels.map((l, i) => { return {y: middle(l)[last], style: D.styles[i]};
      }), "y", top, inner * (1 - upper)));
    notes = notes.concat(letters(s.pairs.map((p, i) => { return {y: p.mean[last], style: D.styles[i + 1]};
      }), "y2", bottom, inner * lower));
  }
  var axis = Object.assign({showgrid: false, hoverformat: D.yearly ? "%Y" : "%b %Y", anchor: "y2",
    range: [D.months[0], D.months[last]]}, line);
  return {height: height, margin: {l: 52, r: 30, t: 52, b: 34}, font: {family: D.font, size: 13, color: "#222222"},
    paper_bgcolor: "white", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "x unified", showlegend: false,
    separators: state.lang === "de" ? ",." : ".,", annotations: notes, xaxis: axis,
    yaxis: Object.assign({domain: [upper, 1], range: top}, line),
      yaxis2: Object.assign({domain: [0, lower], range: bottom}, line),
    shapes: [{type: "line", xref: "paper", x0: 0, x1: 1, yref: "y2", y0: 0, y1: 0,
      line: {color: "#222222", width: 1}}],
    meta: {levers: s.x, lang: state.lang}};
}

function valueText(i, stop) {
  var l = D.levers[i], v = l.stops[stop];
  if (l.choices.length) { return said(l.choices[Math.round(v)]); }
  var unit = said(l.unit);
  return number(v, l.digits, 0) + (unit ? " " + unit : "");
}
function listed(items) {
  return items.length < 2 ? items.join("") : items.slice(0,
    -1).join(", ") + " " + word("and") + " " + items[items.length - 1];
}
function named(style) { return style.letter + " (" + said(style.label) + ")"; }
function sentence(s, pair, i) {
  var column = D.months.length + state.span, o = s.outcome, style = D.styles[i + 1], base = D.styles[0];
  if (!D.spans.length || pair.mean[column] === null) { return ""; }
  var mean = pair.mean[column], low = pair.low ? pair.low[column] : null, high = pair.high ? pair.high[column] : null;
  var digits = o.difference_digits, when = said(D.spans[state.span].label) + " (" + D.spans[state.span].dates[state.lang] + ")";
  var count = Math.round(pair.above[column] * D.seeds);
  var words = {letter: style.letter, when: when, outcome: said(o.label), name: named(style), base: named(base),
    unit: said(o.difference_unit),
    size: number(Math.abs(mean), digits), direction: word(mean > 0 ? "higher" : "lower"), seeds: D.seeds,
      count: count};
  if (mean === 0 && (low === null || (low === 0 && high === 0))) { return word("same", words); }
  if (low === null) { words.range = word("one_pair"); }
  else {
    words.range = word(low <= 0 && high >= 0 ? "open" : "range",
      {low: signed(low, digits), high: signed(high, digits)});
  }
  return word("sentence", words) + " " + word(s.exact ? "pairs_above" : "pairs_about", words);
}
function errorText(o) {
  if (o.level_error === null) { return D.surface ? "" : word("two_levels"); }
  return word("left_out", {level: amount(o.level_error, o.digits + 1) + " " + said(o.difference_unit),
    difference: amount(o.difference_error, o.difference_digits) + " " + said(o.difference_unit)});
}
function status(s) {
  if (s.missing) { return word("missing"); }
  if (D.surface) {
    return word("surface", {degree: word(D.surface.degree), points: D.points, seeds: D.seeds,
      error: errorText(s.outcome)});
  }
  return s.exact ? word("simulated", {seeds: D.seeds}) : word("between",
    {points: D.points, error: errorText(s.outcome)});
}
function covered() {
  var o = D.outcomes[state.outcome], kept = o.levels[0].statistics, bands = [];
  [["50", 50], ["90", 90]].forEach(b => { if (kept.indexOf("low_" + b[0]) >= 0) {
    bands.push(word("middle", {share: b[1]})); } });
  var above = bands.length ? word("median_bands", {bands: listed(bands), seeds: D.seeds}) : word("mean_line",
    {seeds: D.seeds});
  var below = o.differences[0].statistics.indexOf("low") >= 0 ? "interval" : "no_interval";
  return above + ". " + word(below, {seeds: D.seeds}) + " " + word("chance");
}
function rows(s) {
  var o = s.outcome, head = [word(D.yearly ? "year" : "month")], body = [];
  var middleName = word(s.levels[0].median ? "median" : "mean");
  D.styles.forEach((style, i) => {
    head.push(style.letter + ": " + middleName);
    ["50", "90"].forEach(b => { if (s.levels[i]["low_" + b]) {
      head.push(style.letter + ": " + word("middle", {share: b})); } });
  });
  s.pairs.forEach((pair, i) => { head.push(D.styles[i + 1].letter + " − " + D.styles[0].letter + (pair.low ? " (95 %)" : "")); });
  D.months.forEach((month, m) => {
    var cells = [D.yearly ? month.slice(0, 4) : month.slice(0, 7)];
    s.levels.forEach(l => {
      cells.push(number(middle(l)[m], o.digits));
      ["50", "90"].forEach(b => {
        if (l["low_" + b]) { cells.push(number(l["low_" + b][m],
          o.digits) + " " + word("to") + " " + number(l["high_" + b][m], o.digits)); }
      });
    });
    s.pairs.forEach(p => {
      var text = signed(p.mean[m], o.difference_digits);
      if (p.low) { text += " (" + signed(p.low[m], o.difference_digits) + " " + word("to") + " " + signed(p.high[m],
        o.difference_digits) + ")"; }
      cells.push(text);
    });
    body.push(cells);
  });
  return {head: head, body: body};
}
function element(tag, text, attributes) {
  var it = document.createElement(tag);
  if (text !== undefined) { it.textContent = text; }
  Object.keys(attributes || {}).forEach(name => { it.setAttribute(name, attributes[name]); });
  return it;
}
function fillTable(table, head, body, numeric, caption) {
  table.textContent = "";
  table.appendChild(element("caption", caption));
  var top = element("thead"), line = element("tr"), rest = element("tbody");
  head.forEach((name, i) => { line.appendChild(element("th", name,
    {scope: "col", "class": numeric && i ? "number" : ""})); });
  top.appendChild(line);
  body.forEach(cells => {
    var row = element("tr");
    cells.forEach((text, i) => {
      row.appendChild(i ? element("td", text, {"class": numeric ? "number" : ""}) : element("th", text,
        {scope: "row"}));
    });
    rest.appendChild(row);
  });
  table.appendChild(top); table.appendChild(rest);
}

function fill() {
  var s = shown(), since = began || performance.now();
  began = 0;
  $("says").textContent = s.pairs.map((p, i) => sentence(s, p, i)).filter(Boolean).join(" ");
  $("status").textContent = status(s);
  $("status").className = s.missing ? "warn" : s.exact ? "exact" : "near";
  $("snap").hidden = Boolean(D.surface) || s.exact;
  $("notes").textContent = state.notes.join(" ");
  $("notes").hidden = !state.notes.length;
  D.levers.forEach((l, i) => {
    var text = valueText(i, state.stop[i]);
    $("value-" + i).textContent = text;
    $("lever-" + i).value = state.stop[i];
    $("lever-" + i).setAttribute("aria-valuetext", text);
  });
  fillTable($("set"), [word("what"), word("value")],
    D.levers.map((l, i) => [said(l.label), valueText(i, state.stop[i])]),
    false, word("settings"));
  if ($("numbers").open) { var r = rows(s); fillTable($("table"), r.head, r.body, true,
    said(s.outcome.label) + " (" + said(s.outcome.unit) + ")"); }
  $("figure").setAttribute("aria-label", said(s.outcome.label) + ". " + $("says").textContent);
  remember();
  var done = s.missing ? Promise.resolve() : Plotly.react("plot", traces(s), layout(s), D.config[state.lang]);
  done.then(() => {
    window.explorer.milliseconds = performance.now() - since;
    window.explorer.count += 1;
  });
}
var began = 0, waiting = false;
function later() {
  if (waiting) { return; }
  began = performance.now();
  waiting = true;
  requestAnimationFrame(() => { waiting = false; fill(); });
}
function remember() {
  var parts = D.levers.map((l, i) => encodeURIComponent(l.name) + "=" + l.stops[state.stop[i]]);
  parts.push("outcome=" + encodeURIComponent(D.outcomes[state.outcome].name), "lang=" + state.lang);
  try { history.replaceState(null, "", "#" + parts.join("&")); } catch (error) { return; }
}
function nearest(i, value) {
  var best = 0;
  D.levers[i].stops.forEach((v, k) => { if (Math.abs(v - value) < Math.abs(D.levers[i].stops[best] - value)) {
    best = k; } });
  return best;
}
function fromAddress() {
  state.notes = [];
  location.hash.slice(1).split("&").filter(Boolean).forEach(part => {
    var cut = part.indexOf("="), name, text;
    try { name = decodeURIComponent(part.slice(0, cut)); text = decodeURIComponent(part.slice(cut + 1)); }
    catch (error) { state.notes.push(word("unknown", {what: part.slice(0, 60)})); return; }
    var i = D.levers.findIndex(l => l.name === name);
    var o = D.outcomes.findIndex(each => each.name === text);
    if (name === "lang" && D.config[text]) { state.lang = text; }
    else if (name === "outcome" && o >= 0) { state.outcome = o; }
    else if (i >= 0 && text !== "" && isFinite(Number(text))) {
      var v = Number(text), stops = D.levers[i].stops;
      state.stop[i] = nearest(i, v);
      if (v < stops[0] || v > stops[stops.length - 1]) {
        state.notes.push(word("clamped", {what: name.slice(0, 40) + " = " + text.slice(0, 20)})); }
    } else { state.notes.push(word("unknown", {what: part.slice(0, 60)})); }
  });
}
function speak() {
  document.documentElement.lang = state.lang;
  document.title = said(D.title);
  document.querySelectorAll("[data-word]").forEach(it => {
    it.textContent = word(it.dataset.word, {base: D.styles[0].letter}); });
  document.querySelectorAll("[data-label]").forEach(it => {
    var label = it.dataset.label.split(".").reduce((at, key) => at[key], D);
    it.textContent = said(label);
  });
  document.querySelectorAll("#languages button").forEach(it => {
    it.setAttribute("aria-pressed", String(it.dataset.lang === state.lang)); });
  $("covered").textContent = covered();
  D.levers.forEach((l, i) => {
    var there = l.choices.length ? l.choices.map(said) : l.values.map(v => number(v, l.digits, 0));
    $("there-" + i).textContent = D.surface ? "" : word("simulated_values",
      {values: there.join(state.lang === "de" ? "; " : ", ")});
  });
  fillTable($("facts"), [word("what"), word("value")], D.facts.map(f => [word(f[0]), said(f[1])]), false,
    word("about"));
}
function save() {
  var s = shown(), r = rows(s), quote = t => '"' + String(t).split('"').join('""') + '"';
  var lines = D.levers.map((l, i) => [quote(said(l.label)), quote(valueText(i, state.stop[i]))].join(";"));
  lines = lines.concat([r.head].concat(r.body).map(row => row.map(quote).join(";")));
  var link = element("a", "", {download: "explorer.csv"});
  link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n")], {type: "text/csv"}));
  link.click();
  setTimeout(() => { URL.revokeObjectURL(link.href); }, 1000);
}
window.explorer = {milliseconds: 0, count: 0, shown: shown, data: D, state: state,
  go: x => { x.forEach((v, i) => { state.stop[i] = nearest(i, v); }); fill(); return shown(); }};
D.levers.forEach((l, i) => {
  $("lever-" + i).addEventListener("input", event => { state.stop[i] = Number(event.target.value); later(); });
});
$("outcome").addEventListener("change", event => { state.outcome = Number(event.target.value); speak(); fill(); });
if ($("span")) { $("span").value = state.span; $("span").addEventListener("change", event => {
  state.span = Number(event.target.value); fill(); }); }
$("fit").addEventListener("change", event => { state.fit = event.target.checked; fill(); });
$("reset").addEventListener("click", () => { state.stop = D.levers.map(l => l.start); state.notes = []; fill(); });
$("snap").addEventListener("click", () => {
  state.stop = where().map((v, i) => {
    var best = D.levers[i].values.reduce((a, b) => Math.abs(b - v) < Math.abs(a - v) ? b : a);
    return nearest(i, best);
  });
  fill();
  $("lever-0").focus();
});
$("csv").addEventListener("click", save);
$("numbers").addEventListener("toggle", () => { fill(); });
document.querySelectorAll("#languages button").forEach(it => {
  it.addEventListener("click", () => { state.lang = it.dataset.lang; speak(); fill(); });
});
/* On a narrow screen the levers stand under the picture, for eyes and keyboard alike. */
var narrow = window.matchMedia("(max-width: 800px)");
function place() {
  var levers = document.querySelector(".levers"), picture = document.querySelector(".together");
  if (narrow.matches) { picture.after(levers); } else { picture.before(levers); }
}
narrow.addEventListener("change", place);
place();
window.addEventListener("resize", later);
window.addEventListener("beforeprint", () => { $("numbers").open = true; $("about").open = true; fill(); });
fromAddress();
$("outcome").value = state.outcome;
speak();
fill();
})();
