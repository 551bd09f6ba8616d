"""Links and paths in the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labsim.config import available
from labsim.policy.governance import MODES
from labsim.policy.instrument import load_instruments

from .names import ROOT, backticked

DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "experiments").rglob("*.md")),
]
FOLDERS = ("benchmarks/", "configs/", "docs/", "experiments/", "src/", "tests/", "tools/")


def anchors(document: Path) -> set[str]:
    """Return what a link can point at inside a document: its headings, as web pages name them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub("[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        there = document.parent / name if name else document
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_in_backticks_exists(document: Path) -> None:
    named = [name for name in backticked(document.read_text(encoding="utf-8")) if name.startswith(FOLDERS)]
    assert [name for name in named if not (ROOT / name.split("#", maxsplit=1)[0]).exists()] == []


def test_the_readme_names_everything_that_is_shipped() -> None:
    named = set(backticked((ROOT / "README.md").read_text(encoding="utf-8")))
    shipped = {kind: available(kind) for kind in ("place", "regime", "transition", "scenario", "experiment")}
    shipped["mode"] = MODES
    shipped["instrument"] = [
        name for name, it in load_instruments().items() if it.__module__.startswith("labsim.policy")
    ]
    assert {kind: [name for name in names if name not in named] for kind, names in shipped.items()} == {
        kind: [] for kind in shipped
    }
