"""The drawer with the protocol: pinned scenarios with guesses, results, notes and votes; files to take along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from labsim.app.pages.extra import extra
from labsim.app.protocol import MOST_VOTES, outcome_of, settings_of
from labsim.app.summaries import EXPECTED, size_in_words
from labsim.app.values import assumptions
from labsim.app.words import word

EXPORTS = ("scenario", "csv", "report", "explorer", "page", "json")
"""The files that the drawer makes, in the order of its buttons."""


def drawer(language: str) -> Any:
    """Return the drawer; its pins are filled in when the protocol is known."""
    saves = [
        dmc.Button(word(f"export_{each}", language), id={"export": f"drawer-{each}"}, size="compact-sm",
                   variant="default", **extra({"data-export": word(f"export_{each}", language)}))
        for each in EXPORTS
    ]  # fmt: skip
    return html.Dialog(
        [
            html.Div(
                [html.H2(word("protocol", language)),
                 html.Button(word("close", language), className="tool", **extra({"data-close": "protocol-dialog"}))],
                className="row between",
            ),
            html.P("", id="kept-says", role="status", className="note"),
            dmc.TextInput(id="group-name", label=word("group_name", language), debounce=400, size="sm",
                          placeholder=word("group_hint", language)),
            html.Div(id="pins"),
            dmc.Button(word("take_back", language), id="take-back", size="compact-sm", variant="default",
                       className="none"),
            dmc.Textarea(id="session-notes", label=word("notes_of_all", language), debounce=400, autosize=True,
                         minRows=2, size="sm"),
            html.H3(word("save_as", language)),
            html.Div(saves, className="row"),
            html.P("", id="export-says", role="status", className="note"),
            html.H3(word("import", language)),
            dcc.Upload(
                html.Button(word("import_hint", language), className="tool"), id="import", multiple=False,
                className="upload",
            ),
            html.P("", id="import-says", role="status", className="note"),
            dcc.Store(id="pins-shown"),
        ],
        id="protocol-dialog",
        **extra({"aria-label": word("protocol", language), "data-works": word("export_works", language)}),
    )  # fmt: skip


def pins(protocol: Mapping[str, Any], language: str) -> Any:
    """Return the pinned scenarios of a protocol."""
    if not protocol["pins"]:
        return html.P(word("protocol_empty", language))
    return [_pin(each, language) for each in protocol["pins"]]


def _pin(pin: Mapping[str, Any], language: str) -> Any:
    name = pin["name"] or str(pin["number"])
    return html.Section(
        [
            dmc.TextInput(id={"pin-name": pin["id"]}, value=pin["name"], debounce=400, size="sm",
                          label=word("name_of_pin", language, number=pin["number"])),
            html.Div(setting_in_words(pin, language), className="note"),
            _results(pin, language),
            html.Div(
                [
                    dmc.Textarea(id={"pin-note": pin["id"]}, value=pin["note"], debounce=400, autosize=True, size="sm",
                                 label=word("note_of_pin", language, name=name),
                                 className="wide"),
                    dmc.NumberInput(id={"pin-votes": pin["id"]}, value=pin["votes"], min=0, max=MOST_VOTES, size="sm",
                                    label=word("votes_short", language), debounce=400, allowDecimal=False,
                                    hideControls=False, className="votes",
                                    **extra({"aria-label": word("votes", language, name=name)})),
                ],
                className="row",
            ),
            html.Div(
                [
                    dmc.Button(word("load_pin", language), id={"pin-load": pin["id"]}, size="compact-sm",
                               variant="default", **extra({"aria-label": f"{word('load_pin', language)}: {name}"})),
                    dmc.Button(word("remove_pin", language), id={"pin-remove": pin["id"]}, size="compact-sm",
                               variant="subtle", **extra({"aria-label": f"{word('remove_pin', language)}: {name}"})),
                ],
                className="row",
            ),
        ],
        className="card", **extra({"aria-label": name}),
    )  # fmt: skip


def setting_in_words(pin: Mapping[str, Any], language: str) -> list[Any]:
    """Return what B of a pin assumes other than its story, and what it was compared with."""
    a, b = settings_of(pin)
    moved = assumptions(b, language)
    story = word(f"story_{b.story}", language)
    title = word("assumptions_of" if moved else "as_in_story", language, story=story)
    told: list[Any] = [html.P(title)]
    if moved:
        told.append(html.Ul([html.Li(each) for each in moved]))
    name, other = word(f"story_{a.story}", language), assumptions(a, language)
    key = "against_moved" if other else "against"
    told.append(html.P(word(key, language, name=name, moved="; ".join(other))))
    return told


def results_rows(pin: Mapping[str, Any], language: str) -> list[tuple[str, str, str, str, str]]:
    """Return the results of a pin in words: measure, guess, result, size, share of pairs above zero."""
    rows = []
    for name in EXPECTED:
        found = outcome_of(pin, name)
        if found is None:
            continue
        guess = pin["expected"].get(name)
        direction = found.direction
        rows.append((
            word(f"kpi_{name}", language),
            word(f"expect_{guess}", language) if guess else word("no_guess", language),
            word(f"found_{direction}", language) if direction else "–",
            size_in_words(found, name, language),
            word("of_pairs", language, above=found.above, pairs=found.pairs),
        ))  # fmt: skip
    return rows


def _results(pin: Mapping[str, Any], language: str) -> Any:
    title = word("result_title", language, pairs=pin["pairs"])
    heads = [word(each, language) for each in ("measure", "guess", "result", "size", "share_of")]
    rows = [
        html.Tr([html.Th(cells[0], scope="row"), *(html.Td(each) for each in cells[1:])])
        for cells in results_rows(pin, language)
    ]
    table = html.Table(
        [
            html.Caption(title),
            html.Thead(html.Tr([html.Th(each, scope="col") for each in heads])),
            html.Tbody(rows),
        ]
    )
    return html.Div(table, className="scroll", tabIndex=0, role="region", **extra({"aria-label": title}))
