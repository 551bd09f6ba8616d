"""Who pays: payers, uses, and the shares that a regime lays down. A reform's shift of burden is an output."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labsim.codes import PAYERS, USES
from labsim.params import Declared, share

__all__ = ["FUNDERS", "PAYERS", "TOLERANCE", "USES", "Funder", "Funding", "Payers"]
Funder = Literal["agency", "municipality", "regional_budget"]
FUNDERS: tuple[Funder, ...] = ("agency", "municipality", "regional_budget")
TOLERANCE = 1e-9


class Payers(Declared):
    """How a cost is divided: the shares of the payers, which add up to 1 (or all 0: nobody has been named)."""

    insurance: float = share(0.0, "paid by the unemployment insurance (contributions)")
    federal: float = share(0.0, "paid by the federal budget (taxes)")
    state: float = share(0.0, "paid by the state (Land), European funds included")
    municipality: float = share(0.0, "paid by the municipality")
    employer: float = share(0.0, "paid by employers")

    @property
    def shares(self) -> NDArray[np.float64]:
        """Shares in the order of `PAYERS`, shape (5,)."""
        return np.array([getattr(self, name) for name in PAYERS])

    @property
    def total(self) -> float:
        """Sum of the shares: 1, or 0 where nobody has been named."""
        return float(round(sum(self.shares.tolist()), 12))


class Funding(Declared):
    """Who pays for what under a regime. An instrument may name payers of its own."""

    insurance_benefit: Payers = Payers(insurance=1.0)
    assistance: Payers = Payers(federal=1.0)
    basic_income: Payers = Payers(municipality=1.0)
    agency_measures: Payers = Payers(insurance=1.0)
    municipal_measures: Payers = Payers(municipality=1.0)
    regional_measures: Payers = Payers(state=0.7, municipality=0.3)
    agency_administration: Payers = Payers(insurance=1.0)
    coordination: Payers = Payers(insurance=0.5, municipality=0.5)

    def of_measures(self, funder: str) -> Payers:
        """Return who pays the measures of an agency, a municipality or a regional budget."""
        names = {"agency": "agency_measures", "municipality": "municipal_measures"}
        payers: Payers = getattr(self, names.get(funder, "regional_measures"))
        return payers
