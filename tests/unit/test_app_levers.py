"""What the room sets: bounds, addresses, scenarios, words."""

from __future__ import annotations

import pytest

from labsim.app import levers
from labsim.app.levers import LEVERS, STORIES


@pytest.mark.parametrize("name", STORIES)
def test_a_story_whose_levers_are_untouched_is_the_story_of_the_files(name: str) -> None:
    a, b = levers.pair(levers.read(f"a={name}&b={name}")[0])
    assert a is b


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("lever", LEVERS)
def test_every_lever_of_every_story_stands_at_both_ends_or_says_why_not(name: str, lever: str) -> None:
    choices = levers.today(name)
    for value in levers.bounds(name, lever):
        moved = choices.with_value(lever, value)
        a, b = levers.pair(moved)
        inert = lever == "gap" and choices.order == "together"
        assert moved.values[lever] == value
        assert (b is levers.story(name)) == (moved.b == choices.b) or inert
        assert a is levers.story("stays")


@pytest.mark.parametrize("name", STORIES)
def test_an_address_brings_back_the_choices(name: str) -> None:
    choices = levers.today(name).with_value("demand", 4.2).with_value("length", 7)
    assert levers.read("?" + levers.to_query(choices)) == (choices, ())


def test_garbage_in_an_address_is_put_right_and_named() -> None:
    choices, wrong = levers.read("?f=999&u=abc&k=nan&g=-5&b=../x&lang=xx&unheard=1&s=1e999")
    assert choices.values["demand"] == LEVERS["demand"].high
    assert choices.values["gap"] == 0
    assert choices.story_b == levers.FIRST_B
    assert choices.language == "de"
    assert {key for key, _ in wrong} == {"f", "u", "k", "g", "b", "lang", "unheard", "s"}


def test_the_short_names_in_an_address_mean_one_thing_each() -> None:
    names = [each.short for each in LEVERS.values()]
    others = ("a", "b", "third", "o", "lang", *levers.ELSEWHERE)
    assert len({*names, *others}) == len(names) + len(others)


def test_a_cut_of_federal_money_halves_the_agencys_budgets_and_leaves_the_municipalitys() -> None:
    a, b = levers.pair(levers.today("secured").with_value("federal_cut", 50))
    before = levers.story("secured").regimes["local_activation"].instruments
    after = b.regimes["local_activation"].instruments
    for name, each in before.items():
        factor = 0.5 if each.funded_by == "agency" else 1.0
        assert after[name].budget == pytest.approx(each.budget * factor)
    assert b.regimes["status_quo_ante"] == a.regimes["status_quo_ante"]
