"""What a calibration leaves behind: tables in its results folder, and calibrated.yaml for the place."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from labsim import __version__
from labsim.calibration.fit import Fit
from labsim.config.calibrated import CALIBRATED_FILE
from labsim.config.calibrations import Calibration
from labsim.config.scorecards import Scorecard
from labsim.experiment import store
from labsim.experiment.provenance import commit

FIT_FILE = "calibration.json"
HEADER = """\
# Written by `labsim calibrate {place} --adopt`; do not edit by hand, calibrate again.
# Parameters that fit the calibrated targets of scorecard.yaml best, the skill shifts that give the municipalities'
# unemployment rates of the start, and an ensemble of parameter sets that fit about as well.
"""


def write_fit(folder: Path, asked: Calibration, card: Scorecard, found: Fit) -> Path:
    """Write the tables of a calibration (Parquet), its essence (JSON) and calibrated.yaml into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, pd.DataFrame] = {
        "trials": found.trials,
        "fit": found.fits,
        "profiles": found.profiles,
        "parameters": found.parameters,
        "levels": found.levels,
        "screening": found.screen.effects,
    }
    for name, table in tables.items():
        if not table.empty:
            store.replace_file(folder / f"{name}.parquet", partial(store.write_table, table=table))
    essence = _made(asked, found) | {
        "loss": found.loss,
        "limit": found.limit,
        "best": found.best,
        "skill_shift": found.shifts,
        "members": list(found.members),
        "emulator_error": dict(found.error),
        "alike": [list(pair) for pair in found.screen.alike],
        "weak": list(found.screen.weak),
        "scorecard": card.file.name,
    }
    store.write_json(folder / FIT_FILE, essence)
    _write_calibrated(folder / CALIBRATED_FILE, asked, found)
    return folder


def adopt(asked: Calibration, card: Scorecard, found: Fit) -> Path:
    """Write calibrated.yaml beside the place's other files; place.yaml must name it to be used."""
    return _write_calibrated(card.file.parent / CALIBRATED_FILE, asked, found)


def _made(asked: Calibration, found: Fit) -> dict[str, Any]:
    form = asked.form
    return {
        "version": __version__,
        "commit": commit(),
        "scenario": asked.scenario.scenario,
        "scale": form.scale,
        "seeds": ", ".join(map(str, form.seeds)),
        "evaluations": len(found.trials),
        "targets": len(found.fits),
        "inside": int(found.fits["inside"].sum()),
        "loss": round(found.loss, 4),
    }


def _write_calibrated(file: Path, asked: Calibration, found: Fit) -> Path:
    made = {
        name: value for name, value in _made(asked, found).items() if value is not None and name != "commit"
    }
    content = {
        "calibrated": asked.place,
        "made": made,
        "parameters": dict(found.best),
        "skill_shift": dict(found.shifts),
        "ensemble": [dict(member) for member in found.members],
    }
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it as None only

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8") as stream:
            stream.write(HEADER.format(place=asked.place))
            yaml.dump(content, stream)

    store.replace_file(file, write)
    return file
