"""What `compare` and `report` say of published values: model, published, distance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labsim.cli.application import put
from labsim.cli.terminal import number, print_table, signed

if TYPE_CHECKING:
    import pandas as pd


def print_record(folder: Path, about: Mapping[str, Any]) -> None:
    """Print the model's value beside each published one; nothing if the experiment names none."""
    table = _table(folder, about)
    if table.empty:
        return
    columns = [
        "what",
        "scenario",
        "unit",
        ">model",
        ">95 % interval",
        ">published",
        ">distance",
        "inside",
        "role",
    ]
    inside = {True: "yes", False: "no", None: "-"}
    rows = [
        [str(row["what"]), str(row["scenario"]), str(row["unit"]), number(row["model"]), _interval(row),
         number(row["published"]), signed(row["distance"]), inside[row["inside"]], str(row["role"])]
        for row in table.to_dict("records")
    ]  # fmt: skip
    print_table("Against the record (an input is no test)", columns, rows)
    put("")


def record_facts(folder: Path, about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the same for scripts, with sources; what is undefined is null."""
    return [
        {str(key): None if isinstance(it, float) and math.isnan(it) else it for key, it in row.items()}
        for row in _table(folder, about).to_dict("records")
    ]


def report_facts(folder: Path, report: Path) -> dict[str, Any]:
    """Return what a script may want to know of a report that is written, with the record if there is one."""
    from labsim.experiment.store import EXPERIMENT_FILE, TRACE_FILE, read_json

    trace = report.with_name(TRACE_FILE)
    about = read_json(folder / EXPERIMENT_FILE) or {}
    found: dict[str, Any] = {"folder": str(folder), "report": str(report)}
    if about.get("record"):
        found |= {"trace": str(trace), "record": record_facts(folder, about)}
    return found


def _table(folder: Path, about: Mapping[str, Any]) -> pd.DataFrame:
    """Return the trace against the record, reading no more than it takes."""
    import pandas as pd

    from labsim.analysis import trace

    if not about.get("record"):
        return pd.DataFrame()
    only = [
        ("indicator", "in", sorted(trace.needed(about))),
        ("municipality", "in", list(trace.needed_municipalities(about))),
    ]
    return trace.trace(pd.read_parquet(folder / "indicators.parquet", filters=only), about["record"])


def _interval(row: Mapping[Any, Any]) -> str:
    return "-" if math.isnan(row["low"]) else f"{number(row['low'])} to {number(row['high'])}"
