"""How much of the fall of the exit rate with duration is selection: the hazard standardised to the inflow's types.

Types are fixed for life: 20 bins of ability (personal levels of human capital and employability), education,
municipality and occupation. The standardised hazard at a duration is the mean of the types' hazards with the weights of
the inflow; what is left of the fall after standardising is true duration dependence (and types left out).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labsim.codes import UNEMPLOYED
from labsim.model import PROCESSES, LabourMarket, search_and_match

BINS = (0, 1, 2, 3, 4, 6, 9, 12, 18, 24, 36)
ABILITY_BINS = 20
LAST = BINS.index(18)
ENOUGH = 40


class SelectionWatch:
    """Counts the unemployed and their hires by fixed type and months since the last job."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.edges: Any = None
        self.types: Any = None
        self.counts: Any = None

    def before(self, model: Any) -> None:
        """Remember who is unemployed before the month's matching."""
        p = model.world.persons
        rows = np.flatnonzero(p.status == UNEMPLOYED)
        self.rows = rows[rows >= 0] if model.month >= self.start else rows[:0]
        self.bins = np.searchsorted(BINS, p.months_out[self.rows], side="right") - 1
        ability = (p.skill_level[self.rows] + p.employability_level[self.rows]).astype(float)
        if self.edges is None and self.rows.size:
            self.edges = np.quantile(ability, np.arange(1, ABILITY_BINS) / ABILITY_BINS)
        occupations = model.world.occupations
        cell = p.municipality[self.rows].astype(int) * occupations + p.occupation[self.rows]
        ability_bin = np.searchsorted(self.edges, ability) if self.rows.size else np.zeros(0, int)
        self.kind = (ability_bin * 3 + p.education[self.rows]) * (
            model.world.municipalities * occupations
        ) + cell
        if self.counts is None and self.rows.size:
            kinds = ABILITY_BINS * 3 * model.world.municipalities * occupations
            self.counts = np.zeros((2, kinds, len(BINS)))
            self.broad = model.world.municipalities * occupations

    def after(self, model: Any) -> None:
        """Count who started a job."""
        if self.rows.size:
            hired = model.world.persons.status[self.rows] == 0
            np.add.at(self.counts[0], (self.kind, self.bins), 1)
            np.add.at(self.counts[1], (self.kind, self.bins), hired)

    def hazards(self) -> tuple[Any, Any]:
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


def processes_with(watch: SelectionWatch) -> tuple[Any, ...]:
    """Return the model's processes with the watch around search and matching."""
    position = PROCESSES.index(search_and_match)
    return (
        *PROCESSES[:position],
        watch.before,
        *PROCESSES[position : position + 2],
        watch.after,
        *PROCESSES[position + 2 :],
    )


def dependence_share(model_of: Any, months_from: int) -> tuple[Any, float]:
    """Return (raw hazard by bin, share of the log fall from month 0 to 18-23 that is left after standardising)."""
    watch = SelectionWatch(months_from)
    model: LabourMarket = model_of(processes_with(watch))
    model.run()
    raw, standard = watch.hazards()
    return raw, float(np.log(standard[0] / standard[LAST]) / np.log(raw[0] / raw[LAST]))
