"""The HTML and the style sheet of the explorer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

from labsim.report.page import POLICY

CSS = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.4 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", Arial, sans-serif;
  color: #222; background: #fff; overflow-wrap: anywhere; }
.skip { position: absolute; left: -9999px; }
.skip:focus { position: static; }
header { display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; padding: 8px 16px 4px; }
h1 { font-size: 1.3rem; line-height: 1.2; margin: 0; flex: 1 1 16em; }
h2 { font-size: 1rem; margin: 10px 0 2px; }
#frame, #question { flex: 1 1 100%; margin: 0; color: #4a4a4a; font-size: .9rem; }
#languages button { min-width: 36px; }
button, select { font: inherit; min-height: 28px; border: 1px solid #5f5f5f; border-radius: 4px; background: #fff;
  color: #222; padding: 2px 10px; cursor: pointer; max-width: 100%; }
button[aria-pressed="true"] { background: #222; color: #fff; }
main { display: grid; grid-template-columns: 300px minmax(0, 1fr); gap: 0 20px; padding: 0 16px 12px; }
.levers { grid-row: 1 / span 2; }
.lever { padding: 4px 0 6px; border-bottom: 1px solid #e4e4e4; }
.lever label { font-weight: 600; }
.lever output { float: right; margin-left: 8px; font-variant-numeric: tabular-nums; }
.lever input { width: 100%; height: 26px; margin: 0; accent-color: #0072B2; display: block; clear: both; }
.lever small { color: #4a4a4a; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0; align-items: center; }
.chips { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 0; padding: 0; list-style: none; }
.key { display: inline-block; min-width: 1.6em; text-align: center; font-weight: 700; color: #fff; border-radius: 3px; }
#says { font-size: 1.02rem; margin: 2px 0; min-height: 2.8em; max-width: 62em; }
#status { margin: 2px 0 0; padding: 2px 8px; border-left: 4px solid #5f5f5f; font-size: .9rem; max-width: 66em; }
#status.exact { border-color: #117733; }
#status.near { border-color: #B34700; border-left-style: double; }
#status.warn, #notes { border-left: 4px solid #B34700; padding: 2px 8px; font-weight: 600; }
#plot { height: max(330px, calc(100vh - 262px)); }
.note { color: #4a4a4a; font-size: .86rem; margin: 2px 0 6px; max-width: 72em; }
details { margin: 4px 0; }
summary { cursor: pointer; padding: 3px 0; min-height: 24px; }
.scroll { overflow-x: auto; max-height: 60vh; overflow-y: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: #4a4a4a; padding: 2px 0 4px; }
th, td { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border-bottom: 1px solid #ddd; }
thead th { border-bottom: 2px solid #222; }
td.number, th.number { text-align: right; white-space: nowrap; }
th[scope="row"] { font-weight: 400; }
#set { display: none; }
footer { padding: 0 16px 12px; font-size: .85rem; color: #4a4a4a; }
:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
@media (max-width: 800px) {
  main { grid-template-columns: minmax(0, 1fr); }
  .levers { grid-row: auto; }
  #plot { height: 380px; }
  #says { font-size: .95rem; }
  .lever { padding: 2px 0 3px; }
  .modebar-container { display: none !important; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .key { border: 1px solid; forced-color-adjust: none; } }
@media print {
  body { font-size: 10pt; }
  main { display: block; padding: 0; }
  .skip, .lever, .levers h2, .buttons, #languages, .modebar-container { display: none !important; }
  #set { display: table; }
  #plot { height: 480px; }
  .scroll { max-height: none; overflow: visible; }
  tr, .together { break-inside: avoid; }
}
"""


def embedded(data: Mapping[str, Any]) -> str:
    """Return plain values as JSON that may stand in a page: no tag can begin in it."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )


def page(data: Mapping[str, Any], script: str, plotly: str) -> str:
    """Return the whole page; `data` is what its script shows, `plotly` the text of plotly.js."""
    language = data["lang"]
    title = escape(data["title"][language])
    question = f'<p id="question">{escape(data["question"])}</p>' if data["question"] else ""
    switch = "".join(
        f'<button type="button" data-lang="{code}" lang="{code}" aria-pressed="{str(code == language).lower()}">'
        f"{name}</button>"
        for code, name in (("de", "Deutsch"), ("en", "English"))
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#figure"{_say(data, "skip")}</a>\n'
        f'<header><h1 data-label="title">{title}</h1><div id="languages" role="group" '
        f'aria-label="Sprache / language">{switch}</div>{question}<p id="frame"{_say(data, "frame")}</p></header>\n'
        f"<main>\n{_levers(data)}{_picture(data)}{_beneath(data)}</main>\n"
        f"<footer><p{_say(data, 'foot')}</p></footer>\n<script>{plotly}</script>\n"
        f'<script id="data" type="application/json">{embedded(data)}</script>\n<script>{script}</script>\n'
        "</body>\n</html>\n"
    )


def _say(data: Mapping[str, Any], key: str) -> str:
    """Return the rest of a tag with a text that follows the language."""
    text = data["words"][key][data["lang"] == "de"].replace("{base}", data["styles"][0]["letter"])
    return f' data-word="{key}">{escape(text)}'


def _label(data: Mapping[str, Any], path: str) -> str:
    """Return the rest of a tag with a label that follows the language; `path` leads to it in the data."""
    at: Any = data
    for key in path.split("."):
        at = at[int(key)] if isinstance(at, list) else at[key]
    return f' data-label="{path}">{escape(at[data["lang"]])}'


def _levers(data: Mapping[str, Any]) -> str:
    """Return the levers, what policy sets before what is not known."""
    parts = []
    for role, heading in (("lever", "levers"), ("uncertainty", "uncertainties")):
        found = [(i, each) for i, each in enumerate(data["levers"]) if each["role"] == role]
        if found:
            parts.append(
                f"<h2{_say(data, heading)}</h2>" + "".join(_lever(data, i, each) for i, each in found)
            )
    return (
        f'<div class="levers">{"".join(parts)}<div class="buttons">'
        f'<button type="button" id="reset"{_say(data, "reset")}</button>'
        f'<button type="button" id="snap" hidden{_say(data, "snap")}</button></div>'
        '<table id="set"></table></div>\n'
    )


def _lever(data: Mapping[str, Any], i: int, lever: Mapping[str, Any]) -> str:
    last = len(lever["stops"]) - 1
    ticks = [k for k, stop in enumerate(lever["stops"]) if stop in lever["values"]]
    options = "".join(f'<option value="{k}"></option>' for k in ticks)
    return (
        f'<div class="lever"><output id="value-{i}" for="lever-{i}"></output>'
        f'<label for="lever-{i}"{_label(data, f"levers.{i}.label")}</label>'
        f'<input type="range" id="lever-{i}" min="0" max="{last}" step="1" value="{lever["start"]}" list="at-{i}" '
        f'aria-describedby="there-{i}"><datalist id="at-{i}">{options}</datalist>'
        f'<small id="there-{i}"></small></div>'
    )


def _picture(data: Mapping[str, Any]) -> str:
    """Return the choice of an outcome, the sentence, and the figure."""
    outcomes = "".join(
        f'<option value="{i}"{_label(data, f"outcomes.{i}.label")}</option>'
        for i in range(len(data["outcomes"]))
    )
    spans = "".join(
        f'<option value="{i}"{_label(data, f"spans.{i}.label")}</option>' for i in range(len(data["spans"]))
    )
    window = (
        f'<label for="span"{_say(data, "window")}</label><select id="span">{spans}</select>'
        if data["spans"]
        else ""
    )
    chips = "".join(
        f'<li><span class="key" style="background:{style["ink"]}">{escape(style["letter"])}</span> '
        f"<span{_label(data, f'styles.{i}.label')}</span></li>"
        for i, style in enumerate(data["styles"])
    )
    return (
        '<section class="together" aria-labelledby="outcome-name">'
        f'<div class="buttons"><label id="outcome-name" for="outcome"{_say(data, "outcome")}</label>'
        f'<select id="outcome">{outcomes}</select>{window}'
        f'<label><input type="checkbox" id="fit"> <span{_say(data, "fit")}</span></label></div>'
        f'<div role="status"><p id="says"></p><p id="status"></p></div><p id="notes" role="alert" hidden></p>'
        f'<ul class="chips">{chips}</ul>'
        '<div id="figure" role="group" tabindex="0" aria-label=""><div id="plot"></div></div></section>\n'
    )


def _beneath(data: Mapping[str, Any]) -> str:
    """Return how to read the figure, its table, and where it comes from."""
    return (
        f'<section aria-labelledby="aid"><h2 id="aid"{_say(data, "aid")}</h2>'
        f'<p class="note"{_say(data, "aid_text")}</p><p class="note" id="covered"></p>'
        f'<details id="numbers"><summary{_say(data, "table")}</summary>'
        '<div class="scroll" role="group" tabindex="0" aria-labelledby="aid"><table id="table"></table></div></details>'
        f'<div class="buttons"><button type="button" id="csv"{_say(data, "csv")}</button></div>'
        f'<details id="about"><summary{_say(data, "about")}</summary><table id="facts"></table></details></section>\n'
    )
