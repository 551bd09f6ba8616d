"""Attributes of elements that Dash takes under names which are none in Python: aria-label, data-works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def extra(attributes: Mapping[str, Any]) -> Any:
    """Return attributes as keyword arguments of any type, for ``**extra({"aria-label": text})``."""
    return dict(attributes)
