"""How long people stay out of work: share still out of work and exit rate to a job, by group."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from labsim.analysis.durations import exit_rates, life_table
from labsim.analysis.tables import TableError
from labsim.figures.canvas import go, panel_title, panels
from labsim.figures.levels import band, end_letters
from labsim.figures.theme import MUTED, Setting

GROUPS = ("all", "youth", "older", "low_skilled")
"""The groups shown. Long-term unemployed are left out: they are defined by their duration."""

HORIZON = 36
"""Months since job loss on the horizontal axis."""

MARKS = (3, 6, 12, 24, 36)
"""Months since job loss that the table lists."""

FEWEST = 30
"""Person-months at risk below which a curve is not drawn on."""


def survival_and_exit(durations: pd.DataFrame, setting: Setting) -> go.Figure:
    """Return, per group of people, the share still out of work and the exit rate to a job by duration.

    Horizontal axis: months since the last job. Upper row: % still unemployed or in a measure (Kaplan-Meier on
    period data; taking a job and withdrawing both count as leaving). Lower row: % of those still there who
    take a job within the month, with its binomial 95 % interval (all replicates pooled: chance only);
    durations with few people are merged. Each row has one scale, so groups can be compared. The dotted line
    marks 12 months.
    """
    say = setting.say
    shown, groups = _shown(durations, setting)
    survival = life_table(shown, ("group", "scenario"))
    rates = exit_rates(shown, ("group", "scenario"))
    rates = rates[rates["from_month"] <= HORIZON].assign(
        middle=rates[["from_month", "to_month"]].mean(axis=1)
    )
    figure = panels(
        setting.say("Time out of work, by group", "Zeit ohne Arbeit, nach Gruppen"), [220, 190],
        len(groups), gap=72, horizontal_spacing=0.06,
        shared_xaxes=True, shared_yaxes=True, title_lines=2, legend=bool(setting.others), say=setting.say,
    )  # fmt: skip
    top = float(rates["high"].max()) * 1.08
    for column, group in enumerate(groups, start=1):
        figure.update_yaxes(range=[0, 104], row=1, col=column)
        figure.update_yaxes(range=[0, top], row=2, col=column)
        _draw_survival(figure, survival[survival["group"] == group], setting, column)
        _draw_rates(figure, rates[rates["group"] == group], setting, column)
        first = column == 1
        still = say("% still out of work", "% noch ohne Arbeit") if first else " "
        panel_title(figure, 1, column, f"<b>{say.group(group)}</b><br>{still}")
        taking = say("% taking a job<br>within the month", "% mit Arbeitsaufnahme<br>im Monat")
        panel_title(figure, 2, column, taking if first else " ")
        for row in (1, 2):
            figure.add_vline(x=12, row=row, col=column, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.update_xaxes(range=[0, HORIZON + 3], dtick=12, showticklabels=True, hoverformat=".0f")
    figure.update_xaxes(
        title={"text": say("Months since the last job", "Monate seit der letzten Arbeit"), "standoff": 6,
               "font": {"size": 13}}, row=2, col=1,
    )  # fmt: skip
    return figure


def _shown(durations: pd.DataFrame, setting: Setting) -> tuple[pd.DataFrame, Sequence[str]]:
    """Return the rows of the scenarios and groups that are shown, and those groups."""
    present = set(durations.loc[durations["at_risk"] > 0, "group"].unique())
    groups = [group for group in GROUPS if group in present]
    if not groups:
        raise TableError(
            f"the table of durations has nobody at risk in any of the groups {', '.join(GROUPS)}"
        )
    names = [style.name for style in setting.styles]
    return durations[durations["scenario"].isin(names) & durations["group"].isin(groups)], groups


def _draw_survival(figure: go.Figure, survival: pd.DataFrame, setting: Setting, column: int) -> None:
    ends = []
    for style in setting.styles:
        part = survival[(survival["scenario"] == style.name) & (survival["months"] <= HORIZON)]
        part = part[(part["at_risk"] >= FEWEST) | (part["months"] == 0)]
        figure.add_scatter(
            x=part["months"], y=part["remaining"], mode="lines", name=style.title, legendgroup=style.title,
            line={"color": style.colour, "width": 2, "dash": style.dash, "shape": "hv"},
            showlegend=column == 1, hovertemplate="%{y:.0f} %", row=1, col=column,
        )  # fmt: skip
        ends.append((style, float(part["remaining"].iloc[-1])))
    if setting.others:
        end_letters(figure, HORIZON, ends, 1, column)


def _draw_rates(figure: go.Figure, rates: pd.DataFrame, setting: Setting, column: int) -> None:
    ends = []
    for style in setting.styles:
        part = rates[rates["scenario"] == style.name]
        place = {"legendgroup": style.title, "row": 2, "col": column}
        band(figure, part["middle"], part["low"], part["high"], style.colour, 0.2, **place)
        figure.add_scatter(
            x=part["middle"], y=part["rate"], mode="lines", name=style.title, showlegend=False,
            line={"color": style.colour, "width": 2, "dash": style.dash},
            hovertemplate="%{y:.1f} %", **place,
        )  # fmt: skip
        ends.append((style, float(part["rate"].iloc[-1])))
    if setting.others:
        end_letters(figure, HORIZON, ends, 2, column)


def reading_aid(table: pd.DataFrame, setting: Setting) -> str:
    """Return how to read the figure and what its intervals cover."""
    shown, _ = _shown(table, setting)
    years = f"{shown['year'].min()}–{shown['year'].max()}"
    say = setting.say
    curves = say("each scenario", "jedes Szenarios") if setting.others else say("the run", "des Laufs")
    return say(
        "Above: of 100 people who lose their job, how many are still unemployed or in a measure after so "
        f"many months, at the exit rates of {curves} in {years}. Below: how likely those still there are to "
        "take a job within the month; shaded: 95 % interval (all replicates together, chance only). A "
        "falling line partly means that those who are easier to place leave first, not that each person's "
        "chance falls. Whole place; dotted line: 12 months.",
        "Oben: Von 100 Menschen, die ihre Arbeit verlieren, sind nach so vielen Monaten noch so viele arbeitslos oder "
        f"in einer Maßnahme, bei den Abgangsraten {curves} in {years}. Unten: Wie wahrscheinlich nehmen die, die noch "
        "da sind, im Monat eine Arbeit auf; Fläche: 95-%-Intervall (alle Läufe zusammen, nur Zufall). Eine fallende "
        "Linie heißt zum Teil, dass leichter Vermittelbare zuerst gehen, nicht, dass die Chance jeder Person sinkt. "
        "Ganzes Gebiet; gepunktet: 12 Monate.",
    )


def numbers(durations: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return, as text, what has become of people after 3 to 36 months, and how many were at risk.

    One row per group, scenario and duration; shares in %, people at risk in person-months of all replicates.
    """
    shown, groups = _shown(durations, setting)
    table = life_table(shown, ("group", "scenario"))
    table = table[table["months"].isin(MARKS)]
    letters = {style.name: style.short for style in setting.styles}
    order = {group: number for number, group in enumerate(groups)}
    table = table.assign(place=table["group"].map(order), letter=table["scenario"].map(letters))
    table = table.sort_values(["place", "letter", "months"])
    say = setting.say
    shares = {
        "remaining": say("Still out of work (%)", "Noch ohne Arbeit (%)"),
        "in_job": say("In a job (%)", "In Arbeit (%)"),
        "withdrawn": say("Withdrawn (%)", "Zurückgezogen (%)"),
    }
    result = pd.DataFrame(
        {
            say("Group", "Gruppe"): [say.group(group) for group in table["group"]],
            say("Scenario", "Szenario"): table["letter"].tolist(),
            say("Months", "Monate"): table["months"].astype(str).tolist(),
        }
    )
    for column, title in shares.items():
        result[title] = [say.number(value) for value in table[column]]
    at_risk = say("At risk (person-months)", "Unter Risiko (Personenmonate)")
    result[at_risk] = [say.number(value, 0) for value in table["at_risk"]]
    return result if setting.others else result.drop(columns=say("Scenario", "Szenario"))
