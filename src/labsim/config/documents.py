"""YAML files as plain values, with the line, the source and the unit of every key.

Any value may be written alone (``months: 6``) or with its source (``months: {value: 6, source: SGB III}``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from labsim.config.errors import ConfigError, Problem, not_utf8, quoted, suggestion

type KeyPath = tuple[str | int, ...]
type Line = tuple[Path, int]

WRAPPING = ("value", "source", "unit", "note")
"""Keys of a value that is written with its source."""

_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Document:
    """The content of one file (or of several, where one is based on another), and where each key stands."""

    file: Path
    data: dict[str, Any]
    lines: dict[KeyPath, Line] = field(default_factory=dict)
    sources: dict[KeyPath, str] = field(default_factory=dict)
    units: dict[KeyPath, str] = field(default_factory=dict)
    prefix: str = ""
    """Key of the group that this document is a part of, for messages."""

    def where(self, path: KeyPath) -> Line:
        """Return file and line of a key, or of the nearest group around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, (self.file, 1))

    def problem(self, path: KeyPath, wrong: str, right: str = "") -> Problem:
        """Return a problem with the key at `path`."""
        file, line = self.where(path)
        key = ".".join(text for text in (self.prefix, key_text(path, self.data)) if text)
        return Problem(wrong, right, key, file, line)

    def error(self, path: KeyPath, wrong: str, right: str = "") -> ConfigError:
        """Return an error about the key at `path`."""
        return ConfigError(self.problem(path, wrong, right))

    def part(self, path: KeyPath) -> Document:
        """Return the group at `path` as a document of its own."""
        prefix = ".".join(text for text in (self.prefix, key_text(path, self.data)) if text)
        data = _at(self.data, path) or {}
        return Document(self.file, data, _below(self.lines, path), _below(self.sources, path),
                        _below(self.units, path), prefix)  # fmt: skip

    def over(self, base: Document) -> Document:
        """Return `base` with everything that this document says differently."""
        data = _merged(copy.deepcopy(base.data), self.data)
        replaced = [path for path in self.lines if not isinstance(_at(self.data, path), dict)]

        def joined[T](old: Mapping[KeyPath, T], new: Mapping[KeyPath, T]) -> dict[KeyPath, T]:
            kept = {path: it for path, it in old.items() if not any(path[: len(p)] == p for p in replaced)}
            return kept | dict(new)

        return Document(
            self.file,
            data,
            joined(base.lines, self.lines),
            joined(base.sources, self.sources),
            joined(base.units, self.units),
            self.prefix,
        )

    def has(self, path: KeyPath) -> bool:
        """Return whether there is a key at `path`."""
        return _has(_at(self.data, path[:-1]), path[-1])

    def cite_as_a_whole(self) -> None:
        """Let the key `source` stand for every value of its file that has no source of its own."""
        whole = self.data.get("source")
        if not isinstance(whole, str):
            return
        file = self.where(("source",))[0]
        for path, line in self.lines.items():
            if line[0] == file and not any(path[: n + 1] in self.sources for n in range(len(path))):
                self.sources[path] = whole

    def drop(self, path: KeyPath) -> None:
        """Remove the key at `path`, with its lines and sources."""
        group = _at(self.data, path[:-1])
        del group[path[-1]]
        for table in (self.lines, self.sources, self.units):
            for key in [key for key in table if key[: len(path)] == path]:
                del table[key]


def read_document(file: Path) -> Document:
    """Return the content of a YAML file, or raise one `ConfigError` with everything that is no YAML in it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(file, error) from error
    except OSError as error:
        raise ConfigError(Problem(f"cannot be read ({error.strerror})", "", file=file)) from error
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        right = "check indentation, colons and brackets here and just above"
        raise ConfigError(Problem(f"not valid YAML ({said})", right, file=file, line=line)) from error
    except YAMLError as error:
        said = str(error).splitlines()[0]
        raise ConfigError(Problem(f"not valid YAML ({said})", "remove it", file=file)) from error
    if root is None:
        raise ConfigError(Problem("the file is empty", "it must have keys and values", file=file, line=1))
    if not isinstance(root, MappingNode):
        raise ConfigError(
            Problem(
                "the file is not a group of keys",
                "it must have lines of the form 'key: value'",
                file=file,
                line=root.start_mark.line + 1,
            )
        )
    reader = _Reader(file)
    document = Document(file, reader.group(root, ()), reader.lines, reader.sources, reader.units)
    document.lines[()] = (file, 1)
    if reader.problems:
        raise ConfigError(*reader.problems)
    return document


class _Reader:
    """Walks the nodes of one YAML file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[KeyPath, Line] = {}
        self.sources: dict[KeyPath, str] = {}
        self.units: dict[KeyPath, str] = {}
        self.problems: list[Problem] = []
        self._open: set[int] = set()

    def value(self, node: Node, path: KeyPath) -> Any:
        if id(node) in self._open:
            self._complain(node, path, "the value contains itself", "write it out")
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, MappingNode):
                return self._wrapped(node, path) if self._has_value(node) else self.group(node, path)
            if isinstance(node, SequenceNode):
                return [self._item(each, (*path, i)) for i, each in enumerate(node.value)]
            return self._scalar(node, path)
        finally:
            self._open.discard(id(node))

    def group(self, node: MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, each in self._pairs(node, path).items():
            here = (*path, key)
            self.lines[here] = (self.file, each[0])
            data[key] = self.value(each[1], here)
        return data

    def _item(self, node: Node, path: KeyPath) -> Any:
        self.lines[path] = (self.file, node.start_mark.line + 1)
        return self.value(node, path)

    def _wrapped(self, node: MappingNode, path: KeyPath) -> Any:
        pairs = self._pairs(node, path)
        for key, (_, inner) in pairs.items():
            here = (*path, key)
            if key not in WRAPPING:
                self._complain(inner, here, "unknown key", suggestion(key, WRAPPING))
            elif key != "value":
                said = self._scalar(inner, here) if isinstance(inner, ScalarNode) else None
                if not isinstance(said, str) or not said.strip():
                    self._complain(inner, here, "is no text", "it must be text")
                elif key != "note":
                    table = self.sources if key == "source" else self.units
                    table[path] = said.strip()
        line, inner = pairs["value"]
        self.lines[path] = (self.file, line)
        return self.value(inner, path)

    def _pairs(self, node: MappingNode, path: KeyPath) -> dict[str, tuple[int, Node]]:
        pairs: dict[str, tuple[int, Node]] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._complain(key_node, path, "the key is not plain text", "write 'key: value'")
            elif key_node.value in pairs:
                key = key_text((*path, key_node.value), {})
                first = pairs[key_node.value][0]
                right = f"keep one (the first is in line {first})"
                self.problems.append(Problem("written twice", right, key, self.file, line))
            else:
                pairs[str(key_node.value)] = (line, value_node)
        return pairs

    def _scalar(self, node: Node, path: KeyPath) -> Any:
        try:
            return _CONSTRUCTORS[str(node.tag).removeprefix(_TAG)](str(node.value))
        except KeyError:
            self._complain(node, path, f"the tag {node.tag} is not allowed", "write a plain value")
        except ValueError:
            self._complain(node, path, f"the value {quoted(node.value)} is no number", "write a plain number")
        return None

    @staticmethod
    def _has_value(node: MappingNode) -> bool:
        return any(isinstance(key, ScalarNode) and key.value == "value" for key, _ in node.value)

    def _complain(self, node: Node, path: KeyPath, wrong: str, right: str) -> None:
        line = node.start_mark.line + 1
        self.problems.append(Problem(wrong, right, key_text(path, {}), self.file, line))


def key_text(path: KeyPath, data: Any) -> str:
    """Return a path as text: ``casework.meetings``, ``municipalities[Dortmund].jobs_per_head``.

    Entries of a list go by their name where they have one, else by their number, counted from 1; cells of a
    matrix by row and column.
    """
    text, i = "", 0
    while i < len(path):
        key = path[i]
        inside = data[key] if _has(data, key) else None
        if isinstance(key, str):
            text += f".{key}" if text else key
        elif i + 1 < len(path) and isinstance(path[i + 1], int):
            text += f"[row {key + 1}, column {int(path[i + 1]) + 1}]"
            i += 1
        else:
            name = inside.get("name") if isinstance(inside, dict) else None
            text += f"[{name if isinstance(name, str) else key + 1}]"
        data, i = inside, i + 1
    return text


def _has(data: Any, key: str | int) -> bool:
    if isinstance(data, dict):
        return key in data
    return isinstance(data, list | tuple) and isinstance(key, int) and key < len(data)


def _at(data: Any, path: KeyPath) -> Any:
    for key in path:
        if not _has(data, key):
            return None
        data = data[key]
    return data


def _merged(base: Any, own: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(own, dict)):
        return own
    return base | {key: _merged(base.get(key), value) for key, value in own.items()}


def _below[T](table: Mapping[KeyPath, T], path: KeyPath) -> dict[KeyPath, T]:
    n = len(path)
    return {key[n:]: each for key, each in table.items() if key[:n] == path}


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    return int(digits, 0 if digits.lower().lstrip("+-").startswith(("0x", "0o", "0b")) else 10)


_CONSTRUCTORS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "timestamp": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() in {"true", "yes", "on", "y"},
    "int": _integer,
    "float": lambda text: float(text.lower().replace("_", "").replace(".inf", "inf").replace(".nan", "nan")),
}
