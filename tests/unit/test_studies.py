"""Virtual studies: what they make of a market, and that their estimators find what was put in."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from labsim.analysis.study_measures import MEASURES, measure
from labsim.calibration import studies
from labsim.calibration.studies import (
    beveridge,
    cycle,
    elasticities,
    inflow_share,
    market,
    of_different_tightness,
    run_studies,
    studies_for,
)
from labsim.config import load
from labsim.model import LabourMarket


def monthly(**series: np.ndarray) -> LabourMarket:
    """Return what looks like a finished run of the whole place with these indicators."""
    parts = [
        pd.DataFrame({"month": pd.date_range("2000-01-01", periods=len(v), freq="MS"), "municipality": "all",
                      "group": "all", "indicator": name, "value": v})
        for name, v in series.items()
    ]  # fmt: skip
    results: Any = SimpleNamespace(indicators=pd.concat(parts, ignore_index=True))
    return cast("LabourMarket", SimpleNamespace(results=results))


class TestMarkets:
    def test_a_study_keeps_the_places_parameters_and_drops_its_history(self) -> None:
        whole = load("toytown")
        small = market(whole, 2000, 24)
        assert small.parameters == whole.parameters
        assert small.timeline.transitions == ()
        assert (small.months, small.place.employees) == (24, ())
        assert small.scale == pytest.approx(0.1)

    def test_tightness_differs_between_municipalities_and_not_with_their_size(self) -> None:
        before = load("dortmund_status_quo")
        after = of_different_tightness(before, 0.08)
        pairs = list(zip(before.place.municipalities, after.place.municipalities, strict=True))
        factors = [
            b.jobs_per_head / a.jobs_per_head - 1 for a, b in pairs if a.jobs_per_head and b.jobs_per_head
        ]
        assert len(factors) == 6
        assert sum(factors) == pytest.approx(0.0, abs=1e-12)
        assert max(map(abs, factors)) == pytest.approx(0.08)
        sizes = np.log([a.population_of_working_age for a, _ in pairs])
        assert abs(float(np.corrcoef(sizes, factors)[0, 1])) < 0.3

    def test_the_cycle_starts_at_normal_and_comes_back_after_six_years(self) -> None:
        path = cycle(145)
        assert path[0] == path[72] == pytest.approx(path[144])
        assert (path.max(), path.min()) == pytest.approx((1.06, 0.94))


class TestEstimators:
    def test_elasticities_are_those_that_were_put_in(self) -> None:
        u, v = np.array([1.0, 2.0, 3.0, 1.5, 2.5]), np.array([0.5, 0.1, 0.4, 0.9, 0.3])
        data = pd.DataFrame({"unemployed": u, "vacancies": v, "hires": 1.2 + 0.6 * u + 0.3 * v})
        assert elasticities(data) == pytest.approx((0.6, 0.3))

    def test_a_loop_has_its_area_and_its_direction(self) -> None:
        turn = 2 * np.pi * np.arange(180) / 72
        run = monthly(unemployment_rate=10 + np.cos(turn), vacancy_rate=2 + np.sin(turn))
        _, area = beveridge(run)
        assert area == pytest.approx(
            2 * 72 * np.sin(2 * np.pi / 72) / 2
        )  # two turns of a polygon of 72 corners
        back = monthly(unemployment_rate=10 + np.cos(turn), vacancy_rate=2 - np.sin(turn))
        assert beveridge(back)[1] == pytest.approx(-area)

    def test_unemployment_that_moves_with_separations_alone_comes_from_the_inflow(self) -> None:
        wave = 1 + 0.3 * np.sin(np.arange(180) / 9)
        flat = np.full(180, 6.0)
        assert inflow_share(monthly(separation_rate=0.7 * wave, job_finding_rate=flat)) == pytest.approx(
            100.0
        )
        assert inflow_share(monthly(separation_rate=flat / 10, job_finding_rate=6 * wave)) == pytest.approx(
            0.0
        )


class TestRuns:
    def test_every_measure_has_a_study_and_an_unknown_one_has_none(self) -> None:
        assert {each.study for each in MEASURES.values()} == {"cycle", "selection"}
        commuters = measure("commuters_out_2005")
        assert commuters is not None
        assert commuters.study == "commuters"
        assert measure("commuters_out_someday") is None
        with pytest.raises(LookupError, match="no study gives 'luck'"):
            studies.study_of("luck")

    def test_measures_of_one_study_share_its_runs(self) -> None:
        wanted = studies_for(["beveridge_area", "inflow_share", "commuters_out_2005"], (1, 2), 1000)
        assert [(each.name, each.seed) for each in wanted] == [
            ("cycle", 1), ("cycle", 2), ("commuters", 1), ("commuters", 2),
        ]  # fmt: skip
        assert wanted[2].years == (2005,)

    def test_a_study_that_was_conducted_is_not_conducted_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scenario = load("toytown", burn_in=12)
        asked = {"loop": "beveridge_area", "slope": "beveridge_correlation"}
        first, failures = run_studies(asked, scenario, (1,), 1000, tmp_path, 1)
        assert failures == {}
        assert sorted(first["target"]) == ["loop", "slope"]
        monkeypatch.setattr(studies, "conduct", lambda *_: pytest.fail("conducted again"))
        again, _ = run_studies(asked, scenario, (1,), 1000, tmp_path, 1)
        pd.testing.assert_frame_equal(first, again)

    def test_a_study_that_fails_is_told_and_leaves_no_value(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> dict[str, float]:
            raise RuntimeError("no market today")

        monkeypatch.setattr(studies, "conduct", broken)
        table, failures = run_studies({"a": "selection_share"}, load("toytown"), (1,), 1000, tmp_path, 1)
        assert table.empty
        assert "no market today" in failures["study selection, seed 1"]
