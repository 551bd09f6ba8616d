"""The upper panel of most figures: what each scenario looks like over the months, with its band.

Not a figure by itself; `trajectory`, `headline` and `unemployment_against_published` draw with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from labsim.analysis.bands import allowed_bands, bands, shows_paths
from labsim.analysis.paired import first_difference
from labsim.analysis.published import BREAK
from labsim.figures import labels
from labsim.figures.canvas import go, panel_height
from labsim.figures.theme import INK, PAST, Setting, Style

LABEL_GAP = 17.0
"""Distance in pixels between two letters at line ends."""

MOST_WITH_TWO_BANDS = 2
"""Scenarios in one panel up to which both bands are drawn."""

SINGLE_RUNS = 12
"""How many single runs can be laid over the bands."""

OPACITY = {0.9: 0.09, 0.5: 0.16}
"""How dense the two bands are filled."""


@dataclass(frozen=True)
class Levels:
    """One indicator of several scenarios, ready to draw.

    ``rows`` are the tidy values, ``summary`` their bands, ``split`` is the first month in which the
    scenarios differ (None: never), ``replicates`` the smallest number of replicates behind any month.
    ``shown`` are the bands to draw, narrow first.
    """

    rows: pd.DataFrame
    summary: pd.DataFrame
    split: pd.Timestamp | None
    replicates: int
    shown: tuple[float, ...]

    @property
    def centre(self) -> str:
        """Which column the line in the middle shows: the mean with few replicates, else the median."""
        return "mean" if shows_paths(self.replicates) else "median"

    @property
    def shared_until(self) -> pd.Timestamp:
        """The last month of the common past, or the first month of all if there is none."""
        months = self.summary["month"]
        if self.split is None:
            return pd.Timestamp(months.max())
        return pd.Timestamp(max(months.min(), self.split - pd.DateOffset(months=1)))


def levels(rows: pd.DataFrame, setting: Setting) -> Levels:
    """Return the levels of one indicator; `rows` are its values, by scenario, seed and month."""
    shown = rows[rows["scenario"].isin([style.name for style in setting.styles])]
    summary = bands(shown).sort_values("month")
    split = first_difference(shown) if setting.others else pd.Timestamp(shown["month"].min())
    replicates = int(summary["replicates"].min())
    return Levels(shown, summary, split, replicates, drawn_bands(replicates, setting))


def drawn_bands(replicates: int, setting: Setting) -> tuple[float, ...]:
    """Return the bands to draw: those that the replicates carry, but one only for more than two scenarios.

    Six overlapping areas mix into a colour that belongs to none of them.
    """
    carried = allowed_bands(replicates)
    return carried[:1] if len(setting.styles) > MOST_WITH_TWO_BANDS else carried


def all_alike(setting: Setting) -> str:
    """Return the name of the line that all scenarios share."""
    count = len(setting.styles)
    if count == 2:
        return setting.say("Both scenarios alike", "Beide Szenarien gleich")
    return setting.say(f"All {count} scenarios alike", f"Alle {count} Szenarien gleich")


def covers(replicates: int, setting: Setting) -> str:
    """Return what the lines and bands of a panel stand for, in words."""
    say = setting.say
    chance = say(
        "(chance only, not parameter uncertainty)",
        "(nur Zufall, nicht die Unsicherheit der Annahmen)",
    )
    if replicates == 1:
        return say(
            "One replicate: a single run says nothing about chance",
            "Ein Lauf: ein einzelner Lauf sagt nichts über den Zufall",
        )
    if shows_paths(replicates):
        return say(
            f"Thin lines: {replicates} replicates, too few for a band; thick line: their mean {chance}",
            f"Dünne Linien: {replicates} Läufe, zu wenige für ein Band; dicke Linie: ihr Mittel {chance}",
        )
    percents = [round(100 * share) for share in drawn_bands(replicates, setting)]
    shares = say.listing([say(f"middle {percent} %", f"die mittleren {percent} %") for percent in percents])
    return say(
        f"Shaded: {shares} of {replicates} replicates, line: median {chance}",
        f"Flächen: {shares} von {replicates} Läufen, Linie: Median {chance}",
    )


def draw_levels(
    figure: go.Figure,
    data: Levels,
    setting: Setting,
    row: int,
    column: int,
    *,
    legend: bool = True,
    include: Sequence[float] = (),
    runs: bool = False,
) -> None:
    """Draw all scenarios of one panel: common past in grey, then each scenario in its colour.

    Sets the ranges of both axes (the vertical wide enough to `include` further values) and puts letters at
    the line ends. With `runs` some single runs can be laid over the bands, by their entry in the legend.
    """
    until = data.shared_until
    if setting.others:
        style = setting.baseline
        past = Style(style.name, "", all_alike(setting), PAST, "solid")
        _draw_scenario(figure, _part(data, style, None, until), past, row, column, legend=legend)
    if data.split is not None:
        for style in setting.styles:
            part = _part(data, style, until, None)
            _draw_scenario(figure, part, style, row, column, legend=legend)
    if runs:
        _draw_runs(figure, data, setting, row, column)
    months = data.summary["month"]
    figure.update_xaxes(range=[months.min(), months.max()], row=row, col=column)
    _set_range(figure, np.append(_drawn_values(data), include), row, column)
    if data.split is None:
        _end_label(
            figure, data, setting.baseline.name, "=".join(s.letter for s in setting.styles), row, column
        )
    elif setting.others:
        _end_letters(figure, data, setting.styles, row, column)


def published_points(published: pd.DataFrame, data: Levels, setting: Setting, indicator: str) -> pd.DataFrame:
    """Return the published values of an indicator in the municipality, within the simulated months."""
    months = data.summary["month"]
    keep = (published["series"] == indicator) & (published["municipality"] == setting.municipality)
    return published[keep & published["when"].between(months.min(), months.max())]


def draw_published(
    figure: go.Figure, points: pd.DataFrame, row: int, column: int, name: str = "Published"
) -> None:
    """Draw published values as diamonds, crossed at a break of the series; hovering tells date and source."""
    symbols = ["diamond-cross" if flag == BREAK else "diamond" for flag in points["flag"]]
    figure.add_scatter(
        x=points["when"], y=points["value"], mode="markers", name=name,
        marker={"symbol": symbols, "size": 10, "color": "white", "line": {"color": INK, "width": 1.8}},
        customdata=points[["date", "source"]], hovertemplate="%{y:.1f} (%{customdata[0]}, %{customdata[1]})",
        row=row, col=column,
    )  # fmt: skip


def _part(data: Levels, style: Style, start: pd.Timestamp | None, end: pd.Timestamp | None) -> Levels:
    """Return the levels of one scenario from `start` to `end` (both inclusive)."""

    def cut(table: pd.DataFrame) -> pd.DataFrame:
        keep = table["scenario"] == style.name
        if start is not None:
            keep &= table["month"] >= start
        if end is not None:
            keep &= table["month"] <= end
        return table[keep]

    return replace(data, rows=cut(data.rows), summary=cut(data.summary))


def _draw_scenario(
    figure: go.Figure, data: Levels, style: Style, row: int, column: int, *, legend: bool
) -> None:
    """Draw bands or thin paths, and the line in the middle, of one scenario."""
    group = {"legendgroup": style.title, "row": row, "col": column}
    summary = data.summary
    for share in reversed(data.shown):
        percent = round(100 * share)
        low, high = summary[f"low_{percent}"], summary[f"high_{percent}"]
        band(figure, summary["month"], low, high, style.colour, OPACITY[share], **group)
    if shows_paths(data.replicates) and data.replicates > 1:
        x, y = _paths(data.rows)
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": style.colour, "width": 0.8}, opacity=0.35,
            hoverinfo="skip", showlegend=False, **group,
        )  # fmt: skip
    figure.add_scatter(
        x=summary["month"], y=summary[data.centre], mode="lines", name=style.title,
        line={"color": style.colour, "width": 2.2, "dash": style.dash}, showlegend=legend,
        hovertemplate="%{y:.1f}", **group,
    )  # fmt: skip


def band(
    figure: go.Figure,
    x: pd.Series[pd.Timestamp],
    low: pd.Series[float],
    high: pd.Series[float],
    colour: str,
    opacity: float,
    **place: object,
) -> None:
    """Fill the area between two lines as one closed polygon.

    Not ``fill="tonexty"``: hiding one trace would make the other fill down to zero. Months without a band
    are left out.
    """
    known = (low.notna() & high.notna()).to_numpy()
    if not known.any():
        return
    edge = x[known]
    figure.add_scatter(
        x=pd.concat([edge, edge[::-1]]), y=pd.concat([high[known], low[known][::-1]]), fill="toself",
        mode="lines", line={"width": 0, "color": colour}, fillcolor=_transparent(colour, opacity),
        hoverinfo="skip", showlegend=False, **place,
    )  # fmt: skip


def _transparent(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def _paths(rows: pd.DataFrame) -> tuple[list[pd.Timestamp | None], list[float | None]]:
    """Return all replicates as one broken line: a gap stands between two of them."""
    x: list[pd.Timestamp | None] = []
    y: list[float | None] = []
    for _, run in rows.sort_values(["seed", "month"]).groupby("seed", sort=False):
        x += [*run["month"], None]
        y += [*run["value"], None]
    return x, y


def has_runs(data: Levels, setting: Setting) -> bool:
    """Return whether single runs can be laid over the bands: with few scenarios, where they are not drawn anyway."""
    return not shows_paths(data.replicates) and len(setting.styles) <= MOST_WITH_TWO_BANDS


def _draw_runs(figure: go.Figure, data: Levels, setting: Setting, row: int, column: int) -> None:
    """Lay the first runs over the bands, hidden until their entry in the legend is clicked."""
    if not has_runs(data, setting):
        return
    seeds = sorted(data.rows["seed"].unique())[:SINGLE_RUNS]
    kept = replace(data, rows=data.rows[data.rows["seed"].isin(seeds)])
    name = setting.say(
        f"Single runs ({len(seeds)} of {data.replicates})",
        f"Einzelne Läufe ({len(seeds)} von {data.replicates})",
    )
    until = data.shared_until if setting.others else None
    parts = [
        (_part(kept, style, until, None), style.colour) for style in setting.styles if data.split is not None
    ]
    if setting.others:
        parts.append((_part(kept, setting.baseline, None, until), PAST))
    for number, (part, colour) in enumerate(parts):
        x, y = _paths(part.rows)
        figure.add_scatter(
            x=x, y=[None if value is None else round(value, 4) for value in y], mode="lines", name=name,
            legendgroup="runs", showlegend=number == 0, visible="legendonly", hoverinfo="skip", opacity=0.6,
            line={"color": colour, "width": 0.8}, row=row, col=column,
        )  # fmt: skip


def _drawn_values(data: Levels) -> np.ndarray:
    """Return every value that the panel shows, for the range of its axis."""
    if shows_paths(data.replicates):
        return data.rows["value"].dropna().to_numpy()
    edges = [f"{edge}_{round(100 * data.shown[-1])}" for edge in ("low", "high")]
    values = data.summary[edges].to_numpy().ravel()
    return np.asarray(values[np.isfinite(values)])


def _set_range(figure: go.Figure, values: np.ndarray, row: int, column: int) -> None:
    """Fix the vertical range around `values`, with room above for the name of the transition."""
    low, high = float(values.min()), float(values.max())
    span = (high - low) or max(abs(high), 1.0) * 0.1
    figure.update_yaxes(range=[low - 0.06 * span, high + 0.14 * span], row=row, col=column)


def _end_letters(figure: go.Figure, data: Levels, styles: Sequence[Style], row: int, column: int) -> None:
    last = data.summary["month"].max()
    ends = data.summary[data.summary["month"] == last].set_index("scenario")[data.centre]
    end_letters(figure, last, [(style, float(ends[style.name])) for style in styles], row, column)


def end_letters(
    figure: go.Figure, x: object, ends: Sequence[tuple[Style, float]], row: int, column: int
) -> None:
    """Write each scenario's letter right of the end of its line, apart from each other.

    The vertical range of the panel must be set before.
    """
    axes = figure.get_subplot(row, column)
    low, high = axes.yaxis.range
    pixel = (high - low) / panel_height(figure, row, column)
    places = labels.spread([value / pixel for _, value in ends], LABEL_GAP, low / pixel + 5, high / pixel - 5)
    refs = {
        "xref": axes.xaxis.plotly_name.replace("axis", ""),
        "yref": axes.yaxis.plotly_name.replace("axis", ""),
    }
    letters = [
        go.layout.Annotation(
            text=f"<b>{style.letter}</b>", x=x, y=place * pixel, xanchor="left", xshift=5, showarrow=False,
            font={"color": style.ink, "size": 13}, **refs,
        )
        for (style, _), place in zip(ends, places, strict=True)
    ]  # fmt: skip
    # all at once: Plotly checks those that stand there anew each time
    figure.layout.annotations += tuple(letters)


def _end_label(figure: go.Figure, data: Levels, scenario: str, text: str, row: int, column: int) -> None:
    """Write one label for all scenarios, which never differ."""
    end = data.summary[data.summary["scenario"] == scenario].iloc[-1]
    figure.add_annotation(
        text=f"<b>{text}</b>", x=end["month"], y=end[data.centre], row=row, col=column, xanchor="right",
        yanchor="bottom", yshift=4, showarrow=False, font={"color": INK, "size": 13},
    )  # fmt: skip
