"""Whether a workshop can be held on this machine: one line for each thing it needs, before the room fills."""

from __future__ import annotations

import importlib.util
import webbrowser
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from labsim import __version__
from labsim.app import levers, server
from labsim.app.lan import LOOPBACK, own_addresses
from labsim.compiling import compiled
from labsim.experiment.cache import BurnInCache
from labsim.experiment.engines import available_cores
from labsim.experiment.provenance import versions

NEEDED = ("dash", "dash-mantine-components", "waitress")
READY = 10
"""Burn-ins of a story that make the first fans quick."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what, whether it is as it should be, and what there is (or what to do)."""

    what: str
    fine: bool
    said: str
    needed: bool = True

    @property
    def line(self) -> str:
        """The finding as a line."""
        mark = "ok  " if self.fine else "NO  " if self.needed else "note"
        return f"{mark} {self.what}: {self.said}"


def examined(port: int) -> Iterator[Finding]:
    """Yield what was found, one thing after the other; nothing is changed and nothing is sent anywhere."""
    told = versions()
    yield Finding("labsim", True, f"{__version__}, Python {told['python']}, numba {told['numba']}")
    yield from (_package(name) for name in NEEDED)
    cores = available_cores()
    said = f"{cores}" + ("" if cores > 1 else "; a hundred pairs take twice as long")
    yield Finding("processors", cores > 1, said, needed=False)
    yield _browser()
    yield _port(port)
    warm = compiled()
    yield Finding(
        "kernels", warm, "compiled" if warm else "not compiled yet; `labsim warmup` does it", needed=False
    )
    yield _burn_ins()
    addresses = own_addresses()
    said = ", ".join(addresses) or "no network; only this machine can take part"
    yield Finding("network for --lan", bool(addresses), said, needed=False)
    code = importlib.util.find_spec("segno") is not None
    yield Finding(
        "picture of the link", code, "segno" if code else "pip install segno draws it", needed=False
    )


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "missing; pip install 'labsim[app]'")


def _browser() -> Finding:
    try:
        found = webbrowser.get().__class__.__name__
    except webbrowser.Error:
        said = "none found; open the address yourself and start with --no-browser"
        return Finding("browser", False, said, needed=False)
    return Finding("browser", True, found)


def _port(port: int) -> Finding:
    try:
        server.free(port)
    except server.PortTaken as error:
        return Finding("port", False, str(error))
    return Finding("port", True, f"{LOOPBACK}:{port} is free")


def _burn_ins() -> Finding:
    """Say how many stories find their first burn-ins ready."""
    cache = BurnInCache()
    if not cache.usable:
        return Finding(
            "prepared burn-ins", False, f"{cache.folder} cannot be written, so every start is slow"
        )
    ready = [
        name for name in levers.STORIES
        if all(cache.holds(levers.story(name), seed) for seed in range(1, READY + 1))
    ]  # fmt: skip
    said = f"{len(ready)} of {len(levers.STORIES)} stories have their first {READY}"
    more = "" if len(ready) == len(levers.STORIES) else "; `labsim app --prepare` makes them"
    return Finding("prepared burn-ins", not more, said + more, needed=False)
