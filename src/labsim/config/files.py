"""Where the files are: shipped ones by bare name, one's own by path or beside the file that names them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from labsim.config.errors import Problem, quoted, suggestion

type Kind = Literal[
    "place", "regime", "transition", "scenario", "experiment", "scorecard", "calibration", "trial", "sweep"
]

KINDS: tuple[Kind, ...] = (
    "experiment", "scenario", "regime", "transition", "place", "scorecard", "calibration", "trial", "sweep",
)  # fmt: skip
SUFFIXES = (".yaml", ".yml")

_FOLDERS: dict[Kind, str] = {
    "place": "places",
    "regime": "regimes",
    "transition": "transitions",
    "scenario": "scenarios",
    "experiment": "experiments",
    "scorecard": "places",
    "calibration": "places",
    "trial": "experiments/trials",
    "sweep": "experiments",
}
_OWN_FOLDER: tuple[Kind, ...] = ("place", "experiment", "scorecard", "calibration", "sweep")
"""Kinds that lie in a folder of their own: NAME/experiment.yaml, NAME/place.yaml with scorecard and calibration."""


def shipped() -> tuple[Path, ...]:
    """Return the folders in which the shipped files lie: those of the checkout, else those in the package."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent.parent
    if package == checkout / "src" / "labsim" and (checkout / "configs").is_dir():
        return (checkout / "configs", checkout)
    return (package / "_configs",)


def available(kind: Kind) -> dict[str, Path]:
    """Return the shipped files of one kind, by name.

    >>> sorted(available("place"))
    ['brandenburg', 'dortmund', 'germany', 'newtown', 'ruhr', 'toytown']
    """
    return _listed(kind, shipped())


def find(kind: Kind, name: str, near: Path | None = None) -> Path | Problem:
    """Return the file of `name`, or the problem of not finding it.

    Parameters
    ----------
    name
        A bare name ("toytown") or a path to a file or folder.
    near
        The file that names it: its neighbours come before the shipped files, and paths count from its folder.
    """
    if os.sep in name or "/" in name or name.endswith(SUFFIXES):
        return _by_path(kind, name, near)
    for folder in (*around(near), *shipped()):
        file = _file(kind, folder, name)
        if is_file(file):
            return file
    known = _listed(kind, (*around(near), *shipped()))
    return Problem(f"unknown {kind} {quoted(name)}", suggestion(name, known))


def is_file(path: Path) -> bool:
    """Return whether a file is there; a path that no system can have is not."""
    return os.path.isfile(path)  # noqa: PTH113 - unlike Path.is_file, it takes names that are too long


def kind_of(data: Mapping[str, object]) -> Kind | None:
    """Return what a file is, by its keys; a scorecard, a calibration and a trial name a scenario, too."""
    for kind in ("scorecard", "calibration", "trial", "sweep"):
        if kind in data:
            return kind
    return next((kind for kind in KINDS if kind in data), None)


def _by_path(kind: Kind, name: str, near: Path | None) -> Path | Problem:
    given = Path(name)
    bases = [Path(), near.parent] if near is not None else [Path()]
    for base in reversed(bases):
        path = base / given
        if is_file(path):
            return path
        if kind in _OWN_FOLDER and is_file(path / f"{kind}.yaml"):
            return path / f"{kind}.yaml"
    folder = (bases[-1] / given).parent
    try:
        near_by = [each.name for each in folder.iterdir() if each.suffix in SUFFIXES or each.is_dir()]
    except (OSError, ValueError):
        return Problem(f"no such file {quoted(name)}", f"there is no folder '{given.parent}'")
    return Problem(f"no such file {quoted(name)}", suggestion(given.name, near_by))


def around(near: Path | None) -> Iterator[Path]:
    """Yield folders that may hold neighbours of a file, nearest first, then those of the current folder."""
    if near is not None:
        for folder in list(near.absolute().parents)[:4]:
            yield folder
            yield folder / "configs"
    yield Path.cwd() / "configs"
    yield Path.cwd()


def _file(kind: Kind, folder: Path, name: str) -> Path:
    inside = folder / _FOLDERS[kind]
    return inside / name / f"{kind}.yaml" if kind in _OWN_FOLDER else inside / f"{name}.yaml"


def _listed(kind: Kind, folders: tuple[Path, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        inside = folder / _FOLDERS[kind]
        pattern = f"*/{kind}.yaml" if kind in _OWN_FOLDER else "*.yaml"
        for file in sorted(inside.glob(pattern)) if inside.is_dir() else ():
            found.setdefault(file.parent.name if kind in _OWN_FOLDER else file.stem, file)
    return dict(sorted(found.items()))
