"""A place is checked as a whole, whether it comes from a file or from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from labsim.config import ConfigError, load_place
from labsim.state.place import Place


def changed(**values: Any) -> dict[str, Any]:
    return load_place("toytown").model_dump() | values


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"travel_minutes": ((15.0, 30.0),)}, "travel_minutes has 1 rows, but there are 2 municipalities"),
        ({"travel_minutes": ((15.0, 30.0), (30.0,))}, "travel_minutes has 1 cells in row 2"),
        ({"travel_minutes": ((15.0, -1.0), (30.0, 15.0))}, "travel_minutes has -1 in row 1, column 2"),
        ({"commuters": ((0.0, 1.0), (1.0, 2.0))}, "commuters has residents who work at home"),
        ({"education_shares": (0.2, 0.6, 0.1)}, r"education_shares adds up to 0\.9"),
        ({"municipalities": ()}, "municipalities is empty"),
    ],
)
def test_what_does_not_fit_together_is_refused(values: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Place.model_validate(changed(**values))


def test_a_series_of_another_place_is_refused() -> None:
    data = changed()
    data["employees"][0]["municipality"] = "Elsewhere"
    with pytest.raises(ValidationError, match="employees names the municipality 'Elsewhere'"):
        Place.model_validate(data)


def test_a_place_round_trips_through_its_content() -> None:
    place = load_place("dortmund")
    assert Place.model_validate_json(place.model_dump_json()) == place


def test_bad_matrix_cells_are_named_by_row_and_column(tmp_path: Path) -> None:
    source = (Path(__file__).resolve().parents[2] / "configs/places/toytown/place.yaml").read_text(
        encoding="utf-8"
    )
    text = source.replace("employees: employees.csv\npopulation: population.csv\n", "")
    file = tmp_path / "place.yaml"
    file.write_text(text.replace("  - [30, 15]", "  - [30, quarter of an hour]"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_place(tmp_path / "place.yaml")
    line = file.read_text(encoding="utf-8").splitlines().index("  - [30, quarter of an hour]") + 1
    assert (caught.value.line, caught.value.key) == (line, "travel_minutes[row 2, column 2]")
    assert "in minutes" in caught.value.right


def test_commuters_are_a_table_or_a_matrix(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "configs/places/toytown/place.yaml").read_text(
        encoding="utf-8"
    )
    text = text.replace("employees: employees.csv\npopulation: population.csv\n", "")
    file = tmp_path / "place.yaml"
    file.write_text(
        text.replace("commuters:\n  - [0, 1000]\n  - [2000, 0]\n", "commuters: 3\n"), encoding="utf-8"
    )
    with pytest.raises(
        ConfigError, match="commuters is 3, but it must be the name of a CSV file or a matrix"
    ):
        load_place(file)
