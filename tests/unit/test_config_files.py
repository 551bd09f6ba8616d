"""Finding files by name and path."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config.errors import Problem
from labsim.config.files import KINDS, Kind, available, find, kind_of, shipped


def write(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_files_are_found_by_their_bare_names_from_anywhere(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert available(kind)
    for name, file in available(kind).items():
        assert find(kind, name) == file


def test_the_files_of_a_wheel_lie_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / "lib" / "python3.12" / "site-packages" / "labsim"
    code = write(installed / "config" / "files.py")
    monkeypatch.setattr("labsim.config.files.__file__", str(code))
    assert shipped() == (installed / "_configs",)
    place = write(installed / "_configs" / "places" / "here" / "place.yaml")
    experiment = write(installed / "_configs" / "experiments" / "why" / "experiment.yaml")
    assert available("place") == {"here": place}
    assert find("experiment", "why", near=None) == experiment


def test_a_neighbour_comes_before_the_current_folder_and_before_the_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = write(tmp_path / "configs" / "regimes" / "status_quo_ante.yaml")
    assert find("regime", "status_quo_ante") == here
    mine = write(tmp_path / "mine" / "regimes" / "status_quo_ante.yaml")
    near = write(tmp_path / "mine" / "scenarios" / "x.yaml")
    assert find("regime", "status_quo_ante", near=near) == mine


def test_an_experiment_finds_the_scenarios_of_its_project(tmp_path: Path) -> None:
    scenario = write(tmp_path / "configs" / "scenarios" / "mine.yaml")
    near = write(tmp_path / "experiments" / "why" / "experiment.yaml")
    assert find("scenario", "mine", near=near) == scenario


def test_paths_count_from_the_file_that_names_them(tmp_path: Path) -> None:
    place = write(tmp_path / "here" / "place.yaml")
    near = write(tmp_path / "scenarios" / "x.yaml")
    found = [find("place", "../here", near=near), find("place", "../here/place.yaml", near=near)]
    assert [file.resolve() for file in found if isinstance(file, Path)] == [place, place]


def test_a_folder_stands_for_the_place_in_it(tmp_path: Path) -> None:
    place = write(tmp_path / "here" / "place.yaml")
    assert find("place", str(tmp_path / "here")) == place


def test_an_unknown_name_brings_a_near_one() -> None:
    assert find("scenario", "dortmund_203") == Problem(
        "unknown scenario 'dortmund_203'", "did you mean 'dortmund_2003'?"
    )


def test_a_wrong_path_brings_a_near_file_or_names_the_missing_folder(tmp_path: Path) -> None:
    write(tmp_path / "mine.yaml")
    missing = find("scenario", str(tmp_path / "mien.yaml"))
    assert isinstance(missing, Problem)
    assert missing.right == "did you mean 'mine.yaml'?"
    nowhere = find("scenario", str(tmp_path / "no" / "mine.yaml"))
    assert isinstance(nowhere, Problem)
    assert nowhere.right == f"there is no folder '{tmp_path / 'no'}'"


@pytest.mark.parametrize(
    ("keys", "kind"),
    [
        (("scenario", "place", "start"), "scenario"),
        (("place", "municipalities"), "place"),
        (("experiment", "scenarios"), "experiment"),
        (("regime", "based_on"), "regime"),
        (("transition", "before"), "transition"),
        (("name",), None),
    ],
)
def test_a_file_says_by_its_keys_what_it_is(keys: tuple[str, ...], kind: str | None) -> None:
    assert kind_of(dict.fromkeys(keys, 1)) == kind
