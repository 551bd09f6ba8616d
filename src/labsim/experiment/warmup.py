"""Compile the kernels once, ahead of the first run."""

from __future__ import annotations

from labsim import compiling
from labsim.config import load
from labsim.model import LabourMarket

SCALE, MONTHS = 0.02, 3


def compiled() -> bool:
    """Say whether the kernels have been compiled before on this machine."""
    return compiling.compiled()


def warm_up() -> None:
    """Simulate a few months of a small town: every kernel is compiled, or read from the cache."""
    compiling.announce(silently=True)
    model = LabourMarket(load("toytown").model_copy(update={"scale": SCALE, "burn_in": MONTHS}), seed=1)
    model.run(model.start_month + 1)
