"""The scorecard of a place: what was published, what the model gives, and how far the two are apart.

A target is a mapping (see `labsim.config.scorecards`, which reads, checks and completes them): what is computed
(``statistic`` of ``indicators`` ...), the published value or the series it is computed from, the band that says how
close is close enough, and its role. Fits were used by the calibration, hold-outs were not, inputs are shown and test
nothing. A figure from memory is shown as such and never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from labsim.analysis.contrasts import DIGITS, mean_over_seeds
from labsim.analysis.intervals import LEVEL
from labsim.analysis.panel import PUBLISHED, Panel, published_panel
from labsim.analysis.statistics import DURATIONS, INDICATORS, STATISTICS, Sight
from labsim.analysis.tables import WHOLE

FIT, HOLD_OUT, INPUT = "fit", "hold_out", "input"
ROLES = (FIT, HOLD_OUT, INPUT)
"""What a target is for: used by the calibration, kept from it, or a figure that the model starts from."""

SIGN, MEMORY = "SIGN", "MEMORY"

VALUE_COLUMNS = ("target", "seed", "value")
COLUMNS = (
    "target", "label", "published", "low", "high", "model", "model_low", "model_high", "seeds", "distance", "bands",
    "inside", "overlaps", "role", "counts", "sure", "source", "unit", "statistic", "municipality", "group", "period",
    "weight", "why", "note", "misses",
)  # fmt: skip


@dataclass(frozen=True)
class Published:
    """The published figures of a place.

    points     series, municipality, date, value, flag of each
    residents  residents by municipality and year, of the municipalities that belong to the place proper
    """

    points: tuple[Mapping[str, Any], ...] = ()
    residents: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    def panel(self, *, breaks: bool) -> Panel:
        """Return them as a panel, with or without those that are flagged as a level break."""
        return published_panel(self.points, self.residents, breaks=breaks)


def needed(targets: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return which rows of the tidy indicators the targets need: ``indicator``, ``municipality``, ``group``.

    ``tables`` names the tables of a run that are needed: indicators, durations.
    """
    found: dict[str, dict[str, None]] = {"indicator": {}, "municipality": {}, "group": {}, "tables": {}}
    for target in targets:
        kind = STATISTICS[target["statistic"]]
        if kind.table not in {INDICATORS, DURATIONS}:
            continue
        found["tables"][kind.table] = None
        if kind.table == DURATIONS:
            continue
        named = target["municipalities"] if kind.many else (target["municipality"],)
        cells = {
            "indicator": (*target["indicators"], *target["per"], *target["on"]),
            "municipality": named,
            "group": (target["group"], *(("all",) if target["per"] or target["on"] else ())),
        }
        for column, names in cells.items():
            found[column] |= dict.fromkeys(str(name) for name in names)
    return {column: tuple(names) for column, names in found.items()}


def only_needed(indicators: pd.DataFrame, targets: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the rows of the tidy indicators that the targets need."""
    wanted = needed(targets)
    chosen = pd.Series(True, index=indicators.index)
    for column in ("indicator", "municipality", "group"):
        chosen &= indicators[column].isin(wanted[column])
    return indicators[chosen]


def values(
    indicators: pd.DataFrame,
    targets: Sequence[Mapping[str, Any]],
    published: Published | None = None,
    durations: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the model's value of each target by seed; targets of studies are left out, as they have runs of their own.

    Parameters
    ----------
    indicators
        Tidy indicators of the runs of one scenario, with a column ``seed`` (without one: seed 0).
    durations
        Counts of exits by months since job loss, with ``seed``; without it, targets that need it are undefined.

    Returns
    -------
    `VALUE_COLUMNS`; in the target's unit, NaN where it is undefined.
    """
    known = published or Published()
    table = indicators if "seed" in indicators.columns else indicators.assign(seed=0)
    exits = durations if durations is None or "seed" in durations.columns else durations.assign(seed=0)
    panel = Panel(only_needed(table, targets))
    if not panel.seeds:
        panel.seeds = sorted(int(seed) for seed in table["seed"].unique())
    panels = {breaks: known.panel(breaks=breaks) for breaks in (False, True)}
    rows = []
    for target in targets:
        kind = STATISTICS[target["statistic"]]
        if kind.table not in {INDICATORS, DURATIONS}:
            continue
        if kind.table == DURATIONS and exits is None:
            found = pd.Series(np.nan, index=panel.seeds)
        else:
            against = panels[bool(target["breaks"])] if target["series"] else None
            found = kind.function(Sight(panel, against, target, exits))
        rows += [(target["target"], int(seed), float(found.get(seed, np.nan))) for seed in panel.seeds]
    return pd.DataFrame(rows, columns=list(VALUE_COLUMNS))


def published_values(
    targets: Sequence[Mapping[str, Any]], published: Published | None = None
) -> pd.DataFrame:
    """Return ``target``, ``published``, ``low``, ``high``: the value to be met and the band around it.

    The published value of a series is the same statistic of the published figures. NaN stands for what was not
    published (a sign has no value); an open side of a band is infinite.
    """
    known = published or Published()
    panels = {breaks: known.panel(breaks=breaks) for breaks in (False, True)}
    rows = []
    for target in targets:
        value = target["value"]
        if target["series"]:
            exact = STATISTICS[target["statistic"]].exact
            value = exact if exact is not None else _of_series(target, panels[bool(target["breaks"])])
        rows.append((target["target"], np.nan if value is None else float(value), *_band(target, value)))
    return pd.DataFrame(rows, columns=["target", "published", "low", "high"])


def _of_series(target: Mapping[str, Any], panel: Panel) -> float:
    itself = {**target, "indicators": (target["series"],), "group": WHOLE}
    found = STATISTICS[target["statistic"]].function(Sight(panel, panel, itself))
    return round(float(found.get(PUBLISHED, np.nan)), DIGITS)


def _band(target: Mapping[str, Any], value: float | None) -> tuple[float, float]:
    """Return lowest and highest value that count as met; an open side is infinite."""
    if target["half"] is not None and value is not None:
        return round(value - target["half"], DIGITS), round(value + target["half"], DIGITS)
    if target["percent"] is not None and value is not None:
        half = abs(value) * target["percent"] / 100.0
        return round(value - half, DIGITS), round(value + half, DIGITS)
    low, high = target["low"], target["high"]
    return (-np.inf if low is None else float(low), np.inf if high is None else float(high))


def score(
    found: pd.DataFrame,
    targets: Sequence[Mapping[str, Any]],
    published: Published | None = None,
    language: str = "en",
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return the scorecard, a row per target in the order of the file.

    Parameters
    ----------
    found
        `VALUE_COLUMNS`: values by seed, of `values` and of the studies. A target without any is undefined.

    Returns
    -------
    `COLUMNS`. ``model``, ``model_low``, ``model_high``: mean over the seeds and its 95 % interval. ``distance`` =
    model - published, in the target's unit; ``bands`` = the same in half-widths of the band, from its middle
    (NaN for a sign). ``inside``: the model's mean lies within low..high (None if undefined); ``overlaps``: its
    95 % interval and the band have a value in common. ``counts``: whether the row is counted (never from memory).
    """
    means = mean_over_seeds(found, ("target",), level).set_index("target")
    bands = published_values(targets, published).set_index("target")
    rows = [_row(target, bands.loc[target["target"]], means, language) for target in targets]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"inside": object, "overlaps": object})


def _row(
    target: Mapping[str, Any], band: pd.Series[float], means: pd.DataFrame, language: str
) -> dict[str, Any]:
    name = target["target"]
    known = name in means.index
    model, low, high = (
        (float(means.loc[name, column]) if known else np.nan) for column in ("mean", "low", "high")
    )
    if not np.isfinite(low):
        low = high = model
    defined = bool(np.isfinite(model))
    label = target["label"]
    kept = {key: target[key] for key in ("role", "sure", "source", "unit", "statistic", "municipality", "group",
                                         "period", "weight", "why", "note", "misses")}  # fmt: skip
    return kept | {
        "target": name,
        "label": str(label.get(language) or label["en"]),
        "published": float(band["published"]),
        "low": float(band["low"]),
        "high": float(band["high"]),
        "model": model,
        "model_low": low,
        "model_high": high,
        "seeds": int(means.loc[name, "pairs"]) if known else 0,
        "distance": round(model - float(band["published"]), DIGITS),
        "bands": in_bands(model, float(band["published"]), float(band["low"]), float(band["high"])),
        "inside": bool(band["low"] <= model <= band["high"]) if defined else None,
        "overlaps": bool(low <= band["high"] and high >= band["low"]) if defined else None,
        "counts": target["sure"] != MEMORY,
    }


def in_bands(model: float, published: float, low: float, high: float) -> float:
    """Return a distance in half-widths of the band: within -1 and 1 is inside.

    Of a band with one open side, the distance from the published value to the other side is one; a sign has no size.
    """
    if np.isfinite(low) and np.isfinite(high) and high > low:
        half = (high - low) / 2.0
        return round((model - (low + half)) / half, DIGITS)
    edge = low if np.isfinite(low) else high
    if np.isfinite(edge) and np.isfinite(published) and edge != published:
        return round((model - published) / abs(edge - published), DIGITS)
    return float("nan")


def loss(table: pd.DataFrame) -> float:
    """Return the weighted mean over the fits of the squared distance from the band's middle in half-widths.

    1 = on average at the edge of the band. An undefined fit makes the loss infinite. No unit.
    """
    fits = table[(table["role"] == FIT) & (table["weight"] > 0)]
    if fits.empty:
        raise ValueError(
            "the scorecard has no target with role fit and a weight above 0, so there is nothing to fit"
        )
    squared = np.square(fits["bands"].to_numpy(np.float64))
    if not np.isfinite(squared).all():
        return float("inf")
    return float(np.average(squared, weights=fits["weight"].to_numpy(np.float64)))


def counted(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return by role (how many rows that count are inside their band, how many rows count).

    An undefined row counts as not inside.
    """
    rows = table[table["counts"].astype(bool)]
    return {
        role: (int((part["inside"] == True).sum()), len(part))  # noqa: E712 - None is neither
        for role, part in ((role, rows[rows["role"] == role]) for role in ROLES)
    }
