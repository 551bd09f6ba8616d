"""One wrong file (or folder) per mistake, with the message that it must give in NAME.expected beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config import ConfigError, check
from labsim.config.errors import Problem

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.iterdir() if path.suffix == ".yaml" or (path / "place.yaml").is_file()
               or (path / "scenario.yaml").is_file())  # fmt: skip
FILE_AS_A_WHOLE = {
    "a_list", "association_lacks_a_combination", "association_of_one_trait", "colon_missing",
    "commuter_table_lacks_pairs", "empty", "indented_with_a_tab", "no_yaml", "not_utf8", "says_not_what_it_is",
    "table_empty", "table_with_semicolons",
}  # fmt: skip
"""Mistakes that no key can be named for."""


def refused(case: Path) -> ConfigError:
    wrong = case if case.is_file() else next(iter([*case.glob("place.yaml"), *case.glob("scenario.yaml")]))
    with pytest.raises(ConfigError) as caught:
        check(wrong.relative_to(HERE))
    return caught.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
class TestEveryWrongFile:
    def test_is_refused_with_the_expected_message(self, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(HERE)
        expected = (HERE / f"{case.stem}.expected").read_text(encoding="utf-8")
        assert f"{refused(case)}\n" == expected

    def test_is_named_with_line_and_key(self, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(HERE)
        for problem in refused(case).problems:
            assert problem.file is not None
            assert problem.file.is_file()
            assert problem.line is not None
            assert 1 <= problem.line <= max(1, problem.file.read_bytes().count(b"\n"))
            assert bool(problem.key) == (case.stem not in FILE_AS_A_WHOLE)

    def test_says_what_is_wrong_and_what_would_be_right_in_one_line(
        self, case: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(HERE)
        problems = refused(case).problems
        assert len(problems) == 1, "one mistake, one message"
        problem: Problem = problems[0]
        assert problem.wrong
        assert problem.right
        assert "\n" not in str(problem)


def test_every_expected_message_has_its_wrong_file() -> None:
    assert {path.stem for path in HERE.glob("*.expected")} == {case.stem for case in CASES}


def test_several_mistakes_in_one_file_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        "regime: two\nsource: wrong twice\nbased_on: status_quo_ante\n"
        "casework:\n  meetings: -1\nbenefits:\n  insurance_month: 12\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        check(file)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (5, "casework.meetings"),
        (7, "benefits.insurance_month"),
    ]
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_file_is_told_with_a_near_name() -> None:
    with pytest.raises(ConfigError, match=r"no such file '.*empti.yaml'; did you mean 'empty.yaml'\?"):
        check(HERE / "empti.yaml")
