"""The report in German: the whole page, its tables and figures, and the same numbers as in English."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.unit.synthetic import write_experiment
from typer.testing import CliRunner

from labsim.cli import app
from labsim.figures.speech import ENGLISH, Speech
from labsim.report import limits, write_report
from labsim.report.answers import stated

ENGLISH_WORDS = re.compile(
    r"\b(the|of|and|with|without|is|are|than|from|month|months|mean|each|pair|pairs|run|runs|seeds|difference|who|pays|"
    r"baseline|before|during|after|same|value|values|unit|source|compared|higher|lower)\b",
    re.IGNORECASE,
)
OWN = ("Status quo ante", "Demand and support", "Local activation")
"""Names in the results that have no German."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_experiment(tmp_path_factory.mktemp("experiment"), seeds=3)
    about = json.loads((folder / "experiment.json").read_text(encoding="utf-8"))
    about["question"] = ""
    for run in about["runs"].values():
        for number, entry in enumerate(run["indicators"].values()):
            entry["label_de"] = f"Größe {number}"
        run.pop("notices", None)
    (folder / "experiment.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pages(results: Path) -> dict[str, str]:
    written = {
        language: write_report(results, results / f"{language}.html", language) for language in ("en", "de")
    }
    return {language: path.read_text(encoding="utf-8") for language, path in written.items()}


def spoken(html: str) -> list[str]:
    """Every text that a reader sees or hears, but for what is marked as another language."""
    html = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    html = re.sub(r'<tbody lang="en">.*?</tbody>', "", html, flags=re.DOTALL)
    return [*re.findall(r'aria-label="([^"]*)"', html), *filter(str.strip, re.split(r"<[^>]+>", html))]


def without_names(text: str) -> str:
    for name in OWN:
        text = text.replace(name, "")
    return text


def test_a_german_report_has_no_english_word(pages: dict[str, str]) -> None:
    assert '<html lang="de">' in pages["de"]
    found = [text for text in spoken(pages["de"]) if ENGLISH_WORDS.search(without_names(text))]
    assert found == []
    assert len([text for text in spoken(pages["en"]) if ENGLISH_WORDS.search(text)]) > 50


def test_both_languages_have_the_same_sections_figures_and_rows(pages: dict[str, str]) -> None:
    for mark in ("<h2 ", "<h3 ", "<tr>", "Plotly.newPlot(", "<details>"):
        assert pages["de"].count(mark) == pages["en"].count(mark) > 0, mark
    assert pages["de"].count("plotly.js v") == 1


def test_numbers_of_a_german_report_are_those_of_the_english_one_with_other_signs(
    pages: dict[str, str],
) -> None:
    def numbers(html: str) -> list[str]:
        html = re.sub(
            r"<h2 id=.annahmen.*|<h2 id=.assumptions.*", "", html, flags=re.DOTALL
        )  # as in the files
        cells = re.findall(r'<td class="number">([^<]*)</td>', html)
        return [cell for cell in cells if re.fullmatch(r"[+−]?[\d.,]+", cell)]

    swapped = [cell.translate(str.maketrans(",.", ".,")) for cell in numbers(pages["de"])]
    assert swapped == numbers(pages["en"])
    assert any("," in cell for cell in numbers(pages["de"]))


def test_figures_of_a_german_report_have_german_months_and_signs(pages: dict[str, str]) -> None:
    figures = pages["de"].count("Plotly.newPlot(")
    assert pages["de"].count('"locale": "de"') == figures
    assert pages["de"].count('"separators":",."') == figures


def test_what_is_not_modelled_is_said_item_by_item_in_both_languages() -> None:
    assert len(limits.NOT_MODELLED) == len(limits.NOT_MODELLED_DE)
    run = {
        "config": {
            "place": {"municipalities": [{"name": "X", "synthetic": True}, {"name": "Y", "outside": True}]}
        }
    }
    assert len(limits.of_the_place(run, Speech("de"))) == len(limits.of_the_place(run, ENGLISH)) == 2
    assert not [note for note in limits.of_the_place(run, Speech("de")) if ENGLISH_WORDS.search(note)]


def test_every_statement_of_an_expectation_has_german_words() -> None:
    german = [stated(each, 0.1, Speech("de")) for each in (
        "rises", "falls", "no_change", {"at_least": 1.5}, {"at_most": -1}, {"between": [-1, 2]},
    )]  # fmt: skip
    assert german == [
        "steigt", "sinkt", "keine Änderung (bis auf 0,1)", "mindestens +1,5", "höchstens −1", "zwischen −1 und +2",
    ]  # fmt: skip


def test_the_command_line_writes_a_german_report_where_it_is_told_to(results: Path, tmp_path: Path) -> None:
    target = tmp_path / "bericht.html"
    result = CliRunner().invoke(app, ["report", str(results), "--lang", "de", "--out", str(target)])
    assert result.exit_code == 0
    assert '<html lang="de">' in target.read_text(encoding="utf-8")
