"""The command line: ``labsim run``, ``compare``, ``check``, ``list``, ``show``, ``report``, ``doctor`` ...

Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.
The engine is imported inside the commands that need it, so that ``labsim --help`` answers at once.
"""

from __future__ import annotations

from labsim.cli import (
    calibrate,
    explorer,
    figures,
    files,
    places,
    runs,
    setup,
    shown,
    sweep_analyse,
    sweep_cluster,
    sweep_plan,
    sweep_run,
    sweep_store,
    sweeps,
    texts,
    trials,
    validate,
    workshop,
)
from labsim.cli.application import app

__all__ = [
    "app",
    "calibrate",
    "explorer",
    "figures",
    "files",
    "places",
    "runs",
    "setup",
    "shown",
    "sweep_analyse",
    "sweep_cluster",
    "sweep_plan",
    "sweep_run",
    "sweep_store",
    "sweeps",
    "texts",
    "trials",
    "validate",
    "workshop",
]
