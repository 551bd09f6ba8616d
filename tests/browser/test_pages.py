"""Every page in a real browser: for everybody, on every screen, by keyboard, in print (checks 10-15, 18, 24)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from tests.browser.conftest import Seen, Workshop, cancel, slowness, wait_for_runs

pytestmark = pytest.mark.browser
PAGES = ("start", "levers", "compare", "people", "places", "check", "wall")
VIEWS = {
    "people": ("ways", "duration", "employability", "biographies"),
    "places": ("each", "map", "payers", "network"),
    "check": ("turns", "goals", "beveridge", "limits"),
}
SMALL_SCREENS = [(390, 844), (640, 360)]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ENGLISH = re.compile(
    r"\b(the|and|with|without|unemployed|employed|people|share of|months?|years?|table|picture|difference|spending|"
    r"municipality|who pays|not|per month|baseline|transition|employment)\b",
    re.IGNORECASE,
)
GERMAN = re.compile(
    r"\b(und|oder|der|die|das|nicht|Monate|Arbeitslose|Kommune|Übergang|Beschäftigung|Zahlende)\b"
)
WIDTH = "document.documentElement.scrollWidth"
SMALL = """() => Array.from(document.querySelectorAll('button, a[href], summary, [role=slider], [role=tab], input'))
  .filter(e => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && !e.matches('.skip, [type=radio]'))
  .map(e => [e.id || e.className || e.textContent.slice(0, 20), e.getBoundingClientRect()])
  .filter(([, r]) => r.width && r.height && (r.width < 24 || r.height < 24))
  .map(([name, r]) => name + ' ' + Math.round(r.width) + 'x' + Math.round(r.height))"""
TYPE = """() => Math.min(...Array.from(document.querySelectorAll('main *, header *, footer *'))
  .filter(e => e.checkVisibility() && !e.closest('svg') &&
    Array.from(e.childNodes).some(n => n.nodeType === 3 && n.textContent.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


FRAMES = """(patience) => new Promise(found => {
  const over = setTimeout(() => found(false), patience);
  requestAnimationFrame(() => requestAnimationFrame(() => { clearTimeout(over); found(true); })); })"""


def see_frames(page: Any) -> None:
    """Open a page anew that the browser has stopped to draw, as happens without a screen: clicks wait for frames."""
    if not page.evaluate(FRAMES, 5_000 * slowness()):
        print(f"{page.url} was no longer drawn, and is opened anew")  # noqa: T201 - shown if the test fails
        page.reload()
        assert page.evaluate(FRAMES, 5_000 * slowness())
        wait_for_runs(page, 3, 180)
        cancel(page)


def turn(page: Any, name: str, view: str = "") -> None:
    """Go to a page and one of its views, and wait until it has something to show."""
    see_frames(page)
    page.locator("#pages > [role=tablist] > [role=tab]").nth(PAGES.index(name)).click()
    if not view:
        page.wait_for_timeout(300)
        return
    page.evaluate(f"document.querySelector('#{name}-view input[value={view}]').click()")
    page.wait_for_function(
        f"document.querySelector('#{name}-content > [data-view={view}]')?.textContent.length > 80",
        timeout=60_000 * slowness(),
    )
    page.wait_for_timeout(300)
    if view in {*VIEWS["people"], *VIEWS["places"], "beveridge"}:
        page.wait_for_selector(f"#{name}-content .main-svg", timeout=60_000 * slowness(), state="attached")


@dataclass
class Facts:
    """What was seen of a view of a page: by axe, in its text, on small screens (width, targets below 24 pixels)."""

    violations: list[str]
    text: str
    small: dict[tuple[int, int], tuple[int, list[str]]]


Tour = dict[tuple[str, str], Facts]


@pytest.fixture(scope="module")
def tour(toured: tuple[Any, str, Seen]) -> Tour:
    """Go through all pages and views once, and note all that is asked about each."""
    import playwright.sync_api as playwright

    page, _, _ = toured
    found = {}
    for name in PAGES:
        for view in VIEWS.get(name, ("",)):
            turn(page, name, view)
            text = page.locator("#right").inner_text() + page.locator("#side").inner_text()
            facts = found[name, view] = Facts(violations(page), text, {})
            for width, height in SMALL_SCREENS:
                page.set_viewport_size({"width": width, "height": height})
                with suppress(playwright.TimeoutError):  # pictures follow their frame a moment later
                    page.wait_for_function(f"{WIDTH} === {width}", timeout=5_000 * slowness())
                facts.small[width, height] = (page.evaluate(WIDTH), page.evaluate(SMALL))
            page.set_viewport_size({"width": 1280, "height": 720})
    return found


@pytest.fixture(scope="module", params=["de", "en"])
def toured(
    request: pytest.FixtureRequest, chromium: Any, workshop: Workshop
) -> Iterator[tuple[Any, str, Seen]]:
    """Open the workshop in a language with a few finished pairs; the same page serves all checks of the module."""
    seen = Seen()
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, bypass_csp=True)
    page = context.new_page()
    seen.listen(page, workshop.address)
    page.goto(workshop.address + f"?b=hard_cut&lang={request.param}&page=compare")
    wait_for_runs(page, 3, 180)
    cancel(page)
    yield page, request.param, seen
    context.close()


def violations(page: Any) -> list[str]:
    """Return what axe finds against WCAG 2.2 A and AA and its best practice."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    return [
        f"{each['id']}: {node['html'][:160]}"
        for each in found.response["violations"]
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_page(tour: Tour, name: str) -> None:
    assert {
        view: facts.violations for (page, view), facts in tour.items() if page == name and facts.violations
    } == {}


def test_axe_finds_nothing_in_the_drawer_the_help_and_presenter_mode(toured: tuple[Any, str, Seen]) -> None:
    page, _, _ = toured
    for opens, dialog in (("help-open", "help"), ("protocol-open", "protocol-dialog")):
        page.evaluate(f"document.querySelector('#{opens}').click()")
        assert violations(page) == [], dialog
        page.evaluate(f"document.querySelector('#{dialog}').close()")
    page.evaluate("document.querySelector('#presenter').click()")
    turn(page, "compare")
    assert violations(page) == []
    assert page.evaluate(TYPE) >= 20
    page.evaluate("document.querySelector('#presenter').click()")
    assert page.evaluate(TYPE) >= 14


def test_every_page_speaks_one_language(toured: tuple[Any, str, Seen], tour: Tour) -> None:
    foreign = ENGLISH if toured[1] == "de" else GERMAN
    for where, facts in tour.items():
        if where[1] == "limits":
            continue  # sources are cited in the language in which they were published
        assert len(facts.text) > 300, where
        assert sorted(set(foreign.findall(facts.text))) == [], where
        assert not re.search(r"\b[a-z]+_[a-z]+(_[a-z]+)*\b", facts.text), f"{where} shows a key"


def test_the_table_of_a_figure_has_its_numbers_and_takes_its_place(toured: tuple[Any, str, Seen]) -> None:
    page, language, _ = toured
    turn(page, "places", "map")
    section = page.locator("#places-content [data-exhibit]").first
    drawn = " ".join(section.locator(".main-svg text").all_text_contents())
    section.locator("[data-do=table]").click()
    section.locator("table").wait_for(timeout=20_000 * slowness())
    assert not section.locator(".exhibit-picture").is_visible()
    rows = section.locator("tbody tr").all_inner_texts()
    assert len(rows) >= 6
    for row in rows:
        value = re.search(r"[+−]?\d+[.,]\d+", row)
        assert value is None or value[0] in drawn, f"{row} is not in the picture"
    sign = "," if language == "de" else "."
    assert any(sign in row for row in rows)
    section.locator("[data-do=picture]").click()
    section.locator(".js-plotly-plot").wait_for(timeout=20_000 * slowness())


def test_the_comparisons_table_equals_its_picture(toured: tuple[Any, str, Seen]) -> None:
    page, language, _ = toured
    turn(page, "compare")
    page.evaluate("document.querySelector('#tables').open = true")
    page.wait_for_selector("#numbers tbody tr", timeout=20_000 * slowness(), state="attached")
    rows = page.locator("#numbers tbody tr").all_inner_texts()
    medians = page.evaluate(
        "(() => { const found = document.querySelector('#fan .js-plotly-plot')._fullData"
        ".filter(t => t.yaxis === 'y' && t.mode === 'lines' && t.fill === 'none' && t.x && t.x.length > 24);"
        " return found.map(t => Array.from(t.y)); })()"
    )
    shown = {round(float(text.replace("−", "-").replace(",", ".")), 1)
             for row in rows for text in re.findall(r"[−-]?\d+[.,]\d+", row)}  # fmt: skip
    page.evaluate("document.querySelector('#tables').open = false")
    last = {round(curve[-1], 1) for curve in medians if curve[-1] is not None}  # the common past ends earlier
    assert len(last) >= 2
    assert last <= shown, f"{last - shown} is not among the table's numbers ({language})"


def test_a_figure_can_be_taken_along_as_a_picture_and_as_numbers(toured: tuple[Any, str, Seen]) -> None:
    page, language, _ = toured
    turn(page, "people", "ways")
    section = page.locator("#people-content [data-exhibit]").first
    with page.expect_download(timeout=30_000 * slowness()) as numbers:
        section.locator("[data-do=csv]").click()
    table = numbers.value.path().read_text(encoding="utf-8-sig")
    assert (";" if language == "de" else ",") in table.splitlines()[0]
    assert len(table.splitlines()) == 1 + section.locator("tbody tr").count() >= 3
    cells = section.locator("tbody td").all_text_contents()
    assert len(cells) >= 4
    assert [cell for cell in cells if cell.replace('"', '""') not in table] == []
    with page.expect_download(timeout=60_000 * slowness()) as picture:
        section.locator("[data-do=svg]").click()
    drawn = picture.value.path().read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert section.locator("h2").inner_text()[:20] in drawn


def test_a_projector_shows_the_comparison_without_scrolling(toured: tuple[Any, str, Seen]) -> None:
    page, _, _ = toured
    turn(page, "compare")
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [1280, 720]


@pytest.mark.parametrize("size", SMALL_SCREENS, ids=["telephone", "twofold"])
def test_no_page_scrolls_sideways_on_a_telephone_or_at_twice_the_size(
    tour: Tour, size: tuple[int, int]
) -> None:
    for where, facts in tour.items():
        width, targets = facts.small[size]
        assert width == size[0], where
        assert targets == [], f"{where}: targets below 24 pixels"


def wait_for_the_last_step(page: Any) -> None:
    """Wait until the newest question has been asked and has a pair."""
    page.wait_for_timeout(1500 * slowness())
    wait_for_runs(page, 1, 120)


def test_the_keyboard_alone_is_enough(toured: tuple[Any, str, Seen]) -> None:
    """Skip link first; a story chosen, every lever moved, a run ended, a page turned, a table opened, a file taken."""
    page, _, _ = toured
    page.goto(page.url.partition("?")[0] + "?b=stays&page=start&lang=" + toured[1])
    page.wait_for_selector("#pages [role=tab]", timeout=30_000 * slowness())
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.className")

    def reach(selector: str, most: int = 90) -> None:
        for _ in range(most):
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", f"{selector} shows no focus"
                return
            page.keyboard.press("Tab")
        pytest.fail(f"{selector} cannot be reached by Tab")

    reach(".card:nth-child(2) button")
    page.keyboard.press("Enter")
    page.wait_for_function("window.labsimRoom.query().includes('b=hard_cut')", timeout=30_000 * slowness())
    page.keyboard.press("3")
    wait_for_runs(page, 1, 120)
    page.locator(".skip").focus()
    for lever in ("start", "length", "gap", "bridging", "demand", "support", "federal_cut"):
        reach(f"#lever-{lever} [role=slider]")
        before = page.evaluate("document.activeElement.ariaValueNow")
        page.keyboard.press("ArrowRight")
        if page.evaluate("document.activeElement.ariaValueNow") == before:
            page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.activeElement.ariaValueNow") != before, lever
    wait_for_the_last_step(page)
    reach("#tables summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('#tables').open")
    page.keyboard.press("Escape")  # ends the run wherever the focus is, as the button in the footer does
    page.wait_for_function(
        "!['running', 'waiting'].includes(window.labsimState.state)", timeout=30_000 * slowness()
    )
    page.keyboard.press("4")
    page.wait_for_function("location.search.includes('page=people')", timeout=30_000 * slowness())
    page.locator(".skip").focus()
    page.wait_for_selector("#people-content [data-do=table]", timeout=60_000 * slowness())
    reach("#people-content [data-do=table]", 140)
    page.keyboard.press("Enter")
    assert page.locator("#people-content table").first.is_visible()
    with page.expect_download(timeout=30_000 * slowness()):
        reach("#people-content [data-do=csv]")
        page.keyboard.press("Enter")


def test_less_motion_forced_colours_and_print_are_honoured(toured: tuple[Any, str, Seen]) -> None:
    page, _, _ = toured
    turn(page, "compare")
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    moving = page.evaluate(
        "document.getAnimations().filter(a => a.playState === 'running' && a.effect.getTiming().duration > 1).length"
    )
    assert moving == 0
    lines = page.evaluate(
        "Array.from(document.querySelectorAll('#fan .scatterlayer path.js-line'), e => getComputedStyle(e).stroke + ' '"
        " + getComputedStyle(e).strokeDasharray)"
    )
    assert len(set(lines)) >= 2, "A and B look alike"
    page.emulate_media(reduced_motion="no-preference", forced_colors="none", media="print")
    assert not page.locator("#side").is_visible()
    assert page.locator("#fan").is_visible()
    assert page.locator("#sentence").is_visible()
    page.emulate_media(media="screen")


def test_nobody_was_asked_outside_and_nothing_was_said_on_the_console(toured: tuple[Any, str, Seen]) -> None:
    assert (toured[2].outside, toured[2].errors, toured[2].console) == ([], [], [])
