"""Figures by name, from a comparison or a folder, and as files."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner

from labsim.analysis.tables import TableError
from labsim.cli import app
from labsim.figures import trajectory
from labsim.figures.exhibit import Exhibit
from labsim.plots import Plots, of_comparison, of_folder
from labsim.report import export

from .followed_tables import DATES, actors, lives, paths, spread, ties
from .synthetic import LABELS, run, write_experiment
from .synthetic_policy import policy_tables

NAMES = ("status_quo_ante", "local_activation")


@pytest.fixture(scope="module")
def comparison() -> SimpleNamespace:
    """What a `labsim.experiment.Comparison` offers to figures."""
    made = policy_tables(NAMES, seeds=2, months=72)
    about = {
        "scenarios": [
            {"name": name, "label": {"en": LABELS[name], "de": name.upper()}} for name in NAMES[::-1]
        ],
        "windows": [
            {"window": "late", "label": {"en": "Late", "de": "Spät"}, "start": "2003-01", "end": "2003-12"}
        ],
    }
    return SimpleNamespace(
        baseline=NAMES[0],
        scenarios=NAMES[::-1],
        runs={name: run(name) for name in NAMES},
        about=about,
        **made,
    )


def test_a_comparison_gives_the_same_figure_as_its_tables(comparison: SimpleNamespace) -> None:
    plots = of_comparison(comparison)
    drawn = plots.fan("job_finding_rate")
    assert drawn == trajectory.trajectory(comparison.indicators, plots.setting, "job_finding_rate")
    assert [style.name for style in plots.setting.styles] == list(NAMES)  # the baseline is A


def test_labels_and_windows_follow_the_language(comparison: SimpleNamespace) -> None:
    german = of_comparison(comparison).show("de", "Dortmund")
    assert [style.label for style in german.setting.styles] == [name.upper() for name in NAMES]
    assert (german.window().name, german.window().dates) == ("Spät", "2003")
    assert german.setting.municipality == "Dortmund"
    assert of_comparison(comparison).window().name == "Late"


def test_people_are_drawn_only_where_they_were_followed(comparison: SimpleNamespace) -> None:
    plots = of_comparison(comparison)
    with pytest.raises(TableError, match="labsim figures DIR --people 1"):
        plots.biographies()
    kept = {"paths": paths(), "lives": lives(), "spread": spread(), "ties": ties(), "actors": actors()}
    followed = plots.following(kept, DATES)
    for draw in (followed.biographies, followed.alluvial, followed.employability, followed.network):
        assert draw().data


def test_what_the_results_lack_is_said_and_everything_else_is_drawn(comparison: SimpleNamespace) -> None:
    found = dict(of_comparison(comparison).exhibits())
    missing = {name for name, each in found.items() if isinstance(each, TableError)}
    assert missing == {"alluvial", "employability", "biographies", "network", "map"}
    assert "how far the municipalities are" in str(found["map"])
    assert all(isinstance(each, Exhibit) for name, each in found.items() if name not in missing)


def test_a_folder_of_an_experiment_has_its_figures(tmp_path: Path) -> None:
    folder = write_experiment(tmp_path / "experiment")
    with pytest.raises(TableError, match=r"lacks accounts.parquet"):
        of_folder(folder)
    columns = ["scenario", "seed", "month", "municipality", "payer", "use", "euros"]
    pd.DataFrame(columns=columns).to_parquet(folder / "accounts.parquet")
    plots = of_folder(folder, "de")
    assert isinstance(plots, Plots)
    assert plots.headline().layout.title.text.endswith("im ganzen Gebiet")


def test_people_of_results_that_were_there_before_are_not_shown(tmp_path: Path) -> None:
    folder = write_experiment(tmp_path / "experiment", NAMES)
    columns = ["scenario", "seed", "month", "municipality", "payer", "use", "euros"]
    pd.DataFrame(columns=columns).to_parquet(folder / "accounts.parquet")
    kept = folder / "followed"
    kept.mkdir()
    for name, table in {
        "paths": paths(), "lives": lives(), "spread": spread(), "ties": ties(), "actors": actors()
    }.items():  # fmt: skip
        table.to_parquet(kept / f"{name}.parquet")
    about = json.loads((folder / "experiment.json").read_text())
    (folder / "experiment.json").write_text(json.dumps(about | {"keys": {"a": "new"}}))
    facts = {"dates": [f"{date:%Y-%m}" for date in DATES], "of": {"a": "new"}}
    (kept / "followed.json").write_text(json.dumps(facts))
    assert of_folder(folder).network().data
    (kept / "followed.json").write_text(json.dumps(facts | {"of": {"a": "old"}}))
    with pytest.raises(TableError, match="do not keep single people"):
        of_folder(folder).network()


def test_a_folder_without_results_says_so(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"neither experiment.json nor run.json"):
        of_folder(tmp_path)


class TestExport:
    def test_without_kaleido_the_message_names_the_extra_and_a_way_without_it(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
        with pytest.raises(export.ExportError, match=r"labsim\[export\].*camera button"):
            export.write_pictures({}, {})
        result = CliRunner().invoke(app, ["figures", str(tmp_path)])
        assert result.exit_code == 1
        assert "labsim[export]" in result.stderr

    def test_another_format_is_refused(self, tmp_path: Path, comparison: SimpleNamespace) -> None:
        figure = of_comparison(comparison).fan()
        with pytest.raises(export.ExportError, match=r"pictures are svg, pdf, png, not '\.gif'"):
            export.write_pictures({tmp_path / "fan.gif": figure})

    def test_a_folder_that_is_not_there_is_bad_input(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(app, ["figures", str(tmp_path / "nothing")])
        assert result.exit_code == 2
        assert "there is no such folder" in result.stderr

    def test_pictures_have_the_language_and_font_in_them_and_no_upload(
        self, comparison: SimpleNamespace
    ) -> None:
        spec = export._spec(of_comparison(comparison).show("de").fan(), "de")
        assert spec["config"]["locales"]["de"]["format"]["shortMonths"][2] == "Mär"
        assert spec["config"]["showSendToCloud"] is False
        assert spec["layout"]["font"]["family"].startswith("DejaVu Sans")
        json.dumps(spec)

    @pytest.mark.slow  # starts a browser
    @pytest.mark.skipif(
        importlib.util.find_spec("kaleido") is None
        or not (shutil.which("chromium") or shutil.which("google-chrome")),
        reason="kaleido (extra export) or a browser is missing",
    )
    def test_a_picture_is_drawn_in_every_format(self, tmp_path: Path, comparison: SimpleNamespace) -> None:
        figure = of_comparison(comparison).show("de").fan()
        begins = {"svg": b"<svg", "pdf": b"%PDF", "png": b"\x89PNG"}
        wanted = {tmp_path / f"fan.{form}": figure for form in begins}
        export.write_pictures(wanted, language="de")
        for form, start in begins.items():
            assert (tmp_path / f"fan.{form}").read_bytes().startswith(start)
        assert "Differenz zu A" in (tmp_path / "fan.svg").read_text()
