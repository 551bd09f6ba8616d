"""What the tests share: small invented worlds, comparing them bit by bit, renewing golden runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings

from labsim.compiling import CACHE_FOLDER
from labsim.config import load, load_regime
from labsim.parameters import Parameters
from labsim.policy.regime import Regime
from labsim.policy.transition import Timeline, Transition
from labsim.scenario import Scenario
from labsim.state.checkpoint import state_arrays
from labsim.state.place import Place, SeriesPoint
from labsim.state.world import World

# programs that tests start with a cache of their own find the kernels that are compiled already: a minute each
os.environ.setdefault("NUMBA_CACHE_DIR", str(CACHE_FOLDER.parent))

settings.register_profile(
    "labsim",
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking a world that fails would take minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("labsim")

REGIMES = (
    "status_quo_ante",
    "hartz_1_3",
    "demand_and_support",
    "local_activation",
    "regional_budget",
    "coordinated",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden runs anew; CHANGELOG.md must say 'Changes results: yes' and why",
    )


@pytest.fixture(scope="session")
def regime() -> Callable[..., Regime]:
    """Return a function that makes a variant of a shipped regime.

    Groups take the settings to change (``casework={"meetings": 1.0}``); ``instruments`` replaces all of them.
    """
    shipped = {name: load_regime(name) for name in REGIMES}

    def make(base: str = "status_quo_ante", name: str | None = None, **groups: Any) -> Regime:
        content = shipped[base].model_dump()
        for group, changes in groups.items():
            content[group] = changes if group == "instruments" else content[group] | changes
        return Regime.model_validate(content | {"regime": name or base})

    return make


@pytest.fixture(scope="session")
def toytown(regime: Callable[..., Regime]) -> Callable[..., Scenario]:
    """Return a function that makes a scenario of toytown: 400 persons, 2001 and 2002, no burn-in, no reform.

    ``parameters`` are nested settings; ``transitions`` are keyword arguments of transitions, each from the
    regime before it to ``after``; ``regimes`` are regimes besides the shipped ones; anything else is a field
    of the scenario.
    """
    base = load("toytown")
    shipped = {name: regime(name) for name in REGIMES}

    def make(
        *,
        initial: str = "status_quo_ante",
        transitions: Iterable[dict[str, Any]] = (),
        regimes: Iterable[Regime] = (),
        parameters: dict[str, Any] | None = None,
        **changes: Any,
    ) -> Scenario:
        before, passages = initial, []
        for passage in transitions:
            passages.append(Transition.model_validate({"before": before} | passage))
            before = passages[-1].after
        content: dict[str, Any] = dict(base) | {
            "scale": 0.02,
            "burn_in": 0,
            "start": "2001-01",
            "end": "2002-12",
            "regimes": shipped | {each.regime: each for each in regimes},
            "timeline": Timeline(initial=initial, transitions=tuple(passages)),
            "parameters": Parameters.model_validate(parameters or {}),
        }
        return Scenario.model_validate(content | changes)

    return make


@pytest.fixture(scope="session")
def with_cohorts() -> Callable[..., Scenario]:
    """Return a function that gives the place of a scenario cohorts, % of those who reach 65, by year.

    ``own`` are those of single municipalities, by name.
    """

    def make(scenario: Scenario, cohorts: dict[int, float], **own: dict[int, float]) -> Scenario:
        points = tuple(
            SeriesPoint(series="cohorts", municipality=name, date=str(year), value=value,
                        unit="% of those who reach 65", source="invented")
            for name, values in {"all": cohorts, **own}.items()
            for year, value in values.items()
        )  # fmt: skip
        place = Place.model_validate(dict(scenario.place) | {"cohorts": points})
        return scenario.model_copy(update={"place": place})

    return make


def bits(world: World) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    """Return every array of the state and every count of the month as (type, shape, bytes), by name."""
    arrays = dict(state_arrays(world))
    arrays |= {f"counts.{item.name}": getattr(world.counts, item.name) for item in fields(world.counts)}
    return {
        name: (values.dtype.str, values.shape, np.ascontiguousarray(values).tobytes())
        for name, values in arrays.items()
    }


@pytest.fixture(scope="session")
def differing() -> Callable[[World, World], list[str]]:
    """Return a function that names the arrays and counts in which two worlds differ by a bit or more."""

    def names(one: World, other: World) -> list[str]:
        left, right = bits(one), bits(other)
        assert left.keys() == right.keys()
        assert (one.month, one.key, one.entry_regime) == (other.month, other.key, other.entry_regime)
        return [name for name in left if left[name] != right[name]]

    return names
