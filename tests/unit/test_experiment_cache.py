"""The cache of burn-ins: kept by content, written at once, and never trusted when damaged."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

from labsim.config import load
from labsim.experiment.cache import BurnInCache, default_folder
from labsim.scenario import Scenario

TOYTOWN = load("toytown")


class Checkpointed:
    """A model that is nothing but its checkpoint: an array of 1000 numbers."""

    def __init__(self, seed: int) -> None:
        self.state = np.arange(1000) * seed

    def save(self, path: Path) -> None:
        np.savez(path, state=self.state)

    @classmethod
    def resume(cls, path: Path, _: Scenario, **__: object) -> Self:
        model = cls(0)
        with path.open("rb") as file, np.load(file) as kept:
            model.state = kept["state"]
        return model


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labsim.model.LabourMarket", Checkpointed)


@pytest.fixture
def cache(tmp_path: Path) -> BurnInCache:
    return BurnInCache(tmp_path)


def stored(cache: BurnInCache, seed: int) -> Path:
    model: Any = Checkpointed(seed)
    cache.store(model, TOYTOWN, seed)
    return cache.path(TOYTOWN, seed)


def loaded(cache: BurnInCache, seed: int) -> Any:
    return cache.load(TOYTOWN, seed)


def test_what_is_stored_comes_back(cache: BurnInCache) -> None:
    assert not cache.holds(TOYTOWN, 3)
    assert loaded(cache, 3) is None
    path = stored(cache, 3)
    assert cache.holds(TOYTOWN, 3)
    assert list(loaded(cache, 3).state[:3]) == [0, 3, 6]
    assert [each.name for each in cache.folder.iterdir()] == [path.name]
    assert cache.size() == (1, path.stat().st_size)


@pytest.mark.parametrize("damage", ["empty", "cut", "overwritten", "changed inside", "another file"])
def test_a_damaged_file_is_computed_again_with_a_warning(cache: BurnInCache, damage: str) -> None:
    path = stored(cache, 3)
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": content[: len(content) // 2],
            "overwritten": b"\0" * len(content),
            "changed inside": content[:2000] + bytes([content[2000] ^ 1]) + content[2001:],
            "another file": b"PK not at all",
        }[damage]
    )
    with pytest.warns(UserWarning, match="is damaged .*; it is computed again"):
        assert loaded(cache, 3) is None
    assert not path.exists()
    stored(cache, 3)
    assert list(loaded(cache, 3).state[:3]) == [0, 3, 6]


def test_a_defect_of_the_model_is_not_taken_for_a_damaged_file(
    cache: BurnInCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(cache, 3)
    monkeypatch.setattr(Checkpointed, "resume", lambda *_, **__: [].nothing)  # type: ignore[attr-defined]  # the defect
    with pytest.raises(AttributeError):
        loaded(cache, 3)
    assert path.exists()


def test_a_file_that_another_process_deletes_is_computed_again(
    cache: BurnInCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(cache, 3)
    monkeypatch.setattr(BurnInCache, "holds", lambda *_: True)
    path.unlink()
    assert loaded(cache, 3) is None


def test_a_cache_that_cannot_be_written_is_no_cache_and_says_so_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lines: list[str] = []
    cache = BurnInCache(tmp_path / "file", tell=lines.append)
    assert not cache.usable
    stored(cache, 3)
    assert not cache.holds(TOYTOWN, 3)
    assert loaded(cache, 3) is None
    assert cache.size() == (0, 0)
    assert lines == [
        f"burn-ins are not cached: {tmp_path / 'file' / 'burn-in'} cannot be written (Not a directory);"
        " set LABSIM_CACHE to a folder that can"
    ]


def test_a_full_disk_costs_the_cache_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    lines: list[str] = []
    cache = BurnInCache(tmp_path, tell=lines.append)
    monkeypatch.setattr(Checkpointed, "save", full)
    stored(cache, 3)
    assert len(lines) == 1
    assert "No space left on device" in lines[0]
    assert list(cache.folder.iterdir()) == []


def test_several_writers_of_the_same_burn_in_do_no_harm(cache: BurnInCache) -> None:
    writers = [threading.Thread(target=stored, args=(BurnInCache(cache.folder.parent), 3)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(cache.folder.iterdir())) == 1
    assert list(loaded(cache, 3).state[:3]) == [0, 3, 6]


def test_the_burn_ins_used_longest_ago_make_room_for_new_ones(tmp_path: Path) -> None:
    paths = [stored(BurnInCache(tmp_path), seed) for seed in (1, 2, 3)]
    for age, path in zip((300, 200, 100), paths, strict=True):
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    loaded(BurnInCache(tmp_path), 1)
    size = paths[0].stat().st_size
    newest = stored(BurnInCache(tmp_path, limit_gb=2.5 * size / 1e9), 4)
    assert {path for path in (*paths, newest) if path.exists()} == {paths[0], newest}


def test_a_burn_in_larger_than_the_cache_is_kept_until_the_next(tmp_path: Path) -> None:
    cache = BurnInCache(tmp_path, limit_gb=1e-9)
    assert stored(cache, 1).exists()
    assert stored(cache, 2).exists()
    assert not cache.holds(TOYTOWN, 1)


def test_the_folder_is_the_users_unless_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABSIM_CACHE", str(tmp_path / "mine"))
    assert BurnInCache().folder == tmp_path / "mine" / "burn-in"
    monkeypatch.delenv("LABSIM_CACHE")
    assert default_folder().name == "labsim"
    assert default_folder().is_absolute()


def test_the_limit_may_be_set_and_must_be_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BurnInCache(tmp_path).limit_gb == 4.0
    monkeypatch.setenv("LABSIM_CACHE_GB", "1.5")
    assert BurnInCache(tmp_path).limit_gb == 1.5
    monkeypatch.setenv("LABSIM_CACHE_GB", "much")
    with pytest.warns(UserWarning, match="LABSIM_CACHE_GB is 'much', but must be a number of gigabytes"):
        assert BurnInCache(tmp_path).limit_gb == 4.0
