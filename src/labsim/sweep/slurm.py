"""Slurm by its own commands: hand in a script, ask for states, cancel; what it says is passed on in its own words."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from labsim.config.errors import ConfigError, Problem

PATIENCE = 60.0
"""Seconds that one command of the batch system may take."""

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 120.0
"""Seconds between the attempts to hand in a job: each pause doubles the one before."""

FEWEST_IDS = 200
"""Job numbers that one command is asked about at once, so that no command line grows too long."""

FOR_GOOD = re.compile(
    r"invalid|not available|not permitted|denied|violates|unrecognized|unknown option|must specify|no such|"
    r"unable to open|no partition|script is empty|exceeds|not allowed",
    re.IGNORECASE,
)
"""Words of a refusal that waiting does not change."""

_ALIVE = {
    "PENDING",
    "CONFIGURING",
    "REQUEUED",
    "REQUEUE_HOLD",
    "REQUEUE_FED",
    "RESV_DEL_HOLD",
    "SPECIAL_EXIT",
}
_RUNNING = {"RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "STAGE_OUT", "SIGNALING", "RESIZING"}


class Refused(ConfigError):  # noqa: N818 - it says what happened
    """The batch system did not take a job, or is not there; the text holds its own words."""


class Seen(NamedTuple):
    """What Slurm says of one job, or of one task of an array.

    state  : Slurm's word, such as RUNNING or CANCELLED
    reason : why it waits or ended, in Slurm's words, "" if nothing is said
    node   : where it runs or ran, "" before
    memory : largest memory as the accounting noted it, such as 204820K; "" without `sacct`
    """

    state: str
    reason: str = ""
    node: str = ""
    memory: str = ""

    @property
    def waits(self) -> bool:
        """Whether it is still to begin."""
        return self.state in _ALIVE

    @property
    def runs(self) -> bool:
        """Whether it is at work."""
        return self.state in _RUNNING


def pauses(for_seconds: float) -> Iterator[float]:
    """Yield growing pauses in seconds, that add up to `for_seconds`.

    >>> list(pauses(60))
    [5.0, 10.0, 20.0, 25.0]
    """
    pause, left = FIRST_PAUSE, for_seconds
    while left > 0:
        yield min(pause, left)
        left -= pause
        pause = min(2 * pause, LONGEST_PAUSE)


def submit(
    script: Path,
    *,
    options: Sequence[str] = (),
    for_seconds: float = 0.0,
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], object] = time.sleep,
) -> str:
    """Hand in a script and return the number of its job.

    A refusal that may pass is tried again for a while, with growing pauses; what stays refused raises `Refused`
    with the scheduler's words, once.
    """
    waiting, attempts = pauses(for_seconds), 0
    while True:
        attempts += 1
        done = call(["sbatch", "--parsable", *options, str(script)])
        if done.returncode == 0:
            return done.stdout.strip().splitlines()[-1].partition(";")[0]
        words = words_of(done)
        pause = None if FOR_GOOD.search(words) else next(waiting, None)
        if pause is None:
            raise refusal("sbatch", words, attempts)
        tell(
            f"sbatch: {words}; trying again in {pause:.0f} s"
            if attempts == 1
            else f"trying again in {pause:.0f} s"
        )
        sleep(pause)


def refusal(command: str, words: str, attempts: int = 1) -> Refused:
    """Return the error about a job that was not taken."""
    tries = f" ({attempts} attempts)" if attempts > 1 else ""
    right = (
        "what is done so far is kept; run `labsim sweep resume` later"
        if attempts > 1
        else "correct the profile"
    )
    return Refused(Problem(f"{command} did not take the job{tries}: {words}", right))


def check(script: Path) -> None:
    """Let Slurm check a script without handing it in; raise `Refused` with its words if it would not take it."""
    done = call(["sbatch", "--test-only", str(script)])
    words = words_of(done)
    if done.returncode and FOR_GOOD.search(words):
        raise refusal("sbatch", words)


def states(jobs: Iterable[str]) -> dict[str, Seen] | None:
    """Return what Slurm says of jobs, each task of an array for itself; None where there is no `squeue` to ask.

    Jobs that Slurm has forgotten are left out; `sacct`, where it works, remembers them, and adds their memory.
    """
    numbers = sorted(set(jobs), key=lambda job: (len(job), job))
    if shutil.which("squeue") is None:
        return None
    found: dict[str, Seen] = {}
    for first in range(0, len(numbers), FEWEST_IDS):
        some = ",".join(numbers[first : first + FEWEST_IDS])
        found |= _accounted(some)
        listed = call(["squeue", "--states=all", "-h", "-r", "-o", "%i|%T|%r|%N", "-j", some])
        for line in listed.stdout.splitlines() if listed.returncode == 0 else ():
            job, state, reason, node = (line.strip().split("|") + [""] * 3)[:4]
            before = found.get(job, Seen(state))
            found[job] = Seen(state, "" if reason == "None" else reason, node or before.node, before.memory)
    return found


def _accounted(jobs: str) -> dict[str, Seen]:
    """Return what the accounting says of jobs; nothing where there is none."""
    if shutil.which("sacct") is None:
        return {}
    done = call(["sacct", "-n", "-P", "-o", "JobID,State,NodeList,MaxRSS", "-j", jobs])
    if done.returncode:
        return {}
    found: dict[str, Seen] = {}
    for line in done.stdout.splitlines():
        step, state, node, memory = (line.split("|") + [""] * 3)[:4]
        job, _, within = step.partition(".")
        if "[" in job:  # tasks that have not begun, in one line
            continue
        if not within:
            found[job] = Seen(state.partition(" ")[0], "", "" if node == "None assigned" else node)
        elif job in found and memory:
            found[job] = found[job]._replace(memory=memory)
    return found


def cancel(jobs: Iterable[str], command: str = "scancel") -> str:
    """Cancel jobs; return what the batch system had to say against it, "" if nothing."""
    numbers = list(jobs)
    said = []
    for first in range(0, len(numbers), FEWEST_IDS):
        done = call([command, *numbers[first : first + FEWEST_IDS]])
        said += [words_of(done)] if done.returncode else []
    return "; ".join(said)


def largest_array(default: int = 1001) -> int:
    """Return MaxArraySize: numbers of tasks lie below it."""
    done = call(["scontrol", "show", "config"]) if shutil.which("scontrol") else None
    found = re.search(r"MaxArraySize\s*=\s*(\d+)", done.stdout) if done else None
    return int(found[1]) if found else default


def call(command: Sequence[str], env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of the batch system; raise `Refused` where it is not installed."""
    try:
        return subprocess.run(  # noqa: S603 - a list of arguments; no shell reads them
            list(command), capture_output=True, text=True, check=False, timeout=PATIENCE, env=env
        )
    except FileNotFoundError:
        wrong = f"there is no command '{command[0]}' on this machine"
        raise Refused(Problem(wrong, "go to a login node of the cluster, or take another profile")) from None
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(list(command), 124, "", f"no answer in {PATIENCE:.0f} s")


def words_of(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a command complained about, in one line."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return "; ".join(line.removeprefix("sbatch: ").removeprefix("error: ") for line in lines[:4]) or (
        f"exit code {done.returncode}"
    )
