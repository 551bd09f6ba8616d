"""The cache of burn-ins: the state of a place at the start of a scenario, kept by content.

A burn-in is the same for all scenarios of a seed that start alike, so it is computed once. The files are
checkpoints (`LabourMarket.save`), named by `keys.burn_in_key`. Writing is atomic and several processes may do
it at once. Losing the folder costs time and nothing else.
"""

from __future__ import annotations

import os
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from labsim.experiment.keys import burn_in_key

if TYPE_CHECKING:
    from labsim.model import LabourMarket
    from labsim.scenario import Scenario

FOLDER_VARIABLE = "LABSIM_CACHE"
LIMIT_VARIABLE = "LABSIM_CACHE_GB"
LIMIT_GB = 4.0
DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a cut or overwritten checkpoint raises."""


def default_folder() -> Path:
    """Return the cache folder: $LABSIM_CACHE, else the user's cache folder of the system."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_cache_dir("labsim", appauthor=False))


class BurnInCache:
    """Checkpoints at the start of scenarios, in one folder.

    Parameters
    ----------
    folder
        Where to keep them; default `default_folder()`. A folder that cannot be written means: no cache.
    limit_gb
        Size in gigabytes above which the files used longest ago go; default $LABSIM_CACHE_GB or 4.
    tell
        Receives one plain line when the cache cannot be used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        limit_gb: float | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.folder = (default_folder() if folder is None else folder) / "burn-in"
        self.limit_gb = _limit() if limit_gb is None else limit_gb
        self._tell = tell
        self.usable = self._prepare()

    def path(self, scenario: Scenario, seed: int, month: int | None = None) -> Path:
        """Return the file of a burn-in (or of the state in a later ``month``), whether it exists or not."""
        return self.folder / f"{burn_in_key(scenario, seed, month)}.npz"

    def holds(self, scenario: Scenario, seed: int, month: int | None = None) -> bool:
        """Return whether the burn-in is there (it may still prove damaged)."""
        return self.usable and self.path(scenario, seed, month).is_file()

    def load(
        self, scenario: Scenario, seed: int, *, threads: int = 1, month: int | None = None
    ) -> LabourMarket | None:
        """Return a model at the start of `scenario` (or in ``month``), or None; a damaged file is deleted, and told."""
        path = self.path(scenario, seed, month)
        if not (self.usable and path.is_file()):
            return None
        from labsim.model import LabourMarket

        try:
            model = LabourMarket.resume(path, scenario, threads=threads)
            os.utime(path)
        except DAMAGED as error:
            if not path.exists():
                return None  # another process made room
            warnings.warn(
                f"the cached burn-in {path} is damaged ({error}); it is computed again", stacklevel=2
            )
            path.unlink(missing_ok=True)
            return None
        return model

    def store(self, model: LabourMarket, scenario: Scenario, seed: int, *, month: int | None = None) -> None:
        """Keep the state of `model`, which stands at the start of `scenario` (or in ``month``)."""
        if not self.usable:
            return
        path = self.path(scenario, seed, month)
        temporary: Path | None = None
        try:
            handle, name = tempfile.mkstemp(prefix=".", suffix=".npz", dir=self.folder)
            os.close(handle)
            temporary = Path(name)
            model.save(temporary)
            temporary.replace(path)
            self._make_room(path)
        except OSError as error:
            self._give_up(error)
        finally:
            if temporary is not None:
                temporary.unlink(missing_ok=True)

    def size(self) -> tuple[int, int]:
        """Return (number of burn-ins, their size in bytes)."""
        sizes = [size for _, size, _ in self._files()]
        return len(sizes), sum(sizes)

    def _prepare(self) -> bool:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                return True
        except OSError as error:
            self._give_up(error)
            return False

    def _give_up(self, error: OSError) -> None:
        self.usable = False
        if self._tell is not None:
            self._tell(
                f"burn-ins are not cached: {self.folder} cannot be written ({error.strerror or error});"
                f" set {FOLDER_VARIABLE} to a folder that can"
            )

    def _files(self) -> list[tuple[float, int, Path]]:
        """Return (time of last use, bytes, path) of the burn-ins, the one used longest ago first."""
        found = []
        for path in self.folder.glob("[!.]*.npz"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime, status.st_size, path))
        return sorted(found)

    def _make_room(self, keep: Path) -> None:
        files = self._files()
        excess = sum(size for _, size, _ in files) - self.limit_gb * 1e9
        for _, size, path in files:
            if excess <= 0:
                return
            if path != keep:
                path.unlink(missing_ok=True)
                excess -= size


def _limit() -> float:
    text = os.environ.get(LIMIT_VARIABLE, "")
    try:
        return float(text) if text else LIMIT_GB
    except ValueError:
        warnings.warn(f"{LIMIT_VARIABLE} is '{text}', but must be a number of gigabytes; using {LIMIT_GB:g}",
                      stacklevel=3)  # fmt: skip
        return LIMIT_GB
