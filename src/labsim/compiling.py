"""How kernels are compiled: cached on disk, without the interpreter lock, without reference counting.

The cache folder is named by the content of the compiled sources, because numba notices a change only in the
file of the kernel itself, not in the rules that it calls from other files. Every cached file ends with a checksum.
A file that is damaged, or a disk that is full, costs a warning and a compilation, never the run.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
from numba import njit
from numba.core import caching
from platformdirs import user_cache_path

_HERE = Path(__file__).parent
ANNOUNCED = "announced"
ROOM = 1_000_000
"""Bytes that must fit on the disk of a cache folder that is still empty (the kernels take some 10 MB)."""


def _source_key() -> str:
    """Return a hash of everything that compiled code depends on."""
    hashed = hashlib.sha256(f"{numba.__version__} {sys.version} {platform.machine()}".encode())
    sources = [*(_HERE / "kernels").glob("*.py"), _HERE / "rng.py", _HERE / "codes.py", Path(__file__)]
    for path in sorted(sources):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:16]


def _holds_kernels(folder: Path) -> bool:
    """Say whether a folder holds compiled code that this process may read."""
    try:
        return any(os.access(file, os.R_OK) for file in folder.rglob("*.nbi"))
    except OSError:
        return False


def _writable(folder: Path) -> bool:
    """Make a folder if need be and say whether files can be written in it, and have room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
            return True
    except OSError:
        return False


def _choose_folder() -> Path:
    """Return the cache folder: in NUMBA_CACHE_DIR or LABSIM_CACHE, the user's cache or a temporary one.

    A folder that holds compiled code is used even if nothing can be written there.
    """
    roots = [os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("LABSIM_CACHE")]
    named = [Path(root) for root in roots if root]
    name = f"kernels-{_source_key()}"
    for root in (*named, user_cache_path("labsim")):
        if _holds_kernels(root / name) or _writable(root / name):
            return root / name
    return Path(tempfile.mkdtemp(prefix="labsim-kernels-"))


CACHE_FOLDER = _choose_folder()
numba.config.CACHE_DIR = str(CACHE_FOLDER)  # type: ignore[attr-defined]  # set dynamically by numba
_announced = False
_full = False


def compiled() -> bool:
    """Say whether kernels have been compiled before on this machine (for these sources)."""
    return _holds_kernels(CACHE_FOLDER)


def announce(*, silently: bool = False) -> None:
    """Say on stderr, once on a machine, that the first month compiles the kernels (or only note that it was said)."""
    global _announced  # noqa: PLW0603 - asked before every run, and looking into the folder takes time
    if _announced:
        return
    _announced = True
    said = CACHE_FOLDER / ANNOUNCED
    if compiled() or said.exists():
        return
    with suppress(OSError):
        said.touch()
    if not silently:
        sys.stderr.write("labsim: compiling the kernels; this happens once and takes about a minute\n")


_numba: Any = caching  # it has no annotations


class _InCacheFolder(_numba.UserProvidedCacheLocator):  # type: ignore[misc]  # numba's, without types
    """Looks for compiled code in the cache folder and nowhere else, whether it can be written or not."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        return cls(py_func, py_file)


class _Kept(_numba.CompileResultCacheImpl):  # type: ignore[misc]  # the same
    _locator_classes = (_InCacheFolder,)


class _CheckedFile(_numba.IndexDataCacheFile):  # type: ignore[misc]  # the same
    """Files of compiled code that end with a checksum of their content: a damaged one is never run."""

    def _save_data(self, name: str, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(content + _checksum(content))

    def _load_data(self, name: str) -> Any:
        written = Path(self._data_path(name)).read_bytes()
        content = written[: -len(_checksum(b""))]
        if written != content + _checksum(content):
            raise ValueError("its checksum is wrong")
        return pickle.loads(content)  # noqa: S301 - it is what this class wrote


class _Cache(_numba.FunctionCache):  # type: ignore[misc]  # the same
    """The compiled versions of one kernel on disk; what is wrong with the files costs a compilation, never the run."""

    _impl_class = _Kept

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _CheckedFile(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # numba #10434: whatever unpickling a damaged file may raise
            warnings.warn(
                f"the compiled code of {self._impl.filename_base} in {self._cache_path} is damaged"
                f" ({str(error) or type(error).__name__}); it is compiled anew",
                stacklevel=2,
            )
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        global _full  # noqa: PLW0603 - said once, not for every kernel
        try:
            super().save_overload(sig, data)
        except OSError as error:
            self.disable()
            if not _full:
                warnings.warn(
                    f"compiled code cannot be kept in {CACHE_FOLDER} ({error.strerror or error}); every process"
                    " compiles anew until it can. Set NUMBA_CACHE_DIR to a folder with room",
                    stacklevel=2,
                )
            _full = True


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a kernel that only reads and writes the arrays it is given.

    Reference counting is off: kernels allocate nothing, and counting every use of a column of a table (an
    atomic operation) made them several times slower.
    """
    compiler: Any = njit  # its annotations do not know _nrt
    fast: Any = compiler(nogil=True, _nrt=False)(function)
    fast._cache = _Cache(function)  # noqa: SLF001 - what numba's enable_caching does, with numba's own cache
    return fast  # type: ignore[no-any-return]  # what numba makes of it can be called in the same way
