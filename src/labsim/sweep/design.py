"""The points of a sweep, made by scipy.stats.qmc and SALib: the same design and seed, the same points."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.config.factors import Factor
from labsim.config.sweeps import Sweep

Floats = NDArray[np.float64]
DIGITS = 12
"""Decimals of a factor's number, in units of its range: enough for any use, and the same on every machine."""


class MissingLibrary(RuntimeError):  # noqa: N818 - it says what it is
    """A library that a design is made with is not installed."""


def expand(sweep: Sweep) -> pd.DataFrame:
    """Return the points: column ``point`` (from 0, int32) and a float64 column for each factor, by its name.

    A choice is the number of its value (from 0). Whole-number factors have whole numbers: designs over ranges give
    each of them the same chance, morris the nearest. A sobol sequence with more points begins with the same points.
    """
    factors = sweep.factors
    numbers = _numbers(sweep)
    points: dict[str, Any] = {"point": np.arange(len(numbers), dtype=np.int32)}
    points |= {each.name: numbers[:, i] for i, each in enumerate(factors)}
    return pd.DataFrame(points)


def salib_problem(factors: tuple[Factor, ...]) -> dict[str, Any]:
    """Return SALib's description of the unit cube that saltelli and morris designs are made in."""
    names = [each.name for each in factors]
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _numbers(sweep: Sweep) -> Floats:
    design, factors = sweep.design, sweep.factors
    if design.kind == "list":
        return np.array(design.rows, np.float64).reshape(len(design.rows), len(factors))
    if design.kind == "full_grid":
        levels = [_levels(each, each.levels or design.levels) for each in factors]
        return np.array(list(itertools.product(*levels)), np.float64).reshape(-1, len(factors))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(balance properties|power of 2|Convergence properties)")
        unit = _unit_cube(sweep)
    nearest = design.kind == "morris"
    return np.column_stack([_scaled(each, unit[:, i], nearest=nearest) for i, each in enumerate(factors)])


def _unit_cube(sweep: Sweep) -> Floats:
    """Return the design's points in the unit cube, (points, factors)."""
    design, k = sweep.design, len(sweep.factors)
    try:
        if design.kind == "sobol":
            from scipy.stats import qmc

            sequence = qmc.Sobol(k, scramble=True, rng=design.seed)
            return np.asarray(
                sequence.random_base2((design.points - 1).bit_length())[: design.points], np.float64
            )
        problem = salib_problem(sweep.factors)
        if design.kind == "latin_hypercube":
            from SALib.sample import latin

            found = latin.sample(problem, design.points, seed=design.seed)
        elif design.kind == "saltelli":
            from SALib.sample import sobol

            found = sobol.sample(
                problem, design.points, calc_second_order=design.second_order, seed=design.seed
            )
        else:
            from SALib.sample import morris

            found = morris.sample(problem, design.points, num_levels=design.levels or 4, seed=design.seed)
    except ImportError as error:
        raise MissingLibrary(
            f"the design {design.kind} needs {error.name}; install it with: pip install 'labsim[hpc]'"
        ) from None
    return np.asarray(found, np.float64)


def _levels(factor: Factor, levels: int | None) -> list[float]:
    """Return the values of a factor in a full grid."""
    if factor.kind == "choice":
        return [float(i) for i in range(len(factor.values))]
    if factor.values:
        return [float(each) for each in factor.values]
    assert levels is not None  # the loader has asked for them
    spaced = np.linspace(factor.low, factor.high, levels)
    return [
        float(each)
        for each in (np.floor(spaced + 0.5) if factor.kind == "whole" else _rounded(factor, spaced))
    ]


def _scaled(factor: Factor, unit: Floats, *, nearest: bool) -> Floats:
    """Return a column of the unit cube in the factor's numbers."""
    if factor.values:
        index = np.minimum((unit * len(factor.values)).astype(np.int64), len(factor.values) - 1)
        return np.array(_levels(factor, None), np.float64)[index]
    span = factor.high - factor.low
    if factor.kind == "whole":
        if nearest:
            return np.floor(factor.low + unit * span + 0.5)
        return np.minimum(np.floor(factor.low + unit * (span + 1.0)), factor.high)
    return _rounded(factor, factor.low + unit * span)


def _rounded(factor: Factor, values: Floats) -> Floats:
    """Return values without the last bits, which may differ between machines, and within the range."""
    scale = 10.0 ** np.floor(np.log10(max(abs(factor.low), abs(factor.high), 1e-300)))
    rounded: Floats = np.clip(np.round(values / scale, DIGITS) * scale, factor.low, factor.high)
    return rounded
