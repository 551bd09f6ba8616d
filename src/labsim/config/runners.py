"""Functions named in files: ``module:function``, or ``path/to/file.py:function``."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labsim.config.errors import suggestion

SCENARIO_RUNNER = "labsim.sweep.record:run_scenario"
"""What does a run of a scenario."""


class RunnerError(ValueError):
    """A function that cannot be found; ``right``: what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong, self.right = wrong, right


def absolute(runner: str, near: Path | None = None) -> str:
    """Return a runner's name with its file as an absolute path, if it names a file.

    Paths count from the folder of the file that names it (`near`), then from the current folder.
    """
    where, _, name = runner.rpartition(":")
    if not where.endswith(".py"):
        return runner
    bases = ([] if near is None else [near.absolute().parent]) + [Path.cwd()]
    found = next((base / where for base in bases if (base / where).is_file()), None)
    return runner if found is None else f"{found.resolve()}:{name}"


def load_runner(runner: str) -> Callable[..., Any]:
    """Return the function of this name; raises RunnerError if there is none.

    A file becomes a module of its own, which any process can load again by the same name.
    """
    where, _, name = runner.rpartition(":")
    if not where or not name.isidentifier():
        raise RunnerError("names no function", "write module:function, or path/to/file.py:function")
    module = _file(Path(where)) if where.endswith(".py") else _module(where)
    function = getattr(module, name, None)
    if not callable(function):
        known = [key for key, each in vars(module).items() if callable(each) and not key.startswith("_")]
        shown = Path(where).name if where.endswith(".py") else where
        raise RunnerError(f"names '{name}', which is no function of {shown}", suggestion(name, known))
    found: Callable[..., Any] = function
    return found


def content_of(runner: str) -> list[str]:
    """Return [name without folders, hash of the file's content]: what a key says of a runner."""
    function = load_runner(runner)
    where, _, name = runner.rpartition(":")
    file = where if where.endswith(".py") else getattr(sys.modules.get(function.__module__), "__file__", None)
    source = Path(file).read_bytes() if file else b""
    shown = Path(where).name if where.endswith(".py") else where
    return [f"{shown}:{name}", hashlib.sha256(source).hexdigest()]


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        right = "write the name of an importable module, or the path of a .py file"
        raise RunnerError(f"names the module '{name}', which cannot be imported ({error})", right) from None
    except Exception as error:  # a module of the user's own
        raise RunnerError(f"names the module '{name}', which fails ({error!r})", "repair it") from error


def _file(path: Path) -> Any:
    name = f"labsim_runner_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise RunnerError(f"names the file '{path}', which is not there", "write the path of a .py file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a module of the user's own
        del sys.modules[name]
        raise RunnerError(f"names the file '{path}', which fails ({error!r})", "repair it") from error
    return module
