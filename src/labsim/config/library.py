"""The files read for one question to the loader: each is read once, and found from where it is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from labsim.config.documents import Document, KeyPath, read_document
from labsim.config.errors import ConfigError
from labsim.config.files import SUFFIXES, Kind, find
from labsim.policy.regime import Regime
from labsim.state.place import Place


class Library:
    """Documents, places and regimes by file; ``calibrated`` False leaves out what calibrations of places found."""

    def __init__(self, *, calibrated: bool = True) -> None:
        self.calibrated = calibrated
        self.places: dict[Path, Place] = {}
        self.regimes: dict[Path, Regime] = {}
        self._documents: dict[Path, Document] = {}

    def document(self, file: Path) -> Document:
        """Return the content of a file, as it stands there."""
        key = file.resolve()
        if key not in self._documents:
            self._documents[key] = read_document(file)
        return self._documents[key]

    def resolved(self, kind: Kind, document: Document, chain: tuple[Path, ...] = ()) -> Document:
        """Return a document together with what it takes over from the one it is based on.

        The name, the label and what the other one leaves out are not taken over.
        """
        base_name = document.data.get("based_on")
        if not isinstance(base_name, str):
            return document
        chain = (*chain, document.file.resolve())
        file = self.refer(kind, base_name, document, ("based_on",))
        if file.resolve() == document.file.resolve():
            raise document.error(
                ("based_on",), "the file is based on itself", "write all of it, or name another one"
            )
        if file.resolve() in chain:
            names = " -> ".join(each.name for each in (*chain, file))
            raise document.error(
                ("based_on",), "the files are based on each other", f"one must stand alone ({names})"
            )
        base = Document(file, {}).over(self.resolved(kind, self.document(file), chain))
        for key in (kind, "label", "based_on", "without"):
            if key in base.data:
                base.drop((key,))
        if kind == "transition":
            base.cite_as_a_whole()
        known = base.data.get("instruments")
        _replace_payers(document, base)
        result = document.over(base)
        result.drop(("based_on",))
        name = result.data.get(kind)
        if "label" not in result.data and isinstance(name, str):
            result.data["label"] = {"en": name}
        if kind == "regime":
            _leave_out(result, set(known) if isinstance(known, dict) else set(), base_name)
        return result

    def refer(self, kind: Kind, name: str, document: Document, path: KeyPath) -> Path:
        """Return the file of `name`, which stands at `path` in `document`."""
        found = find(kind, name, document.where(path)[0])
        if isinstance(found, Path):
            return found
        raise document.error(path, found.wrong, found.right)

    def check_name(self, kind: Kind, asked: str, given: str, document: Document) -> None:
        """Refuse a file whose name is not the one written inside, when it was asked for by its bare name."""
        if not asked.endswith(SUFFIXES) and "/" not in asked and given != asked:
            raise document.error((kind,), f"is '{given}'", f"it must be '{asked}', as the file is named")


def by_name(kind: Kind, name: str | Path) -> Path:
    """Return the file that a person asks for by name or path."""
    found = find(kind, str(name))
    if isinstance(found, Path):
        return found
    raise ConfigError(found)


def _replace_payers(document: Document, base: Document) -> None:
    """Drop the shares of payers that a variant writes anew: they add up to 1 as a whole, not one by one."""

    def groups(key: str) -> dict[str, Any]:
        group = document.data.get(key)
        return group if isinstance(group, dict) else {}

    given: list[KeyPath] = [("funding", use) for use in groups("funding")]
    given += [("instruments", name, "payers") for name, settings in groups("instruments").items()
              if isinstance(settings, dict) and "payers" in settings]  # fmt: skip
    for path in given:
        if base.has(path):
            base.drop(path)


def _leave_out(document: Document, known: set[str], base: str) -> None:
    """Drop the instruments that a regime lacks."""
    without = document.data.get("without", [])
    for i, name in enumerate(without if isinstance(without, list) else ()):
        if name not in known:
            right = f"'{base}' has {', '.join(sorted(known)) or 'no instruments'}"
            raise document.error(("without", i), f"names '{name}'", right)
        document.drop(("instruments", name))
