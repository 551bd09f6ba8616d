"""The commands that simulate, and the one that reports."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.kinds import expect, is_experiment
from labsim.cli.record import report_facts
from labsim.cli.summary import experiment_facts, print_experiment, print_run, run_facts
from labsim.cli.terminal import print_json, watching

if TYPE_CHECKING:
    from labsim.config import Experiment
    from labsim.scenario import Scenario

LARGEST_SEED = 2**63 - 1
SMALLEST_SCALE = 0.0001
RESULTS = Path("results")


class Engine(StrEnum):
    """How a month is computed."""

    kernels = "kernels"
    reference = "reference"


class Spoken(StrEnum):
    """Languages of reports and figures."""

    en = "en"
    de = "de"


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
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Processes; default: all cores.")]
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
    _prepare_threads()
    from labsim.experiment.campaign import prepare_kernels
    from labsim.experiment.keys import run_key
    from labsim.experiment.progress import Progress
    from labsim.experiment.run import run_scenario
    from labsim.experiment.store import folder_name, holds_run

    name = f"{folder_name(chosen.scenario)}-seed{seed}" + ("" if scale is None else f"-scale{scale:g}")
    folder = out or RESULTS / name
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
        print_json(run_facts(folder, report))
    elif quiet:
        put(str(folder))
    else:
        print_run(folder, report)
    if report is None and not no_report:
        raise typer.Exit(FAILED)


@command("compare")
def compare(
    names: Annotated[
        list[str],
        typer.Argument(help="Name or file of an experiment, or of several scenarios.", metavar="NAME..."),
    ],
    baseline: Annotated[
        str | None,
        typer.Option(help="Scenario to compare with.", show_default="the experiment's, or the first"),
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Use the seeds 1 to N.")] = None,
    scale: ScaleOption = None,
    ensemble: Annotated[
        bool,
        typer.Option(
            "--ensemble",
            help="Another member of the calibrated ensemble for each seed: bands show how"
            " unsure the parameters are, too.",
        ),
    ] = False,
    workers: WorkersOption = None,
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    no_report: NoReportOption = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run an experiment, or several scenarios, on all cores; write results and a report."""
    what, against = _compared(names, baseline)
    _prepare_threads()
    from labsim.experiment.campaign import run_experiment
    from labsim.experiment.plan import plan_from
    from labsim.experiment.store import NothingFinished, folder_name

    plan = plan_from(what, against)
    if ensemble:
        try:
            plan = plan.with_ensemble()
        except ValueError as error:
            raise BadInput(f"--ensemble: {error}") from None
    folder = out or RESULTS / (folder_name(plan.name) + ("" if scale is None else f"-scale{scale:g}"))
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
        print_json(experiment_facts(folder, plan.baseline, report, failures))
    elif quiet:
        put(str(folder))
    else:
        print_experiment(folder, plan.baseline, report)
    if failures:
        how_many = "1 run" if len(failures) == 1 else f"{len(failures)} runs"
        say(f"labsim: {how_many} failed; what went wrong is in {folder / 'failures.json'}")
    if failures or (report is None and not no_report):
        raise typer.Exit(FAILED)


@command("report")
def report(
    folder: Annotated[Path, typer.Argument(help="Results folder of a run or of an experiment.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write.", show_default="report.html, beside the results")
    ] = None,
    language: Annotated[
        Spoken, typer.Option("--lang", "--language", help="Language of the report.")
    ] = Spoken.en,
    as_json: JsonOption = False,
) -> None:
    """Write the report of a results folder again: one HTML file that loads nothing, in English or German."""
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
        written = write_report(folder, out, language.value)
    except ReportError as error:
        raise BadInput(str(error)) from None
    if as_json:
        print_json(report_facts(folder, written))
    else:
        put(str(written))


def _scenario(name: str, scale: float | None) -> Scenario:
    from labsim.config import load

    expect("scenario", name)
    scenario = load(name)
    return scenario if scale is None else scenario.model_copy(update={"scale": scale})


def _compared(names: list[str], baseline: str | None) -> tuple[Experiment | list[Scenario], str | None]:
    """Return what a person asks to compare, an experiment or scenarios, and the baseline's name if one is asked."""
    from labsim.config import load, load_experiment
    from labsim.config.errors import suggestion

    if len(names) == 1 and (baseline is None or is_experiment(names[0])):
        expect("experiment", names[0])
        loaded = load_experiment(names[0])
        if baseline is not None and baseline not in loaded.scenarios:
            near = suggestion(baseline, loaded.scenarios)
            raise BadInput(f"--baseline: {loaded.experiment} has no scenario '{baseline}'; {near}")
        return loaded, baseline
    scenarios: dict[str, Scenario] = {}
    for name in names:
        if is_experiment(name, alone=True):
            raise BadInput(
                f"{name}: this is an experiment; compare one experiment alone, or several scenarios"
            )
        expect("scenario", name)
        scenario = load(name)
        if scenario.scenario in [each.scenario for each in scenarios.values()]:
            raise BadInput(
                f"{name}: the scenario '{scenario.scenario}' is named twice, but each may stand once"
            )
        scenarios[name] = scenario
    if baseline is None:
        return list(scenarios.values()), None
    chosen = next((each for name, each in scenarios.items() if baseline in {name, each.scenario}), None)
    if chosen is not None:
        return list(scenarios.values()), chosen.scenario
    expect("scenario", baseline)
    chosen = load(baseline)
    return [chosen, *scenarios.values()], chosen.scenario


def _prepare_threads() -> None:
    """Keep threads from spinning while they wait; has to happen before Numba is imported."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def _report(folder: Path) -> Path | None:
    """Write the report of results that are complete; if there is nothing to report on, say so."""
    from labsim.report import write_report

    return reported(write_report, folder)


def reported(write: Callable[[Path], Path], folder: Path) -> Path | None:
    """Write a report and return its path; if there is nothing to report on, say so and return None."""
    from labsim.report import ReportError

    try:
        return write(folder)
    except ReportError as error:
        say(f"labsim: the tables are written, but there is no report: {error}")
        return None


def _failures(folder: Path) -> list[dict[str, Any]]:
    from labsim.experiment.store import FAILURES_FILE, read_json

    found = read_json(folder / FAILURES_FILE) or {}
    return list(found.get("failures", []))
