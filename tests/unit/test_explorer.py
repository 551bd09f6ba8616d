"""The explorer's numbers: those of the stored runs at the points of the design, an approximation between them."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plotly.offline import get_plotlyjs
from tests.unit.stored_designs import LABELS, LEVERS, MONTHS, START, grid, runs, scattered
from tests.unit.synthetic_sweep import SCENARIOS, planned

from labsim.analysis.bands import bands
from labsim.analysis.paired import paired_differences
from labsim.report import explorer_blocks as blocks
from labsim.report.explorer import ExplorerError, render, write_explorer
from labsim.report.explorer_names import WORDS, lever_name
from labsim.report.explorer_surface import fitted, surface_of


def data_of(html: str) -> dict[str, Any]:
    """The values in the page."""
    found = re.search(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def grid_of(block: dict[str, Any], data: dict[str, Any]) -> np.ndarray:
    """The values of a block as (levers ..., statistics, columns)."""
    numbers = np.frombuffer(base64.b64decode(block["data"]), "<i2").astype(float)
    shape = [
        len(each["values"]) if alive else 1
        for each, alive in zip(data["levers"], block["alive"], strict=True)
    ]
    values = np.where(numbers == blocks.MISSING, np.nan, block["zero"] + block["scale"] * numbers)
    return values.reshape(*shape, len(block["statistics"]), data["columns"])


def at(block: dict[str, Any], data: dict[str, Any], place: tuple[int, ...], statistic: str) -> np.ndarray:
    inside = tuple(i if alive else 0 for i, alive in zip(place, block["alive"], strict=True))
    return np.asarray(grid_of(block, data)[inside][block["statistics"].index(statistic)])


def tidy(table: pd.DataFrame, point: int) -> pd.DataFrame:
    rows = table[table["point"] == point][["scenario", "seed", "month", "employment_rate"]]
    return rows.rename(columns={"employment_rate": "value"}).assign(
        indicator="employment_rate", municipality="all", group="all"
    )


@pytest.mark.parametrize("seeds", [4, 12, 60])
def test_at_every_point_of_a_grid_the_page_has_the_bands_and_paired_differences_of_the_runs(
    seeds: int,
) -> None:
    stored = grid(seeds)
    table = runs(stored.points, seeds)
    data = data_of(render(stored))
    outcome = data["outcomes"][0]
    for point, place in ((0, (0, 0, 0)), (9, (1, 1, 0)), (17, (2, 1, 2))):
        rows = tidy(table, point)
        expected = bands(rows).sort_values("month").set_index("scenario")
        for number, name in enumerate(LABELS):
            block = outcome["levels"][number]
            wanted = {"mean"} if seeds < 10 else {"median", "low_50", "high_50"}
            assert set(block["statistics"]) == (wanted | {"low_90", "high_90"} if seeds >= 50 else wanted)
            for statistic in block["statistics"]:
                own = at(block, data, place, statistic)[: len(MONTHS)]
                np.testing.assert_allclose(
                    own, expected.loc[name, statistic], atol=block["scale"] / 2 + 1e-12
                )
        differences = paired_differences(rows, "stays").sort_values("month")
        block = outcome["differences"][0]
        for statistic, column in (
            ("mean", "mean"),
            ("low", "low"),
            ("high", "high"),
            ("above", "share_positive"),
        ):
            own = at(block, data, place, statistic)[: len(MONTHS)]
            np.testing.assert_allclose(own, differences[column], atol=block["scale"] / 2 + 1e-12)


def test_before_the_scenarios_part_every_difference_is_exactly_zero() -> None:
    for stored in (grid(), scattered()):
        data = data_of(render(stored))
        block = data["outcomes"][0]["differences"][0]
        kind = "<f4" if data["surface"] else "<i2"
        numbers = np.frombuffer(base64.b64decode(block["data"]), kind).astype(float)
        kept = numbers.reshape(-1, len(block["statistics"]), data["columns"])[:, :, :START]
        assert not kept.any()
        assert block.get("zero", 0.0) == 0.0


def test_a_span_holds_the_paired_difference_of_its_means() -> None:
    stored = grid()
    data = data_of(render(stored))
    rows = tidy(runs(stored.points, 12), 5)
    late = rows[rows["month"] >= "2005-01-01"].groupby(["scenario", "seed"], as_index=False)["value"].mean()
    wide = late.pivot_table(index="seed", columns="scenario", values="value")
    block = data["outcomes"][0]["differences"][0]
    own = at(block, data, (0, 1, 2), "mean")[len(MONTHS)]
    assert own == pytest.approx(float((wide["local"] - wide["stays"]).mean()), abs=block["scale"])
    assert data["spans"][0]["dates"] == {"en": "2005", "de": "2005"}


def test_levers_that_change_nothing_in_a_scenario_take_no_room() -> None:
    data = data_of(render(grid()))
    stays, local = data["outcomes"][0]["levels"]
    assert (stays["alive"], local["alive"]) == ([0, 0, 1], [1, 1, 1])
    assert len(stays["data"]) * 6 == pytest.approx(len(local["data"]), rel=0.01)


def test_a_point_whose_runs_are_missing_is_empty_and_its_neighbours_are_not() -> None:
    stored = grid()
    table = runs(stored.points, 12)
    lost = table[~((table["point"] == 9) & (table["scenario"] == "local") & (table["seed"] == 3))]
    data = data_of(render(grid(table=lost)))
    block = data["outcomes"][0]["levels"][1]
    assert np.isnan(at(block, data, (1, 1, 0), "median")).all()
    assert np.isfinite(at(block, data, (1, 1, 1), "median")).all()


def test_the_error_of_a_grid_is_that_of_leaving_inner_points_out() -> None:

    design = blocks.design_of(grid())
    curve = design.x[:, [0]] ** 2  # over 0, 6, 12 the middle of the ends is 72 and the value 36
    block = blocks.pack(curve[:, None, :], design, ("mean",), around_zero=False)
    demand = blocks.pack(0.0 * curve[:, None, :], design, ("mean",), around_zero=False)
    assert block.error == pytest.approx(np.sqrt(36**2 * 6 / (6 + 6)))
    assert demand.error == 0.0


def test_a_surface_through_a_quadratic_is_exact_and_misses_no_point_that_is_left_out() -> None:
    stored = scattered()
    design = blocks.design_of(stored)
    assert design.surface is not None
    assert design.surface.degree == "quadratic"
    y = 3 + design.x[:, [0]] ** 2 - 2 * design.x[:, [0]] * design.x[:, [1]]
    coefficients, missed = fitted(design.surface, design.x, y)
    np.testing.assert_allclose(design.surface.basis(design.x) @ coefficients, y, atol=1e-9)
    assert np.abs(missed).max() < 1e-8


def test_what_a_surface_misses_is_what_fitting_without_the_point_misses() -> None:
    stored = scattered(count=12)
    design = blocks.design_of(stored)
    surface = design.surface
    assert surface is not None
    y = np.sin(design.x[:, [0]]) + design.x[:, [1]]
    missed = fitted(surface, design.x, y)[1]
    others = np.arange(1, len(y))
    again = fitted(surface, design.x[others], y[others])[0]
    assert missed[0, 0] == pytest.approx(float((y[:1] - surface.basis(design.x[:1]) @ again)[0, 0]))


def test_few_points_get_a_linear_surface_and_too_few_a_clear_error() -> None:
    assert surface_of(LEVERS[:1], np.array([[0.0], [1.0], [5.0], [7.0]])).degree == "linear"
    with pytest.raises(ExplorerError, match="2 points are too few for a surface over 1 levers"):
        surface_of(LEVERS[:1], np.array([[0.0], [1.0]]))


def test_levers_stop_at_every_simulated_value_and_between() -> None:
    data = data_of(render(grid()))
    gap, shape, demand = data["levers"]
    assert gap["stops"] == [0, 2, 3, 4, 6, 8, 9, 10, 12] or set(gap["values"]) <= set(gap["stops"])
    assert all(float(stop).is_integer() for stop in gap["stops"])
    assert shape["stops"] == [0, 1]
    assert [each["de"] for each in shape["choices"]] == ["auf einmal", "gleichmäßig"]
    assert set(demand["values"]) <= set(demand["stops"])
    assert all(each["stops"][each["start"]] in each["values"] for each in data["levers"])


def test_the_page_escapes_what_comes_from_files_and_loads_nothing() -> None:
    html = render(grid(question="</script><script>alert(1)</script>"))
    assert "<script>alert(1)" not in html
    assert "<b>activation" not in html
    assert html.count("plotly.js v") == 1
    own = html.replace(get_plotlyjs(), "")
    assert len(own) < len(html) / 10
    assert not re.findall(r'(?:src|href)="(?!#)|https?://', own)


def test_every_text_is_there_in_both_languages_with_the_same_blanks() -> None:
    for key, (english, german) in WORDS.items():
        assert english, key
        assert german, key
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", german)), key
    assert lever_name("transition.gap")["de"] != lever_name("transition.gap")["en"]
    script = (Path(blocks.__file__).parent / "explorer.js").read_text(encoding="utf-8")
    used = set(re.findall(r'word\("(\w+)"', script))
    assert used <= set(WORDS)


def test_a_page_that_would_be_too_large_keeps_fewer_months_and_says_so(tmp_path: Path) -> None:
    whole = len(render(grid(60)).encode("utf-8"))
    data = data_of(render(grid(60), most_bytes=whole - 5_000))
    assert len(data["months"]) < len(MONTHS)
    assert data["months"][-1] == "2005-12-01"
    assert [fact for fact in data["facts"] if fact[0] == "every"]
    with pytest.raises(ExplorerError, match=r"do not fit into .* name fewer with --outcome"):
        write_explorer(grid(60), tmp_path / "x.html", most_bytes=whole // 2)
    assert not list(tmp_path.iterdir())


def collected(folder: Path, *, body: str = SCENARIOS, design: str = "{kind: full_grid, levels: 3}") -> Path:
    """A planned sweep with made-up runs where `collect` writes them."""
    plan = planned(folder, design, body=body, seeds=3)
    months = np.arange(24036, 24048)
    for name in plan.facts["scenarios"]:
        place = plan.folder / "collected" / f"scenario={name}"
        place.mkdir(parents=True)
        parts = [
            plan.points.assign(run_key="k", seed=seed, month=month, unemployment_rate=10.0 + seed, scenario=name,
                               employment_rate=60.0 + plan.points["transition.gap"] * (name == "path") + seed)
            for seed in plan.seeds for month in months
        ]  # fmt: skip
        pd.concat(parts).to_parquet(place / "part-0.parquet", index=False)
    return plan.folder


def test_an_explorer_of_a_collected_sweep_has_its_levers_scenarios_and_seeds(tmp_path: Path) -> None:
    page = write_explorer(collected(tmp_path), tmp_path / "explorer.html", "en", outcomes=["employment_rate"])
    data = data_of(page.read_text(encoding="utf-8"))
    assert [each["role"] for each in data["levers"]] == ["uncertainty", "lever", "lever"]
    assert data["levers"][1]["label"]["en"] == "Bridging"
    assert [each["letter"] for each in data["styles"]] == ["A", "B"]
    assert data["styles"][0]["label"] == {"en": "At once", "de": "Schlagartig"}
    assert (data["points"], data["seeds"], data["lang"]) == (27, 3, "en")
    assert data["months"][0] == "2003-01-01"
    block = data["outcomes"][0]["differences"][0]
    assert at(block, data, (0, 1, 2), "mean")[0] == pytest.approx(24.0, abs=block["scale"])
    assert {key: text["en"] for key, text in data["facts"]}["sweep"].startswith("atlas (sweep.yaml")


ONE = SCENARIOS.replace(SCENARIOS[SCENARIOS.index("  - {scenario: path"): SCENARIOS.index("baseline")], "").replace(
    ", scenarios: [path]", ""
).replace("based_on: toytown, ", "based_on: toytown, ")  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nowhere", "there is no such folder"),
        (lambda folder: folder, "this is no sweep .it lacks plan/plan.json."),
        (lambda folder: planned(folder, "{kind: full_grid, levels: 2}").folder, "nothing is collected yet"),
        (lambda folder: collected(folder, body=ONE), "has one scenario only .at_once."),
    ],
)
def test_a_folder_that_cannot_be_explored_says_why_in_one_sentence(
    tmp_path: Path, make: Any, message: str
) -> None:
    with pytest.raises(ExplorerError, match=message) as error:
        write_explorer(make(tmp_path), tmp_path / "explorer.html")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "explorer.html").exists()


def test_a_design_without_a_lever_says_so(tmp_path: Path) -> None:
    stored = grid()
    still = replace(stored, points=stored.points[stored.points["point"] == 0])
    with pytest.raises(ExplorerError, match="no factor of this design has more than one value"):
        write_explorer(still, tmp_path / "x.html")
    one = replace(stored, names=("stays",))
    with pytest.raises(ExplorerError, match="compares two or more scenarios"):
        write_explorer(one, tmp_path / "x.html")
    with pytest.raises(
        ExplorerError, match="there is no outcome 'money'; there are employment_rate, in_measure"
    ):
        write_explorer(stored, tmp_path / "x.html", outcomes=["money"])


def test_tables_that_lack_a_column_are_named() -> None:
    stored = grid()
    with pytest.raises(ExplorerError, match="the table of runs lacks the column"):
        grid(table=runs(stored.points, 2).drop(columns="in_measure"))
