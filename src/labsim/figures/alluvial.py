"""Where people go: the states of the same people at three dates, scenario beside scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.tables import TableError, require
from labsim.figures.canvas import go, panels
from labsim.figures.money import pale
from labsim.figures.speech import Speech
from labsim.figures.theme import INK, STATE_COLOURS, Setting

STATES = ("employed", "in_measure", "short", "long", "inactive")
"""The states from top to bottom, in every diagram."""

COHORT = ("in_measure", "short", "long")
"""The states at the first date of the people followed: without work and looking for it."""

DATES = ("first", "second", "third")
COLUMNS = ("scenario", "seed", *DATES, "persons")

HEIGHT, GAP, ACROSS = 340, 24.0, 2
"""Height of a diagram in pixels, pixels between two states, diagrams in a row."""


def alluvial(
    paths: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp], cohort: Sequence[str] = COHORT
) -> go.Figure:
    """Return one diagram per scenario: the people of a cohort by their state at three dates, and who went where.

    Parameters
    ----------
    paths
        scenario, seed, first, second, third (states, of `STATES`, at the three dates), persons (simulated persons of
        the whole place): `labsim.experiment.followed` makes it.
    dates
        The three months at whose end states are taken.
    cohort
        States at the first date of the people shown. All employed as well would swamp the picture.

    Unit: % of the cohort, mean over the replicates; hovering tells the smallest and largest share. Every diagram has
    the states in the same order and the same 100 %.
    """
    links, nodes = _shares(paths, setting, cohort)
    columns = min(len(setting.styles), ACROSS)
    rows = -(-len(setting.styles) // columns)
    say = setting.say
    figure = panels(
        _title(setting, cohort), [HEIGHT] * rows, columns, legend=False, right=12, title_lines=3, gap=86, say=say,
        horizontal_spacing=0.05, specs=[[{"type": "domain"}] * columns for _ in range(rows)],
    )  # fmt: skip
    for number, style in enumerate(setting.styles):
        own, stocks = (table[table["scenario"] == style.name] for table in (links, nodes))
        figure.add_trace(_sankey(own, stocks, say), row=number // columns + 1, col=number % columns + 1)
        domain = figure.data[-1].domain
        figure.add_annotation(
            text=f"<b>{style.title}</b>", x=domain.x[0], y=domain.y[1], xref="paper", yref="paper", xanchor="left",
            yanchor="bottom", yshift=26, showarrow=False, font={"color": style.ink},
        )  # fmt: skip
        for place, when, anchor in zip((0.0, 0.5, 1.0), dates, ("left", "center", "right"), strict=True):
            figure.add_annotation(
                text=say.month(when), x=domain.x[0] + place * (domain.x[1] - domain.x[0]), y=domain.y[1],
                xref="paper", yref="paper", xanchor=anchor, yanchor="bottom", yshift=6, showarrow=False,
                font={"color": INK, "size": 12},
            )  # fmt: skip
    figure.update_layout(margin={"l": 12}, hovermode="closest", font={"size": 12})
    return figure


def reading_aid(
    paths: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp], cohort: Sequence[str] = COHORT
) -> str:
    """Return how to read the figure, whom it follows and what it averages."""
    say, seeds = setting.say, paths["seed"].nunique()
    first = say.month(dates[0])
    who = _who(say, cohort)
    same = say(
        " Both scenarios follow the same people; all diagrams share one scale.",
        " Alle Szenarien folgen denselben Menschen; alle Bilder haben einen Maßstab.",
    )
    return say(
        f"{who} in {first}, in % of them: where they are at the three dates, {setting.everywhere}. A band is the "
        f"people who go from one state to another between two dates; mean of {say.replicates(seeds)}, hovering tells "
        "the range. What happens between the dates is not seen; who leaves the working age is left out."
        + (same if setting.others else ""),
        f"{who} im {first}, in % davon: wo sie an den drei Zeitpunkten sind, {setting.everywhere}. Ein Band sind die "
        f"Menschen, die zwischen zwei Zeitpunkten von einem Zustand in einen anderen gehen; Mittel über "
        f"{say.replicates(seeds)}, beim Zeigen erscheint die Spanne. Was dazwischen geschieht, ist nicht zu sehen; wer "
        "das Erwerbsalter verlässt, fehlt." + (same if setting.others else ""),
    )


def numbers(
    paths: pd.DataFrame, setting: Setting, dates: Sequence[pd.Timestamp], cohort: Sequence[str] = COHORT
) -> pd.DataFrame:
    """Return the shares at every date in %, and their differences to the baseline with 95 % intervals, as text."""
    say = setting.say
    by_seed = _by_seed(_cohort(paths, setting, cohort), cohort)
    rows: list[dict[str, str]] = []
    for number, when in enumerate(dates):
        for state in STATES if number else cohort:
            part = by_seed[(by_seed["date"] == DATES[number]) & (by_seed["state"] == state)]
            wide = part.pivot(index="seed", columns="scenario", values="value")
            row = {say("Date", "Zeitpunkt"): say.month(when), say("State", "Zustand"): say.state(state)}
            for style in setting.styles:
                row[f"{style.short} (%)"] = say.number(float(wide[style.name].mean()))
            for style in setting.others:
                difference = (wide[style.name] - wide[setting.baseline.name]).rename("value").reset_index()
                found = mean_over_seeds(difference.assign(one=1), ("one",))
                mean, low, high = (float(found[edge].iloc[0]) for edge in ("mean", "low", "high"))
                interval = say("points, 95 % interval", "Punkte, 95-%-Intervall")
                row[f"{style.letter} − {setting.baseline.letter} ({interval})"] = say.signed_interval(
                    mean, low, high
                )
            rows.append(row)
    return pd.DataFrame(rows)


def _title(setting: Setting, cohort: Sequence[str]) -> str:
    where = setting.say("What becomes of", "Was aus ihnen wird:")
    who = _who(setting.say, cohort)
    return f"{where} {setting.say.lower(who)}"


def _who(say: Speech, cohort: Sequence[str]) -> str:
    """Return whom the figure follows, in words."""
    if set(cohort) == set(COHORT):
        return say("People unemployed or in a measure", "Arbeitslose und Menschen in Maßnahmen")
    if set(cohort) == set(STATES):
        return say("People of working age", "Menschen im Erwerbsalter")
    return say("People by state: ", "Menschen im Zustand: ") + ", ".join(map(say.state, cohort))


def _cohort(paths: pd.DataFrame, setting: Setting, cohort: Sequence[str]) -> pd.DataFrame:
    """Return the rows of the cohort in the scenarios and the place shown."""
    require(paths, COLUMNS, "the table of paths")
    shown = paths[paths["scenario"].isin([style.name for style in setting.styles])]
    unknown = sorted({*shown["first"], *shown["second"], *shown["third"]} - set(STATES))
    if unknown:
        raise TableError(f"unknown state {unknown[0]!r}; states are {', '.join(STATES)}")
    shown = shown[shown["first"].isin(list(cohort))]
    if shown.empty:
        raise TableError(f"nobody is {' or '.join(cohort)} at the first date")
    return shown


def _by_seed(shown: pd.DataFrame, cohort: Sequence[str]) -> pd.DataFrame:
    """Return the share of each state in % by scenario, seed and date; states without anybody have 0."""
    parts = []
    keys = ["scenario", "seed"]
    total = shown.groupby(keys, observed=True)["persons"].sum()
    for date in DATES:
        persons = shown.groupby([*keys, date], observed=True)["persons"].sum().unstack(date, fill_value=0)
        wanted = list(cohort) if date == "first" else list(STATES)
        share = 100.0 * persons.reindex(columns=wanted, fill_value=0).div(total, axis=0)
        long = pd.Series(share.stack(), name="value").rename_axis([*keys, "state"])
        parts.append(long.reset_index().assign(date=date))
    return pd.concat(parts, ignore_index=True)


def _shares(
    paths: pd.DataFrame, setting: Setting, cohort: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return links (scenario, step, source, target, mean, least, most), nodes (scenario, date, state, mean); in %."""
    shown = _cohort(paths, setting, cohort)
    keys = ["scenario", "seed"]
    total = shown.groupby(keys, observed=True)["persons"].sum()
    parts = []
    for step, (source, target) in enumerate((DATES[:2], DATES[1:])):
        persons = shown.groupby([*keys, source, target], observed=True)["persons"].sum()
        wide = persons.unstack([source, target], fill_value=0)
        share = 100.0 * wide.div(total, axis=0)
        long = pd.Series(share.stack([0, 1]), name="value")
        table = long.rename_axis([*keys, "source", "target"]).reset_index()
        grouped = table.groupby(["scenario", "source", "target"], observed=True)["value"]
        parts.append(grouped.agg(mean="mean", least="min", most="max").reset_index().assign(step=step))
    nodes = _by_seed(shown, cohort).groupby(["scenario", "date", "state"], observed=True)["value"].mean()
    return pd.concat(parts, ignore_index=True), nodes.rename("mean").reset_index()


def _sankey(links: pd.DataFrame, nodes: pd.DataFrame, say: Speech) -> go.Sankey:
    """Return one diagram; all have the same height for 100 %."""
    scale = (HEIGHT - GAP * (len(STATES) - 1)) / 100.0
    index: dict[tuple[int, str], int] = {}
    text: list[str] = []  # names in the middle would cover those at the right
    names: list[str] = []
    x: list[float] = []
    y: list[float] = []
    known = nodes.set_index(["date", "state"])["mean"]
    for number, date in enumerate(DATES):
        below = 0.0
        for state in STATES:
            share = float(known.get((date, state), 0.0))
            if share > 0:
                index[number, state] = len(text)
                percent = f"{say.number(share, 0 if share >= 1 else 1)} %"
                text.append(percent if number == 1 else f"{say.state(state)} {percent}")
                names.append(f"{say.state(state)} {percent}")
                x.append(min(max(number / 2, 1e-4), 1 - 1e-4))
                y.append(min(max((below + share * scale / 2) / HEIGHT, 1e-4), 1 - 1e-4))
            below += share * scale + (GAP if share > 0 else 0.0)
    colours = [STATE_COLOURS[state] for _, state in index]
    return go.Sankey(
        arrangement="fixed",
        node={"label": text, "x": x, "y": y, "color": colours, "pad": GAP, "thickness": 12,
              "line": {"width": 0.8, "color": "#444444"}, "customdata": names,
              "hovertemplate": f"%{{customdata}} {say('of the cohort', 'der Gruppe')}<extra></extra>"},
        link=_links(links[links["mean"] > 0], index, say),
        valueformat=".1f",
    )  # fmt: skip


def _links(links: pd.DataFrame, index: Mapping[tuple[int, str], int], say: Speech) -> dict[str, object]:
    """Return the links, coloured by where people come from, in the order of the states."""
    order = {pair: rank for rank, pair in enumerate(product(STATES, STATES))}
    ranked = links.assign(rank=[order[pair] for pair in zip(links["source"], links["target"], strict=True)])
    rows = ranked.sort_values(["step", "rank"]).to_dict("records")
    return {
        "source": [index[row["step"], row["source"]] for row in rows],
        "target": [index[row["step"] + 1, row["target"]] for row in rows],
        "value": np.round([row["mean"] for row in rows], 4).tolist(),
        "color": [pale(STATE_COLOURS[row["source"]], 0.45) for row in rows],
        "line": {"color": "rgba(0,0,0,0.2)", "width": 0.5},
        "customdata": [
            f"{say.state(row['source'])} → {say.state(row['target'])}: {say.number(row['mean'])} % "
            f"({say.number(row['least'])} {say('to', 'bis')} {say.number(row['most'])})"
            for row in rows
        ],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
