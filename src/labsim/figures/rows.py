"""Rows of dots with intervals: names on the left, a panel per measure, zero as a line.

Not a figure by itself; `paired_metrics`, `decomposition_bars` and `individual_gains` draw with it. A hollow dot has an
interval that covers zero: its direction is open.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from labsim.figures.canvas import go, panels
from labsim.figures.speech import Speech
from labsim.figures.theme import INK, MUTED

ROW = 30
"""Height of a row in pixels."""

CHARACTER = 7.4
"""Width of a character of a row's name in pixels (generous)."""

WIDEST = 34
"""Characters after which a row's name goes on in a second line."""

HOLLOW = "Hollow: the interval covers zero, so the direction is open."
"""What a hollow dot means, for reading aids."""

HOLLOW_DE = "Hohl: Das Intervall umfasst null, die Richtung ist also offen."
"""The same in German."""


@dataclass(frozen=True)
class Dot:
    """A mean with its interval (NaN: none) in a row of a panel; `shift` moves it within its row (rows, up)."""

    row: int
    mean: float
    low: float
    high: float
    colour: str
    name: str = ""
    symbol: str = "circle"
    shift: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the interval covers zero, or there is none."""
        return not (math.isfinite(self.low) and (self.low > 0 or self.high < 0))


Interval = tuple[float, float, float]
"""Mean, low and high."""


def intervals(table: pd.DataFrame, *keys: str) -> dict[tuple[str, ...], Interval]:
    """Return mean, low and high of each row of a table, by its values in the columns `keys`."""
    return {
        tuple(str(row[key]) for key in keys): (float(row["mean"]), float(row["low"]), float(row["high"]))
        for row in table.to_dict("records")
    }


def row_panels(
    title: str, names: Sequence[str], measures: Sequence[str], *, blocks: int = 1, say: Speech | None = None
) -> go.Figure:
    """Return an empty figure with a row per name and a panel per measure, in `blocks` of panels below each other.

    `measures` are the titles of the panels, block by block: their number is a multiple of `blocks`.
    """
    columns = len(measures) // blocks
    folded = [_folded(name) for name in names]
    longest = max((len(line) for name in folded for line in name.split("<br>")), default=1)
    figure = panels(
        title, [ROW * len(names) + 16] * blocks, columns, gap=96, title_lines=2, legend=False,
        horizontal_spacing=min(0.06, 0.5 / max(columns, 1)), shared_yaxes=True, say=say,
    )  # fmt: skip
    figure.update_layout(margin_l=round(CHARACTER * longest) + 14, hovermode="closest")
    figure.update_yaxes(
        range=[len(names) - 0.4, -0.6], tickvals=list(range(len(names))), ticktext=folded, showgrid=False, ticks="",
        linecolor="rgba(0,0,0,0)",
    )  # fmt: skip
    figure.update_xaxes(showgrid=True, nticks=5)
    for i, measure in enumerate(measures):
        row, column = i // columns + 1, i % columns + 1
        figure.add_vline(
            x=0, row=row, col=column, line={"color": INK, "width": 1}, exclude_empty_subplots=False
        )
        figure.add_annotation(
            text=measure, row=row, col=column, xref="x domain", yref="y domain", x=0, y=1, xanchor="left",
            yanchor="bottom", yshift=6, showarrow=False, align="left",
        )  # fmt: skip
    return figure


def draw_dots(figure: go.Figure, dots: Sequence[Dot], row: int, column: int, digits: int = 2) -> None:
    """Draw dots with their intervals in one panel; the range is wide enough for all of them and for zero."""
    for dot in dots:
        has_interval = math.isfinite(dot.low)
        interval = f" ({dot.low:+.{digits}f} to {dot.high:+.{digits}f})" if has_interval else " (one pair)"
        y = dot.row - dot.shift
        if has_interval:
            figure.add_scatter(
                x=[dot.low, dot.high], y=[y, y], mode="lines", line={"color": dot.colour, "width": 2.2},
                hoverinfo="skip", showlegend=False, row=row, col=column,
            )  # fmt: skip
        figure.add_scatter(
            x=[dot.mean], y=[y], mode="markers", name=dot.name, showlegend=False, row=row, col=column,
            marker={"symbol": dot.symbol, "size": 10, "color": "white" if dot.is_open else dot.colour,
                    "line": {"color": dot.colour, "width": 2}},
            hovertemplate=f"{dot.name}: {dot.mean:+.{digits}f}{interval}<extra></extra>",
        )  # fmt: skip
    low, high = limits(dots)
    figure.update_xaxes(range=[low, high], row=row, col=column)


def limits(dots: Sequence[Dot]) -> tuple[float, float]:
    """Return the range of a panel around all dots, their intervals and zero."""
    values = [0.0]
    for dot in dots:
        values += [value for value in (dot.mean, dot.low, dot.high) if math.isfinite(value)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return low - 0.08 * span, high + 0.08 * span


def separate(figure: go.Figure, before: Sequence[int], row: int, column: int) -> None:
    """Draw a thin line above the rows named."""
    for place in before:
        figure.add_hline(
            y=place - 0.5, row=row, col=column, line={"color": MUTED, "width": 0.7, "dash": "dot"}
        )


def _folded(name: str) -> str:
    """Return a long name in two lines, broken between words."""
    if len(name) <= WIDEST:
        return name
    words, first = name.split(" "), ""
    while words and len(first) + len(words[0]) <= len(name) / 2 + 4:
        first = f"{first} {words.pop(0)}".strip()
    return f"{first}<br>{' '.join(words)}" if first else name


def folded(name: str, width: int, longest: int) -> str:
    """Return a name in lines of at most `width` characters, broken at spaces and hyphens; longer words are cut.

    >>> folded("Märkisch-Oderland", 11, 10), folded("Recklinghausen", 11, 10), folded("Hagen", 11, 10)
    ('Märkisch-<br>Oderland', 'Recklingh.', 'Hagen')
    """
    pieces = name.replace("-", "- ").split(" ")
    lines: list[str] = []
    for piece in pieces:
        word = piece if len(piece) <= width else f"{piece[: longest - 1]}."
        glue = "" if lines and lines[-1].endswith("-") else " "
        if lines and len(lines[-1]) + len(glue) + len(word) <= width:
            lines[-1] += glue + word
        else:
            lines.append(word)
    return "<br>".join(lines)
