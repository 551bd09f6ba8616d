"""The state (Land): it gives municipalities regional budgets, under conditions."""

from __future__ import annotations

from typing import Any

import mesa

MONTHS_PER_YEAR = 12


class Land(mesa.Agent[Any]):
    """The state government with its European money."""

    def grant(
        self, base: float, per_long_term_unemployed: float, cap: float, long_term_unemployed: int
    ) -> float:
        """Return a municipality's regional budget this month, EUR: a base amount plus an amount by need, capped.

        Amounts are a year's and at real scale; people are agents, so base and cap shrink with the scale.
        """
        scale = self.model.world.scale
        year = base * scale + per_long_term_unemployed * long_term_unemployed
        return float(min(year, cap * scale) / MONTHS_PER_YEAR)

    def accepts(self, partnership: bool, ties: float, least_ties: float, months: int, concept: int) -> bool:
        """Say whether money flows: the concept has had its time, and the partnership exists where it is required."""
        return months >= concept and (not partnership or ties >= least_ties)
