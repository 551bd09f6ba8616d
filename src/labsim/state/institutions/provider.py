"""Providers of measures (Träger): they lose capacity within months and regain it slowly, if at all."""

from __future__ import annotations

from typing import Any

import mesa

from labsim.state.tables import FIELDS

DIGITS = 12


class Provider(mesa.Agent[Any]):
    """A place for a provider in a municipality and field of work; empty after the last one gave up."""

    def __init__(self, model: Any, row: int) -> None:
        super().__init__(model)
        self.row = row

    def _get(self, column: str) -> float:
        return float(getattr(self.model.world.providers, column)[self.row])

    def _set(self, column: str, value: float) -> None:
        getattr(self.model.world.providers, column)[self.row] = round(value, DIGITS)

    @property
    def municipality(self) -> int:
        """Index of the municipality."""
        return int(self._get("municipality"))

    @property
    def field(self) -> str:
        """Field of work."""
        return FIELDS[int(self._get("field"))]

    @property
    def capacity(self) -> float:
        """Participants that it can serve at a time; 0 if there is no provider."""
        return self._get("capacity")

    @property
    def competence(self) -> float:
        """Competence, 0 to 1."""
        return self._get("competence")

    @property
    def reserves(self) -> float:
        """Months that it survives without orders."""
        return self._get("reserves")

    @property
    def utilisation(self) -> float:
        """Orders as a share of capacity; 0 if there is no provider."""
        return min(self._get("orders") / self.capacity, 1.0) if self.capacity > 0.0 else 0.0

    def live_a_month(self, orders: float, growth: float) -> None:
        """Take the month's orders (places), lay off or grow by ``growth`` places, use or fill reserves, give up."""
        pars = self.model.world.parameters.providers
        self._set("orders", orders)
        surplus = self.capacity - orders * (1.0 + pars.buffer)
        if surplus > 0.0:
            self.lay_off(pars.layoff * surplus)
        else:
            self._set("capacity", self.capacity + growth)
        if self.capacity > 0.0:
            towards = pars.competence_regain * (pars.competence - self.competence)
            self._set("competence", self.competence + towards)
            left = self.reserves + (self.utilisation - pars.break_even) / max(pars.break_even, 1e-9)
            self._set("reserves", min(left, pars.reserves))
            if left >= 0.0 and self.capacity >= pars.smallest * self.model.world.scale:
                return
        self.give_up()

    def lay_off(self, places: float) -> None:
        """Lose capacity, and competence with the people who go."""
        pars = self.model.world.parameters.providers
        lost = places / self.capacity if self.capacity > 0.0 else 0.0
        self._set("competence", self.competence * (1.0 - pars.competence_loss * lost))
        self._set("capacity", max(self.capacity - places, 0.0))

    def give_up(self) -> None:
        """Leave the market: what is left of capacity is gone."""
        self._set("capacity", 0.0)
        self._set("reserves", 0.0)

    def enter(self, places: float) -> None:
        """Begin as a new provider with these places."""
        pars = self.model.world.parameters.providers
        self._set("capacity", places)
        self._set("competence", pars.new_competence)
        self._set("reserves", pars.reserves)
