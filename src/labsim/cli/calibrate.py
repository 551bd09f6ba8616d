"""`labsim calibrate`: fit a place's free parameters to published targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.kinds import expect
from labsim.cli.runs import RESULTS, JsonOption, QuietOption, WorkersOption, _prepare_threads
from labsim.cli.terminal import number, print_json, print_table, watching

if TYPE_CHECKING:
    from labsim.calibration.fit import Fit
    from labsim.config.calibrations import Calibration

EXTRA = "labsim[calibration]"


@command("calibrate")
def calibrate(
    place: Annotated[str, typer.Argument(help="Name of a place, or its folder.")],
    out: Annotated[
        Path | None, typer.Option(help="Results folder.", show_default="results/calibration-PLACE")
    ] = None,
    workers: WorkersOption = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Write calibrated.yaml beside place.yaml, for all later runs.")
    ] = False,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fit a place's free parameters to its calibrated targets; keep an ensemble that fits about as well.

    A calibration that was stopped goes on where it was, and comes to the same result.
    """
    expect("calibration", place)
    from labsim.config.calibrations import load_calibration
    from labsim.config.scorecards import load_scorecard

    asked, card = load_calibration(place), load_scorecard(place)
    if not any(target["role"] == "fit" for target in card.targets):
        raise BadInput(f"{card.file}: has no target with role: fit, so there is nothing to calibrate to")
    _prepare_threads()
    try:
        from labsim.calibration import evaluate, fit, written
    except ModuleNotFoundError as error:
        raise BadInput(f"{error.name} is missing; install it with: pip install '{EXTRA}'") from None
    from labsim.experiment.campaign import prepare_kernels
    from labsim.experiment.progress import Progress

    folder = out or RESULTS / f"calibration-{asked.place}"
    with watching(f"calibration of {asked.place}", quiet=quiet) as watch:
        prepare_kernels(lambda line: watch(Progress(0, 0, line, note=True)))
        try:
            found = fit.calibrate(asked, card, folder, workers=workers, progress=watch)
        except evaluate.EvaluationFailed as error:
            say(f"labsim: a run failed, the finished ones are kept: {error}")
            raise typer.Exit(FAILED) from None
    from labsim.report.calibration import write_calibration

    written.write_fit(folder, asked, card, found)
    page = write_calibration(folder)
    adopted = written.adopt(asked, card, found) if adopt else None
    if as_json:
        print_json(_facts(folder, found, adopted) | {"page": str(page)})
    elif quiet:
        put(str(folder))
    else:
        _print(asked, found, folder, adopted)


def _print(asked: Calibration, found: Fit, folder: Path, adopted: Path | None) -> None:
    rows = [
        [str(r["target"]), number(r["published"]), f"± {number(r['half_width'])}", number(r["model"]),
         f"{number(r['members_low'])} to {number(r['members_high'])}", "yes" if r["inside"] else "no"]
        for r in found.fits.to_dict("records")
    ]  # fmt: skip
    columns = ["calibrated target", ">published", ">band", ">best fit", ">ensemble", "inside"]
    print_table(f"Fit target by target ({asked.scenario.scenario})", columns, rows)
    put("")
    rows = [
        [str(r["parameter"]), number(r["best"]), f"{number(r['low'])} to {number(r['high'])}",
         f"{number(r['members_low'])} to {number(r['members_high'])}",
         f"{number(r['prior_low'])} to {number(r['prior_high'])}", f"{100 * r['learned']:.0f} %", _remark(r)]
        for r in found.parameters.to_dict("records")
    ]  # fmt: skip
    columns = ["parameter", ">best", ">95 % (profile)", ">ensemble", ">prior", ">ruled out", "remark"]
    print_table(
        "Parameters (95 % of the emulated profile; part of the prior that the targets rule out)",
        columns,
        rows,
    )
    put("")
    inside = int(found.fits["inside"].sum())
    put(f"loss {found.loss:.2f}; {inside} of {len(found.fits)} calibrated targets inside their bands;"
        f" {len(found.members)} members in the ensemble; {len(found.trials)} evaluations,"
        f" {found.simulated} runs simulated now")  # fmt: skip
    put(f"results   {folder}")
    put(f"page      {folder / 'calibration.html'}")
    put(
        f"adopted   {adopted}" if adopted else "adopt     labsim calibrate ... --adopt writes calibrated.yaml"
    )


def _remark(row: dict[Any, Any]) -> str:
    said = ["no target responds"] if row["weak"] else []
    return "; ".join([*said, *([f"acts like {row['alike']}"] if row["alike"] else [])])


def _facts(folder: Path, found: Fit, adopted: Path | None) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "adopted": None if adopted is None else str(adopted),
        "loss": found.loss,
        "limit": found.limit,
        "parameters": found.best,
        "skill_shift": found.shifts,
        "members": len(found.members),
        "evaluations": len(found.trials),
        "simulated": found.simulated,
        "fit": found.fits.to_dict("records"),
    }
