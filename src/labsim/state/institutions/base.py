"""What institutions share: a district, its clients, and a way of choosing participants."""

from __future__ import annotations

from operator import mul
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

DIGITS = 10
INSIDERS_SCALE = 2.0
"""Log points by which insiders move up at full clientelism and full ties (assumption)."""


def rounded(x: float) -> float:
    """Return x rounded to `DIGITS` digits as NumPy rounds, which in rare cases is not the last digit of `round`."""
    return round(x * 1e10) / 1e10


def priority(
    closeness: NDArray[np.float64],
    lot: NDArray[np.float64],
    targeting: float,
    bonus: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Return how urgently somebody is wanted, (n,): between the nearest to the market, a lottery and the neediest."""
    return np.asarray(targeting * closeness + (1.0 - abs(targeting)) * (2.0 * lot - 1.0) + bonus)


def first_places(last: NDArray[np.float64], places: int) -> NDArray[np.int64]:
    """Return the positions of those with the least of ``last`` (n,), more than ``places``, in ascending order."""
    first = last.argpartition(places - 1)[:places]
    first.sort()
    return np.asarray(first)


def averages(world: Any, by_regime: NDArray[Any]) -> list[float]:
    """Return a regime's value averaged over the clients of each district, (m,); see `Institution.average`.

    Worked out once for a month's clients: nobody writes to `World.clients`, each month has a table of its own.
    """
    clients, entry = world.clients, world.entry_regime
    known = world.averages.get(id(by_regime))
    if known is not None and known[0] is clients and known[1] is by_regime and known[2] == entry:
        return known[3]  # type: ignore[no-any-return]  # what was put in below
    values = by_regime.tolist()
    out = [_average(each, values, entry) for each in clients.tolist()]
    world.averages[id(by_regime)] = clients, by_regime, entry, out
    return out


def _average(clients: list[int], values: list[float], entry: int) -> float:
    people = sum(clients)
    if not people:
        return float(values[entry])
    return float(round(sum(map(mul, clients, values)) / people, DIGITS))


class Institution(mesa.Agent[Any]):
    """An actor in one district."""

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
        return averages(self.model.world, by_regime)[self.district]

    def choose(
        self,
        closeness: NDArray[np.float64],
        lot: NDArray[np.float64],
        targeting: float,
        places: int,
        bonus: NDArray[np.float64] | float = 0.0,
    ) -> NDArray[np.int64]:
        """Return the positions of the candidates who get a place.

        The weight runs from creaming (+1: nearest to the market first) over a lottery (0) to need (-1); candidates'
        closeness is the caseworker's estimate in log points, lots are uniform; a bonus moves somebody up.
        """
        if closeness.size <= places:
            return np.arange(closeness.size)
        return first_places(-priority(closeness, lot, targeting, bonus), places)
