"""The group of commands about sweeps: ``labsim sweep plan``, ``run``, ``status``, ``collect`` ..."""

from __future__ import annotations

import typer

from labsim.cli.application import app

NOT_FINISHED, SOME_FAILED = 75, 3
"""Exit codes of sweeps besides those of all commands: resume; all tried, and some runs failed."""

sweeps = typer.Typer(
    name="sweep",
    help="Plan, run, watch and collect many runs, on this machine or on a cluster.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(sweeps, name="sweep")
