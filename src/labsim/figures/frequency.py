"""How often: one dot for each pair of runs, by whether a scenario ends above or below the baseline."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from labsim.analysis.paired import pairs
from labsim.analysis.tables import TableError, pick
from labsim.analysis.windows import Phase, phase_means
from labsim.figures.canvas import go, panels
from labsim.figures.theme import INK, MUTED, Setting, Style

SIDE, MOST, ACROSS = 10, 100, 3
"""Dots in a row, dots at most, pictures beside each other."""

HEIGHT = 250
"""Height of a picture in pixels."""

KINDS = ("above", "equal", "below")


def frequency(indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase) -> go.Figure:
    """Return a picture per compared scenario: a dot for every pair of runs with the same seed, at most a hundred.

    Filled: the scenario's mean of the indicator within the span is above the baseline's; hollow: below; a small grey
    dot: exactly equal. It shows directions only, never how large a difference is.
    """
    counts = _counts(indicators, setting, indicator, span)
    say, columns = setting.say, min(len(setting.others), ACROSS)
    rows = math.ceil(len(setting.others) / columns)
    most = max(sum(each.values()) for each in counts.values())
    lines = max(2, math.ceil(min(most, MOST) / SIDE))
    figure = panels(
        f"{say('How often', 'Wie oft')}: {say.lower(setting.label(indicator))} {say('against', 'gegenüber')} "
        f"{setting.baseline.letter}, {say.dates(span)}",
        [max(70, round(HEIGHT * lines / SIDE))] * rows, columns, title_lines=3, right=16,
        horizontal_spacing=0.08, say=say, gap=86,
    )  # fmt: skip
    for number, style in enumerate(setting.others):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        _dots(figure, counts[style.name], style, setting, legend=number == 0, place=place)
        figure.update_xaxes(
            range=[-0.8, SIDE - 0.2], visible=False, constrain="domain", constraintoward="left", **place
        )
        figure.update_yaxes(range=[lines - 0.3, -0.7], visible=False, constrain="domain", **place)
        axes = figure.get_subplot(place["row"], place["col"])
        axes.yaxis.scaleanchor = axes.xaxis.plotly_name.removeprefix("layout.").replace("axis", "")
        figure.add_annotation(
            text=f"<b>{style.title}</b><br>{_sentence(counts[style.name], setting)}", xref="x domain",
            yref="y domain", x=0, y=1, xanchor="left", yanchor="bottom", yshift=8, showarrow=False, align="left",
            **place,
        )  # fmt: skip
    figure.update_layout(hovermode="closest", margin_l=16)
    return figure


def reading_aid(indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase) -> str:
    """Return how to read the figure."""
    counts = _counts(indicators, setting, indicator, span)
    total, say, base = sum(next(iter(counts.values())).values()), setting.say, setting.baseline.letter
    unit = setting.unit_label(indicator)
    return say(
        f"Each dot is a pair of runs with the same luck ({total} pairs). Filled: {say.lower(setting.label(indicator))} "
        f"({unit}, mean of {say.dates(span)} {setting.where}) is higher than under {base}; hollow: lower. The picture "
        "shows how often, never how much: see the differences for that. Chance only.",
        f"Jeder Punkt ist ein Paar von Läufen mit gleichem Glück ({total} Paare). Gefüllt: {setting.label(indicator)} "
        f"({unit}, Mittel {say.dates(span)} {setting.where}) ist höher als in {base}; hohl: niedriger. Das Bild zeigt, "
        "wie oft, nie, wie viel: Dafür sind die Differenzen da. Nur Zufall.",
    )


def numbers(indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase) -> pd.DataFrame:
    """Return how many pairs are above, equal and below, as text, a row per scenario."""
    say, counts = setting.say, _counts(indicators, setting, indicator, span)
    heads = dict(
        zip(KINDS, (say("Higher", "Höher"), say("Equal", "Gleich"), say("Lower", "Niedriger")), strict=True)
    )
    return pd.DataFrame([
        {say("Scenario", "Szenario"): style.title}
        | {f"{heads[kind]} ({say('pairs', 'Paare')})": str(counts[style.name][kind]) for kind in KINDS}
        for style in setting.others
    ])  # fmt: skip


def _counts(
    indicators: pd.DataFrame, setting: Setting, indicator: str, span: Phase
) -> dict[str, dict[str, int]]:
    """Return how many pairs are above, equal and below the baseline, by scenario."""
    if not setting.others:
        raise TableError("how often a scenario lies above another needs two scenarios")
    rows = pick(indicators, indicator, setting.municipality)
    means = phase_means(rows[rows["scenario"].isin([style.name for style in setting.styles])], (span,))
    if means.empty:
        raise TableError(f"no values of {indicator} in {span.dates}")
    matched = pairs(means, setting.baseline.name, "phase")
    found = {}
    for style in setting.others:
        sign = np.sign(matched.loc[matched["scenario"] == style.name, "difference"].round(12))
        found[style.name] = {
            kind: int((sign == value).sum()) for kind, value in zip(KINDS, (1, 0, -1), strict=True)
        }
        if not len(sign):
            raise TableError(f"no seed has values of both {style.name} and the baseline")
    return found


def _drawn(counts: dict[str, int]) -> dict[str, int]:
    """Return how many dots of each kind are drawn: one per pair, or of more than a hundred pairs a hundred in all."""
    total = sum(counts.values())
    if total <= MOST:
        return counts
    exact = {kind: MOST * count / total for kind, count in counts.items()}
    drawn = {kind: math.floor(share) for kind, share in exact.items()}
    rest = sorted(KINDS, key=lambda kind: drawn[kind] - exact[kind])
    for kind in rest[: MOST - sum(drawn.values())]:
        drawn[kind] += 1
    return drawn


def _sentence(counts: dict[str, int], setting: Setting) -> str:
    total, above, base = sum(counts.values()), counts["above"], setting.baseline.letter
    return setting.say(
        f"higher than {base} in {above} of {total} pairs",
        f"höher als {base} in {above} von {total} Paaren",
    )


def _dots(
    figure: go.Figure,
    counts: dict[str, int],
    style: Style,
    setting: Setting,
    *,
    legend: bool,
    place: dict[str, int],
) -> None:
    """Draw the dots, those above first."""
    say, base, first = setting.say, setting.baseline.letter, 0
    names = {
        "above": say(f"higher than {base}", f"höher als {base}"),
        "equal": say(f"equal to {base}", f"gleich {base}"),
        "below": say(f"lower than {base}", f"niedriger als {base}"),
    }
    looks = {
        "above": {"size": 15, "color": style.colour, "line": {"color": style.colour, "width": 2}},
        "equal": {"size": 8, "color": MUTED, "line": {"color": MUTED, "width": 1}},
        "below": {"size": 15, "color": "white", "line": {"color": INK, "width": 1.6}},
    }
    for kind, count in _drawn(counts).items():
        where = np.arange(first, first + count)
        first += count
        figure.add_scatter(
            x=where % SIDE, y=where // SIDE, mode="markers", name=names[kind], marker=looks[kind], legendgroup=kind,
            showlegend=legend and count > 0, hovertemplate=f"{style.letter}: {names[kind]}<extra></extra>", **place,
        )  # fmt: skip
