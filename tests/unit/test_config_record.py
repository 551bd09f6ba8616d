"""The record of an experiment: what may stand in its rows, and that the shipped one is well founded."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.analysis.trace import months_of as months_in_tables
from labsim.config import ConfigError, load_experiment
from labsim.config.record import SURE, RecordRow, indicators_of, months_of
from labsim.experiment.plan import plan_from
from labsim.units import format_month

ROW = """
  - what: {en: Entries into training}
    scenario: toytown
    indicators: [entries]
    period: 2004
    published: 56
    unit: persons
    sure: SEEN
    source: somebody 2005
"""


def experiment(tmp_path: Path, rows: str) -> Path:
    file = tmp_path / "experiment.yaml"
    file.write_text(
        "experiment: x\nlabel: {en: X}\nscenarios:\n  - toytown\n"
        "  - {scenario: as_it_was, based_on: toytown, transitions: []}\n"
        f"baseline: as_it_was\nseeds: 2\nrecord:{rows}",
        encoding="utf-8",
    )
    return file


def test_a_row_needs_no_more_than_what_is_compared_with_what(tmp_path: Path) -> None:
    (row,) = load_experiment(experiment(tmp_path, ROW)).record
    assert (row.period, row.relative_to, row.municipality, row.group, row.per, row.input) == (
        "2004", None, "all", "all", (), False,
    )  # fmt: skip


def test_the_rows_reach_the_results_as_they_are_written(tmp_path: Path) -> None:
    rows = plan_from(
        experiment(tmp_path, ROW + ROW.replace("period: 2004", "period: 2003-01..2003-06"))
    ).wanted["record"]
    assert [row["period"] for row in rows] == ["2004", "2003-01..2003-06"]
    assert rows[0]["what"]["en"] == "Entries into training"


def test_a_run_of_the_same_scenarios_with_another_record_is_the_same_run(tmp_path: Path) -> None:
    without = plan_from(experiment(tmp_path, " []"))
    (tmp_path / "other").mkdir()
    assert plan_from(experiment(tmp_path / "other", ROW)).keys == without.keys
    assert "record" not in without.wanted


@pytest.mark.parametrize("memory", ["MEMORY", "memory", "M"])
def test_figures_from_memory_are_refused(tmp_path: Path, memory: str) -> None:
    with pytest.raises(ConfigError, match="a figure from memory is no published one"):
        load_experiment(experiment(tmp_path, ROW.replace("SEEN", memory)))


@pytest.mark.parametrize(
    "period", ["2004", "2004-03", "2004-03..2004-08"],
)  # fmt: skip
def test_a_period_means_the_same_months_in_files_and_in_tables(period: str) -> None:
    first, last = months_of(period)
    span = months_in_tables(period)
    assert (format_month(first), format_month(last)) == (f"{span.start:%Y-%m}", f"{span.last:%Y-%m}")


@pytest.mark.parametrize("period", ["04", "2004-1", "2004..2005", "2004-01-01", "2004-00", ""])
def test_what_is_no_period_is_refused(tmp_path: Path, period: str) -> None:
    with pytest.raises(ConfigError, match="it must be a year"):
        load_experiment(experiment(tmp_path, ROW.replace("period: 2004", f'period: "{period}"')))


class TestTheShippedRecord:
    ROWS = load_experiment("dortmund_2003").record

    def test_it_covers_what_is_known_of_the_transition(self) -> None:
        named = {name for row in self.ROWS for name in row.indicators}
        assert {
            "entries_further_training", "entries_training_voucher", "participants_further_training",
            "entries_one_euro_job", "budget_use", "voucher_redemption", "long_term_entries_linked_employment",
        } <= named  # fmt: skip
        assert {row.scenario for row in self.ROWS} == {"dortmund_2003", "dortmund_regional_budget"}
        by_year = {row.period for row in self.ROWS if "entries_training_voucher" in row.indicators}
        assert {"2003", "2004", "2005"} <= by_year

    def test_the_published_values_are_those_of_the_evidence(self) -> None:
        values = {(row.indicators[0], row.period): row.published for row in self.ROWS}
        for year, entries in {"2003": 255, "2004": 185, "2005": 132, "2007": 365}.items():
            assert values["entries_further_training", year] == pytest.approx(100 * entries / 455, abs=0.05)
        assert values["participants_further_training", "2005"] == pytest.approx(
            100 * 114350 / 339900, abs=0.05
        )
        assert values["entries_one_euro_job", "2005"] == pytest.approx(100 * 603 / 12 / 4860, abs=0.005)
        assert values["entries_one_euro_job", "2006"] == pytest.approx(100 * 796 / 603, abs=0.05)
        assert values["entries_job_creation", "2005"] == pytest.approx(100 * 78 / 162, abs=0.05)
        assert values["spent_on_measures", "2003"] == pytest.approx(100 * 12.09 / 14.31, abs=0.05)
        assert values["budget_use", "2005"] == 61.8

    def test_inputs_and_tests_are_kept_apart(self) -> None:
        inputs = {(row.indicators[0], row.period) for row in self.ROWS if row.input}
        assert {("voucher_redemption", "2003"), ("entries_further_training", "2003")} <= inputs
        assert not {("budget_use", "2005"), ("entries_further_training", "2007")} & inputs
        assert any(not row.input for row in self.ROWS)

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what.en)
    def test_every_row_has_a_source_that_was_read(self, row: RecordRow) -> None:
        assert row.sure in SURE
        assert "memory" not in row.source
        assert len(row.source) > 20
        assert row.what.de

    def test_a_scenario_has_the_entrants_of_its_instruments_by_register(self) -> None:
        experiment = load_experiment("dortmund_2003")
        known = indicators_of(experiment.scenarios["dortmund_regional_budget"])
        assert "long_term_entries_entry_job" in known
        assert "long_term_entries_entry_job" not in indicators_of(experiment.scenarios["dortmund_status_quo"])
