"""What `compare` says of the questions in an experiment's file: expectations, and whether there are enough runs."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labsim.cli.application import put
from labsim.cli.terminal import number, print_table, signed

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[Hashable, Any]


def print_findings(folder: Path, about: Mapping[str, Any]) -> None:
    """Print what was expected and what came, and how many replicates the wanted precision needs."""
    predictions, precision = _tables(folder, about)
    units = _units(about)
    if not predictions.empty:
        columns = ["outcome", "scenario", "window", "expected", ">difference", ">95 % interval", "verdict"]
        rows = [
            [_outcome(row, units), f"{row['scenario']} - {row['baseline']}", str(row["window"]), _expected(row),
             signed(row["mean"]), _interval(row), str(row["verdict"])]
            for row in predictions.to_dict("records")
        ]  # fmt: skip
        print_table("What was expected, and what came (paired differences)", columns, rows)
        put("")
    if not precision.empty:
        columns = ["outcome", "scenario", "when", ">half-width", ">wanted", ">have", ">need"]
        rows = [
            [_outcome(row, units), str(row["scenario"]), str(row["phase"]), number(row["half_width"]),
             f"{row['wanted']:g}", f"{row['pairs']:g}", "-" if math.isnan(row["needed"]) else f"{row['needed']:,.0f}"]
            for row in _most_demanding(precision).to_dict("records")
        ]  # fmt: skip
        print_table(
            "Replicates for the wanted precision (of each outcome the least precise phase)", columns, rows
        )
        put("")


def findings_facts(folder: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same for scripts: every expectation, and the precision of every difference asked for."""
    predictions, precision = _tables(folder, about)
    kept = ["scenario", "indicator", "phase", "mean", "half_width", "wanted", "pairs", "needed"]
    return {
        "expectations": [_plain(row) for row in predictions.to_dict("records")],
        "precision": [_plain(row) for row in precision[kept].to_dict("records")] if len(precision) else [],
    }


def _tables(folder: Path, about: Mapping[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of expectations and of precision, reading no more than they take."""
    import pandas as pd

    from labsim.analysis import findings

    if not about.get("expect") and not about.get("precision"):
        return pd.DataFrame(), pd.DataFrame()
    only = [
        ("indicator", "in", sorted(findings.needed_indicators(about))),
        ("municipality", "in", list(findings.needed_municipalities(about))),
    ]
    indicators = pd.read_parquet(folder / "indicators.parquet", filters=only)
    return findings.prediction_table(indicators, about), findings.precision_table(indicators, about)


def _most_demanding(precision: pd.DataFrame) -> pd.DataFrame:
    """Return of each scenario and outcome the phase that needs most replicates, outcome by outcome."""
    needed = precision.assign(rank=precision["needed"].fillna(math.inf)).sort_values("rank", kind="stable")
    worst = needed.drop_duplicates(["scenario", "indicator"], keep="last")
    places = {(row["indicator"], row["scenario"]): i for i, row in reversed(list(enumerate(
        precision.to_dict("records"))))}  # fmt: skip
    order = [places[pair] for pair in zip(worst["indicator"], worst["scenario"], strict=True)]
    return worst.assign(order=order).sort_values("order")


def _units(about: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return label and unit of a difference of every indicator."""
    known: dict[str, tuple[str, str]] = {}
    for run in about.get("runs", {}).values():
        for name, it in run.get("indicators", {}).items():
            unit = "percentage points" if it["unit"].startswith("%") else it["unit"]
            known.setdefault(name, (it["label"], unit))
    return known


def _outcome(row: Row, units: Mapping[str, tuple[str, str]]) -> str:
    name = str(row["outcome"] if "outcome" in row else row["indicator"])
    label, unit = units.get(name, (name, ""))
    narrowed = [str(row[key]) for key in ("group", "municipality") if row.get(key, "all") != "all"]
    return ", ".join([label, *narrowed, unit])


def _expected(row: Row) -> str:
    expect = row["expect"]
    if isinstance(expect, str):
        within = f" within {row['margin']:g}" if expect == "no_change" and row["margin"] else ""
        return expect.replace("_", " ") + within
    ((kind, value),) = expect.items()
    numbers = value if kind == "between" else [value]
    return f"{kind.replace('_', ' ')} {' and '.join(f'{each:+g}' for each in numbers)}"


def _interval(row: Row) -> str:
    return "-" if math.isnan(row["low"]) else f"{signed(row['low'])} to {signed(row['high'])}"


def _plain(row: Row) -> dict[str, Any]:
    """Return a row as JSON knows it: what is undefined becomes null."""
    return {str(key): None if isinstance(it, float) and math.isnan(it) else it for key, it in row.items()}
