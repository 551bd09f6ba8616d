"""The command that writes every figure of a result as pictures, with its numbers beside it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say
from labsim.cli.runs import JsonOption, Spoken
from labsim.cli.terminal import print_json


class Picture(StrEnum):
    """Formats of pictures."""

    svg = "svg"
    pdf = "pdf"
    png = "png"


@command("figures")
def figures(
    folder: Annotated[Path, typer.Argument(help="Results folder of a run or of an experiment.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the pictures.", show_default="figures, beside the results")
    ] = None,
    form: Annotated[Picture, typer.Option("--format", help="Format of the pictures.")] = Picture.svg,
    language: Annotated[Spoken, typer.Option(help="Language of the figures.")] = Spoken.en,
    municipality: Annotated[str, typer.Option(help='Municipality shown; "all" is the whole place.')] = "all",
    people: Annotated[
        int | None,
        typer.Option(
            min=1, help="Simulate so many seeds again to follow single people and ties of local actors."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write every figure of a result as SVG, PDF or PNG, and the numbers of each as CSV."""
    if not folder.is_dir():
        raise BadInput(
            f"{folder}: there is no such folder; name one that `labsim run` or `compare` has written"
        )
    from labsim.analysis.tables import TableError
    from labsim.plots import of_folder
    from labsim.report.export import ExportError, check, write_figures

    try:
        check()  # before anything is simulated
        if people is not None:
            from labsim.experiment.followed import follow_again

            follow_again(folder, seeds=people)
        plots = of_folder(folder, language.value, municipality)
        if municipality not in plots.municipalities_known:
            known = ", ".join(plots.municipalities_known)
            raise BadInput(f"--municipality: the results have no '{municipality}'; they have {known}")
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
