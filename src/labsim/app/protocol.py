"""The protocol of a room: scenarios that were pinned, with guesses, results, notes and votes, as plain values.

Whatever comes from a browser or a file goes through `clean`: what is no part of a protocol is dropped and named, texts
are cut to their lengths, settings are put within their bounds. Nothing in it is ever run or written to a path.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from labsim import __version__
from labsim.app import levers
from labsim.app.levers import Choices, Setting
from labsim.app.simulating import SHOWN, Run
from labsim.app.summaries import DIRECTIONS, EXPECTED, Outcome, kept
from labsim.app.words import word

KIND = "labsim-workshop"
FORM = 1
MOST_PINS = 24
LONGEST = {"name": 80, "note": 2000, "group": 40, "notes": 6000}
"""Characters that a text may have."""

MOST_VOTES = 9999
MOST_MONTHS = 600

Protocol = dict[str, Any]


def empty() -> Protocol:
    """Return a protocol without anything."""
    return {
        "kind": KIND,
        "form": FORM,
        "labsim": __version__,
        "browser": "",
        "group": "",
        "notes": "",
        "pins": [],
    }


def setting_query(choices: Choices) -> str:
    """Return the address of choices without their language."""
    return levers.to_query(choices).rpartition("&lang=")[0]


def story_key(choices: Choices) -> str:
    """Return what guesses belong to: the two stories that are compared."""
    return f"{choices.a.story}|{choices.b.story}"


def pinned(
    protocol: Mapping[str, Any] | None,
    choices: Choices,
    pairs: Sequence[tuple[Run, Run]],
    expected: Mapping[str, str],
) -> Protocol:
    """Return the protocol with the comparison of `choices` at its end; there must be room and at least one pair."""
    now = clean(protocol)[0]
    number = 1 + max((each["number"] for each in now["pins"]), default=0)
    name = word("pin_name", choices.language, number=number,
                story=word(f"story_{choices.story_b}", choices.language))  # fmt: skip
    pin = {
        "id": f"{time.time_ns():x}", "number": number, "name": name, "query": setting_query(choices),
        "labsim": __version__, "pairs": len(pairs), "note": "", "votes": 0,
        "expected": {kpi: guess for kpi, guess in expected.items() if kpi in EXPECTED and guess in DIRECTIONS},
        "results": kept(pairs),
    }  # fmt: skip
    return now | {"pins": [*now["pins"], pin]}


def clean(given: Any) -> tuple[Protocol, list[str]]:
    """Return a protocol made of what can be used of the values given, and the names of what could not."""
    protocol, dropped = empty(), []
    if not isinstance(given, Mapping):
        return protocol, [] if given is None else ["kind"]
    for key in ("browser", "group", "notes"):
        protocol[key] = _text(given.get(key), LONGEST.get(key, 40))
    written = given.get("pins")
    for number, each in enumerate(written if isinstance(written, list) else [], start=1):
        pin = _pin(each, number)
        if pin is None or len(protocol["pins"]) >= MOST_PINS:
            dropped.append(f"pins[{number}]")
        else:
            protocol["pins"].append(pin)
    dropped += [str(key)[:40] for key in given if key not in protocol]
    return protocol, dropped


def _pin(given: Any, number: int) -> dict[str, Any] | None:
    if not isinstance(given, Mapping) or not isinstance(given.get("query"), str):
        return None
    choices = levers.read(given["query"][:2000])[0]
    results = given.get("results")
    found = {name: _result(results.get(name)) for name in SHOWN} if isinstance(results, Mapping) else {}
    expected = given.get("expected")
    guesses = expected if isinstance(expected, Mapping) else {}
    return {
        "id": _text(given.get("id"), 40) or f"{number:x}",
        "number": _whole(given.get("number"), MOST_VOTES) or number,
        "name": _text(given.get("name"), LONGEST["name"]),
        "query": setting_query(choices),
        "labsim": _text(given.get("labsim"), 40),
        "pairs": _whole(given.get("pairs"), MOST_VOTES),
        "note": _text(given.get("note"), LONGEST["note"]),
        "votes": _whole(given.get("votes"), MOST_VOTES),
        "expected": {kpi: guesses[kpi] for kpi in EXPECTED if guesses.get(kpi) in DIRECTIONS},
        "results": {name: each for name, each in found.items() if each is not None},
    }


def _result(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, Mapping) or not isinstance(given.get("outcome"), Mapping):
        return None
    told = given["outcome"]
    mean, low, high = (_number(told.get(key)) for key in ("mean", "low", "high"))
    if mean is None or low is None or high is None:
        return None
    above, pairs = (_whole(told.get(key), MOST_VOTES) for key in ("above", "pairs"))
    outcome = Outcome(mean, low, high, above, pairs)
    courses = {key: _course(given.get(key)) for key in ("a", "b", "low", "high")}
    return {"outcome": asdict(outcome)} | courses


def _course(given: Any) -> list[float | None]:
    return [_number(each) for each in given[:MOST_MONTHS]] if isinstance(given, list) else []


def _number(given: Any) -> float | None:
    usable = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    return float(given) if usable and abs(given) < 1e15 else None


def _whole(given: Any, most: int) -> int:
    number = _number(given)
    return 0 if number is None else min(max(int(number), 0), most)


def _text(given: Any, longest: int) -> str:
    """Return a text cut to its length, without signs that no text has."""
    if not isinstance(given, str):
        return ""
    return "".join(sign for sign in given if sign.isprintable() or sign == "\n")[:longest]


def outcome_of(pin: Mapping[str, Any], name: str) -> Outcome | None:
    """Return the outcome of a measure that a pin has kept."""
    found = pin["results"].get(name)
    return None if found is None else Outcome(**found["outcome"])


def settings_of(pin: Mapping[str, Any]) -> tuple[Setting, Setting]:
    """Return A and B of a pin."""
    choices = levers.read(pin["query"])[0]
    return choices.a, choices.b


def edited(protocol: Mapping[str, Any] | None, pin: str, key: str, value: Any) -> Protocol:
    """Return the protocol with one field changed: of a pin, or ("" as pin) of the whole."""
    now = clean(protocol)[0]
    if not pin:
        return clean(now | {key: value})[0]
    pins = [each | {key: value} if each["id"] == pin else each for each in now["pins"]]
    return clean(now | {"pins": pins})[0]


def without(protocol: Mapping[str, Any] | None, pin: str) -> tuple[Protocol, dict[str, Any] | None]:
    """Return the protocol without a pin, and that pin with its place, so that it can be put back."""
    now = clean(protocol)[0]
    there = [place for place, each in enumerate(now["pins"]) if each["id"] == pin]
    if not there:
        return now, None
    removed = {"place": there[0], "pin": now["pins"][there[0]]}
    return now | {"pins": [each for each in now["pins"] if each["id"] != pin]}, removed


def restored(protocol: Mapping[str, Any] | None, removed: Mapping[str, Any]) -> Protocol:
    """Return the protocol with a removed pin in its place again."""
    now = clean(protocol)[0]
    pins = list(now["pins"])
    pins.insert(_whole(removed.get("place"), MOST_PINS), removed.get("pin"))
    return clean(now | {"pins": pins})[0]


def joined(protocol: Mapping[str, Any] | None, other: Mapping[str, Any]) -> tuple[Protocol, int]:
    """Return the protocol with another one's pins added that it lacks, and how many these are."""
    now, more = clean(protocol)[0], clean(other)[0]
    known = {each["id"] for each in now["pins"]}
    added = [each for each in more["pins"] if each["id"] not in known][: MOST_PINS - len(now["pins"])]
    notes = "\n".join(dict.fromkeys(each for each in (now["notes"], more["notes"]) if each))
    group = now["group"] or more["group"]
    return now | {"pins": [*now["pins"], *added], "notes": notes[: LONGEST["notes"]], "group": group}, len(
        added
    )


def as_json(protocol: Mapping[str, Any]) -> str:
    """Return a protocol as the text of a file."""
    return json.dumps(clean(protocol)[0], ensure_ascii=False, indent=1, allow_nan=False) + "\n"
