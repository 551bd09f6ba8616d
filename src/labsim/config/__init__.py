"""Files: places, regimes, transitions, scenarios and experiments, read from YAML and CSV and checked."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labsim.config.citations import Source, assumptions, sources
    from labsim.config.errors import ConfigError, Problem
    from labsim.config.files import KINDS, Kind, available
    from labsim.config.forms import Comparison, Experiment, Window
    from labsim.config.loader import check, load, load_experiment, load_place, load_regime, load_transition
    from labsim.config.scorecards import Scorecard, load_scorecard
    from labsim.config.sweeps import Sweep, load_sweep

_FROM = {
    "citations": ("Source", "assumptions", "sources"),
    "errors": ("ConfigError", "Problem"),
    "files": ("KINDS", "Kind", "available"),
    "forms": ("Comparison", "Experiment", "Window"),
    "loader": ("check", "load", "load_experiment", "load_place", "load_regime", "load_transition"),
    "scorecards": ("Scorecard", "load_scorecard"),
    "sweeps": ("Sweep", "load_sweep"),
}
__all__ = [
    "KINDS", "Comparison", "ConfigError", "Experiment", "Kind", "Problem", "Scorecard", "Source", "Sweep", "Window",
    "assumptions", "available", "check", "load", "load_experiment", "load_place", "load_regime",
    "load_scorecard", "load_sweep", "load_transition", "sources",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: who needs an error only does not load the model."""
    for module, names in _FROM.items():
        if name in names:
            return getattr(importlib.import_module(f"labsim.config.{module}"), name)
    raise AttributeError(f"module 'labsim.config' has no attribute '{name}'")
