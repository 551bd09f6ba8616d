"""The shipped trials at full size: every verdict is the one that experiments/trials/README.md records.

A verdict that changes is to be looked at and then recorded anew (tools/trial_verdicts.py), not bent.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import pytest

from labsim.experiment.trials.campaign import run_trial

FOLDER = Path(__file__).resolve().parents[2] / "experiments" / "trials"
FILES = sorted(FOLDER.glob("*.yaml"))
ROW = re.compile(r"^\| `(\w+)` \| (\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)


def recorded(name: str) -> list[str]:
    """Return the verdicts that the README records for a trial, in the order of its file."""
    rows = ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8"))
    numbered = {int(number): verdict.strip() for trial, number, verdict in rows if trial == name}
    return [numbered[i] for i in sorted(numbered)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_verdicts_of_a_trial_are_those_on_record(file: Path, tmp_path: Path) -> None:
    folder = run_trial(file, tmp_path / "out", workers=min(os.cpu_count() or 1, 4))
    verdicts = pd.read_parquet(folder / "verdicts.parquet")
    told = verdicts[["finding", "model", "model_low", "model_high", "verdict"]].to_string()
    assert verdicts["verdict"].tolist() == recorded(file.stem), told
