"""What the pages share: a figure with its picture, table and files, and a choice between views."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
from dash import dcc, html

from labsim.app.lan import Access, qr_code
from labsim.app.words import word
from labsim.figures.canvas import TITLE_STRIP, config
from labsim.figures.exhibit import Exhibit


def named(text: str) -> Any:
    """Return the property that names an element for a screen reader."""
    return {"aria-label": text}


def attributes(**values: str) -> Any:
    """Return attributes whose names Python cannot write (data-..., aria-...), for `**`."""
    return values


def viewed(view: str, content: Any) -> Any:
    """Return a page's content, marked with the view that it belongs to."""
    return html.Div(content, **attributes(**{"data-view": view}))


def switch(name: str, values: Sequence[str], chosen: str, prefix: str, label: str, language: str) -> Any:
    """Return a choice between a few values, whose texts are the words ``prefix_value``."""
    data = [{"value": each, "label": word(f"{prefix}_{each}", language)} for each in values]
    return dmc.SegmentedControl(
        id=name, data=data, value=chosen, size="xs", className="switch", **named(label)
    )


def exhibit(name: str, shown: Exhibit, language: str) -> Any:
    """Return a figure with its heading, its reading aid, its table and its files (assets/exhibits.js does the rest)."""
    figure, heading = shown.figure, shown.heading
    margin = figure.layout.margin
    # the page has the title as its heading; a saved picture gets it back
    figure.update_layout(meta={"title": heading, "top": margin.t, "height": figure.layout.height})
    figure.update_layout(
        title=None, autosize=True, width=None, margin_t=max(margin.t - TITLE_STRIP, 8),
        height=figure.layout.height - TITLE_STRIP,
    )  # fmt: skip
    plain: Any = config(language) | {"displayModeBar": False}
    graph = dcc.Graph(figure=figure, config=plain, responsive=True, style={"height": figure.layout.height})
    frame = html.Div(
        html.Div(graph, style={"minWidth": shown.width}), className="scroll-x", role="group", tabIndex=0,
        **named(heading),
    )  # fmt: skip
    return html.Section(
        [
            html.Div([html.H2(heading), _buttons(heading, language)], className="exhibit-head"),
            html.Div(frame, className="exhibit-picture"),
            html.Div(table(shown.numbers, heading), className="exhibit-table scroll tall", tabIndex=0, hidden=True,
                     role="group", **named(word("show_table", language) + f": {heading}")),
            html.Details([html.Summary(word("how_to_read", language)), html.P(shown.aid)], className="aid"),
        ],
        className="exhibit", **attributes(**{"data-exhibit": name}),
    )  # fmt: skip


def _buttons(heading: str, language: str) -> Any:
    def button(what: str, key: str, **more: Any) -> Any:
        text = word(key, language)
        said = word("about_picture", language, button=text, heading=heading)
        return html.Button(
            text,
            type="button",
            className="small",
            **attributes(**{"data-do": what, "aria-label": said}),
            **more,
        )

    pressed: Any = {"aria-pressed": "true"}
    raised: Any = {"aria-pressed": "false"}
    return html.Div(
        [
            button("picture", "show_picture", **pressed),
            button("table", "show_table", **raised),
            button("svg", "load_svg"),
            button("csv", "load_csv"),
        ],
        className="exhibit-buttons", role="group", **named(heading),
    )  # fmt: skip


def table(numbers: pd.DataFrame, caption: str) -> Any:
    """Return numbers as a table: the first column names the row.

    The browser makes the cells from text alone (assets/exhibits.js): as components of Dash a thousand take seconds.
    """
    told = {
        "caption": caption, "head": [str(name) for name in numbers.columns],
        "rows": numbers.astype(str).to_numpy().tolist(),
    }  # fmt: skip
    return html.Div(**attributes(**{"data-table": json.dumps(told, ensure_ascii=False)}))


def invitation(access: Access, language: str) -> Any:
    """Return how others in the room take part; nothing where only this machine may connect."""
    if not access.is_open:
        return None
    links = access.links()
    if not links:
        return html.P(word("invitation_none", language), className="note")
    code = qr_code(links[0])
    picture = html.Img(src=code, alt=word("qr_name", language), width=180, height=180) if code else None
    return html.Section(
        [
            html.H2(word("invitation", language)),
            picture,
            html.P(word("invitation_how", language)),
            html.Ul([html.Li(html.A(link, href=link)) for link in links[:3]]),
            html.P(word("invitation_open", language), className="note"),
        ],
        className="invitation",
    )
