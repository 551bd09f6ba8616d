"""A function with known indices through the whole machinery: planned, run, collected, analysed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from SALib.analyze import sobol

from labsim.config.sweeps import load_sweep
from labsim.report.sweep import write_sweep
from labsim.sweep.analyse import analyse
from labsim.sweep.collect import collect
from labsim.sweep.plan import make_plan, read_plan
from labsim.sweep.run import run

from .names import ROOT
from .test_sweep_sensitivity import FIRST, NAMES, PROBLEM, TOTAL, ishigami

FILE = ROOT / "tests" / "unit" / "sweeps" / "ishigami.yaml"
POINTS = 256


def test_ishigami_through_the_whole_machinery_agrees_with_salib_and_with_theory(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8").replace("points: 64", f"points: {POINTS}")
    text = text.replace("../sweep_functions.py", str(FILE.parents[1] / "sweep_functions.py"))
    (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
    folder = tmp_path / "run"
    make_plan(load_sweep(tmp_path / "sweep.yaml"), folder, pilot=0)
    assert run(folder, engine="in_process").exit_code == 0
    assert collect(folder).runs == POINTS * 8
    found = analyse(folder)

    points = read_plan(folder).points[list(NAMES)].to_numpy(np.float64)
    direct = sobol.analyze(PROBLEM, ishigami(points), num_resamples=500, seed=1)
    table = found.tables["indices"].set_index(["order", "factor"])
    for i, name in enumerate(NAMES):
        for order, key, theory in (("first", "S1", FIRST), ("total", "ST", TOTAL)):
            row = table.loc[(order, name)]
            assert row["value"] == pytest.approx(direct[key][i], abs=1e-9)
            assert row["high"] - row["value"] == pytest.approx(direct[f"{key}_conf"][i], abs=1e-9)
            assert row["low"] <= theory[name] <= row["high"]
    pairs = found.tables["interactions"].set_index(["factor", "other"])
    assert pairs.loc[("x1", "x3"), "low"] <= TOTAL["x3"] <= pairs.loc[("x1", "x3"), "high"]
    text = write_sweep(folder).read_text(encoding="utf-8")
    assert "Function of Ishigami and Homma" in text
    assert "a function of the factors" in text
