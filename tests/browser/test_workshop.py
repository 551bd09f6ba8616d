"""The comparison in a real browser: offline, quick, cancelled, shared, brought back (checks 1-9, 16, 17, 19-21)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import psutil
import pytest
from tests.browser.conftest import (
    Limit,
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
PAIRS = 100
LEVERS = ("start", "length", "gap", "bridging", "demand", "support", "local", "federal_cut")
CURVES = "document.querySelector('#fan .js-plotly-plot')"
DIFFERENCES = (
    f"{CURVES}._fullData.filter(t => t.yaxis === 'y2' && t.x && t.x.length > 12)"
    ".map(t => [Array.from(t.x), Array.from(t.y)])"
)
WATCH = """() => {
  window.met = { done: [], pictures: 0, first: 0, began: performance.now(), job: window.labsimState.job };
  let last = null;
  window.watching = setInterval(() => {
    const now = window.labsimState, drawn = document.querySelector('#fan .js-plotly-plot')?.layout?.meta?.n;
    if (now.job === window.met.job) return;
    if (!window.met.first && now.done) window.met.first = performance.now() - window.met.began;
    if (now.done !== window.met.done.at(-1)) window.met.done.push(now.done);
    if (drawn !== last) { last = drawn; window.met.pictures += 1; }
  }, 25);
}"""


@pytest.fixture(scope="module")
def burnt_in(chromium: Any, workshop: Workshop) -> Iterator[Seen]:
    """Let the first question run to its end, so that burn-ins are there as after `--prepare`; tour all pages by then.

    Returns what the tour of both languages met.
    """
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


def test_no_request_leaves_the_machine_on_any_page_in_both_languages(burnt_in: Seen) -> None:
    assert burnt_in.outside == []


def test_the_console_stays_empty_and_nothing_offers_to_upload(burnt_in: Seen) -> None:
    assert burnt_in.errors == []
    assert burnt_in.console == []


def test_the_first_plot_stands_within_five_seconds(open_page: Open, burnt_in: Seen) -> None:
    limit = Limit(5)
    limit.start()
    page = open_page("?b=hard_cut&page=compare")
    page.wait_for_selector("#fan .scatterlayer .trace", timeout=120_000)
    limit.check("first plot")
    cancel(page)


def test_a_lever_is_followed_by_a_fan_in_two_seconds_and_by_a_hundred_pairs_in_fifteen(
    open_page: Open, burnt_in: Seen
) -> None:
    page = open_page("?b=hard_cut&page=compare")
    wait_for_runs(page, 2)
    fan, whole = Limit(2), Limit(15)
    page.evaluate(WATCH)
    whole.start()
    step(page, "demand")
    page.wait_for_function("window.met.done.at(-1) >= 1", timeout=120_000, polling=20)
    first = page.evaluate("window.met.first") / 1000
    page.wait_for_function(f"window.met.done.at(-1) >= {PAIRS}", timeout=400_000)
    whole.check("a hundred pairs")
    met = page.evaluate("window.met")
    factor = max(fan.before, slowness())
    assert first <= 2 * factor, f"first fan after {first:.2f} s, more than 2 s x slowness {factor:.1f}"
    assert met["done"] == sorted(set(met["done"]))
    assert met["pictures"] >= 5
    assert page.evaluate(f"{CURVES}.layout.meta.n") == PAIRS


def test_a_lever_is_followed_by_an_approximation_in_half_a_second(open_page: Open, burnt_in: Seen) -> None:
    page = open_page("?b=hard_cut&page=compare")
    wait_for_runs(page, 2)
    if not page.evaluate("'preview' in window.labsimState"):
        pytest.skip("this build has no approximation (labsim.app.emulator)")
    limit = Limit(0.5)
    before = page.evaluate("window.labsimState.preview")
    limit.start()
    step(page, "support")
    page.wait_for_function(
        "before => window.labsimState.preview !== before", arg=before, timeout=60_000, polling=20
    )
    limit.check("approximation")
    cancel(page)


def test_cancelling_takes_a_second_keeps_the_picture_and_leaves_no_process(
    open_page: Open, workshop: Workshop, burnt_in: Seen
) -> None:
    page = open_page("?b=secured&f=3&page=compare")
    wait_for_runs(page, 1)
    assert workshop.simulating() != []
    done = page.evaluate("window.labsimState.done")
    limit = Limit(1)
    limit.start()
    page.evaluate("document.querySelector('#cancel').click()")
    page.wait_for_function("window.labsimState.state === 'cancelled'", timeout=60_000, polling=20)
    limit.check("cancelling")
    assert workshop.simulating() == []
    assert page.evaluate("window.labsimState.done") >= done
    assert page.locator("#fan .scatterlayer .trace").count() > 0
    step(page, "demand")  # and the levers work on
    wait_for_runs(page, 1)
    cancel(page)


def test_six_quick_steps_leave_one_job_alive_and_the_picture_is_the_last_steps(
    open_page: Open, workshop: Workshop, burnt_in: Seen
) -> None:
    page = open_page("?b=hard_cut&f=4&page=compare")
    wait_for_runs(page)
    for _ in range(6):
        step(page, "demand")
    page.wait_for_timeout(1000)
    assert len(workshop.simulating()) <= 2  # one job: at most two processes
    page.wait_for_function("location.search.includes('f=5.2')", timeout=20_000 * slowness())
    assert parse_qs(page.evaluate("location.search")[1:])["f"] == ["5.2"]
    shown = page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow")
    wait_for_runs(page, 2)
    assert shown == "5.2"
    told = page.evaluate(
        "async () => (await (await fetch('live?' + new URLSearchParams({session: window.labsimState.session,"
        " query: window.labsimRoom.query(), kpi: 'job_finding_rate'}))).json()).job"
    )
    assert told == page.evaluate("window.labsimState.job")
    cancel(page)


def test_a_closed_tab_ends_its_job(open_page: Open, workshop: Workshop, burnt_in: Seen) -> None:
    page = open_page("?b=hard_cut&f=7&page=compare")
    wait_for_runs(page)
    assert workshop.simulating() != []
    page.goto("about:blank")
    until = time.monotonic() + 3 * slowness()
    while workshop.simulating() and time.monotonic() < until:
        time.sleep(0.1)
    assert workshop.simulating() == []


def test_the_address_brings_back_the_same_levers_language_and_picture(
    open_page: Open, burnt_in: Seen
) -> None:
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


def test_a_equal_to_b_differs_by_exactly_nothing(open_page: Open, burnt_in: Seen) -> None:
    page = open_page("?a=secured&b=secured&lang=en&page=compare")
    wait_for_runs(page, 2)
    assert "exactly zero" in page.locator("#sentence").inner_text()
    values = [value for _, ys in page.evaluate(DIFFERENCES) for value in ys if value is not None]
    assert values
    assert set(values) == {0}
    cancel(page)


def test_before_the_announcement_the_difference_is_exactly_zero(open_page: Open, burnt_in: Seen) -> None:
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


def test_two_browsers_do_not_disturb_each_other(open_page: Open, burnt_in: Seen) -> None:
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


def test_a_page_loaded_again_while_running_asks_the_same_and_goes_on(open_page: Open, burnt_in: Seen) -> None:
    page = open_page("?b=hard_cut&f=8&page=compare")
    wait_for_runs(page, 2)
    page.wait_for_function("location.search.includes('f=8')", timeout=20_000 * slowness())
    page.reload()
    wait_for_runs(page, 2)
    assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "8"
    cancel(page)


def test_a_server_that_was_away_is_named_in_words_and_found_again(
    chromium: Any, folder: Path, burnt_in: Seen
) -> None:
    port = free_port()
    server = served(folder, port)
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
        server = served(folder, port)
        page.wait_for_selector("body:not(.lost)", timeout=30_000 * slowness())
        wait_for_runs(page, 2, 120)
        page.wait_for_function("window.labsimState.job >= 1 && window.labsimState.state !== 'none'")
        assert page.locator("#lever-demand [role=slider]").get_attribute("aria-valuenow") == "9"
    finally:
        context.close()
        if server.process.poll() is None:
            ended(server)


def test_a_laptop_that_slept_finds_its_picture_and_its_job_again(
    open_page: Open, workshop: Workshop, burnt_in: Seen
) -> None:
    """The lid: everything of the server stands still for seconds, then goes on."""
    page = open_page("?b=hard_cut&f=9.4&page=compare")
    wait_for_runs(page, 2)
    whole = [
        psutil.Process(workshop.process.pid),
        *psutil.Process(workshop.process.pid).children(recursive=True),
    ]
    for each in whole:
        os.kill(each.pid, signal.SIGSTOP)
    try:
        page.wait_for_timeout(2500)
        assert page.locator("#fan .scatterlayer .trace").count() > 0
    finally:
        for each in reversed(whole):
            os.kill(each.pid, signal.SIGCONT)
    done = page.evaluate("window.labsimState.done")
    page.wait_for_function(f"window.labsimState.done > {done}", timeout=60_000 * slowness())
    cancel(page)
