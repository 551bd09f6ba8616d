"""``labsim sweep analyse``: what moved the outcomes of a collected sweep, as a table, as files and as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labsim.cli.application import BadInput, command, put, say
from labsim.cli.runs import JsonOption, QuietOption, Spoken
from labsim.cli.sweeps import sweeps
from labsim.cli.terminal import print_json, print_table

if TYPE_CHECKING:
    import pandas as pd


@command("analyse", sweeps)
def analyse(
    folder: Annotated[Path, typer.Argument(help="Folder of a sweep that is collected.")],
    outcome: Annotated[str, typer.Option(help="Only this outcome.")] = "",
    window: Annotated[str, typer.Option(help="Only this window.")] = "",
    contrast: Annotated[
        str,
        typer.Option(
            help="Only this scenario less the baseline, or A,B: the scenario A less the scenario B."
        ),
    ] = "",
    scenario: Annotated[str, typer.Option(help="The level in this scenario, instead of differences.")] = "",
    language: Annotated[
        Spoken, typer.Option("--lang", "--language", help="Language of the figures.")
    ] = Spoken.en,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say which factors moved the outcomes of a sweep: indices with intervals, tornado, interactions, surfaces."""
    if contrast and scenario:
        raise BadInput("--scenario asks for a level and --contrast for a difference; write one of them")
    from labsim.analysis.tables import TableError
    from labsim.report.sweep import findings, write_sweep
    from labsim.sweep.analyse import Asked
    from labsim.sweep.analyse import analyse as analysed

    pair = tuple(name.strip() for name in contrast.split(",")) if contrast else ()
    if len(pair) > 2:
        raise BadInput(
            f"--contrast is '{contrast}'; it must be one scenario, or two with a comma between them"
        )
    try:
        found = analysed(folder, Asked(outcome, window, pair, scenario))
    except TableError as error:
        raise BadInput(str(error)) from None
    report = write_sweep(folder, language.value)
    for wrong in found.about["unanswered"]:
        say(f"note: {wrong}; left out")
    if as_json:
        print_json({"folder": str(folder), "report": str(report), **_as_json(found.tables)})
    elif quiet:
        put(str(report))
    else:
        table = findings(found.about, found.tables)
        columns = [*table.columns[:1], *(f">{name}" for name in table.columns[2:6]), *table.columns[6:]]
        print_table(
            "What the sweep found", columns, table.drop(columns="Unit").astype(str).to_numpy().tolist()
        )
        put(f"\ntables: {folder / 'analysis'}\nreport: {report}")


def _as_json(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the tables as lists of rows; undefined numbers become null."""

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {
        name: [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]
        for name, table in tables.items()
    }
