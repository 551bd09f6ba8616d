"""Files to take along: a scenario that `labsim run` accepts, the shown table, a report, the protocol as a page.

Everything is made in memory or in a temporary folder and sent to the browser; no text of the room becomes a path.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from labsim import __version__
from labsim.app import levers
from labsim.app.levers import STORIES, Choices, Setting, scenario_of
from labsim.app.pages.protocol import results_rows
from labsim.app.protocol import settings_of
from labsim.app.values import assumptions
from labsim.app.words import word
from labsim.policy.regime import Regime
from labsim.scenario import Scenario

MARK = "# labsim-workshop:"
"""Begins the line of a scenario file that holds its setting, so that the workshop can read it again."""

REPORT_PAIRS = 20
"""Pairs of a report: all tables of each run are written, so it has fewer than the comparison."""

REPORT_SECONDS = 300.0
OWN = "_workshop"
"""Ends the name of a regime whose values the room has changed."""


class ExportFailed(RuntimeError):  # noqa: N818 - it says what happened
    """A file could not be made; the message says why."""


def scenario_files(setting: Setting, letter: str, query: str, own: str = OWN) -> dict[str, str]:
    """Return the files of one scenario by name: scenario.yaml, and a regime for each that the levers changed."""
    scenario, base = scenario_of(setting), levers.story(setting.story)
    renamed = {name: name + own for name, regime in scenario.regimes.items() if regime != base.regimes[name]}
    files = {
        f"regimes/{new}.yaml": _yaml(_regime(scenario.regimes[old], base.regimes[old], new))
        for old, new in renamed.items()
    }
    files["scenario.yaml"] = f"{MARK} {__version__} {query}\n" + _yaml(
        _scenario(scenario, setting, letter, renamed)
    )
    return files


def _scenario(
    scenario: Scenario, setting: Setting, letter: str, renamed: Mapping[str, str]
) -> dict[str, Any]:
    moved = assumptions(setting, "en")
    english, german = (word(f"story_{setting.story}", language) for language in ("en", "de"))
    return {
        "scenario": f"workshop_{letter}",
        "label": {"en": english, "de": german},
        "question": "; ".join(moved) if moved else f"As in the story: {english}",
        "based_on": STORIES[setting.story].scenario,
        "start": scenario.start, "end": scenario.end, "burn_in": scenario.burn_in, "scale": scenario.scale,
        "transitions": [
            each.model_dump(mode="json", exclude_defaults=True)
            | {"before": renamed.get(each.before, each.before), "after": renamed.get(each.after, each.after),
               "source": "set in a workshop"}
            for each in scenario.timeline.transitions
        ],
    }  # fmt: skip


def _regime(regime: Regime, base: Regime, name: str) -> dict[str, Any]:
    """Return a regime as a file that says only what differs from the one it is based on."""
    told: dict[str, Any] = {
        "regime": name,
        "label": {"en": f"{base.label.en} (workshop)", "de": f"{base.label.de or base.label.en} (Werkstatt)"},
        "source": f"{base.regime}, with levers set in a workshop",
        "based_on": base.regime,
    }
    if regime.conditionality != base.conditionality:
        told["conditionality"] = {"sanction_rate": regime.conditionality.sanction_rate}
    if regime.local_policy != base.local_policy:
        told["local_policy"] = {"cushioning": regime.local_policy.cushioning}
    budgets = {
        key: {"budget": each.budget}
        for key, each in regime.instruments.items()
        if each.budget != base.instruments[key].budget
    }
    return told | ({"instruments": budgets} if budgets else {})


def _yaml(content: Mapping[str, Any]) -> str:
    writer: Any = YAML(typ="safe", pure=True)
    out = io.StringIO()
    writer.default_flow_style, writer.allow_unicode = False, True
    writer.sort_base_mapping_type_on_output = False
    writer.dump(dict(content), out)
    return out.getvalue()


def zipped(choices: Choices) -> bytes:
    """Return scenario B as a ZIP: unpacked, `labsim run scenario.yaml` simulates it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(scenario_files(choices.b, "b", levers.to_query(choices)).items()):
            archive.writestr(zipfile.ZipInfo(f"workshop_b/{name}", (2003, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def csv(numbers: pd.DataFrame, language: str) -> bytes:
    """Return a table as CSV that a spreadsheet in that language opens: in German ";" and a decimal comma."""
    german = language == "de"
    named = numbers.assign(month=numbers["month"].dt.strftime("%Y-%m"))
    text = named.to_csv(
        index=False, sep=";" if german else ",", decimal="," if german else ".", float_format="%.4f"
    )
    return text.encode("utf-8-sig")


def write_experiment(folder: Path, choices: Choices) -> Path:
    """Write A and B as the scenarios of an experiment below a folder, and return its file."""
    settings: dict[str, Setting] = {"a": choices.a, "b": choices.b}
    files: dict[str, str] = {}
    for letter, setting in settings.items():
        made = scenario_files(setting, letter, levers.to_query(choices), f"{OWN}_{letter}")
        files |= {f"scenarios/workshop_{letter}.yaml": made.pop("scenario.yaml")} | made
    files["experiment.yaml"] = _yaml({
        "experiment": "workshop",
        "label": {language: _title(settings, language) for language in ("en", "de")},
        "scenarios": ["workshop_a", "workshop_b"],
        "baseline": "workshop_a",
        "seeds": REPORT_PAIRS,
    })  # fmt: skip
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "experiment.yaml"


def _title(settings: Mapping[str, Setting], language: str) -> str:
    """Return what is compared: the stories, and whether levers were moved."""
    told = {
        letter: word(f"story_{setting.story}", language)
        + (word("report_moved", language) if assumptions(setting, language) else "")
        for letter, setting in settings.items()
    }
    return word("report_title", language, **told)


def report(choices: Choices) -> bytes:
    """Return labsim's report of A and B over the first seeds, made by the command line from the exported files."""
    with tempfile.TemporaryDirectory(prefix="labsim-report-") as name:
        folder = Path(name)
        file, out, made = write_experiment(folder, choices), folder / "results", folder / "report.html"
        orders = (
            ("compare", str(file), "--workers", "2", "--out", str(out), "--quiet", "--no-report"),
            ("report", str(out), "--lang", choices.language, "--out", str(made)),
        )
        for order in orders:
            try:
                done = subprocess.run(  # noqa: S603 - labsim itself, with files that were written above
                    [sys.executable, "-m", "labsim", *order],
                    capture_output=True, text=True, timeout=REPORT_SECONDS, check=False, cwd=folder,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise ExportFailed(f"> {REPORT_SECONDS:.0f} s") from None
            if done.returncode:
                raise ExportFailed(
                    (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1][:300]
                )
        return made.read_bytes()


def page(protocol: Mapping[str, Any], language: str) -> str:
    """Return a protocol as a page that anybody can read and print; every text in it is escaped."""
    parts = [
        f"<h1>{escape(word('protocol_title', language))}</h1>",
        f"<p>{escape(word('made_by', language, version=__version__))}</p>",
    ]
    if protocol["group"]:
        parts.append(f"<p>{escape(word('group_name', language))}: {escape(protocol['group'])}</p>")
    if protocol["notes"]:
        parts += [f"<h2>{escape(word('notes_of_all', language))}</h2>", _lines(protocol["notes"])]
    votes = sum(pin["votes"] for pin in protocol["pins"])
    for pin in protocol["pins"]:
        parts += _pin(pin, votes, language)
    style = (
        "body{font:16px/1.45 system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em;color:#222}"
        "table{border-collapse:collapse}th,td{border-bottom:1px solid #ccc;padding:3px 12px 3px 0;text-align:left}"
        "h2{margin-top:1.6em}code{overflow-wrap:anywhere}"
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(word('protocol_title', language))}</title>"
        f"<style>{style}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def _pin(pin: Mapping[str, Any], votes: int, language: str) -> list[str]:
    a, b = settings_of(pin)
    moved, other = assumptions(b, language), assumptions(a, language)
    story = word(f"story_{b.story}", language)
    parts = [
        f"<h2>{escape(pin['name'] or str(pin['number']))}</h2>",
        f"<p>{escape(word('assumptions_of' if moved else 'as_in_story', language, story=story))}</p>",
    ]
    if moved:
        parts.append("<ul>" + "".join(f"<li>{escape(each)}</li>" for each in moved) + "</ul>")
    against = word("against_moved" if other else "against", language,
                   name=word(f"story_{a.story}", language), moved="; ".join(other))  # fmt: skip
    parts.append(f"<p>{escape(against)}</p>")
    heads = [word(each, language) for each in ("measure", "guess", "result", "size", "share_of")]
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for cells in results_rows(pin, language)
    )
    parts.append(
        f"<table><caption>{escape(word('result_title', language, pairs=pin['pairs']))}</caption><tr>"
        + "".join(f"<th scope='col'>{escape(each)}</th>" for each in heads)
        + f"</tr>{rows}</table>"
    )
    if votes:
        parts.append(f"<p>{escape(word('votes_share', language, votes=pin['votes'], all=votes))}</p>")
    if pin["note"]:
        parts.append(_lines(pin["note"]))
    parts.append(f"<p><code>?{escape(pin['query'])}</code></p>")
    return parts


def _lines(text: str) -> str:
    return "<p>" + "<br>".join(escape(line) for line in text.splitlines()) + "</p>"
