"""Files: places, regimes, transitions, scenarios and experiments, read from YAML and CSV and checked."""

from labsim.config.citations import Source, assumptions, sources
from labsim.config.errors import ConfigError, Problem
from labsim.config.files import KINDS, Kind, available
from labsim.config.forms import Comparison, Experiment, Window
from labsim.config.loader import check, load, load_experiment, load_place, load_regime, load_transition
from labsim.config.scorecards import Scorecard, load_scorecard
from labsim.config.sweeps import Sweep, load_sweep

__all__ = [
    "KINDS", "Comparison", "ConfigError", "Experiment", "Kind", "Problem", "Scorecard", "Source", "Sweep", "Window",
    "assumptions", "available", "check", "load", "load_experiment", "load_place", "load_regime",
    "load_scorecard", "load_sweep", "load_transition", "sources",
]  # fmt: skip
