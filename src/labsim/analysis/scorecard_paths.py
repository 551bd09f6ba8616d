"""Published and simulated paths side by side, municipality by municipality: what stands behind a scorecard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import mean_over_seeds
from labsim.analysis.panel import BREAK, PUBLISHED, Panel, yearly
from labsim.analysis.scorecard import Published
from labsim.analysis.tables import WHOLE

COLUMNS = ("indicator", "municipality", "year", "published", "flag", "model", "low", "high", "seeds")

SERIES = ("unemployment_rate", "long_term_share")
"""The series of which paths are kept."""


def paths(
    indicators: pd.DataFrame, published: Published, places: Sequence[str], series: Sequence[str] = SERIES
) -> pd.DataFrame:
    """Return annual values of each series for the place as a whole and each municipality: published, and simulated.

    Parameters
    ----------
    indicators
        Tidy indicators of the runs of one scenario, with ``seed``.
    places
        Municipalities, in the order wanted; the whole place comes first.

    Returns
    -------
    `COLUMNS`: one row per series, municipality and complete year. ``published`` is NaN where nothing was published,
    ``flag`` is "break" for a level break; broken figures are left out. ``model``, ``low``, ``high``: mean over the
    seeds and its 95 % interval.
    """
    names = (WHOLE, *places)
    rows = indicators["indicator"].isin(series) & (indicators["group"] == WHOLE)
    panel = Panel(indicators[rows & indicators["municipality"].isin(names)])
    known = {breaks: published.panel(breaks=breaks) for breaks in (False, True)}
    parts = [_path(panel, known, name, place) for name in series for place in names]
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def _path(panel: Panel, known: dict[bool, Panel], series: str, place: str) -> pd.DataFrame:
    """Return one path."""
    values = yearly(panel.of(series, place)).rename_axis(index="year", columns="seed")
    tidy = values.reset_index().melt("year", var_name="seed", value_name="value")
    model = mean_over_seeds(tidy, ("year",)).set_index("year")
    sound, with_breaks = (_annual(known[breaks], series, place) for breaks in (False, True))
    table = pd.DataFrame(index=values.index)
    table["published"] = with_breaks.reindex(table.index)
    is_break = table["published"].notna() & sound.reindex(table.index).isna()
    table["flag"] = np.where(is_break, BREAK, "")
    table[["model", "low", "high"]] = model[["mean", "low", "high"]].reindex(table.index)
    table["seeds"] = model["pairs"].reindex(table.index).fillna(0).astype(np.int64)
    return table.reset_index().assign(indicator=series, municipality=place)


def _annual(panel: Panel, series: str, place: str) -> pd.Series[float]:
    found = yearly(panel.of(series, place))
    return found[PUBLISHED] if PUBLISHED in found.columns else pd.Series(dtype=np.float64)
