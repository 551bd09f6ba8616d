"""What commands show: a progress bar or a quiet log on stderr, tables on stdout."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from labsim.cli.application import put, say
from labsim.experiment.progress import Progress, Watcher, silent

LOG_STEPS = 10
WIDTH_OF_A_FILE = 100_000
WIDEST_WORD = 32


def is_terminal() -> bool:
    """Return whether somebody watches stderr."""
    return sys.stderr.isatty()


@contextmanager
def watching(what: str, *, quiet: bool = False) -> Iterator[Watcher]:
    """Give a watcher: a bar with the time left on a terminal, a line per tenth of the work in a log."""
    if quiet:
        yield silent
    elif is_terminal():
        with _bar(what) as watcher:
            yield watcher
    else:
        yield Log(what)


@contextmanager
def _bar(what: str) -> Iterator[Watcher]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
               TextColumn("left"), TimeRemainingColumn())  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def watch(progress: Progress) -> None:
            if progress.note:
                bar.console.print(progress.text, markup=False, highlight=False)
                return
            bar.update(task, completed=progress.done, total=progress.total, description=progress.text)

        yield watch


class Log:
    """A watcher for logs: notes at once, progress at every tenth."""

    def __init__(self, what: str) -> None:
        self._what, self._step = what, 0
        self._began: tuple[float, int] | None = None

    def __call__(self, progress: Progress) -> None:
        """Write a line if there is something new to say."""
        if progress.note:
            say(f"labsim: {progress.text}")
            return
        if self._began is None:
            self._began = time.monotonic(), progress.done  # what came before was start-up
        step = LOG_STEPS * progress.done // max(progress.total, 1)
        if step <= self._step:
            return
        self._step = step
        text = f"labsim: {100 * step // LOG_STEPS} % of {self._what}"
        if progress.text != self._what:
            text += f" ({progress.text})"
        if progress.done < progress.total:
            text += f", about {duration(self._left(progress))} left"
        say(text)

    def _left(self, progress: Progress) -> float:
        """Return the seconds left if it goes on as since the first month."""
        began, done = self._began or (time.monotonic(), 0)
        return (time.monotonic() - began) * (progress.total - progress.done) / max(progress.done - done, 1)


def duration(seconds: float) -> str:
    """Return a time span in words.

    >>> duration(75)
    '1 min 15 s'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def print_json(content: Any) -> None:
    """Print one JSON value to stdout."""
    put(json.dumps(content, ensure_ascii=False, indent=1))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table to stdout; columns whose name starts with ">" are numbers, aligned to the right.

    On a terminal long texts are wrapped, elsewhere every row is one line. Numbers are never cut, even if the
    terminal is too narrow for them.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    console.width = (
        max(console.width, _least_width(columns, rows)) if sys.stdout.isatty() else WIDTH_OF_A_FILE
    )
    table = Table(title=Text(title) if title else None, title_justify="left", title_style="bold",
                  box=box.SIMPLE_HEAD, padding=(0, 1))  # fmt: skip
    for column in columns:
        is_number = column.startswith(">")
        table.add_column(Text(column.removeprefix(">")), justify="right" if is_number else "left",
                         no_wrap=is_number, overflow="fold")  # fmt: skip
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    put("\n".join(lines).strip("\n"))


def _least_width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """Return the width of a table whose numbers are whole and whose texts break between words."""
    total = 0
    for i, column in enumerate(columns):
        cells = [column.removeprefix(">"), *(row[i] for row in rows)]
        if column.startswith(">"):
            total += max(map(len, cells))
        else:
            words = [len(word) for cell in cells for word in cell.split()]
            total += min(max(words, default=1), WIDEST_WORD)
    return total + 3 * len(columns) + 1


def number(value: float) -> str:
    """Return a number with about four digits and thousands separated, as tables show it.

    >>> number(12345.678), number(3.14159), number(0.01234)
    ('12,346', '3.14', '0.012')
    """
    if math.isnan(value):
        return "-"
    size = abs(value)
    digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 or value == 0 else 3
    return f"{value:,.{digits}f}"


def signed(value: float) -> str:
    """Return a difference with its sign.

    >>> signed(-3.14159)
    '-3.14'
    """
    return number(value) if value <= 0 or math.isnan(value) else f"+{number(value)}"
