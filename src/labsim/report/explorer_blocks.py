"""The numbers of an explorer: bands and paired differences at every point, packed for the page.

A block holds one outcome of one scenario (levels) or pair of scenarios (differences): for every point of the lattice
a few statistics in every month and in every span. On a lattice they are whole numbers of 16 bits with one scale per
block; of a scattered design the coefficients of a surface in 32-bit floats.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis.bands import allowed_bands
from labsim.analysis.intervals import t_half_width
from labsim.figures.differences import FEWEST_PAIRS
from labsim.figures.levels import MOST_WITH_TWO_BANDS
from labsim.report.explorer_stored import ExplorerError, Lever, Panel, Span, Stored
from labsim.report.explorer_surface import Surface, fitted, surface_of

Floats = NDArray[np.float64]

MISSING = -32768
LARGEST = 32767
"""The whole numbers of 16 bits; the smallest one stands for a value that is not there."""


@dataclass(frozen=True)
class Design:
    """The points of a design, ready to interpolate between.

    ``levers`` are those that vary, ``values`` what each takes (ascending), ``x`` (points, levers) the points with the
    numbers ``points``; ``places`` their places on the lattice, None for a scattered design, which has a ``surface``.
    ``fixed`` are the levers that have one value.
    """

    levers: tuple[Lever, ...]
    values: tuple[Floats, ...]
    points: NDArray[np.int64]
    x: Floats
    places: NDArray[np.int64] | None
    surface: Surface | None
    fixed: tuple[tuple[Lever, float], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each lever."""
        return tuple(len(each) for each in self.values)


def design_of(stored: Stored) -> Design:
    """Return the design; raises `ExplorerError` if no lever varies."""
    table = stored.points.sort_values("point")
    varying = [lever for lever in stored.levers if table[lever.name].nunique() > 1]
    if not varying:
        raise ExplorerError(
            "no factor of this design has more than one value, so an explorer would have no lever"
        )
    x = table[[lever.name for lever in varying]].to_numpy(np.float64)
    values = tuple(np.unique(column) for column in x.T)
    whole = int(np.prod([len(each) for each in values], dtype=np.int64))
    fixed = tuple(
        (lever, float(table[lever.name].iloc[0])) for lever in stored.levers if lever not in varying
    )
    points = table["point"].to_numpy(np.int64)
    if len(np.unique(x, axis=0)) == whole:
        places = np.column_stack([np.searchsorted(known, x[:, i]) for i, known in enumerate(values)])
        return Design(tuple(varying), values, points, x, places, None, fixed)
    return Design(tuple(varying), values, points, x, None, surface_of(varying, x), fixed)


@dataclass(frozen=True)
class Runs:
    """One outcome in every scenario, with the same seeds everywhere.

    ``values`` by scenario, each (points, seeds, months and spans): the spans' means stand behind the months.
    """

    values: dict[str, Floats]
    seeds: NDArray[np.int64]
    months: Sequence[pd.Timestamp]


def runs_of(stored: Stored, design: Design, outcome: str, spans: Sequence[Span]) -> Runs:
    """Return an outcome's runs at the design's points; a point that lacks one of the seeds is NaN throughout."""
    panels = {name: stored.read(name, outcome) for name in stored.names}
    seeds, months = _shared_seeds(panels, design), next(iter(panels.values()))[2]
    found = {}
    for name, (points, known, own, values) in panels.items():
        if list(own) != list(months):
            raise ExplorerError(
                f"the scenarios have different months: {name} has {len(own)}, not {len(months)}"
            )
        picked = np.full((len(design.points), len(seeds), len(months)), np.nan)
        rows = np.searchsorted(points, design.points)
        there = (rows < len(points)) & (points[np.minimum(rows, len(points) - 1)] == design.points)
        picked[there] = values[rows[there]][:, np.searchsorted(known, seeds)]
        lacks = np.isnan(picked).all(axis=2).any(axis=1)  # a whole run is missing
        picked[lacks] = np.nan
        found[name] = np.concatenate([picked, _span_means(picked, months, spans)], axis=2)
    return Runs(found, seeds, months)


def _shared_seeds(panels: dict[str, Panel], design: Design) -> NDArray[np.int64]:
    """Return the seeds that at least half of the points have in every scenario."""
    shared: set[int] | None = None
    for points, seeds, _, values in panels.values():
        inside = np.isin(points, design.points)
        share = (~np.isnan(values[inside]).all(axis=2)).mean(axis=0)
        own = {int(seed) for seed, part in zip(seeds, share, strict=True) if part >= 0.5}
        shared = own if shared is None else shared & own
    if not shared:
        raise ExplorerError("no seed has runs in all scenarios, so there are no pairs to compare")
    return np.array(sorted(shared), np.int64)


def _span_means(values: Floats, months: Sequence[pd.Timestamp], spans: Sequence[Span]) -> Floats:
    """Return (points, seeds, spans) means over the months that have a value."""
    parts = []
    for span in spans:
        inside = values[:, :, [span.first <= month <= span.last for month in months]]
        known = ~np.isnan(inside)
        total, count = np.where(known, inside, 0.0).sum(axis=2), known.sum(axis=2)
        parts.append(np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0))
    return np.stack(parts, axis=2) if parts else np.empty((*values.shape[:2], 0))


def level_statistics(seeds: int, scenarios: int) -> tuple[str, ...]:
    """Return what is kept of a scenario's runs: the middle, and the edges of the bands that the seeds carry."""
    carried = allowed_bands(seeds)
    carried = carried[:1] if scenarios > MOST_WITH_TWO_BANDS else carried
    if not carried:
        return ("mean",)
    edges = [f"{edge}_{round(100 * share)}" for share in carried for edge in ("low", "high")]
    return ("median", *edges)


def levels(values: Floats, statistics: Sequence[str]) -> Floats:
    """Return (points, statistics, columns) of (points, seeds, columns) values."""
    parts = []
    for name in statistics:
        if name in {"mean", "median"}:
            parts.append(values.mean(axis=1) if name == "mean" else np.median(values, axis=1))
            continue
        edge, _, percent = name.partition("_")
        share = int(percent) / 100
        parts.append(np.quantile(values, (1 - share) / 2 if edge == "low" else (1 + share) / 2, axis=1))
    return np.stack(parts, axis=1)


def differences(values: Floats, base: Floats) -> Floats:
    """Return (points, statistics, columns): mean paired difference, its 95 % interval, share of pairs above zero."""
    pairs = values - base
    count = pairs.shape[1]
    mean = pairs.mean(axis=1)
    above = np.where(np.isnan(mean), np.nan, (pairs > 0).mean(axis=1))
    if count < FEWEST_PAIRS:
        return np.stack([mean, above], axis=1)
    spread = pairs.std(axis=1, ddof=1)
    half = t_half_width(spread.ravel(), np.full(spread.size, count)).reshape(spread.shape)
    return np.stack([mean, mean - half, mean + half, above], axis=1)


def difference_statistics(seeds: int) -> tuple[str, ...]:
    """Return the names of what `differences` gives."""
    return ("mean", "above") if seeds < FEWEST_PAIRS else ("mean", "low", "high", "above")


@dataclass(frozen=True)
class Block:
    """The statistics of one outcome in one scenario, or of one pair, as the page takes them.

    ``error`` is the typical error (root mean square) of the middle where a point is left out; NaN if none can be.
    """

    kept: dict[str, Any]
    error: float
    limits: tuple[float, float]


def pack(values: Floats, design: Design, statistics: Sequence[str], *, around_zero: bool) -> Block:
    """Return a block of (points, statistics, columns) values.

    `around_zero` keeps zero exactly zero, which differences before an announcement are.
    """
    known = values[np.isfinite(values)]
    shown = values[:, [i for i, name in enumerate(statistics) if name != "above"]]
    inside = shown[np.isfinite(shown)]
    limits = (float(inside.min()), float(inside.max())) if inside.size else (0.0, 0.0)
    kept: dict[str, Any] = {"statistics": list(statistics)}
    if design.surface is not None:
        whole = np.isfinite(values).all(axis=(1, 2))
        flat = values[whole].reshape(int(whole.sum()), -1)
        surface = design.surface
        if len(flat) < len(surface.terms) + 1:
            raise ExplorerError(f"only {len(flat)} points have all of their runs, too few for the surface")
        coefficients, missed = fitted(surface, design.x[whole], flat)
        kept["data"] = _text(coefficients.astype("<f4"))
        middle = missed[:, : values.shape[2]]
        return Block(kept, float(np.sqrt((middle**2).mean())), limits)
    assert design.places is not None
    grid = np.full((*design.shape, *values.shape[1:]), np.nan)
    grid[tuple(design.places.T)] = values
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    zero = 0.0 if around_zero else (low + high) / 2
    scale = max(abs(high - zero), abs(low - zero)) / LARGEST or 1.0
    folded, alive = _folded(grid, len(design.shape))
    numbers = np.where(np.isnan(folded), MISSING, np.round((np.nan_to_num(folded) - zero) / scale))
    kept |= {"scale": scale, "zero": zero, "alive": alive, "data": _text(numbers.astype("<i2"))}
    return Block(kept, _left_out(grid[..., 0, :], design), limits)


def _folded(grid: Floats, levers: int) -> tuple[Floats, list[int]]:
    """Return a grid without the levers along which nothing changes, and 1 for each lever that stays, else 0."""
    alive = []
    for axis in range(levers):
        first = grid.take([0], axis=axis)
        same = bool(((grid == first) | (np.isnan(grid) & np.isnan(first))).all())
        grid = first if same else grid
        alive.append(0 if same else 1)
    return grid, alive


def _left_out(middle: Floats, design: Design) -> float:
    """Return how far off interpolating between a point's neighbours is (root mean square); NaN without inner points."""
    missed = []
    for axis, (lever, values) in enumerate(zip(design.levers, design.values, strict=True)):
        if lever.kind == "choice" or len(values) < 3:
            continue
        along = np.moveaxis(middle, axis, 0)
        near = (values[1:-1] - values[:-2]) / (values[2:] - values[:-2])
        weight = near.reshape(-1, *[1] * (along.ndim - 1))
        missed.append((along[1:-1] - (1 - weight) * along[:-2] - weight * along[2:]).ravel())
    every = np.concatenate(missed) if missed else np.empty(0)
    every = every[np.isfinite(every)]
    return float(np.sqrt((every**2).mean())) if every.size else float("nan")


def _text(numbers: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")


def stops(lever: Lever, values: Floats, *, lattice: bool, between: int = 4, most: int = 40) -> list[float]:
    """Return where a lever stops: at every value of a lattice and a few between, or evenly over its range.

    Whole numbers stay whole, and a choice stops at its values only.
    """
    if lever.kind == "choice":
        return [float(value) for value in values]
    if lattice:
        parts = [np.linspace(a, b, between, endpoint=False) for a, b in pairwise(values)]
        found = np.concatenate([*parts, values[-1:]])
    else:
        found = np.linspace(values[0], values[-1], most + 1)
    if lever.kind == "whole":
        found = np.round(found)
    return [float(value) for value in np.unique(np.round(found, 10))]


def every(stored: Stored, design: Design) -> Iterator[tuple[str, Runs, dict[str, Floats], dict[str, Floats]]]:
    """Yield of each outcome its name, its runs, and the statistics of levels and differences by scenario."""
    for outcome in stored.outcomes:
        runs = runs_of(stored, design, outcome.name, stored.spans)
        kept = level_statistics(len(runs.seeds), len(stored.names))
        base = runs.values[stored.names[0]]
        above = {name: levels(values, kept) for name, values in runs.values.items()}
        below = {name: differences(runs.values[name], base) for name in stored.names[1:]}
        yield outcome.name, runs, above, below
