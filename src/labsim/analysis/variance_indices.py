"""Sobol indices from Saltelli's design, by SALib: first, total and second order, with bootstrap intervals."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.tables import TableError

Floats = NDArray[np.float64]
RESAMPLES = 500
FEWEST_BLOCKS = 8
EXTRA = "labsim[calibration]"
"""The extra that brings SALib."""


class Indices(NamedTuple):
    """What Saltelli's design says.

    table  : factor, order ("first", "total"), value, low, high; the factors in order of their total index
    pairs  : factor, other, value, low, high (second order), strongest first; empty without second order
    blocks : blocks of the design that were used
    lost   : blocks that were left out because runs of theirs are missing
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    blocks: int
    lost: int


def block_size(factors: int, *, second_order: bool) -> int:
    """Return how many points a block of Saltelli's design has: A, B and the mixtures of both.

    >>> block_size(3, second_order=True), block_size(3, second_order=False)
    (8, 5)
    """
    return 2 * factors + 2 if second_order else factors + 2


def sobol_indices(
    names: Sequence[str], points: NDArray[np.int64], means: Floats, *, second_order: bool, seed: int = 1
) -> Indices:
    """Return the Sobol indices of a response.

    Parameters
    ----------
    names
        The factors, in the order of the design.
    points
        Numbers of the points of the whole design that have a response, ascending, (n,).
    means
        The response there, mean over the seeds, (n,).
    second_order
        Whether the design has the mixtures that second-order indices need.
    seed
        Of SALib's bootstrap: its intervals are normal ones, 95 %, from 500 resamplings of the blocks.

    A block with a missing point is left out whole. Raises `TableError` if too few are left, or the response does not
    vary.
    """
    size = block_size(len(names), second_order=second_order)
    places, counts = np.unique(points // size, return_counts=True)
    whole = places[counts == size]
    lost = int(points.max() // size + 1 - len(whole))
    if len(whole) < FEWEST_BLOCKS:
        raise TableError(
            f"{len(whole)} whole blocks of Saltelli's design are too few for Sobol indices: at least {FEWEST_BLOCKS}"
        )
    y = means[np.isin(points // size, whole)]
    if float(np.ptp(y)) == 0.0:
        raise TableError("the response is the same at every point: there is no variance to share out")
    found = _analysed(names, y, second_order=second_order, seed=seed)
    rows = [
        (name, order, found[key][i], found[f"{key}_conf"][i])
        for order, key in (("first", "S1"), ("total", "ST"))
        for i, name in enumerate(names)
    ]
    table = _with_interval(pd.DataFrame(rows, columns=["factor", "order", "value", "half"]))
    by_total = table[table["order"] == "total"].sort_values("value", ascending=False, kind="stable")["factor"]
    rank = {name: i for i, name in enumerate(by_total)}
    table = table.sort_values(["order", "factor"], key=lambda it: it.map({"first": 0, "total": 1} | rank),
                              ignore_index=True)  # fmt: skip
    return Indices(table, _pairs(names, found, second_order=second_order), len(whole), lost)


def _pairs(names: Sequence[str], found: dict[str, Floats], *, second_order: bool) -> pd.DataFrame:
    rows = [
        (names[i], names[j], found["S2"][i, j], found["S2_conf"][i, j])
        for i, j in (combinations(range(len(names)), 2) if second_order else ())
    ]
    table = _with_interval(pd.DataFrame(rows, columns=["factor", "other", "value", "half"]))
    return table.sort_values("value", key=lambda it: -it.abs(), kind="stable", ignore_index=True)


def _with_interval(table: pd.DataFrame) -> pd.DataFrame:
    half = table.pop("half").astype(np.float64)
    table["value"] = table["value"].astype(np.float64)
    return table.assign(low=table["value"] - half, high=table["value"] + half).round(12)


def _analysed(names: Sequence[str], y: Floats, *, second_order: bool, seed: int) -> dict[str, Floats]:
    try:
        from SALib.analyze import sobol
    except ImportError:
        raise TableError(
            f"Sobol indices are computed by SALib, which is not installed; install {EXTRA}"
        ) from None
    problem = {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")  # resamplings without variance: their index is undefined
        result = sobol.analyze(problem, y, calc_second_order=second_order, num_resamples=RESAMPLES, seed=seed)
    return {key: np.asarray(result[key], np.float64) for key in result}
