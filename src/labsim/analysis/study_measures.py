"""What virtual studies measure, by name: which study gives it, in which unit, and what it means.

The studies themselves (`labsim.calibration.studies`) run the model; here stands what others may ask of them.
"""

from __future__ import annotations

from typing import NamedTuple

CYCLE, SELECTION, COMMUTERS = "cycle", "selection", "commuters"
"""The studies."""

COMMUTERS_OUT = "commuters_out_"
"""Residents of the place proper who work outside it at the end of a year, as in ``commuters_out_2005``."""


class Measure(NamedTuple):
    """Study, unit and meaning of a measure."""

    study: str
    unit: str
    definition: str


MEASURES: dict[str, Measure] = {
    "beveridge_correlation": Measure(
        CYCLE, "correlation (-1 to 1)", "correlation of unemployment and vacancy rate over a cycle of demand"
    ),
    "beveridge_area": Measure(
        CYCLE, "squared points", "area of the loop over whole cycles, above 0 if it turns counter-clockwise"
    ),
    "elasticity_unemployed": Measure(
        CYCLE, "% per %", "elasticity of hires with respect to the unemployed, municipalities and quarters pooled"
    ),
    "elasticity_vacancies": Measure(
        CYCLE, "% per %", "elasticity of hires with respect to vacancies, municipalities and quarters pooled"
    ),
    "inflow_share": Measure(
        CYCLE, "% of the variance", "changes of the steady state of unemployment that come from separations"
    ),
    "selection_share": Measure(
        SELECTION, "% of the fall", "fall of the exit rate with duration that is gone when types are held constant"
    ),
}  # fmt: skip
"""All measures but those of commuters, which are named by year."""


def measure(name: str) -> Measure | None:
    """Return what a measure is; None if no study gives it.

    >>> measure("commuters_out_2005").study
    'commuters'
    """
    year = name.removeprefix(COMMUTERS_OUT)
    if name.startswith(COMMUTERS_OUT) and len(year) == len("2005") and year.isdigit():
        meaning = f"residents of the place who work outside it at the end of {year}"
        return Measure(COMMUTERS, "persons", meaning)
    return MEASURES.get(name)
