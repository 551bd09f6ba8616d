"""The parts of the HTML page: everything that comes from results is escaped here."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from plotly import io as pio

from labsim.figures.canvas import TITLE_STRIP, TOOL_STRIP, config
from labsim.figures.speech import Language, Speech
from labsim.figures.theme import Setting, Style
from labsim.figures.words import plain
from labsim.report.exhibits import Exhibit
from labsim.report.page_style import CSS, SCRIPT
from labsim.report.reading import Results, spoken

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
"""What the browser may load: nothing from outside, whatever a script in the page should try."""

NUMBER = re.compile(r"–|[+−-]?\d[\d.,]*( \(.*\))?")
"""A number as the tables write it: English or German signs, what is in brackets behind it, a dash for a missing one."""

MIDNIGHT = re.compile(r'"(\d{4}-\d\d-\d\d)T00:00:00(?:\.0+)?"')
"""A day as plotly.py writes it; without the time of day a figure of months takes half the room."""

SHAPES_DE = {"linear": "gleichmäßig", "logistic": "S-Kurve", "step": "auf einmal"}
UNITS_DE = {
    "person": "Person für Person",
    "municipality": "Kommune für Kommune",
    "new_spell": "mit jeder neuen Arbeitslosigkeit",
}
"""How people move from one regime to the next, in German."""


def page(
    title: str, head: str, sections: Sequence[tuple[str, str]], foot: str, language: Language = "en"
) -> str:
    """Return the whole page: `head` under the title, then the sections (heading, HTML), then `foot`."""
    say = Speech(language)
    contents = "".join(f'<li><a href="#{_anchor(name)}">{escape(name)}</a></li>' for name, _ in sections)
    body = "".join(
        f'<section aria-labelledby="{_anchor(name)}"><h2 id="{_anchor(name)}">{escape(name)}</h2>\n'
        f"{html}</section>\n"
        for name, html in sections
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#content">{say("Skip to the content", "Zum Inhalt springen")}</a>\n'
        f"<header><h1>{escape(title)}</h1>\n{head}\n"
        f'<nav aria-label="{say("Contents", "Inhalt")}"><ul>{contents}</ul></nav></header>\n'
        f'<main id="content">\n{body}</main>\n'
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


def table(frame: pd.DataFrame, caption: str, *, english: bool = False) -> str:
    """Return a table of texts; the first column names the row, columns of numbers are aligned right.

    `english` marks its body as English on a page in another language.
    """
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
        f"<tbody{' lang="en"' if english else ''}>{''.join(rows)}</tbody></table>",
        caption,
    )


def _is_number(value: object) -> bool:
    """Return whether a text is a number (true minus, signs for thousands and decimals) or the sign for missing."""
    return NUMBER.fullmatch(str(value)) is not None


def exhibit(item: Exhibit, number: int, language: Language = "en") -> str:
    """Return a figure with its heading, reading aid and table; the first figure carries plotly.js."""
    figure = item.figure.to_dict()  # a copy: as a figure, all of it would be checked again
    layout = figure["layout"]
    # the heading of the page takes the place of the figure's own title; the tool bar keeps its strip
    spare = TITLE_STRIP - TOOL_STRIP
    layout.setdefault("title", {})["text"] = ""
    layout["height"] -= spare
    layout["margin"]["t"] -= spare
    for trace in figure["data"]:
        if "y" in trace:
            trace["y"] = _in_seven_digits(trace["y"])
    plot = pio.to_html(
        figure,
        full_html=False,
        include_plotlyjs=number == 1,
        config=config(language if language != "en" else None),
        div_id=f"figure-{number}",
        default_width="100%",
        default_height=f"{layout['height']}px",
        validate=False,
    )
    plot = MIDNIGHT.sub(r'"\1"', plot)
    told = Speech(language)("Numbers as a table", "Zahlen als Tabelle")
    heading, label = escape(item.heading), escape(f"{item.heading}. {item.aid}")
    return (
        f'<div class="together"><h3 id="heading-{number}">{heading}</h3>\n'
        f'<p class="aid">{text(item.aid)}</p>\n'
        f'<div class="figure" role="group" tabindex="0" aria-label="{label}">'
        f'<div style="min-width:{item.width}px">{plot}</div></div></div>\n'
        f"<details><summary>{told}</summary>{table(item.numbers, item.heading)}</details>\n"
    )


def _in_seven_digits(values: Any) -> Any:
    """Return numbers as Plotly writes them down, with the seven digits that are more than a picture shows."""
    if not (isinstance(values, dict) and values.get("dtype") == "f8"):
        return values
    numbers = np.frombuffer(base64.b64decode(values["bdata"]), np.float64).astype(np.float32)
    return values | {"dtype": "f4", "bdata": base64.b64encode(numbers.tobytes()).decode()}


def key(style: Style) -> str:
    """Return a scenario's letter on its colour; nothing for a scenario without a letter."""
    if not style.letter:
        return ""
    return f'<span class="key" style="background:{style.ink}">{escape(style.letter)}</span> '


def scenarios(results: Results, setting: Setting) -> str:
    """Return a table of the scenarios: letter, label, and which regime holds from when."""
    rows, say = [], setting.say
    none = say("no timeline recorded", "kein Zeitablauf aufgezeichnet")
    for style in setting.styles:
        run = results.runs[style.name]
        changes = run.get("timeline", ())
        besides = [
            {},
            *run.get("config", {}).get("timeline", {}).get("transitions", ()),
            *({} for _ in changes),
        ]
        steps = [_step(*each, run.get("regimes", {}), say) for each in zip(changes, besides, strict=False)]
        baseline = (
            say(" (baseline)", " (Vergleichsfall)") if style is setting.baseline and results.compared else ""
        )
        rows.append(
            f'<tr><th scope="row">{key(style)}{escape(style.label + baseline)}</th>'
            f"<td>{'<br>'.join(map(escape, steps)) or none}</td></tr>"
        )
    caption = say("Which regime holds from when", "Welches Regime ab wann gilt")
    heads = (say("Scenario", "Szenario"), say("Timeline", "Zeitablauf"))
    return scroll(
        f'<table><caption><span>{caption}</span></caption><thead><tr><th scope="col">{heads[0]}</th>'
        f'<th scope="col">{heads[1]}</th></tr></thead><tbody>{"".join(rows)}</tbody></table>',
        caption,
    )


def _step(
    change: Mapping[str, Any], transition: Mapping[str, Any], regimes: Mapping[str, Any], say: Speech
) -> str:
    """Return one entry of a timeline in words.

    `transition` has everything that its file says, `regimes` the labels of the regimes by name.
    """
    return "; ".join([_passage(change, regimes, say), *_besides(transition, say)])


def _passage(change: Mapping[str, Any], regimes: Mapping[str, Any], say: Speech) -> str:
    """Return from when, to which regime, how fast and together with whom people move."""
    start, name = str(change.get("start", "")), str(change.get("to", ""))
    to = spoken(regimes.get(name), plain(name), say.language)
    if change.get("from") is None:
        return f"{start}: {to}"
    months = int(change.get("months", 0))
    if months <= 1 or change.get("shape") == "step":
        return f"{start}: {to}, {say('at once', 'auf einmal')}"
    unit, shape = str(change.get("unit", "person")), str(change.get("shape", ""))
    return say(
        f"{start}: to {to} over {months} months ({shape}, by {unit.replace('_', ' ')})",
        f"{start}: zu {to} über {months} Monate ({SHAPES_DE.get(shape, shape)}, {UNITS_DE.get(unit, unit)})",
    )


def _besides(transition: Mapping[str, Any], say: Speech) -> Iterator[str]:
    """Yield what a transition does besides moving people: to budgets, contracts, agencies, pilots."""

    def months(name: str) -> int:
        return int(transition.get(name) or 0)

    def share(name: str) -> str:
        return say.short(100 * float(transition.get(name) or 0)) + " %"

    gap = months("gap") or max(-months("overlap"), 0)
    if transition.get("first"):
        ahead, names = months("pilot_months"), ", ".join(transition["first"])
        yield say(
            f"pilots first ({names}{f', {ahead} months ahead' if ahead else ''})",
            f"Modellkommunen zuerst ({names}{f', {ahead} Monate voraus' if ahead else ''})",
        )
    if transition.get("only"):
        yield f"{say('only in', 'nur in')} {', '.join(transition['only'])}"
    if ahead := months("announcement"):
        yield say(f"announced {ahead} months before", f"{ahead} Monate vorher angekündigt")
    if gap:
        yield say(
            f"a gap of {gap} months between old and new budgets",
            f"eine Lücke von {gap} Monaten zwischen alten und neuen Mitteln",
        )
    if (over := months("overlap")) > 0:
        yield say(f"old budgets go on for {over} months", f"alte Mittel laufen {over} Monate weiter")
    if transition.get("bridging"):
        longest = months("bridging_months")
        yield say(
            f"{share('bridging')} of old budgets and contracts bridged for {longest} months at most",
            f"{share('bridging')} der alten Mittel und Verträge höchstens {longest} Monate überbrückt",
        )
    if transition.get("reorganisation") or transition.get("reorganisation_ties"):
        lost, ties, busy = (
            share("reorganisation"),
            share("reorganisation_ties"),
            months("reorganisation_months"),
        )
        yield say(
            f"agencies lose {lost} of their capacity and {ties} of their ties for {busy} months",
            f"Agenturen verlieren für {busy} Monate {lost} ihrer Kapazität und {ties} ihrer Kontakte",
        )
