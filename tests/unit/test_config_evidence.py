"""Findings from the literature: what a row must have, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config import ConfigError
from labsim.config.evidence import CERTAINTIES, COLUMNS, FROM_MEMORY, findings, read_evidence

HEAD = ",".join(COLUMNS)
ROW = {
    "id": "a_finding", "what": "effect of something", "value": "1.5", "low": "1", "high": "2",
    "unit": "percentage points", "period": "12 months", "where": "Germany", "source": "Somebody 2010, abstract",
    "sure": "SEEN", "read": "2026-11-21", "note": "",
}  # fmt: skip


def table(tmp_path: Path, *rows: dict[str, str], head: str = HEAD) -> Path:
    lines = [",".join(f'"{({**ROW, **row})[name]}"' for name in COLUMNS) for row in rows]
    file = tmp_path / "some.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return file


def test_a_finding_is_read_with_its_numbers_and_its_place(tmp_path: Path) -> None:
    found = read_evidence(table(tmp_path, {}))["a_finding"]
    assert (found.value, found.low, found.high) == (1.5, 1.0, 2.0)
    assert found.is_published
    assert found.counts
    assert found.line == 2


def test_numbers_that_were_not_published_are_none(tmp_path: Path) -> None:
    found = read_evidence(table(tmp_path, {"value": "", "low": "", "high": "0", "sure": "SIGN"}))["a_finding"]
    assert (found.value, found.low, found.high) == (None, None, 0.0)
    assert not found.is_published
    assert found.counts


def test_what_is_from_memory_never_counts_and_says_so(tmp_path: Path) -> None:
    found = read_evidence(table(tmp_path, {"sure": "MEMORY"}))["a_finding"]
    assert not found.counts
    assert not found.is_published
    assert found.certainty == FROM_MEMORY


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"source": ""}, ":2: source is empty, but write who published it, and where it was read"),
        ({"id": "A finding"}, "id is 'A finding', but it must be small letters"),
        ({"sure": "SEN"}, "did you mean 'SEEN'?"),
        ({"sure": "certain"}, "it must be one of SEEN"),
        ({"value": "1,5"}, "it must be a number with a decimal point, without unit: 1.5"),
        ({"value": "5 %"}, "value is '5 %', but it must be a number"),
        ({"value": "3"}, "value is 3, but it must not be above high (2)"),
        ({"low": "3"}, "high is 2, but it must not be below low (3)"),
        ({"value": "", "low": "", "high": ""}, "value is empty"),
        ({"sure": "SIGN"}, "no value was seen"),
        ({"sure": "SIGN", "value": ""}, "it must be 0 or empty: no size was seen"),
        ({"read": "21.11.2026"}, "read is '21.11.2026', but it must be a date, YYYY-MM-DD"),
        ({"unit": ""}, "unit is empty"),
    ],
)
def test_a_wrong_cell_is_told_with_line_column_and_remedy(
    tmp_path: Path, row: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_evidence(table(tmp_path, row))
    assert message.removeprefix(":2: ") in str(caught.value).replace("; write", ", but write")
    assert caught.value.line == 2
    assert caught.value.key


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"some\.csv:3: id is 'a_finding' once more.*line 2"):
        read_evidence(table(tmp_path, {}, {}))


def test_an_id_stands_once_over_all_files(tmp_path: Path) -> None:
    folder = tmp_path / "configs" / "evidence"
    folder.mkdir(parents=True)
    shipped = next(iter(findings()))
    table(folder, {"id": shipped})
    with pytest.raises(ConfigError, match=f"'{shipped}' once more"):
        findings(tmp_path / "trial.yaml")


def test_ones_own_findings_are_found_beside_the_file_that_names_them(tmp_path: Path) -> None:
    folder = tmp_path / "configs" / "evidence"
    folder.mkdir(parents=True)
    table(folder, {"id": "found_at_home"})
    assert "found_at_home" in findings(tmp_path / "trial.yaml")
    assert "found_at_home" not in findings()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the table is empty"),
        (HEAD + "\n", "the table has no rows"),
        (HEAD.replace("source", "sauce") + "\n", "did you mean 'source'?"),
        (HEAD.replace(",note", "") + "\n", "note: the column is missing"),
        (HEAD + "\na,b\n", "has 2 cells"),
        (HEAD + '\n"a\n', "not valid CSV"),
    ],
)
def test_a_table_that_is_none_is_told(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "some.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_evidence(file)
    assert message in str(caught.value)


def test_text_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_bytes(HEAD.encode() + b"\n\xe4\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_evidence(file)


def test_every_shipped_finding_has_a_source_a_date_and_a_certainty() -> None:
    for finding in findings().values():
        assert finding.source
        assert finding.read
        assert finding.sure in CERTAINTIES


def test_sizes_of_the_meta_analysis_are_from_memory() -> None:
    sizes = [each for name, each in findings().items() if name.startswith("almp_") and each.value is not None]
    assert sizes
    assert all(each.sure == "MEMORY" for each in sizes)
