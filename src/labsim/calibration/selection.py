"""How much of the fall of the exit rate with duration is selection: the hazard standardised to the inflow's types.

Types are fixed for life: 20 bins of ability (personal levels of human capital and employability), education,
municipality and occupation. The standardised hazard at a duration is the mean of the types' hazards with the weights of
the inflow; what is left of the fall after standardising is true duration dependence (and types left out).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import EMPLOYED, UNEMPLOYED
from labsim.model import PROCESSES, LabourMarket, Process, search_and_match

Floats = NDArray[np.float64]

BINS = (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36)
"""First months of the bins of duration, months since the last job."""

LAST = BINS.index(18)
"""The bin (18 to 23 months) whose exit rate is compared with that of the first month."""

ABILITY_BINS = 20
EDUCATIONS = 3
ENOUGH = 40
"""Person-months at risk below which a type's hazard is that of its ability and education alone."""


class SelectionWatch:
    """Counts the unemployed and their hires by fixed type and months since the last job, from a month on."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.edges: Floats = np.zeros(0)
        self.counts: Floats = np.zeros((2, 0, len(BINS)))
        self.broad = 1
        self.rows: NDArray[np.int64] = np.zeros(0, np.int64)
        self.bins: NDArray[np.int64] = self.rows
        self.kind: NDArray[np.int64] = self.rows

    def before(self, model: LabourMarket) -> None:
        """Remember who is unemployed before the month's matching."""
        p, world = model.world.persons, model.world
        rows = np.flatnonzero(p.status == UNEMPLOYED) if model.month >= self.start else self.rows[:0]
        self.rows = rows
        if not rows.size:
            return
        self.bins = np.searchsorted(BINS, p.months_out[rows], side="right") - 1
        ability = (p.skill_level[rows] + p.employability_level[rows]).astype(np.float64)
        if not self.edges.size:
            self.broad = world.municipalities * world.occupations
            self.edges = np.quantile(ability, np.arange(1, ABILITY_BINS) / ABILITY_BINS)
            self.counts = np.zeros((2, ABILITY_BINS * EDUCATIONS * self.broad, len(BINS)))
        cell = p.municipality[rows].astype(np.int64) * world.occupations + p.occupation[rows]
        wide = np.searchsorted(self.edges, ability) * EDUCATIONS + p.education[rows]
        self.kind = wide * self.broad + cell

    def after(self, model: LabourMarket) -> None:
        """Count who started a job."""
        if self.rows.size:
            hired = model.world.persons.status[self.rows] == EMPLOYED
            np.add.at(self.counts[0], (self.kind, self.bins), 1)
            np.add.at(self.counts[1], (self.kind, self.bins), hired)

    def hazards(self) -> tuple[Floats, Floats]:
        """Return (raw, standardised) monthly hazard by duration bin, shares."""
        risk, hires = self.counts
        raw = hires.sum(axis=0) / risk.sum(axis=0)
        broad_risk = risk.reshape(-1, self.broad, len(BINS)).sum(axis=1)
        broad_hires = hires.reshape(-1, self.broad, len(BINS)).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            broad = np.where(broad_risk > 0, broad_hires / broad_risk, np.nan)
            fine = np.where(risk >= ENOUGH, hires / risk, np.nan)
        broad = np.where(np.isnan(broad), raw[np.newaxis, :], broad)
        filled = np.where(np.isnan(fine), np.repeat(broad, self.broad, axis=0), fine)
        weights = risk[:, 0] / risk[:, 0].sum()
        return raw, (weights[:, np.newaxis] * filled).sum(axis=0)


def processes_with(watch: SelectionWatch) -> tuple[Process, ...]:
    """Return the model's processes with the watch around search and matching."""
    position = PROCESSES.index(search_and_match)
    return (
        *PROCESSES[:position],
        watch.before,
        *PROCESSES[position : position + 2],
        watch.after,
        *PROCESSES[position + 2 :],
    )


def dependence_share(
    model_of: Callable[[tuple[Process, ...]], LabourMarket], months_from: int
) -> tuple[Floats, float]:
    """Return (raw hazard by bin, share of the log fall from month 0 to 18-23 that is left after standardising).

    Parameters
    ----------
    model_of
        Gives a model with these processes; it is run to its end here.
    months_from
        Month number from which on exits are counted.
    """
    watch = SelectionWatch(months_from)
    model_of(processes_with(watch)).run()
    raw, standard = watch.hazards()
    fall: Any = np.log(raw[0] / raw[LAST])
    return raw, float(np.log(standard[0] / standard[LAST]) / fall)
