"""The agency: an employment office or job centre."""

from __future__ import annotations

from operator import mul, truediv
from typing import Any

from labsim.kernels.casework import hold_meeting, meeting_chance, profile_client
from labsim.rng import Purpose, draw4
from labsim.state.institutions.base import DIGITS, Institution, rounded


class Agency(Institution):
    """An employment agency or job centre: it meets clients, refers, monitors, sanctions, fills places."""

    def caseworkers_needed(self) -> float:
        """Return the caseworkers that the regimes' ratios ask for, number."""
        world = self.model.world
        per_caseworker = world.per_caseworker
        return float(sum(map(truediv, world.clients[self.district].tolist(), per_caseworker.tolist())))

    def capacity(self) -> float:
        """Hire or release staff slowly; return the part of planned meetings that can be held (0..1)."""
        world = self.model.world
        needed = self.caseworkers_needed()
        before = float(world.memory.caseworkers[self.district])
        first = before < 0.0
        speed = world.parameters.agencies.staffing_speed
        staff = needed if first else before + speed * (needed - before)
        world.memory.caseworkers[self.district] = round(staff, DIGITS) if first else rounded(staff)
        planned = sum(map(mul, world.clients[self.district].tolist(), world.regimes.meetings.tolist()))
        if planned == 0.0:
            return 1.0
        part = staff * self.average(world.meetings_per_caseworker) / planned
        if first or part > 1.0:
            return float(round(min(part, 1.0) * self.undisturbed(), DIGITS))
        return rounded(part * self.undisturbed())

    def undisturbed(self) -> float:
        """Return the part of its working time that reorganisation and meetings with local actors leave (0..1)."""
        world = self.model.world
        meetings = (
            world.governance[self.district].coordination_time
            * world.municipality(self.district).joint_activity()
        )
        return float(world.capacity_left[self.district] * (1.0 - meetings))

    def counsel(self, client: Any, capacity: float) -> bool:
        """Meet one client this month, or not, within capacity; return True if a sanction was imposed."""
        world = self.model.world
        u = draw4(world.key, Purpose.CASEWORK, world.month, client.row, 0)
        if u[0] >= meeting_chance(world.persons, client.row, capacity, world.regimes):
            return False
        sanctioned = bool(
            hold_meeting(world.persons, client.row, u[1], u[2], world.coefficients, world.regimes)
        )
        world.counts.casework[self.district] += (1, int(sanctioned), int(client.referred))
        ties = world.memory.ties
        profile_client(world.persons, client.row, u[3], world.coefficients, world.regimes, ties)
        return sanctioned

    def expected_savings(self, record: float, price: float) -> float:
        """Return what a euro spent on an instrument is expected to save the insurance, relative to others.

        The share of participants in work after the measure per euro: what does not place soon saves nothing.
        """
        return record / price
