"""Scenarios that begin alike share their first months, too: the same bits, from the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labsim.experiment.cache import BurnInCache
from labsim.experiment.passages import alike_until
from labsim.experiment.run import KERNELS, simulate
from labsim.model import LabourMarket
from labsim.scenario import Scenario
from labsim.state.checkpoint import state_arrays
from labsim.units import parse_month

Make = Callable[..., Scenario]
ANNOUNCED = {"after": "local_activation", "start": "2002-06", "announcement": 3}
GAP = {"after": "local_activation", "start": "2002-06", "gap": 4}
OTHER = {"after": "demand_and_support", "start": "2002-03", "months": 6, "shape": "linear"}


def lived(scenario: Scenario, cache: BurnInCache, *, parted: bool) -> tuple[LabourMarket, int]:
    """Return the model after a run, and how many months were simulated."""
    steps: list[int] = []
    model = simulate(
        scenario, 1, threads=1, engine=KERNELS, cache=cache, tick=lambda: steps.append(1), parted=parted
    )
    return model, len(steps)


def all_arrays(model: LabourMarket) -> dict[str, Any]:
    recorded = {f"recorded.{name}": values for name, values in model.recorder.arrays().items()}
    return state_arrays(model.world) | recorded


def test_a_run_from_where_they_part_has_the_bits_of_one_from_the_start(toytown: Make, tmp_path: Path) -> None:
    cache = BurnInCache(tmp_path)
    months = []
    for changes in (ANNOUNCED, GAP, OTHER):
        scenario = toytown(transitions=[changes])
        whole, _ = lived(scenario, cache, parted=False)
        part, count = lived(scenario, cache, parted=True)
        months.append(count)
        assert part.digest() == whole.digest()
        wanted, found = all_arrays(whole), all_arrays(part)
        assert wanted.keys() == found.keys()
        assert all(np.array_equal(wanted[name], found[name]) for name in wanted)
    assert months == [24, 12, 12], "the first year is simulated by the first of them only"


@pytest.mark.parametrize(
    ("changes", "month"),
    [
        ({"transitions": [GAP]}, "2002-01"),
        ({"transitions": [ANNOUNCED | {"start": "2002-03", "announcement": 3}]}, "2001-01"),
        ({"transitions": [ANNOUNCED | {"start": "2002-04", "announcement": 3}]}, "2002-01"),
        ({"transitions": [GAP], "placebo": "2001-12"}, "2001-01"),
        ({}, "2001-01"),
    ],
)
def test_scenarios_part_before_anything_is_announced_or_drawn_anew(
    toytown: Make, changes: dict[str, Any], month: str
) -> None:
    assert alike_until(toytown(**changes)) == parse_month(month)


def test_what_is_kept_belongs_to_its_month_end_and_start(toytown: Make, tmp_path: Path) -> None:
    cache, scenario = BurnInCache(tmp_path), toytown(transitions=[GAP])
    month = alike_until(scenario)
    others = [
        cache.path(scenario, 1),
        cache.path(scenario, 2, month),
        cache.path(scenario, 1, month + 12),
        cache.path(scenario.model_copy(update={"end": "2002-11"}), 1, month),
        cache.path(scenario.model_copy(update={"start": "2001-02"}), 1, month),
    ]
    assert len({cache.path(scenario, 1, month), *others}) == 6
    assert cache.path(toytown(transitions=[OTHER]), 1, month) == cache.path(scenario, 1, month)
