"""The workshop served on a free port, and Debian's Chromium looking at it.

One server and one browser for the whole session. Limits of time hold on a quiet machine with two cores; known pieces of
work before, during and after each measurement say by how much this machine is slower now.
`LABSIM_BROWSER_REQUIRED=1` (CI) turns what is missing from a skip into a failure.
"""

from __future__ import annotations

import math
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.browser.work import work

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOCAL = ("data:", "blob:", "file:", "about:")
NEEDED = {
    "dash": "the extra labsim[app]: pip install 'labsim[app]'",
    "dash_mantine_components": "the extra labsim[app]: pip install 'labsim[app]'",
    "waitress": "the extra labsim[app]: pip install 'labsim[app]'",
    "playwright": "playwright: pip install playwright",
    "axe_playwright_python": "axe: pip install axe-playwright-python",
}
QUICK = ("--no-ahead", "--pairs", "12")
"""Options of the servers where nothing is timed: few pairs, and none that nobody asked for."""

ROUNDS, QUIET_SECONDS = 1_200_000, 0.10
"""Rounds of `work`, and the seconds that they take on a quiet machine with two cores (2.5 GHz), both at it."""
SAMPLE = 60_000
"""Rounds that are timed again and again while something is measured."""
SAMPLED_EVERY = 0.25
"""Seconds between two samples."""


def missing() -> str:
    """Return what these tests lack on this machine; empty if nothing."""
    lacking = [text for name, text in NEEDED.items() if find_spec(name) is None]
    if not any(map(shutil.which, BROWSERS)):
        lacking.append("no chromium: apt-get install chromium")
    return "; ".join(dict.fromkeys(lacking))


@pytest.fixture(scope="session", autouse=True)
def everything_is_there() -> None:
    lacking = missing()
    if lacking and os.environ.get("LABSIM_BROWSER_REQUIRED"):
        pytest.fail(f"missing: {lacking}")
    if lacking:
        pytest.skip(f"missing: {lacking}")


def slowness(most_seconds_ago: float = 30.0) -> float:
    """Return by how much this machine is slower now than a quiet one with two cores; at least 1.

    Two processes do a known piece of work side by side, as a job of the workshop does, unless that was measured not
    long ago. $LABSIM_BROWSER_SLOWNESS is a floor for machines whose load comes and goes.
    """
    if time.monotonic() - _measured.get("at", -math.inf) <= most_seconds_ago:
        return _measured["slowness"]
    with ThreadPoolExecutor(2) as pool:
        command = [sys.executable, "-S", work.__code__.co_filename, str(ROUNDS)]
        both = list(pool.map(lambda _: subprocess.check_output(command), range(2)))
    measured = max(float(each) for each in both) / QUIET_SECONDS
    found = max(1.0, measured, float(os.environ.get("LABSIM_BROWSER_SLOWNESS", "1")))
    _measured.update(at=time.monotonic(), slowness=found)
    return found


_measured: dict[str, float] = {}
"""When the slowness was measured last, and what it was."""


def slowness_now() -> float:
    """Return the slowness, measured now."""
    return slowness(0.0)


class Sampled:
    """How slow the machine is on average over a time: processor time of a small piece of work, measured over and over.

    Machines that are shared become slower and faster within seconds. Waiting for a core does not count: what a test
    itself makes the machine do is no excuse.
    """

    def __init__(self) -> None:
        self._samples: list[float] = []
        self._over = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        while not self._over.is_set():
            began = time.thread_time()
            work(SAMPLE)
            self._samples.append(time.thread_time() - began)
            self._over.wait(SAMPLED_EVERY)

    def end(self) -> float:
        """Return the mean slowness since the beginning."""
        self._over.set()
        quiet = QUIET_SECONDS * SAMPLE / ROUNDS
        return sum(self._samples) / max(len(self._samples), 1) / quiet


@dataclass
class Limit:
    """A limit of time: the machine's slowness is measured before, meanwhile and after, and the largest counts."""

    seconds: float
    slowness: float = field(default_factory=slowness_now)
    began: float = 0.0
    meanwhile: Sampled | None = None

    def start(self) -> None:
        """Begin to measure now."""
        self.meanwhile = self.meanwhile or Sampled()
        self.began = time.monotonic()

    def check(self, what: str) -> float:
        """Fail if more than the limit has passed; return the seconds."""
        took = time.monotonic() - self.began
        assert self.meanwhile is not None, "it was never started"
        self.slowness = factor = max(self.slowness, self.meanwhile.end(), slowness_now())
        print(f"\n{what}: {took:.2f} s; limit {self.seconds} s x slowness {factor:.1f}")  # noqa: T201 - shown by -s
        assert took <= self.seconds * factor, (
            f"{what} took {took:.2f} s, more than {self.seconds} s x slowness {factor:.1f}"
        )
        return took


@dataclass
class Seen:
    """What pages said and asked for."""

    outside: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def listen(self, page: Any, address: str) -> None:
        """Note what a page asks for that is not at `address`, and what it says."""
        own = (address, *LOCAL)
        page.on("request", lambda it: None if it.url.startswith(own) else self.outside.append(it.url))
        page.on("console", lambda it: self.console.append(f"{it.type}: {it.text} ({page.url})"))
        page.on("pageerror", lambda it: self.errors.append(str(it)))


@dataclass
class Workshop:
    """A server: its address, process, and what it printed."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self.address.rpartition(":")[2].partition("/")[0])

    def simulating(self) -> list[int]:
        """Return the simulating processes: the children of the forkserver."""
        children = psutil.Process(self.process.pid).children()
        return [
            each.pid
            for child in children
            for each in child.children()
            if each.status() != psutil.STATUS_ZOMBIE
        ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(folder: Path, port: int, *more: str, cache: Path | None = None) -> Workshop:
    """Return a server that has been started and answers at its port; its runs are kept under `cache`.

    Usually there, where servers of other test processes find them: what was simulated once is not simulated again.
    """
    log = folder / f"app-{port}.log"
    beside = folder.parents[1] if "PYTEST_XDIST_WORKER" in os.environ else folder.parent
    usual = os.environ.get("LABSIM_CACHE") or beside / "labsim-cache"
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "labsim", "app", "--port", str(port), "--no-browser", *more],
            stderr=out, stdout=out, stdin=subprocess.DEVNULL, env=os.environ | {"LABSIM_CACHE": str(cache or usual)},
        )  # fmt: skip
    until = time.monotonic() + 90 * slowness()
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Workshop(f"http://127.0.0.1:{port}/", process, log)
        time.sleep(0.2)
    process.kill()
    pytest.fail(f"labsim app did not start: {log.read_text()}")


def ended(workshop: Workshop) -> None:
    """End a server."""
    workshop.process.terminate()
    try:
        workshop.process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        workshop.process.kill()
        raise


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("workshop")


@pytest.fixture(scope="session")
def workshop(everything_is_there: None, folder: Path) -> Iterator[Workshop]:
    made = served(folder, free_port(), *QUICK)
    yield made
    ended(made)


@pytest.fixture(scope="session")
def chromium(everything_is_there: None) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = next(found for found in map(shutil.which, BROWSERS) if found)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


Open = Callable[..., Any]


@pytest.fixture
def open_page(chromium: Any, workshop: Workshop, seen: Seen) -> Iterator[Open]:
    """Return a function that opens an address of the workshop in a browser profile of its own."""
    yield from opener(chromium, workshop, seen)


def opener(chromium: Any, workshop: Workshop, seen: Seen | None = None) -> Generator[Open]:
    """Yield a function that opens an address of a server in a browser profile of its own; close them afterwards."""
    contexts = []

    def opened(query: str = "", *, width: int = 1280, height: int = 720, **more: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        if seen is not None:
            seen.listen(page, workshop.address)
        page.goto(workshop.address + query)
        page.wait_for_selector("#fan", timeout=60_000 * slowness(), state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()


def wait_for_runs(page: Any, least: int = 1, seconds: float = 60.0) -> dict[str, Any]:
    """Wait until a page shows so many pairs of its newest question; return how its job stands."""
    page.wait_for_function(
        f"window.labsimState.done >= {least} && document.querySelector('#fan .js-plotly-plot')?.data?.length > 0",
        timeout=seconds * slowness() * 1000,
    )
    return dict(page.evaluate("window.labsimState"))


def step(page: Any, lever: str, key: str = "ArrowRight") -> None:
    """Move a lever by one step with the keyboard."""
    page.locator(f"#lever-{lever} [role=slider]").focus()
    page.keyboard.press(key)


def cancel(page: Any) -> None:
    """End a page's job, if it runs."""
    page.evaluate("window.labsimRoom.cancel()")
    page.wait_for_function(
        "!['running', 'waiting'].includes(window.labsimState.state)", timeout=20_000 * slowness()
    )
