"""The few figures that say what an experiment found."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from labsim.analysis import annual_means, paired_differences
from labsim.analysis.findings import named
from labsim.experiment.store import EXPERIMENT_FILE, read_json

HEADLINE = (
    "unemployed", "unemployment_rate", "underemployment_rate", "employment", "long_term_share",
    "job_finding_rate", "in_measure", "spending",
)  # fmt: skip
"""Indicators shown at the end of a comparison, in this order, as far as the results hold them."""

COLUMNS = ["scenario", "indicator", "year", "value_baseline", "value", "mean", "low", "high", "pairs"]


def headline(indicators: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Return the paired differences to `baseline` of the main indicators in the last complete year.

    One row per scenario and indicator, for the whole place and everybody, in the unit of the indicator: the
    baseline's and the scenario's own mean, the mean difference, its 95 % interval, the number of pairs. Empty
    if no year is complete, or if there are no two scenarios.
    """
    main = indicators[
        indicators["indicator"].isin(HEADLINE)
        & (indicators["municipality"] == "all")
        & (indicators["group"] == "all")
    ]
    yearly = annual_means(main)
    if yearly.empty or baseline not in set(yearly["scenario"]) or yearly["scenario"].nunique() < 2:
        return pd.DataFrame(columns=COLUMNS)
    last = yearly[yearly["year"] == yearly["year"].max()]
    rows = paired_differences(last, baseline, "year")[COLUMNS]
    order = rows["indicator"].map({name: i for i, name in enumerate(HEADLINE)})
    places = {name: i for i, name in enumerate(dict.fromkeys(indicators["scenario"]))}
    sorted_rows = rows.assign(place=rows["scenario"].map(places), order=order).sort_values(["place", "order"])
    return sorted_rows[COLUMNS].reset_index(drop=True)


def read_headline(folder: Path, baseline: str) -> pd.DataFrame:
    """Return the headline of an experiment's folder, reading no more of its table than that takes.

    Scenarios that were made for an answer (parts of a decomposition, a placebo) are left out.
    """
    table = _read_main(folder)
    chosen = named(read_json(folder / EXPERIMENT_FILE) or {})
    return headline(table[table["scenario"].isin(chosen)], baseline)


def read_first_and_last(folder: Path) -> pd.DataFrame:
    """Return the main indicators of one run in its first and last complete year.

    Columns: indicator, and the two years, or one if no other is complete; empty if none is.
    """
    yearly = annual_means(_read_main(folder))
    wide = yearly.pivot_table(index="indicator", columns="year", values="value")
    wide = wide.reindex([name for name in HEADLINE if name in wide.index])
    years = sorted({wide.columns.min(), wide.columns.max()}) if len(wide.columns) else []
    return wide[years].reset_index()


def _read_main(folder: Path) -> pd.DataFrame:
    wanted = [("indicator", "in", HEADLINE), ("municipality", "==", "all"), ("group", "==", "all")]
    return pd.read_parquet(folder / "indicators.parquet", filters=wanted)
