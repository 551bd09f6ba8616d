"""The command that runs virtual evaluations: `labsim trial`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.kinds import expect
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

if TYPE_CHECKING:
    from labsim.config.trials import VirtualTrial


@command("trial")
def trial(
    names: Annotated[list[str], typer.Argument(help="Names or files of trials.", metavar="NAME...")],
    seeds: Annotated[int | None, typer.Option(min=1, help="Use the seeds 1 to N.")] = None,
    scale: ScaleOption = None,
    workers: WorkersOption = None,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    no_report: NoReportOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run virtual evaluations: estimators against the truth, and a verdict against what is published."""
    chosen = _trials(names)
    _prepare_threads()
    from labsim.experiment.store import NothingFinished, folder_name
    from labsim.experiment.trials.campaign import run_trial

    found: list[dict[str, Any]] = []
    bad = False
    for each in chosen:
        name = folder_name(each.trial) + ("" if scale is None else f"-scale{scale:g}")
        folder = (out / folder_name(each.trial) if len(chosen) > 1 else out) if out else RESULTS / name
        with watching(each.trial, quiet=quiet) as watch:
            try:
                run_trial(each, folder, seeds=seeds, scale=scale, workers=workers, progress=watch,
                          overwrite=overwrite)  # fmt: skip
            except NothingFinished as error:
                say(f"labsim: {error}")
                bad = True
                continue
        report = None if no_report else _report(folder)
        found.append(trial_facts(folder, report))
        bad |= bool(found[-1]["failures"]) or (report is None and not no_report)
        if quiet and not as_json:
            put(str(folder))
        elif not as_json:
            print_trial(folder, found[-1])
    if as_json:
        print_json(found if len(chosen) > 1 else found[0] if found else {})
    elif len(found) > 1 and not quiet:
        print_verdicts("All verdicts", [row for each in found for row in each["verdicts"]])
    if bad:
        raise typer.Exit(FAILED)


def _trials(names: list[str]) -> list[VirtualTrial]:
    from labsim.config.loader import load_trial

    chosen: dict[str, VirtualTrial] = {}
    for name in names:
        expect("trial", name)
        loaded = load_trial(name)
        if loaded.trial in chosen:
            raise BadInput(f"{name}: the trial '{loaded.trial}' is named twice, but each may stand once")
        chosen[loaded.trial] = loaded
    return list(chosen.values())


def trial_facts(folder: Path, report: Path | None) -> dict[str, Any]:
    """Return what a script may want to know of a trial that is done: its verdicts and mean estimates among it."""
    import pandas as pd

    from labsim.analysis.trial_summary import mean_estimates
    from labsim.experiment.store import read_json
    from labsim.experiment.trials.campaign import TRIAL_FILE

    about = read_json(folder / TRIAL_FILE) or {}
    verdicts = pd.read_parquet(folder / "verdicts.parquet").to_dict("records")
    estimates = mean_estimates(pd.read_parquet(folder / "estimates.parquet")).to_dict("records")
    kept = ("name", "design", "place", "scale", "seeds", "version", "commit", "seconds", "failures")
    return {name: about.get(name) for name in kept} | {
        "folder": str(folder),
        "report": None if report is None else str(report),
        "verdicts": [_plain(row) for row in verdicts],
        "estimates": [_plain(row) for row in estimates],
    }


def print_trial(folder: Path, facts: dict[str, Any]) -> None:
    """Print estimators against the truth by horizon, the verdicts, and where everything lies."""
    from labsim.experiment.store import read_json
    from labsim.experiment.trials.campaign import TRIAL_FILE

    about = read_json(folder / TRIAL_FILE) or {}
    outcome = next(iter(about["outcomes"]))
    what = f"{about['outcomes'][outcome]['label']}, {about['outcomes'][outcome]['unit']}"
    chosen = [row for row in facts["estimates"] if row["outcome"] == outcome]
    if chosen:
        seeds = len(about["seeds"])
        title = f"{about['label']['en']}: effect on {what} ({seeds} seed{'s' if seeds > 1 else ''}"
        title += f", scale {about['scale']:g}; other outcomes: see the report)"
        names = list(dict.fromkeys(row["estimate"].removeprefix("slope_") for row in chosen))
        where = "share treated" if about["design"] == "saturation" else "market"
        columns = ["treatment", where, ">months", *(f">{name.replace('_', ' ')}" for name in names)]
        rows = [
            [about["treatments"][trial], place, str(horizon), *(_interval(part.get(name)) for name in names)]
            for (trial, place, horizon), part in _by_horizon(chosen).items()
        ]
        print_table(title, columns, rows)
        put("")
    print_verdicts(f"{about['label']['en']}: against what is published", facts["verdicts"])
    put(f"results: {folder}")
    if facts["report"] is not None:
        put(f"report:  {facts['report']}")


def _by_horizon(rows: list[dict[str, Any]]) -> dict[tuple[str, str, int], dict[str, dict[str, Any]]]:
    """Return estimates by treatment, market (and share) and horizon, each by the name of the estimator."""
    found: dict[tuple[str, str, int], dict[str, dict[str, Any]]] = {}
    for row in rows:
        slope = "slope" if row["estimate"].startswith("slope") else ""
        share = f"{100 * row['share']:.0f} %" if row["share"] else slope
        place = ", ".join(part for part in (row["market"], share) if part) or "-"
        found.setdefault((row["trial"], place, row["horizon"]), {})[
            row["estimate"].removeprefix("slope_")
        ] = row
    return found


def _interval(row: dict[str, Any] | None) -> str:
    """Return mean and interval of an estimate as text."""
    if row is None or row["mean"] is None:
        return "-"
    if row["low"] is None:
        return signed(row["mean"])
    return f"{signed(row['mean'])} ({signed(row['low'])} to {signed(row['high'])})"


def print_verdicts(title: str, verdicts: list[dict[str, Any]]) -> None:
    """Print each finding with its band, the value of the model, and the verdict."""
    if not verdicts:
        return
    columns = ["what", "treatment", "months", "unit", ">published", ">band", "sure", ">model", ">95 % interval",
               ">sign right", "verdict"]  # fmt: skip
    rows = [
        [
            row["what"],
            row["treatment"].replace("_", " "),
            row["months"].replace("..", " to "),
            row["unit"],
            "-" if row["published"] is None else number(row["published"]),
            band_text(row["low"], row["high"]),
            row["sure"] if row["sure"] != "MEMORY" else "from memory, unverified",
            "-" if row["model"] is None else signed(row["model"]),
            "-" if row["model_low"] is None else f"{signed(row['model_low'])} to {signed(row['model_high'])}",
            "-" if row["right"] is None else f"{100 * row['right']:.0f} %",
            row["verdict"],
        ]
        for row in verdicts
    ]
    print_table(title, columns, rows)
    put("")


def band_text(low: float | None, high: float | None) -> str:
    """Return a band in words.

    >>> band_text(-20.0, 0.0), band_text(0.0, None), band_text(None, None)
    ('-20 to 0', 'above 0', '-')
    """
    if low is None and high is None:
        return "-"
    if high is None:
        return f"above {low:g}"
    return f"below {high:g}" if low is None else f"{low:g} to {high:g}"


def _report(folder: Path) -> Path | None:
    from labsim.report.trials import write_trial_report

    return reported(write_trial_report, folder)


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return a row as JSON knows it: what is undefined becomes null."""
    return {str(key): None if isinstance(it, float) and math.isnan(it) else it for key, it in row.items()}
