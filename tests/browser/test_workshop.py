"""The workshop in a real browser (checks of the design, section 8)."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs

import psutil
import pytest
from tests.browser.conftest import SLOWNESS, Seen, Workshop

pytestmark = pytest.mark.browser
PAGES = ("start", "levers", "compare", "people", "places", "check")
LEVERS = ("start", "length", "gap", "bridging", "demand", "support", "local", "federal_cut")


def wait_for_runs(page: Any, least: int = 1, seconds: float = 60.0) -> dict[str, Any]:
    page.wait_for_function(f"window.labsimState.done >= {least}", timeout=seconds * SLOWNESS * 1000)
    return dict(page.evaluate("window.labsimState"))


def step(page: Any, lever: str, key: str = "ArrowRight") -> None:
    page.locator(f"#lever-{lever} [role=slider]").focus()
    page.keyboard.press(key)


def simulating(workshop: Workshop) -> list[int]:
    """Return the simulating processes: the children of the forkserver."""
    server = psutil.Process(workshop.process.pid)
    return [each.pid for child in server.children() for each in child.children()]


def test_nothing_leaves_the_machine_and_the_console_stays_empty_on_all_pages_in_both_languages(
    open_page: Any, seen: Seen
) -> None:
    for language in ("de", "en"):
        page = open_page(f"?lang={language}")
        wait_for_runs(page)
        for number, _ in enumerate(PAGES, start=1):
            page.locator("body").press(str(number))
            page.wait_for_timeout(400)
    assert seen.outside == []
    assert seen.errors == []
    assert seen.console == []


def test_no_tool_bar_offers_to_upload_the_data(open_page: Any) -> None:
    page = open_page()
    wait_for_runs(page)
    assert (
        page.locator("[data-title*='Share'], [data-title*='cloud' i], [aria-label*='cloud' i]").count() == 0
    )


def test_the_first_plot_stands_within_five_seconds(open_page: Any) -> None:
    began = time.monotonic()
    page = open_page()
    page.wait_for_selector("#fan .main-svg", timeout=60_000)
    assert time.monotonic() - began < 5 * SLOWNESS


def test_the_first_simulated_fan_follows_a_lever_within_two_seconds(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page, 2)
    before = page.evaluate("window.labsimState.job")
    began = time.monotonic()
    step(page, "demand")
    page.wait_for_function(
        f"window.labsimState.job > {before} && window.labsimState.done >= 1", timeout=60_000
    )
    assert time.monotonic() - began < 2 * SLOWNESS


def test_cancelling_takes_a_second_and_leaves_no_process(open_page: Any, workshop: Workshop) -> None:
    page = open_page("?b=secured&f=3")
    wait_for_runs(page)
    done = page.evaluate("window.labsimState.done")
    page.locator("#cancel").click()
    page.wait_for_function("window.labsimState.state === 'cancelled'", timeout=1000 * SLOWNESS)
    assert simulating(workshop) == []
    assert page.evaluate("window.labsimState.done") >= done
    assert page.locator("#fan .scatterlayer .trace").count() > 0


def test_six_quick_steps_leave_one_job_alive_and_its_picture_is_the_last_steps(
    open_page: Any, workshop: Workshop
) -> None:
    page = open_page("?b=hard_cut&f=4")
    wait_for_runs(page)
    for _ in range(6):
        step(page, "demand")
    page.wait_for_timeout(1000 * SLOWNESS)
    assert len(simulating(workshop)) <= 2  # one job: at most two processes
    assert parse_qs(page.evaluate("location.search")[1:])["f"] == ["5.2"]
    page.locator("#cancel").click()


def test_a_closed_tab_ends_its_job(open_page: Any, workshop: Workshop) -> None:
    page = open_page("?b=hard_cut&f=7")
    wait_for_runs(page)
    assert simulating(workshop) != []
    page.goto("about:blank")
    until = time.monotonic() + 3 * SLOWNESS
    while simulating(workshop) and time.monotonic() < until:
        time.sleep(0.1)
    assert simulating(workshop) == []


def test_on_a_projector_the_comparison_needs_no_scrolling_and_on_a_phone_none_sideways(
    open_page: Any,
) -> None:
    for query in ("?lang=de", "?lang=en"):
        page = open_page(query)
        wait_for_runs(page)
        assert page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        ) == [1280, 720]
        page.locator("#cancel").click()
        phone = open_page(query, width=390, height=844)
        wait_for_runs(phone)
        for number, _ in enumerate(PAGES, start=1):
            phone.locator("body").press(str(number))
            phone.wait_for_timeout(300)
            assert phone.evaluate("document.documentElement.scrollWidth") == 390
        phone.locator("#cancel").click()


def test_the_address_brings_back_the_same_levers_language_and_picture(open_page: Any) -> None:
    page = open_page("?a=stays&b=hard_cut&f=2&lang=en")
    wait_for_runs(page, 2)
    step(page, "gap", "ArrowLeft")
    page.wait_for_function("location.search.includes('g=11')", timeout=10_000 * SLOWNESS)
    wait_for_runs(page, 2)
    page.locator("#cancel").click()
    again = open_page(page.evaluate("location.search"))
    wait_for_runs(again, 2)
    assert again.evaluate("document.documentElement.lang") == "en"
    for lever in LEVERS:
        value = f"#lever-{lever} [role=slider]"
        assert again.locator(value).get_attribute("aria-valuenow") == page.locator(value).get_attribute(
            "aria-valuenow"
        )
    drawn = "Array.from(document.querySelector('#fan .js-plotly-plot').data[0].y)"
    assert again.evaluate(drawn)[:3] == page.evaluate(drawn)[:3]
    again.locator("#cancel").click()


def test_garbage_in_the_address_is_put_right_and_named_and_never_run(open_page: Any, seen: Seen) -> None:
    page = open_page("?f=999&u=<script>alert(1)</script>&b=../../etc&zz=1")
    wait_for_runs(page)
    assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "10"
    assert "999" in page.locator("#notes").inner_text()
    assert page.locator("#notes script").count() == 0
    assert seen.errors == []


def test_every_lever_page_and_button_can_be_reached_by_tab(open_page: Any) -> None:
    page = open_page()
    wait_for_runs(page)
    met = []
    for _ in range(40):
        page.keyboard.press("Tab")
        met.append(
            page.evaluate(
                "(() => { const e = document.activeElement; const l = e.closest('[id^=lever-]');"
                " return l ? l.id : (e.id || e.className || e.tagName); })()"
            )
        )
    assert "skip" in met[0]
    assert [f"lever-{name}" for name in LEVERS if f"lever-{name}" not in met] == []
    assert "cancel" in met


def test_a_equal_to_b_differs_by_exactly_nothing(open_page: Any) -> None:
    page = open_page("?a=secured&b=secured&lang=en")
    wait_for_runs(page)
    assert "exactly zero" in page.locator("#sentence").inner_text()


def test_before_the_announcement_the_difference_is_exactly_zero(open_page: Any) -> None:
    page = open_page("?a=stays&b=hard_cut&lang=en")
    wait_for_runs(page, 2)
    early = page.evaluate(
        "(() => { const d = document.querySelector('#fan .js-plotly-plot').data.filter(t => t.yaxis === 'y2');"
        " return d.map(t => Array.from(t.y).slice(0, 2)).flat().filter(v => v !== null); })()"
    )
    assert early
    assert set(early) == {0}
    page.locator("#cancel").click()


def test_two_browsers_do_not_disturb_each_other(open_page: Any) -> None:
    first, second = open_page("?b=hard_cut&f=1"), open_page("?b=secured&f=6")
    wait_for_runs(first)
    first.locator("#cancel").click()
    wait_for_runs(second)
    assert first.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "1"
    assert second.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "6"
    second.locator("#cancel").click()
