"""The command about the model's description."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labsim.cli.application import FAILED, BadInput, command, put, say

PAGE = Path("docs/odd.md")


@command("odd")
def odd(
    file: Annotated[Path, typer.Argument(help="A page with marked gaps.")] = PAGE,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the page is up to date (exit code 1 if not).")
    ] = False,
) -> None:
    """Fill the tables of the model's description from the code."""
    from labsim.odd import render

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise BadInput(
            f"{file}: the page cannot be read ({reason}); run this in the folder of labsim's source, or name"
            " a text with gaps <!-- generated: NAME --> ... <!-- end -->"
        ) from None
    try:
        filled = render(text)
    except ValueError as error:
        raise BadInput(f"{file}: {error}") from None
    if filled == text:
        put(f"{file}: up to date")
    elif check:
        say(f"{file}: its tables differ from the code; `labsim odd` fills them anew")
        raise typer.Exit(FAILED)
    else:
        file.write_text(filled, encoding="utf-8")
        put(f"{file}: tables filled anew")
