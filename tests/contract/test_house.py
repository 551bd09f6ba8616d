"""The rules of the house (CONTRIBUTING.md) that a machine can hold: imports, sizes, luck, words, versions."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "labsim"
MODULES = sorted(PACKAGE.rglob("*.py"))
PYTHON_FILES = sorted(
    path for name in ("src", "tests", "tools", "benchmarks") for path in (ROOT / name).rglob("*.py")
)
FOLDERS = ("src", "tests", "tools", "benchmarks", "configs", "experiments", "docs", ".ci")
TEXT = {".py", ".yaml", ".yml", ".md", ".toml", ".json", ".csv", ".txt", ""}
TEXT_FILES = [
    path
    for path in sorted([*ROOT.iterdir(), *(path for name in FOLDERS for path in (ROOT / name).rglob("*"))])
    if path.suffix in TEXT
    and path.is_file()
    and path.name != ".git"
    and not path.name.startswith(".coverage")
]

MOST_LINES_PER_FILE = 400
MOST_LINES_PER_FUNCTION = 60

# What each part of labsim may import; a part always knows itself. Anything in src/labsim that is not named
# here fails: a new part needs a place in the order first.
GROUND = {"compiling", "rng", "units", "codes", "params", "parameters"}
STATE = GROUND | {"kernels", "state"}
PARTS_OF_THE_MODEL = {"scenario", "views", "agents", "agentset", "genesis", "recorder", "results"}
BELOW_THE_MODEL = STATE | {"behaviour", "policy", "indicators"} | PARTS_OF_THE_MODEL
MODEL = BELOW_THE_MODEL | {"model"}
TABLES = {"analysis", "figures"}
ALL = (
    MODEL | TABLES | {"plots", "config", "experiment", "calibration", "sweep", "odd", "report", "app", "cli"}
)
MAY_IMPORT: dict[str, set[str]] = {
    **dict.fromkeys(GROUND, GROUND),
    "kernels": GROUND,
    "state": STATE,
    "behaviour": STATE,
    "policy": STATE,
    "indicators": STATE,
    **dict.fromkeys(PARTS_OF_THE_MODEL, BELOW_THE_MODEL),
    "model": MODEL,
    "config": MODEL | {"analysis"},
    "experiment": MODEL | {"config", "analysis", "plots"},
    "calibration": MODEL | {"config", "experiment", "analysis"},
    "sweep": MODEL | {"config", "experiment", "analysis"},
    "odd": MODEL | {"config"},
    "analysis": set(),
    "figures": {"analysis"},
    "plots": TABLES,
    "report": TABLES | {"plots"},
    "__init__": ALL - {"app", "cli"},
    "app": (ALL - {"cli"}) | {"__init__"},
    "cli": ALL | {"__init__"},
    "__main__": {"cli"},
}


def where(path: Path, line: int | None = None) -> str:
    """Return a file's place for a message."""
    return str(path.relative_to(ROOT)) + (f":{line}" if line else "")


def part_of(path: Path) -> str:
    """Return the part of labsim that a module belongs to: its package, or the name of a single module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_type_checking(node: ast.AST) -> bool:
    """Return whether a statement is `if TYPE_CHECKING:`, whose imports never run."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node below a tree that can run, imports within functions too."""
    for child in ast.iter_child_nodes(tree):
        if not is_type_checking(child):
            yield child
            yield from running_nodes(child)


def imported_modules(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything that a module imports, relative imports resolved."""
    package = ["labsim", *path.relative_to(PACKAGE).parts[:-1]]
    for node in running_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            if base != "labsim":
                yield node.lineno, base
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def imported_part(name: str) -> str | None:
    """Return the part of labsim behind a dotted name; None for other packages and for the version."""
    root, *below = name.split(".")
    if root != "labsim" or below == ["__version__"]:
        return None
    if not below:
        return "__init__"
    there = PACKAGE / below[0]
    is_part = below[0] in MAY_IMPORT or there.is_dir() or there.with_suffix(".py").is_file()
    return below[0] if is_part else "__init__"


def wrong_imports(path: Path, source: str) -> list[str]:
    """Return a message for each import of a part that the importing part may not know."""
    here = part_of(path)
    if here not in MAY_IMPORT:
        return [f"{where(path)}: give the part '{here}' a place in MAY_IMPORT"]
    wrong = {}
    for line, name in imported_modules(path, ast.parse(source)):
        there = imported_part(name)
        if there not in {None, here} and there not in MAY_IMPORT[here]:
            wrong[f"{where(path, line)}: {here} imports {there}"] = None
    return list(wrong)


def code_lines(source: str, node: ast.AST) -> int:
    """Return a function's lines of code: without its docstring, comments and blank lines."""
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    nothing = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in nothing
        for line in range(token.start[0], token.end[0] + 1)
    }
    lines &= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    if ast.get_docstring(node, clean=False) is not None:
        first = node.body[0]
        lines -= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return len(lines)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method."""
    yield from (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def strange_luck(tree: ast.AST) -> list[tuple[int, str]]:
    """Return (line, name) of each source of randomness that is not `labsim.rng`.

    A model's generator may be handed to Mesa, which asks for one; nobody may draw from it (`.random.choice`).
    """
    found = []
    forbidden = {"random", "secrets", "numpy.random"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, a.name) for a in node.names if a.name in forbidden]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
            found += [(node.lineno, name) for name in sorted(names & forbidden)]
        elif isinstance(node, ast.Attribute) and node.attr in {"default_rng", "urandom", "uuid4"}:
            found.append((node.lineno, ast.unparse(node)))
        elif isinstance(node, ast.Attribute | ast.Call):
            inner = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(inner, ast.Attribute) and inner.attr == "random":
                found.append((node.lineno, ast.unparse(node)))
    return found


def test_imports_point_one_way() -> None:
    wrong = [line for path in MODULES for line in wrong_imports(path, path.read_text())]
    assert not wrong, "\n".join(wrong)


def test_behaviour_and_policy_and_the_model_and_its_figures_do_not_know_each_other() -> None:
    for here, there in (("behaviour", "policy"), ("policy", "behaviour")):
        assert there not in MAY_IMPORT[here]
    for here in ("analysis", "figures", "report"):
        assert not MAY_IMPORT[here] & (MODEL | {"config", "experiment"})


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("behaviour/search.py", "from labsim.policy import regime"),
        ("behaviour/search.py", "from labsim import policy"),
        ("behaviour/search.py", "from ..policy.regime import Regime"),
        ("policy/instruments/training.py", "def f():\n    import labsim.behaviour.search"),
        ("figures/flows.py", "from labsim.model import LabourMarket"),
        ("figures/flows.py", "from labsim import LabourMarket"),
        ("analysis/paired.py", "import labsim"),
        ("kernels/hazards.py", "from labsim.state.tables import JobSeekers"),
        ("novelty/thing.py", ""),
    ],
)
def test_an_import_against_the_direction_is_noticed(module: str, source: str) -> None:
    assert len(wrong_imports(PACKAGE / module, source)) == 1


def test_an_import_for_the_type_checker_alone_is_allowed() -> None:
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from labsim.model import LabourMarket"
    assert wrong_imports(PACKAGE / "behaviour" / "search.py", source) == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {where(path): len(path.read_text().splitlines()) for path in PYTHON_FILES}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES_PER_FILE} == {}


def test_no_function_is_longer_than_60_lines_of_code() -> None:
    long = {}
    for path in PYTHON_FILES:
        source = path.read_text()
        for node in functions(ast.parse(source)):
            whole = (node.end_lineno or node.lineno) - node.lineno + 1
            if whole > MOST_LINES_PER_FUNCTION and code_lines(source, node) > MOST_LINES_PER_FUNCTION:
                long[f"{where(path, node.lineno)} {node.name}"] = code_lines(source, node)
    assert long == {}


def test_docstrings_comments_and_blank_lines_are_not_counted_as_code() -> None:
    source = 'def f(\n    a,\n):\n    """Say.\n\n    More.\n    """\n    # why\n\n    return """x\ny"""\n'
    assert code_lines(source, ast.parse(source).body[0]) == 5


NO_LUCK_OF_THE_MODEL = {("app/lan.py", "secrets")}
"""The token of a link must be what nobody can guess or repeat; nothing simulated depends on it."""


def test_luck_comes_from_keyed_randomness_only() -> None:
    found = [
        f"{where(path, line)}: {name}"
        for path in MODULES
        if part_of(path) != "rng"
        for line, name in strange_luck(ast.parse(path.read_text()))
        if (path.relative_to(PACKAGE).as_posix(), name) not in NO_LUCK_OF_THE_MODEL
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from numpy import random",
        "from numpy.random import default_rng",
        "np.random.normal()",
        "self.random.choice([1])",
        "generator.random(10)",
        "np.random.default_rng(1)",
        "import secrets",
    ],
)
def test_another_source_of_luck_is_noticed(source: str) -> None:
    assert len(strange_luck(ast.parse(source))) == 1


def test_nothing_is_left_unfinished() -> None:
    mark = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|\braise NotImplemented" + r"Error\b")
    found = [
        f"{where(path, number)}: {line.strip()}"
        for path in TEXT_FILES
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if mark.search(line)
    ]
    assert not found, "\n".join(found)


def test_a_silenced_check_gives_its_reason_on_the_line() -> None:
    """`# noqa: E501 - reason`, `# type: ignore[code]  # reason`; coverage is never switched off by hand."""
    silenced = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no)")
    reasoned = re.compile(r"#\s*(noqa:\s*[A-Z0-9, ]+|type:\s*ignore\[[\w, -]+\])\s*[#(-].*\w{2,}")
    found = []
    for path in PYTHON_FILES:
        for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
            silences = token.type == tokenize.COMMENT and silenced.search(token.string)
            if silences and not reasoned.search(token.string):
                found.append(f"{where(path, token.start[0])}: {token.string}")
    assert not found, "\n".join(found)


def test_every_module_has_a_docstring() -> None:
    assert [where(path) for path in PYTHON_FILES if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_no_file_names_a_private_place() -> None:
    private = re.compile(r"/(root|work|home/\w+|Users/\w+)/|pythonhosted\.|pypi\.org|//[^ ]+/simple\b")
    found = [
        f"{where(path, number)}: {line.strip()[:100]}"
        for path in TEXT_FILES
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if private.search(line)
    ]
    assert not found, "\n".join(found)


def test_there_is_no_lock_file() -> None:
    names = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "package-lock.json")
    assert [name for name in names if (ROOT / name).exists()] == []


def pinned_versions() -> dict[str, Version]:
    """Return the versions of `constraints.txt`; every line must be a bare `name==version`."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    names = [line.split("==")[0] for line in lines]
    assert names == sorted(names)
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*", line)] == []
    return {name: Version(version) for name, version in (line.split("==") for line in lines)}


def test_the_pinned_versions_fit_the_ranges() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    pinned = pinned_versions()
    for text in [*project["dependencies"], *(line for extra in extras for line in extra)]:
        requirement = Requirement(text)
        assert requirement.specifier, f"{text} is no range"
        assert pinned[canonicalize_name(requirement.name)] in requirement.specifier, text


def test_the_set_up_script_reads_as_python_3_9_and_needs_only_the_standard_library() -> None:
    tree = ast.parse((ROOT / "tools" / "bootstrap.py").read_text(), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported == {
        *("fcntl", "hashlib", "os", "pwd", "re", "shutil", "ssl", "subprocess", "sys", "tempfile", "time")
    }


def test_the_commands_that_readme_and_makefile_name_exist() -> None:
    sources = "".join(path.read_text() for path in sorted((PACKAGE / "cli").glob("*.py")))
    commands = set(re.findall(r"^@(?:app\.)?command\(\"([a-z]+)\"", sources, re.MULTILINE))
    commands |= set(re.findall(r"^app\.add_typer\(\w+, name=\"([a-z]+)\"", sources, re.MULTILINE))
    named = {
        command
        for name in ("README.md", "CONTRIBUTING.md", "Makefile")
        for command in re.findall(r"(?:`|\$\(BIN\)/)labsim ([a-z]+)", (ROOT / name).read_text())
    }
    assert named
    assert named - commands == set()


def test_the_make_targets_that_the_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".ci" / "run"]
    named = {
        target
        for path in documents
        for target in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(), re.MULTILINE)
    }
    assert named
    assert named - targets == set()
