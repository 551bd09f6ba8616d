"""Institutions: one agency and one municipality per district, ordinary Mesa agents with their behaviour in them."""

from __future__ import annotations

from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from labsim.kernels.casework import hold_meeting
from labsim.rng import Purpose, draw4

STAFFING_SPEED = 0.05
"""Part of the gap between caseworkers needed and employed that is closed in a month (assumption)."""
DIGITS = 10


class Institution(mesa.Agent[Any]):
    """What agency and municipality share: a district, and a way of choosing participants."""

    def __init__(self, model: Any, district: int) -> None:
        super().__init__(model)
        self.district = district

    @property
    def name(self) -> str:
        """Name of the district."""
        return str(self.model.world.place.municipalities[self.district].name)

    @property
    def clients(self) -> int:
        """Registered unemployed in the district at the month's counting, persons."""
        return int(self.model.world.clients[self.district].sum())

    def average(self, by_regime: NDArray[Any]) -> float:
        """Return a regime's value averaged over the district's clients; the entry regime's if there are none."""
        clients = self.model.world.clients[self.district].tolist()
        values = by_regime.tolist()
        if not any(clients):
            return float(values[self.model.world.entry_regime])
        total = sum(n * value for n, value in zip(clients, values, strict=True))
        return float(round(total / sum(clients), DIGITS))

    def choose(
        self, closeness: NDArray[np.float64], lot: NDArray[np.float64], targeting: float, places: int
    ) -> NDArray[np.int64]:
        """Return the positions of the candidates who get a place.

        The weight runs from creaming (+1: nearest to the market first) over a lottery (0) to need (-1); candidates'
        closeness is the caseworker's estimate in log points, lots are uniform.
        """
        if closeness.size <= places:
            return np.arange(closeness.size)
        priority = targeting * closeness + (1.0 - abs(targeting)) * (2.0 * lot - 1.0)
        return np.sort(np.argpartition(-priority, places - 1)[:places])


class Agency(Institution):
    """An employment agency or job centre: it meets clients, refers, monitors, sanctions, fills places."""

    def caseworkers_needed(self) -> float:
        """Return the caseworkers that the regimes' ratios ask for, number."""
        world = self.model.world
        per_caseworker = world.per_caseworker
        pairs = zip(world.clients[self.district].tolist(), per_caseworker.tolist(), strict=True)
        return float(sum(clients / ratio for clients, ratio in pairs))

    def capacity(self) -> float:
        """Hire or release staff slowly; return the part of planned meetings that can be held (0..1)."""
        world = self.model.world
        needed = self.caseworkers_needed()
        staff = world.memory.caseworkers[self.district]
        staff = needed if staff < 0.0 else staff + STAFFING_SPEED * (needed - staff)
        world.memory.caseworkers[self.district] = round(staff, DIGITS)
        planned = sum(
            c * k
            for c, k in zip(
                world.clients[self.district].tolist(), world.regimes.meetings.tolist(), strict=True
            )
        )
        if planned == 0.0:
            return 1.0
        held = staff * self.average(world.meetings_per_caseworker) / planned
        return float(round(min(held, 1.0), DIGITS))

    def counsel(self, client: Any, capacity: float) -> bool:
        """Meet one client this month, or not, within capacity; return True if a sanction was imposed."""
        world = self.model.world
        u = draw4(world.key, Purpose.CASEWORK, world.month, client.row, 0)
        if u[0] >= world.regimes.meetings[client.regime] * capacity:
            return False
        sanctioned = bool(
            hold_meeting(world.persons, client.row, u[1], u[2], world.coefficients, world.regimes)
        )
        world.counts.casework[self.district] += (1, int(sanctioned), int(client.referred))
        return sanctioned


class Municipality(Institution):
    """A municipality: it funds places of its own and works with the other local actors."""

    def joint_activity(self) -> float:
        """Return the joint activity of the local actors (0..1) that its clients' regimes ask for."""
        return self.average(self.model.world.joint_activity)
