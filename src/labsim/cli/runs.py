"""The commands that simulate, and the one that reports."""

from __future__ import annotations

import math
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import FAILED, BadInput, command, say
from labsim.cli.kinds import expect
from labsim.cli.terminal import number, print_json, print_table, signed, watching

if TYPE_CHECKING:
    import pandas as pd

    from labsim.scenario import Scenario

LARGEST_SEED = 2**63 - 1
SMALLEST_SCALE = 0.0001
RESULTS = Path("results")


class Engine(StrEnum):
    """How a month is computed."""

    kernels = "kernels"
    reference = "reference"


def _seed(text: str | int) -> int:
    try:
        seed = int(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no whole number; write for example --seed 1") from None
    if not 0 <= seed <= LARGEST_SEED:
        raise typer.BadParameter(f"{seed} is no seed; it must be a whole number from 0 to {LARGEST_SEED}")
    return seed


def _scale(text: str | float) -> float:
    try:
        scale = float(text)
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no number; write for example --scale 0.1") from None
    if not SMALLEST_SCALE <= scale <= 1.0:
        raise typer.BadParameter(f"{text} must be between {SMALLEST_SCALE} and 1 agents per person")
    return scale


SeedOption = Annotated[int, typer.Option(parser=_seed, metavar="INTEGER", help="Which history of chance.")]
ScaleOption = Annotated[
    float | None,
    typer.Option(parser=_scale, metavar="NUMBER", help="Agents per person, instead of the scenario's own."),
]
OutOption = Annotated[Path | None, typer.Option(help="Results folder.", show_default="results/NAME")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace results of another run there.")]
NoReportOption = Annotated[bool, typer.Option("--no-report", help="Write the tables only.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress; print only the folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]


@command("run")
def run(
    scenario: Annotated[str, typer.Argument(help="Name or file of a scenario.")],
    seed: SeedOption = 1,
    scale: ScaleOption = None,
    out: OutOption = None,
    threads: Annotated[int, typer.Option(min=1, max=1024, help="Threads; the results don't change.")] = 1,
    engine: Annotated[
        Engine, typer.Option(help="Compiled kernels, or the agents' own methods in plain Python (slow).")
    ] = Engine.kernels,
    overwrite: OverwriteOption = False,
    no_report: NoReportOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate one scenario; write its results and a report."""
    chosen = _scenario(scenario, scale)
    name = f"{chosen.scenario}-seed{seed}" + ("" if scale is None else f"-scale{scale:g}")
    folder = out or RESULTS / name
    _prepare_threads()
    from labsim.experiment.campaign import prepare_kernels
    from labsim.experiment.keys import run_key
    from labsim.experiment.progress import Progress
    from labsim.experiment.run import run_scenario
    from labsim.experiment.store import holds_run

    there = holds_run(folder, run_key(chosen, seed, engine.value))
    if there and not quiet:
        say(f"labsim: {folder} holds this very run already; it is not simulated again")
    with watching(f"{chosen.scenario}, seed {seed}", quiet=quiet) as watch:
        if engine is Engine.kernels and not there:
            prepare_kernels(lambda line: watch(Progress(0, 0, line, note=True)))
        run_scenario(chosen, seed, folder, threads=threads, engine=engine.value, progress=watch,
                     overwrite=overwrite)  # fmt: skip
    report = None if no_report else _report(folder)
    if as_json:
        print_json(_run_facts(folder, report))
    elif quiet:
        typer.echo(str(folder))
    else:
        _print_run(folder, report)
    if report is None and not no_report:
        raise typer.Exit(FAILED)


@command("compare")
def compare(
    experiment: Annotated[str, typer.Argument(help="Name or file of an experiment.")],
    seeds: Annotated[int | None, typer.Option(min=1, help="Use the seeds 1 to N.")] = None,
    scale: ScaleOption = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: all cores.")] = None,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    no_report: NoReportOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run an experiment on all cores; write results and a report."""
    from labsim.config import load_experiment

    expect("experiment", experiment)
    loaded = load_experiment(experiment)
    _prepare_threads()
    from labsim.experiment.campaign import NothingFinished, run_experiment
    from labsim.experiment.plan import plan_of

    plan = plan_of(loaded)
    folder = out or RESULTS / (plan.name + ("" if scale is None else f"-scale{scale:g}"))
    with watching(plan.name, quiet=quiet) as watch:
        try:
            run_experiment(plan, folder, seeds=seeds, scale=scale, workers=workers, progress=watch,
                           overwrite=overwrite)  # fmt: skip
        except NothingFinished as error:
            say(f"labsim: {error}")
            raise typer.Exit(FAILED) from None
    failures = _failures(folder)
    report = None if no_report else _report(folder)
    if as_json:
        print_json(_experiment_facts(folder, plan.baseline, report, failures))
    elif quiet:
        typer.echo(str(folder))
    else:
        _print_experiment(folder, plan.baseline, report)
    if failures:
        how_many = "1 run" if len(failures) == 1 else f"{len(failures)} runs"
        say(f"labsim: {how_many} failed; what went wrong is in {folder / 'failures.json'}")
    if failures or (report is None and not no_report):
        raise typer.Exit(FAILED)


@command("report")
def report(
    folder: Annotated[Path, typer.Argument(help="Results folder of a run or of an experiment.")],
) -> None:
    """Write report.html of a results folder again."""
    if not folder.is_dir():
        raise BadInput(
            f"{folder}: there is no such folder; name one that `labsim run` or `compare` has written"
        )
    if not any((folder / marker).is_file() for marker in ("run.json", "experiment.json")):
        raise BadInput(
            f"{folder}: holds neither run.json nor experiment.json, so it is no finished result;"
            " name a folder that `labsim run` or `labsim compare` has written"
        )
    from labsim.report import ReportError, write_report

    try:
        typer.echo(str(write_report(folder)))
    except ReportError as error:
        raise BadInput(str(error)) from None


def _scenario(name: str, scale: float | None) -> Scenario:
    from labsim.config import load

    expect("scenario", name)
    scenario = load(name)
    return scenario if scale is None else scenario.model_copy(update={"scale": scale})


def _prepare_threads() -> None:
    """Keep threads from spinning while they wait; has to happen before Numba is imported."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def _report(folder: Path) -> Path | None:
    """Write the report of results that are complete; if there is nothing to report on, say so."""
    from labsim.report import ReportError, write_report

    try:
        return write_report(folder)
    except ReportError as error:
        say(f"labsim: the tables are written, but there is no report: {error}")
        return None


def _failures(folder: Path) -> list[dict[str, Any]]:
    from labsim.experiment.store import FAILURES_FILE, read_json

    found = read_json(folder / FAILURES_FILE) or {}
    return list(found.get("failures", []))


def _run_facts(folder: Path, report_file: Path | None) -> dict[str, Any]:
    from labsim.experiment.store import RUN_FILE, read_json

    facts = read_json(folder / RUN_FILE) or {}
    wanted = ("scenario", "seed", "scale", "persons", "seconds", "key", "digest")
    return {"folder": str(folder), "report": _text(report_file)} | {name: facts[name] for name in wanted}


def _experiment_facts(
    folder: Path, baseline: str, report_file: Path | None, failures: list[dict[str, Any]]
) -> dict[str, Any]:
    import pandas as pd

    rows = _headline(folder, baseline)
    return {
        "folder": str(folder),
        "report": _text(report_file),
        "failures": failures,
        "headline": [
            {str(name): None if pd.isna(value) else value for name, value in row.items()}
            for row in rows.to_dict(orient="records")
        ],
    }


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _headline(folder: Path, baseline: str) -> pd.DataFrame:
    from labsim.experiment.headline import read_headline

    return read_headline(folder, baseline)


def _print_run(folder: Path, report_file: Path | None) -> None:
    """Print the main indicators in the first and the last complete year, and where everything lies."""
    from labsim.experiment.headline import read_first_and_last
    from labsim.experiment.store import RUN_FILE, read_json

    facts = read_json(folder / RUN_FILE) or {}
    table = read_first_and_last(folder)
    if not table.empty:
        rows = [
            [_label(facts, name), *(number(value) for value in values)]
            for name, *values in table.itertuples(index=False)
        ]
        title = f"{facts['label']['en']}, {facts['place_label']['en']}, annual means{_at(facts)}"
        print_table(title, ["", *(f">{year}" for year in table.columns[1:])], rows)
    _print_places(folder, report_file)


def _print_experiment(folder: Path, baseline: str, report_file: Path | None) -> None:
    """Print the headline differences, and where everything lies."""
    from labsim.experiment.store import EXPERIMENT_FILE, read_json

    facts = read_json(folder / EXPERIMENT_FILE) or {}
    rows = _headline(folder, baseline)
    if not rows.empty:
        names = {each["name"]: each["label"]["en"] for each in facts["scenarios"]}
        indicators = next(iter(facts["runs"].values()))
        cells = [
            [
                names[row["scenario"]],
                _label(indicators, row["indicator"]),
                number(row["value_baseline"]),
                number(row["value"]),
                signed(row["mean"]),
                "-" if math.isnan(row["low"]) else f"{signed(row['low'])} to {signed(row['high'])}",
            ]
            for row in rows.to_dict(orient="records")
        ]
        year, pairs = rows["year"].iloc[0], rows["pairs"].max()
        title = f"Against {names[baseline]}: means of {year}, whole place, {pairs} pairs of runs{_at(facts)}"
        columns = ["scenario", "indicator", ">baseline", ">scenario", ">difference", ">95 % interval"]
        print_table(title, columns, cells)
    _print_places(folder, report_file)


def _label(facts: dict[str, Any], indicator: str) -> str:
    known = facts.get("indicators", {}).get(indicator)
    return indicator if known is None else f"{known['label']} ({known['unit']})"


def _at(facts: dict[str, Any]) -> str:
    """Return what a reader of counts must know if not everybody is simulated."""
    return "" if facts["scale"] == 1 else f", scale {facts['scale']:g} (counts are of agents)"


def _print_places(folder: Path, report_file: Path | None) -> None:
    typer.echo(f"results: {folder}")
    if report_file is not None:
        typer.echo(f"report:  {report_file}")
