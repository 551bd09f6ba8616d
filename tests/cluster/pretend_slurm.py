"""A pretend Slurm of files and processes, for machines without one: sbatch, squeue, scancel and scontrol in one script.

Called by the name of one of these commands. Jobs run one after the other, in the background, as the user who calls.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

STATE = Path(__file__).resolve().parent / "pretended"
PARTITION = "there"


def sbatch(words: list[str]) -> int:
    """Take a script, unless it asks for another partition than there is."""
    script = Path(words[-1]).read_text(encoding="utf-8")
    asked = re.search(r"^#SBATCH (?:--partition=|-p )(\S+)", script, re.MULTILINE)
    if asked and asked[1] != PARTITION:
        sys.stderr.write("sbatch: error: Batch job submission failed: Invalid partition name specified\n")
        return 1
    if "--test-only" in words:
        return 0
    STATE.mkdir(exist_ok=True)
    number = str(len(list(STATE.glob("*.sh"))) + 1)
    (STATE / f"{number}.sh").write_text(script, encoding="utf-8")
    array = re.search(r"^#SBATCH --array=0-(\d+)", script, re.MULTILINE)
    for name in [f"{number}_{task}" for task in range(int(array[1]) + 1)] if array else [number]:
        write(name, {"state": "PENDING"})
    subprocess.Popen(
        [sys.executable, __file__, "work", number], start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    sys.stdout.write(f"{number}\n" if "--parsable" in words else f"Submitted batch job {number}\n")
    return 0


def work(number: str) -> None:
    """Run the tasks of a job one after the other."""
    script = STATE / f"{number}.sh"
    output = re.search(r"^#SBATCH (?:--output=|-o )(\S+)", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert output is not None
    names = [f"{number}_{i}" for i in range(99) if task_file(f"{number}_{i}").exists()] or [number]
    for name in names:
        if read(name)["state"] != "PENDING":
            continue
        task = name.partition("_")[2]
        env = os.environ | {"SLURM_JOB_ID": name.replace("_", "0")}
        if task:
            env |= {"SLURM_ARRAY_JOB_ID": number, "SLURM_ARRAY_TASK_ID": task}
        log = output[1].replace("%A", number).replace("%a", task).replace("%j", number)
        with Path(log).open("ab") as opened:
            job = subprocess.Popen(
                ["bash", str(script)], env=env, stdout=opened, stderr=opened, start_new_session=True
            )
            write(name, {"state": "RUNNING", "pid": job.pid})
            code = job.wait()
        if read(name)["state"] == "RUNNING":
            write(name, {"state": "FAILED" if code else "COMPLETED"})


def squeue(words: list[str]) -> int:
    """Print number, state, reason and node of jobs and tasks."""
    wanted = words[words.index("-j") + 1].split(",")
    for file in sorted(STATE.glob("*.json")):
        if file.stem.partition("_")[0] in wanted:
            sys.stdout.write(f"{file.stem}|{read(file.stem)['state']}|None|pretended\n")
    return 0


def scancel(words: list[str]) -> int:
    """Cancel jobs, and end their processes."""
    for file in STATE.glob("*.json"):
        entry = read(file.stem)
        if file.stem.partition("_")[0] in words and entry["state"] in {"PENDING", "RUNNING"}:
            write(file.stem, {"state": "CANCELLED"})
            if "pid" in entry:
                os.killpg(entry["pid"], signal.SIGTERM)
    return 0


def scontrol(words: list[str]) -> int:
    """Print the one setting that is asked for."""
    sys.stdout.write("MaxArraySize            = 3\n" if words[0] == "show" else "")
    return 0


def task_file(name: str) -> Path:
    """Return the file of a job or task."""
    return STATE / f"{name}.json"


def read(name: str) -> dict[str, object]:
    """Return what is known of a job or task."""
    found: dict[str, object] = json.loads(task_file(name).read_text(encoding="utf-8"))
    return found


def write(name: str, entry: dict[str, object]) -> None:
    """Note what is known of a job or task."""
    aside = STATE / f"{name}.{os.getpid()}.{time.monotonic_ns()}"
    aside.write_text(json.dumps(entry), encoding="utf-8")
    aside.replace(task_file(name))


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(sys.argv[2])
    else:
        commands = {"sbatch": sbatch, "squeue": squeue, "scancel": scancel, "scontrol": scontrol}
        sys.exit(commands[sys.argv[1]](sys.argv[2:]))
