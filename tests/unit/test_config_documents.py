"""YAML files with lines, sources and units."""

from __future__ import annotations

from pathlib import Path

import pytest

from labsim.config.documents import Document, key_text, read_document
from labsim.config.errors import ConfigError


def document(folder: Path, text: str, name: str = "file.yaml") -> Document:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_document(file)


def test_a_value_reads_the_same_with_and_without_its_source(tmp_path: Path) -> None:
    read = document(tmp_path, "a: 2\nb: {value: 2, source: a book, note: see page 3}\n")
    assert read.data == {"a": 2, "b": 2}
    assert read.sources == {("b",): "a book"}


def test_values_have_the_types_of_yaml_1_2(tmp_path: Path) -> None:
    read = document(
        tmp_path, 'a: 010\nb: 1_000\nc: 1e3\nd: yes\ne: 2003-01\nf: 2003-01-31\ng: ~\nh: true\ni: "7"\n'
    )
    assert read.data == {
        "a": 10, "b": 1000, "c": 1000.0, "d": "yes", "e": "2003-01",
        "f": "2003-01-31", "g": None, "h": True, "i": "7",
    }  # fmt: skip


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    read = document(tmp_path, "a:\n  b: 1\n  c:\n    value: 2\n    source: x\nd:\n  - 5\n  - {e: 6}\n")
    lines = {path: line for path, (_, line) in read.lines.items()}
    assert lines[("a", "b")] == 2
    assert lines[("a", "c")] == 4, "the line of the value, not of the key above it"
    assert lines[("d", 1)] == 8
    assert lines[("d", 1, "e")] == 8


def test_a_key_without_a_line_is_told_at_the_group_around_it(tmp_path: Path) -> None:
    read = document(tmp_path, "x: 1\na:\n  b: 1\n")
    assert read.problem(("a", "missing"), "missing").line == 2


def test_a_list_of_groups_may_have_one_source(tmp_path: Path) -> None:
    read = document(tmp_path, "rows:\n  source: a table\n  value:\n    - {name: x}\n    - {name: y}\n")
    assert read.data == {"rows": [{"name": "x"}, {"name": "y"}]}
    assert read.sources == {("rows",): "a table"}
    assert read.where(("rows", 1))[1] == 5


def test_an_overlay_keeps_what_it_does_not_mention(tmp_path: Path) -> None:
    base = document(
        tmp_path, "a: {x: {value: 1, source: old}, y: {value: 2, source: old}}\nl: [1, 2, 3]\n", "b.yaml"
    )
    own = document(tmp_path, "a:\n  x: 5\nl: [9]\n", "o.yaml")
    both = own.over(base)
    assert both.data == {"a": {"x": 5, "y": 2}, "l": [9]}
    assert both.sources == {("a", "y"): "old"}, "a new value does not inherit the source of the old one"
    assert both.where(("a", "x")) == (tmp_path / "o.yaml", 2)
    assert both.where(("a", "y")) == (tmp_path / "b.yaml", 1)
    assert both.where(("l", 1)) == (tmp_path / "o.yaml", 3)


def test_an_overlay_leaves_its_base_as_it_was(tmp_path: Path) -> None:
    base = document(tmp_path, "a: {x: 1, y: 2}\n", "b.yaml")
    both = document(tmp_path, "b: 3\n", "o.yaml").over(base)
    both.drop(("a", "x"))
    assert base.data == {"a": {"x": 1, "y": 2}}
    assert ("a", "x") in base.lines


def test_a_part_speaks_of_itself_with_its_full_key(tmp_path: Path) -> None:
    read = document(tmp_path, "list:\n  - {a: 1}\n  - {a: {value: 2, source: s}}\n")
    part = read.part(("list", 1))
    assert part.data == {"a": 2}
    assert part.sources == {("a",): "s"}
    problem = part.problem(("a",), "is 2")
    assert (problem.key, problem.line) == ("list[2].a", 3)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("casework", "meetings"), "casework.meetings"),
        (("places", 1, "x"), "places[Here].x"),
        (("places", 0, "x"), "places[1].x"),
        (("matrix", 0, 2), "matrix[row 1, column 3]"),
        (("matrix", 0), "matrix[1]"),
        ((), ""),
    ],
)
def test_keys_are_written_as_a_reader_would(path: tuple[str | int, ...], text: str) -> None:
    assert key_text(path, {"places": [{"x": 1}, {"name": "Here", "x": 2}], "matrix": [[1, 2, 3]]}) == text


def test_a_merge_key_is_no_way_to_base_a_file_on_another(tmp_path: Path) -> None:
    read = document(tmp_path, "a: &a {x: 1}\nb:\n  <<: *a\n")
    assert read.data["b"] == {"<<": {"x": 1}}, "refused later as an unknown key"


def test_two_documents_in_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not valid YAML"):
        document(tmp_path, "a: 1\n---\nb: 2\n")


def test_control_characters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not valid YAML"):
        document(tmp_path, "a: \x07\n")


def test_a_template_left_in_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not plain text"):
        document(tmp_path, "{{ place }}: 1\n")


def test_a_source_must_be_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"a.source is no text, but it must be text"):
        document(tmp_path, "a: {value: 1, source: 1998}\n")


def test_a_folder_cannot_be_read_as_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_document(tmp_path)
