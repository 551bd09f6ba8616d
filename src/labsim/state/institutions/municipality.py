"""The municipality: its money, its own measures, its fields of action, and its part in the local network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from labsim.codes import EMPLOYED, IN_MEASURE, UNEMPLOYED
from labsim.state.institutions.base import DIGITS, Institution


class Municipality(Institution):
    """A municipality: it funds places of its own and works with the other local actors."""

    def joint_activity(self) -> float:
        """Return the joint activity of the local actors (0..1) that its clients' regimes ask for."""
        return self.average(self.model.world.joint_activity)

    def revenue(self) -> float:
        """Return this month's revenue, EUR: it follows local employment, grants don't."""
        world, pars = self.model.world, self.model.world.parameters.municipal
        residents = world.residents[self.district].tolist()
        return float(pars.revenue_per_job * residents[EMPLOYED] + pars.grants_per_head * sum(residents))

    def social_spending(self) -> float:
        """Return this month's social spending, EUR: social services by need, and its share of benefits."""
        world, pars = self.model.world, self.model.world.parameters.municipal
        residents = world.residents[self.district].tolist()
        jobless = residents[UNEMPLOYED] + residents[IN_MEASURE]
        return float(pars.services_per_jobless * jobless + world.memory.municipal_benefits[self.district])

    def room(self) -> float:
        """Return the room for manoeuvre this month, EUR: revenue less social spending, not below 0."""
        return max(self.revenue() - self.social_spending(), 0.0)

    def remember_room(self) -> None:
        """Smooth the room; its level before the scenario starts becomes the reference."""
        world = self.model.world
        memory, keep = world.memory, world.parameters.municipal.smoothing
        now, old = self.room(), float(memory.room[self.district])
        memory.room[self.district] = round(now if old < 0.0 else keep * old + (1.0 - keep) * now, DIGITS)
        if world.month < world.growth_start or memory.room_at_start[self.district] < 0.0:
            memory.room_at_start[self.district] = memory.room[self.district]

    def effect_of_room(self, response: float) -> float:
        """Return the factor on the municipality's own budget: (room / room at the start) ** response, within limits."""
        world = self.model.world
        least = world.parameters.municipal.least_room
        start = float(world.memory.room_at_start[self.district])
        if response == 0.0 or start <= 0.0:
            return 1.0
        ratio = min(max(float(world.memory.room[self.district]) / start, least), 1.0 / least)
        return float(round(ratio**response, DIGITS))

    def cushion(self, per_person: float, neglected: int) -> float:
        """Return the money added for people whom the agency leaves without support, EUR, within its room."""
        return min(per_person * neglected, self.room())

    def divide(
        self,
        plan: NDArray[np.float64],
        need: NDArray[np.float64],
        own: NDArray[np.float64],
        local: float,
        shift: float,
    ) -> NDArray[np.float64]:
        """Return a budget divided anew among instruments, EUR (k,), with the same total as the plan.

        ``need`` (k,) is the local need that each instrument answers, relative to the whole place; ``own`` (k,) the
        share that the municipality itself pays; ``local`` the weight of need, ``shift`` that of others' money.
        """
        total = float(plan.sum())
        if total == 0.0 or (local == 0.0 and shift == 0.0):
            return plan
        out = plan
        for weight, wanted in ((local, need), (shift, 1.0 - own)):
            if weight > 0.0:
                by_wish = plan * wanted
                whole = float(by_wish.sum())
                if whole > 0.0:
                    out = (1.0 - weight) * out + weight * by_wish * (total / whole)
        return np.asarray(out.round(DIGITS))
