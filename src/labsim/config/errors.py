"""What is wrong with a file: file, line, key, what is wrong, and what would be right."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CLOSE_ENOUGH = 0.6
"""How alike a name must be to be suggested (difflib's ratio)."""

LONGEST_QUOTE = 60
"""Characters of a value that a message repeats."""

_SENTENCE = re.compile(r"(is|are|adds|has|names|starts|ends|takes|comes)\b")
_ADVICE = re.compile(r"(did|known|none|write|add|check|save|keep|remove)\b")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    ``wrong`` either goes on where the key stops ("is 3") or stands alone ("unknown key"); ``right`` says what
    would be right.
    """

    wrong: str
    right: str = ""
    key: str = ""
    file: Path | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Return the mistake in one line, ``file:line: key is 3, but it is a share between 0 and 1``."""
        goes_on = _SENTENCE.match(self.wrong) is not None
        link = ", but " if goes_on or self.wrong.startswith("the ") else "; "
        link = "; " if _ADVICE.match(self.right) else link
        where = "" if self.file is None else f"{shown(self.file)}:{f'{self.line}:' if self.line else ''} "
        what = f"{self.key}{' ' if goes_on else ': '}{self.wrong}" if self.key else self.wrong
        return where + what + (f"{link}{self.right}" if self.right else "")


class ConfigError(Exception):
    """One or more mistakes in the files given; its text has one line for each.

    ``problems`` holds them all; ``file``, ``line``, ``key``, ``wrong`` and ``right`` are those of the first.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        """Return one line for each problem."""
        return "\n".join(str(problem) for problem in self.problems)

    @property
    def file(self) -> Path | None:
        """The file of the first problem."""
        return self.problems[0].file

    @property
    def line(self) -> int | None:
        """The line of the first problem, counted from 1."""
        return self.problems[0].line

    @property
    def key(self) -> str:
        """The key of the first problem, for example ``casework.meetings``."""
        return self.problems[0].key

    @property
    def wrong(self) -> str:
        """What is wrong, of the first problem."""
        return self.problems[0].wrong

    @property
    def right(self) -> str:
        """What would be right, of the first problem."""
        return self.problems[0].right


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return "did you mean 'x'?", or the list of known names if none is near.

    >>> suggestion("sanction_rte", ["sanction_rate", "rhetoric"])
    "did you mean 'sanction_rate'?"
    """
    names = sorted(known)
    folded = {each.lower(): each for each in names}
    close = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=CLOSE_ENOUGH)
    if close:
        return f"did you mean '{folded[close[0]]}'?"
    return f"known are {', '.join(names)}" if names else "none are known"


def not_utf8(file: Path, error: UnicodeDecodeError) -> ConfigError:
    """Return the error about a file that is not UTF-8 text."""
    line = error.object[: error.start].count(b"\n") + 1
    return ConfigError(Problem("not text in UTF-8", "save the file as UTF-8", file=file, line=line))


def shown(file: Path) -> str:
    """Return a path as a reader wants it: relative if the file lies below the current folder."""
    absolute = os.path.abspath(file)  # noqa: PTH100 - as written, without following links
    here = f"{Path.cwd()}{os.sep}"
    return absolute.removeprefix(here)


def quoted(value: object) -> str:
    """Return a value from a file as a reader wrote it, for messages."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list | tuple):
        return "a list"
    text = f"{value}" if len(f"{value}") <= LONGEST_QUOTE else f"{value}"[:LONGEST_QUOTE] + "..."
    return f"'{text}'" if isinstance(value, str) else text
