"""``labsim explorer``: a sweep that is collected as one HTML file with live levers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labsim.cli.application import BadInput, command, put
from labsim.cli.runs import JsonOption, Spoken
from labsim.cli.terminal import print_json


@command("explorer")
def explorer(
    folder: Annotated[Path, typer.Argument(help="Folder of a sweep that is collected.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write.", show_default="explorer.html in the sweep's folder")
    ] = None,
    language: Annotated[
        Spoken,
        typer.Option("--lang", "--language", help="Language in which the page opens; it can be switched."),
    ] = Spoken.en,
    outcome: Annotated[
        list[str] | None,
        typer.Option(help="Only this outcome; may be given several times.", show_default="all"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML file with live levers over a sweep's stored runs; it needs no server and no network."""
    from labsim.report.explorer import ExplorerError, write_explorer

    target = folder / "explorer.html" if out is None else out
    if target.suffix != ".html":
        raise BadInput(f"{target}: an explorer is a page; write a name that ends in .html")
    if not target.parent.is_dir() and out is not None:
        raise BadInput(f"{target}: there is no folder {target.parent}")
    try:
        written = write_explorer(folder, target, language.value, outcomes=outcome or (), names=_names())
    except ExplorerError as error:
        raise BadInput(str(error)) from None
    except OSError as error:
        raise BadInput(f"{target}: cannot be written ({error.strerror})") from None
    if as_json:
        print_json({"explorer": str(written), "bytes": written.stat().st_size})
    else:
        put(str(written))


def _names() -> dict[str, dict[str, str]]:
    """Return the labels of the indicators in both languages."""
    from labsim.indicators.registry import metadata
    from labsim.policy.instrument import load_instruments

    known = metadata(tuple(load_instruments()))
    return {name: {"en": each["label"], "de": each["label_de"]} for name, each in known.items()}
