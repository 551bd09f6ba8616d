"""What a room does, in a real browser: choose a story, move the lane, guess, compare, undo, pin, take along."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.browser.conftest import Seen, cancel, step, wait_for_runs

pytestmark = pytest.mark.browser
SCRIPT = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">../../etc/passwd"
)
OURS = ("start", "levers", "compare", "wall")
"""The pages of this file; the others have tests of their own."""

WAIT = 90_000.0
"""Milliseconds to wait for what must come; no limit of time is tested here."""


def turn(page: Any, name: str) -> None:
    """Open a page by its key."""
    page.locator("body").press({"start": "1", "levers": "2", "compare": "3", "wall": "w"}[name])
    page.wait_for_function(f"window.labsimRoom.page() === '{name}'", timeout=WAIT)


def lever(page: Any, name: str) -> float:
    return float(page.locator(f"#lever-{name} [role=slider]").get_attribute("aria-valuenow"))


def wait_for_lever(page: Any, name: str, value: float) -> None:
    page.wait_for_function(
        "([n, v]) => Number(document.querySelector(`#lever-${n} [role=slider]`).getAttribute('aria-valuenow')) === v",
        arg=[name, value], timeout=WAIT,
    )  # fmt: skip


def drawn(page: Any) -> list[Any]:
    """Return axis and last value of every line of the comparison's picture."""
    return list(page.evaluate(
        "document.querySelector('#fan .js-plotly-plot')._fullData.filter(t => t.mode === 'lines')"
        ".map(t => [t.yaxis, t.name, t.line.color, Array.from(t.y).at(-1)])"
    ))  # fmt: skip


def test_a_story_is_chosen_on_the_first_page_and_leads_to_its_way(open_page: Any) -> None:
    page = open_page()
    assert page.evaluate("window.labsimRoom.page()") == "start"
    page.locator(".cards .card button").nth(2).click()
    page.wait_for_function("window.labsimRoom.page() === 'levers'", timeout=WAIT)
    wait_for_lever(page, "bridging", 85)
    page.wait_for_function(
        "document.getElementById('lane-told').textContent.includes('Die alten Mittel laufen 6 Monate')",
        timeout=WAIT,
    )
    page.locator("#see-result").click()
    wait_for_runs(page)
    page.wait_for_selector("#fan .main-svg", timeout=WAIT)
    cancel(page)


def test_handles_of_the_lane_move_by_keyboard_and_by_mouse(open_page: Any) -> None:
    page = open_page("?b=hard_cut&page=levers")
    page.wait_for_selector("#handle-gap", timeout=WAIT)
    gap = lever(page, "gap")
    page.locator("#handle-gap").focus()
    page.keyboard.press("ArrowLeft")
    wait_for_lever(page, "gap", gap - 1)
    page.wait_for_function("document.activeElement.id === 'handle-gap'", timeout=WAIT)
    page.wait_for_function(
        f"document.getElementById('handle-gap').getAttribute('aria-valuetext') === '{gap - 1:.0f} Monate'",
        timeout=WAIT,
    )
    before = lever(page, "start")
    box = page.locator("#handle-start").bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 12, steps=4)
    page.mouse.up()
    page.wait_for_function(
        f"Number(document.querySelector('#lever-start [role=slider]').getAttribute('aria-valuenow')) > {before}",
        timeout=WAIT,
    )
    cancel(page)


def test_a_guess_comes_first_and_is_shown_beside_the_result(open_page: Any) -> None:
    page = open_page("?b=hard_cut&page=levers")
    page.wait_for_selector("#lane .band", timeout=WAIT)
    page.locator(".expect").first.get_by_text("↓ niedriger").click()
    page.locator("#see-result").click()
    wait_for_runs(page, 2)
    page.wait_for_function(
        "document.getElementById('agreement')?.textContent.includes('Sie erwarteten: ↓ niedriger')",
        timeout=WAIT,
    )
    page.reload()
    wait_for_runs(page, 2)
    page.wait_for_function(
        "document.getElementById('agreement')?.textContent.includes('Sie erwarteten: ↓ niedriger')",
        timeout=WAIT,
    )
    cancel(page)


def test_every_step_can_be_undone_and_done_again(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page)
    first = lever(page, "demand")
    step(page, "demand")
    page.wait_for_function("!document.getElementById('undo').disabled", timeout=WAIT)
    second = lever(page, "demand")
    page.locator("#story-b").click()
    page.get_by_role("option", name="Regionalbudget").click()
    page.wait_for_function("location.search.includes('b=regional')", timeout=WAIT)
    page.keyboard.press("Control+z")
    page.wait_for_function("location.search.includes('b=hard_cut')", timeout=WAIT)
    wait_for_lever(page, "demand", second)
    page.locator("#undo").click()
    wait_for_lever(page, "demand", first)
    page.wait_for_function("!document.getElementById('redo').disabled", timeout=WAIT)
    page.keyboard.press("Control+y")
    wait_for_lever(page, "demand", second)
    page.locator("#back-demand").click()
    wait_for_lever(page, "demand", first)
    cancel(page)


def limits(texts: list[str]) -> list[tuple[float, float]]:
    """Return the ranges of axes as numbers."""
    return [(float(low), float(high)) for low, _, high in (each.partition(",") for each in texts)]


def test_the_axes_stay_when_a_lever_moves_and_the_old_result_stays_in_grey(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page, 10)
    page.wait_for_function("document.querySelector('#fan .js-plotly-plot').layout.meta.n >= 10", timeout=WAIT)
    ranges = (
        "['yaxis', 'yaxis2'].map(a => document.querySelector('#fan .js-plotly-plot').layout[a].range.join())"
    )
    before, job = page.evaluate(ranges), page.evaluate("window.labsimState.job")
    step(page, "federal_cut")
    page.wait_for_function(
        f"window.labsimState.job > {job} && window.labsimState.done >= 10", timeout=3 * WAIT
    )
    page.wait_for_function("document.querySelector('#fan .js-plotly-plot').layout.meta.n >= 10", timeout=WAIT)
    for (low, high), (lower, higher) in zip(limits(before), limits(page.evaluate(ranges)), strict=True):
        assert lower <= low
        assert high <= higher  # an axis never narrows, and it widens only for what would leave it
    assert [each[0] for each in drawn(page) if each[2] == "#B4B4B4"] == ["y", "y2"]
    cancel(page)


def test_the_table_has_the_numbers_of_the_picture(open_page: Any) -> None:
    page = open_page("?b=hard_cut&lang=de")
    wait_for_runs(page, 10)
    cancel(page)
    page.locator("#tables > summary").click()
    page.wait_for_selector("#numbers tbody tr", timeout=WAIT)
    page.wait_for_timeout(1500)
    cells = page.locator("#numbers tbody tr").last.locator("th, td").all_inner_texts()
    heads = page.locator("#numbers thead th").all_inner_texts()
    found = dict(zip(heads, cells, strict=True))
    lines = {(axis, name[:5]): value for axis, name, _, value in drawn(page)}
    assert float(found["B: Median"].replace(",", ".")) == pytest.approx(lines["y", "B  Lo"], abs=0.051)
    difference = found["B − A: Mittel"].replace(",", ".").replace("−", "-")
    assert float(difference) == pytest.approx(lines["y2", "B − A"], abs=0.0051)
    assert found["Monat"] == "Dez 2007"


def test_a_pinned_scenario_outlives_a_reload_and_can_be_noted_removed_and_taken_back(
    open_page: Any, seen: Seen
) -> None:
    page = open_page("?b=hard_cut&u=80")
    wait_for_runs(page, 2)
    page.locator("#pin-b").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(1)')", timeout=WAIT
    )
    cancel(page)
    page.locator("#protocol-open").click()
    page.locator("#pins textarea").first.fill(SCRIPT)
    page.locator("#group-name").fill(SCRIPT[:40])
    page.wait_for_function(
        "(localStorage.getItem('protocol') || '').includes('etc/passwd')"
        " && (JSON.parse(localStorage.getItem('protocol')).group || '').includes('<script>')", timeout=WAIT,
    )  # fmt: skip
    page.reload()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(1)')", timeout=WAIT
    )
    page.locator("#protocol-open").click()
    assert "Fördern: 80 Euro" in page.locator("#pins").inner_text()
    assert page.locator("#pins textarea").first.input_value() == SCRIPT
    page.locator("#pins button", has_text="Entfernen").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(0)')", timeout=WAIT
    )
    page.locator("#take-back").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(1)')", timeout=WAIT
    )
    page.keyboard.press("Escape")
    turn(page, "wall")
    page.wait_for_selector("#wall .card", timeout=WAIT)
    assert "<script>" in page.locator("#wall").inner_text()
    assert page.title() != "taken"
    assert page.locator("#pins script, #wall script, #wall img").count() == 0
    assert seen.errors == []
    assert seen.console == []


def test_table_protocol_and_scenario_can_be_taken_along(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page, 3)
    cancel(page)
    page.locator("#pin-b").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(1)')", timeout=WAIT
    )
    page.locator("#protocol-open").click()
    names = {}
    for label in ("Tabelle (CSV)", "Protokoll (JSON)", "Protokoll (HTML)", "Szenario B"):
        with page.expect_download(timeout=WAIT) as coming:
            page.locator("#protocol-dialog button", has_text=label).click()
        names[label] = (coming.value.suggested_filename, coming.value.path())
    table = names["Tabelle (CSV)"][1].read_text(encoding="utf-8-sig").splitlines()
    assert table[0].startswith("month;A;")
    assert "," in table[1]
    assert json.loads(names["Protokoll (JSON)"][1].read_text())["pins"][0]["pairs"] >= 3
    assert names["Szenario B"][0] == "workshop_b.zip"
    assert "<h2>" in names["Protokoll (HTML)"][1].read_text()


def test_the_wall_shows_scenarios_on_one_axis_with_the_baseline_in_grey(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page, 2)
    page.locator("#pin-b").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(1)')", timeout=WAIT
    )
    job = page.evaluate("window.labsimState.job")
    for _ in range(4):
        step(page, "federal_cut")
    page.wait_for_function("location.search.includes('c=20')", timeout=WAIT)
    page.wait_for_function(f"window.labsimState.job > {job} && window.labsimState.done >= 2", timeout=WAIT)
    page.locator("#pin-b").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(2)')", timeout=WAIT
    )
    cancel(page)
    turn(page, "wall")
    page.wait_for_function(
        "document.querySelectorAll('#wall .js-plotly-plot .main-svg').length >= 2", timeout=WAIT
    )
    plots = page.evaluate(
        "Array.from(document.querySelectorAll('#wall .js-plotly-plot'))"
        ".map(p => [p.layout.yaxis.range.join(), p.data.map(t => [t.name, t.line.color])])"
    )
    assert len({axis for axis, _ in plots}) == 1
    for _, lines in plots:
        assert ["A", "#6B6B6B"] in lines
    assert "Kürzung Bund" in page.locator("#wall").inner_text()


def test_help_pages_and_presenter_mode_have_keys(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page)
    page.locator("body").press("?")
    assert page.locator("#help").evaluate("e => e.open")
    assert "Strg+Z" in page.locator("#help").inner_text()
    page.keyboard.press("Escape")
    for name in OURS:
        turn(page, name)
    turn(page, "compare")
    page.locator("body").press("v")
    size = "document.querySelector('#fan .js-plotly-plot').layout.font.size"
    page.wait_for_function(f"{size} === 20", timeout=WAIT)
    page.wait_for_timeout(400)
    small = page.evaluate(SMALL_TYPE, 20)
    assert small == [], small
    page.locator("body").press("v")
    page.wait_for_function(f"{size} === 14", timeout=WAIT)
    page.wait_for_timeout(400)
    small = page.evaluate(SMALL_TYPE, 14)
    assert small == [], small
    cancel(page)


SMALL_TYPE = """(least) => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const it = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !it.checkVisibility() || it.closest('script, style, .skip')) continue;
    if (parseFloat(getComputedStyle(it).fontSize) < least)
      found.add(it.tagName + '.' + it.className + ': ' + it.textContent.slice(0, 30));
  }
  return [...found];
}"""


def test_the_skip_link_comes_first_and_the_page_speaks_its_language(open_page: Any) -> None:
    page = open_page("?b=hard_cut")
    wait_for_runs(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.documentElement.lang") == "de"
    page.wait_for_selector("#fan .xtick text", timeout=WAIT)
    page.locator("#language").click()
    page.wait_for_function("document.documentElement.lang === 'en'", timeout=WAIT)
    page.wait_for_selector("#fan .xtick text", timeout=WAIT)
    assert "Chance of a job" in page.locator("#kpi").inner_text()
    cancel(page)


def test_a_wall_and_a_protocol_with_pins_have_no_violation_and_fit_a_telephone(open_page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = open_page("?b=hard_cut&u=80&lang=de")
    wait_for_runs(page, 3)
    page.locator("#pin-b").click()
    page.wait_for_function(
        "document.getElementById('protocol-open')?.textContent.includes('(1)')", timeout=WAIT
    )
    cancel(page)
    turn(page, "wall")
    page.wait_for_selector("#wall .card", timeout=WAIT)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    for name in ("wall", "protocol"):
        if name == "protocol":
            page.locator("#protocol-open").click()
        page.wait_for_timeout(700)
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
        told = [(each["id"], each["nodes"][0]["html"][:160]) for each in found]
        assert told == [], f"{name}: {told}"
    for width, height in ((390, 844), (640, 360)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        fits = "(e => e.scrollWidth <= e.clientWidth)(document.getElementById('protocol-dialog'))"
        assert page.evaluate(fits), f"the protocol scrolls sideways at {width}"
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.scrollWidth") == 640
