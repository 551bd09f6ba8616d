"""Problems as sentences."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from labsim.config.errors import ConfigError, Problem, quoted, shown, suggestion


def test_a_problem_reads_as_one_sentence() -> None:
    file = Path("regimes/x.yaml")
    assert (
        str(Problem("is 3", "it is a share between 0 and 1", "a.b", file, 14))
        == "regimes/x.yaml:14: a.b is 3, but it is a share between 0 and 1"
    )
    assert (
        str(Problem("unknown key", "did you mean 'b'?", "a.c", file, 2))
        == "regimes/x.yaml:2: a.c: unknown key; did you mean 'b'?"
    )
    assert str(Problem("unknown place 'x'", "did you mean 'y'?")) == "unknown place 'x'; did you mean 'y'?"
    assert str(Problem("missing", key="a")) == "a: missing"


def test_an_error_speaks_first_of_its_first_problem() -> None:
    error = ConfigError(
        Problem("is 3", "it must be 2", "a", Path("x.yaml"), 4), Problem("missing", "add it", "b")
    )
    assert (error.file, error.line, error.key, error.wrong, error.right) == (
        Path("x.yaml"), 4, "a", "is 3", "it must be 2",
    )  # fmt: skip
    assert str(error).splitlines() == ["x.yaml:4: a is 3, but it must be 2", "b: missing; add it"]


def test_an_error_survives_the_way_from_another_process() -> None:
    error = ConfigError(Problem("is 3", "it must be 2", "a", Path("x.yaml"), 4))
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == str(error)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("meetngs", "did you mean 'meetings'?"),
        ("Meetings", "did you mean 'meetings'?"),
        ("zzz", "known are meetings, targeting"),
    ],
)
def test_a_near_name_is_suggested_and_else_all_are_listed(name: str, says: str) -> None:
    assert suggestion(name, ["targeting", "meetings"]) == says


def test_nothing_is_suggested_where_nothing_is_known() -> None:
    assert suggestion("x", []) == "none are known"


def test_paths_below_the_current_folder_are_shown_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "configs" / "x.yaml") == "configs/x.yaml"
    assert shown(tmp_path.parent / "x.yaml") == str(tmp_path.parent / "x.yaml")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "empty"), (True, "true"), (False, "false"), (2.5, "2.5"), ("x", "'x'"), ([1], "a list"),
     ({"a": 1}, "a group of keys"), ("x" * 99, f"'{'x' * 60}...'"), (10**99, f"1{'0' * 59}...")],
)  # fmt: skip
def test_values_are_quoted_as_they_were_written(value: object, text: str) -> None:
    assert quoted(value) == text
