"""Imported once by the forkserver: loads the model and its compiled kernels, so that every job finds them there."""

from __future__ import annotations

from labsim.app import simulating
from labsim.experiment.warmup import warm_up

__all__ = ["simulating"]
warm_up()
