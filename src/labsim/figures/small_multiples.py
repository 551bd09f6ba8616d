"""Several indicators over time, a small panel each: providers by field, ties of local actors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.paired import first_difference
from labsim.analysis.tables import TableError, annual_means, has, pick
from labsim.figures import differences, levels, words
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.theme import PAST, Setting, Style

QUARTER = 3
"""Months that are averaged into one point, so that many panels stay light."""

PROVIDERS = (
    "capacity_short_training", "capacity_training", "capacity_work", "capacity_linked", "capacity_counselling",
    "capacity_placement", "provider_use", "provider_competence",
)  # fmt: skip
"""Capacity by field, and how it is used and how competent it is."""

LOCAL_ACTORS = ("tie_strength", "joint_activity", "jobs_developed", "municipal_room")
"""What local actors have in common, and what it takes and brings."""


def small_multiples(
    title: str, indicators: pd.DataFrame, setting: Setting, names: Sequence[str], columns: int
) -> go.Figure:
    """Return a panel per indicator: each scenario's mean over the replicates, quarter by quarter.

    From three replicates on, the 95 % interval of that mean is shaded (chance only). The past that all scenarios share
    is one grey line; the months of the transition are shaded. Every panel has its own unit and scale, zero included
    except for shares that stay away from it. Indicators without any value above zero are left out.
    """
    shown = present(indicators, setting, names)
    columns = min(columns, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = panels(
        title, [150] * rows, columns, gap=74, title_lines=2, right=26, horizontal_spacing=0.22 / max(columns, 1),
        legend=bool(setting.others), say=setting.say,
    )  # fmt: skip
    for number, name in enumerate(shown):
        row, column = number // columns + 1, number % columns + 1
        values = pick(indicators, name, setting.municipality)
        values = values[values["scenario"].isin([style.name for style in setting.styles])]
        shade_transition(figure, setting, row, column, named=number == 0)
        table, split = quarterly(values), first_difference(values) if setting.others else None
        figure.update_yaxes(range=_range(table), nticks=4, row=row, col=column)
        draw_quarters(figure, table, split, setting, row, column, legend=number == 0)
        panel_title(
            figure, row, column, f"<b>{_short(setting.label(name))}</b><br>{_unit(setting.unit_label(name))}"
        )
    for spare in range(len(shown), rows * columns):
        _hide(figure, spare // columns + 1, spare % columns + 1)
    figure.update_xaxes(nticks=5, hoverformat="%b %Y")
    return figure


def present(indicators: pd.DataFrame, setting: Setting, names: Sequence[str]) -> list[str]:
    """Return the indicators that have a value other than zero; raises `TableError` if none has."""
    there = [name for name in names if has(indicators, name, setting.municipality)]
    shown = [name for name in there if pick(indicators, name, setting.municipality)["value"].abs().max() > 0]
    if not shown:
        raise TableError(f"no values of {', '.join(names)} in {setting.municipality}")
    return shown


def reading_aid(indicators: pd.DataFrame, setting: Setting, names: Sequence[str]) -> str:
    """Return how to read the figure and what its bands cover."""
    rows = pick(indicators, present(indicators, setting, names)[0], setting.municipality)
    seeds = rows["seed"].nunique()
    say = setting.say
    if seeds == 1:
        return say(
            f"Means of each quarter {setting.where}. One replicate: a single run says nothing about chance.",
            f"Mittel jedes Quartals {setting.where}. Ein Lauf: ein einzelner Lauf sagt nichts über den Zufall.",
        )
    bands = say(
        f"shaded: 95 % interval of that mean ({seeds} replicates; chance only, not parameter uncertainty)",
        f"Fläche: 95-%-Intervall dieses Mittels ({seeds} Läufe; nur Zufall, nicht die Unsicherheit der Annahmen)",
    )
    few = say(f"{seeds} replicates, too few for an interval", f"{seeds} Läufe, zu wenige für ein Intervall")
    bands = bands if seeds >= FEWEST_PAIRS else few
    return say(
        f"Lines: mean of each quarter over the replicates {setting.where}; {bands}. Each panel has its own scale.",
        f"Linien: Mittel jedes Quartals über die Läufe {setting.where}; {bands}. Jedes Feld hat seine eigene Skala.",
    )


def numbers(indicators: pd.DataFrame, setting: Setting, names: Sequence[str]) -> pd.DataFrame:
    """Return annual means and paired differences with intervals, as text, one row per indicator and year."""
    say, parts = setting.say, []
    mean = f"{differences.mean_title(say)} ("
    for name in present(indicators, setting, names):
        values = pick(indicators, name, setting.municipality)
        part = differences.annual_numbers(annual_means(values), setting)
        part.insert(0, say("What", "Was"), f"{setting.label(name)} ({setting.unit_label(name)})")
        parts.append(part.rename(columns=lambda each: each.split(" (")[0] if each.startswith(mean) else each))
    return pd.concat(parts, ignore_index=True)


def quarterly(values: pd.DataFrame) -> pd.DataFrame:
    """Return mean and 95 % interval over the seeds by scenario and quarter; ``month`` is the quarter's first.

    Quarters with fewer than three months are averaged over those that there are; an interval is given from three
    replicates on (``low`` and ``high`` are NaN otherwise).
    """
    first = values["month"].dt.to_period("Q").dt.start_time
    means = (
        values.assign(month=first)
        .groupby(["scenario", "seed", "month"], observed=True)["value"]
        .mean()
        .reset_index()
    )
    table = mean_over_seeds(means, ("scenario", "month")).sort_values("month", ignore_index=True)
    few = table["pairs"] < FEWEST_PAIRS
    table[["low", "high"]] = table[["low", "high"]].mask(few)
    return table


def draw_quarters(
    figure: go.Figure,
    table: pd.DataFrame,
    split: pd.Timestamp | None,
    setting: Setting,
    row: int,
    column: int,
    *,
    legend: bool,
) -> None:
    """Draw one panel: the common past grey, then every scenario; letters at the line ends.

    ``table`` is one of `quarterly`, ``split`` the first month in which scenarios differ: None if they never do, or if
    there is one alone. The vertical range of the panel must be set before.
    """
    last = table["month"].max()
    figure.update_xaxes(range=[table["month"].min(), last], row=row, col=column)
    if setting.others:
        past = Style(setting.baseline.name, "", levels.all_alike(setting), PAST, "solid")
        own = table[table["scenario"] == past.name]
        _line(figure, own if split is None else own[own["month"] <= split], past, row, column, legend=legend)
        if split is None:
            return
    start = table["month"].min() if split is None else split.to_period("Q").start_time
    for style in setting.styles:
        own = table[(table["scenario"] == style.name) & (table["month"] >= start)]
        _line(figure, own, style, row, column, legend=legend)
    if setting.others:
        ends = table[table["month"] == last].set_index("scenario")["mean"]
        places = [(style, float(ends[style.name])) for style in setting.styles if style.name in ends.index]
        levels.end_letters(figure, last, places, row, column)


def _range(table: pd.DataFrame) -> list[float]:
    """Return the vertical range of a panel: zero included except for shares that stay away from it."""
    edges = table[["mean", "low", "high"]]
    low, high = float(edges.min().min()), float(edges.max().max())
    low = min(low, 0.0) if low < 0.5 * high else low
    span = (high - low) or abs(high) or 1.0
    return [low - 0.05 * span, high + 0.15 * span]


def _line(
    figure: go.Figure, part: pd.DataFrame, style: Style, row: int, column: int, *, legend: bool
) -> None:
    place = {"legendgroup": style.title, "row": row, "col": column}
    if part["low"].notna().any() and len(part) > 1:
        levels.band(
            figure, part["month"], part["low"].round(4), part["high"].round(4), style.colour, 0.14, **place
        )
    figure.add_scatter(
        x=part["month"], y=part["mean"].round(4), mode="lines", name=style.title, showlegend=legend,
        line={"color": style.colour, "width": 1.8, "dash": style.dash}, hovertemplate="%{y:.2f}", **place,
    )  # fmt: skip


def _hide(figure: go.Figure, row: int, column: int) -> None:
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(visible=False, row=row, col=column)


def _short(label: str) -> str:
    """Return a label without the word that all panels of a row share.

    >>> _short("Capacity, further training"), _short("Ties of local actors")
    ('Further training', 'Ties of local actors')
    """
    return words.plain(label.removeprefix("Capacity, ").removeprefix("Kapazität, "))


def _unit(unit: str) -> str:
    for long, short in (
        ("per 1,000 residents of working age", "per 1,000 residents"),
        ("per resident of working age and month", "per resident, month"),
        ("je 1.000 Personen im Erwerbsalter", "je 1.000 Personen"),
        ("je Person im Erwerbsalter und Monat", "je Person und Monat"),
    ):
        unit = unit.replace(long, short)
    return unit
