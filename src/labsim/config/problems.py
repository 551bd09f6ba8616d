"""From declared parameters and pydantic's findings to sentences for the person who edits the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticUndefined

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.params import bounds

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_ROW = re.compile(r"\brow (\d+)")
_ELSEWHERE = re.compile(r"names the municipality '([^']+)'")
_UNPAID = re.compile(r"instruments\.(\w+) has a budget without payer.* for (\w+) measures under funding")


class Leaf(NamedTuple):
    """What a declaration says of one key."""

    kind: Any
    unit: str
    meaning: str
    low: float | None
    high: float | None
    default: Any = PydanticUndefined

    def phrase(self) -> str:
        """Return what may stand here: "a share between 0 and 1 (chance of a sanction per meeting)"."""
        meaning = f" ({self.meaning})" if self.meaning else ""
        if isinstance(self.kind, type) and issubclass(self.kind, BaseModel):
            return f"a group with the keys {', '.join(self.kind.model_fields)}"
        if get_origin(self.kind) is Literal:
            return f"{' or '.join(str(each) for each in get_args(self.kind))}{meaning}"
        if self.kind is bool:
            return f"true or false{meaning}"
        if self.kind is str:
            return f"{'a month, YYYY-MM' if self.unit == 'YYYY-MM' else 'text'}{meaning}"
        if self.kind in {int, float}:
            return f"{self._number()}{meaning}"
        return f"a {'list' if get_origin(self.kind) is tuple else 'group'}{self._of()}{meaning}"

    def _number(self) -> str:
        low, high = (None if each is None else f"{each:g}" for each in (self.low, self.high))
        noun = "a share" if self.unit == "share" else "a whole number" if self.kind is int else "a number"
        unit = (
            ""
            if self.unit in {"", "share"}
            else f" {self.unit}"
            if self.unit.startswith("per ")
            else f" in {self.unit}"
        )
        if low is not None and high is not None:
            return f"{noun} between {low} and {high}{unit}"
        limit = (
            f" of at least {low}" if low is not None else f" of at most {high}" if high is not None else ""
        )
        return f"{noun}{limit}{unit}"

    def _of(self) -> str:
        names = {str: "names", float: "numbers", int: "whole numbers"}
        inner = _inner(self.kind)
        depth = "rows of " if get_origin(inner) is tuple else ""
        unit = f" in {self.unit}" if self.unit else ""
        innermost = _inner(inner) if depth else inner
        return f" of {depth}{names[innermost]}{unit}" if innermost in names else ""


def leaf_at(model: type[BaseModel], path: KeyPath) -> Leaf | None:
    """Return the declaration of the key at `path` below `model`, None where nothing is declared."""
    kind: Any = model
    field: FieldInfo | None = None
    limits: tuple[float | None, float | None] | None = None
    for key in path:
        if isinstance(key, int):
            kind, limits = _inner(kind), _limits(kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(key)
            if field is None:
                return None
            kind, limits = _plain(field.annotation), None
        else:
            return None
    if field is None:
        return Leaf(kind, "", "", None, None)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    low, high = bounds(field) if limits is None else limits
    return Leaf(kind, str(extra.get("unit", "")), field.description or "", low, high, field.default)


def validated[M: BaseModel](model: type[M], document: Document, data: Mapping[str, Any] | None = None) -> M:
    """Return the document as a `model`, or raise one `ConfigError` with all that is wrong in it.

    Parameters
    ----------
    data
        Values to validate instead of the document's own, for example with tables read from files.
    """
    values = document.data if data is None else dict(data)
    found: M | None = None
    problems: dict[KeyPath, Problem] = {}
    try:
        found = model.model_validate(values)
    except ValidationError as error:
        for detail in _without_echoes(error.errors()):
            path, problem = _from_pydantic(detail, model, document)
            problems.setdefault(path, problem)
    for path, problem in _strictly(model, document):
        problems.setdefault(path, problem)
    if problems or found is None:
        raise ConfigError(*sorted(problems.values(), key=lambda p: (str(p.file), p.line or 0)))
    return found


def _from_pydantic(
    detail: ErrorDetails, model: type[BaseModel], document: Document
) -> tuple[KeyPath, Problem]:
    path: KeyPath = tuple(detail["loc"])
    if detail["type"] == "value_error":
        return _from_validator(str(detail["ctx"]["error"]), path, model, document)
    if detail["type"] == "extra_forbidden":
        around = leaf_at(model, path[:-1])
        known = around.kind.model_fields if around is not None else ()
        return path, document.problem(path, "unknown key", suggestion(str(path[-1]), known))
    if detail["type"] == "too_long" or (detail["type"] == "missing" and isinstance(path[-1], int)):
        path = path if detail["type"] == "too_long" else path[:-1]
        leaf = leaf_at(model, path)
        size = len(get_args(leaf.kind)) if leaf is not None else 0
        given: Any = detail["input"]
        meaning = f" ({leaf.meaning})" if leaf is not None and leaf.meaning else ""
        return path, document.problem(path, f"has {len(given)} entries", f"it must have {size}{meaning}")
    leaf = leaf_at(model, path)
    phrase = leaf.phrase() if leaf is not None else detail["msg"].lower()
    if detail["type"] == "missing":
        return path, document.problem(path, "missing", f"add {phrase}")
    return path, document.problem(path, f"is {quoted(detail['input'])}", _must_be(phrase, detail["input"]))


def _from_validator(
    message: str, path: KeyPath, model: type[BaseModel], document: Document
) -> tuple[KeyPath, Problem]:
    """Turn a validator's sentence into a problem with the key that it speaks of."""
    path, message = _spoken_of(message, path, model, document)
    wrong, _, right = message.partition(", but " if ", but " in message else "; ")
    problem = document.problem(path, wrong, right)
    row = _ROW.search(wrong)
    return path, problem if row is None else replace(
        problem, line=document.where((*path, int(row[1]) - 1))[1]
    )


def _spoken_of(
    message: str, path: KeyPath, model: type[BaseModel], document: Document
) -> tuple[KeyPath, str]:
    """Return the key that a validator's sentence speaks of, and the sentence without it.

    Either the sentence begins with the key, as in "funding.basic_income adds up to 0.9", or it names a transition, a
    regime or a municipality.
    """
    if (unpaid := _UNPAID.match(message)) is not None:
        return _unpaid(document, unpaid[1], unpaid[2])
    around = leaf_at(model, path)
    first, _, rest = message.partition(" ")
    keys = tuple(first.split("."))
    if around is not None and keys[0] in getattr(around.kind, "model_fields", {}):
        elsewhere = _ELSEWHERE.match(rest) if keys == ("governance",) else None
        return (*path, *keys) if elsewhere is None else _change(document, elsewhere[1]), rest
    for pattern, find in _NAMING:
        if (said := pattern.match(message)) is not None:
            return find(document, said), message
    return path, message


def _unpaid(document: Document, instrument: str, funder: str) -> tuple[KeyPath, str]:
    """Return the key by which a budget lost its payer (one in the file itself, if any is) and what to say of it."""
    budget: KeyPath = ("instruments", instrument)
    measures = {"municipality": "municipal", "regional_budget": "regional"}.get(funder, funder) + "_measures"
    funding: KeyPath = ("funding", measures)
    keys = [key for key in ((*budget, "payers"), (*budget, "budget"), funding) if key in document.lines]
    if next((key for key in keys if document.lines[key][0] == document.file), budget) == funding:
        return funding, f"names nobody who pays, but instruments.{instrument} has a budget: write who does"
    here = f"write payers there, or in funding.{measures}"
    return budget, f"has a budget without payer, but somebody must pay it: {here}"


def _change(document: Document, municipality: str, start: str | None = None) -> KeyPath:
    """Return the key of a municipality's change of governance."""
    listed = document.data.get("governance")
    for i, each in enumerate(listed if isinstance(listed, list) else ()):
        if each.get("municipality") == municipality and start in {None, each.get("start")}:
            return ("governance", i)
    return ("governance",)


def _transition(document: Document, first: str | None = None, **wanted: str | None) -> KeyPath:
    """Return the key of the last transition with these values, or that names this pilot."""
    listed = document.data.get("transitions")
    for i, each in reversed(list(enumerate(listed if isinstance(listed, list) else ()))):
        fits = isinstance(each, dict) and all(each.get(k) == v for k, v in wanted.items() if v is not None)
        if fits and (first is None or first in each.get("first", ())):
            return ("transitions", i)
    return ("transitions",)


def _use(document: Document, regime: str) -> KeyPath:
    """Return the key by which a regime's measures have no provider: the one that stands in the file itself, if any."""
    providers: KeyPath = ("parameters", "providers")
    if document.part(providers).data.get("per_field") == 0:
        return (*providers, "per_field")
    is_first = document.data.get("initial") == regime
    use: KeyPath = ("initial",) if is_first else _transition(document, after=regime)
    return next((key for key in (use, ("place",)) if document.where(key)[0] == document.file), use)


_MONTH = r"(\d{4}-\d{2})"
_NAMING: tuple[tuple[re.Pattern[str], Callable[[Document, re.Match[str]], KeyPath]], ...] = (
    (re.compile(rf"the governance of (.+) changes in {_MONTH}"),
     lambda document, said: _change(document, said[1], said[2])),
    (re.compile(r"bridging of the contracts of '([^']+)'.* that follows it, '([^']+)',"),
     lambda document, said: _transition(document, before=said[1], after=said[2])),
    (re.compile(r"the transition to '[^']+' names the pilot '([^']+)'"),
     lambda document, said: _transition(document, first=said[1])),
    (re.compile(rf"the transition to '([^']+)'(?: starts in {_MONTH}| is announced \d+ months before {_MONTH})?"),
     lambda document, said: _transition(document, after=said[1], start=said[2] or said[3])),
    (re.compile(r"the regime '([^']+)'"), lambda document, said: _use(document, said[1])),
)  # fmt: skip
"""Sentences that name what they speak of, in the order in which they are tried, and how its key is found."""


def _strictly(model: type[BaseModel], document: Document) -> Iterator[tuple[KeyPath, Problem]]:
    """Yield what pydantic lets pass: numbers as text, truth values as numbers, units other than declared."""
    for path, value in _leaves(document.data, ()):
        if isinstance(value, bool | str):
            leaf = leaf_at(model, path)
            if leaf is not None and leaf.kind in {int, float}:
                wrong = f"is {quoted(value)}"
                yield path, document.problem(path, wrong, _must_be(leaf.phrase(), value))
    for path, unit in document.units.items():
        leaf = leaf_at(model, path)
        if leaf is not None and unit != leaf.unit:
            right = f"it must be {leaf.phrase()}" if leaf.unit else "this key has no unit"
            yield path, document.problem(path, f"is given in '{unit}'", right)


def _leaves(data: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if isinstance(data, dict | list):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in pairs:
            yield from _leaves(value, (*path, key))
    else:
        yield path, data


def _without_echoes(details: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Yield all findings but the missing keys that are there, only misspelt."""
    unknown = [d["loc"] for d in details if d["type"] == "extra_forbidden"]
    for detail in details:
        loc = detail["loc"]
        siblings = [str(other[-1]) for other in unknown if other[:-1] == loc[:-1]]
        if detail["type"] == "missing" and any(
            f"'{loc[-1]}'" in suggestion(s, [str(loc[-1])]) for s in siblings
        ):
            continue
        yield detail


def _must_be(phrase: str, value: object) -> str:
    quotes = isinstance(value, str) and _NUMBER.fullmatch(value.strip()) is not None
    unit = isinstance(value, str) and re.match(r"\s*[-+]?\d", value) is not None
    advice = (
        "; write it without quotes" if quotes else "; write the number alone, without a unit" if unit else ""
    )
    return f"it {'is' if phrase.startswith('a share') else 'must be'} {phrase}{advice}"


def _plain(annotation: Any) -> Any:
    """Return an annotation without "or None" and metadata."""
    if get_origin(annotation) in {Union, UnionType}:
        inner = [each for each in get_args(annotation) if each is not NoneType]
        return _plain(inner[0]) if len(inner) == 1 else annotation
    if hasattr(annotation, "__metadata__"):
        return _plain(get_args(annotation)[0])
    return annotation


def _limits(kind: Any) -> tuple[float | None, float | None]:
    """Return the lowest and highest value of what a tuple holds, None where there is none."""
    arguments = get_args(kind)
    declared = [each for each in getattr(arguments[0] if arguments else None, "__metadata__", ())
                if isinstance(each, FieldInfo)]  # fmt: skip
    return bounds(declared[0]) if declared else (None, None)


def _inner(kind: Any) -> Any:
    """Return what a tuple holds."""
    arguments = get_args(kind)
    return _plain(arguments[0]) if get_origin(kind) is tuple and arguments else None
