"""Pages and tables that are there completely or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def replace_file(target: Path, write: Callable[[Path], object]) -> Path:
    """Call ``write`` with a path beside ``target``, rename what it wrote to ``target``, and return that."""
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        write(aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return target


def write_page(target: Path, html: str) -> Path:
    """Write a page to ``target``, all or nothing, and return its path."""
    return replace_file(target, lambda aside: aside.write_text(html, encoding="utf-8"))
