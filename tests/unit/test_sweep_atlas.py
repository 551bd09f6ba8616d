"""The shipped sweep transition_atlas: the file for a laptop and the one for a cluster ask the same."""

from __future__ import annotations

import pytest

from labsim.config.sweeps import Sweep, load_sweep
from labsim.sweep.keys import Keys

from .names import ROOT

FOLDER = ROOT / "experiments" / "transition_atlas"
FACTORS = {
    "providers.growth": 0.08, "providers.entry": 0.1, "hiring.relative": 0.4, "demand.level": 1.0,
    "transition.gap": 12.0, "transition.bridging": 0.5, "transition.reorganisation": 0.2,
}  # fmt: skip
LEVERS = [name for name in FACTORS if name.startswith("transition.")]


@pytest.fixture(scope="module")
def laptop() -> Sweep:
    return load_sweep(FOLDER / "sweep.yaml")


def test_the_two_files_vary_the_same_and_record_the_same(laptop: Sweep) -> None:
    cluster = load_sweep(FOLDER / "cluster.yaml")
    assert cluster.factors == laptop.factors
    assert [each.name for each in laptop.factors] == list(FACTORS)
    assert cluster.outcomes == laptop.outcomes
    assert (laptop.design.kind, cluster.design.kind) == ("saltelli", "saltelli")
    assert 1_000 <= laptop.size <= 3_000
    assert 90_000 <= cluster.size <= 110_000


def test_every_range_says_where_it_comes_from(laptop: Sweep) -> None:
    assert all(each.note for each in laptop.factors)


def test_the_counterfactual_does_not_feel_the_levers_and_is_run_once(laptop: Sweep) -> None:
    keys = Keys(laptop)
    for lever in LEVERS:
        changed = FACTORS | {lever: 1.0}
        assert keys.of_point("at_once", changed) == keys.of_point("at_once", FACTORS)
        assert keys.of_point("path", changed)[0] != keys.of_point("path", FACTORS)[0]


def test_a_path_without_gap_bridging_and_reorganisation_is_the_change_at_once(laptop: Sweep) -> None:
    nothing = FACTORS | dict.fromkeys(LEVERS, 0.0)
    keys = Keys(laptop)
    assert keys.of_point("path", nothing) == keys.of_point("at_once", nothing)
