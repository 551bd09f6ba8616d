"""Effects of treatments month by month: the truth, what evaluators find, and the published band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from labsim.analysis.tables import TableError
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.levels import band
from labsim.figures.speech import ENGLISH, Speech
from labsim.figures.theme import DASHES, INK, MUTED, PALETTE, SHADE

FEWEST_SEEDS = 3
COLUMNS, HEIGHT = 2, 210


@dataclass(frozen=True)
class Band:
    """A published range over a span of months; an end that is None goes on for ever."""

    first: int
    last: int
    low: float | None
    high: float | None
    name: str


def trial_effects(
    table: pd.DataFrame,
    titles: Mapping[tuple[str, ...], str],
    by: Sequence[str],
    labels: Mapping[str, str],
    title: str,
    bands: Mapping[tuple[str, ...], Sequence[Band]] | None = None,
    lengths: Mapping[tuple[str, ...], int] | None = None,
    say: Speech = ENGLISH,
) -> go.Figure:
    """Return one panel per combination of ``by``, with a line per estimate over the months since the start.

    Parameters
    ----------
    table
        Columns ``by``, estimate, horizon, mean, low, high, pairs.
    titles
        Title of each panel, by its values in ``by``; panels are drawn in this order.
    labels
        Names of the estimates; the first is the truth, drawn dark.
    bands
        Published ranges by panel, drawn as areas.
    lengths
        Months that the measure lasts, by panel: the ground is shaded, so that lock-in is seen.
    """
    if table.empty:
        raise TableError("there are no effects to draw")
    rows = -(-len(titles) // COLUMNS)
    columns = COLUMNS if len(titles) > 1 else 1
    figure = panels(
        title,
        [HEIGHT] * rows,
        columns,
        gap=76,
        title_lines=2,
        horizontal_spacing=0.1,
        shared_xaxes=False,
        say=say,
    )
    colours = {name: INK if i == 0 else PALETTE[i - 1] for i, name in enumerate(labels)}
    for place, (key, name) in enumerate(titles.items()):
        at = {"row": place // columns + 1, "col": place % columns + 1}
        part = table
        for column, chosen in zip(by, key, strict=True):
            part = part[part[column].astype(str) == chosen]
        low, high = _limits(part, (bands or {}).get(key, ()))
        if (lengths or {}).get(key):
            figure.add_vrect(x0=0.5, x1=(lengths or {})[key] + 0.5, fillcolor=SHADE, layer="below", line_width=0,
                             exclude_empty_subplots=False, **at)  # fmt: skip
        for each in (bands or {}).get(key, ()):
            figure.add_shape(
                type="rect", x0=each.first - 0.5, x1=each.last + 0.5, y0=low if each.low is None else each.low,
                y1=high if each.high is None else each.high, line={"color": PALETTE[2], "width": 1},
                fillcolor=PALETTE[2], opacity=0.16, layer="below", **at,
            )  # fmt: skip
        figure.add_hline(y=0, line={"color": MUTED, "width": 1}, exclude_empty_subplots=False, **at)
        for i, (estimate, label) in enumerate(labels.items()):
            line = part[part["estimate"] == estimate].sort_values("horizon")
            if line.empty:
                continue
            if int(line["pairs"].min()) >= FEWEST_SEEDS:
                band(figure, line["horizon"], line["low"], line["high"], colours[estimate], 0.18,
                     legendgroup=label, **at)  # fmt: skip
            figure.add_scatter(
                x=line["horizon"], y=line["mean"], mode="lines", name=label, legendgroup=label, showlegend=place == 0,
                line={"color": colours[estimate], "dash": DASHES[i], "width": 2.0},
                hovertemplate="%{y:.2f}", **at,
            )  # fmt: skip
        figure.update_yaxes(range=[low, high], **at)
        panel_title(figure, at["row"], at["col"], name)
        if place + columns >= len(titles):  # nothing stands below this panel
            figure.update_xaxes(
                title_text=say("months since the start", "Monate seit dem Beginn"), title_standoff=4, **at
            )
    return figure


def reading_aid(table: pd.DataFrame, labels: Mapping[str, str], say: Speech = ENGLISH) -> str:
    """Return how to read the figure."""
    seeds = int(table["pairs"].min())
    truth = next(iter(labels.values()))
    chance = say(
        f"Shaded around a line: 95 % interval of the mean of {seeds} seeds (chance only).",
        f"Fläche um eine Linie: 95-%-Intervall des Mittels von {seeds} Startzahlen (nur Zufall).",
    )
    if seeds < FEWEST_SEEDS:
        chance = say(
            f"{seeds} seeds, too few for an interval.", f"{seeds} Startzahlen, zu wenige für ein Intervall."
        )
    return say(
        f"Effect by months since the start. Dark: {truth}, what the model knows; other lines: what an evaluator finds. "
        f"Shaded ground: the measure still runs. Box: the published range. {chance}",
        f"Wirkung nach Monaten seit dem Beginn. Dunkel: {truth}, was das Modell weiß; andere Linien: was eine "
        f"Evaluation findet. Getönter Grund: Die Maßnahme läuft noch. Kasten: der veröffentlichte Bereich. {chance}",
    )


def numbers(
    table: pd.DataFrame, titles: Mapping[tuple[str, ...], str], by: Sequence[str], labels: Mapping[str, str],
    horizons: Sequence[int], say: Speech = ENGLISH,
) -> pd.DataFrame:  # fmt: skip
    """Return the effects at some horizons as text, one row per panel, estimate and horizon."""
    rows = []
    for key, name in titles.items():
        part = table[table["horizon"].isin(list(horizons))]
        for column, chosen in zip(by, key, strict=True):
            part = part[part[column].astype(str) == chosen]
        what = name.replace("<b>", "").replace("</b>", "").replace("<br>", ", ")
        rows += [
            {
                say("what", "was"): what,
                say("estimate", "Schätzung"): labels.get(str(row["estimate"]), str(row["estimate"])),
                say("months", "Monate"): str(row["horizon"]),
                say("mean (95 % interval)", "Mittel (95-%-Intervall)"): say.signed_interval(
                    row["mean"], row["low"], row["high"], 2
                ),
                say("seeds", "Startzahlen"): str(row["pairs"]),
            }
            for row in part.to_dict("records")
        ]
    return pd.DataFrame(rows)


def _limits(part: pd.DataFrame, bands: Sequence[Band]) -> tuple[float, float]:
    """Return the vertical range of a panel: means, most of the intervals, zero, and the finite ends of bands."""
    values = [0.0, *part["mean"].dropna().tolist()]
    for column in ("low", "high"):
        known = part[column].dropna()
        if len(known):
            values += np.quantile(known, [0.02, 0.98]).tolist()
    values += [end for each in bands for end in (each.low, each.high) if end is not None]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return low - 0.08 * span, high + 0.08 * span
