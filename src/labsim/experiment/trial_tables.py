"""From what became of everybody in two worlds to the tidy tables of a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.codes import EMPLOYED, IN_MEASURE, STATES, UNEMPLOYED

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

ARMS = ("treated", "control", "untreated_here", "untreated_elsewhere")
"""Drawn; eligible where some are drawn, but not drawn; others there; everybody in municipalities where nobody is."""
DURATIONS = ("not unemployed", "under 6 months", "6 to 24 months", "over 24 months")
"""Months since the last job at the draw, of those unemployed then."""
LIMITS = (6, 25)
OBSERVED = (
    "age", "age squared", "male", "vocational training", "tertiary education", "log months since the last job",
    "log months registered", "insured", "log last wage",
)  # fmt: skip
"""What an evaluator knows of everybody at the draw, for matching; human capital and employability are not among it."""
WORLDS = ("treated", "untreated")
COUNTED = STATES[:4]


class Arms(NamedTuple):
    """Who was drawn, and what everybody was at the draw; arrays of shape (i,)."""

    eligible: Mask
    treated: Mask
    here: Mask  # lives in a municipality where some are treated
    municipality: Ints
    names: tuple[str, ...]
    jobless: Mask
    months_out: Ints
    observed: NDArray[np.float64]  # (i, k) what registers know of everybody (`OBSERVED`)

    @property
    def arm(self) -> Ints:
        """Return the position in `ARMS` of each person."""
        others = np.where(self.eligible, ARMS.index("control"), ARMS.index("untreated_here"))
        untreated = np.where(self.here, others, ARMS.index("untreated_elsewhere"))
        return np.asarray(np.where(self.treated, ARMS.index("treated"), untreated), np.int64)

    @property
    def duration(self) -> Ints:
        """Return the position in `DURATIONS` of each person."""
        bins = 1 + np.searchsorted(LIMITS, self.months_out, side="right")
        return np.asarray(np.where(self.jobless, bins, 0), np.int64)


class Path(NamedTuple):
    """What became of everybody in one world; the first axis is the months since the draw, 0 included."""

    status: NDArray[np.uint8]  # (h, i)
    same: Mask  # (h, i) whether the row is still the person of the draw
    taking_part: Mask  # (h, i) in the trial's measure at the end of the month
    spent: NDArray[np.float64]  # (h, m) on the trial's measure in the month, EUR
    wage: NDArray[np.float32]  # (h, i) current or last wage, EUR a month (0 at the draw: not looked at)
    long_term: Mask  # (h, i) registered for a year or longer
    sanctioned: Mask  # (h, i) sanctioned at least once since the draw

    @classmethod
    def empty(cls, months: int, persons: int, municipalities: int) -> Path:
        """Return a path to be filled in: nobody followed, nothing spent."""
        shape = (months + 1, persons)
        return cls(
            status=np.zeros(shape, np.uint8),
            same=np.zeros(shape, bool),
            taking_part=np.zeros(shape, bool),
            spent=np.zeros((months + 1, municipalities)),
            wage=np.zeros(shape, np.float32),
            long_term=np.zeros(shape, bool),
            sanctioned=np.zeros(shape, bool),
        )

    def first(self, months: int) -> Path:
        """Return the first ``months`` months."""
        return Path._make(values[: months + 1] for values in self)

    def of(self, rows: Ints) -> Path:
        """Return the same of some persons only (the spending is everybody's)."""
        parts = {name: values[:, rows] for name, values in self._asdict().items() if name != "spent"}
        return self._replace(**parts)

    def employed(self) -> Mask:
        """Return who works and is still the person of the draw, (h, i)."""
        return np.asarray((self.status == EMPLOYED) & self.same)

    def registered(self) -> Mask:
        """Return who is on the agency's books, unemployed or in a measure, (h, i)."""
        return np.asarray((self.status == UNEMPLOYED) | (self.status == IN_MEASURE))

    def since_the_draw(self, what: Mask) -> Mask:
        """Return for whom something was so in at least one month since the draw, the draw left out, (h, i)."""
        ever = np.zeros_like(what)
        np.logical_or.accumulate(what[1:], axis=0, out=ever[1:])
        return ever

    def earnings(self) -> NDArray[np.float64]:
        """Return the wages of those at work, EUR a month, (h, i); wages paid by measures do not count."""
        return np.where(self.status == EMPLOYED, self.wage, 0.0).astype(np.float64)


def cell_table(about: Mapping[str, Any], arms: Arms, paths: Mapping[str, Path]) -> pd.DataFrame:
    """Return counts by world, cell (arm, municipality, duration, eligible) and horizon, one row each."""
    shape = (len(ARMS), len(arms.names), len(DURATIONS), 2)
    codes = np.ravel_multi_index(
        (arms.arm, arms.municipality, arms.duration, arms.eligible.astype(np.int64)), shape
    )
    known, cell = np.unique(codes, return_inverse=True)
    arm, municipality, duration, eligible = np.unravel_index(known, shape)
    both = paths["treated"].employed() & paths["untreated"].employed()
    tables = []
    for world, path in paths.items():
        counts = _counts(path, cell, known.size, both)
        counts |= _more_counts(path, cell, known.size)
        counts["spending"] = _spending(path, arms, cell, municipality)
        horizons = path.status.shape[0]
        table = pd.DataFrame(
            {
                **about,
                "world": pd.Categorical([world] * known.size * horizons, list(WORLDS)),
                "arm": _names(np.tile(arm, horizons), ARMS),
                "municipality": _names(np.tile(municipality, horizons), arms.names),
                "duration": _names(np.tile(duration, horizons), DURATIONS),
                "eligible": np.tile(eligible == 1, horizons),
                "horizon": np.repeat(np.arange(horizons), known.size),
                **{name: values.ravel() for name, values in counts.items()},
            }
        )
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _names(codes: Ints, names: Sequence[str]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, pd.Index(list(names)))


def _counts(path: Path, cell: Ints, cells: int, both: Mask) -> dict[str, NDArray[Any]]:
    """Return persons by status, employed in both worlds, and months at work, (h, cells) each."""
    horizons = path.status.shape[0]
    states = np.zeros((horizons, cells, len(STATES)), np.int64)
    in_both, months = np.zeros((horizons, cells), np.int64), np.zeros((horizons, cells), np.int64)
    worked = np.zeros(cell.size, np.int64)
    for h in range(horizons):
        same = path.same[h]
        code = cell[same] * len(STATES) + path.status[h, same]
        states[h] = np.bincount(code, minlength=cells * len(STATES)).reshape(cells, len(STATES))
        if h > 0:
            worked += path.status[h] == EMPLOYED
        in_both[h] = np.bincount(cell[both[h]], minlength=cells)
        months[h] = np.bincount(cell[same], weights=worked[same], minlength=cells).astype(np.int64)
    counts: dict[str, NDArray[Any]] = {"persons": states.sum(axis=2)}
    counts |= {name: states[:, :, k] for k, name in enumerate(COUNTED)}
    return counts | {"employed_in_both": in_both, "months_employed": months}


def _more_counts(path: Path, cell: Ints, cells: int) -> dict[str, NDArray[Any]]:
    """Return what evaluators ask besides, (h, cells) each: persons, and EUR for the earnings of the month.

    ``at_risk``: on the agency's books a month earlier; ``exits``: of them at work now; ``found_work`` and
    ``left_register``: at work, or off the books, in at least one month since the draw; ``sanctioned`` likewise.
    """
    registered = path.registered()
    flags = {
        "long_term": path.long_term,
        "found_work": path.since_the_draw(path.status == EMPLOYED),
        "left_register": path.since_the_draw(~registered),
        "sanctioned": path.sanctioned,
        "at_risk": np.concatenate([np.zeros_like(registered[:1]), registered[:-1]]),
    }
    flags["exits"] = flags["at_risk"] & (path.status == EMPLOYED)
    horizons, earned = path.status.shape[0], path.earnings()
    out: dict[str, NDArray[Any]] = {}
    for name, flag in flags.items():
        counted = flag & path.same
        out[name] = np.stack([np.bincount(cell[counted[h]], minlength=cells) for h in range(horizons)])
    paid = np.where(path.same, earned, 0.0)
    paid[0] = 0.0
    out["earnings"] = np.stack([np.bincount(cell, weights=paid[h], minlength=cells) for h in range(horizons)])
    return out


def _spending(path: Path, arms: Arms, cell: Ints, municipality: Ints) -> NDArray[np.float64]:
    """Return what was spent on the treatment up to each horizon, EUR, (h, cells).

    A municipality's spending of a month is divided by who took part when the month began (all treated in the first).
    """
    horizons, cells = path.status.shape[0], municipality.size
    spent = np.zeros((horizons, cells))
    everybody = np.bincount(cell[arms.treated], minlength=cells).astype(np.float64)
    for h in range(1, horizons):
        weights = everybody
        if h > 1:
            weights = np.bincount(cell[path.taking_part[h - 1]], minlength=cells).astype(np.float64)
        total = np.bincount(municipality, weights=weights, minlength=len(arms.names))
        fallback = (total == 0.0)[municipality]
        weights = np.where(fallback, everybody, weights)
        total = np.bincount(municipality, weights=weights, minlength=len(arms.names))[municipality]
        spent[h] = path.spent[h][municipality] * weights / np.maximum(total, 1.0)
    return np.asarray(np.cumsum(spent, axis=0))


def people_table(about: Mapping[str, Any], arms: Arms, paths: Mapping[str, Path]) -> pd.DataFrame:
    """Return one row per eligible person: arm, months followed, months at work in either world."""
    rows = np.flatnonzero(arms.eligible)
    worked = {
        f"months_employed_{world}": path.employed()[1:, rows].sum(axis=0) for world, path in paths.items()
    }
    return pd.DataFrame(
        {
            **about,
            "person": rows,
            "arm": _names(arms.arm[rows], ARMS),
            "municipality": _names(arms.municipality[rows], arms.names),
            "duration": _names(arms.duration[rows], DURATIONS),
            "months_followed": paths["treated"].same[1:, rows].sum(axis=0),
            **worked,
        }
    )
