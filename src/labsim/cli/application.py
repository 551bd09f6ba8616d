"""The application that commands register with, and what holds for all of them."""

from __future__ import annotations

import functools
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import typer

from labsim.experiment.progress import plain_warnings

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="labsim",
    help="Simulate a local labour market, person by person, through a change of policy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def prepare() -> None:
    """Simulate a local labour market, person by person, through a change of policy."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):  # a stream that a caller put in its place
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # only text files have it
    plain_warnings()


def command[**P](name: str, group: typer.Typer = app) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a function as ``labsim <name>``, or as ``<name>`` of a group of commands.

    Bad input gives one message and exit code 2, no traceback.
    """

    def register(function: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                with _terminated_like_interrupted():
                    function(*args, **kwargs)
            except KeyboardInterrupt:
                say("interrupted; what is finished is kept")
                raise typer.Exit(INTERRUPTED) from None
            except Exception as error:
                if not _is_bad_input(error):
                    raise
                say(str(error))
                raise typer.Exit(BAD_INPUT) from None

        group.command(name)(guarded)
        return guarded

    return register


class BadInput(Exception):  # noqa: N818 - it is the user's mistake, not ours
    """Something on the command line that cannot be; its text says what is wrong and what would be right."""


def put(text: str) -> None:
    """Print a result to stdout."""
    print(text)


def say(text: str) -> None:
    """Print a line to stderr."""
    print(text, file=sys.stderr)


def _is_bad_input(error: Exception) -> bool:
    if isinstance(error, BadInput):
        return True
    from labsim.config import ConfigError

    if isinstance(error, ConfigError):
        return True
    store: Any = sys.modules.get("labsim.experiment.store")  # not imported: then it cannot have raised
    return store is not None and isinstance(error, store.OutputError)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Treat a polite request to end (SIGTERM: timeout, batch systems) like Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
