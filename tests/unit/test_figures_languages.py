"""Every figure of the catalogue speaks both languages, says its unit, and is read by a sentence and a table."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd
import pytest

from labsim.analysis.windows import Phase
from labsim.figures import speech, theme, words
from labsim.figures import trade_off as goals
from labsim.figures.exhibit import Exhibit
from labsim.indicators.registry import load_indicators
from labsim.plots import CATALOGUE, Plots, Source

from .followed_tables import DATES, actors, lives, paths, spread, ties
from .synthetic import LABELS, run
from .synthetic_policy import MORE_INDICATORS, policy_tables

NAMES = ("status_quo_ante", "local_activation")
GERMAN = {name: f"Szenario {number}" for number, name in enumerate(NAMES)}

ENGLISH_WORDS = re.compile(
    r"\b(the|of|and|with|without|mean|people|unemployed|employed|month|months|year|years|difference|than|each|"
    r"municipality|scenario|scenarios|replicate|replicates|pairs|share|who|pays|higher|lower|shaded|state|unit|whole)\b",
    re.IGNORECASE,
)
"""Words that no German text of a figure has."""


@pytest.fixture(scope="module")
def source() -> Source:
    made = policy_tables(NAMES, seeds=3)
    facts: dict[str, dict[str, Any]] = {}
    for name in NAMES:
        known = {
            each: entry | {"label_de": f"Größe {number}"}
            for number, (each, entry) in enumerate(MORE_INDICATORS.items())
        }
        minutes = [[0.0, 20.0], [20.0, 0.0]]
        place = {"municipalities": [{"name": "Dortmund"}, {"name": "Unna"}], "travel_minutes": minutes}
        facts[name] = run(name) | {"indicators": known, "config": {"place": place}}
    return Source(
        NAMES, made["indicators"], made["flows"], made["durations"], made["accounts"], facts,
        {name: {"en": LABELS[name], "de": GERMAN[name]} for name in NAMES},
        followed={"paths": paths(), "lives": lives(), "spread": spread(), "ties": ties(), "actors": actors()},
        dates=DATES,
    )  # fmt: skip


@pytest.fixture(scope="module", params=speech.LANGUAGES)
def shown(request: pytest.FixtureRequest, source: Source) -> tuple[str, dict[str, Exhibit]]:
    found = dict(Plots(source, request.param, "Dortmund").exhibits())
    failed = {name: each for name, each in found.items() if not isinstance(each, Exhibit)}
    assert failed == {}
    return request.param, {name: each for name, each in found.items() if isinstance(each, Exhibit)}


def texts(value: object) -> list[str]:
    """Every text that a figure shows: titles, labels, names, hover texts; not names of colours and settings."""
    hidden = {
        "colorscale",
        "fillcolor",
        "color",
        "family",
        "type",
        "mode",
        "symbol",
        "shape",
        "legendgroup",
        "stackgroup",
    }
    hidden |= {
        "x",
        "y",
        "z",
        "xaxis",
        "yaxis",
        "base",
        "dtype",
        "bdata",
        "hoverformat",
        "tickformat",
        "template",
        "xref",
    }
    hidden |= {"yref", "font", "marker", "line", "meta"}
    if isinstance(value, dict):
        return [text for key, each in value.items() if key not in hidden for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def layout_and_data(exhibit: Exhibit) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(exhibit.figure.to_json())
    content["layout"].pop("template", None)
    return content


def test_every_figure_of_the_catalogue_can_be_drawn(shown: tuple[str, dict[str, Exhibit]]) -> None:
    assert set(shown[1]) == set(CATALOGUE)
    assert len(CATALOGUE) >= 14


def test_no_figure_is_without_a_title_a_reading_aid_and_a_table(
    shown: tuple[str, dict[str, Exhibit]],
) -> None:
    for name, exhibit in shown[1].items():
        assert len(exhibit.heading) > 8, name
        assert len(exhibit.aid) > 60, name
        assert exhibit.aid.rstrip().endswith("."), name
        assert len(exhibit.numbers) > 0, name
        assert all(isinstance(cell, str) for cell in exhibit.numbers.to_numpy().ravel()), name


UNIT = re.compile(
    r"%|EUR|\b0 (to|bis) 1\b|\(0 (to|bis) 1\)|points|[Pp]unkte|persons|Personen|pairs|Paare|months|Monate|number|Anzahl"
)


def test_every_figure_and_its_table_say_the_unit(shown: tuple[str, dict[str, Exhibit]]) -> None:
    for name, exhibit in shown[1].items():
        spoken = " ".join([exhibit.aid, *texts(layout_and_data(exhibit))])
        assert UNIT.search(spoken), name
        table = " ".join([*map(str, exhibit.numbers.columns), *exhibit.numbers.iloc[0].map(str)])
        has_unit = UNIT.search(table) or name in {
            "fan",
            "municipalities",
            "who_pays",
        }  # theirs stands in the figure
        assert has_unit, name


def test_a_german_figure_has_no_english_word(shown: tuple[str, dict[str, Exhibit]]) -> None:
    language, exhibits = shown
    if language == "en":
        assert ENGLISH_WORDS.search(exhibits["fan"].aid)
        return
    for name, exhibit in exhibits.items():
        spoken = [exhibit.aid, *texts(layout_and_data(exhibit)), *map(str, exhibit.numbers.columns)]
        spoken += exhibit.numbers.map(str).to_numpy().ravel().tolist()
        foreign = {found.group(0) for text in spoken for found in ENGLISH_WORDS.finditer(text)}
        assert foreign == set(), (name, foreign)


def test_german_numbers_have_a_decimal_comma(shown: tuple[str, dict[str, Exhibit]]) -> None:
    language, exhibits = shown
    point, comma = re.compile(r"\d\.\d(?!\d\d)"), re.compile(r"\d,\d(?!\d\d)")
    for name, exhibit in exhibits.items():
        cells = " ".join(exhibit.numbers.to_numpy().ravel().tolist())
        assert not (point if language == "de" else comma).search(cells), name
        assert exhibit.figure.layout.separators == (",." if language == "de" else ".,"), name


def test_both_languages_show_the_same_numbers(source: Source) -> None:
    english, german = (dict(Plots(source, language, "Dortmund").exhibits()) for language in ("en", "de"))
    for name, exhibit in english.items():
        other = german[name]
        assert isinstance(exhibit, Exhibit)
        assert isinstance(other, Exhibit)
        assert exhibit.numbers.shape == other.numbers.shape, name
        assert len(exhibit.figure.data) == len(other.figure.data), name
        assert exhibit.figure.layout.height == other.figure.layout.height, name


def test_every_unit_of_an_indicator_has_a_german_name() -> None:
    units = {indicator.unit for indicator in load_indicators().values()}
    assert units - set(speech.UNITS_DE) == set()


def test_another_language_is_refused() -> None:
    with pytest.raises(ValueError, match="figures speak en and de, not 'fr'"):
        speech.speech("fr")


def test_words_are_the_same_in_the_two_ways_to_say_them() -> None:
    assert speech.Speech("en").number(1234.5) == words.number(1234.5)
    assert speech.Speech("de").number(-1234.5) == "−1.234,5"
    assert speech.Speech("de").signed_interval(0.0, 0.0, 0.0) == "0 (kein Unterschied)"
    assert speech.Speech("de").listing(["A", "B", "C"]) == "A, B und C"
    assert speech.Speech("de").listing(["A"]) == "A"
    span = Phase("during", pd.Timestamp("2003-03"), pd.Timestamp("2005-01"))
    assert speech.Speech("de").dates(span) == "2003-03 bis 2004-12"
    assert speech.Speech("de").month(pd.Timestamp("2003-03-01")) == "Mär 2003"


def test_a_setting_in_german_uses_german_labels_and_units() -> None:
    known = {"rate": {"unit": "% of the labour force", "label": "Rate", "label_de": "Quote"}}
    setting = theme.Setting(theme.styles(["a"]), known, language="de")
    assert (setting.label("rate"), setting.unit_label("rate")) == ("Quote", "% der Erwerbspersonen")
    assert setting.difference_label("rate") == "Prozentpunkte"
    assert setting.where == "im ganzen Gebiet"


def test_a_figure_of_another_goal_or_group_is_made_by_name(source: Source) -> None:
    plots = Plots(source, "de", "Dortmund")
    assert "Größe 9" in plots.exhibit("fan", "job_finding_rate").heading
    other = (goals.Goal("unemployment_rate", "lower"), goals.Goal("employment_rate"))
    assert "weniger ist erwünscht" in json.dumps(
        json.loads(plots.trade_off(other).to_json()), ensure_ascii=False
    )
    with pytest.raises(ValueError, match="there is no figure 'pie'; there are fan"):
        plots.exhibit("pie")
