"""A new instrument of about thirty lines, in a package of its own that is installed beside labsim.

The package is laid out as an installer leaves it: a module, and metadata with an entry point in the group
``labsim.instruments``. Nothing in labsim names it; commands run in processes of their own, as a user would run them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import labsim
from labsim.compiling import CACHE_FOLDER
from labsim.config import ConfigError, load_regime

MODULE = '''\
"""Peer support: people who were long out of work themselves help others to apply (invented for a test)."""

from collections.abc import Iterable
from typing import ClassVar

from labsim.params import param
from labsim.policy.instrument import Effect, Instrument, Mask, Rows, register
from labsim.state.view import Seen


@register
class PeerSupport(Instrument):
    """Peers help people without much trust in institutions to apply, and go along to employers."""

    name: ClassVar[str] = "peer_support"
    label: ClassVar[str] = "Peer support"
    label_de: ClassVar[str] = "Hilfe von Gleich zu Gleich"
    lmp_class: ClassVar[int] = 1
    reference: ClassVar[str] = "invented for a test"
    occupies: ClassVar[bool] = False

    cost: float = param(80.0, "EUR per participant and month", "cost of a place", low=1.0, high=20000.0)
    months: int = param(4, "months", "length", low=1, high=60)
    more: float = param(0.4, "share", "rise of search effort while taking part", low=0.0, high=2.0)
    company: float = param(0.1, "chance per month", "referrals to registered vacancies", low=0.0, high=1.0)

    def eligible(self, seen: Seen) -> Mask:
        return super().eligible(seen) & (seen.trust < 0.9)

    def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:
        yield Effect("search_effort", rows, 1.0 + self.more)
        yield Effect("placement", rows, self.company)
'''
METADATA = "Metadata-Version: 2.1\nName: labsim-peers\nVersion: 1.0\n"
ENTRY_POINTS = "[labsim.instruments]\npeer_support = labsim_peers\n"
REGIME = """\
regime: with_peers
label: {en: With peers}
source: invented for a test
based_on: status_quo_ante
instruments:
  peer_support:
    budget: {value: 16.0, source: "5 entries per 100 unemployed and month: 0.05 x 80 EUR x 4 months"}
    more: {value: 0.3, source: assumption}
"""
SCENARIO = """\
scenario: peers
label: {en: Toytown with peers}
question: Does a town have participants of an instrument that labsim does not know?
place: toytown
start: 2001-01
end: 2001-12
burn_in: 0
scale: 0.1
initial: with_peers
"""
Labsim = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the installed package, and a regime and a scenario that use it."""
    here = tmp_path_factory.mktemp("peers")
    files = {
        "site/labsim_peers.py": MODULE,
        "site/labsim_peers-1.0.dist-info/METADATA": METADATA,
        "site/labsim_peers-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
        "configs/regimes/with_peers.yaml": REGIME,
        "configs/scenarios/peers.yaml": SCENARIO,
    }
    for name, content in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(content, encoding="utf-8")
    return here


@pytest.fixture(scope="module")
def command(folder: Path) -> Labsim:
    """Return a function that runs labsim there, with the package installed unless told otherwise."""

    def run(*arguments: str, installed: bool = True) -> subprocess.CompletedProcess[str]:
        source = os.fspath(Path(labsim.__file__).parents[1])
        path = [source, os.fspath(folder / "site")] if installed else [source]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONIOENCODING": "utf-8",
            "NUMBA_CACHE_DIR": os.fspath(CACHE_FOLDER.parent),
            "LABSIM_CACHE": os.fspath(folder / "cache"),
        }
        call = [sys.executable, "-W", "error", "-m", "labsim", *arguments]
        return subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    return run


def test_the_instrument_is_about_thirty_lines_long() -> None:
    assert len(MODULE.splitlines()) <= 40


def test_an_installed_instrument_is_listed_beside_the_shipped_ones(command: Labsim) -> None:
    done = command("list", "instruments", "--json")
    assert done.returncode == 0, done.stderr
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert rows["peer_support"]["label_de"] == "Hilfe von Gleich zu Gleich"
    assert "short_course" in rows
    assert "peer_support" in command("list", "instruments").stdout
    assert "peer_support" not in command("list", "instruments", installed=False).stdout


def test_a_town_has_participants_of_an_installed_instrument(command: Labsim, folder: Path) -> None:
    assert command("check", "configs/regimes/with_peers.yaml").returncode == 0
    done = command("run", "peers", "--out", "out", "--no-report", "--quiet")
    assert done.returncode == 0, done.stderr
    table = pd.read_parquet(folder / "out" / "indicators.parquet").query(
        "municipality == 'all' and group == 'all'"
    )
    participants = table[table["indicator"] == "participants_peer_support"]["value"]
    assert participants.max() > 5
    assert table[table["indicator"] == "entries_peer_support"]["value"].sum() >= participants.max()


def test_without_its_package_a_regime_with_the_instrument_is_refused_in_one_sentence(
    command: Labsim, folder: Path
) -> None:
    done = command("run", "peers", "--out", "none", "--no-report", installed=False)
    assert done.returncode == 2
    assert "with_peers.yaml:6: instruments.peer_support: unknown instrument" in done.stderr
    assert "Traceback" not in done.stderr
    with pytest.raises(ConfigError, match="peer_support"):
        load_regime(folder / "configs" / "regimes" / "with_peers.yaml")


def test_the_package_may_stand_before_labsim_on_the_path_too(folder: Path) -> None:
    """An entry point is found by its metadata, not by where labsim looks first."""
    code = "from labsim.policy.instrument import load_instruments as it; print(*it())"
    path = os.pathsep.join([os.fspath(folder / "site"), os.fspath(Path(labsim.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "peer_support" in done.stdout.split(), done.stderr
