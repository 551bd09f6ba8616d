"""Every figure by name, for notebooks, reports and apps: of results, and of what a sweep found.

``comparison.plot.fan("employment_rate")``, ``of_folder(Path("results/x")).map()``,
``of_sweep(Path("results/s")).tornado()``.
"""

from labsim.plots.results import (
    CATALOGUE,
    FOLLOWED,
    FOLLOWED_TABLES,
    INDICATOR,
    Plots,
    Source,
    in_language,
    labels_of,
    of_comparison,
    of_folder,
    windows_of,
)
from labsim.plots.sweeps import SWEEP_CATALOGUE, SweepPlots, of_sweep

__all__ = [
    "CATALOGUE",
    "FOLLOWED",
    "FOLLOWED_TABLES",
    "INDICATOR",
    "SWEEP_CATALOGUE",
    "Plots",
    "Source",
    "SweepPlots",
    "in_language",
    "labels_of",
    "of_comparison",
    "of_folder",
    "of_sweep",
    "windows_of",
]
