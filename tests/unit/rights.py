"""Folders that this process must not write, or must not read, whether the tests run as root or as somebody else."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """Give an empty folder that every user may enter: unlike pytest's own, which it keeps from others."""
    passed = [Path(each) for each in (tempfile.gettempdir(), "/tmp", "/var/tmp")]
    base = next(each for each in passed if all(part.stat().st_mode & 0o001 for part in (each, *each.parents)))
    folder = Path(tempfile.mkdtemp(prefix="labsim-test-", dir=base))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def without_rights(folder: Path, *closed: Path) -> Iterator[None]:
    """Take from this process the right to write into a folder and those below it, and to read the `closed` ones.

    Root may do everything: it becomes nobody for a while.
    """
    folders = [folder, *(each for each in folder.rglob("*") if each.is_dir())]
    before = {each: each.stat().st_mode & 0o777 for each in folders}
    for each in reversed(folders):
        each.chmod(0o000 if each in closed else 0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for each in folders:
            each.chmod(before[each])
