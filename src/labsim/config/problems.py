"""From declared parameters and pydantic's findings to sentences for the person who edits the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
_NAMED_TRANSITION = re.compile(r"the transition to '([^']+)'(?: starts in (\d{4}-\d{2}))?")


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
    for key in path:
        if isinstance(key, int):
            kind = _inner(kind)
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(key)
            if field is None:
                return None
            kind = _plain(field.annotation)
        else:
            return None
    if field is None:
        return Leaf(kind, "", "", None, None)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    low, high = bounds(field)
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
    """Find the key that a validator's sentence speaks of: its first word, or the transition it names."""
    around = leaf_at(model, path)
    first, _, rest = message.partition(" ")
    if (
        around is not None
        and isinstance(around.kind, type)
        and first in getattr(around.kind, "model_fields", {})
    ):
        path, message = (*path, first), rest
    elif (named := _NAMED_TRANSITION.match(message)) is not None:
        path = _transition(named.group(1), named.group(2), document)
    wrong, _, right = message.partition(", but " if ", but " in message else "; ")
    problem = document.problem(path, wrong, right)
    row = _ROW.search(wrong)
    return path, problem if row is None else replace(
        problem, line=document.where((*path, int(row[1]) - 1))[1]
    )


def _transition(after: str, start: str | None, document: Document) -> KeyPath:
    listed = document.data.get("transitions")
    for i, each in reversed(list(enumerate(listed if isinstance(listed, list) else ()))):
        if isinstance(each, dict) and each.get("after") == after and start in {None, each.get("start")}:
            return ("transitions", i)
    return ("transitions",)


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


def _inner(kind: Any) -> Any:
    """Return what a tuple holds."""
    arguments = get_args(kind)
    return _plain(arguments[0]) if get_origin(kind) is tuple and arguments else None
