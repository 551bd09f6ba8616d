"""Running scenarios and experiments, and keeping what comes out.

`run_scenario` and `run_experiment` write results folders; `compare` gives tables without a folder. They are
imported when they are asked for: the command line lists and checks files without loading the engine.
"""

from __future__ import annotations

import importlib
from typing import Any

_PUBLIC = {
    "BurnInCache": "cache",
    "Comparison": "comparison",
    "NothingFinished": "store",
    "OutputError": "store",
    "Progress": "progress",
    "compare": "comparison",
    "Trial": "trial",
    "read_comparison": "comparison",
    "run_experiment": "campaign",
    "run_scenario": "run",
    "run_trials": "trial",
}
__all__ = [*sorted(_PUBLIC)]  # noqa: PLE0604 - names, looked up below


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"labsim.experiment.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module 'labsim.experiment' has no attribute '{name}'")
