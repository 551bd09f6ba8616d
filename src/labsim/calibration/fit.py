"""A calibration from beginning to end: levels, screening, search, profiles, ensemble.

Every stage asks `Evaluations` for runs and computes the rest; nothing is drawn that a seed does not fix. So two
calibrations of the same files come to the same result, also if one of them was killed and started again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.analysis import scorecard
from labsim.calibration import emulator as surfaces
from labsim.calibration import ensemble as accepted
from labsim.calibration.evaluate import Aim, Evaluations, Question, losses, means
from labsim.calibration.levels import fitted_shifts, flat
from labsim.calibration.priors import prior_loss, value_at, values_at
from labsim.calibration.screen import Screen, design, screened
from labsim.calibration.search import search
from labsim.config.calibrations import Calibration
from labsim.config.scorecards import Scorecard
from labsim.experiment.engines import available_cores
from labsim.experiment.progress import Watcher, silent
from labsim.parameters.overrides import scalars

Floats = NDArray[np.float64]
EVALUATIONS = "evaluations"
SPARE = 2
"""Members proposed for each one wanted: some of the proposals are simulated and then refused."""


@dataclass(frozen=True)
class Fit:
    """What a calibration found.

    best        : parameters of the best evaluation
    shifts      : skill shift by municipality
    loss        : loss of the best evaluation
    limit       : loss up to which a parameter set is accepted
    members     : accepted parameter sets, the best first
    trials      : one row per evaluation: stage, loss, accepted, parameters by path, targets by id
    fits        : target by target at the best evaluation: published, band, model with its range over the members
    profiles    : parameter, value, quantile, loss (emulated)
    parameters  : parameter, best, low, high (95 % of the profile), prior_low, prior_high, learned, weak, like
    levels      : rounds of the municipalities' levels
    screen      : elementary effects
    error       : the emulator's error by target
    simulated   : runs that were not known before
    """

    best: dict[str, float]
    shifts: dict[str, float]
    loss: float
    limit: float
    members: tuple[dict[str, float], ...]
    trials: pd.DataFrame
    fits: pd.DataFrame
    profiles: pd.DataFrame
    parameters: pd.DataFrame
    levels: pd.DataFrame
    screen: Screen
    error: Mapping[str, float]
    simulated: int


def calibrate(
    calibration: Calibration,
    card: Scorecard,
    folder: Path,
    *,
    workers: int | None = None,
    progress: Watcher | None = None,
) -> Fit:
    """Fit the free parameters of a place to the calibrated targets of its scorecard.

    Parameters
    ----------
    folder
        Where evaluations are kept; a calibration that was stopped goes on from there.
    workers
        Processes; the result does not depend on them.

    Raises
    ------
    EvaluationFailed
        A run failed; the finished ones are kept.
    """
    return _Calibrator(calibration, card, folder, workers or available_cores(), progress or silent).run()


def aims_of(card: Scorecard) -> tuple[Aim, ...]:
    """Return the calibrated targets of a scorecard as the loss needs them."""
    targets = [each for each in card.targets if each["role"] == scorecard.FIT]
    known = scorecard.published_values(targets, card.published).set_index("target")
    aims = []
    for each in targets:
        row = known.loc[each["target"]]
        middle, half = _middle(float(row["published"]), float(row["low"]), float(row["high"]))
        aims.append(Aim(str(each["target"]), middle, half, float(each["weight"])))
    return tuple(aims)


def _middle(published: float, low: float, high: float) -> tuple[float, float]:
    """Return the middle and the half-width of a band; one that is open on a side is as wide there as on the other."""
    if np.isfinite(low) and np.isfinite(high):
        return (low + high) / 2.0, (high - low) / 2.0
    if np.isfinite(published) and (np.isfinite(low) or np.isfinite(high)):
        return published, abs((high if np.isfinite(high) else low) - published)
    raise ValueError(f"a band from {low} to {high} around {published} cannot be fitted")


class _Calibrator:
    """The stages of one calibration, and what they share."""

    def __init__(
        self, calibration: Calibration, card: Scorecard, folder: Path, workers: int, watch: Watcher
    ) -> None:
        self.form, self.card = calibration.form, card
        self.names = calibration.names
        self.aims = aims_of(card)
        self.targets = [aim.target for aim in self.aims]
        self.scenario = calibration.scenario.model_copy(update={"scale": self.form.scale})
        wanted = tuple(each for each in card.targets if each["role"] == scorecard.FIT)
        self.runs = Evaluations(
            self.scenario,
            self.form.seeds,
            Question(wanted, card.published),
            folder / EVALUATIONS,
            workers,
            watch,
        )
        start = flat(self.scenario, self.form.level_months, self.form.level_scale)
        self.flat_runs = replace(self.runs, scenario=start, question=Question(), _known={})
        self.shifts = {m.name: m.skill_shift for m in self.scenario.place.municipalities}
        self.points: list[Floats] = []
        self.values: list[Floats] = []
        self.stages: list[str] = []
        self.levels: list[pd.DataFrame] = []

    def run(self) -> Fit:
        """Go through the stages."""
        form, d = self.form, len(self.names)
        many = len(form.seeds)
        self.planned = 2 * form.levels * many + many * (
            form.trajectories * (d + 1) + form.generations * form.population + SPARE * form.members + 1
        )
        middle = np.full(d, 0.5)
        self._levels(middle)
        screen = self._screen()
        start = surfaces.linear_start(*self._known(), self.aims)
        self._levels(start)
        self._search(start)
        best = self._best()
        surface = self._surface()
        members = self._ensemble(surface, best)
        return self._result(screen, self._surface(), members)

    # the stages ---------------------------------------------------------------------------------------------------

    def _levels(self, point: Floats) -> None:
        if self.form.levels == 0:
            return
        place = self.scenario.place.shifted(self.shifts)
        values = values_at(self.form.free, point.tolist())
        self._stage(self.flat_runs, "levels of the municipalities")

        def rates_at(shifts: Mapping[str, float]) -> pd.Series[float]:
            found: pd.Series[float] = self.flat_runs.at([values], shifts)[0].mean(axis=0)
            return found

        scenario = self.scenario.model_copy(update={"place": place})
        self.shifts, table = fitted_shifts(scenario, self.form.levels, rates_at)
        self.levels.append(table.assign(pass_=len(self.levels) + 1))
        self.runs.done = self.flat_runs.done

    def _screen(self) -> Screen:
        self._stage(self.runs, "screening")
        points = design(self.names, self.form.trajectories, self.form.seed)
        values = self._evaluate("screening", points)
        halves = [aim.half_width for aim in self.aims]
        return screened(self.names, points, values, self.targets, halves)

    def _search(self, start: Floats) -> None:
        self._stage(self.runs, "search")

        def losses_at(points: Floats) -> Floats:
            return losses(self._evaluate("search", points), self.aims) + prior_loss(self.form.free, points)

        search(losses_at, start, self.form.generations, self.form.population, self.form.seed)

    def _ensemble(self, surface: surfaces.Emulator, best: Floats) -> list[int]:
        """Return the positions of the accepted evaluations: the best, then those proposed, then those of the search."""
        self._stage(self.runs, "ensemble")
        smoothest, _ = surfaces.minimum(surface, best[np.newaxis, :])
        points = accepted.proposals(surface, best, SPARE * self.form.members, self.form.seed)
        self._evaluate("ensemble", np.vstack([np.round(smoothest, 6), points]))
        loss = self._losses()
        fine = np.flatnonzero(self._usable & (loss <= self._limit)).tolist()
        first = int(np.argmin(np.where(self._usable, loss, np.inf)))
        drawn = [i for i in fine if self.stages[i] == "ensemble" and i != first]
        tried = [i for i in reversed(fine) if self.stages[i] == "search" and i != first]
        return [first, *drawn, *tried][: self.form.members]

    # what they share ----------------------------------------------------------------------------------------------

    def _stage(self, runs: Evaluations, name: str) -> None:
        runs.stage, runs.planned = name, self.planned
        runs.done = max(self.runs.done, self.flat_runs.done)

    def _evaluate(self, stage: str, points: Floats) -> Floats:
        asked = [values_at(self.form.free, point.tolist()) for point in points]
        values = means(self.runs.at(asked, self.shifts), self.targets)
        self.points += list(points)
        self.values += list(values)
        self.stages += [stage] * len(points)
        return values

    def _known(self) -> tuple[Floats, Floats]:
        return np.array(self.points), np.array(self.values)

    def _losses(self) -> Floats:
        """Return the loss of every evaluation: what the targets and what the priors say, -2 log posterior."""
        return losses(np.array(self.values), self.aims) + prior_loss(self.form.free, np.array(self.points))

    def _best(self) -> Floats:
        return self.points[int(np.argmin(np.where(self._usable, self._losses(), np.inf)))]

    @property
    def _usable(self) -> NDArray[np.bool_]:
        """Which evaluations have the final levels: those of the screening had others."""
        return np.array([stage != "screening" for stage in self.stages])

    @property
    def _limit(self) -> float:
        """Loss up to which a parameter set is accepted."""
        return accepted.threshold(float(self._losses()[self._usable].min()), len(self.names))

    def _surface(self) -> surfaces.Emulator:
        """Return the emulator of the usable evaluations, or of all where they are too few."""
        points, values = self._known()
        chosen = self._usable
        if chosen.sum() < 2 * len(self.names):
            chosen[:] = True
        return surfaces.fitted(points[chosen], values[chosen], self.aims)

    # the result ---------------------------------------------------------------------------------------------------

    def _result(self, screen: Screen, surface: surfaces.Emulator, members: list[int]) -> Fit:
        points, values = self._known()
        loss = self._losses()
        first = members[0]
        best_values = [values_at(self.form.free, points[i].tolist()) for i in members]
        curves = accepted.profiles(surface, points[first], self.names)
        return Fit(
            best=best_values[0],
            shifts=self.shifts,
            loss=float(loss[first]),
            limit=self._limit,
            members=tuple(best_values),
            trials=self._trials(points, values, loss, set(members)),
            fits=self._fits(values, members),
            profiles=self._profiles(curves),
            parameters=self._parameters(screen, curves, best_values),
            levels=pd.concat(self.levels, ignore_index=True) if self.levels else pd.DataFrame(),
            screen=screen,
            error=dict(zip(self.targets, surface.error.tolist(), strict=True)),
            simulated=self.runs.simulated + self.flat_runs.simulated,
        )

    def _trials(self, points: Floats, values: Floats, loss: Floats, members: set[int]) -> pd.DataFrame:
        rows: list[dict[str, Any]] = []
        for i, stage in enumerate(self.stages):
            row: dict[str, Any] = {
                "evaluation": i + 1,
                "stage": stage,
                "loss": float(loss[i]),
                "accepted": i in members,
            }
            row |= values_at(self.form.free, points[i].tolist())
            row |= dict(zip(self.targets, values[i].tolist(), strict=True))
            rows.append(row)
        return pd.DataFrame(rows)

    def _fits(self, values: Floats, members: list[int]) -> pd.DataFrame:
        rows = []
        said = {str(each["target"]): each for each in self.card.targets}
        for k, aim in enumerate(self.aims):
            column = values[members, k]
            inside = abs(column[0] - aim.published) <= aim.half_width
            rows.append(
                {
                    "target": aim.target,
                    "label": str(said[aim.target]["label"]["en"]),
                    "unit": str(said[aim.target]["unit"]),
                    "published": aim.published,
                    "half_width": aim.half_width,
                    "model": float(column[0]),
                    "members_low": float(np.nanmin(column)),
                    "members_high": float(np.nanmax(column)),
                    "inside": bool(inside),
                    "weight": aim.weight,
                }
            )
        return pd.DataFrame(rows)

    def _profiles(self, curves: Mapping[str, accepted.Profile]) -> pd.DataFrame:
        tables = []
        for each in self.form.free:
            table = curves[each.parameter].curve
            tables.append(
                table.assign(
                    parameter=each.parameter, value=[value_at(each.prior, q) for q in table["quantile"]]
                )
            )
        return pd.concat(tables, ignore_index=True)[["parameter", "value", "quantile", "loss"]]

    def _parameters(
        self, screen: Screen, curves: Mapping[str, accepted.Profile], members: list[dict[str, float]]
    ) -> pd.DataFrame:
        rows = []
        for each in self.form.free:
            name, curve = each.parameter, curves[each.parameter]
            spread = [member[name] for member in members]
            alike = [b if a == name else a for a, b, _ in screen.alike if name in {a, b}]
            rows.append(
                {
                    "parameter": name,
                    "unit": scalars()[name].unit,
                    "best": members[0][name],
                    "low": value_at(each.prior, curve.low),
                    "high": value_at(each.prior, curve.high),
                    "members_low": min(spread),
                    "members_high": max(spread),
                    "prior_low": each.prior.low,
                    "prior_high": each.prior.high,
                    "learned": curve.learned,
                    "weak": name in screen.weak,
                    "alike": ", ".join(alike),
                }
            )
        return pd.DataFrame(rows)
