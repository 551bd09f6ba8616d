"""The command that writes every figure of a result as pictures, with its numbers beside it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.runs import JsonOption, Spoken
from labsim.cli.terminal import print_json

if TYPE_CHECKING:
    from labsim.plots import Plots, SweepPlots


class Picture(StrEnum):
    """Formats of pictures."""

    svg = "svg"
    pdf = "pdf"
    png = "png"


@command("figures")
def figures(
    folder: Annotated[
        Path, typer.Argument(help="Results folder of a run, of an experiment, or of an analysed sweep.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the pictures.", show_default="figures, beside the results")
    ] = None,
    form: Annotated[Picture, typer.Option("--format", help="Format of the pictures.")] = Picture.svg,
    language: Annotated[
        Spoken, typer.Option("--lang", "--language", help="Language of the figures.")
    ] = Spoken.en,
    municipality: Annotated[str, typer.Option(help='Municipality shown; "all" is the whole place.')] = "all",
    people: Annotated[
        int | None,
        typer.Option(
            min=1, help="Simulate so many seeds again to follow single people and ties of local actors."
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only say which figures the results allow.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write every figure of a result as SVG, PDF or PNG, and the numbers of each as CSV."""
    if not folder.is_dir():
        raise BadInput(
            f"{folder}: there is no such folder; name one that `labsim run` or `compare` has written"
        )
    from labsim.analysis.tables import TableError
    from labsim.report.export import ExportError, check, write_figures

    try:
        if not listed:
            check()  # before anything is simulated
        if people is not None:
            from labsim.experiment.followed import follow_again

            follow_again(folder, seeds=people)
        plots = _plots(folder, language, municipality)
        if listed:
            _list(plots, as_json=as_json)
            return
        written, omitted = write_figures(plots, out or folder / "figures", form.value, language.value)
    except (TableError, ExportError) as error:
        say(str(error))
        raise typer.Exit(FAILED) from None
    if as_json:
        print_json({"written": [str(path) for path in written], "left_out": omitted})
        return
    for path in written:
        put(str(path))
    for name, reason in omitted.items():
        say(f"without {name}: {reason}")


def _plots(folder: Path, language: Spoken, municipality: str) -> Plots | SweepPlots:
    """Return the figures of a results folder or of an analysed sweep."""
    from labsim.plots import of_folder, of_sweep

    if (folder / "plan").is_dir():
        return of_sweep(folder, language.value)
    plots = of_folder(folder, language.value, municipality)
    if municipality not in plots.municipalities_known:
        known = ", ".join(plots.municipalities_known)
        raise BadInput(f"--municipality: the results have no '{municipality}'; they have {known}")
    return plots


def _list(plots: Plots | SweepPlots, *, as_json: bool) -> None:
    """Print each figure with its title, or why the results do not allow it."""
    from labsim.figures.exhibit import Exhibit

    found = dict(plots.exhibits())
    shown = {name: each.heading for name, each in found.items() if isinstance(each, Exhibit)}
    omitted = {name: str(each) for name, each in found.items() if name not in shown}
    if as_json:
        print_json({"figures": shown, "left_out": omitted})
        return
    for name, heading in shown.items():
        put(f"{name}: {heading}")
    for name, reason in omitted.items():
        say(f"without {name}: {reason}")
