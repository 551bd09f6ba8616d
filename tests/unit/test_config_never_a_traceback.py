"""Whatever stands in a file, it loads or is refused with a `ConfigError`: never another exception."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labsim.config import KINDS, ConfigError, check

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "configs/regimes/status_quo_ante.yaml",
        "configs/regimes/hartz_1_3.yaml",
        "configs/regimes/regional_budget.yaml",
        "configs/transitions/linear_24.yaml",
        "configs/transitions/secured.yaml",
        "configs/scenarios/toytown.yaml",
        "configs/places/toytown/place.yaml",
        "experiments/dortmund_2003/experiment.yaml",
        "tests/unit/sweeps/toy.yaml",
    )
}
TABLES = st.text(alphabet='municpaltyer,"\n;0.', max_size=200).map(str.encode)
ODD_VALUES = (
    "", "3", "-1", "text", "[1, [2]]", "{a: 1}", "~", "true", ".inf", "2003-01", "{value: }", "*x", "&x 1",
    "{value: {value: 1}, source: [2]}", "!!int x", "? a", "|", "- b", "9" * 25, "9" * 5000, "1e999", "0x_",
    "0b2", "\t", '"\\0"', '"\\0/x"', "~nobody/x", "'",
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_with_one_line_changed_loads_or_is_refused(data: st.DataObject, tmp_path: Path) -> None:
    lines = TEXTS[data.draw(st.sampled_from(sorted(TEXTS)))].splitlines()
    i = data.draw(st.integers(0, len(lines) - 1))
    key = lines[i].partition(":")[0]
    match data.draw(st.sampled_from(("value", "delete", "twice", "cut", "indent", "key"))):
        case "value":
            lines[i] = f"{key}: {data.draw(st.sampled_from(ODD_VALUES))}"
        case "delete":
            del lines[i]
        case "twice":
            lines.insert(i, lines[i])
        case "cut":
            lines[i:] = [lines[i][: data.draw(st.integers(0, len(lines[i])))]]
        case "indent":
            lines[i] = f"  {lines[i]}"
        case "key":
            lines[i] = lines[i].replace("e", "3", 1)
    file = tmp_path / "file.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    with contextlib.suppress(ConfigError):
        assert check(file) in KINDS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError):
        check(file)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), TABLES))
def test_any_bytes_in_a_table_load_or_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "place.yaml").write_text(TEXTS["configs/places/toytown/place.yaml"], encoding="utf-8")
    (tmp_path / "employees.csv").write_bytes(content)
    (tmp_path / "population.csv").write_bytes(content)
    with pytest.raises(ConfigError):
        check(tmp_path)
