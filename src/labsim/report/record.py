"""The section of a report that holds the runs against the record, and the same table as a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.tables import WHOLE
from labsim.analysis.trace import INPUT, TEST, counted, trace
from labsim.figures import words
from labsim.report import page
from labsim.report.answers import Section
from labsim.report.aside import replace_file
from labsim.report.reading import Results

TRACE_FILE = "trace.csv"
"""The table beside the report."""

SURE = {"SEEN": "read in the source", "SEEN-2nd": "second hand", "DERIVED": "computed from figures read"}
"""How sure a published figure is, in words."""

NOTE = (
    "Distance: model less published value. The interval is that of the model's mean over the replicates (95 %, chance "
    "only): few replicates make it wide, and then inside says little. No figure from memory stands here. An input is a "
    "figure by which something in the regimes was set: there a small distance proves nothing, while a large one says "
    "that the model does not do what it was told."
)
"""How to read the table."""


def table_of(results: Results) -> pd.DataFrame:
    """Return the trace against the record, one row per published value; empty if the experiment names none."""
    rows = results.about.get("record", ())
    return trace(results.asked, rows) if rows else pd.DataFrame()


def against_record(results: Results) -> Section | None:
    """Return the trace against the record; None if the experiment names no published values."""
    table = table_of(results)
    if table.empty:
        return None
    rows = [
        {
            "What": _what(row, results),
            "Model (95 % interval)": _model(row),
            "Published": words.number(row["published"], _digits(row["published"])),
            "Distance": words.signed(row["distance"], _digits(row["published"])),
            "Unit": row["unit"],
            "Inside?": {True: "yes", False: "no", None: words.MISSING}[row["inside"]],
            "Role": row["role"],
            "Source": f"{row['source']} ({SURE.get(row['sure'], row['sure'])})",
        }
        for row in table.to_dict("records")
    ]
    notes = [f"{row['what']}: {row['note']}" for row in table.to_dict("records") if row["note"]]
    html = page.paragraph(sentence(table)) + page.paragraph(NOTE, "note")
    html += page.table(pd.DataFrame(rows), "Model and published values")
    if notes:
        html += f"<details><summary>What to know about single rows</summary>{page.bullets(notes, 'note')}</details>"
    return "Against the record", html


def in_short(results: Results) -> str | None:
    """Return the outcome in a sentence for the summary; None if the experiment names no published values."""
    table = table_of(results)
    return None if table.empty else f"Against the record: {words.lower(sentence(table))}"


def sentence(table: pd.DataFrame) -> str:
    """Return how many published values lie inside the model's interval, tests and inputs apart."""
    if table["inside"].isna().all():
        return (
            "The model has no interval (a single replicate, or no value): only the distances say something."
        )
    names = {TEST: "test", INPUT: "figure that went in as an input"}
    plural = {TEST: "tests", INPUT: "figures that went in as inputs"}
    clauses = [
        f"{inside} of {rows} {(names if rows == 1 else plural)[role]}"
        for role, (inside, rows) in counted(table).items()
        if rows
    ]
    return f"Published values inside the 95 % interval of the model: {words.listing(clauses)}."


def write_trace(results: Results, folder: Path) -> Path | None:
    """Write the trace as ``trace.csv`` into `folder` and return its path; None if the experiment names no record.

    Plain numbers with a point, as many digits as there are, undefined values empty. The file appears under its name
    only when complete.
    """
    table = table_of(results)
    if table.empty:
        return None
    return replace_file(
        folder / TRACE_FILE,
        lambda aside: table.to_csv(aside, index=False, lineterminator="\n", encoding="utf-8"),
    )


def _what(row: Mapping[Any, Any], results: Results) -> str:
    """Return what is compared, with municipality and group where it is not everybody, and the scenario's letter."""
    narrowed = [str(row["municipality"])] if row["municipality"] != WHOLE else []
    if row["group"] != WHOLE:
        narrowed.append(words.GROUPS.get(str(row["group"]), str(row["group"])).lower())
    style = next((each for each in results.setting().styles if each.name == row["scenario"]), None)
    who = (
        style.short
        if style is not None
        else results.all_labels.get(str(row["scenario"]), str(row["scenario"]))
    )
    return f"{', '.join([str(row['what']), *narrowed])} ({who})"


def _model(row: Mapping[Any, Any]) -> str:
    digits = _digits(row["published"])
    mean, low, high = (words.number(row[name], digits) for name in ("model", "low", "high"))
    if mean == words.MISSING:
        return "no value"
    return mean if low == words.MISSING else f"{mean} ({low} to {high})"


def _digits(value: float) -> int:
    """Return two decimals for small values, one for others."""
    return 2 if abs(value) < 10 else 1
