"""Values of levers in words, with their units."""

from __future__ import annotations

from labsim.app.levers import LEVERS, Choices, Lever, Setting, start_month, today
from labsim.app.words import month_in_words, word


def shown_value(lever: Lever, value: float, choices: Choices) -> str:
    """Return a lever's value with its unit in words."""
    language = choices.language
    if lever.name == "start":
        return month_in_words(start_month(choices), language)
    if lever.name == "gap" and choices.order == "together":
        return word("gap_none", language)
    text = f"{value:g}"
    if language == "de":
        text = text.replace(".", ",")
    unit = "month" if lever.unit == "months" and value == 1 else lever.unit
    return f"{text} {word('unit_' + unit, language)}"


def usual_value(lever: Lever, choices: Choices) -> str:
    """Return the value that the story has, with its unit in words."""
    usual = today(choices.story_b)
    return shown_value(lever, usual.values[lever.name], usual.spoken(choices.language))


def assumptions(setting: Setting, language: str) -> list[str]:
    """Return in words which levers stand elsewhere than in the story, each with both values."""
    choices = Choices(setting.story, setting.story, setting.order, setting.values, language)
    usual = today(setting.story).spoken(language)
    made = []
    for name in setting.moved:
        if name == "order":
            now, then = word(f"order_{setting.order}", language), word(f"order_{usual.order}", language)
        else:
            now = shown_value(LEVERS[name], setting.values[name], choices)
            then = shown_value(LEVERS[name], usual.values[name], usual)
        made.append(f"{word(name, language)}: {now} ({word('today', language, value=then)})")
    return made
