"""Imported once by the forkserver: loads the model and its compiled kernels, so that every job finds them there."""

from __future__ import annotations

from labsim.app import simulating, stored
from labsim.experiment.keys import code_id
from labsim.experiment.warmup import warm_up

__all__ = ["simulating", "stored"]
warm_up()
code_id()
