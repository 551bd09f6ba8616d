"""The command that holds a place's runs against its scorecard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from labsim.cli.application import FAILED, command, put, say
from labsim.cli.runs import (
    RESULTS,
    JsonOption,
    NoReportOption,
    OutOption,
    OverwriteOption,
    QuietOption,
    ScaleOption,
    WorkersOption,
    _prepare_threads,
    reported,
)
from labsim.cli.terminal import number, print_json, print_table, signed, watching

ROLES = {"fit": "calibrated", "hold_out": "held out", "input": "input, no test"}
SURE = {"SIGN": "only the sign was seen", "MEMORY": "from memory, unverified"}


@command("validate")
def validate(
    place: Annotated[str, typer.Argument(help="Name of a place with a scorecard, or path of its folder.")],
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Use the seeds 1 to N, instead of the scorecard's.")
    ] = None,
    scale: ScaleOption = None,
    workers: WorkersOption = None,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    no_report: NoReportOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run a place's history and hold it against what was published."""
    from labsim.config import load_scorecard

    card = load_scorecard(place)
    _prepare_threads()
    from labsim.calibration.validate import FILE
    from labsim.calibration.validate import validate as hold
    from labsim.experiment.store import NothingFinished, folder_name, read_json

    folder = out or RESULTS / (
        f"{folder_name(card.place)}-scorecard" + ("" if scale is None else f"-scale{scale:g}")
    )
    with watching(f"scorecard of {card.place}", quiet=quiet) as watch:
        try:
            hold(card, folder, seeds=seeds, scale=scale, workers=workers, progress=watch, overwrite=overwrite)
        except NothingFinished as error:
            say(f"labsim: {error}")
            raise typer.Exit(FAILED) from None
    facts = read_json(folder / FILE) or {}
    report = None if no_report else _report(folder)
    if as_json:
        print_json({"folder": str(folder), "report": None if report is None else str(report)} | facts)
    elif quiet:
        put(str(folder))
    else:
        _print(facts)
        put(f"\nresults: {folder}" + (f"\nreport:  {report}" if report is not None else ""))
    if facts["failures"]:
        names = ", ".join(str(each["what"]) for each in facts["failures"])
        say(f"labsim: failed: {names}; what went wrong is in {folder / FILE}")
        raise typer.Exit(FAILED)
    if report is None and not no_report:
        raise typer.Exit(FAILED)


def _report(folder: Path) -> Path | None:
    from labsim.report.scorecard import write_scorecard

    return reported(write_scorecard, folder)


def _print(facts: Mapping[str, Any]) -> None:
    """Print the scorecard, role by role, and the summary."""
    columns = [
        "target", "unit", ">published", ">band", ">model", ">95 % interval", ">distance", "in or out of sample",
        "inside", "how sure",
    ]  # fmt: skip
    for role, title in ROLES.items():
        rows = [_cells(row) for row in facts["targets"] if row["role"] == role]
        if rows:
            print_table(f"{facts['label']['en']}, {facts['scenario']}: {title}", columns, rows)
            put("")
    put(facts["inside_means"])
    put(facts["summary"])


def _cells(row: Mapping[str, Any]) -> list[str]:
    """Return one target as the cells of its line."""
    from labsim.report.scorecard import band, published

    full = {name: math.nan if it is None else it for name, it in row.items() if name in _NUMBERS}
    ends = {"low": -math.inf, "high": math.inf}
    full |= {name: end for name, end in ends.items() if row[name] is None}
    shown = {**row, **full}
    inside = {True: "yes", False: "no", None: "-"}[row["inside"]]
    interval = "-" if row["seeds"] < 2 or row["model_low"] is None else _interval(full)
    return [
        str(row["label"]),
        str(row["unit"]),
        published(shown),
        band(shown),
        number(full["model"]),
        interval,
        signed(full["distance"]),
        ROLES[str(row["role"])],
        inside if row["counts"] else f"{inside} (not counted)",
        SURE.get(str(row["sure"]), str(row["sure"])),
    ]


_NUMBERS = ("published", "low", "high", "model", "model_low", "model_high", "distance", "bands")


def _interval(row: Mapping[str, float]) -> str:
    return f"{number(row['model_low'])} to {number(row['model_high'])}"
