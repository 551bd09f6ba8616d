"""Figures as files: SVG, PDF or PNG of every figure of a result, in one go (extra ``export``).

One browser is started for all pictures, because starting it takes longer than drawing. It loads nothing from outside.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from labsim.analysis.tables import TableError
from labsim.figures.canvas import config, go
from labsim.figures.exhibit import Exhibit
from labsim.figures.speech import Language
from labsim.plots import Plots, SweepPlots

Format = Literal["svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png")

FONT = "DejaVu Sans, Arial, sans-serif"
"""The font of pictures: one name first, so that two machines that have it draw the same."""

WIDTH = 1000
"""Width of a picture in pixels; wide figures are drawn at what they need."""

SCALE = 2
"""Pixels per pixel of a PNG."""


class ExportError(RuntimeError):
    """Pictures cannot be made here; the message says what is missing and how to get it."""


def write_figures(
    plots: Plots | SweepPlots, folder: Path, form: Format = "svg", language: Language = "en"
) -> tuple[list[Path], dict[str, str]]:
    """Write every figure that the results allow to `folder`, and its numbers as CSV beside it.

    Returns
    -------
    The files written, and for each figure left out the reason. Raises `ExportError` if kaleido or a browser is missing.
    """
    shown: dict[str, Exhibit] = {}
    omitted: dict[str, str] = {}
    for name, exhibit in plots.show(language).exhibits():
        if isinstance(exhibit, TableError):
            omitted[name] = str(exhibit)
        else:
            shown[name] = exhibit
    pictures = {folder / f"{name}.{form}": exhibit.figure for name, exhibit in shown.items()}
    widths = {folder / f"{name}.{form}": max(WIDTH, exhibit.width) for name, exhibit in shown.items()}
    write_pictures(pictures, widths, language)
    for name, exhibit in shown.items():
        table = folder / f"{name}.csv"
        sign = ";" if language == "de" else ","  # as spreadsheets in that language expect it
        exhibit.numbers.to_csv(table, index=False, sep=sign, encoding="utf-8-sig")
        pictures[table] = exhibit.figure
    return sorted(pictures), omitted


def check() -> None:
    """Raise `ExportError` unless kaleido is installed."""
    if importlib.util.find_spec("kaleido") is None:
        raise ExportError(
            "pictures need kaleido, which is not installed: pip install 'labsim[export]'; or use the camera button "
            "over a figure in the report, which saves SVG without it"
        )


def write_pictures(
    pictures: Mapping[Path, go.Figure], widths: Mapping[Path, int] | None = None, language: Language = "en"
) -> None:
    """Write figures to the paths named, all with one browser; the format is the path's ending.

    Raises `ExportError` if kaleido or a browser is missing, or if a picture cannot be drawn.
    """
    for path in pictures:
        if path.suffix.removeprefix(".") not in FORMATS:
            raise ExportError(f"{path}: pictures are {', '.join(FORMATS)}, not '{path.suffix}'")
    check()
    known = widths or {}
    for path in pictures:
        path.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(
        _draw([(path, _spec(figure, language), known.get(path, WIDTH)) for path, figure in pictures.items()])
    )
    missing = [path for path in pictures if not path.is_file()]
    if missing:
        raise ExportError(f"{missing[0]} could not be drawn")


def _spec(figure: go.Figure, language: Language) -> dict[str, Any]:
    """Return a figure as plotly.js takes it, with the font of pictures and the language of dates."""
    copy = go.Figure(figure)
    copy.update_layout(font_family=FONT, hoverlabel_font_family=FONT)
    spec: dict[str, Any] = json.loads(copy.to_json())
    return spec | {"config": config(language if language != "en" else None)}


async def _draw(jobs: Iterable[tuple[Path, dict[str, Any], int]]) -> None:
    """Draw all pictures in one browser, which may not load anything from outside."""
    import kaleido

    page = kaleido.PageGenerator(mathjax=False)
    try:
        async with kaleido.Kaleido(n=1, page_generator=page, timeout=90) as browser:
            for path, spec, width in jobs:
                height = int(spec["layout"]["height"])
                options = {"format": path.suffix.removeprefix("."), "width": width, "height": height,
                           "scale": SCALE if path.suffix == ".png" else 1}  # fmt: skip
                await browser.write_fig(spec, path=path, opts=options)
    except Exception as error:
        if type(error).__name__ in {"ChromeNotFoundError", "BrowserFailedError"}:
            raise ExportError(
                "pictures need a Chrome or Chromium, and none was found or it did not start: install one (Debian: apt "
                "install chromium), or name its program in the environment variable BROWSER_PATH"
            ) from error
        raise ExportError(f"a picture could not be drawn ({type(error).__name__}: {error})") from error
