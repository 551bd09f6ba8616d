"""The search for the best fit: CMA-ES (Hansen 2016) over prior quantiles, with the library cmaes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from cmaes import CMA
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SPREAD = 0.15
"""First standard deviation of the search, in prior quantiles."""
DIGITS = 6


def search(
    losses_at: Callable[[Floats], Floats], start: Floats, generations: int, population: int, seed: int
) -> tuple[Floats, Floats]:
    """Return all points that were tried, (n, d), and their losses, (n,), in order.

    Parameters
    ----------
    losses_at
        Gives the losses of a generation of points, (population, d).
    start
        Mean of the first generation, prior quantiles; it is the first point tried.
    """
    d = start.size
    bounds = np.array([[0.0, 1.0]] * d)
    optimiser = CMA(mean=np.array(start), sigma=SPREAD, bounds=bounds, population_size=population, seed=seed)
    points: list[Floats] = []
    found: list[float] = []
    for generation in range(generations):
        asked = [np.round(optimiser.ask(), DIGITS) for _ in range(population)]
        if generation == 0:
            asked[0] = np.round(start, DIGITS)
        loss = losses_at(np.array(asked))
        optimiser.tell(list(zip(asked, loss.tolist(), strict=True)))
        points += asked
        found += loss.tolist()
    return np.array(points), np.array(found)
