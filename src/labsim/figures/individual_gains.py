"""Who gains and who loses months in work, group by group, beside a placebo."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from labsim.analysis.individuals import EVERYBODY, GAIN, GAINED, LOST, TRAITS
from labsim.analysis.tables import WHOLE, TableError
from labsim.figures.canvas import go
from labsim.figures.rows import HOLLOW, HOLLOW_DE, Dot, draw_dots, intervals, limits, row_panels, separate
from labsim.figures.speech import CELLS, ENGLISH, Speech
from labsim.figures.theme import MUTED, Style

PLACEBO = "Placebo"


def individual_gains(
    table: pd.DataFrame, styles: Sequence[Style], placebo: str, say: Speech = ENGLISH
) -> go.Figure:
    """Return a row per group and a panel per scenario: mean months in work gained per person, with intervals.

    The dot in colour is the scenario, the grey diamond the placebo: what luck alone does to the same people. All
    panels share one scale.

    Parameters
    ----------
    table
        `analysis.individuals.gains`.
    styles
        The scenarios, each with its panel.
    placebo
        Name of the placebo in the table.
    say
        The language of every text.
    """
    groups = _groups(table)
    there = set(table["scenario"])
    shown = [style for style in styles if style.name in there]
    if not shown:
        raise TableError("there are no gains of any scenario shown")
    figure = row_panels(
        say(
            "Months in work gained per person, by group", "Gewonnene Monate in Arbeit je Person, nach Gruppen"
        ),
        [
            f"<b>{say(*CELLS[cell])}</b>" if trait == EVERYBODY else say(*CELLS[cell])
            for trait, cell in groups
        ],
        [f"<b>{style.title}</b><br>{say('months per person', 'Monate je Person')}" for style in shown],
        say=say,
    )
    other = _dots(table, placebo, groups, MUTED, PLACEBO, symbol="diamond", shift=-0.17)
    every = [_dots(table, style.name, groups, style.colour, style.label, shift=0.17) for style in shown]
    low, high = limits([dot for dots in (*every, other) for dot in dots])
    breaks = [place for place, (trait, _) in enumerate(groups) if place and trait != groups[place - 1][0]]
    for column, dots in enumerate(every, start=1):
        draw_dots(figure, [*other, *dots], 1, column)
        figure.update_xaxes(range=[low, high], row=1, col=column)
        separate(figure, breaks, 1, column)
    return figure


def reading_aid(table: pd.DataFrame, when: str, traits: str, say: Speech = ENGLISH) -> str:
    """Return how to read the figure; `when` is the span counted, `traits` the month before which people are grouped."""
    pairs = int(table["pairs"].max())
    return say(
        f"Months in work, {when}, the same persons in both worlds; groups by what people were before {traits}. Means "
        f"over {pairs} replicates with 95 % intervals. Diamond: placebo, the baseline with its lots drawn anew once. "
        f"{HOLLOW}",
        f"Monate in Arbeit, {when}, dieselben Menschen in beiden Welten; Gruppen nach dem, was Menschen vor {traits} "
        f"waren. Mittel über {pairs} Läufe mit 95-%-Intervallen. Raute: Placebo, das Vergleichsszenario mit einmal neu "
        f"gezogenen Losen. {HOLLOW_DE}",
    )


def numbers(
    table: pd.DataFrame, styles: Sequence[Style], placebo: str, say: Speech = ENGLISH
) -> pd.DataFrame:
    """Return per scenario and group: months gained, the same beyond the placebo, shares that gained and lost."""
    names = {style.name: style.short for style in styles} | {placebo: PLACEBO}
    there = intervals(table, "scenario", "trait", "cell", "outcome")
    beyond = intervals(
        table[["scenario", "trait", "cell", "outcome"]].assign(
            mean=table["beyond"], low=table["beyond_low"], high=table["beyond_high"]
        ),
        "scenario", "trait", "cell", "outcome",
    )  # fmt: skip
    people = {
        (str(row["trait"]), str(row["cell"])): float(row["persons"]) for row in table.to_dict("records")
    }
    rows = []
    for name in (name for name in names if name in set(table["scenario"])):
        for group in _groups(table):
            here = (name, *group)
            rows.append({
                say("Scenario", "Szenario"): names[name],
                say("Group", "Gruppe"): say(*CELLS[group[1]]),
                say("Persons", "Personen"): say.number(people[group], 0),
                say("Months in work", "Monate in Arbeit"): say.signed_interval(*there[*here, GAIN.name], 2),
                say("Beyond the placebo", "Über das Placebo hinaus"): say.signed_interval(*beyond[*here, GAIN.name], 2),
                say("Gained (%)", "Gewonnen (%)"): say.number(there[*here, GAINED.name][0]),
                say("Lost (%)", "Verloren (%)"): say.number(there[*here, LOST.name][0]),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _groups(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return (trait, cell) of the groups that are shown, in order."""
    there = set(zip(table["trait"], table["cell"], strict=True))
    wanted = [(EVERYBODY, WHOLE), *((trait, cell) for trait, labels in TRAITS.items() for cell in labels)]
    return [group for group in wanted if group in there]


def _dots(
    table: pd.DataFrame,
    scenario: str,
    groups: Sequence[tuple[str, str]],
    colour: str,
    name: str,
    *,
    symbol: str = "circle",
    shift: float,
) -> list[Dot]:
    """Return a dot per group of one scenario."""
    there = intervals(table[table["outcome"] == GAIN.name], "scenario", "trait", "cell")
    return [
        Dot(place, *there[scenario, *group], colour, name, symbol, shift)
        for place, group in enumerate(groups)
        if (scenario, *group) in there
    ]
