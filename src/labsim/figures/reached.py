"""Whom the measures reach: how near to the market entrants are, and which groups are among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from labsim.analysis.reach import ENTRANTS, GAP, UNEMPLOYED, reach
from labsim.analysis.tables import TableError
from labsim.analysis.windows import Phase
from labsim.figures import words
from labsim.figures.canvas import go
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.rows import Dot, limits, row_panels, separate
from labsim.figures.speech import Speech
from labsim.figures.theme import INK, MUTED, PAST, Setting, Style

TITLES: Mapping[str, tuple[str, str]] = {
    GAP: ("Nearness to the market", "Nähe zum Markt"),
    "long_term": ("No job for a year or more", "Seit einem Jahr ohne Arbeit"),
    "youth": ("Under 25", "Unter 25"),
    "low_skilled": ("No vocational training", "Ohne Berufsausbildung"),
}
"""The panels, in order, in both languages."""

Row = tuple[Style | None, Phase]
"""A scenario in a phase; without a scenario, the heading of the phase."""

Known = Mapping[tuple[str, ...], Mapping[Any, Any]]


def reached(indicators: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return a row per phase and scenario: nearness of entrants, and shares among entrants and all unemployed.

    First panel: mean nearness to the market (human capital plus employability) of people who begin a measure less that
    of all unemployed, log points; right of zero is creaming. Others: share of a group among entrants (disc) and among
    the unemployed (diamond), in %. Lines through a disc: 95 % interval of the mean over the replicates, from three on.
    Phases that end before anything changes are shown once.
    """
    rows, table = _rows(indicators, setting)
    names = [_name(style, span, setting) for style, span in rows]
    say = setting.say
    units = {name: say.unit("log points") if name == GAP else "%" for name in TITLES}
    figure = row_panels(
        say("Whom the measures reach", "Wen die Maßnahmen erreichen") + f" {setting.where}",
        names,
        [f"<b>{say(*title)}</b><br>{units[name]}" for name, title in TITLES.items()],
        say=say,
    )
    known = _known(table)
    headings = [place for place, (style, _) in enumerate(rows) if style is None]
    for column, measure in enumerate(TITLES, start=1):
        dots: list[Dot] = []
        for place, (style, span) in enumerate(rows):
            if style is None:
                continue
            own = _dot(known, (style.name, span.name, measure, ENTRANTS), place, style.colour)
            if own is None:
                continue
            everybody = _dot(known, (style.name, span.name, measure, UNEMPLOYED), place, MUTED)
            _draw(figure, own, everybody, column, measure, setting.say)
            dots += [own, everybody] if everybody is not None else [own]
        figure.update_xaxes(range=list(limits(dots)), row=1, col=column)
        separate(figure, headings[1:], 1, column)
    return figure


def reading_aid(indicators: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what its intervals cover."""
    seeds = int(_rows(indicators, setting)[1]["pairs"].max())
    say = setting.say
    interval = say(
        f"Lines through a disc: 95 % interval of the mean of {seeds} replicates (chance only)",
        f"Linien durch eine Scheibe: 95-%-Intervall des Mittels von {seeds} Läufen (nur Zufall)",
    )
    if seeds < FEWEST_PAIRS:
        interval = say(
            f"{seeds} replicate{'s' if seeds != 1 else ''}, too few for an interval",
            f"{say.replicates(seeds)}, zu wenige für ein Intervall",
        )
    return say(
        f"Left: how much nearer to the market (right of zero: creaming) people who begin a measure {setting.where} are "
        "than all unemployed, by human capital and employability. Then: disc, share among those who begin a measure; "
        "diamond, share among the unemployed; a disc left of its diamond means that the group is reached less than its "
        f"share. {interval}.",
        "Links: wie viel näher am Markt (rechts von null: Bestenauslese) Menschen sind, die "
        f"{setting.where} eine Maßnahme beginnen, als alle Arbeitslosen, nach Humankapital und "
        "Beschäftigungsfähigkeit. Dann: Scheibe, Anteil unter denen, die beginnen; Raute, Anteil unter den "
        "Arbeitslosen; eine Scheibe links ihrer Raute heißt, dass die Gruppe weniger erreicht wird, als ihr Anteil "
        f"ist. {interval}.",
    )


def numbers(indicators: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the same as text: a row per phase and scenario."""
    say = setting.say
    rows, table = _rows(indicators, setting)
    known = _known(table)
    scenarios = [(style, span) for style, span in rows if style is not None]
    result = pd.DataFrame({
        say("When", "Wann"): [f"{say.phase(span.name)} ({say.dates(span)})" for _, span in scenarios],
        say("Scenario", "Szenario"): [_name(style, span, setting) for style, span in scenarios],
    })  # fmt: skip
    groups = {ENTRANTS: say("entrants", "Eintretende"), UNEMPLOYED: say("unemployed", "Arbeitslose")}
    for measure, title in TITLES.items():
        digits = 2 if measure == GAP else 1
        for who in (ENTRANTS,) if measure == GAP else (ENTRANTS, UNEMPLOYED):
            share = say(f"% of {groups[who]}", f"% ({groups[who]})")
            heading = f"{say(*title)}, {say.unit('log points') if measure == GAP else share}"
            result[heading] = [
                _text(known, (style.name, span.name, measure, who), digits, say, signed=measure == GAP)
                for style, span in scenarios
            ]
    return result


def _rows(indicators: pd.DataFrame, setting: Setting) -> tuple[list[Row], pd.DataFrame]:
    """Return the rows of the figure (a phase's heading, then its scenarios), and the numbers."""
    shown = indicators[indicators["scenario"].isin([style.name for style in setting.styles])]
    spans = setting.phases(shown["month"])
    table = reach(shown, spans, setting.municipality)
    if table.empty:
        raise TableError("nobody begins a measure")
    affected = setting.affected(shown["month"])
    rows: list[Row] = []
    for span in spans:
        rows.append((None, span))
        before = span not in affected and bool(setting.others) and _alike(table, span)
        past = replace(
            setting.baseline, letter="", label=setting.say("All alike", "Alle gleich"), colour=PAST
        )
        rows += [(style, span) for style in ((past,) if before else setting.styles)]
    return rows, table


def _alike(table: pd.DataFrame, span: Phase) -> bool:
    """Return whether all scenarios have the same numbers in a phase: one that is announced may change people before."""
    spread = (
        table[table["phase"] == span.name]
        .groupby(["measure", "who"], observed=True)["mean"]
        .agg(["min", "max"])
    )
    return bool((spread["min"] == spread["max"]).all())


def _name(style: Style | None, span: Phase, setting: Setting) -> str:
    """Return a row's name: the scenario, or the phase of which it is the heading."""
    if style is None:
        return f"<b>{setting.say.phase(span.name)}</b>"
    return style.title if setting.others else setting.place


def _dot(known: Known, key: tuple[str, ...], place: int, colour: str) -> Dot | None:
    """Return a mean with its interval (none below three replicates), or None if there is no value."""
    if key not in known:
        return None
    row = known[key]
    few = int(row["pairs"]) < FEWEST_PAIRS
    low, high = (float("nan") if few else float(row[edge]) for edge in ("low", "high"))
    return Dot(place, float(row["mean"]), low, high, colour)


def _known(table: pd.DataFrame) -> Known:
    """Return the numbers by scenario, phase, measure and who."""
    keys = ("scenario", "phase", "measure", "who")
    return {tuple(str(row[key]) for key in keys): row for row in table.to_dict("records")}


def _draw(figure: go.Figure, own: Dot, everybody: Dot | None, column: int, measure: str, say: Speech) -> None:
    """Draw a disc with its interval, and the diamond it is compared with."""
    place = {"row": 1, "col": column, "showlegend": False}
    digits = 2 if measure == GAP else 1
    y = [own.row, own.row]
    if everybody is not None:
        figure.add_scatter(
            x=[own.mean, everybody.mean], y=y, mode="lines", hoverinfo="skip",
            line={"color": MUTED, "width": 1, "dash": "dot"}, **place,
        )  # fmt: skip
        figure.add_scatter(
            x=[everybody.mean], y=[own.row], mode="markers",
            marker={"symbol": "diamond", "size": 9, "color": "white", "line": {"color": INK, "width": 1.5}},
            hovertemplate=f"{say('among unemployed', 'unter den Arbeitslosen')}: %{{x:.{digits}f}} %<extra></extra>",
            **place,
        )  # fmt: skip
    if own.low == own.low:  # not NaN
        figure.add_scatter(
            x=[own.low, own.high], y=y, mode="lines", line={"color": own.colour, "width": 2.2}, hoverinfo="skip",
            **place,
        )  # fmt: skip
    said = (
        f"{say('entrants less all unemployed', 'Eintretende minus alle Arbeitslosen')}: %{{x:+.{digits}f}}"
        if measure == GAP
        else f"{say('among entrants', 'unter den Eintretenden')}: %{{x:.1f}} %"
    )
    figure.add_scatter(
        x=[own.mean], y=[own.row], mode="markers", marker={"size": 10, "color": own.colour},
        hovertemplate=f"{said}<extra></extra>", **place,
    )  # fmt: skip


def _text(known: Known, key: tuple[str, ...], digits: int, say: Speech, *, signed: bool) -> str:
    """Return a mean with its interval as text."""
    if key not in known:
        return words.MISSING
    row = known[key]
    if signed:
        return say.signed_interval(row["mean"], row["low"], row["high"], digits)
    mean, low, high = (say.number(float(row[name]), digits) for name in ("mean", "low", "high"))
    return mean if low == words.MISSING else f"{mean} ({low} {say('to', 'bis')} {high})"
