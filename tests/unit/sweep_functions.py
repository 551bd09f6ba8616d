"""Functions that tests sweep over instead of scenarios."""

from __future__ import annotations

import math

import numpy as np

from labsim.sweep.jobs import Context, Job, Panel


def ishigami(job: Job, context: Context) -> Panel:
    """Return the function of Ishigami and Homma (1990) with a = 7, b = 0.1: its Sobol indices are known."""
    x, y, z = (job.values[name] for name in ("x1", "x2", "x3"))
    context.tick()
    return {"y": np.array([math.sin(x) + 7.0 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)])}


def square(job: Job, context: Context) -> Panel:
    """Return x squared, and x squared plus the seed."""
    context.tick()
    x = job.values["x"]
    return {"square": np.array([x * x]), "shifted": np.array([x * x + job.seed])}
