"""CSV tables of a place: bad cells are named by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config import ConfigError
from labsim.config.tables import read_commuters, read_series, read_targets

PLACES = ("Here", "There")
SERIES = "municipality,year,value,unit,source,verified\n"
TARGETS = "series,municipality,year,value,unit,source,verified,note\n"
COMMUTERS = "home,work,year,value,unit,source,verified\n"


def table(folder: Path, text: str) -> Path:
    file = folder / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_series_is_read_point_by_point(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        SERIES
        + "Here,1998,1.5,thousand persons,a yearbook,yes\n\n"
        + "There,1998-07,2,thousand persons,a yearbook,yes (inferred)\n",
    )
    first, second = read_series(file, "employees", PLACES, fictional=False)
    assert (first.series, first.municipality, first.date, first.value) == ("employees", "Here", "1998", 1.5)
    assert (first.unit, first.source) == ("thousand persons", "a yearbook")
    assert (second.date, second.value) == ("1998-07", 2.0)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    text = (SERIES + "Here,1998,1.5,thousand persons,a yearbook,yes\n").replace("\n", "\r\n")
    file = tmp_path / "table.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert len(read_series(file, "employees", PLACES, fictional=False)) == 1


def test_a_note_is_told_with_the_source(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        TARGETS
        + "long_term_share,Here,2005,40.1,%,a table,yes,break\nlong_term_share,all,2006,41,%,a table,yes,\n",
    )
    first, second = read_targets(file, PLACES, fictional=False)
    assert first.source == "a table (break)"
    assert (second.source, second.municipality) == ("a table", "all")


def test_commuters_become_a_matrix_of_homes_and_workplaces(tmp_path: Path) -> None:
    file = table(tmp_path, COMMUTERS + "There,Here,2022,7,persons,s,yes\nHere,There,2022,5,persons,s,yes\n")
    assert read_commuters(file, PLACES, fictional=False) == ((0.0, 5.0), (7.0, 0.0))


@pytest.mark.parametrize(
    ("row", "line", "column", "says"),
    [
        ("Here,1998,many,thousand persons,s,yes", 2, "value", "is 'many'"),
        ("Here,1998,inf,thousand persons,s,yes", 2, "value", "is 'inf'"),
        ("Here,1998,0,thousand persons,s,yes", 2, "value", "is 0"),
        ("Here,98,1,thousand persons,s,yes", 2, "year", "is '98'"),
        ("Here,1998-13,1,thousand persons,s,yes", 2, "year", "is '1998-13'"),
        ("here,1998,1,thousand persons,s,yes", 2, "municipality", "names the unknown municipality 'here'"),
        ("Here,1998,1,persons,s,yes", 2, "unit", "is 'persons'"),
        ("Here,1998,1,thousand persons,s,yes but broken", 2, "verified", "is 'yes but broken'"),
        ("Here,1998,1,thousand persons,s,fictional", 2, "verified", "is 'fictional'"),
        ("Here,1998,1,thousand persons,,yes", 2, "source", "is empty"),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(
    tmp_path: Path, row: str, line: int, column: str, says: str
) -> None:
    file = table(tmp_path, f"{SERIES}{row}\n")
    with pytest.raises(ConfigError) as caught:
        read_series(file, "employees", PLACES, fictional=False)
    error = caught.value
    assert (error.file, error.line, error.key, error.wrong) == (file, line, column, says)
    assert error.right


def test_all_bad_cells_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    file = table(
        tmp_path, SERIES + "Here,1998,x,thousand persons,s,yes\nNowhere,1999,1,thousand persons,s,no\n"
    )
    with pytest.raises(ConfigError) as caught:
        read_series(file, "employees", PLACES, fictional=False)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (2, "value"), (3, "municipality"), (3, "verified"),
    ]  # fmt: skip


def test_a_rate_is_a_percentage(tmp_path: Path) -> None:
    file = table(tmp_path, TARGETS + "unemployment_rate,Here,1998,0.12,share,s,yes,\n")
    with pytest.raises(ConfigError, match="unit is 'share', but it must be '%'"):
        read_targets(file, PLACES, fictional=False)


def test_nobody_commutes_to_the_own_municipality(tmp_path: Path) -> None:
    rows = (
        "Here,There,2022,5,persons,s,yes\nThere,Here,2022,7,persons,s,yes\nHere,Here,2022,9,persons,s,yes\n"
    )
    with pytest.raises(ConfigError, match=r"table.csv:4: work is 'Here' as home"):
        read_commuters(table(tmp_path, COMMUTERS + rows), PLACES, fictional=False)


def test_missing_pairs_are_listed(tmp_path: Path) -> None:
    places = ("A", "B", "C")
    with pytest.raises(ConfigError, match=r"lacks 5 of 6 pairs.*3 x 3: add A to C; B to A; B to C; \.\.\."):
        read_commuters(table(tmp_path, COMMUTERS + "A,B,2022,5,persons,s,yes\n"), places, fictional=False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('Here,1998,"1,thousand persons,s,yes\n', "not valid CSV"),
        ("", "the table has no rows"),
    ],
)
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read_series(table(tmp_path, SERIES + text), "employees", PLACES, fictional=False)


def test_a_table_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(SERIES.encode() + b"M\xfcnster,1998,1,thousand persons,s,yes\n")
    with pytest.raises(
        ConfigError, match=r"csv:2: municipality has the cell 'Münster' in Latin-1.*save the file as UTF-8"
    ):
        read_series(file, "employees", PLACES, fictional=False)


def test_a_table_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_series(tmp_path, "employees", PLACES, fictional=False)
