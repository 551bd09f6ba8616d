"""Parts of an effect: what they add up to, what is left, and what the passage itself does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from labsim.analysis import TableError
from labsim.analysis.contrasts import contrast, mean_over_seeds
from labsim.analysis.decomposition import INTERACTION, PASSAGE, SUM, WHOLE_EFFECT, decompose, shares_of_effect
from labsim.analysis.windows import Phase

SPANS = (Phase("early", pd.Timestamp("2001-01"), pd.Timestamp("2001-03")),
         Phase("late", pd.Timestamp("2001-03"), pd.Timestamp("2001-05")))  # fmt: skip
PARTS = {"benefits": "only_benefits", "casework": "only_casework"}


def table(effects: dict[str, float], seeds: int = 4, skip: tuple[tuple[str, int], ...] = ()) -> pd.DataFrame:
    """Four months of one indicator: luck of the seed and month, plus the scenario's effect, doubled from month 3 on."""
    luck = np.random.default_rng(5).normal(size=(seeds, 4))
    return pd.DataFrame([
        {"scenario": name, "seed": seed, "municipality": "all", "group": "all", "indicator": "x",
         "month": pd.Timestamp(f"2001-{month + 1:02d}-01"),
         "value": luck[seed - 1, month] + effect * (1 + (month > 1)) * (1 + 0.1 * seed)}
        for name, effect in effects.items() for seed in range(1, seeds + 1) for month in range(4)
        if (name, seed) not in skip
    ])  # fmt: skip


def parts_of(found: pd.DataFrame, phase: str = "early") -> dict[str, float]:
    return found[found["phase"] == phase].set_index("part")["mean"].to_dict()


def test_effects_that_add_up_leave_no_interaction() -> None:
    made = table({"a": 0, "b": 3, "p": 0, "only_benefits": 1, "only_casework": 2})
    found = parts_of(decompose(made, "b", "a", "p", PARTS, SPANS))
    assert found[PASSAGE] == 0
    assert found[SUM] == pytest.approx(found[WHOLE_EFFECT])
    assert found[INTERACTION] == pytest.approx(0, abs=1e-11)


def test_what_the_parts_do_not_explain_is_interaction() -> None:
    made = table({"a": 0, "b": 5, "p": 0, "only_benefits": 1, "only_casework": 2})
    found = decompose(made, "b", "a", "p", PARTS, SPANS)
    for phase in ("early", "late"):
        parts = parts_of(found, phase)
        assert parts[INTERACTION] == pytest.approx(
            parts[WHOLE_EFFECT] - parts["benefits"] - parts["casework"]
        )
    assert parts_of(found, "late")["benefits"] == pytest.approx(2 * parts_of(found, "early")["benefits"])


def test_what_the_passage_costs_is_counted_once_and_not_with_every_part() -> None:
    made = table({"a": 0, "b": 1, "p": -2, "only_benefits": -1, "only_casework": 0})
    found = parts_of(decompose(made, "b", "a", "p", PARTS, SPANS))
    scale = found["benefits"]
    assert found[PASSAGE] == pytest.approx(-2 * scale)
    assert found["casework"] == pytest.approx(2 * scale)
    assert found[SUM] == pytest.approx(scale)
    assert found[INTERACTION] == pytest.approx(0, abs=1e-11)


def test_a_component_that_is_the_whole_leaves_exactly_nothing() -> None:
    made = table({"a": 0, "b": 0.3, "p": 0, "only_benefits": 0.3})
    found = decompose(made, "b", "a", "p", {"benefits": "only_benefits"}, SPANS).set_index(["part", "phase"])
    assert (found.loc[INTERACTION, ["mean", "sd", "low", "high"]] == 0).all(axis=None)
    assert (found.loc[PASSAGE, ["mean", "sd", "low", "high"]] == 0).all(axis=None)


def test_every_part_has_its_paired_interval() -> None:
    found = decompose(table({"a": 0, "b": 3, "p": 0, "only_benefits": 1, "only_casework": 2}),
                      "b", "a", "p", PARTS, SPANS)  # fmt: skip
    assert found["part"].drop_duplicates().tolist() == [PASSAGE, *PARTS, SUM, WHOLE_EFFECT, INTERACTION]
    assert (found["low"] <= found["mean"]).all()
    assert (found["mean"] <= found["high"]).all()
    assert (found["pairs"] == 4).all()


def test_seeds_that_a_part_lacks_count_for_the_other_parts_only() -> None:
    effects = {"a": 0.0, "b": 3.0, "p": 0.0, "only_benefits": 1.0, "only_casework": 2.0}
    found = decompose(table(effects, skip=(("only_casework", 2),)), "b", "a", "p", PARTS, SPANS)
    pairs = found[found["phase"] == "early"].set_index("part")["pairs"].to_dict()
    assert pairs == {PASSAGE: 4, "benefits": 4, "casework": 3, SUM: 3, WHOLE_EFFECT: 4, INTERACTION: 3}


def test_the_rows_of_a_decomposition_are_contrasts_that_sum_to_the_whole() -> None:
    rows = shares_of_effect("b", "a", "p", PARTS)
    for name in {name for weights in rows.values() for name in weights}:
        summed = sum(rows[part].get(name, 0) for part in (PASSAGE, *PARTS))
        assert summed == rows[SUM].get(name, 0)
        assert rows[SUM].get(name, 0) + rows[INTERACTION][name] == rows[WHOLE_EFFECT].get(name, 0)
    assert all(sum(weights.values()) == 0 for weights in rows.values())


def test_a_contrast_of_unknown_scenarios_is_refused_by_name() -> None:
    with pytest.raises(TableError, match="no runs of b, c"):
        contrast(table({"a": 0}), {"a": 1, "c": -1, "b": 1}, "month")


def test_a_mean_over_one_seed_has_no_interval() -> None:
    rows = pd.DataFrame({"seed": [1], "kind": ["x"], "value": [2.0]})
    row = mean_over_seeds(rows, ["kind"]).iloc[0]
    assert (row["mean"], row["pairs"]) == (2.0, 1)
    assert row[["sd", "se", "low", "high"]].isna().all()
