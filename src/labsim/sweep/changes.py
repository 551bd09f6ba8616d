"""What has changed since a sweep was planned: its file, its scenarios, the code, the libraries."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labsim.config.runners import RunnerError
from labsim.config.sweeps import Sweep
from labsim.experiment.store import OutputError
from labsim.sweep.keys import RECORDING, Keys
from labsim.sweep.plan import Plan
from labsim.sweep.plan_facts import SWEEP_FILE, planned_file, text_digest

SHOWN_LINES = 60
"""Lines of a difference that are shown."""

TOLD = {
    "schema": "what a key is made of has changed with labsim's version",
    "code": "the source code of the model has changed",
    "recording": f"the code that records runs ({RECORDING}) has changed",
    "plugins": "an instrument that does not come with labsim has changed",
    "runner": "the file of the runner has changed",
    "recorded": "other outcomes are recorded",
    "record": "runs keep other months",
}


@dataclass(frozen=True)
class Changes:
    """How a sweep differs from what was planned in a folder.

    difference : unified diff of the file, "" if it is as it was planned
    reasons    : why runs made now have other keys, a sentence each; () if they have the same
    """

    difference: str
    reasons: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether nothing has changed."""
        return not self.difference and not self.reasons


def changes(plan: Plan, sweep: Sweep) -> Changes:
    """Return how a sweep, as it is now, differs from the one that was planned."""
    reasons = list(_otherwise(plan, Keys(sweep)))
    reasons += scenario_changes(plan, sweep)
    return Changes(difference(plan, sweep), tuple(reasons))


def stale(plan: Plan) -> list[str]:
    """Return why runs made now would not be the ones that were planned: [] if they are, else a sentence each."""
    try:
        return list(_otherwise(plan, Keys(plan.sweep())))
    except RunnerError as error:
        return [f"the runner {error.wrong}"]


def refuse_stale(plan: Plan) -> None:
    """Raise OutputError if runs made now would not be the ones that were planned."""
    why = stale(plan)
    if why:
        right = "use the code it was planned with, or plan anew into another folder (with the same --store, if any)"
        raise OutputError(plan.folder, f"was planned otherwise: {'; '.join(why)}", right)


def difference(plan: Plan, sweep: Sweep) -> str:
    """Return the unified diff from the file that was planned to the one given now; "" if they are the same."""
    return _difference(plan, sweep.text, SWEEP_FILE if sweep.file is None else sweep.file.name)


def _difference(plan: Plan, text: str, name: str) -> str:
    file = planned_file(plan.folder)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    lines = difflib.unified_diff(
        before.splitlines(), text.splitlines(), f"{name} (planned)", f"{name} (now)", lineterm="", n=2
    )
    return "\n".join(lines)


def _shown(difference: str) -> str:
    """Return a difference as the end of a message, cut where it is too long; "" if there is none."""
    if not difference:
        return ""
    lines = difference.splitlines()
    more = [f"... and {len(lines) - SHOWN_LINES} more lines"] if len(lines) > SHOWN_LINES else []
    return ". The difference:\n" + "\n".join([*lines[:SHOWN_LINES], *more])


def refuse_edited(plan: Plan) -> None:
    """Raise OutputError if the sweep file in its folder was edited since it was planned: show how, offer a new one."""
    file = plan.folder / SWEEP_FILE
    if not file.is_file():
        return
    text = file.read_bytes().decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
    if text_digest(text) == plan.facts["file"]["digest"]:
        return
    wrong = "was edited after the sweep was planned, and a plan never changes"
    right = (
        f"plan it anew: labsim sweep plan {file} --out {free_folder(plan.folder)} --store {plan.store_folder} (runs"
        " that both have in common are not done again), or put the file back as it was"
    )
    raise OutputError(file, wrong, right + _shown(_difference(plan, text, SWEEP_FILE)))


def refuse_changed(plan: Plan, sweep: Sweep, done: int) -> None:
    """Raise OutputError if a sweep is no longer the one that was planned: say what changed, and offer a new folder.

    `done`: how many of the planned runs are in the store.
    """
    found = changes(plan, sweep)
    if found.none:
        return
    new = free_folder(plan.folder)
    file = "FILE" if sweep.file is None else str(sweep.file)
    wrong = "was planned with another text of this file" if found.difference else "was planned otherwise"
    kept = "runs that both have in common are not done again"
    if found.reasons:
        wrong += f": {'; '.join(found.reasons)}; its {done:,} finished runs would not count for a new plan"
        kept = "the finished runs stay there"
    right = f"nothing was changed; plan the new one beside it: labsim sweep plan {file} --out {new}"
    right += f" --store {plan.store_folder} ({kept})"
    raise OutputError(plan.folder, wrong, right + _shown(found.difference))


def scenario_changes(plan: Plan, sweep: Sweep) -> Iterator[str]:
    """Yield a sentence for each scenario that says something else than when the sweep was planned."""
    keys, then = Keys(sweep), plan.facts["contents"]
    for name, scenario in sweep.scenarios.items():
        if name in then and then[name] != keys.content(scenario):
            yield f"scenario '{name}' (or its place, regimes or transitions) says something else"


def free_folder(folder: Path) -> Path:
    """Return a folder beside this one that is not there yet.

    >>> free_folder(Path("/nowhere/atlas")).name
    'atlas-2'
    """
    number = 2
    while (found := folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    return found


def _otherwise(plan: Plan, keys: Keys) -> Iterator[str]:
    then, now = plan.facts["keys"], keys.shared()
    for key, text in TOLD.items():
        if then.get(key) != now.get(key):
            yield text
    for name, version in now["versions"].items():
        if then["versions"].get(name) != version:
            yield f"{name} is {version} now, and was {then['versions'].get(name)}"
