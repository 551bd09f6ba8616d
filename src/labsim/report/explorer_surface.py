"""A surface through the points of a design that is no grid: a polynomial in the levers, with its own error.

The same few lines of JavaScript evaluate it in the page (`labsim.report.explorer_script`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.report.explorer_stored import CHOICE, ExplorerError, Lever

Floats = NDArray[np.float64]

POINTS_PER_TERM = 1.5
"""Points that a surface needs per term, so that leaving one out still says something about its error."""


@dataclass(frozen=True)
class Surface:
    """The terms of a polynomial.

    ``features`` are numbers made of the levers: ``{"lever": i, "middle": m, "half": h}`` is (x - m) / h, and
    ``{"lever": i, "is": v}`` is 1 where a choice has the number v. ``terms`` are the features that are multiplied, by
    their numbers; the first, empty one is the constant.
    """

    features: tuple[Mapping[str, float], ...]
    terms: tuple[tuple[int, ...], ...]
    degree: str

    def basis(self, x: Floats) -> Floats:
        """Return the terms at the points `x`, (points, terms)."""
        made = [
            (x[:, int(each["lever"])] == each["is"]).astype(np.float64)
            if "is" in each
            else (x[:, int(each["lever"])] - each["middle"]) / each["half"]
            for each in self.features
        ]
        return np.column_stack(
            [np.prod([made[f] for f in term], axis=0) * np.ones(len(x)) for term in self.terms]
        )

    def as_json(self) -> dict[str, Any]:
        """Return what the page needs to evaluate it."""
        return {
            "features": [dict(each) for each in self.features],
            "terms": [list(each) for each in self.terms],
        }


def surface_of(levers: Sequence[Lever], x: Floats) -> Surface:
    """Return the richest surface that the points carry: with squares and products, else linear.

    Raises `ExplorerError` if there are too few points even for that.
    """
    features: list[dict[str, float]] = []
    for i, lever in enumerate(levers):
        values = np.unique(x[:, i])
        if lever.kind == CHOICE:
            features += [{"lever": i, "is": float(value)} for value in values[1:]]
        else:
            low, high = float(values[0]), float(values[-1])
            features.append({"lever": i, "middle": (low + high) / 2, "half": (high - low) / 2})
    alone = [(), *((f,) for f in range(len(features)))]
    squares = [(f, f) for f, each in enumerate(features) if "is" not in each]
    products = [
        (f, g)
        for f, g in combinations(range(len(features)), 2)
        if features[f]["lever"] != features[g]["lever"]
    ]
    for degree, terms in (("quadratic", [*alone, *squares, *products]), ("linear", alone)):
        made = Surface(tuple(features), tuple(terms), degree)
        if len(x) >= POINTS_PER_TERM * len(terms) and np.linalg.matrix_rank(made.basis(x)) == len(terms):
            return made
    needed = int(np.ceil(POINTS_PER_TERM * len(alone)))
    raise ExplorerError(
        f"{len(x)} points are too few for a surface over {len(levers)} levers: at least {needed} are needed, that "
        "differ in every lever"
    )


def fitted(surface: Surface, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the coefficients (terms, columns) of the best fit to `y` (points, columns), and what it misses.

    The second has, for each point and column, how far the surface through all other points is off there (leaving one
    out); zeros fit zeros exactly.
    """
    basis = surface.basis(x)
    solver = np.linalg.pinv(basis)
    coefficients = solver @ y
    leverage = np.einsum("ij,ji->i", basis, solver)
    missed = (y - basis @ coefficients) / np.maximum(1.0 - leverage, 1e-9)[:, None]
    return coefficients, missed
