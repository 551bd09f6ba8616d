"""Runs that are kept on disk, so that a room never waits twice for the same run, and what is prepared ahead.

A file holds one run: what the comparison draws, and of the first seeds the tables of the other pages. It is named by
the run's key and by what the app keeps of a run; it is written aside first and ends with a checksum. A file that is
damaged is made anew; a disk that is full costs nothing but the storing. Losing the folder costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labsim.app import levers
from labsim.app.emulator import Emulator, design, usual
from labsim.app.simulating import SHOWN, Run, Task
from labsim.experiment.cache import default_folder
from labsim.experiment.keys import PACKAGE, run_key
from labsim.scenario import Scenario
from labsim.state.checkpoint import write_aside

if TYPE_CHECKING:
    from labsim.app.jobs import Board

FORMAT = 1
LIMIT_MB = 600.0
"""Size above which the scenarios looked at longest ago go."""

SEEDS = 100
"""Seeds of each story that are prepared: as many as a final comparison has."""

FULL = 10
"""Seeds whose tables are kept, for the pages on people, places and money."""

CODE = ("app/simulating.py", "app/following.py", "experiment/followed.py", "results.py")
"""Files besides the model's that decide what is kept of a run."""

SETTLE = 3.0
"""Seconds after the start that belong to the first page."""

READ_EVERY = 100
"""Runs made ahead after which the previews are read anew."""

CHECKSUM = 16


@lru_cache(maxsize=1)
def stamp() -> str:
    """Return the hash of what decides what is kept of a run, besides its key."""
    digest = hashlib.sha256(f"{FORMAT} {SHOWN} {version('pandas')}".encode())
    for name in CODE:
        digest.update((PACKAGE / name).read_bytes())
    return digest.hexdigest()[:12]


class Store:
    """The kept runs, in one folder.

    Parameters
    ----------
    folder
        Where to keep them; default: `workshop` in labsim's cache folder.
    limit_mb
        Size above which the scenarios looked at longest ago go.
    """

    def __init__(self, folder: Path | None = None, *, limit_mb: float = LIMIT_MB) -> None:
        self.folder = (default_folder() / "workshop" if folder is None else folder) / stamp()
        self.limit_mb = limit_mb
        self.trouble = ""
        self._written = 0

    def path(self, key: str, seed: int) -> Path:
        """Return the file of a run, whether it exists or not."""
        return self.folder / key[:40] / f"{seed}.run"

    def seeds(self, key: str) -> set[int]:
        """Return the seeds of a scenario that are there (they may still prove damaged)."""
        try:
            names = [each.name for each in (self.folder / key[:40]).iterdir()]
        except OSError:
            return set()
        return {int(name[:-4]) for name in names if name.endswith(".run") and name[:-4].isdecimal()}

    def load(self, key: str, seed: int, *, tables: bool = True) -> Run | None:
        """Return a kept run, None if it is not there; a damaged file is deleted."""
        path = self.path(key, seed)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        try:
            return _read(content, key, seed, tables)
        except Exception:  # whatever unpickling a damaged file may raise
            with suppress(OSError):
                path.unlink()
            return None

    def keep(self, run: Run) -> None:
        """Keep a run; where that is impossible, `trouble` says why, and nothing is kept from then on."""
        if self.trouble:
            return
        content = _written(run)
        try:
            write_aside(self.path(run.key, run.seed), content)
        except OSError as error:
            self.trouble = error.strerror or str(error)
            return
        self._written += len(content)
        if self._written > self.limit_mb * 1e5:  # a tenth of the limit
            self._written = 0
            self.make_room(run.key)

    def use(self, key: str) -> None:
        """Note that a scenario is being looked at."""
        with suppress(OSError):
            os.utime(self.folder / key[:40])

    def size(self) -> int:
        """Return the bytes of all kept runs, those of other versions too."""
        return sum(size for _, size, _ in self._scenarios())

    def make_room(self, keep: str) -> None:
        """Let the scenarios looked at longest ago go until the limit is kept."""
        known = self._scenarios()
        excess = sum(size for _, size, _ in known) - self.limit_mb * 1e6
        for _, size, folder in known:
            if excess <= 0:
                return
            if folder != self.folder / keep[:40]:
                shutil.rmtree(folder, ignore_errors=True)
                excess -= size

    def _scenarios(self) -> list[tuple[float, int, Path]]:
        """Return (time of last use, bytes, folder) of every scenario of any version, used longest ago first."""
        found = []
        for folder in self.folder.parent.glob("*/*"):
            with suppress(OSError):
                size = sum(each.stat().st_size for each in folder.iterdir())
                found.append((folder.stat().st_mtime, size, folder))
        return sorted(found)


def _written(run: Run) -> bytes:
    """Return a run as bytes: a line of JSON, the numbers, the tables, a checksum."""
    series = np.stack([np.asarray(run.series[name], np.float64) for name in run.series])
    tables = zlib.compress(pickle.dumps(run.tables, protocol=5), 1) if run.tables else b""
    head = {"key": run.key, "seed": run.seed, "names": list(run.series), "months": series.shape[1]}
    body = json.dumps(head).encode() + b"\n" + series.astype("<f8").tobytes() + tables
    return body + _checksum(body)


def _read(content: bytes, key: str, seed: int, tables: bool) -> Run:
    body, ends = content[:-CHECKSUM], content[-CHECKSUM:]
    if _checksum(body) != ends:
        raise ValueError("its checksum is wrong")
    first = body.index(b"\n")
    head = json.loads(body[:first])
    names, months = head["names"], head["months"]
    if (head["key"], head["seed"]) != (key, seed):
        raise ValueError("it is another run")
    after = first + 1 + 8 * len(names) * months
    values = np.frombuffer(body[first + 1 : after], "<f8").reshape(len(names), months)
    rest: Any = {}
    if tables and len(body) > after:
        rest = pickle.loads(zlib.decompress(body[after:]))  # noqa: S301 - it is what this module wrote
    return Run(key, seed, dict(zip(names, values, strict=True)), rest)


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=CHECKSUM).digest()


def tasks(store: Store, *, seeds: int = SEEDS) -> list[Task]:
    """Return the runs to be made ahead that are not there yet, the most useful ones first.

    First the stories' first runs with all tables, then what the preview needs, then the stories' other seeds.
    """
    stories = [levers.story(name) for name in levers.STORIES]
    wanted = [(each, seed) for seed in range(1, min(FULL, seeds) + 1) for each in stories]
    points = [
        (levers.scenario_of(point.setting), point.seeds) for name in levers.STORIES for point in design(name)
    ]
    wanted += [(scenario, seed) for scenario, its in points for seed in its if seed <= seeds]
    wanted += [(each, seed) for seed in range(FULL + 1, seeds + 1) for each in stories]
    return missing(store, wanted)


def missing(store: Store, wanted: Sequence[tuple[Scenario, int]]) -> list[Task]:
    """Return those of the wanted runs that are not kept, once each, in their order."""
    keys: dict[int, str] = {}
    have: dict[str, set[int]] = {}
    found = []
    for scenario, seed in wanted:
        key = keys.get(id(scenario)) or run_key(scenario, 0)
        keys[id(scenario)] = key
        there = have[key] if key in have else have.setdefault(key, store.seeds(key))
        if seed not in there:
            there.add(seed)
            found.append(Task(key, scenario, seed, seed <= FULL and _is_story(scenario)))
    return found


def _is_story(scenario: Scenario) -> bool:
    return any(scenario is levers.story(name) for name in levers.STORIES)


def prepare(tell: Callable[[int, int], None], *, seeds: int = SEEDS, pause: float = 0.2) -> str:
    """Make everything that a workshop needs ahead, with all processors; ``tell`` is called with (done, of).

    Returns what went wrong in words, "" if nothing did.
    """
    from labsim.app.jobs import Board

    board = Board()
    try:
        board.warm_up()
        board.prepare(tasks(board.store, seeds=seeds))
        last = (-1, -1)
        while True:
            now = board.preparing()
            if now != last:
                tell(*now)
                last = now
            if board.ahead in {"done", "failed"} or board.trouble:
                left = now[1] - now[0]
                return board.trouble or (f"{left} runs failed" if left else "")
            time.sleep(pause)
    finally:
        board.close()


def keep_ready(board: Board, emulator: Emulator | None = None, *, seeds: int = SEEDS) -> threading.Thread:
    """Read the previews, and have so many seeds made ahead by a board while its sessions leave it time; in a thread.

    The previews follow what has been made.
    """
    previews = usual() if emulator is None else emulator

    def follow() -> None:
        previews.read()
        if not seeds:
            return
        time.sleep(SETTLE)
        board.prepare(tasks(board.store, seeds=seeds))
        seen, _ = board.preparing()
        while board.ahead in {"waiting", "running"} and not board.closed and not board.trouble:
            time.sleep(1.0)
            done, _ = board.preparing()
            if done - seen >= READ_EVERY:
                seen = done
                previews.read()
        if board.preparing()[0] > seen:
            previews.read()

    thread = threading.Thread(target=follow, name="labsim-ahead", daemon=True)
    thread.start()
    return thread
