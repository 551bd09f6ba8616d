"""The sections of a report that answer what an experiment asked."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from labsim.report import read_results, write_report
from labsim.report.answers import short_of, stated

from .answered import ASKED, BASE, HARD, LOCAL, PART, write_answered
from .test_report_write import Page

SECTIONS = (
    "What was expected, and what came", "Are there enough replicates?",
    "What the effect of Local activation consists of", "What the transition costs", "Who gains, who loses",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_answered(tmp_path_factory.mktemp("answered"))


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def section(page: Page, name: str) -> str:
    """The text from a section's heading to the next heading of a section."""
    start = page.text.index(name, page.text.index(name) + 1)  # the first is in the contents
    after = [
        page.text.find(other, start + 1) for other in (*SECTIONS, "Scenarios", "Figures", "How this was made")
    ]
    return page.text[start : min([place for place in after if place > 0], default=None)]


def test_a_report_with_answers_is_well_formed_and_has_one_plotly_js(page: Page, html: str) -> None:
    assert page.wrong == page.open == []
    assert html.count("* plotly.js v") == 1
    assert html.index("* plotly.js v") < html.index("Plotly.newPlot(")
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(other <= one + 1 for one, other in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_question_has_its_section_in_the_contents(page: Page) -> None:
    links = [attributes["href"] for attributes in page.having("a")]
    assert len(links) == len(set(links))
    for name in SECTIONS:
        assert page.text.count(name) == 2, "in the contents and as a heading"


def test_scenarios_that_were_made_are_in_no_figure_of_the_others(folder: Path, page: Page) -> None:
    results = read_results(folder)
    assert results.names == (BASE, HARD, LOCAL)
    assert f"{BASE}_placebo" not in set(results.indicators["scenario"])
    assert "D  " not in page.text


def test_expectations_stand_beside_what_came_with_their_verdicts(page: Page) -> None:
    text = section(page, "What was expected, and what came")
    assert re.search(r"Employment rate \(percentage points\) C − A Later years entry jobs <lead on> rises "
                     r"\+\d\.\d\d \(\+\d\.\d\d to \+\d\.\d\d\) came true", text)  # fmt: skip
    assert re.search(r"at least \+40 \+\d\.\d\d \(.*?\) came out otherwise", text)
    assert re.search(r"Unemployment rate, Dortmund|Registered unemployment rate, Dortmund", text)
    assert "no change (within 5)" in text
    assert re.search(r"under 25 \(percentage points\) B − C First years – falls no values open", text)
    assert "Of 4 expectations in the experiment's file, 2 came true, 1 came out otherwise and 1 is open." in (
        page.text
    )


def test_expectations_that_came_after_the_results_are_called_descriptions(tmp_path: Path, page: Page) -> None:
    late = write_answered(tmp_path, seeds=2, asked={**ASKED, "expect_late": True})
    said = "written or changed when results were already there: read them as descriptions, not predictions"
    assert Page(write_report(late).read_text(encoding="utf-8")).text.count(said) == 2
    assert said not in page.text


def test_the_precision_wanted_is_compared_with_the_precision_there_is(page: Page) -> None:
    text = section(page, "Are there enough replicates?")
    rows = re.findall(r"(\d+\.\d+) (0\.07|5) 4 (\d+)", text)
    assert len(rows) == 8
    for half, wanted, need in rows:
        assert (float(half) <= float(wanted)) == (int(need) <= 4)
    short = [int(need) for _, _, need in rows if int(need) > 4]
    assert f"{len(short)} of 8 differences are less precise than wanted: there are 4 replicates" in text
    assert f"and {max(short)} are needed for all of them" in text


def test_the_parts_of_an_effect_the_sum_and_the_interaction_are_told(page: Page) -> None:
    text = section(page, "What the effect of Local activation consists of")
    assert "the components interact (together less sum:" in text
    assert "Not switched on, because all regimes of this timeline agree in them: local policy." in text
    assert "Not among the parts, although the regimes differ in them: instruments." in text
    assert re.search(r"The passage itself, rules as before 0 \(identical\)", text)
    assert "Local activation: components one at a time, later years (2007–2010)" in text
    assert "The same, first years (2003–2004)" in text


def test_costs_scars_and_times_are_measured_against_the_ideal(page: Page) -> None:
    text = section(page, "What the transition costs")
    assert "against the ideal, immediate change (Local activation)" in text
    assert "Employment, over 12 months (person-months per 1,000)" in text
    assert "Underemployment, 60 months after (percentage points)" in text
    assert "120 months after" not in text, "the runs end before"
    assert re.search(r"C Local activation \d of 4 pairs \S+ \S+.*? – – –", text), (
        "the ideal has nothing to catch up with"
    )
    assert "Status quo ante and Demand and support end in another regime than the ideal" in text
    assert "stays within 0.25 percentage points (assumption)" in text


def test_winners_and_losers_stand_beside_the_placebo_under_a_warning(page: Page) -> None:
    text = section(page, "Who gains, who loses")
    assert text.index("A single pair of runs says little about a single person") < text.index(
        "gain 3 months or more"
    )
    found = re.search(r"C \(Local activation\): (\S+) % gain 3 months or more \(placebo (\S+) %", text)
    assert found is not None
    assert float(found[1]) > float(found[2]) > 0
    assert "the baseline with its lots drawn anew once" in text
    assert re.search(r"Placebo Everybody 600", text)


def test_one_pair_answers_nothing_and_says_so(tmp_path: Path) -> None:
    text = Page(write_report(write_answered(tmp_path, seeds=1)).read_text(encoding="utf-8")).text
    assert "Of 4 expectations in the experiment's file, 4 are open." in text
    assert "One replicate has no interval; how many are needed can be said from two on." in text
    assert "One pair has no interval: nothing here tells chance from effect." in text
    assert "whether the components interact is open" in text


def test_more_scenarios_than_colours_stand_side_by_side_in_one_view(tmp_path: Path) -> None:
    folder = write_answered(tmp_path, seeds=3, more=5)
    html = write_report(folder).read_text(encoding="utf-8")
    page = Page(html)
    assert read_results(folder).left_out == ("further_4", "further_5")
    assert "All scenarios against A, later years" in page.text
    for name in ("Further 4", "Further 5"):
        assert re.search(rf"{name} [+−]\d\.\d\d \(", page.text)
    assert html.index("* plotly.js v") < html.index("Plotly.newPlot(")
    assert page.wrong == page.open == []


def test_an_experiment_that_asks_nothing_has_no_such_sections(tmp_path: Path) -> None:
    nothing = {"outcomes": ASKED["outcomes"]}
    text = Page(write_report(write_answered(tmp_path, asked=nothing)).read_text(encoding="utf-8")).text
    for name in SECTIONS:
        assert name not in text
    assert "expectations" not in text


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"enough": [True], "pairs": [8], "needed": [3.0]}, "The 8 replicates reach the wanted precision everywhere."),
        ({"enough": [True, False], "pairs": [8, 8], "needed": [3.0, 1234.0]},
         "1 of 2 differences are less precise than wanted: there are 8 replicates, and 1,234 are needed for all of"
         " them."),
    ],
)  # fmt: skip
def test_too_few_replicates_are_said_with_the_number_needed(table: dict[str, list[float]], said: str) -> None:
    assert short_of(pd.DataFrame(table)) == said


def test_an_expectation_reads_as_its_author_meant_it() -> None:
    assert stated({"at_most": -0.5}) == "at most −0.5"
    assert stated("falls") == "falls"


def test_a_part_is_named_by_its_label_where_it_has_no_letter(page: Page) -> None:
    assert f"{PART}benefits".replace("_", " ").capitalize() in page.text
