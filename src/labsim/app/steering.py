"""What becomes of the choices when somebody moves a lever, takes another story, or pins what there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from labsim.app.levers import LEVERS, ORDERS, STORIES, Choices, fitted, read, today

FIRST_GAP = 6
"""Months of gap or overlap that an order begins with where the story has none."""


def changed(
    before: Choices,
    cause: str,
    values: Mapping[str, float],
    order: str,
    story_a: str,
    story_b: str,
    wanted: str,
) -> Choices:
    """Return the choices after a change.

    Parameters
    ----------
    before
        The choices until now.
    cause
        Which control was used: ``lever-NAME``, ``back-NAME``, ``order``, ``story-a``, ``story-b``, ``reset`` or
        ``wanted``.
    values, order, story_a, story_b
        What the controls show.
    wanted
        An address's query that takes the place of everything; used if that is the cause.
    """
    if cause == "wanted":
        return read(wanted)[0].spoken(before.language)
    if cause == "story-a":
        return replace(before, story_a=story_a, pinned_a=None) if story_a in STORIES else before
    if cause == "story-b":
        return _story(before, story_b) if story_b in STORIES else before
    if cause == "reset":
        return _story(before, before.story_b)
    return _set(before, cause, values, order)


def _set(before: Choices, cause: str, values: Mapping[str, float], order: str) -> Choices:
    """Return the choices after a lever, its way back, or the order was used."""
    kind, _, name = cause.partition("-")
    shown = {each: fitted(before.story_b, each, float(values[each])) for each in LEVERS}
    after = replace(before, values=shown, order=order if order in ORDERS else before.order)
    if kind == "back" and name in LEVERS:
        return after.with_value(name, today(before.story_b).values[name])
    if cause == "order" and after.order != "together" and not after.values["gap"]:
        return after.with_value("gap", FIRST_GAP)
    return after


def _story(before: Choices, name: str) -> Choices:
    usual = today(name)
    return replace(before, story_b=name, order=usual.order, values=usual.values)


def pinned_as_a(choices: Choices) -> Choices:
    """Return the choices with what the levers show as A."""
    return replace(choices, story_a=choices.story_b, pinned_a=choices.b if choices.b.moved else None)


def added_as_third(choices: Choices) -> Choices:
    """Return the choices with what the levers show as C, too."""
    return replace(choices, third=choices.b)


def without_third(choices: Choices) -> Choices:
    """Return the choices without C."""
    return replace(choices, third=None)
