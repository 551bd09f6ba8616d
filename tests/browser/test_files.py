"""The files that are handed out, opened from disk in a real browser: the explorer and the report."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.browser.conftest import slowness
from tests.unit.stored_designs import LABELS, MONTHS, START, grid, runs, scattered

from labsim.report.explorer import write_explorer

pytestmark = pytest.mark.browser

LARGEST = 8_000_000
BEST_PRACTICE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Opened:
    """A page from disk, and what it said and asked for."""

    def __init__(self, page: Any, file: Path, anchor: str) -> None:
        self.page, self.said, self.asked = page, [], []
        page.on("console", lambda it: self.said.append(f"{it.type}: {it.text}"))
        page.on("pageerror", lambda it: self.said.append(f"error: {it}"))
        page.on("request", lambda it: self.asked.append(it.url))
        self._measures = page.context.new_cdp_session(page)
        self._measures.send("Performance.enable")
        page.goto(file.as_uri() + anchor)

    def busy(self) -> float:
        """Seconds that the page has kept its main thread busy; a loaded machine changes them less than the clock."""
        found = self._measures.send("Performance.getMetrics")["metrics"]
        return next(float(each["value"]) for each in found if each["name"] == "TaskDuration")

    def outside(self) -> list[str]:
        return [url for url in self.asked if not url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def opened(chromium: Any) -> Iterator[Any]:
    contexts = []

    def opens(file: Path, anchor: str = "", *, width: int = 1280, height: int = 720) -> Opened:
        contexts.append(
            chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        )
        return Opened(contexts[-1].new_page(), file, anchor)

    yield opens
    for context in contexts:
        context.close()


def violations(page: Any) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    found = axe.Axe().run(page, options=BEST_PRACTICE).response["violations"]
    return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}" for each in found]


@pytest.fixture(scope="module")
def explorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explorer(grid(60), tmp_path_factory.mktemp("files") / "explorer.html", "de")


@pytest.fixture(scope="module")
def surface(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explorer(scattered(), tmp_path_factory.mktemp("files") / "surface.html", "en")


def wait_until(page: Any, expression: str, seconds: float = 10.0) -> None:
    """Wait for an expression to be true; the page's own policy forbids the browser driver to poll by itself."""
    until = time.monotonic() + seconds * slowness()
    while not page.evaluate(expression):
        assert time.monotonic() < until, expression
        page.wait_for_timeout(20)


def press(page: Any, lever: int, key: str, times: int = 1) -> float:
    """Press a key on a lever and return the milliseconds until the last picture was drawn."""
    page.locator(f"#lever-{lever}").focus()
    before = page.evaluate("window.explorer.count")
    for _ in range(times):
        page.keyboard.press(key)
        wait_until(page, f"window.explorer.count > {before}")
        before = page.evaluate("window.explorer.count")
    return float(page.evaluate("window.explorer.milliseconds"))


def test_an_explorer_asks_nothing_of_the_net_and_says_nothing_on_the_console(
    opened: Any, explorer: Path
) -> None:
    it = opened(explorer)
    assert explorer.stat().st_size <= LARGEST
    for lever in range(3):
        press(it.page, lever, "ArrowRight")
    it.page.click("text=English")
    it.page.click("#numbers summary")
    it.page.select_option("#outcome", "1")
    wait_until(it.page, "window.explorer.shown().outcome.name === 'in_measure'")
    assert it.outside() == []
    assert it.said == []
    assert it.page.locator("[data-title*=loud], [data-title*=hare]").count() == 0


def test_a_lever_step_takes_a_tenth_of_a_second_at_most(opened: Any, explorer: Path) -> None:
    it = opened(explorer)
    press(it.page, 0, "ArrowRight")
    times = [press(it.page, lever, key) for lever in (0, 2) for key in ("ArrowLeft", "ArrowRight") * 5]
    assert np.median(times) <= 100 * slowness()


def test_at_grid_points_the_browser_shows_the_stored_quantiles_and_calls_them_simulated(
    opened: Any, explorer: Path
) -> None:
    it = opened(explorer)
    stored = grid(60)
    table = runs(stored.points, 60)
    for point in (0, 7, 17):
        x = stored.points.loc[point, [lever.name for lever in stored.levers]].tolist()
        shown = it.page.evaluate("x => window.explorer.go(x)", x)
        assert shown["exact"]
        assert "Simuliert: 60 Läufe" in it.page.inner_text("#status")
        for number, name in enumerate(LABELS):
            rows = table[(table["point"] == point) & (table["scenario"] == name)]
            wide = rows.pivot_table(index="month", columns="seed", values="employment_rate").to_numpy()
            step = it.page.evaluate(f"window.explorer.data.outcomes[0].levels[{number}].scale")
            for statistic, quantile in (
                ("median", 0.5),
                ("low_90", 0.05),
                ("high_90", 0.95),
                ("low_50", 0.25),
            ):
                own = shown["levels"][number][statistic][: len(MONTHS)]
                np.testing.assert_allclose(own, np.quantile(wide, quantile, axis=1), atol=step / 2 + 1e-9)


def test_between_grid_points_the_browser_interpolates_and_calls_it_an_approximation(
    opened: Any, explorer: Path
) -> None:
    it = opened(explorer)
    ends = [it.page.evaluate("x => window.explorer.go(x)", [gap, 0, 1.0]) for gap in (0, 6)]
    between = it.page.evaluate("x => window.explorer.go(x)", [3, 0, 1.0])
    assert not between["exact"]
    own, low, high = (each["levels"][1]["median"] for each in (between, *ends))
    np.testing.assert_allclose(own, (np.array(low) + np.array(high)) / 2, rtol=1e-12)
    assert it.page.inner_text("#status").startswith(
        "Näherung: zwischen simulierten Punkten interpoliert (18)"
    )
    it.page.click("#snap")
    assert it.page.evaluate("window.explorer.shown().exact")


def test_a_fitted_surface_says_that_it_is_one_and_how_far_it_is_off(opened: Any, surface: Path) -> None:
    it = opened(surface)
    assert re.match(
        r"Approximation: a quadratic surface fitted to 30 simulated points \(4 runs each\)\. A simulated point that is "
        r"left out is missed by less than 0\.01 percentage points",
        it.page.inner_text("#status"),
    )
    shown = it.page.evaluate("x => window.explorer.go(x)", [3.0, 0.5])
    gap = shown["x"][0]
    expected = 0.05 * 23 - 0.08 * gap - 0.3 * shown["x"][1] + 0.002 * gap**2
    table = runs(scattered().points, 4)
    late = table[table["month"] == MONTHS[-1]].pivot_table(index=["point", "seed"], columns="scenario",
                                                           values="employment_rate")  # fmt: skip
    luck = float((late["stays"] - 60 - 0.02 * 35).mean())
    assert shown["pairs"][0]["mean"][len(MONTHS) - 1] == pytest.approx(expected + 0.2 * luck, abs=1e-4)
    assert not any(shown["pairs"][0]["mean"][:START])


def test_the_table_of_the_explorer_has_the_numbers_of_its_picture(opened: Any, explorer: Path) -> None:
    it = opened(explorer, "#lang=en")
    it.page.click("#numbers summary")
    it.page.wait_for_selector("#table tbody tr")
    cells = it.page.locator("#table tbody tr").last.locator("th, td").all_inner_texts()
    drawn = it.page.evaluate(
        "document.getElementById('plot').data.filter(t => t.line.width > 1).map(t => t.y[t.y.length - 1])"
    )
    assert cells[0] == "2005-12"
    assert [float(cells[i]) for i in (1, 4)] == [round(value, 1) for value in drawn[1:3]]
    assert float(cells[7].split(" ")[0].replace("−", "-")) == round(drawn[3], 2)
    assert it.page.locator("#table tbody tr").count() == len(MONTHS)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("size", [(1280, 720), (390, 844), (640, 360)])
def test_an_explorer_fits_its_screen_and_has_no_accessibility_violation(
    opened: Any, explorer: Path, size: tuple[int, int], language: str
) -> None:
    it = opened(explorer, f"#lang={language}", width=size[0], height=size[1])
    it.page.click("#numbers summary")
    it.page.click("#about summary")
    assert it.page.evaluate("document.documentElement.lang") == language
    assert it.page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert violations(it.page) == []
    small = it.page.evaluate(
        "[...document.querySelectorAll('button, select, input[type=range], summary')].filter(e => e.offsetParent && "
        "e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 80))"
    )
    assert [each for each in small if "modebar" not in each] == []


def test_the_address_keeps_the_levers_and_garbage_in_it_is_named_and_clamped(
    opened: Any, explorer: Path
) -> None:
    it = opened(
        explorer, "#transition.gap=999&demand.level=abc&<script>=1&lang=xx&outcome=in_measure&%E0%A4%A=1"
    )
    notes = it.page.inner_text("#notes")
    assert "transition.gap = 999" in notes
    assert "demand.level=abc" in notes
    assert it.page.input_value("#outcome") == "1"
    press(it.page, 2, "ArrowRight")
    again = opened(explorer, it.page.evaluate("location.hash"))
    kept = [each.page.evaluate("JSON.stringify(window.explorer.shown().levels)") for each in (it, again)]
    assert kept[0] == kept[1]
    assert again.page.is_hidden("#notes")


def test_an_explorer_prints_what_is_set_and_its_table(opened: Any, explorer: Path) -> None:
    it = opened(explorer)
    printed = it.page.pdf(format="A4")
    assert printed[:5] == b"%PDF-"
    assert len(printed) > 20_000
    it.page.emulate_media(media="print")
    assert it.page.is_visible("#set")
    assert it.page.is_hidden("#lever-0")
    assert "6 Monate" in it.page.inner_text("#set")


def test_the_numbers_of_the_explorer_can_be_saved(opened: Any, explorer: Path) -> None:
    it = opened(explorer)
    with it.page.expect_download() as waiting:
        it.page.click("#csv")
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == '"Lücke";"6 Monate"'
    assert len(text.splitlines()) == 3 + 1 + len(MONTHS)


@pytest.fixture(scope="module", params=["de", "en"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.unit.synthetic import write_experiment

    from labsim.report import write_report

    folder = write_experiment(tmp_path_factory.mktemp("experiment"), seeds=3)
    return write_report(folder, folder / "report.html", request.param)


def drawn(page: Any) -> None:
    """Wait until every figure of a report stands there."""
    wait_until(
        page,
        "document.readyState === 'complete' && document.querySelectorAll('.plotly-graph-div').length > 5 && "
        "[...document.querySelectorAll('.plotly-graph-div')].every(e => e.querySelector('.main-svg'))",
        30,
    )


def test_a_report_is_drawn_from_disk_within_eight_seconds_and_asks_nothing_of_the_net(
    opened: Any, report: Path
) -> None:
    assert report.stat().st_size <= LARGEST
    it = opened(report)
    drawn(it.page)
    assert 0 < it.busy() <= 8 * slowness()
    assert it.outside() == []
    assert it.said == []
    assert it.page.evaluate("[...document.scripts].filter(e => e.text.includes('plotly.js v')).length") == 1
    assert it.page.locator("[data-title*=loud], [data-title*=hare]").count() == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_a_report_fits_its_screen_and_has_no_accessibility_violation(
    opened: Any, report: Path, width: int
) -> None:
    it = opened(report, width=width)
    drawn(it.page)
    assert it.page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(it.page) == []


def test_a_report_prints_its_figures_with_their_tables_open(opened: Any, report: Path) -> None:
    it = opened(report)
    drawn(it.page)
    printed = it.page.pdf(format="A4")
    assert printed[:5] == b"%PDF-"
    assert len(printed) > 50_000
    assert it.page.locator("details[open]").count() == 0  # closed again afterwards
