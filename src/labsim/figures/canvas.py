"""The Plotly side of a figure: the one place that imports Plotly, its configuration, panels and their titles.

Nothing global is changed: every figure carries its own layout, so the same figure looks the same in a
notebook, a report or an exported picture.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from labsim.figures.speech import MONTHS_DE, Speech
from labsim.figures.theme import FONT, GRID, INK, MUTED, SHADE, Setting

__all__ = [
    "config",
    "go",
    "make_subplots",
    "panel_height",
    "panel_title",
    "panels",
    "shade_transition",
    "speak",
]

GERMAN: dict[str, Any] = {
    "dictionary": {
        "Autoscale": "Automatische Skalierung",
        "Download plot": "Bild laden",
        "Download plot as a PNG": "Bild als PNG laden",
        "Download plot as a png": "Bild als PNG laden",
        "Download plot as a SVG": "Bild als SVG laden",
        "Download plot as a svg": "Bild als SVG laden",
        "Double-click on legend to isolate one trace": "Doppelklick in der Legende zeigt eine Linie allein",
        "Double-click to zoom back out": "Doppelklick zeigt wieder alles",
        "Pan": "Verschieben",
        "Reset": "Zurücksetzen",
        "Reset axes": "Achsen zurücksetzen",
        "Snapshot succeeded": "Bild gespeichert",
        "Sorry, there was a problem downloading your snapshot!": "Das Bild ließ sich nicht speichern",
        "Taking snapshot - this may take a few seconds": "Bild wird gemacht, das dauert einige Sekunden",
        "Zoom": "Vergrößern",
        "Zoom in": "Hineinzoomen",
        "Zoom out": "Herauszoomen",
        "trace": "Linie",
    },
    "format": {
        "days": ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
        "shortDays": ["So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"],
        "months": [
            "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
            "November", "Dezember",
        ],
        "shortMonths": list(MONTHS_DE),
        "date": "%d.%m.%Y",
    },
}  # fmt: skip
"""German for plotly.js, which ships without it: the tool bar, and the names of days and months."""

TITLE_STRIP = 40
"""Height in pixels of the strip at the top that holds the figure's title."""

TOOL_STRIP = 20
"""Height in pixels that the tool bar needs where there is no title beside it."""

LEGEND_STRIP = 60
"""Height in pixels of the strip at the bottom that holds the legend."""


def config(locale: str | None = None) -> dict[str, Any]:
    """Return the Plotly configuration of every labsim figure.

    It has no button that uploads the data, no logo, and saves pictures as SVG. `locale` is the language of
    dates on axes and of the tool bar: plotly.js knows English, and German comes with the configuration.
    """
    shared: dict[str, Any] = {
        "showSendToCloud": False,
        "displaylogo": False,
        "responsive": True,
        "toImageButtonOptions": {"format": "svg"},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    if not locale:
        return shared
    return shared | {"locale": locale} | ({"locales": {"de": GERMAN}} if locale == "de" else {})


def speak(figure: go.Figure, say: Speech) -> go.Figure:
    """Set the signs of numbers on axes and in hover texts to the language; returns the figure."""
    return figure.update_layout(separators=say.separators)


def panels(
    title: str,
    heights: list[int],
    columns: int = 1,
    *,
    right: int = 34,
    gap: int = 58,
    title_lines: int = 1,
    legend: bool = True,
    say: Speech | None = None,
    **subplots: Any,
) -> go.Figure:
    """Return an empty figure of `columns` by ``len(heights)`` panels, with `heights` in pixels.

    `gap` is the space between two rows, `right` the margin right of the last column (end labels stand
    there), both in pixels; the panels' titles have `title_lines` lines; `say` is the language of numbers
    on axes. The figure's title is for exported pictures; a report takes it off and prints it as a heading.
    """
    inner = sum(heights) + gap * (len(heights) - 1)
    top, bottom = TITLE_STRIP + 10 + 18 * title_lines, 30 + (LEGEND_STRIP if legend else 0)
    figure = make_subplots(
        rows=len(heights),
        cols=columns,
        row_heights=[float(height) for height in heights],
        vertical_spacing=gap / inner if len(heights) > 1 else 0,
        **subplots,
    )
    figure.update_layout(
        title={"text": title, "x": 0, "xref": "container", "xanchor": "left", "pad": {"l": 12, "t": 12},
               "y": 1, "yref": "container", "yanchor": "top",
               "font": {"size": 16}},
        height=inner + top + bottom,
        margin={"l": 52, "r": right, "t": top, "b": bottom},
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="white",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        hoverlabel={"font": {"family": FONT, "size": 12}},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "yref": "container", "y": 0,
                "yanchor": "bottom"},
        showlegend=legend,
    )  # fmt: skip
    speak(figure, say or Speech())
    line = {"linecolor": MUTED, "gridcolor": GRID, "zeroline": False, "ticks": "outside", "tickcolor": MUTED}
    figure.update_xaxes(**line, showgrid=False, ticklen=4)
    figure.update_yaxes(**line, ticklen=4)
    return figure


def panel_height(figure: go.Figure, row: int, column: int) -> float:
    """Return the height of a panel in pixels."""
    low, high = figure.get_subplot(row, column).yaxis.domain
    margin = figure.layout.margin
    return float((high - low) * (figure.layout.height - margin.t - margin.b))


def panel_title(figure: go.Figure, row: int, column: int, text: str) -> None:
    """Write what a panel's vertical axis shows, horizontally above its top left corner."""
    figure.add_annotation(
        text=text, row=row, col=column, xref="x domain", yref="y domain", x=0, y=1, xanchor="left",
        yanchor="bottom", xshift=-40, yshift=6, showarrow=False, align="left",
    )  # fmt: skip


def shade_transition(
    figure: go.Figure, setting: Setting, row: int, column: int, *, named: bool = False
) -> None:
    """Shade the months of the transition in a panel, or draw a line where the change is abrupt."""
    change = setting.change
    if change is None:
        return
    start, end = change.start.isoformat(), change.end.isoformat()
    place = {"row": row, "col": column, "exclude_empty_subplots": False}
    if change.months > 0:
        figure.add_vrect(x0=start, x1=end, fillcolor=SHADE, layer="below", line_width=0, **place)
    else:
        figure.add_vline(x=start, line={"color": MUTED, "width": 1, "dash": "dot"}, **place)
    if named:
        figure.add_annotation(
            text=setting.say("transition", "Übergang"), row=row, col=column, x=start, yref="y domain", y=1,
            xanchor="left", yanchor="top", xshift=2, showarrow=False, font={"size": 11, "color": MUTED},
        )  # fmt: skip
