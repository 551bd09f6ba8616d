"""Single lives: the states of the same people month by month in each scenario, and the shares of the states below."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.tables import TableError, require
from labsim.figures.alluvial import STATES
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.theme import INK, STATE_COLOURS, Setting, Style

COLUMNS = ("scenario", "seed", "person", "month", "state")
MOST = 200
"""People shown at most: more than one to a row of pixels would draw chance."""

HEIGHT, SHARES, ACROSS = 400, 130, 3
"""Height of the people and of the shares in pixels, scenarios in a row."""

ORDER = ("employed", "in_measure", "short", "long", "inactive")
"""The states from the bottom of the shares to the top, and in the order in which people are sorted."""


def biographies(lives: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return a row of pixels per person and a column per scenario, and under them the share of each state by month.

    Parameters
    ----------
    lives
        scenario, seed, person (number in the model), month, state (at its end, of `STATES`), for the same people in
        every scenario: `labsim.experiment.followed` makes it. Of several seeds the smallest is shown; of more than 200
        people evenly spaced ones by number.

    A row is the same person in all scenarios. Sorted by the state in the first month, within it by months in work in
    the baseline, least at the top. Shares: % of the people shown.
    """
    codes, months, styles = _codes(lives, setting)
    say, count = setting.say, next(iter(codes.values())).shape[0]
    figure = panels(
        say(f"{count} lives", f"{count} Lebenswege") + f" {setting.everywhere}", [HEIGHT, SHARES], len(styles), gap=56,
        title_lines=2, right=16, shared_xaxes=True, horizontal_spacing=0.05, say=say,
    )  # fmt: skip
    for column, style in enumerate(styles, start=1):
        z = codes[style.name]
        figure.add_heatmap(
            z=z, x=months, zmin=-0.5, zmax=len(STATES) - 0.5, showscale=False, colorscale=_steps(), row=1, col=column,
            hoverinfo="skip",
        )  # fmt: skip
        for state in ORDER:
            share = 100.0 * (z == STATES.index(state)).mean(axis=0)
            figure.add_scatter(
                x=months, y=share.round(3), mode="lines", stackgroup=f"shares {column}", name=say.state(state),
                legendgroup=state, showlegend=column == 1, line={"width": 0.6, "color": "#444444"},
                fillcolor=STATE_COLOURS[state], hovertemplate="%{y:.0f} %", row=2, col=column,
            )  # fmt: skip
        _change(figure, setting, column)
        figure.update_yaxes(range=[count - 0.5, -0.5], showticklabels=False, ticks="", row=1, col=column)
        figure.update_yaxes(
            range=[0, 100], tickvals=[0, 50, 100], row=2, col=column, showticklabels=column == 1
        )
        what = say("one row, one person", "eine Zeile, ein Mensch") if column == 1 else " "
        panel_title(figure, 1, column, f"<b>{style.title}</b><br>{what}")
        panel_title(figure, 2, column, say("% of them", "% von ihnen") if column == 1 else " ")
    figure.update_xaxes(range=[months[0], months[-1]], nticks=6, showticklabels=True, hoverformat="%b %Y")
    figure.update_layout(hovermode="closest", margin_l=40)
    return figure


def reading_aid(lives: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure, who is shown and in which order."""
    say = setting.say
    codes, months, _ = _codes(lives, setting)
    count, seed = next(iter(codes.values())).shape[0], int(lives["seed"].min())
    first = say.month(months[0])
    same = say(
        " A row is the same person in every scenario.", " Eine Zeile ist in jedem Szenario derselbe Mensch."
    )
    return say(
        f"{count} simulated people of one run (seed {seed}), drawn by their number, not by what becomes of them; who "
        f"leaves the working age is left out. Sorted by the state in {first}, then by months in work under "
        f"{setting.baseline.short}, least at the top.{same if setting.others else ''} Below: share of each state among "
        "them. Single lives show what ways there are, not how often they happen.",
        f"{count} simulierte Menschen eines Laufs (Startzahl {seed}), ausgewählt nach ihrer Nummer, nicht nach dem, "
        f"was aus ihnen wird; wer das Erwerbsalter verlässt, fehlt. Geordnet nach dem Zustand im {first}, dann nach "
        f"den Monaten in Arbeit in {setting.baseline.short}, die wenigsten oben.{same if setting.others else ''} "
        "Unten: Anteil jedes Zustands unter ihnen. Einzelne Wege zeigen, welche es gibt, nicht, wie oft sie vorkommen.",
    )


def numbers(lives: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return mean months in each state per person, and mean changes of state, as text, a row per scenario."""
    say, rows = setting.say, []
    codes, months, styles = _codes(lives, setting)
    for style in styles:
        z = codes[style.name]
        row = {say("Scenario", "Szenario"): style.title, say("People", "Menschen"): str(z.shape[0])}
        for state in STATES:
            spent = float((z == STATES.index(state)).sum(axis=1).mean())
            unit = say(f"months of {len(months)}", f"Monate von {len(months)}")
            row[f"{say.state(state)} ({unit})"] = say.number(spent)
        changes = float((np.diff(z.astype(np.int64), axis=1) != 0).sum(axis=1).mean())
        row[say("Changes of state (number)", "Wechsel des Zustands (Anzahl)")] = say.number(changes)
        rows.append(row)
    return pd.DataFrame(rows)


def _codes(
    lives: pd.DataFrame, setting: Setting
) -> tuple[dict[str, NDArray[np.int8]], list[pd.Timestamp], tuple[Style, ...]]:
    """Return states by scenario, (people, months) in the order shown, the months, and the scenarios."""
    require(lives, COLUMNS, "the table of lives")
    styles = setting.styles[:ACROSS]
    shown = lives[
        lives["scenario"].isin([style.name for style in styles]) & (lives["seed"] == lives["seed"].min())
    ]
    unknown = sorted(set(shown["state"].unique()) - set(STATES))
    if unknown:
        raise TableError(f"unknown state {unknown[0]!r}; states are {', '.join(STATES)}")
    rank = {state: number for number, state in enumerate(STATES)}
    wide = {
        style.name: shown[shown["scenario"] == style.name].pivot(
            index="person", columns="month", values="state"
        )
        for style in styles
    }
    base = wide[setting.baseline.name]
    everybody = [person for person in base.index if all(person in table.index for table in wide.values())]
    complete = [
        person for person in everybody if all(table.loc[person].notna().all() for table in wide.values())
    ]
    if not complete:
        raise TableError("no person is in the table of lives in every month of every scenario")
    if len(complete) > MOST:
        complete = [complete[int(place)] for place in np.linspace(0, len(complete) - 1, MOST).round()]
    codes = {
        name: np.array([[rank[state] for state in row] for row in table.loc[complete].to_numpy()], np.int8)
        for name, table in wide.items()
    }
    own = codes[setting.baseline.name]
    order = np.array([ORDER.index(state) for state in STATES])
    at_work = (own == STATES.index("employed")).sum(axis=1)
    sorted_rows = np.lexsort((np.arange(len(complete)), at_work, -order[own[:, 0]]))
    return (
        {name: z[sorted_rows] for name, z in codes.items()},
        [pd.Timestamp(month) for month in base.columns],
        styles,
    )


def _steps() -> list[list[object]]:
    """Return a scale of colours with a step for each state."""
    steps: list[list[object]] = []
    for number, state in enumerate(STATES):
        steps += [
            [number / len(STATES), STATE_COLOURS[state]],
            [(number + 1) / len(STATES), STATE_COLOURS[state]],
        ]
    return steps


def _change(figure: go.Figure, setting: Setting, column: int) -> None:
    """Mark the transition: two lines over the people, shaded in the shares."""
    shade_transition(figure, setting, 2, column)
    if setting.change is None:
        return
    for when in dict.fromkeys((setting.change.start, setting.change.end)):
        for colour, width in (("white", 2.2), (INK, 1.0)):
            figure.add_vline(
                x=when.isoformat(), row=1, col=column, line={"color": colour, "width": width, "dash": "solid"}
            )
