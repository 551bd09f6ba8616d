"""The workshop served on a free port, and Debian's Chromium looking at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOCAL = ("http://127.0.0.1", "data:", "blob:", "file:")
SLOWNESS = float(os.environ.get("LABSIM_BROWSER_SLOWNESS", "1"))
"""By how much this machine is slower than a quiet one with two cores: limits of time are multiplied by it."""


@dataclass
class Seen:
    """What a page said and asked for."""

    outside: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass
class Workshop:
    """A server: its address and process."""

    address: str
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    for name in ("dash", "dash_mantine_components", "waitress"):
        pytest.importorskip(name, reason="the extra labsim[app] is not installed")
    port = free_port()
    cache = os.environ.get("LABSIM_CACHE") or str(tmp_path_factory.mktemp("cache"))
    log = tmp_path_factory.mktemp("log") / "app.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "labsim", "app", "--port", str(port), "--no-browser"],
            stderr=out, stdout=out, env=os.environ | {"LABSIM_CACHE": cache},
        )  # fmt: skip
        try:
            until = time.monotonic() + 180
            while time.monotonic() < until and process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            else:
                pytest.fail(f"labsim app did not start: {Path(log).read_text()}")
            yield Workshop(f"http://127.0.0.1:{port}/", process)
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def open_page(chromium: Any, workshop: Workshop, seen: Seen) -> Iterator[Any]:
    """Return a function that opens an address of the workshop in a browser profile of its own."""
    contexts = []

    def opened(query: str = "", *, width: int = 1280, height: int = 720) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda it: None if it.url.startswith(LOCAL) else seen.outside.append(it.url))
        page.on("console", lambda it: seen.console.append(f"{it.type}: {it.text}"))
        page.on("pageerror", lambda it: seen.errors.append(str(it)))
        page.goto(workshop.address + query)
        page.wait_for_selector("#fan", timeout=30_000 * SLOWNESS, state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
