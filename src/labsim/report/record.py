"""The section of a report that holds the runs against the record, and the same table as a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.tables import WHOLE
from labsim.analysis.trace import INPUT, TEST, counted, trace
from labsim.figures import words
from labsim.figures.speech import ENGLISH, Speech
from labsim.report import page
from labsim.report.answers import Section
from labsim.report.aside import replace_file
from labsim.report.reading import Results

TRACE_FILE = "trace.csv"
"""The table beside the report."""

SURE = {
    "SEEN": ("read in the source", "in der Quelle gelesen"),
    "SEEN-2nd": ("second hand", "aus zweiter Hand"),
    "DERIVED": ("computed from figures read", "aus gelesenen Zahlen errechnet"),
}
"""How sure a published figure is, in words: English and German."""

NOTE = (
    "Distance: model less published value. The interval is that of the model's mean over the replicates (95 %, chance "
    "only): few replicates make it wide, and then inside says little. No figure from memory stands here. An input is a "
    "figure by which something in the regimes was set: there a small distance proves nothing, while a large one says "
    "that the model does not do what it was told.",
    "Abstand: Modell minus veröffentlichter Wert. Das Intervall ist das des Mittels des Modells über die Läufe (95 %, "
    "nur Zufall): Wenige Läufe machen es breit, und dann sagt „darin“ wenig. Keine Zahl aus dem Gedächtnis steht hier. "
    "Eine Eingabe ist eine Zahl, nach der etwas in den Regimen gesetzt wurde: Dort beweist ein kleiner Abstand nichts, "
    "während ein großer sagt, dass das Modell nicht tut, was man ihm gesagt hat.",
)
"""How to read the table, in both languages."""

ROLES_DE = {TEST: "Prüfung", INPUT: "Eingabe"}


def table_of(results: Results) -> pd.DataFrame:
    """Return the trace against the record, one row per published value; empty if the experiment names none."""
    rows = results.about.get("record", ())
    return trace(results.asked, rows) if rows else pd.DataFrame()


def against_record(results: Results) -> Section | None:
    """Return the trace against the record; None if the experiment names no published values."""
    table = table_of(results)
    if table.empty:
        return None
    say = results.say
    inside = {True: say("yes", "ja"), False: say("no", "nein"), None: words.MISSING}
    rows = [
        {
            say("What", "Was"): _what(row, results),
            say("Model (95 % interval)", "Modell (95-%-Intervall)"): _model(row, say),
            say("Published", "Veröffentlicht"): say.number(row["published"], _digits(row["published"])),
            say("Distance", "Abstand"): say.signed(row["distance"], _digits(row["published"])),
            say("Unit", "Einheit"): say.unit(row["unit"]),
            say("Inside?", "Darin?"): inside[row["inside"]],
            say("Role", "Rolle"): say(row["role"], ROLES_DE.get(row["role"], row["role"])),
            say("Source", "Quelle"): f"{row['source']} ({say(*SURE.get(row['sure'], (row['sure'],) * 2))})",
        }
        for row in table.to_dict("records")
    ]
    notes = [f"{row['what']}: {row['note']}" for row in table.to_dict("records") if row["note"]]
    html = page.paragraph(sentence(table, say)) + page.paragraph(say(*NOTE), "note")
    html += page.table(
        pd.DataFrame(rows), say("Model and published values", "Modell und veröffentlichte Werte")
    )
    if notes:
        title = say("What to know about single rows", "Was zu einzelnen Zeilen zu wissen ist")
        html += f"<details><summary>{title}</summary>{page.bullets(notes, 'note')}</details>"
    return say("Against the record", "Gemessen an dem, was war"), html


def in_short(results: Results) -> str | None:
    """Return the outcome in a sentence for the summary; None if the experiment names no published values."""
    table, say = table_of(results), results.say
    if table.empty:
        return None
    return f"{say('Against the record', 'Gemessen an dem, was war')}: {say.lower(sentence(table, say))}"


def sentence(table: pd.DataFrame, say: Speech = ENGLISH) -> str:
    """Return how many published values lie inside the model's interval, tests and inputs apart."""
    if table["inside"].isna().all():
        return say(
            "The model has no interval (a single replicate, or no value): only the distances say something.",
            "Das Modell hat kein Intervall (ein einziger Lauf, oder kein Wert): Nur die Abstände sagen etwas.",
        )
    names = {
        TEST: say("test", "Prüfung"),
        INPUT: say("figure that went in as an input", "Zahl, die eingegeben wurde"),
    }
    plural = {
        TEST: say("tests", "Prüfungen"),
        INPUT: say("figures that went in as inputs", "Zahlen, die eingegeben wurden"),
    }
    clauses = [
        f"{inside} {say('of', 'von')} {rows} {(names if rows == 1 else plural)[role]}"
        for role, (inside, rows) in counted(table).items()
        if rows
    ]
    return say(
        f"Published values inside the 95 % interval of the model: {say.listing(clauses)}.",
        f"Veröffentlichte Werte im 95-%-Intervall des Modells: {say.listing(clauses)}.",
    )


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
        group = results.say.group(str(row["group"]))
        narrowed.append(results.say(group.lower(), group))
    style = next((each for each in results.setting().styles if each.name == row["scenario"]), None)
    who = (
        style.short
        if style is not None
        else results.all_labels.get(str(row["scenario"]), str(row["scenario"]))
    )
    return f"{', '.join([str(row['what']), *narrowed])} ({who})"


def _model(row: Mapping[Any, Any], say: Speech) -> str:
    digits = _digits(row["published"])
    mean, low, high = (say.number(row[name], digits) for name in ("model", "low", "high"))
    if mean == words.MISSING:
        return say("no value", "kein Wert")
    return mean if low == words.MISSING else f"{mean} ({low} {say('to', 'bis')} {high})"


def _digits(value: float) -> int:
    """Return two decimals for small values, one for others."""
    return 2 if abs(value) < 10 else 1
