"""Profiles: what labsim has to know of a machine or cluster to run sweeps on it, each a group in ``profiles.yaml``.

The file is looked for in $LABSIM_PROFILES, in the current folder, and in the user's configuration folder.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, get_args

from platformdirs import user_config_path
from pydantic import AfterValidator, BeforeValidator, Field

from labsim.config.documents import Document, read_document
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.problems import validated
from labsim.params import Declared, param

FILE = "profiles.yaml"
VARIABLE = "LABSIM_PROFILES"

Engine = Literal[
    "local",
    "in_process",
    "dask",
    "dask-local",
    "dask-slurm",
    "dask-pbs",
    "dask-sge",
    "dask-lsf",
    "slurm-array",
]
ENGINES: tuple[Engine, ...] = get_args(Engine)
BATCH_SYSTEMS = {
    "dask-slurm": "slurm",
    "dask-pbs": "pbs",
    "dask-sge": "sge",
    "dask-lsf": "lsf",
    "slurm-array": "slurm",
}

LONGEST_WARNING, SHARE_OF_WALLTIME = 600.0, 0.25
"""Work stops this long before a job's time limit: seconds at most, and share of the limit at most."""

_SPAN = re.compile(r"(?:(\d+)-)?(\d+):([0-5]?\d)(?::([0-5]?\d))?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kMGT]i?)B?", re.IGNORECASE)
_POWERS = {"k": 1.0, "m": 2.0, "g": 3.0, "t": 4.0}
_NAME = re.compile(r"[A-Za-z_]\w*")


def seconds_in(span: str) -> int:
    """Return the seconds in a time limit as batch systems write it: [days-]hours:minutes[:seconds].

    >>> seconds_in("04:00:00"), seconds_in("1-00:30"), seconds_in("00:01:30")
    (14400, 88200, 90)
    """
    found = _SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f"is {quoted(span)}, but it must be hours:minutes:seconds, such as 04:00:00")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def megabytes_in(size: str) -> int:
    """Return the megabytes (of 1,000,000 bytes, rounded up) in a size of memory.

    >>> megabytes_in("2GB"), megabytes_in("512 MiB"), megabytes_in("1.5g")
    (2000, 537, 1500)
    """
    found = _SIZE.fullmatch(size.strip())
    if found is None:
        raise ValueError(f"is {quoted(size)}, but it must be a size such as 2GB or 900MB")
    unit = found[2].lower()
    step = 1024.0 if unit.endswith("i") else 1000.0
    return math.ceil(float(found[1]) * float(step ** _POWERS[unit[0]]) / 1e6)


def _a_span(text: str) -> str:
    if seconds_in(text) < 1:
        raise ValueError(f"is {quoted(text)}, but a job needs some time")
    return text


def _a_size(text: str) -> str:
    if megabytes_in(text) < 1:
        raise ValueError(f"is {quoted(text)}, but a job needs some memory")
    return text


def _variables(settings: object) -> object:
    if not isinstance(settings, dict):
        return settings
    for name in settings:
        if not _NAME.fullmatch(str(name)):
            raise ValueError(f"has {quoted(name)}, which is no name of a variable; write NAME: value")
    return {name: f"{value}" if isinstance(value, int | float) else value for name, value in settings.items()}


class Profile(Declared):
    """One group of a profiles file: where runs are done, and what its batch system has to be told."""

    engine: Engine = Field(description="what does the runs: " + ", ".join(ENGINES))
    workers: int | None = param(
        None, "processes", "local engines: how many at once; default the cores", low=1
    )
    jobs: int = param(1, "jobs", "how many jobs of the batch system may run at once", low=1)
    cores_per_job: int = param(1, "cores", "cores of a job; each does one run at a time", low=1, high=1024)
    memory_per_core: Annotated[str, AfterValidator(_a_size)] = param(
        "2GB", "", "memory for each core of a job"
    )
    walltime: Annotated[str, AfterValidator(_a_span)] = param("01:00:00", "h:m:s", "time limit of a job")
    stop_before: float | None = param(
        None,
        "s",
        "how long before a job's end its work stops; default a quarter of it, at most 10 minutes",
        low=0,
    )
    partition: str = Field("", description="partition or queue of the batch system")
    account: str = Field("", description="account or project that pays")
    site_options: tuple[str, ...] = Field(
        (), description="further options of the batch system as it writes them, such as --qos=long"
    )
    setup: tuple[str, ...] = Field((), description="shell commands before Python starts, such as module load")
    environment: Annotated[dict[str, str], BeforeValidator(_variables)] = Field(
        {}, description="variables of the environment; they win over those that labsim sets"
    )
    python: str = Field("", description="the Python of the jobs; default the one that runs labsim here")
    scratch: str = Field("${TMPDIR:-/tmp}", description="folder on the node's own disk, in the shell's words")
    interface: str = Field("", description="network interface between the jobs and this machine, such as ib0")
    scheduler_file: str = Field(
        "", description="engine dask: file of a Dask scheduler that is running already"
    )
    patience: float = param(
        60.0, "s", "how long a started job may be silent before its log is shown", low=1.0
    )
    submit_for: float = param(600.0, "s", "how long a refused submission is tried again", low=0.0)
    task_minutes: float = param(15.0, "minutes", "least work of one task of an array", low=0.0)
    requeues: int = param(50, "times", "how often an array task that ran out of time puts itself back", low=0)
    follow: bool = Field(True, description="slurm-array: wait for the jobs; false: submit them and go")
    name: str = Field("", description="name of the profile; set from its group")
    file: str = Field("", description="file that it stands in; set when it is read")

    @property
    def batch_system(self) -> str:
        """The batch system that the engine talks to; "" for none."""
        return BATCH_SYSTEMS.get(self.engine, "")

    @property
    def seconds(self) -> int:
        """Time limit of a job, seconds."""
        return seconds_in(self.walltime)

    @property
    def seconds_of_work(self) -> float:
        """How long a job works before it stops by itself, seconds."""
        before = self.stop_before
        if before is None:
            before = min(LONGEST_WARNING, SHARE_OF_WALLTIME * self.seconds)
        return max(1.0, self.seconds - before)

    @property
    def megabytes_per_core(self) -> int:
        """Memory for each core of a job, MB."""
        return megabytes_in(self.memory_per_core)


def load_profile(name: str, file: Path | None = None) -> Profile:
    """Return a profile by name; a `ConfigError` says which there are, or what is wrong in the file.

    Parameters
    ----------
    file
        Where to look instead of the usual places.
    """
    path = profiles_file() if file is None else file
    if path is None:
        places = ", ".join(str(each) for each in _places())
        raise ConfigError(
            Problem(f"there is no profile '{name}': no file of profiles was found", f"write one of {places}")
        )
    document = read_document(path)
    if name not in document.data:
        right = suggestion(name, map(str, document.data))
        raise ConfigError(Problem(f"there is no profile {quoted(name)}", right, file=path))
    return _profile(document, name, path)


def profiles_file() -> Path | None:
    """Return the first file of profiles there is, None where there is none."""
    return next((path for path in _places() if path.is_file()), None)


def _places() -> Iterable[Path]:
    named = os.environ.get(VARIABLE)
    return [*([Path(named)] if named else []), Path(FILE), user_config_path("labsim") / FILE]


def _profile(document: Document, name: str, path: Path) -> Profile:
    part = document.part((name,))
    if not isinstance(document.data[name], dict):
        raise document.error(
            (name,), "is no group of keys", "write its engine below it, 'engine: slurm-array'"
        )
    for key in ("name", "file"):
        if key in part.data:
            raise part.error((key,), "is set by labsim", "remove it")
    profile = validated(Profile, part)
    if profile.engine == "dask" and not profile.scheduler_file:
        raise part.error(("engine",), "is dask", "add scheduler_file: the file that `dask scheduler` wrote")
    return profile.model_copy(update={"name": name, "file": str(path)})
