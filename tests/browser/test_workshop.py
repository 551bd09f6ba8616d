"""The comparison in a real browser: offline, shared, brought back (checks 1, 2, 7-9, 16, 17, 19-21)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import (
    QUICK,
    Open,
    Seen,
    Workshop,
    cancel,
    ended,
    free_port,
    served,
    slowness,
    step,
    wait_for_runs,
)  # fmt: skip

pytestmark = pytest.mark.browser
PAGES = 7
PAIRS = 12
LEVERS = ("start", "length", "gap", "bridging", "demand", "support", "local", "federal_cut")
CURVES = "document.querySelector('#fan .js-plotly-plot')"
DIFFERENCES = (
    f"{CURVES}._fullData.filter(t => t.yaxis === 'y2' && t.x && t.x.length > 12)"
    ".map(t => [Array.from(t.x), Array.from(t.y)])"
)


@pytest.fixture(scope="module")
def toured(chromium: Any, workshop: Workshop) -> Iterator[Seen]:
    """Tour all pages in both languages while the first question runs to its end; return what the tour met."""
    seen = Seen()
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    seen.listen(page, workshop.address)
    for language in ("de", "en"):
        page.goto(workshop.address + f"?b=hard_cut&lang={language}&page=compare")
        wait_for_runs(page, 2, 120)
        for number in range(PAGES):
            page.locator("#pages [role=tab]").nth(number).click()
            page.wait_for_timeout(500)
    page.wait_for_function(f"window.labsimState.done >= {PAIRS}", timeout=400_000 * slowness())
    shown = page.evaluate("Array.from(document.querySelectorAll('[data-title], [aria-label], [title]'), e => "
                          "(e.dataset.title || '') + (e.ariaLabel || '') + (e.title || ''))")  # fmt: skip
    offers = [text for text in shown if "cloud" in text.lower() or "share ch" in text.lower()]
    seen.console += [f"a button offers to upload: {text}" for text in offers]
    yield seen
    context.close()


def test_no_request_leaves_the_machine_on_any_page_in_both_languages(toured: Seen) -> None:
    assert toured.outside == []


def test_the_console_stays_empty_and_nothing_offers_to_upload(toured: Seen) -> None:
    assert toured.errors == []
    assert toured.console == []


def test_the_address_brings_back_the_same_levers_language_and_picture(open_page: Open, toured: Seen) -> None:
    page = open_page("?a=stays&b=hard_cut&f=2&lang=en&page=compare")
    wait_for_runs(page, 2)
    step(page, "gap", "ArrowLeft")
    page.wait_for_function("location.search.includes('g=11')", timeout=20_000 * slowness())
    page.wait_for_function("window.labsimState.state === 'done'", timeout=120_000 * slowness())
    again = open_page(page.evaluate("location.search"))
    again.wait_for_function("window.labsimState.state === 'done'", timeout=120_000 * slowness())
    again.wait_for_function(f"{CURVES}?.layout?.meta?.n === {PAIRS}", timeout=20_000 * slowness())
    assert again.evaluate("document.documentElement.lang") == "en"
    for lever in LEVERS:
        value = f"#lever-{lever} [role=slider]"
        kept, shown = (each.locator(value).get_attribute("aria-valuenow") for each in (page, again))
        assert shown == kept
    assert again.evaluate(DIFFERENCES) == page.evaluate(DIFFERENCES)


def test_garbage_in_the_address_is_put_right_and_named_and_never_run(open_page: Open, seen: Seen) -> None:
    page = open_page("?f=999&u=<script>alert(1)</script>&b=../../etc&zz=1&page=compare")
    wait_for_runs(page)
    assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "10"
    said = page.locator("#notes").inner_text()
    assert "999" in said
    assert "<script>" in said
    assert page.locator("#notes script").count() == 0
    assert seen.errors == []
    cancel(page)


def test_a_equal_to_b_differs_by_exactly_nothing(open_page: Open, toured: Seen) -> None:
    page = open_page("?a=secured&b=secured&lang=en&page=compare")
    wait_for_runs(page, 2)
    assert "exactly zero" in page.locator("#sentence").inner_text()
    values = [value for _, ys in page.evaluate(DIFFERENCES) for value in ys if value is not None]
    assert values
    assert set(values) == {0}
    cancel(page)


def test_before_the_announcement_the_difference_is_exactly_zero(open_page: Open, toured: Seen) -> None:
    page = open_page(
        "?a=stays&b=hard_cut&s=18&lang=en&page=compare"
    )  # B starts in July 2004, A's way in 2003 is B's
    wait_for_runs(page, 2)
    early = [
        value
        for xs, ys in page.evaluate(DIFFERENCES)
        for x, value in zip(xs, ys, strict=True)
        if str(x) < "2002-12" and value is not None
    ]
    assert early
    assert set(early) == {0}
    cancel(page)


def test_two_browsers_do_not_disturb_each_other(open_page: Open, toured: Seen) -> None:
    first, second = open_page("?b=hard_cut&f=1&page=compare"), open_page("?b=secured&f=6&page=compare")
    wait_for_runs(first)
    for page, value in ((first, "1"), (second, "6")):
        assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == value
    cancel(first)
    wait_for_runs(second)
    assert second.evaluate("window.labsimState.session") != first.evaluate("window.labsimState.session")
    assert second.evaluate("window.labsimState.job") != first.evaluate("window.labsimState.job")
    assert "f=1" in first.evaluate("location.search")
    assert "f=6" in second.evaluate("location.search")
    cancel(second)


def test_a_page_loaded_again_while_running_asks_the_same_and_goes_on(open_page: Open, toured: Seen) -> None:
    page = open_page("?b=hard_cut&f=8&page=compare")
    wait_for_runs(page, 2)
    page.wait_for_function("location.search.includes('f=8')", timeout=20_000 * slowness())
    page.reload()
    wait_for_runs(page, 2)
    assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "8"
    cancel(page)


def test_a_server_that_was_away_is_named_in_words_and_found_again(
    chromium: Any, folder: Path, toured: Seen
) -> None:
    port = free_port()
    server = served(folder, port, *QUICK)
    context = chromium.new_context(viewport={"width": 1280, "height": 720})
    try:
        page = context.new_page()
        page.goto(server.address + "?b=hard_cut&f=9&page=compare")
        wait_for_runs(page, 2, 120)
        pictures = page.locator("#fan .scatterlayer .trace").count()
        ended(server)
        page.wait_for_selector("body.lost", timeout=20_000 * slowness())
        assert "labsim" in page.locator("#lost").inner_text()
        assert page.locator("#lost").is_visible()
        assert page.locator("#fan .scatterlayer .trace").count() >= pictures  # the picture stays
        server = served(folder, port, *QUICK)
        page.wait_for_selector("body:not(.lost)", timeout=30_000 * slowness())
        wait_for_runs(page, 2, 120)
        page.wait_for_function("window.labsimState.job >= 1 && window.labsimState.state !== 'none'")
        assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "9"
    finally:
        context.close()
        if server.process.poll() is None:
            ended(server)
