"""The style sheet of a report: for screens from 390 pixels up, and for print."""

CSS = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif;
  color: #222; background: #fff; overflow-wrap: anywhere; }
main, header, footer { max-width: 1080px; margin: 0 auto; padding: 0 16px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { position: static; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 28px 0 4px; }
h2 { font-size: 1.35rem; margin: 40px 0 8px; padding-top: 10px; border-top: 2px solid #222; }
h3 { font-size: 1.1rem; margin: 32px 0 2px; }
p, li { max-width: 46em; }
.question { font-size: 1.15rem; margin: 0 0 8px; }
.frame, .aid, .note { color: #4a4a4a; font-size: .92rem; margin: 2px 0 8px; }
.summary li { margin-bottom: 8px; }
.key { display: inline-block; min-width: 1.6em; text-align: center; font-weight: 700; color: #fff;
  border-radius: 3px; padding: 0 4px; }
.figure, .scroll { overflow-x: auto; }
.figure:focus-visible, .scroll:focus-visible, summary:focus-visible, a:focus-visible {
  outline: 3px solid #0072B2; outline-offset: 2px; }
table { border-collapse: collapse; font-size: .88rem; margin: 6px 0 12px;
  font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: #4a4a4a; padding: 2px 0 6px; }
caption span { display: block; position: sticky; left: 0; max-width: min(46em, calc(100vw - 32px)); }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid #ddd; }
thead th { border-bottom: 2px solid #222; vertical-align: bottom; }
td.number, th.number { text-align: right; white-space: nowrap; }
th[scope="row"] { font-weight: 400; }
th.scenario { padding-top: 14px; font-weight: 700; }
td.unit { color: #4a4a4a; }
small { font-weight: 400; color: #4a4a4a; }
details { margin: 4px 0 12px; }
summary { cursor: pointer; padding: 4px 0; min-height: 24px; }
nav ul { columns: 2; padding-left: 1.2em; }
nav a { display: inline-block; padding: 3px 0; vertical-align: top; }
footer { margin: 40px auto 24px; font-size: .85rem; color: #4a4a4a; }
code { font-size: .9em; }
@media (max-width: 600px) {
  body { font-size: 15px; }
  h1 { font-size: 1.45rem; }
  nav ul { columns: 1; }
  td:not(.number):not(.unit) { min-width: 9em; }
  .modebar-container { display: none !important; }
}
@media print {
  body { font-size: 10pt; }
  main, header, footer { max-width: none; padding: 0; }
  nav, .skip, .modebar-container { display: none !important; }
  .figure, .scroll { overflow: visible; }
  section, .together, tr { break-inside: avoid; }
  h2, h3, .aid { break-after: avoid; }
}
"""

SCRIPT = """
(function () {
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (d) { d.open = true; });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); });
})();
"""
"""Opens the tables for printing and closes them afterwards."""
