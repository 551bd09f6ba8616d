"""Sections of a report on money, institutions and the record: they say what the tables say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from labsim.analysis.trace import trace
from labsim.cli import app
from labsim.experiment import store
from labsim.report import write_report
from labsim.report.record import TRACE_FILE, sentence

from .synthetic import EFFECTS, run, write_experiment, write_run
from .synthetic_policy import MORE_INDICATORS, policy_tables
from .test_report_write import Page

RECORD: list[dict[str, Any]] = [
    {
        "what": {"en": "Entries, 2005"}, "scenario": "demand_and_support", "indicators": ["entries"],
        "period": "2005", "relative_to": "2002", "published": 50.0, "unit": "% of 2002", "sure": "DERIVED",
        "source": "somebody <2006>", "note": "Counted by somebody else.",
    },
    {
        "what": {"en": "Nearness, 2005"}, "scenario": "demand_and_support", "indicators": ["creaming"],
        "period": "2005", "published": 0.6, "unit": "log points", "sure": "SEEN-2nd", "source": "press",
        "input": True,
    },
    {
        "what": {"en": "Never simulated"}, "scenario": "nobody", "indicators": ["creaming"], "period": "2005",
        "published": 1.0, "unit": "log points", "sure": "SEEN", "source": "somebody 2007",
    },
]  # fmt: skip


def write_policy(folder: Path, seeds: int = 3, record: list[dict[str, Any]] | None = None) -> Path:
    """Write an experiment with accounts, institutions and a record."""
    write_experiment(folder, seeds=seeds)
    for name, table in policy_tables(seeds=seeds, months=120).items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    about = json.loads((folder / "experiment.json").read_text())
    about["record"] = RECORD if record is None else record
    for each in about["runs"].values():
        each["indicators"] = MORE_INDICATORS
    (folder / "experiment.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def headings(page: Page, html: str) -> list[str]:
    return re.findall(r"<h2 [^>]*>([^<]+)</h2>", html)


def test_the_sections_stand_in_their_order_and_the_page_is_well_formed(page: Page, html: str) -> None:
    found = headings(page, html)
    wanted = [
        "Figures", "Who pays", "Providers, local actors, and whom measures reach", "Against the record",
        "How this was made",
    ]  # fmt: skip
    assert [name for name in found if name in wanted] == wanted
    assert page.wrong == []
    assert page.open == []
    assert len(html.encode()) < 8_000_000


def test_each_figure_of_policy_has_its_numbers_as_a_table(page: Page) -> None:
    for name in (
        "Who pays in Dortmund", "From payers to uses in Dortmund", "Whom the measures reach in Dortmund",
        "Providers of measures in Dortmund", "Ties and joint work of local actors in Dortmund",
    ):  # fmt: skip
        assert page.text.count(name) >= 2, name
    figures = [each for each in page.having("div") if each.get("class") == "figure"]
    assert page.text.count("Numbers as a table") == len(figures) == 10 + 5


def test_what_moved_from_payer_to_payer_is_said_with_intervals(page: Page) -> None:
    assert re.search(
        r"B − A Federal budget 0 \(identical\) \+5\d\.\d\d \(\+\d+\.\d\d to \+\d+\.\d\d\)", page.text
    )
    assert "Difference to A by payer in Dortmund, EUR per resident of working age and month" in page.text


def test_the_cost_of_a_month_is_given_or_said_to_be_undefined(page: Page) -> None:
    assert "What an additional month of employment costs, whole place: all payments" in page.text
    assert "measures, administration and coordination alone" in page.text
    assert "From the start on (2003–2007)" in page.text
    assert "A dash: not defined" in page.text


def test_the_record_stands_beside_the_model_with_its_distance(page: Page) -> None:
    assert re.search(
        r"Entries, 2005 \(B\) 100\.0 \(100\.0 to 100\.0\) 50\.0 \+50\.0 % of 2002 no test", page.text
    )
    assert re.search(
        r"Nearness, 2005 \(B\) 0\.6\d* .* log points (yes|no) input press \(second hand\)", page.text
    )
    assert "Never simulated (nobody) no value 1.00 – log points – test" in page.text
    assert "Entries, 2005: Counted by somebody else." in page.text
    assert "somebody <2006> (computed from figures read)" in page.text
    assert re.search(
        r"Against the record: published values inside the 95 % interval of the model: 0 of 2 tests and",
        page.text,
    )


def test_the_table_beside_the_report_is_the_one_in_it(folder: Path, html: str) -> None:
    assert html
    found = pd.read_csv(folder / TRACE_FILE)
    expected = trace(pd.read_parquet(folder / "indicators.parquet"), RECORD)
    assert list(found.columns) == list(expected.columns)
    pd.testing.assert_series_equal(found["model"], expected["model"])
    assert found["what"].tolist() == ["Entries, 2005", "Nearness, 2005", "Never simulated"]
    assert found["model"].isna().tolist() == [False, False, True]
    assert store.TRACE_FILE == TRACE_FILE
    assert TRACE_FILE in store.OURS


def test_equal_results_give_an_equal_table(folder: Path, html: str, tmp_path: Path) -> None:
    assert html
    write_report(folder, tmp_path / "again.html")
    assert (tmp_path / TRACE_FILE).read_bytes() == (folder / TRACE_FILE).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.html", TRACE_FILE]


def test_results_without_accounts_or_record_have_neither_section(tmp_path: Path) -> None:
    plain = write_experiment(tmp_path, seeds=1)
    text = Page(write_report(plain).read_text(encoding="utf-8")).text
    for name in ("Who pays", "Providers, local actors", "Against the record"):
        assert name not in text
    assert not (plain / TRACE_FILE).exists()


def test_a_single_run_has_its_payments_and_no_comparison(tmp_path: Path) -> None:
    folder = write_run(tmp_path, "demand_and_support")
    for name, table in policy_tables(["demand_and_support"], seeds=1).items():
        table.drop(columns=["scenario", "seed"]).to_parquet(folder / f"{name}.parquet", index=False)
    (folder / "run.json").write_text(json.dumps(run("demand_and_support") | {"indicators": MORE_INDICATORS}))
    text = Page(write_report(folder).read_text(encoding="utf-8")).text
    assert "From payers to uses in Dortmund" in text
    assert "What an additional month of employment costs" not in text
    assert "by payer in Dortmund" not in text


def test_one_replicate_has_distances_and_no_interval(tmp_path: Path) -> None:
    folder = write_policy(tmp_path, seeds=1)
    text = Page(write_report(folder).read_text(encoding="utf-8")).text
    assert "The model has no interval (a single replicate, or no value)" in text
    assert pd.read_csv(folder / TRACE_FILE)["inside"].isna().all()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"inside": True, "role": "test"}], "1 of 1 test."),
        ([{"inside": True, "role": "test"}, {"inside": None, "role": "test"}], "1 of 2 tests."),
        (
            [
                {"inside": False, "role": "test"},
                {"inside": True, "role": "input"},
                {"inside": True, "role": "input"},
            ],
            "0 of 1 test and 2 of 2 figures that went in as inputs.",
        ),
    ],
)
def test_tests_and_inputs_are_counted_apart(rows: list[dict[str, Any]], said: str) -> None:
    assert sentence(pd.DataFrame(rows)).endswith(f"interval of the model: {said}")


def test_the_report_command_gives_the_record_to_scripts(folder: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["trace"] == str(folder / TRACE_FILE)
    assert [row["role"] for row in found["record"]] == ["test", "input", "test"]
    assert found["record"][2]["model"] is None
    assert found["record"][0]["source"] == "somebody <2006>"


def test_the_record_is_printed_after_a_comparison(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from labsim.cli.record import print_record

    about = json.loads((folder / "experiment.json").read_text())
    print_record(folder, about)
    printed = capsys.readouterr().out
    assert re.search(
        r"Entries, 2005 +demand_and_support +% of 2002 +100\.0 +100\.0 to 100\.0 +50\.00 +\+50\.00 +no +test",
        printed,
    )
    assert re.search(r"Never simulated .* - +- +1.00 +- +- +test", printed)
    print_record(folder, about | {"record": []})
    assert capsys.readouterr().out == ""


def test_all_scenarios_of_the_synthetic_experiment_are_there() -> None:
    assert set(policy_tables(seeds=1, months=12)["accounts"]["scenario"]) == set(EFFECTS)
