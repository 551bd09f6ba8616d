"""Which method finds the best fit with the fewest evaluations? Tried on the response surface of a finished calibration.

Usage: python -m benchmarks.search_methods results/calibration-PLACE (optuna, for two of the rivals, is optional).

The surface (quadratic, fitted to simulated evaluations) stands in for the simulation, so that hundreds of searches take
seconds. Every method gets the same start, the same number of evaluations and twenty seeds. Printed is the loss of the
best point found, less the smallest loss on the surface: median and worst of the seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import qmc

from labsim.calibration import emulator as surfaces
from labsim.calibration.evaluate import losses
from labsim.calibration.fit import aims_of
from labsim.calibration.priors import point_of
from labsim.calibration.search import search
from labsim.config.calibrations import load_calibration
from labsim.config.scorecards import load_scorecard

BUDGETS, SEEDS = (40, 80, 160), 20
Loss = Callable[[np.ndarray], np.ndarray]


def main(folder: Path) -> None:
    """Print the table for the calibration in a folder."""
    place = folder.name.removeprefix("calibration-")
    asked, card = load_calibration(place), load_scorecard(place)
    aims, trials = aims_of(card), pd.read_parquet(folder / "trials.parquet")
    known = trials[trials["stage"] != "screening"]
    points = np.array(
        [point_of(asked.form.free, dict(row)) for row in known[list(asked.names)].to_dict("records")]
    )
    values = known[[aim.target for aim in aims]].to_numpy(float)
    surface = surfaces.fitted(points, values, aims)

    def at(asked_points: np.ndarray) -> np.ndarray:
        return losses(surface.values(asked_points), aims)

    starts = points[np.argsort(losses(values, aims))[:6]]
    lowest = min(float(surfaces.minimum(surface, starts)[1]), float(at(starts).min()))
    middle = np.full(points.shape[1], 0.5)
    print(
        f"{place}: {len(aims)} targets, {points.shape[1]} parameters, smallest loss on the surface {lowest:.2f}"
    )
    print(f"{'evaluations':>12} " + " ".join(f"{name:>22}" for name in METHODS))
    for budget in BUDGETS:
        cells = []
        for method in METHODS.values():
            try:
                found = [max(method(at, middle, budget, seed) - lowest, 0.0) for seed in range(SEEDS)]
                cells.append(f"{np.median(found):9.2f} ({np.max(found):7.2f})")
            except ModuleNotFoundError as error:
                cells.append(f"no {error.name}")
        print(f"{budget:>12} " + " ".join(f"{cell:>22}" for cell in cells))


def cma_es(at: Loss, start: np.ndarray, budget: int, seed: int) -> float:
    """Search as labsim does, with CMA-ES."""
    return float(search(at, start, budget // 10, 10, seed + 1)[1].min())


def sobol(at: Loss, start: np.ndarray, budget: int, seed: int) -> float:
    """Try the points of a scrambled Sobol sequence: no learning at all."""
    return float(at(qmc.Sobol(start.size, scramble=True, seed=seed).random_base2(8)[:budget]).min())


def nelder_mead(at: Loss, start: np.ndarray, budget: int, seed: int) -> float:
    """Move a simplex (Nelder and Mead), which cannot run in parallel, from a start that differs by seed."""
    shifted = np.clip(
        start + 0.1 * (qmc.Sobol(start.size, scramble=True, seed=seed).random_base2(0)[0] - 0.5), 0, 1
    )
    options = {"maxfev": budget, "adaptive": True}
    found = minimize(lambda x: float(at(x[np.newaxis])[0]), shifted, method="Nelder-Mead",
                     bounds=[(0, 1)] * start.size, options=options)  # fmt: skip
    return float(found.fun)


def tpe(at: Loss, start: np.ndarray, budget: int, seed: int) -> float:
    """Search with optuna's tree-structured Parzen estimator."""
    return _optuna("TPESampler", at, start, budget, seed)


def _optuna(sampler: str, at: Loss, start: np.ndarray, budget: int, seed: int) -> float:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=getattr(optuna.samplers, sampler)(seed=seed))
    study.enqueue_trial({f"x{i}": float(x) for i, x in enumerate(start)})

    def objective(trial: optuna.Trial) -> float:
        point = np.array([trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(start.size)])
        return float(at(point[np.newaxis])[0])

    study.optimize(objective, n_trials=budget)
    return float(study.best_value)


METHODS = {"CMA-ES": cma_es, "Sobol sequence": sobol, "Nelder-Mead": nelder_mead, "TPE (optuna)": tpe}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
