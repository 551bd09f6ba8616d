"""Before a fit: which parameters the targets can tell apart (Morris 1991, with SALib)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from SALib.analyze import morris as morris_analysis
from SALib.sample import morris as morris_design

Floats = NDArray[np.float64]
LEVELS = 4
WEAK = 0.5
"""Mean absolute effect over the prior, in half-widths of the band, below which a target says nothing of a parameter."""
ALIKE = 0.95
"""Cosine between the effects of two parameters on all targets, above which they cannot be told apart."""


class Screen(NamedTuple):
    """What a screening found.

    effects : parameter, target, effect (mean over trajectories, in half-widths of the target's band per whole prior),
              mu_star (mean of absolute values), mu_star_conf (95 %), sigma (spread: interaction or curvature)
    weak    : parameters that no target responds to
    alike   : pairs of parameters whose effects have the same pattern, with their cosine
    """

    effects: pd.DataFrame
    weak: tuple[str, ...]
    alike: tuple[tuple[str, str, float], ...]


def problem_of(names: Sequence[str]) -> dict[str, Any]:
    """Return SALib's description of the unit cube of prior quantiles."""
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}


def design(names: Sequence[str], trajectories: int, seed: int) -> Floats:
    """Return the points of the trajectories in prior quantiles, (trajectories x (d + 1), d)."""
    points = morris_design.sample(problem_of(names), trajectories, num_levels=LEVELS, seed=seed)
    return np.asarray(np.round(points, 6), np.float64)


def screened(
    names: Sequence[str], points: Floats, values: Floats, targets: Sequence[str], half_widths: Sequence[float]
) -> Screen:
    """Return the elementary effects of all parameters on all targets.

    Parameters
    ----------
    points
        The design, (n, d).
    values
        Targets at the points, (n, targets); an undefined value is replaced by the target's mean.
    half_widths
        Half-widths of the targets' bands: the unit of the effects.
    """
    rows = []
    for k, (target, half) in enumerate(zip(targets, half_widths, strict=True)):
        column = np.asarray(values[:, k], np.float64)
        column = np.where(np.isfinite(column), column, np.nanmean(column)) / half
        found = morris_analysis.analyze(problem_of(names), points, column, num_levels=LEVELS, seed=1)
        rows += [
            {
                "parameter": name,
                "target": target,
                "effect": float(found["mu"][i]),
                "mu_star": float(found["mu_star"][i]),
                "mu_star_conf": float(found["mu_star_conf"][i]),
                "sigma": float(found["sigma"][i]),
            }
            for i, name in enumerate(names)
        ]
    effects = pd.DataFrame(rows)
    strongest = effects.groupby("parameter", sort=False)["mu_star"].max()
    weak = tuple(str(name) for name in names if strongest[name] < WEAK)
    return Screen(effects, weak, _alike(effects, names))


def _alike(effects: pd.DataFrame, names: Sequence[str]) -> tuple[tuple[str, str, float], ...]:
    table = effects.pivot_table(index="parameter", columns="target", values="effect", sort=False)
    matrix = table.reindex(list(names)).to_numpy(np.float64)
    norms = np.sqrt(np.square(matrix).sum(axis=1))
    pairs = []
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            size = norms[i] * norms[j]
            cosine = float(matrix[i] @ matrix[j] / size) if size > 0.0 else 0.0
            if abs(cosine) > ALIKE:
                pairs.append((str(first), str(names[j]), round(cosine, 3)))
    return tuple(pairs)
