"""Which assumptions turn a comparison round, from paired differences with each at its ends."""

from __future__ import annotations

import pandas as pd
import pytest

from labsim.analysis.tables import TableError
from labsim.analysis.turning import AS_IT_IS, HIGH, LOW, reversing, turned
from labsim.figures.theme import Setting, styles
from labsim.figures.turning import Tried, numbers, reading_aid, turning


def table(**ends: tuple[float, float]) -> pd.DataFrame:
    """Return two pairs per end; names are ``assumption__end``, the base is ``as_it_is``."""
    rows = []
    for name, values in ends.items():
        assumption, _, end = name.rpartition("__")
        rows += [(assumption, end, seed, value) for seed, value in enumerate(values, start=1)]
    return pd.DataFrame(rows, columns=["assumption", "end", "seed", "value"])


FOUND = table(__as_it_is=(1.0, 1.2), weak__low=(0.9, 1.1), weak__high=(1.0, 1.4), far__low=(-2.0, -2.01),
              far__high=(2.0, 2.2), near__low=(-0.1, -0.5), near__high=(1.0, 1.0))  # fmt: skip
WORDS = {name: Tried(name.title(), "share", 0.5, 0.1, 0.9) for name in ("weak", "far", "near")}


def test_the_furthest_reversal_comes_first_and_what_keeps_the_sign_turns_nothing() -> None:
    few = reversing(turned(FOUND))
    assert few["assumption"].tolist() == ["far", "near"]
    assert few["end"].tolist() == [LOW, LOW]
    assert few["sure"].tolist() == [True, False]  # two pairs far apart leave the direction open


def test_a_difference_of_exactly_nothing_cannot_turn_round() -> None:
    assert reversing(turned(table(__as_it_is=(0.0, 0.0), far__low=(-2.0, -2.1)))).empty


def test_at_most_three_assumptions_are_named_each_once() -> None:
    many = {f"a{i}__{end}": (-1.0 - i, -1.1 - i) for i in range(5) for end in (LOW, HIGH)}
    few = reversing(turned(table(__as_it_is=(1.0, 1.1), **many)))
    assert few["assumption"].tolist() == ["a4", "a3", "a2"]


def test_one_pair_says_nothing_and_without_the_base_nothing_is_said() -> None:
    one = FOUND[~((FOUND["assumption"] == "far") & (FOUND["seed"] == 2))]
    assert "far" not in set(turned(one)["assumption"])
    with pytest.raises(TableError, match="as it is"):
        turned(FOUND[FOUND["end"] != AS_IT_IS])


@pytest.mark.parametrize(("language", "says"), [("de", "50 %"), ("en", "50 %")])
def test_figure_aid_and_table_show_the_same_assumptions(language: str, says: str) -> None:
    setting = Setting(styles(("a", "b")), language="de" if language == "de" else "en")
    given = (FOUND, setting, "employment_rate", WORDS, "2007")
    figure = turning(*given)
    assert list(figure.layout.yaxis.ticktext) == ["Far", "Near", "Weak"]
    assert "2007" in reading_aid(*given)
    shown = numbers(*given)
    assert len(shown) == 7
    assert shown.iloc[:, -1].tolist()[1] == ("ja" if language == "de" else "yes")
    assert WORDS["far"].at("", setting) == says
