"""Which figures a report shows, each with its reading aid and its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd

from labsim.analysis.tables import TableError
from labsim.analysis.windows import Phase
from labsim.figures import (
    beveridge,
    durations,
    headline,
    state_flows,
    trajectory,
    unemployment_against_published,
)
from labsim.figures.exhibit import Exhibit
from labsim.figures.theme import Setting
from labsim.report.reading import Results

__all__ = ["Exhibit", "exhibits"]


def exhibits(results: Results) -> tuple[list[Exhibit], list[str]]:
    """Return the figures that the results allow, and one line for each that they do not."""
    shown, omitted = [], []
    for name, make in _makers(results, results.setting()):
        try:
            shown.append(make())
        except TableError as error:
            omitted.append(f"{name}: {error}")
    return shown, omitted


def _makers(results: Results, setting: Setting) -> Iterator[tuple[str, Callable[[], Exhibit]]]:
    """Yield what each figure is called and how it is made, in the order of the report."""
    indicators, published, say = results.indicators, results.published, results.say
    heading = say(
        "Employment, underemployment and unemployment",
        "Beschäftigung, Unterbeschäftigung und Arbeitslosigkeit",
    )
    yield heading, partial(_headline, indicators, setting)
    here = published[published["municipality"] == setting.municipality]
    if (here["series"] == unemployment_against_published.INDICATOR).any():
        heading = say("Unemployment against published values", "Arbeitslosigkeit und veröffentlichte Werte")
        yield heading, partial(_published, indicators, published, setting)
    for indicator in results.outcomes:
        # unemployment has a figure of its own for the published values
        others = published[published["series"] != unemployment_against_published.INDICATOR]
        yield setting.label(indicator), partial(_trajectory, indicators, others, setting, indicator)
    months = results.flows["month"]
    for window in setting.affected(months) or setting.phases(months):
        heading = f"{say('Flows between states', 'Bewegungen zwischen Zuständen')}, {say.dates(window)}"
        yield heading, partial(_flows, results.flows, setting, window)
    yield (
        say("Time out of work", "Zeit ohne Arbeit"),
        partial(_durations, _late_durations(results, setting), setting),
    )
    yield (
        say("Unemployment and vacancies", "Arbeitslose und offene Stellen"),
        partial(_beveridge, indicators, setting),
    )


def _headline(indicators: pd.DataFrame, setting: Setting) -> Exhibit:
    return Exhibit(
        headline.headline(indicators, setting),
        headline.reading_aid(indicators, setting),
        headline.numbers(indicators, setting),
        width=860,
    )


def _published(indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting) -> Exhibit:
    figure = unemployment_against_published
    return Exhibit(
        figure.unemployment_against_published(indicators, published, setting),
        figure.reading_aid(indicators, published, setting),
        figure.numbers(indicators, published, setting),
    )


def _trajectory(
    indicators: pd.DataFrame, published: pd.DataFrame, setting: Setting, indicator: str
) -> Exhibit:
    return Exhibit(
        trajectory.trajectory(indicators, setting, indicator, published=published),
        trajectory.reading_aid(indicators, setting, indicator),
        trajectory.numbers(indicators, setting, indicator),
    )


def _flows(flows: pd.DataFrame, setting: Setting, window: Phase) -> Exhibit:
    return Exhibit(
        state_flows.state_flows(flows, setting, window),
        state_flows.reading_aid(setting, window),
        state_flows.numbers(flows, setting, window),
        width=300 * min(len(setting.styles), state_flows.ACROSS) + 60,
    )


def _durations(table: pd.DataFrame, setting: Setting) -> Exhibit:
    return Exhibit(
        durations.survival_and_exit(table, setting),
        durations.reading_aid(table, setting),
        durations.numbers(table, setting),
        width=760,
    )


def _beveridge(indicators: pd.DataFrame, setting: Setting) -> Exhibit:
    return Exhibit(
        beveridge.beveridge_path(indicators, setting),
        beveridge.reading_aid(indicators, setting),
        beveridge.numbers(indicators, setting),
        width=620,
    )


def _late_durations(results: Results, setting: Setting) -> pd.DataFrame:
    """Return the durations of the full years in the last phase, or of all years if it has none."""
    table = results.durations
    last = setting.phases(results.flows["month"])[-1]
    inside = table["year"].between(last.start.year + (last.start.month > 1), last.end.year - 1)
    return table[inside] if inside.any() else table
