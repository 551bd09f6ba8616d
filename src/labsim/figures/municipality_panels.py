"""One indicator in every municipality: a small panel each, all on one scale, the largest difference first."""

from __future__ import annotations

import math

import pandas as pd

from labsim.analysis.paired import first_difference, paired_differences
from labsim.analysis.tables import WHOLE, TableError, annual_means
from labsim.analysis.windows import Phase, phase_means
from labsim.figures import differences, words
from labsim.figures.canvas import go, panel_title, panels, shade_transition
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.small_multiples import draw_quarters, quarterly
from labsim.figures.theme import Setting

MOST, ACROSS = 12, 3
"""Municipalities shown at most, and in a row."""


def municipality_panels(indicators: pd.DataFrame, setting: Setting, indicator: str) -> go.Figure:
    """Return a panel per municipality: each scenario's mean over the replicates, quarter by quarter.

    Unit: the indicator's own, the same scale in every panel, so that places can be compared. Sorted by the mean paired
    difference (of the last compared scenario) in the last phase, which stands over each panel with its 95 % interval;
    of more than twelve municipalities those with the largest and the smallest difference are shown, and the table has
    all. A single scenario has the 95 % interval of its mean shaded (from three replicates on); several have none,
    because overlapping intervals of levels hide what the paired difference says. The past that they share is grey.
    """
    rows, order = _rows(indicators, setting, indicator)
    shown = _shown(order)
    columns = min(ACROSS, len(shown))
    lines = math.ceil(len(shown) / columns)
    figure = panels(
        f"{setting.label(indicator)} {setting.say('by municipality', 'nach Kommunen')}",
        [130] * lines, columns, gap=94, title_lines=3 if setting.others else 2, right=26, say=setting.say,
        horizontal_spacing=0.13 / columns, shared_yaxes="all", legend=bool(setting.others),
    )  # fmt: skip
    tables = {name: _means(rows[rows["municipality"] == name], setting) for name in shown}
    edges = pd.concat([table[["mean", "low", "high"]] for table in tables.values()])
    low, high = float(edges.min().min()), float(edges.max().max())
    span = (high - low) or abs(high) or 1.0
    for number, name in enumerate(shown):
        row, column = number // columns + 1, number % columns + 1
        shade_transition(figure, setting, row, column, named=number == 0)
        part = rows[rows["municipality"] == name]
        split = first_difference(part) if setting.others else None
        figure.update_yaxes(range=[low - 0.06 * span, high + 0.16 * span], nticks=5, row=row, col=column)
        draw_quarters(figure, tables[name], split, setting, row, column, legend=number == 0)
        heading = f"<b>{name}</b>"
        if setting.others:
            heading += f"<br>{_effect(order, name, setting, indicator)}"
        panel_title(
            figure, row, column, f"{heading}<br>{setting.unit_label(indicator) if number == 0 else ' '}"
        )
    for spare in range(len(shown), lines * columns):
        place = {"row": spare // columns + 1, "col": spare % columns + 1}
        figure.update_xaxes(visible=False, **place)
        figure.update_yaxes(visible=False, **place)
    figure.update_xaxes(nticks=5, hoverformat="%b %Y")
    return figure


def reading_aid(indicators: pd.DataFrame, setting: Setting, indicator: str) -> str:
    """Return how to read the figure, how it is sorted and what its bands cover."""
    say = setting.say
    rows, order = _rows(indicators, setting, indicator)
    seeds, left_out = rows["seed"].nunique(), len(order) - len(_shown(order))
    text = say(
        f"Lines: mean of each quarter over {say.replicates(seeds)}; all panels share one scale. ",
        f"Linien: Mittel jedes Quartals über {say.replicates(seeds)}; alle Felder haben eine Skala. ",
    )
    if seeds >= FEWEST_PAIRS and not setting.others:
        text += say(
            "Shaded: 95 % interval of that mean (chance only). ",
            "Fläche: 95-%-Intervall dieses Mittels (nur Zufall). ",
        )
    if setting.others:
        span, style = _last(rows, setting), setting.others[-1]
        pair = f"{style.letter} − {setting.baseline.letter}"
        text += say(
            f"Sorted by {pair} in {say.dates(span)}, which stands over each panel with its 95 % interval "
            f"({setting.difference_label(indicator)}).",
            f"Geordnet nach {pair} in {say.dates(span)}; die Differenz steht mit ihrem 95-%-Intervall über jedem Feld "
            f"({setting.difference_label(indicator)}).",
        )
    if left_out > 0:
        text += say(
            f" {left_out} municipalities in the middle are left out here; the table has them.",
            f" {left_out} Kommunen aus der Mitte fehlen hier; die Tabelle hat sie.",
        )
    return text.strip()


def numbers(indicators: pd.DataFrame, setting: Setting, indicator: str) -> pd.DataFrame:
    """Return annual means and paired differences with intervals, as text, a row per municipality and year."""
    say, parts = setting.say, []
    rows, order = _rows(indicators, setting, indicator)
    for name in order.index:
        part = differences.annual_numbers(annual_means(rows[rows["municipality"] == name]), setting)
        part.insert(0, say("Municipality", "Kommune"), name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _rows(indicators: pd.DataFrame, setting: Setting, indicator: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the values by municipality, and mean, low and high of the effect by municipality, the largest first."""
    keep = (indicators["indicator"] == indicator) & (indicators["group"] == WHOLE)
    keep &= (indicators["municipality"] != WHOLE) & indicators["value"].notna()
    rows = indicators[keep & indicators["scenario"].isin([style.name for style in setting.styles])]
    if rows.empty:
        raise TableError(f"no values of {indicator} by municipality")
    if not setting.others:
        names = sorted(rows["municipality"].unique())
        return rows, pd.DataFrame({"mean": 0.0, "low": math.nan, "high": math.nan}, index=names)
    effects = paired_differences(phase_means(rows, (_last(rows, setting),)), setting.baseline.name, "phase")
    own = effects[effects["scenario"] == setting.others[-1].name].set_index("municipality")
    return rows, own.sort_values("mean", ascending=False, kind="stable")[["mean", "low", "high"]]


def _means(rows: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return the means by quarter, with their intervals for a single scenario only."""
    table = quarterly(rows)
    return table.assign(low=math.nan, high=math.nan) if setting.others else table


def _last(rows: pd.DataFrame, setting: Setting) -> Phase:
    """Return the last phase within the observed months."""
    return setting.phases(rows["month"])[-1]


def _shown(order: pd.DataFrame) -> list[str]:
    """Return the municipalities of the panels: all, or the two ends of the order."""
    names = [str(name) for name in order.index]
    half = MOST // 2
    return names if len(names) <= MOST else [*names[:half], *names[-half:]]


def _effect(order: pd.DataFrame, name: str, setting: Setting, indicator: str) -> str:
    digits = words.digits_of_difference(setting.unit(indicator))
    mean, low, high = (float(order[edge][name]) for edge in ("mean", "low", "high"))
    text = setting.say.signed_interval(mean, low, high, digits)
    return f"{setting.others[-1].letter} − {setting.baseline.letter}: {text}"
