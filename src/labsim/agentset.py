"""Sets of agents over columns, in the language of Mesa's AgentSet."""

from __future__ import annotations
from typing import Any


class Everybody:
    def __init__(self, parts: Any, random: Any) -> None:
        self.parts = parts


def columnar_set(model: Any, cls: Any, table: Any) -> Any:
    return None
