"""Effects, deadweight, displacement, lock-in and cost, from invented trials whose numbers are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.effects import (
    cost_per_month,
    deadweight,
    displacement,
    effects,
    lock_in,
    mean_effects,
    months_of_work,
)
from labsim.analysis.outcomes import load_outcomes
from labsim.analysis.tables import TableError

PEOPLE = {"treated": 100, "control": 200, "untreated_here": 1000, "untreated_elsewhere": 500}
UNTREATED = {
    "treated": (0, 10, 20, 30),
    "control": (0, 20, 40, 60),
    "untreated_here": (700, 700, 700, 700),
    "untreated_elsewhere": (300, 300, 300, 300),
}
"""Employed by horizon in the world without treatment."""
GAINS = {
    "treated": (0, -5, 10, 20),
    "control": (0, 2, -2, -4),
    "untreated_here": (0, 0, -3, -3),
    "untreated_elsewhere": (0, 0, 0, -1),
}
"""What treatment adds to it, in the first seed; twice as much in the second."""
BOTH = (0, 4, 15, 25)
"""Treated people employed in both worlds."""


def row(seed, world, arm, horizon, employed, worked, **more):
    """Return one cell."""
    persons = PEOPLE[arm]
    return {
        "trial": "course",
        "seed": seed,
        "world": world,
        "arm": arm,
        "municipality": "North" if arm != "untreated_elsewhere" else "South",
        "duration": "under 6 months",
        "eligible": arm in {"treated", "control"},
        "horizon": horizon,
        "persons": persons,
        "employed": employed,
        "unemployed": persons - employed,
        "in_measure": 0,
        "inactive": 0,
        "employed_in_both": BOTH[horizon] if arm == "treated" else 0,
        "months_employed": worked,
        "spending": 1000.0 * horizon if (world, arm) == ("treated", "treated") else 0.0,
    } | more


@pytest.fixture
def cells():
    """Return the cells of one trial with two seeds, horizons 0 to 3."""
    rows = []
    for seed, times in ((1, 1), (2, 2)):
        for arm, untreated in UNTREATED.items():
            gained = [times * gain for gain in GAINS[arm]]
            for world in ("treated", "untreated"):
                employed = [u + g * (world == "treated") for u, g in zip(untreated, gained, strict=True)]
                rows += [
                    row(seed, world, arm, h, now, sum(employed[1 : h + 1])) for h, now in enumerate(employed)
                ]
    return pd.DataFrame(rows)


def at(table, horizon, column="mean", **where):
    """Return a value of the one row at a horizon."""
    rows = table[table["horizon"] == horizon]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows[column].item()


def test_the_naive_effect_compares_treated_and_controls_of_the_treated_world(cells):
    # horizon 2: treated 30 and 40 of 100, controls 38 and 36 of 200
    assert at(effects(cells, "naive"), 2) == pytest.approx(np.mean([30 - 19, 40 - 18]))


def test_the_true_effect_compares_the_treated_with_themselves(cells):
    table = effects(cells, "true")
    assert [at(table, h) for h in range(4)] == pytest.approx([0.0, -7.5, 15.0, 30.0])
    assert at(table, 2, "sd") == pytest.approx(np.std([10, 20], ddof=1))
    assert at(table, 2, "pairs") == 2
    assert at(table, 2, "low") < 15.0 < at(table, 2, "high")


def test_effects_on_controls_and_on_everybody(cells):
    assert at(effects(cells, "control"), 3) == pytest.approx(np.mean([-4, -8]) / 2)
    assert at(effects(cells, "everybody"), 3) == pytest.approx(100 * np.mean([12, 24]) / 1800)


def test_effects_on_another_state_mirror_those_on_employment(cells):
    work, register = effects(cells), effects(cells, of="unemployed")
    np.testing.assert_allclose(work["mean"], -register["mean"])


def test_effects_by_group_are_kept_apart(cells):
    double = cells.assign(duration="over 24 months", employed=cells["employed"] * 0)
    table = effects(pd.concat([cells, double]), "true", ("duration",))
    assert at(table, 3, duration="under 6 months") == pytest.approx(30.0)
    assert at(table, 3, duration="over 24 months") == 0.0
    summed = effects(pd.concat([cells, double]), "true")
    assert at(summed, 3) == pytest.approx(15.0)


def test_the_mean_effect_of_months_lies_between_theirs(cells):
    assert mean_effects(cells, 2, 3)["mean"].item() == pytest.approx((15.0 + 30.0) / 2)


def test_months_of_work_add_up_the_effects_of_the_months(cells):
    table = months_of_work(cells, (3,))
    assert at(table, 3) == pytest.approx((-7.5 + 15.0 + 30.0) / 100)
    naive = months_of_work(cells, (3,), "naive")
    assert at(naive, 3) == pytest.approx(np.mean([85 / 100 - 116 / 200, 110 / 100 - 112 / 200]))


def test_lock_in_is_the_lowest_effect_while_the_measure_lasts(cells):
    table = lock_in(cells, {"course": 2, "unknown": 5})
    assert at(table, 1) == pytest.approx(-7.5)
    assert lock_in(cells, {}).empty


def test_deadweight_is_the_part_that_would_work_anyway(cells):
    table = deadweight(cells)
    assert at(table, 2) == pytest.approx(100 * 15 / np.mean([30, 40]))
    assert at(table, 3) == pytest.approx(100 * 25 / np.mean([50, 70]))
    assert 0 not in set(table["horizon"])


def test_what_is_displaced_and_what_is_left_add_up_to_the_gain(cells):
    table = displacement(cells)
    # to horizon 3 the treated gain 25, controls lose 4, others here 6, people elsewhere 1 (all doubled in seed 2)
    parts = {who: at(table, 3, who=who) for who in ("displaced_here", "displaced_elsewhere", "net_gain")}
    assert parts == pytest.approx({"displaced_here": 40.0, "displaced_elsewhere": 4.0, "net_gain": 56.0})
    assert sum(parts.values()) == pytest.approx(100.0)


def test_without_a_gain_there_is_no_share_of_it(cells):
    assert np.isnan(at(displacement(cells), 1, who="net_gain"))


def test_cost_per_month_divides_spending_by_months_gained(cells):
    table = cost_per_month(cells, (3,))
    assert at(table, 3, gain="direct") == pytest.approx(3000.0 / np.mean([25, 50]))
    assert at(table, 3, gain="net") == pytest.approx(3000.0 / np.mean([14, 28]))


def test_where_nothing_is_spent_a_month_of_work_has_no_cost(cells):
    table = cost_per_month(cells.assign(spending=0.0), (3,))
    assert table["mean"].isna().all()


def test_one_seed_gives_no_interval(cells):
    alone = cells[cells["seed"] == 1]
    for table in (effects(alone), displacement(alone), deadweight(alone)):
        kept = table[table["mean"].notna()]
        assert len(kept)
        assert kept[["se", "low", "high"]].isna().all(axis=None)


def test_the_interval_of_a_ratio_shrinks_where_seeds_agree_on_it(cells):
    # both seeds have the same ratio at horizon 3, so its interval has no width
    assert at(displacement(cells), 3, "se", who="net_gain") == pytest.approx(0.0, abs=1e-9)
    assert at(deadweight(cells), 3, "se") > 0.0


def test_trials_are_kept_apart(cells):
    other = cells.assign(trial="job", employed=0, months_employed=0)
    both = pd.concat([cells, other])
    assert at(effects(both), 3, trial="course") == at(effects(cells), 3)
    assert at(effects(both), 3, trial="job") == 0.0
    assert at(displacement(both), 3, trial="course", who="net_gain") == pytest.approx(56.0)


def test_a_table_without_the_columns_of_a_trial_is_refused(cells):
    with pytest.raises(TableError, match="arm"):
        effects(cells.drop(columns="arm"))
    with pytest.raises(TableError, match="no estimate 'best'"):
        effects(cells, "best")
    with pytest.raises(TableError, match="no state 'retired'"):
        effects(cells, of="retired")


def test_every_outcome_says_what_it_is():
    known = load_outcomes()
    names = ("naive_effect", "true_effect", "deadweight", "displaced_here", "displaced_elsewhere", "lock_in",
             "additional_months_in_work", "cost_per_month_in_work", "net_gain", "control_effect",
             "equilibrium_effect")  # fmt: skip
    for name in names:
        outcome = known[name]
        assert all((outcome.unit, outcome.label, outcome.label_de, outcome.definition, outcome.source))
