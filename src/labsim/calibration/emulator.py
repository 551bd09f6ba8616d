"""A response surface of the targets: quadratic in the prior quantiles, with its own error.

It is fitted to the evaluations of a calibration and used where thousands of evaluations would be needed: for profiles,
and for proposing members of the ensemble (each of which is then simulated). It never replaces a simulated figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from labsim.calibration.evaluate import Aim, losses, residuals

Floats = NDArray[np.float64]
RIDGES = (1e-4, 1e-2, 1e-1, 1.0)
BENDS = (1.0, 10.0, 1e3, 1e6)
"""How much stiffer curvature and interaction are than slopes; the last one leaves a linear surface."""
STARTS = 6


@dataclass(frozen=True)
class Emulator:
    """Targets as quadratic functions of a point in the unit cube.

    coefficients : (features, targets)
    error        : root mean square error when each evaluation is left out in turn, (targets,)
    aims         : the targets with bands and weights
    """

    coefficients: Floats
    error: Floats
    aims: tuple[Aim, ...]

    def values(self, points: Floats) -> Floats:
        """Return the targets at points (n, d), (n, targets)."""
        return np.asarray(features(np.atleast_2d(points)) @ self.coefficients)

    def loss(self, points: Floats) -> Floats:
        """Return the loss at points (n, d), (n,), bands widened by the emulator's own error."""
        wider = [
            aim._replace(half_width=float(np.hypot(aim.half_width, 2.0 * error)))
            for aim, error in zip(self.aims, self.error, strict=True)
        ]
        return losses(self.values(points), wider)


def features(points: Floats) -> Floats:
    """Return 1, the coordinates, their squares and products, (n, features), centred on the middle of the cube."""
    x = 2.0 * np.asarray(points, np.float64) - 1.0
    n, d = x.shape
    pairs = [x[:, i] * x[:, j] for i in range(d) for j in range(i, d)]
    return np.column_stack([np.ones(n), x, *pairs])


def fitted(points: Floats, values: Floats, aims: Sequence[Aim]) -> Emulator:
    """Return the emulator of evaluations: points (n, d), values (n, targets).

    Evaluations near the published values weigh more. How stiff the surface is, and whether it bends at all, is chosen
    per target by leaving one out.
    """
    basis = features(points)
    distance = np.sqrt(losses(values, aims) / max(len(aims), 1))
    weight = 1.0 / (1.0 + np.square(distance / max(float(np.quantile(distance, 0.25)), 1e-9)))
    columns, errors = [], []
    for k in range(len(aims)):
        column = np.where(np.isfinite(values[:, k]), values[:, k], np.nanmean(values[:, k]))
        tried = (_ridge(basis, column, weight, _penalty(points.shape[1], *s)) for s in product(RIDGES, BENDS))
        best = min(tried, key=lambda found: found[1])
        columns.append(best[0])
        errors.append(best[1])
    return Emulator(np.column_stack(columns), np.array(errors), tuple(aims))


def _penalty(d: int, ridge: float, bend: float) -> Floats:
    """Return the penalty on each feature: none to speak of on the level, ``ridge`` on slopes, more on what bends."""
    curved = d * (d + 1) // 2
    return np.concatenate([[1e-9], np.full(d, ridge), np.full(curved, ridge * bend)])


def _ridge(basis: Floats, column: Floats, weight: Floats, penalty: Floats) -> tuple[Floats, float]:
    """Return coefficients of a weighted ridge regression and its error with each evaluation left out in turn."""
    centre = float(np.average(column, weights=weight))
    root = np.sqrt(weight)
    x, y = basis * root[:, np.newaxis], (column - centre) * root
    inverse = np.linalg.inv(x.T @ x + np.diag(penalty))
    coefficients = inverse @ (x.T @ y)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    left_out = (y - x @ coefficients) / np.maximum(1.0 - leverage, 1e-3)
    error = float(np.sqrt(np.sum(np.square(left_out)) / np.sum(weight)))
    coefficients = coefficients.copy()
    coefficients[0] += centre
    return coefficients, error


def minimum(
    emulator: Emulator, starts: Floats, fixed: dict[int, float] | None = None
) -> tuple[Floats, float]:
    """Return the point of the unit cube with the smallest emulated loss, and that loss.

    ``starts`` (n, d): where the search begins; ``fixed``: coordinates that stay.
    """
    held = fixed or {}
    d = starts.shape[1]
    bounds = [(held[i], held[i]) if i in held else (0.0, 1.0) for i in range(d)]

    def at(point: Floats) -> float:
        return float(emulator.loss(point[np.newaxis, :])[0])

    best: tuple[Floats, float] | None = None
    for start in starts[:STARTS]:
        begin = np.array([held.get(i, start[i]) for i in range(d)])
        found = minimize(at, begin, method="L-BFGS-B", bounds=bounds)
        if best is None or float(found.fun) < best[1]:
            best = (np.asarray(found.x, np.float64), float(found.fun))
    assert best is not None
    return best


def linear_start(points: Floats, values: Floats, aims: Sequence[Aim], pull: float = 1.0) -> Floats:
    """Return the point at which a linear reading of evaluations comes closest to the targets, (d,).

    ``pull`` draws it to the middle of the priors, so that what the targets say nothing of stays there.
    """
    x = np.column_stack([np.ones(points.shape[0]), points - 0.5])
    filled = np.where(np.isfinite(values), values, np.nanmean(values, axis=0))
    slopes, *_ = np.linalg.lstsq(x, filled, rcond=None)
    rest = residuals(slopes[:1], aims)[0]
    unit = residuals(slopes[1:] + np.array([aim.published for aim in aims]), aims)
    d = points.shape[1]
    matrix = np.vstack([unit.T, np.sqrt(pull) * np.eye(d)])
    wanted = np.concatenate([-rest, np.zeros(d)])
    found, *_ = np.linalg.lstsq(matrix, wanted, rcond=None)
    return np.asarray(np.clip(0.5 + found, 0.02, 0.98))
