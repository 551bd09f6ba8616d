"""What `run` and `compare` say at the end: the main figures, and where everything lies."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from labsim.cli.application import put
from labsim.cli.findings import findings_facts, print_findings
from labsim.cli.record import print_record, record_facts
from labsim.cli.terminal import number, print_table, signed


def print_run(folder: Path, report: Path | None) -> None:
    """Print the main indicators in the first and the last complete year, and where everything lies."""
    from labsim.experiment.headline import read_first_and_last
    from labsim.experiment.store import RUN_FILE, read_json

    facts = read_json(folder / RUN_FILE) or {}
    table = read_first_and_last(folder)
    if not table.empty:
        rows = [
            [", ".join(_words(facts, name)), *(number(value) for value in values)]
            for name, *values in table.itertuples(index=False)
        ]
        title = f"{facts['label']['en']}, {facts['place_label']['en']}, annual means{_at(facts)}"
        print_table(title, ["indicator and unit", *(f">{year}" for year in table.columns[1:])], rows)
    _print_places(folder, report)


def print_experiment(folder: Path, baseline: str, report: Path | None) -> None:
    """Print the headline differences of every scenario, and where everything lies."""
    facts = _experiment(folder)
    names = {each["name"]: each["label"]["en"] for each in facts["scenarios"]}
    found = _headline(folder, baseline)
    for scenario, rows in found.groupby("scenario", sort=False):
        cells = [
            [
                ", ".join(_words(facts["runs"][str(scenario)], row["indicator"])),
                number(row["value_baseline"]),
                number(row["value"]),
                signed(row["mean"]),
                "-" if math.isnan(row["low"]) else f"{signed(row['low'])} to {signed(row['high'])}",
            ]
            for row in rows.to_dict(orient="records")
        ]
        year, pairs = rows["year"].iloc[0], rows["pairs"].max()
        title = f"{names[str(scenario)]} against {names[baseline]}"
        title += f" (means of {year}, whole place, {pairs} pairs of runs{_at(facts)})"
        columns = ["indicator and unit", ">baseline", ">scenario", ">difference", ">95 % interval"]
        print_table(title, columns, cells)
        put("")
    print_findings(folder, facts)
    print_record(folder, facts)
    _print_places(folder, report)


def run_facts(folder: Path, report: Path | None) -> dict[str, Any]:
    """Return what a script may want to know of a run that is done."""
    from labsim.experiment.store import RUN_FILE, read_json

    facts = read_json(folder / RUN_FILE) or {}
    wanted = ("scenario", "seed", "scale", "persons", "seconds", "key", "digest")
    return {"folder": str(folder), "report": _text(report)} | {name: facts[name] for name in wanted}


def experiment_facts(
    folder: Path, baseline: str, report: Path | None, failures: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what a script may want to know of an experiment that is done: paired differences among it."""
    facts = _experiment(folder)
    runs = facts["runs"]
    rows = []
    for row in _headline(folder, baseline).to_dict(orient="records"):
        values = {str(name): _json(value) for name, value in row.items()}
        rows.append(values | {"unit": _words(runs[row["scenario"]], row["indicator"])[1]})
    found = {"folder": str(folder), "report": _text(report), "failures": failures, "headline": rows}
    return found | findings_facts(folder, facts) | {"record": record_facts(folder, facts)}


def _experiment(folder: Path) -> dict[str, Any]:
    from labsim.experiment.store import EXPERIMENT_FILE, read_json

    return read_json(folder / EXPERIMENT_FILE) or {}


def _headline(folder: Path, baseline: str) -> Any:
    from labsim.experiment.headline import read_headline

    return read_headline(folder, baseline)


def _words(facts: dict[str, Any], indicator: str) -> tuple[str, str]:
    """Return label and unit of an indicator."""
    known = facts["indicators"].get(indicator)
    return (indicator, "") if known is None else (known["label"], known["unit"])


def _json(value: Any) -> Any:
    """Return a cell as JSON knows it: what is undefined becomes null."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _at(facts: dict[str, Any]) -> str:
    """Return what a reader of counts must know if not everybody is simulated."""
    return "" if facts["scale"] == 1 else f", scale {facts['scale']:g}: counts are of agents"


def _print_places(folder: Path, report: Path | None) -> None:
    put(f"results: {folder}")
    if report is not None:
        put(f"report:  {report}")
