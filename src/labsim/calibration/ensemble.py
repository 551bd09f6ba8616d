"""After a fit: how far each parameter can move (profiles), and parameter sets that fit about as well (the ensemble)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2, norm, qmc

from labsim.calibration.emulator import Emulator, minimum

Floats = NDArray[np.float64]
GRID = 21
SURE = 0.95
PROPOSALS = 12
"""Power of two of the points among which members are chosen."""
STEP = 0.05


class Profile(NamedTuple):
    """How the best attainable loss depends on one parameter.

    curve  : quantile, loss (emulated; all other parameters chosen anew at every point)
    low, high : quantiles between which the loss is within the 95 % limit of a likelihood ratio
    """

    curve: pd.DataFrame
    low: float
    high: float

    @property
    def learned(self) -> float:
        """Share of the prior (in quantiles) that the targets rule out."""
        return 1.0 - (self.high - self.low)


def profiles(emulator: Emulator, best: Floats, names: Sequence[str]) -> dict[str, Profile]:
    """Return the profile of each parameter around the best point, by emulation."""
    limit = float(chi2.ppf(SURE, 1))
    found = {}
    for i, name in enumerate(names):
        grid = np.linspace(0.0, 1.0, GRID)
        start = best[np.newaxis, :]
        curve = np.array([minimum(emulator, start, {i: float(q)})[1] for q in grid])
        inside = np.flatnonzero(curve <= curve.min() + limit)
        table = pd.DataFrame({"quantile": grid, "loss": curve})
        found[name] = Profile(table, float(grid[inside[0]]), float(grid[inside[-1]]))
    return found


def proposals(emulator: Emulator, best: Floats, members: int, seed: int) -> Floats:
    """Return points that the emulator holds as probable as their loss says, (up to members, d), without doubles.

    Importance resampling: a cloud around the best point whose width follows the curvature of the emulated loss, drawn
    with a scrambled Sobol sequence, is resampled with weights prior x likelihood / cloud. The prior is flat in
    quantiles.
    """
    width = _widths(emulator, best)
    cube = qmc.Sobol(best.size, scramble=True, seed=seed).random_base2(PROPOSALS)
    z = norm.ppf(np.clip(cube, 1e-9, 1.0 - 1e-9))
    points = best + z * width
    inside = np.all((points >= 0.0) & (points <= 1.0), axis=1)
    points, z = points[inside], z[inside]
    loss = emulator.loss(points)
    log_weight = -0.5 * loss + 0.5 * np.square(z).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    cumulated = np.cumsum(weight / weight.sum())
    wanted = (np.arange(members) + 0.5) / members
    chosen = np.unique(np.minimum(np.searchsorted(cumulated, wanted), points.shape[0] - 1))
    return np.asarray(np.round(points[chosen], 6))


def _widths(emulator: Emulator, best: Floats) -> Floats:
    """Return for each coordinate the step at which the emulated loss has risen by one, at most a third of the prior."""
    widths = []
    for i in range(best.size):
        low = best.copy()
        low[i] = max(best[i] - STEP, 0.0)
        high = best.copy()
        high[i] = min(best[i] + STEP, 1.0)
        here, left, right = (float(emulator.loss(p[np.newaxis, :])[0]) for p in (best, low, high))
        span = max(high[i] - low[i], 1e-9) / 2.0
        curvature = max((left + right - 2.0 * here) / span**2, 1e-9)
        widths.append(min(np.sqrt(2.0 / curvature) * 1.5, 1.0 / 3.0))
    return np.array(widths)


def threshold(best_loss: float, dimensions: int) -> float:
    """Return the loss up to which a parameter set is accepted: 95 % of a likelihood ratio with d degrees of freedom."""
    return best_loss + float(chi2.ppf(SURE, dimensions))
