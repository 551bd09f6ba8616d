"""Who moves from where to where in an average month, one diagram per scenario on one scale."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from labsim.analysis.flows import STATES, average_flows, whole_place
from labsim.analysis.tables import TableError
from labsim.analysis.windows import Phase
from labsim.figures.canvas import go, panels
from labsim.figures.speech import Speech
from labsim.figures.theme import STATE_COLOURS, Setting, Style

HEIGHT = 360
"""Height in pixels of the tallest diagram."""

ACROSS = 3
"""Diagrams in a row."""

GAP = 26.0
"""Pixels between two states."""


def state_flows(flows: pd.DataFrame, setting: Setting, window: Phase) -> go.Figure:
    """Return Sankey diagrams of the average monthly flows between states within a window of months.

    Unit: persons per month in the whole place, averaged over months and replicates. Left: the state in which
    people start the month, right: where they end up; only people who change state are drawn, so moves from
    job to job and people who stay are left out (they would swamp the picture). States stand in the same
    order in every diagram, and all diagrams share one scale: equal thickness is an equal number of persons.
    Averages, no bands.
    """
    average = _average(flows, setting, window)
    totals = {style.name: float(_of(average, style)["persons"].sum()) for style in setting.styles}
    columns = min(len(setting.styles), ACROSS)
    rows = math.ceil(len(setting.styles) / columns)
    figure = panels(
        _title(window, setting), [HEIGHT] * rows, columns, legend=False, right=12, title_lines=2, say=setting.say,
        horizontal_spacing=0.05, specs=[[{"type": "domain"}] * columns for _ in range(rows)],
    )  # fmt: skip
    scale = (HEIGHT - GAP * (len(STATES) - 1)) / max(totals.values())
    inner = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    moves = setting.say("moves a month", "Wechsel im Monat")
    for number, style in enumerate(setting.styles):
        figure.add_trace(
            _sankey(_of(average, style), scale, setting.say),
            row=number // columns + 1,
            col=number % columns + 1,
        )
        domain = figure.data[-1].domain
        used = totals[style.name] * scale + GAP * (len(STATES) - 1)
        domain.y = (domain.y[1] - used / inner, domain.y[1])
        figure.add_annotation(
            text=f"<b>{style.title}</b><br>{setting.say.number(totals[style.name], 0)} {moves}",
            x=domain.x[0], y=domain.y[1], xref="paper", yref="paper", xanchor="left", yanchor="bottom",
            yshift=8, showarrow=False, align="left", font={"color": style.ink},
        )  # fmt: skip
    figure.update_layout(margin={"l": 12}, hovermode="closest")
    return figure


def _title(window: Phase, setting: Setting) -> str:
    say = setting.say
    title = say("Flows between states", "Bewegungen zwischen den Zuständen")
    return f"{title}, {say.in_phase(window.name)}, {say.dates(window)}"


def _average(flows: pd.DataFrame, setting: Setting, window: Phase) -> pd.DataFrame:
    """Return average monthly flows within the window, without stayers and moves from job to job."""
    table = whole_place(flows)
    inside = table[(table["month"] >= window.start) & (table["month"] < window.end)]
    if inside.empty:
        raise TableError(f"there are no flows in {window.dates}")
    average = average_flows(inside)
    moved = average["source"] != average["target"]
    shown = average["scenario"].isin([style.name for style in setting.styles])
    return average[moved & shown & (average["persons"] > 0)]


def _of(average: pd.DataFrame, style: Style) -> pd.DataFrame:
    return average[average["scenario"] == style.name]


def _sankey(moves: pd.DataFrame, scale: float, say: Speech) -> go.Sankey:
    """Return one diagram: five states on either side, `scale` pixels per person."""
    sides = {"source": 0.0, "target": 1.0}
    nodes: list[tuple[str, str]] = []
    heights: list[float] = []
    centres: list[float] = []
    total = float(moves["persons"].sum()) * scale + GAP * (len(STATES) - 1)
    for side in sides:
        persons = moves.groupby(side)["persons"].sum()
        below = 0.0
        for state in STATES:
            height = float(persons.get(state, 0.0)) * scale
            if height > 0:
                nodes.append((side, state))
                heights.append(height)
                # plotly treats a position of exactly 0 or 1 as not given
                centres.append(min(max((below + height / 2) / total, 1e-4), 1 - 1e-4))
            below += height + GAP
    index = {node: number for number, node in enumerate(nodes)}
    colours = [STATE_COLOURS[state] for _, state in nodes]
    return go.Sankey(
        arrangement="fixed",
        node={
            "label": [f"{say.state(state)} {say.number(height / scale, 0)}" for (_, state), height in
                      zip(nodes, heights, strict=True)],
            "x": [1e-4 if side == "source" else 1 - 1e-4 for side, _ in nodes], "y": centres,
            "color": colours, "pad": GAP, "thickness": 12, "line": {"width": 0.5, "color": "#444444"},
            "hovertemplate": f"%{{label}} {say('persons a month', 'Personen im Monat')}<extra></extra>",
        },
        link=_links(moves, index, say),
        valueformat=",.0f",
    )  # fmt: skip


def _links(moves: pd.DataFrame, index: Mapping[tuple[str, str], int], say: Speech) -> dict[str, object]:
    """Return the links, coloured by where people come from, drawn in the order of the states."""
    order = {state: number for number, state in enumerate(STATES)}
    rows = moves.assign(s=moves["source"].map(order), t=moves["target"].map(order)).sort_values(["s", "t"])
    names = [
        f"{say.state(source)} → {say.state(target)}"
        for source, target in zip(rows["source"], rows["target"], strict=True)
    ]
    return {
        "source": [index["source", state] for state in rows["source"]],
        "target": [index["target", state] for state in rows["target"]],
        "value": rows["persons"].tolist(),
        "color": [_pale(STATE_COLOURS[state]) for state in rows["source"]],
        "line": {"color": "rgba(0,0,0,0.2)", "width": 0.5},
        "customdata": names,
        "hovertemplate": f"%{{customdata}}: %{{value}} {say('persons a month', 'Personen im Monat')}<extra></extra>",
    }


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"


def reading_aid(setting: Setting, window: Phase) -> str:
    """Return how to read the figure and what it averages."""
    say = setting.say
    scale = say(" All diagrams share one scale.", " Alle Bilder haben einen Maßstab.")
    scale = scale if setting.others else ""
    return say(
        "Left: the state at the start of a month, right: at its end; average of the months "
        f"{window.dates} over all replicates, whole place. People who stay, and moves from job to job, "
        f"are not drawn. Outside: under 16, or 65 and older.{scale}",
        f"Links: der Zustand zu Beginn eines Monats, rechts: an seinem Ende; Mittel der Monate {say.dates(window)} "
        "über alle Läufe, ganzes Gebiet. Wer bleibt oder von Stelle zu Stelle wechselt, ist nicht gezeichnet. "
        f"Außerhalb: unter 16 oder 65 und älter.{scale}",
    )


def numbers(flows: pd.DataFrame, setting: Setting, window: Phase) -> pd.DataFrame:
    """Return the average flows as text (persons per month), one row per pair of states."""
    say, average = setting.say, _average(flows, setting, window)
    wide = average.pivot_table(
        index=["source", "target"], columns="scenario", values="persons", observed=True
    )
    order = [(source, target) for source in STATES for target in STATES if (source, target) in wide.index]
    result = pd.DataFrame(
        {
            say("From", "Von"): [say.state(source) for source, _ in order],
            say("To", "Nach"): [say.state(target) for _, target in order],
        }
    )
    for style in setting.styles:
        persons = wide[style.name].reindex(order).fillna(0.0)
        unit = say.unit("persons per month")
        result[f"{style.short} ({unit})"] = [say.number(value, 1) for value in persons]
    return result
