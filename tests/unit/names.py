"""Names in the documents: what the backticks of docs/*.md claim to exist."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from labsim.config import available, load_regime
from labsim.parameters import Parameters
from labsim.params import declarations
from labsim.policy.instrument import Instrument, load_instruments

ROOT = Path(__file__).resolve().parents[2]
DOTTED = re.compile(r"[a-z_]+(?:\.\w+)+")
FILE = re.compile(r"\S*\.(?:py|md|yaml|json|html|parquet|csv|toml|txt)")


def backticked(text: str) -> list[str]:
    """Return what stands between backticks, outside fenced blocks."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [" ".join(found.split()) for found in re.findall(r"`([^`]+)`", prose)]


@cache
def declared_paths() -> frozenset[str]:
    """Return the paths of all declared numbers and groups: of parameters, regimes and instruments."""
    groups: list[tuple[Any, str]] = [(Parameters(), ""), (Instrument(), "policy.instrument.Instrument")]
    groups += [(load_regime(name), "") for name in available("regime")]
    groups += [(cls(), name) for name, cls in load_instruments().items()]
    paths = {row.path for group, path in groups for row in declarations(group, path)}
    return frozenset(paths | {path.rpartition(".")[0] for path in paths})


@cache
def exists(name: str) -> bool:
    """Return whether a dotted name is a declared number, or something in a module of labsim."""
    if name in declared_paths():
        return True
    here: Any = importlib.import_module("labsim")
    for part in name.split("."):
        inside = _inside(here, part)
        if inside is None:
            return False
        here = inside
    return True


def _inside(here: Any, part: str) -> Any:
    if hasattr(here, part):
        return getattr(here, part)
    if isinstance(here, type):  # a field without a default is no attribute of the class
        known = any(part in getattr(base, "__annotations__", {}) for base in here.__mro__)
        return part if known else None
    try:
        return importlib.import_module(f"{here.__name__}.{part}")
    except (ModuleNotFoundError, AttributeError):
        return None


def missing(text: str) -> list[str]:
    """Return the dotted names of a text that don't exist."""
    dotted = [name for name in backticked(text) if DOTTED.fullmatch(name) and not FILE.fullmatch(name)]
    return [name for name in dotted if not exists(name)]
