"""The Beveridge path: are there too few vacancies, or do vacancies and unemployed miss each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from labsim.analysis.beveridge import RATES, annual_path, loop_measures
from labsim.figures import labels
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.levels import all_alike
from labsim.figures.theme import PAST, Setting, Style

WIDTH, HEIGHT = 560.0, 400
"""Size in pixels of the smallest panel for which year labels are placed."""

ARROWS = 4
"""Arrows along a path."""


def beveridge_path(indicators: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return unemployment against vacancies, one line per scenario, one point per complete year.

    Horizontal: registered unemployment rate (% of the labour force); vertical: vacancy rate (% of filled and
    vacant jobs, vacancies that nobody registered included). Annual means, averaged over the replicates,
    without a band. Arrows show the direction of time; years before the scenarios part are one grey line. The
    axes fit the data.
    """
    path = annual_path(indicators, setting.municipality)
    shared, own = _parts(path, setting)
    figure = panels(
        f"{setting.say('Unemployment and vacancies', 'Arbeitslosigkeit und offene Stellen')} {setting.where}",
        [HEIGHT], title_lines=2, legend=bool(setting.others), say=setting.say,
    )  # fmt: skip
    spans = {rate: float(np.ptp(path[rate])) or 1.0 for rate in RATES}
    horizontal, vertical = (
        [float(path[rate].min()) - 0.08 * spans[rate], float(path[rate].max()) + 0.08 * spans[rate]]
        for rate in RATES
    )
    figure.update_xaxes(range=horizontal, title={"text": "", "standoff": 4})
    figure.update_yaxes(range=vertical)
    if len(shared):
        past = Style("", "", all_alike(setting), PAST, "solid")
        _draw(figure, shared, past, setting)
    for style, part in own:
        _draw(figure, part, style, setting)
    _label_years(figure, shared, own, (horizontal, vertical))
    panel_title(figure, 1, 1, f"<b>{setting.label(RATES[1])}</b><br>{setting.unit_label(RATES[1])}")
    unemployment = f"<b>{setting.label(RATES[0])}</b>, {setting.unit_label(RATES[0])}"
    figure.update_xaxes(title={"text": unemployment, "font": {"size": 13}})
    figure.update_layout(hovermode="closest")
    return figure


def _parts(path: pd.DataFrame, setting: Setting) -> tuple[pd.DataFrame, list[tuple[Style, pd.DataFrame]]]:
    """Return the years that all scenarios share, and each scenario's own years with the last shared one."""
    by_style = [(style, path[path["scenario"] == style.name].sort_values("year")) for style in setting.styles]
    base = by_style[0][1]
    if not setting.others:
        return base.iloc[:0], by_style
    equal = path.groupby("year")[list(RATES)].nunique().max(axis=1) == 1
    different = equal.index[~equal]
    split = int(different.min()) if len(different) else int(base["year"].max()) + 1
    shared = base[base["year"] < split]
    return shared, [(style, part[part["year"] >= split - 1]) for style, part in by_style if len(different)]


def _draw(figure: go.Figure, part: pd.DataFrame, style: Style, setting: Setting) -> None:
    """Draw one path with points and arrows."""
    part = part[["year", *RATES]]
    figure.add_scatter(
        x=part[RATES[0]], y=part[RATES[1]], mode="lines+markers", name=style.title,
        customdata=part["year"], row=1, col=1, marker={"size": 6, "color": style.colour},
        line={"color": style.colour, "width": 2, "dash": style.dash},
        hovertemplate=setting.say(
            "%{customdata}: unemployment %{x:.1f} %, vacancies %{y:.2f} %",
            "%{customdata}: Arbeitslosigkeit %{x:.1f} %, offene Stellen %{y:.2f} %",
        ),
    )  # fmt: skip
    steps = len(part) - 1
    for i in sorted({round((k + 0.5) * steps / ARROWS - 0.5) for k in range(ARROWS)}) if steps > 0 else []:
        tail, head = ((1 - share) * part.iloc[i] + share * part.iloc[i + 1] for share in (0.58, 0.66))
        figure.add_annotation(
            x=head[RATES[0]], y=head[RATES[1]], ax=tail[RATES[0]], ay=tail[RATES[1]], row=1, col=1,
            xref="x", yref="y", axref="x", ayref="y", text="", showarrow=True, arrowhead=2, arrowsize=1.1,
            arrowwidth=1.5, arrowcolor=style.colour,
        )  # fmt: skip


def _label_years(
    figure: go.Figure,
    shared: pd.DataFrame,
    own: list[tuple[Style, pd.DataFrame]],
    ranges: tuple[list[float], list[float]],
) -> None:
    """Write years (with the scenario's letter at its last) beside points, leaving out what would collide."""
    (left, right), (low, high) = ranges

    def pixels(part: pd.DataFrame) -> np.ndarray:
        x = (part[RATES[0]].to_numpy() - left) / (right - left) * WIDTH
        y = (part[RATES[1]].to_numpy() - low) / (high - low) * HEIGHT
        return np.column_stack([x, y])

    first_own = int(len(shared) > 0)  # the first point of a scenario's own path is the last shared one
    wanted = [
        (part.iloc[-1:], style.colour, f"{style.letter} " if style.letter else "") for style, part in own
    ]
    for part, colour in [(shared, PAST), *((part.iloc[first_own:-1], style.ink) for style, part in own)]:
        ends = pd.concat([part.iloc[-1:], part.iloc[:1], part]).drop_duplicates("year")
        wanted += [(ends.iloc[[i]], colour, "") for i in range(len(ends))]
    paths = [shared, *(part for _, part in own)]
    marks = [(x, y) for path in paths for x, y in pixels(path)]
    lines = [(x, y) for path in paths for x, y in _along(pixels(path))]
    points = [(float(x), float(y)) for point, *_ in wanted for x, y in pixels(point)]
    texts = [f"{letter}{point['year'].iloc[0]:.0f}" for point, _, letter in wanted]
    shifts = labels.around_points(points, texts, marks, lines)
    for (point, colour, letter), text, shift in zip(wanted, texts, shifts, strict=True):
        if shift is not None:
            figure.add_annotation(
                x=point[RATES[0]].iloc[0], y=point[RATES[1]].iloc[0],
                text=f"<b>{text}</b>" if letter else text,
                row=1, col=1, xshift=shift[0], yshift=shift[1], showarrow=False,
                font={"size": 11, "color": colour},
            )  # fmt: skip


def _along(corners: np.ndarray, step: float = 6.0) -> np.ndarray:
    """Return points about `step` pixels apart along the line through `corners`, shape (points, 2)."""
    if len(corners) < 2:
        return corners
    parts = [
        np.linspace(one, other, max(2, int(np.hypot(*(other - one)) / step)))
        for one, other in pairwise(corners)
    ]
    return np.concatenate(parts)


def reading_aid(indicators: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure, with the direction and tightness of each path."""
    path = annual_path(indicators, setting.municipality)
    say, parts = setting.say, []
    for style in setting.styles:
        measures = loop_measures(path[path["scenario"] == style.name])
        area, correlation = (float(measures[name].iloc[0]) for name in ("signed_area", "correlation"))
        turn = (
            say("counter-clockwise", "gegen den Uhrzeiger")
            if area > 0
            else say("clockwise", "im Uhrzeigersinn")
        )
        parts.append(
            f"{style.short}: {turn}, {say('correlation', 'Korrelation')} {say.number(correlation, 2)}"
        )
    return say(
        "Along a falling line the economy cools or recovers; a shift outwards (more unemployment at equally "
        "many vacancies) means that the two meet less well. Turn of the path and correlation: "
        f"{'; '.join(parts)}. Annual means over all replicates, no band.",
        "Entlang einer fallenden Linie kühlt sich die Wirtschaft ab oder erholt sich; eine Verschiebung nach außen "
        "(mehr Arbeitslosigkeit bei gleich vielen offenen Stellen) heißt, dass beide schlechter zueinander finden. "
        f"Drehsinn des Weges und Korrelation: {'; '.join(parts)}. Jahresmittel über alle Läufe, ohne Band.",
    )


def numbers(indicators: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return both rates as text, one row per year."""
    path = annual_path(indicators, setting.municipality).set_index(["scenario", "year"])
    years = sorted(path.index.get_level_values("year").unique())
    say = setting.say
    result = pd.DataFrame({say("Year", "Jahr"): [str(year) for year in years]})
    names = (say("unemployment", "Arbeitslosigkeit"), say("vacancies", "offene Stellen"))
    for style in setting.styles:
        part = path.loc[style.name].reindex(years)
        result[f"{style.short} {names[0]} (%)"] = [say.number(value) for value in part[RATES[0]]]
        result[f"{style.short} {names[1]} (%)"] = [say.number(value, 2) for value in part[RATES[1]]]
    return result
