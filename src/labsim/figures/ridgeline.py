"""How employability is spread over people, year by year, scenario over scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.tables import TableError, require
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.levels import all_alike
from labsim.figures.money import pale
from labsim.figures.theme import INK, MUTED, PAST, Setting, Style

Floats = NDArray[np.float64]

COLUMNS = ("scenario", "seed", "year", "state", "low", "persons")
OUT_OF_WORK = ("in_measure", "short", "long")
"""The states of the people shown, unless others are asked."""

ROW, MOST_ROWS = 84, 7
"""Height of a year in pixels, and how many years are shown."""

REACH = 0.7
"""How far the highest curve reaches, in rows; above it stand the dots of the year before."""

BANDWIDTH = 0.03
"""Standard deviation of the smoothing kernel, in units of employability, the same for every year and scenario."""

DOTS = 20
"""Dots per year and scenario: each stands for 5 of 100 people."""

MARKS = (10, 50, 90)
"""Percentiles in the table."""


def ridgeline(spread: pd.DataFrame, setting: Setting, states: Sequence[str] = OUT_OF_WORK) -> go.Figure:
    """Return a row per year: how many people have which employability, scenario over scenario, with dots below.

    Parameters
    ----------
    spread
        scenario, seed, year, state (at the end of the year), low (lower edge of a bin of employability, 0 to 1; all
        bins are equally wide), persons: `labsim.experiment.followed` makes it.
    states
        States of the people shown.

    Curves: density over all replicates, smoothed alike in every row. Dots: quantiles, each 5 of 100 people, so that a
    small second hump is not smoothed away. Dotted lines: the mean of the employed and of those unemployed a year or
    more in the first year, as anchors of a scale that has no unit.
    """
    say, rows = setting.say, _rows(spread, setting, states)
    years = _years(rows)
    figure = panels(
        say("Employability of people out of work", "Beschäftigungsfähigkeit der Menschen ohne Arbeit")
        + f" {setting.everywhere}",
        [ROW * len(years) + 30], title_lines=2, legend=bool(setting.others), say=say,
    )  # fmt: skip
    width = _width(spread)
    curves = {
        (year, style.name): _curve(rows, year, style.name, width)
        for year in years
        for style in setting.styles
    }
    top = max(float(density.max()) for _, density in curves.values())
    named: set[str] = set()
    for place, year in enumerate(years):
        densities = [curves[year, style.name][1] for style in setting.styles]
        alike = bool(setting.others) and all(np.array_equal(densities[0], each) for each in densities)
        past = Style(setting.baseline.name, "", all_alike(setting), PAST, "solid")
        for number, style in enumerate([past] if alike else setting.styles):
            _row(figure, curves[year, style.name], place, number, top, style, style.title not in named)
            named.add(style.title)
            dots = _quantiles(rows, year, style.name, width, (np.arange(DOTS) + 0.5) / DOTS)
            figure.add_scatter(
                x=dots.round(4), y=np.full(DOTS, place + 0.09 + 0.1 * number), mode="markers", showlegend=False,
                marker={"size": 5, "color": style.colour, "symbol": ("circle", "diamond")[number % 2]},
                hovertemplate=f"{style.short} {year}: %{{x:.2f}}<extra></extra>", legendgroup=style.title, row=1, col=1,
            )  # fmt: skip
    _anchors(figure, spread, setting, width)
    figure.update_yaxes(
        range=[len(years) - 0.7, -REACH - 0.22], tickvals=list(range(len(years))), ticktext=list(map(str, years)),
        showgrid=False,
    )  # fmt: skip
    unit = say("Employability, share (0 to 1)", "Beschäftigungsfähigkeit, Anteil (0 bis 1)")
    figure.update_xaxes(
        range=[0, 1], showgrid=True, dtick=0.2, title={"text": unit, "standoff": 6, "font": {"size": 13}}
    )
    what = say("people by employability", "Menschen nach Beschäftigungsfähigkeit")
    panel_title(figure, 1, 1, f"<b>{say('Year', 'Jahr')}</b><br>{what}")
    figure.update_layout(
        hovermode="closest", margin_b=figure.layout.margin.b + 22, height=figure.layout.height + 22
    )
    return figure


def reading_aid(spread: pd.DataFrame, setting: Setting, states: Sequence[str] = OUT_OF_WORK) -> str:
    """Return how to read the figure."""
    say, rows = setting.say, _rows(spread, setting, states)
    seeds = rows["seed"].nunique()
    who = say.listing([say.lower(say.state(state)) for state in states])
    return say(
        f"People who are {who} at the end of the year, all replicates ({seeds}) together. A curve is high where many "
        "people have that employability, and smoothed alike in every row; under it each dot stands for 5 of 100 "
        "people. Dotted: the mean of the employed and of those unemployed for a year or more in the first year shown. "
        "Spread between people, not uncertainty.",
        f"Menschen, die am Jahresende in einem dieser Zustände sind: {who}; alle Läufe ({seeds}) zusammen. Eine Kurve "
        "ist hoch, wo viele diese Beschäftigungsfähigkeit haben, überall gleich geglättet; darunter steht jeder Punkt "
        "für 5 von 100 Menschen. Gepunktet: Mittel der Beschäftigten und der seit einem Jahr Arbeitslosen im ersten "
        "gezeigten Jahr. Streuung zwischen Menschen, keine Unsicherheit.",
    )


def numbers(spread: pd.DataFrame, setting: Setting, states: Sequence[str] = OUT_OF_WORK) -> pd.DataFrame:
    """Return three percentiles of employability (share, 0 to 1) as text, a row per year and scenario."""
    say, rows = setting.say, _rows(spread, setting, states)
    width, result = _width(spread), []
    for year in _years(rows):
        for style in setting.styles:
            found = _quantiles(rows, year, style.name, width, np.array(MARKS) / 100)
            line = {say("Year", "Jahr"): str(year), say("Scenario", "Szenario"): style.short}
            for mark, value in zip(MARKS, found, strict=True):
                title = say(f"{mark} % are below (0 to 1)", f"{mark} % liegen unter (0 bis 1)")
                line[title] = say.number(float(value), 2)
            result.append(line)
    return pd.DataFrame(result)


def _rows(spread: pd.DataFrame, setting: Setting, states: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the states and scenarios shown."""
    require(spread, COLUMNS, "the table of employability")
    names = [style.name for style in setting.styles]
    rows = spread[spread["scenario"].isin(names) & spread["state"].isin(list(states))]
    if rows.empty or not rows["persons"].sum():
        raise TableError(f"nobody is {' or '.join(states)} in the table of employability")
    return rows


def _years(rows: pd.DataFrame) -> list[int]:
    """Return the years to show: all, or first, last and evenly spaced ones between them."""
    years = sorted(int(year) for year in rows["year"].unique())
    if len(years) <= MOST_ROWS:
        return years
    return [years[int(place)] for place in np.linspace(0, len(years) - 1, MOST_ROWS).round()]


def _width(spread: pd.DataFrame) -> float:
    """Return the width of a bin."""
    edges = np.unique(spread["low"].to_numpy(np.float64).round(9))
    if edges.size < 2:
        raise TableError("the table of employability needs at least two bins")
    return float(np.diff(edges).min())


def _counts(rows: pd.DataFrame, year: int, scenario: str) -> tuple[Floats, Floats]:
    own = rows[(rows["year"] == year) & (rows["scenario"] == scenario)]
    counts = own.groupby(own["low"].round(9))["persons"].sum().sort_index()
    if counts.empty or not counts.sum():
        raise TableError(f"the table of employability has nobody of scenario {scenario} in {year}")
    return counts.index.to_numpy(np.float64), counts.to_numpy(np.float64)


def _curve(rows: pd.DataFrame, year: int, scenario: str, width: float) -> tuple[Floats, Floats]:
    """Return the density on a grid from 0 to 1: persons in bins, smoothed, reflected at both ends."""
    low, persons = _counts(rows, year, scenario)
    grid, middle = np.linspace(0.0, 1.0, 121), low + width / 2
    mirrored = np.concatenate([middle, -middle, 2.0 - middle])
    kernel = np.exp(-0.5 * ((grid[:, None] - mirrored[None, :]) / BANDWIDTH) ** 2)
    density = kernel @ np.tile(persons, 3) / (persons.sum() * BANDWIDTH * np.sqrt(2 * np.pi))
    return grid, np.asarray(density.round(6))


def _quantiles(rows: pd.DataFrame, year: int, scenario: str, width: float, shares: Floats) -> Floats:
    """Return quantiles of the binned values, people spread evenly within their bin."""
    low, persons = _counts(rows, year, scenario)
    cumulated = np.concatenate([[0.0], np.cumsum(persons)]) / persons.sum()
    place = np.clip(np.searchsorted(cumulated, shares, side="right") - 1, 0, persons.size - 1)
    inside = (shares - cumulated[place]) / np.maximum(cumulated[place + 1] - cumulated[place], 1e-12)
    return np.asarray(low[place] + width * np.clip(inside, 0.0, 1.0))


def _row(
    figure: go.Figure,
    curve: tuple[Floats, Floats],
    place: int,
    number: int,
    top: float,
    style: Style,
    is_new: bool,
) -> None:
    """Draw one curve of a year; the first of a year is filled."""
    x, density = curve
    y = place - REACH * density / top
    group = {"legendgroup": style.title, "row": 1, "col": 1}
    if number == 0:
        figure.add_scatter(
            x=[*x, *x[::-1]], y=[*y, *np.full(x.size, float(place))], fill="toself", mode="lines",
            line={"width": 0, "color": style.colour}, fillcolor=pale(style.colour, 0.12), hoverinfo="skip",
            showlegend=False, **group,
        )  # fmt: skip
    figure.add_scatter(
        x=x, y=y, mode="lines", name=style.title, showlegend=is_new, hoverinfo="skip",
        line={"color": style.colour, "width": 1.8, "dash": style.dash}, **group,
    )  # fmt: skip


def _anchors(figure: go.Figure, spread: pd.DataFrame, setting: Setting, width: float) -> None:
    """Draw the means of the employed and of the long-term unemployed of the baseline's first year."""
    say, base = setting.say, spread[spread["scenario"] == setting.baseline.name]
    first = base[base["year"] == base["year"].min()]
    for state, anchor in (("employed", "left"), ("long", "right")):
        own = first[first["state"] == state]
        if not own["persons"].sum():
            continue
        mean = float(((own["low"] + width / 2) * own["persons"]).sum() / own["persons"].sum())
        figure.add_vline(x=mean, row=1, col=1, line={"color": MUTED, "width": 1.2, "dash": "dot"})
        figure.add_annotation(
            text=f"{say('mean', 'Mittel')}: {say.lower(say.state(state))}", x=mean, yref="y domain", y=1,
            row=1, col=1, xanchor=anchor, yanchor="top", xshift=4 if anchor == "left" else -4, showarrow=False,
            font={"size": 11, "color": INK},
        )  # fmt: skip
