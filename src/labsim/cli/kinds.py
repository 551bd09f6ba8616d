"""Telling a file of the wrong kind from a file with mistakes in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labsim.cli.application import BadInput

if TYPE_CHECKING:
    from labsim.config import Kind

COMMAND_FOR: dict[Kind, str] = {
    "scenario": "run",
    "experiment": "compare",
    "trial": "trial",
    "sweep": "sweep plan",
}


def is_path(name: str) -> bool:
    """Return whether a person means a file, and not the name of something shipped."""
    from labsim.config.files import SUFFIXES

    return "/" in name or name.endswith(SUFFIXES)


def expect(kind: Kind, name: str) -> None:
    """Raise `BadInput` if `name` is a file, or a shipped name, of another kind; let everything else pass."""
    from labsim.config.documents import read_document
    from labsim.config.files import KINDS, find, kind_of

    mine = find(kind, name)
    if isinstance(mine, Path) and (not is_path(name) or kind_of(read_document(mine).data) == kind):
        return
    files = [(each, find(each, name)) for each in KINDS]
    found, file = next(((each, path) for each, path in files if isinstance(path, Path)), (None, None))
    if found is None or not isinstance(file, Path):
        return
    other = kind_of(read_document(file).data) if is_path(name) else found
    if other is None or other == kind:
        return
    hint = f"use `labsim {COMMAND_FOR[other]}`" if other in COMMAND_FOR else "see it with `labsim show`"
    raise BadInput(f"{name}: this is {_a(other)}, but {_a(kind)} is asked for; {hint}")


def is_experiment(name: str, *, alone: bool = False) -> bool:
    """Return whether a name or file is that of an experiment; `alone`: and not that of a scenario as well."""
    from labsim.config.documents import read_document
    from labsim.config.files import find, kind_of

    file = find("experiment", name)
    if not isinstance(file, Path) or (
        alone and not is_path(name) and isinstance(find("scenario", name), Path)
    ):
        return False
    return kind_of(read_document(file).data) == "experiment"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
