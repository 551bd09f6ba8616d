"""The texts of the app: complete in both languages, and nothing English on a German page."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("dash", reason="the extra labsim[app] is not installed")

from labsim.app import layout, levers, words
from labsim.app.levers import LEVERS, STORIES
from labsim.app.pages import wall
from labsim.app.pages.protocol import EXPORTS
from labsim.app.simulating import SHOWN
from labsim.app.summaries import DIRECTIONS
from labsim.app.words import WORDS, word

APP = Path(levers.__file__).parent

ENGLISH = {
    "the", "and", "with", "from", "of", "is", "are", "run", "runs", "save", "close", "table", "month", "months",
    "year", "years", "page", "pages", "story", "stories", "budget lever", "gap", "start date", "money", "this", "that",
    "simulation", "higher", "lower", "same", "expected", "result", "cancel", "help", "keys",
}  # fmt: skip
"""Words that no German sentence has."""

BOTH = {"title", "page_start", "wall_baseline", "key_escape", "export_explorer", "pin_name", "story_regional"}
"""Keys whose text may be alike in both languages."""


def texts(part: Any) -> Iterator[str]:
    """Yield every text that a component shows or says to a screen reader."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list | tuple):
        for each in part:
            yield from texts(each)
    elif hasattr(part, "to_plotly_json"):
        props = part.to_plotly_json()["props"]
        for name in ("children", "label", "placeholder", "title", "aria-label", "thumbLabel"):
            yield from texts(props.get(name))
        for each in props.get("data") or () if isinstance(props.get("data"), list) else ():
            yield from texts(each.get("label"))


def words_of(language: str) -> set[str]:
    frame = layout.frame(levers.today("hard_cut").spoken(language), "", "start", SHOWN[0])
    spoken = " ".join(
        each for each in texts([*frame, wall.shell(language)]) if each not in {"English", "Deutsch"}
    )
    return set(re.findall(r"[a-zäöüß]+", spoken.lower().replace("labsim run", "")))


def test_every_text_is_there_in_both_languages_with_the_same_blanks() -> None:
    for key, (german, english) in WORDS.items():
        assert german.strip(), key
        assert english.strip(), key
        blanks = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (german, english)
        ]
        assert blanks[0] == blanks[1], key


def test_no_german_text_is_left_in_english() -> None:
    plain = {
        key: re.sub(r"{\w+}", "", german) for key, (german, english) in WORDS.items() if german == english
    }
    assert {key for key, text in plain.items() if re.search(r"[a-z]{4}.* ", text)} - BOTH == set()


def test_a_german_page_has_no_english_word_and_an_english_page_no_german_one() -> None:
    german, english = words_of("de"), words_of("en")
    assert len(german) > 150
    assert german & ENGLISH == set()
    assert english & {"und", "der", "die", "das", "nicht", "mit", "wird", "oder", "zurück", "seite"} == set()


def test_every_key_that_the_app_asks_for_is_in_the_catalogue() -> None:
    text = "".join(path.read_text() for path in APP.rglob("*.py"))
    asked = set(re.findall(r'\bword\(\s*"(\w+)"', text))
    asked |= {f"story_{name}" for name in STORIES} | {f"story_{name}_text" for name in STORIES}
    asked |= {*LEVERS, *(f"{name}_help" for name in LEVERS), *(f"order_{each}" for each in levers.ORDERS)}
    asked |= {f"kpi_{name}" for name in SHOWN} | {f"export_{each}" for each in EXPORTS}
    asked |= {f"{kind}_{each}" for kind in ("expect", "found") for each in DIRECTIONS}
    asked |= {f"page_{each}" for each in layout.PAGES if each != "wall"} | {
        f"unit_{u}" for u in ("months", "EUR", "%")
    }
    assert asked - set(WORDS) == set()


def test_no_text_stands_in_two_catalogues() -> None:
    from labsim.app.words_pages import PAGES
    from labsim.app.words_protocol import PROTOCOL
    from labsim.app.words_room import ROOM

    own = set(re.findall(r'^    "(\w+)":', Path(words.__file__).read_text(), re.MULTILINE))
    parts = [set(PAGES), set(PROTOCOL), set(ROOM), own]
    for number, part in enumerate(parts):
        for other in parts[number + 1 :]:
            assert part & other == set()


def test_decimals_have_a_comma_in_german_and_a_point_in_english() -> None:
    from labsim.app.values import shown_value

    choices = levers.today("secured").with_value("demand", 4.2)
    assert shown_value(LEVERS["demand"], 4.2, choices) == "4,2 %"
    assert shown_value(LEVERS["demand"], 4.2, choices.spoken("en")) == "4.2 %"
    assert word("running", "de", done=1, pairs=100) == "1 von 100 Paaren gerechnet"
