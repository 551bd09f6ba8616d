"""The report: one file, complete in itself, that says what the tables say."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from labsim.report import ReportError, write_report
from labsim.report import write as writing

from .synthetic import write_experiment, write_run

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Parses a page, keeps its elements and visible text, and notes every tag that does not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.texts.append(data.replace("\N{NO-BREAK SPACE}", " "))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def having(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_experiment(tmp_path_factory.mktemp("experiment"), seeds=3)


@pytest.fixture(scope="module")
def html(experiment: Path) -> str:
    return write_report(experiment).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Page:
    folder = write_run(tmp_path_factory.mktemp("run"))
    return Page(write_report(folder).read_text(encoding="utf-8"))


def test_the_report_is_well_formed(page: Page, single: Page) -> None:
    for each in (page, single):
        assert each.wrong == []
        assert each.open == []


def test_there_is_exactly_one_plotly_js_in_the_file(html: str) -> None:
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", html, flags=re.DOTALL)
    assert len([script for script in scripts if len(script) > 1_000_000]) == 1
    assert html.count("* plotly.js v") == 1


def test_the_file_is_at_most_eight_megabytes(html: str) -> None:
    assert len(html.encode()) < 8_000_000


def test_the_browser_may_load_nothing_from_outside(page: Page) -> None:
    policy = next(meta["content"] for meta in page.having("meta") if "http-equiv" in meta)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    for _, attributes in page.elements:
        assert "src" not in attributes
        assert not str(attributes.get("href", "#")).startswith("http")


def test_no_figure_has_a_button_that_uploads_it(html: str) -> None:
    figures = html.count("Plotly.newPlot(")
    assert figures == html.count('"showSendToCloud": false') > 5
    assert '"showSendToCloud": true' not in html


def test_the_page_has_a_language_headings_in_order_and_figures_with_names(page: Page) -> None:
    assert page.having("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(other <= one + 1 for one, other in pairwise(levels))
    figures = [each for each in page.having("div") if each.get("class") == "figure"]
    assert figures
    assert all(each.get("role") == "group" and each.get("aria-label") for each in figures)


def test_ids_are_unique_and_links_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(link["href"])[1:] for link in page.having("a")} <= set(ids)


def test_every_figure_has_its_numbers_as_a_table(page: Page) -> None:
    figures = [each for each in page.having("div") if each.get("class") == "figure"]
    assert page.text.count("Numbers as a table") == len(figures) == 10


def test_the_report_answers_in_sentences_with_intervals(page: Page) -> None:
    assert re.search(
        r"After the transition \(2005–2010\), C \(Local activation\) compared with A \(Status quo ante\): "
        r"employment rate is \d\.\d\d \(\d\.\d\d to \d\.\d\d\) percentage points higher",
        page.text,
    )
    assert "All differences are means over 3 pairs of runs with the same seed, in Dortmund" in page.text


def test_the_report_says_where_it_comes_from_and_what_it_leaves_out(page: Page) -> None:
    for text in (
        "What would local activation have changed in Dortmund from 2003 on?",
        "2003-01: to Local activation over 24 months (linear, by person)",
        "1 to 3 (3 replicates)", "0123abc", "mesa 3.5.1, numba 0.68",
        "how fast search effort falls <with duration>", "What is not modelled",
        "Uncertainty about parameters.", "one simulated person stands for 10 people",
    ):  # fmt: skip
        assert text in page.text


def test_a_single_run_is_compared_with_nothing(single: Page) -> None:
    assert "Before, during and after" not in single.text
    assert "Difference to" not in single.text
    assert "compared with" not in single.text
    assert "a comparison over several seeds does" in single.text
    assert "Time out of work, by group" in single.text
    assert re.search(r"deviates on average by, in percentage points: −\d\.\d \(root mean", single.text)


def test_equal_results_give_equal_bytes(experiment: Path, html: str, tmp_path: Path) -> None:
    again = write_report(experiment, tmp_path / "again.html")
    assert again.read_text(encoding="utf-8") == html


def test_the_report_lies_in_the_folder_and_nothing_else_is_left_there(experiment: Path, html: str) -> None:
    names = sorted(path.name for path in experiment.iterdir())
    assert names == [
        "durations.parquet", "experiment.json", "flows.parquet", "indicators.parquet", "report.html",
    ]  # fmt: skip
    assert html.startswith("<!DOCTYPE html>")


def test_a_report_that_fails_half_way_leaves_the_old_one(
    experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "report.html"
    old.write_text("old")

    def full_disk(self: Path, *_: object, **__: object) -> int:
        with self.open("w") as file:
            file.write("half")
        raise OSError("no space left on device")

    monkeypatch.setattr(writing, "render", lambda _: "new")
    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_report(experiment, old)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.html", "old")]


def test_names_from_files_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    folder = write_run(tmp_path)
    about = json.loads((folder / "run.json").read_text())
    about["label"] = {"en": "</script><script>alert(1)</script>"}
    about["indicators"]["employment_rate"]["label"] = "<img src=x onerror=alert(1)>"
    (folder / "run.json").write_text(json.dumps(about))
    parsed = Page(write_report(folder).read_text(encoding="utf-8"))
    assert parsed.wrong == []
    assert parsed.having("img") == []
    assert "</script><script>alert(1)</script>" in parsed.text


def test_a_figure_without_data_is_named_not_drawn_empty(tmp_path: Path) -> None:
    folder = write_run(tmp_path)
    table = pd.read_parquet(folder / "indicators.parquet")
    table[table["indicator"] != "vacancy_rate"].to_parquet(folder / "indicators.parquet")
    parsed = Page(write_report(folder).read_text(encoding="utf-8"))
    assert "Not shown, because the results lack the data" in parsed.text
    assert "Unemployment and vacancies: no values of vacancy_rate for municipality 'Dortmund'" in parsed.text


def test_results_without_any_outcome_give_no_report(tmp_path: Path) -> None:
    folder = write_experiment(tmp_path, seeds=1)
    table = pd.read_parquet(folder / "indicators.parquet")
    table[table["group"] == "nobody"].to_parquet(folder / "indicators.parquet")
    with pytest.raises(ReportError, match="none of the indicators"):
        write_report(folder)
    table.assign(group="youth").to_parquet(folder / "indicators.parquet")
    with pytest.raises(ReportError, match="none of the outcomes"):
        write_report(folder)
    assert not (folder / "report.html").exists()
