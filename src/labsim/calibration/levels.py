"""Differences between municipalities: skill shifts that give the unemployment rates of the start, relatively.

A municipality's unemployment rate at the start of the data is an input (the burn-in begins from it). What makes the
same jobs within reach leave more people unemployed here than there is not published; it is stood for by a shift of the
residents' human capital, found by rounds of simulation with flat demand. Only *differences* are set this way: the
shifts average to zero (weighted by people), and the level of the place is left to the free parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.scenario import Scenario
from labsim.units import format_month, parse_month

Floats = NDArray[np.float64]
GAIN = 0.5
"""First guess of the shift, in log points, that takes one log point off a municipality's unemployment rate."""
LOWEST_GAIN, HIGHEST_GAIN = 0.2, 1.5
LARGEST_SHIFT = 0.95
DIGITS = 4


def flat(scenario: Scenario, months: int, scale: float) -> Scenario:
    """Return the scenario at a scale, with demand as at the start, over its first months."""
    place = scenario.place.model_copy(update={"employees": (), "population": ()})
    end = min(parse_month(scenario.start) + months - 1, parse_month(scenario.end))
    return scenario.model_copy(update={"place": place, "end": format_month(end), "scale": scale})


def fitted_shifts(
    scenario: Scenario, rounds: int, rates_at: Callable[[Mapping[str, float]], pd.Series[float]]
) -> tuple[dict[str, float], pd.DataFrame]:
    """Return the skill shifts by municipality, and how far each round was from the rates wanted.

    Parameters
    ----------
    rates_at
        Gives the simulated unemployment rates at shifts by municipality, %.

    Returns
    -------
    shifts
        Of the round that came closest (smallest root mean square of the relative deviations).
    table
        round, municipality, skill_shift, wanted and simulated (relative to the place's mean, log points).
    """
    names = [m.name for m in scenario.place.municipalities]
    people: Floats = np.array([float(m.population_of_working_age) for m in scenario.place.municipalities])
    rates: Floats = np.array([m.unemployment_rate for m in scenario.place.municipalities])
    weights: Floats = people / people.sum()
    wanted = _relative(rates, weights)
    shifts = _centred(np.array([m.skill_shift for m in scenario.place.municipalities]), weights)
    rows, tried, gain = [], [], GAIN
    for number in range(1, rounds + 1):
        simulated = rates_at(dict(zip(names, shifts.tolist(), strict=True)))
        relative = _relative(simulated.reindex(names).to_numpy(np.float64), weights)
        error = relative - wanted
        tried.append((float(np.sqrt(np.mean(np.square(error)))), shifts, relative))
        rows += [
            {
                "round": number,
                "municipality": name,
                "skill_shift": float(s),
                "wanted": float(w),
                "simulated": float(r),
            }
            for name, s, w, r in zip(names, shifts, wanted, relative, strict=True)
        ]
        gain = _gain(tried, gain)
        shifts = _centred(np.clip(shifts + gain * error, -LARGEST_SHIFT, LARGEST_SHIFT), weights)
    best = min(range(len(tried)), key=lambda k: tried[k][0])
    return dict(zip(names, tried[best][1].tolist(), strict=True)), pd.DataFrame(rows)


def _relative(rates: NDArray[Any], weights: Floats) -> Floats:
    """Return the logarithm of rates relative to their weighted mean; a rate of nothing counts as 0.1 %."""
    safe = np.maximum(np.nan_to_num(rates), 0.1)
    return np.asarray(np.log(safe / float(weights @ safe)))


def _centred(shifts: Floats, weights: Floats) -> Floats:
    return np.asarray(np.round(shifts - float(weights @ shifts), DIGITS))


def _gain(tried: list[tuple[float, Floats, Floats]], before: float) -> float:
    """Return the shift per log point of unemployment that the last two rounds show, within limits."""
    if len(tried) < 2:
        return before
    (_, s0, r0), (_, s1, r1) = tried[-2], tried[-1]
    moved = s1 - s0
    slope = float(moved @ (r1 - r0)) / max(float(moved @ moved), 1e-9)
    return float(np.clip(-1.0 / min(slope, -1e-3), LOWEST_GAIN, HIGHEST_GAIN))
