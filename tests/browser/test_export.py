"""Figures become pictures by the command line, drawn by a browser on this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.test_report_policy import write_policy

pytest.importorskip("kaleido", reason="kaleido is not installed: pip install 'labsim[export]'")
pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("form", "begins", "language"), [("svg", b"<svg", "de"), ("pdf", b"%PDF", "en")])
def test_every_figure_of_a_result_becomes_a_picture_and_a_table(
    tmp_path: Path, form: str, begins: bytes, language: str
) -> None:
    results = write_policy(tmp_path / "results")
    options = ["--format", form, "--lang", language, "--out", str(tmp_path / "pictures")]
    done = subprocess.run(
        [sys.executable, "-m", "labsim", "figures", str(results), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pictures = sorted((tmp_path / "pictures").glob(f"*.{form}"))
    assert len(pictures) >= 5
    assert all(each.read_bytes().startswith(begins) for each in pictures)
    assert all(each.with_suffix(".csv").stat().st_size for each in pictures)
    if form == "svg":
        fan = next(each for each in pictures if "fan" in each.stem)
        assert "Differenz zu A" in fan.read_text(encoding="utf-8")
