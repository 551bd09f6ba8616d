"""The parts of the HTML page: everything that comes from results is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from labsim.figures.canvas import TITLE_STRIP, TOOL_STRIP, config, go
from labsim.figures.theme import Setting, Style
from labsim.figures.words import plain
from labsim.report.exhibits import Exhibit
from labsim.report.page_style import CSS, SCRIPT
from labsim.report.reading import Results, english

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
"""What the browser may load: nothing from outside, whatever a script in the page should try."""


def page(title: str, head: str, sections: Sequence[tuple[str, str]], foot: str) -> str:
    """Return the whole page: `head` under the title, then the sections (heading, HTML), then `foot`."""
    contents = "".join(f'<li><a href="#{_anchor(name)}">{escape(name)}</a></li>' for name, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{_anchor(name)}"><h2 id="{_anchor(name)}">{escape(name)}</h2>\n'
        f"{html}</section>\n"
        for name, html in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n<header><h1>{escape(title)}</h1>\n{head}\n'
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav></header>\n<main id="content">\n{body}</main>\n'
        f"<footer>{foot}</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _anchor(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name.lower())


def text(words: str) -> str:
    """Return plain text as HTML; a number and its percent sign stay on one line."""
    return escape(words).replace(" %", "\N{NO-BREAK SPACE}%")


def paragraph(words: str, css: str = "") -> str:
    """Return a paragraph of plain text."""
    return f'<p class="{css}">{text(words)}</p>' if css else f"<p>{text(words)}</p>"


def bullets(items: Iterable[str], css: str = "") -> str:
    """Return a list of plain texts."""
    inner = "".join(f"<li>{text(item)}</li>" for item in items)
    return f'<ul class="{css}">{inner}</ul>' if css else f"<ul>{inner}</ul>"


def scroll(html: str, label: str) -> str:
    """Return `html` in a box of its own that scrolls sideways on narrow screens, by keyboard too."""
    return f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(label)}">{html}</div>'


def table(frame: pd.DataFrame, caption: str) -> str:
    """Return a table of texts; the first column names the row, columns of numbers are aligned right."""
    numeric = [name for name in frame.columns if frame[name].map(_is_number).all()]
    css = {name: ' class="number"' if name in numeric else "" for name in frame.columns}
    head = "".join(f'<th scope="col"{css[name]}>{escape(str(name))}</th>' for name in frame.columns)
    rows = []
    for values in frame.itertuples(index=False, name=None):
        first, *others = zip(frame.columns, values, strict=True)
        cells = "".join(f"<td{css[name]}>{escape(str(value))}</td>" for name, value in others)
        rows.append(f'<tr><th scope="row">{escape(str(first[1]))}</th>{cells}</tr>')
    return scroll(
        f"<table><caption><span>{escape(caption)}</span></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>",
        caption,
    )


def _is_number(value: object) -> bool:
    """Return whether a text is a number (with a true minus, thousands commas) or the sign for missing."""
    plainly = str(value).replace("−", "-").replace("+", "").replace(",", "")
    if plainly in {"–", "0 (identical)"}:
        return True
    try:
        float(plainly.split(" (", maxsplit=1)[0])
    except ValueError:
        return False
    return True


def exhibit(item: Exhibit, number: int) -> str:
    """Return a figure with its heading, reading aid and table; the first figure carries plotly.js."""
    figure = go.Figure(item.figure)
    margin = figure.layout.margin
    # the heading of the page takes the place of the figure's own title; the tool bar keeps its strip
    spare = TITLE_STRIP - TOOL_STRIP
    figure.update_layout(title_text="", height=figure.layout.height - spare, margin_t=margin.t - spare)
    plot = figure.to_html(
        full_html=False,
        include_plotlyjs=number == 1,
        config=config(),
        div_id=f"figure-{number}",
        default_width="100%",
        default_height=f"{figure.layout.height}px",
    )
    heading, label = escape(item.heading), escape(f"{item.heading}. {item.aid}")
    return (
        f'<div class="together"><h3 id="heading-{number}">{heading}</h3>\n'
        f'<p class="aid">{text(item.aid)}</p>\n'
        f'<div class="figure" role="group" tabindex="0" aria-label="{label}">'
        f'<div style="min-width:{item.width}px">{plot}</div></div></div>\n'
        f"<details><summary>Numbers as a table</summary>{table(item.numbers, item.heading)}</details>\n"
    )


def key(style: Style) -> str:
    """Return a scenario's letter on its colour; nothing for a scenario without a letter."""
    if not style.letter:
        return ""
    return f'<span class="key" style="background:{style.ink}">{escape(style.letter)}</span> '


def scenarios(results: Results, setting: Setting) -> str:
    """Return a table of the scenarios: letter, label, and which regime holds from when."""
    rows = []
    for style in setting.styles:
        run = results.runs[style.name]
        changes = run.get("timeline", ())
        besides = [
            {},
            *run.get("config", {}).get("timeline", {}).get("transitions", ()),
            *({} for _ in changes),
        ]
        steps = [_step(*each, run.get("regimes", {})) for each in zip(changes, besides, strict=False)]
        baseline = " (baseline)" if style is setting.baseline and results.compared else ""
        rows.append(
            f'<tr><th scope="row">{key(style)}{escape(style.label + baseline)}</th>'
            f"<td>{'<br>'.join(map(escape, steps)) or 'no timeline recorded'}</td></tr>"
        )
    caption = "Which regime holds from when"
    return scroll(
        f'<table><caption><span>{caption}</span></caption><thead><tr><th scope="col">Scenario</th>'
        f'<th scope="col">Timeline</th></tr></thead><tbody>{"".join(rows)}</tbody></table>',
        caption,
    )


def _step(change: Mapping[str, Any], transition: Mapping[str, Any], regimes: Mapping[str, Any]) -> str:
    """Return one entry of a timeline in words.

    `transition` has everything that its file says, `regimes` the labels of the regimes by name.
    """
    return "; ".join([_passage(change, regimes), *_besides(transition)])


def _passage(change: Mapping[str, Any], regimes: Mapping[str, Any]) -> str:
    """Return from when, to which regime, how fast and together with whom people move."""
    start, name = str(change.get("start", "")), str(change.get("to", ""))
    to = english(regimes.get(name), plain(name))
    if change.get("from") is None:
        return f"{start}: {to}"
    months = int(change.get("months", 0))
    if months <= 1 or change.get("shape") == "step":
        return f"{start}: {to}, at once"
    unit = str(change.get("unit", "person")).replace("_", " ")
    return f"{start}: to {to} over {months} months ({change.get('shape', '')}, by {unit})"


def _besides(transition: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a transition does besides moving people: to budgets, contracts, agencies, pilots."""

    def months(name: str) -> int:
        return int(transition.get(name) or 0)

    def share(name: str) -> str:
        return f"{100 * float(transition.get(name) or 0):g} %"

    gap = months("gap") or max(-months("overlap"), 0)
    if transition.get("first"):
        ahead = f", {months('pilot_months')} months ahead" if months("pilot_months") else ""
        yield f"pilots first ({', '.join(transition['first'])}{ahead})"
    if transition.get("only"):
        yield f"only in {', '.join(transition['only'])}"
    if months("announcement"):
        yield f"announced {months('announcement')} months before"
    if gap:
        yield f"a gap of {gap} months between old and new budgets"
    if months("overlap") > 0:
        yield f"old budgets go on for {months('overlap')} months"
    if transition.get("bridging"):
        yield f"{share('bridging')} of old budgets and contracts bridged for {months('bridging_months')} months at most"
    if transition.get("reorganisation") or transition.get("reorganisation_ties"):
        yield (
            f"agencies lose {share('reorganisation')} of their capacity and {share('reorganisation_ties')} of their "
            f"ties for {months('reorganisation_months')} months"
        )
