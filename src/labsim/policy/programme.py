"""The programme of a scenario: regimes as codes, measures as codes, and the timeline that moves people.

Regimes with equal rules share their measures, so a reform in name only changes no bit.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from labsim.kernels.coefficients import RegimeTables
from labsim.policy.instrument import Instrument
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline


class Measure(NamedTuple):
    """An instrument as some regimes run it; ``position`` + 1 is the code in the persons' table."""

    position: int
    instrument: Instrument
    targeting: float
    regimes: NDArray[np.int64]


class Programme(NamedTuple):
    """Regimes by code (the timeline's order), their tables, their measures."""

    regimes: tuple[Regime, ...]
    canonical: NDArray[np.int64]  # (r,) first regime with the same rules
    codes: dict[str, int]
    tables: RegimeTables
    measures: tuple[Measure, ...]
    timeline: Timeline


def regime_tables(regimes: tuple[Regime, ...]) -> RegimeTables:
    """Return what kernels read of the regimes, one row each."""

    def floats(group: str, name: str) -> NDArray[np.float64]:
        return np.array([float(getattr(getattr(regime, group), name)) for regime in regimes])

    def ints(group: str, name: str) -> NDArray[np.int64]:
        return np.array([int(getattr(getattr(regime, group), name)) for regime in regimes], np.int64)

    return RegimeTables(
        meetings=floats("casework", "meetings"),
        monitoring=floats("conditionality", "monitoring"),
        sanction_rate=floats("conditionality", "sanction_rate"),
        sanction_months=ints("conditionality", "sanction_months"),
        sanction_pressure=floats("conditionality", "sanction_pressure"),
        sanction_cut=floats("conditionality", "sanction_cut"),
        rhetoric=floats("conditionality", "rhetoric"),
        profiling_error=floats("casework", "profiling_error"),
        targeting=floats("casework", "targeting"),
        referrals=floats("casework", "referrals"),
        referral_choice=ints("casework", "referral_choice"),
        insurance_replacement=floats("benefits", "insurance_replacement"),
        insurance_months=ints("benefits", "insurance_months"),
        insurance_months_older=ints("benefits", "insurance_months_older"),
        older_from=ints("benefits", "older_from"),
        merged=ints("benefits", "merged"),
        assistance_replacement=floats("benefits", "assistance_replacement"),
        basic_income=floats("benefits", "basic_income"),
        registers_recipients=floats("benefits", "registers_recipients"),
        partnerships=ints("local_policy", "partnerships"),
    )


def programme(regimes: dict[str, Regime], timeline: Timeline) -> Programme:
    """Return the programme of a timeline."""
    names = list(dict.fromkeys(timeline.regimes))
    chosen = tuple(regimes[name] for name in names)
    kinds: dict[tuple[str, str, float], tuple[Instrument, list[int]]] = {}
    for code, regime in enumerate(chosen):
        for name, instrument in sorted(regime.instruments.items()):
            if instrument.budget == 0.0:
                continue
            content = json.dumps(instrument.model_dump(mode="json"), sort_keys=True)
            key = (name, content, regime.casework.targeting)
            kinds.setdefault(key, (instrument, []))[1].append(code)
    measures = tuple(
        Measure(position, instrument, key[2], np.array(codes))
        for position, (key, (instrument, codes)) in enumerate(kinds.items())
    )
    rules = [json.dumps(regime.rules(), sort_keys=True, default=str) for regime in chosen]
    canonical = np.array([rules.index(content) for content in rules])
    return Programme(
        chosen,
        canonical,
        {name: k for k, name in enumerate(names)},
        regime_tables(chosen),
        measures,
        timeline,
    )
