"""Write the verdicts of finished trials into experiments/trials/README.md.

    labsim trial experiments/trials/*.yaml --out results/trials
    python tools/trial_verdicts.py results/trials

The table between the two marks of the README is replaced; everything else stays. Needs nothing but pandas.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "experiments" / "trials" / "README.md"
BEGIN, END = "<!-- verdicts: written by tools/trial_verdicts.py -->", "<!-- end of verdicts -->"
HEAD = (
    "| trial | no. | finding | months | published (band) | how sure | model (95 % interval) | verdict |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)
SURE = {"MEMORY": "from memory, unverified", "SIGN": "sign only seen"}


def number(value: float | None) -> str:
    """Return a number as the README writes it."""
    if value is None or pd.isna(value):
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}".replace("-", "−")


def published(row: dict[str, Any]) -> str:
    """Return value and band of a finding with its unit."""
    low, high = (None if pd.isna(row[name]) else row[name] for name in ("low", "high"))
    band = f"above {number(low)}" if high is None else f"below {number(high)}" if low is None else ""
    band = band or f"{number(low)} to {number(high)}"
    if low is None and high is None:
        band = "no band"
    value = "" if pd.isna(row["published"]) else f"{number(row['published'])} "
    return f"{value}({band}) {row['unit']}"


def lines(folder: Path) -> list[str]:
    """Return the rows of one trial."""
    about = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
    table = pd.read_parquet(folder / "verdicts.parquet")
    out = []
    for i, record in enumerate(table.to_dict("records"), start=1):
        row = {str(name): value for name, value in record.items()}
        asked = about["against"][i - 1]
        where = [str(row["treatment"]).replace("_", " "), asked["market"], asked["duration"]]
        where += [f"{100 * asked['share']:.0f} % treated"] if asked["share"] is not None else []
        told = ", ".join(part for part in where if part)
        model = f"{number(row['model'])} ({number(row['model_low'])} to {number(row['model_high'])})"
        cells = [f"`{about['name']}`", str(i), f"{row['finding'].replace('_', ' ')}: {told}".rstrip(": "),
                 str(row["months"]).replace("..", "–"), published(row), SURE.get(row["sure"], row["sure"]), model,
                 row["verdict"]]  # fmt: skip
        out.append(f"| {' | '.join(cells)} |")
    return out


def runs(folders: list[Path]) -> str:
    """Return the sentence on how the runs were made."""
    facts = [json.loads((folder / "trial.json").read_text(encoding="utf-8")) for folder in folders]
    said = [
        f"`{each['name']}` seeds 1 to {len(each['seeds'])}, scale {each['scale']:g}, labsim {each['version']},"
        f" {each['seconds_of_seeds']:.0f} s"
        for each in facts
    ]
    return "Runs: " + "; ".join(said) + "."


def main(where: Path) -> None:
    """Replace the table of the README by that of the trials found below a folder."""
    folders = sorted(path.parent for path in where.glob("*/trial.json"))
    if not folders:
        sys.exit(
            f"{where}: holds no finished trials; run labsim trial experiments/trials/*.yaml --out {where}"
        )
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    table = "\n".join([HEAD, *(line for folder in folders for line in lines(folder))])
    README.write_text(f"{before}{BEGIN}\n\n{runs(folders)}\n\n{table}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/trial_verdicts.py FOLDER")
    main(Path(sys.argv[1]))
