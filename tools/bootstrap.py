"""Make labsim's environment in `.venv`, on a machine that has nothing but a `python3` (3.9 or newer).

The Makefile runs it before everything else, with whatever `python3` there is; standard library only. It

1. finds uv, or brings it into `.tools/`;
2. finds a Python that labsim runs on, by running each one there is: a name on the PATH proves nothing, since
   pyenv's shims name versions that don't start. Where there is none, uv brings one into `.tools/`;
3. makes `.venv` and installs labsim into it, at the exact versions of `constraints.txt`.

Everything it writes lies in `.venv/`, `.tools/` and the caches of uv and pip. The system's Python and the
user's packages stay as they are. A second run that finds nothing changed ends at once.

Usage: python3 tools/bootstrap.py [setup | constraints]
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
STAMP = VENV / ".labsim"
SOURCES = ("pyproject.toml", "constraints.txt", "tools/bootstrap.py")

PYTHONS = ((3, 12), (3, 13), (3, 14))
"""The Pythons for which the pinned packages have wheels, the one labsim is developed on first."""
OLDEST_UV = (0, 5)
"""The first uv that has all options used here."""

PROBE = """
import bz2, ctypes, lzma, ssl, sys, sysconfig, zlib  # a Python built without their headers lacks some
kind = "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else sys.implementation.name
print(kind, sys.version_info[0], sys.version_info[1], sys.executable)
"""

STRAY = (
    "CONDA_PREFIX",
    "PIP_PREFIX",
    "PIP_TARGET",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
)
"""Settings that would point the tools at another environment than `.venv`."""


Env = dict[str, str]


class SetupError(Exception):
    """What stands in the way, for the person at the terminal."""


def say(text: str) -> None:
    """Print a line of progress on stderr at once."""
    print(f"labsim setup: {text}", file=sys.stderr, flush=True)


def launch(command: list[str], env: Env, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, with nothing to read, and return what it printed."""
    return subprocess.run(
        command,
        env=env,
        cwd=ROOT,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def output_of(command: list[str], env: Env) -> str | None:
    """Return what a command prints, or None where it can't be run, fails or hangs."""
    try:
        done = launch(command, env, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def failure_of(command: list[str], env: Env) -> str:
    """Run a command; return "" where it succeeds, else the last lines that it printed."""
    try:
        done = launch(command, env)
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return ""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return "\n".join(lines[-12:]) or f"exit code {done.returncode}"


def path_folders(env: Env) -> list[str]:
    """Return the folders on the PATH."""
    return [folder for folder in env.get("PATH", os.defpath).split(os.pathsep) if folder]


def executables(name: str, env: Env) -> list[str]:
    """Return every file of this name on the PATH that may be executed, first come first."""
    paths = [str(Path(folder) / name) for folder in path_folders(env)]
    return [path for path in dict.fromkeys(paths) if Path(path).is_file() and os.access(path, os.X_OK)]


# The surroundings


def writable(folder: Path) -> bool:
    """Return whether files can be made in a folder, or in its nearest parent that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def has_certificates() -> bool:
    """Return whether the machine has a store of TLS certificates of its own."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))


def pip_setting(name: str, env: Env) -> str | None:
    """Return one of pip's settings, from its environment variable or its configuration files."""
    key = "PIP_" + name.upper().replace("-", "_")
    if key in env:
        return env[key]
    return output_of([sys.executable, "-m", "pip", "config", "get", f"global.{name}"], env) or None


def environment() -> Env:
    """Return the environment for child processes: no stray settings, caches that can be written."""
    env = {name: value for name, value in os.environ.items() if name not in STRAY}
    env.update(PYTHONNOUSERSITE="1", PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0")
    env.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    home = env.get("HOME")
    cache = Path(env.get("XDG_CACHE_HOME") or Path(home or "/") / ".cache")
    if not home or not writable(cache / "uv"):
        env.setdefault("UV_CACHE_DIR", str(TOOLS / "uv-cache"))
        env.setdefault("PIP_CACHE_DIR", str(TOOLS / "pip-cache"))
    if has_certificates():  # a network with a proxy of its own is known to the machine, not to uv
        env.setdefault("UV_SYSTEM_CERTS", "1")
        env.setdefault("UV_NATIVE_TLS", "1")  # what older versions of uv call the same
    return env


def tell_uv_what_pip_knows(env: Env) -> None:
    """Pass pip's package index and certificates on to uv, which doesn't read pip's configuration."""
    index = pip_setting("index-url", env)
    if index and "UV_INDEX_URL" not in env:
        env.setdefault("UV_DEFAULT_INDEX", index)
    certificates = pip_setting("cert", env)
    if certificates:
        env.setdefault("SSL_CERT_FILE", certificates)


# Pythons


def home_of_the_user() -> str | None:
    """Return the home directory as the system knows it; None for a user whom it doesn't know."""
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return None


def pyenv_pythons(env: Env) -> list[str]:
    """Return pyenv's interpreters themselves, not its shims.

    Its folder is where PYENV_ROOT says, beside its shims on the PATH, or in the home directory: the one that
    the environment names (perhaps an empty one) or the one that the system knows.
    """
    roots = [Path(folder).parent for folder in path_folders(env)]
    roots += [Path(home) / ".pyenv" for home in (env.get("HOME"), home_of_the_user()) if home]
    if env.get("PYENV_ROOT"):
        roots.insert(0, Path(env["PYENV_ROOT"]))
    names = [f"versions/{major}.{minor}.*/bin/python{major}.{minor}" for major, minor in PYTHONS]
    return [
        str(path)
        for name in names
        for root in dict.fromkeys(roots)
        for path in sorted(root.glob(name), reverse=True)
    ]


def candidates(env: Env) -> list[str]:
    """Return what may be a Python, best first; none of them is known to run."""
    names = [f"python{major}.{minor}" for major, minor in PYTHONS] + ["python3"]
    on_path = [path for name in names for path in executables(name, env)]
    return list(dict.fromkeys([*on_path, *pyenv_pythons(env), sys.executable]))


def probe(python: str, env: Env) -> tuple[tuple[int, int], str] | None:
    """Return (version, path) of an interpreter by running it; None unless it is a CPython that runs."""
    answer = (output_of([python, "-c", PROBE], env) or "").split(maxsplit=3)
    if len(answer) != 4 or answer[0] != "cpython":
        return None
    return (int(answer[1]), int(answer[2])), answer[3]


def find_python(env: Env) -> str | None:
    """Return the path of the first interpreter that runs and that labsim supports."""
    for python in candidates(env):
        found = probe(python, env)
        if found and found[0] in PYTHONS:
            return found[1]
    return None


def bring_python(uv: str, env: Env) -> str:
    """Return a Python that uv has, or brings into `.tools/`."""
    wanted = f"{PYTHONS[0][0]}.{PYTHONS[0][1]}"
    find = [uv, "python", "find", "--no-python-downloads", wanted]
    path, failure = output_of(find, env), ""
    if path is None:
        say(f"no Python 3.12, 3.13 or 3.14 runs here; asking uv for {wanted}")
        env["UV_PYTHON_INSTALL_DIR"] = str(TOOLS / "python")
        failure = failure_of([uv, "python", "install", "--no-progress", wanted], env)
        path = output_of(find, env)
    found = probe(path, env) if path else None
    if found is None:
        reason = failure.splitlines()[-1].strip() if failure else "what it brought does not run"
        raise SetupError(f"labsim needs Python 3.12 to 3.14; none runs here and uv brought none ({reason})")
    return found[1]


# uv


def runs_as_uv(command: str, env: Env) -> bool:
    """Return whether a command is a uv that starts and is new enough."""
    version = re.match(r"uv (\d+)\.(\d+)", output_of([command, "--version"], env) or "")
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_UV


def uv_by_venv(python: str, folder: Path, env: Env) -> str:
    """Install uv into a virtual environment of its own; return "" or the failure."""
    made = failure_of([python, "-m", "venv", "--clear", str(folder)], env)
    return made or failure_of([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"], env)


def uv_by_pip(python: str, folder: Path, env: Env) -> str:
    """Install uv into a plain folder; return "" or the failure."""
    shutil.rmtree(folder, ignore_errors=True)
    return failure_of([python, "-m", "pip", "install", "--quiet", "--target", str(folder), "uv"], env)


Way = Callable[[str, Path, Env], str]

WAYS: tuple[tuple[str, Way, str], ...] = (
    ("import venv; from ensurepip import version", uv_by_venv, "uv-venv"),
    ("from pip import __version__", uv_by_pip, "uv-pip"),
)
"""What a Python must be able to do, how it brings uv, and the folder in `.tools/`."""


def bring_uv(env: Env) -> str:
    """Install uv into `.tools/` with the venv or the pip of a Python that has one; return its path."""
    failures: list[str] = []
    for python in dict.fromkeys([sys.executable, *candidates(env)]):
        able = [way for way in WAYS if output_of([python, "-c", way[0]], env) is not None]
        for _, way, folder in able:
            say(f"bringing uv into .tools/ with {python}")
            failure = way(python, TOOLS / folder, env)
            uv = str(TOOLS / folder / "bin" / "uv")
            if not failure and runs_as_uv(uv, env):
                return uv
            failures.append(failure.splitlines()[-1].strip() if failure else f"{uv} does not run")
        if able:
            break  # what stands in the way now is the network or the disk, the same for every other Python
    raise SetupError(
        f"labsim needs uv, and pip could not install it: is there a network? ({failures[0]})"
        if failures
        else "labsim needs uv, and no python3 here has pip or venv to install it with: install python3-venv "
        "(Debian, Ubuntu: apt-get install python3-venv) or uv, then try again"
    )


def find_uv(env: Env) -> str:
    """Return the path of a uv that runs: on the PATH, brought earlier, or brought now."""
    brought = [str(TOOLS / folder / "bin" / "uv") for _, _, folder in WAYS]
    for uv in [*executables("uv", env), *brought]:
        if runs_as_uv(uv, env):
            return uv
    return bring_uv(env)


# The environment


def fingerprint() -> str:
    """Return what the environment depends on: three files and the place where the project lies."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in SOURCES:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_ready() -> bool:
    """Return whether `.venv` was made from the present files and its Python is still there."""
    return STAMP.is_file() and STAMP.read_text() == fingerprint() and (VENV / "bin" / "python").exists()


def setup() -> None:
    """Make `.venv` anew and install labsim with its development tools into it."""
    if VENV.exists() and not STAMP.exists():
        raise SetupError(f"{VENV} exists and was not made by labsim: move it away, then try again")
    start, env = time.monotonic(), environment()
    uv = find_uv(env)
    tell_uv_what_pip_knows(env)
    python = find_python(env) or bring_python(uv, env)
    say(f"installing labsim into .venv with {python} (a minute or two the first time)")
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    STAMP.write_text("unfinished")
    into = ["--python", str(VENV / "bin" / "python")]
    for command in (
        ["venv", "--quiet", "--allow-existing", "--python", python, str(VENV)],
        ["pip", "install", "--quiet", *into, "--constraint", "constraints.txt", "--editable", ".[dev]"],
    ):
        failure = failure_of([uv, *command], env)
        if failure:
            raise SetupError(f"uv {' '.join(command[:2])} failed\n{failure}")
    STAMP.write_text(fingerprint())
    say(f"ready after {time.monotonic() - start:.0f} s")


def constraints() -> None:
    """Write `constraints.txt` anew: the newest versions that the ranges in `pyproject.toml` allow."""
    env = environment()
    uv = find_uv(env)
    tell_uv_what_pip_knows(env)
    target = ROOT / "constraints.txt"
    options = ["--upgrade", "--all-extras", "--only-binary=:all:", "--python-version", "3.12"]
    plain = ["--quiet", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    failure = failure_of([uv, "pip", "compile", *options, *plain, "pyproject.toml", "-o", str(target)], env)
    if failure:
        raise SetupError(f"no set of versions fits pyproject.toml\n{failure}")
    say(f"{target.name}: {len(target.read_text().splitlines())} packages")


def main(arguments: list[str]) -> int:
    """Run one of the two tasks and return the exit code."""
    task = arguments[0] if arguments else "setup"
    if task not in ("setup", "constraints") or len(arguments) > 1:
        print("usage: python3 tools/bootstrap.py [setup | constraints]", file=sys.stderr)
        return 2
    try:
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # `make test` beside `make demo` waits instead of breaking it
            if task == "constraints":
                constraints()
            elif not is_ready():
                setup()
    except (SetupError, OSError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
