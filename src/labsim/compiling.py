"""How kernels are compiled: cached on disk, without the interpreter lock, without reference counting.

The cache folder is named by the content of the compiled sources, because numba notices a change only in the
file of the kernel itself, not in the rules that it calls from other files.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import njit
from platformdirs import user_cache_path

_HERE = Path(__file__).parent
ANNOUNCED = "announced"


def _source_key() -> str:
    """Return a hash of everything that compiled code depends on."""
    hashed = hashlib.sha256(f"{numba.__version__} {sys.version} {platform.machine()}".encode())
    sources = [*(_HERE / "kernels").glob("*.py"), _HERE / "rng.py", _HERE / "codes.py", Path(__file__)]
    for path in sorted(sources):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    """Make a folder if need be and say whether files can be written in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _choose_folder() -> Path:
    """Return the cache folder: in NUMBA_CACHE_DIR or LABSIM_CACHE, the user's cache or a temporary one."""
    roots = [os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("LABSIM_CACHE")]
    named = [Path(root) for root in roots if root]
    name = f"kernels-{_source_key()}"
    for root in (*named, user_cache_path("labsim")):
        if _writable(root / name):
            return root / name
    return Path(tempfile.mkdtemp(prefix="labsim-kernels-"))


CACHE_FOLDER = _choose_folder()
numba.config.CACHE_DIR = str(CACHE_FOLDER)  # type: ignore[attr-defined]  # set dynamically by numba


def compiled() -> bool:
    """Say whether kernels have been compiled before on this machine (for these sources)."""
    return any(CACHE_FOLDER.rglob("*.nbi"))


def announce(*, silently: bool = False) -> None:
    """Say on stderr, once on a machine, that the first month compiles the kernels (or only note that it was said)."""
    said = CACHE_FOLDER / ANNOUNCED
    if compiled() or said.exists():
        return
    said.touch()
    if not silently:
        sys.stderr.write("labsim: compiling the kernels; this happens once and takes about a minute\n")


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a kernel that only reads and writes the arrays it is given.

    Reference counting is off: kernels allocate nothing, and counting every use of a column of a table (an
    atomic operation) made them several times slower.
    """
    compiler: Any = njit  # its annotations do not know _nrt
    fast: F = compiler(cache=True, nogil=True, _nrt=False)(function)
    return fast
