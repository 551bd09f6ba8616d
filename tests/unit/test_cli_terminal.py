"""What the command line shows: numbers, tables, progress, the timeline as text."""

from __future__ import annotations

import io
import json
import sys

import pytest

from labsim.cli import terminal
from labsim.cli.lanes import lanes, shares
from labsim.experiment.progress import Progress
from labsim.policy.transition import Timeline, Transition

TWO_STEPS = Timeline(
    initial="old",
    transitions=(
        Transition(before="old", after="new", start="2003-01", months=24, shape="linear"),
        Transition(before="new", after="old", start="2006-01"),
    ),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (0.0123, "0.012"), (-3.14159, "-3.14"), (123.456, "123.5"), (1234567.8, "1,234,568"),
     (float("nan"), "-")],
)  # fmt: skip
def test_a_number_has_about_four_digits(value: float, text: str) -> None:
    assert terminal.number(value) == text


def test_a_difference_has_its_sign() -> None:
    assert [terminal.signed(x) for x in (1.5, -1.5, 0.0, float("nan"))] == ["+1.50", "-1.50", "0.00", "-"]


@pytest.mark.parametrize(("seconds", "text"), [(59.4, "59 s"), (60, "1 min 0 s"), (3725, "1 h 2 min")])
def test_a_time_span_is_said_in_words(seconds: float, text: str) -> None:
    assert terminal.duration(seconds) == text


def test_a_table_shows_brackets_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_table("Title", ["name", ">number"], [["[bold]a", "1.5"], ["b", "12.25"]])
    out = capsys.readouterr().out
    assert "[bold]a" in out
    lines = [line.rstrip() for line in out.splitlines()]
    assert [line[-5:] for line in lines if "1.5" in line or "12.25" in line] == ["  1.5", "12.25"]


def test_a_table_survives_a_terminal_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr(sys, "stdout", stream)
    terminal.print_table("Zürich", ["→"], [["über"]])
    stream.flush()
    assert b"?ber" in stream.buffer.getvalue()


@pytest.mark.parametrize("width", [20, 60, 200])
def test_numbers_are_whole_and_words_unbroken_on_a_terminal_of_any_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    terminal.print_table(
        "", ["text", ">number"], [["some rather long description of it", "1,234,567 to 2,345,678"]]
    )
    out = capsys.readouterr().out
    assert "1,234,567 to 2,345,678" in out
    assert all(word in out for word in ("rather", "description"))
    assert (len(out.splitlines()) > 3) == (width < 200)


def test_json_goes_to_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_json({"name": "Köln"})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"name": "Köln"}
    assert "Köln" in out
    assert err == ""


def test_a_log_gets_a_line_per_tenth_and_all_notes(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.watching("toytown") as watch:
        for done in range(1, 101):
            watch(Progress(done, 100, "seed 1"))
        watch(Progress(0, 0, "a note", note=True))
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert len(lines) == 11
    assert lines[0].startswith("labsim: 10 % of toytown (seed 1), about ")
    assert lines[9] == "labsim: 100 % of toytown (seed 1)"
    assert lines[10] == "labsim: a note"


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.watching("toytown", quiet=True) as watch:
        watch(Progress(10, 10, "seed 1"))
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_a_bar_with_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with terminal.watching("toytown") as watch:
        watch(Progress(5, 10, "seed 1"))
        watch(Progress(0, 0, "a [note]", note=True))
    out, err = capsys.readouterr()
    assert out == ""
    assert "50%" in err
    assert "left" in err
    assert "a [note]" in err


def test_the_shares_under_the_regimes_add_up_to_one_in_every_month() -> None:
    for month in range(12 * 2002, 12 * 2008):
        held = shares(TWO_STEPS, month)
        assert sum(held.values()) == pytest.approx(1.0)
        assert min(held.values()) >= 0.0
    assert shares(TWO_STEPS, 12 * 2003 + 11) == {"old": pytest.approx(0.5), "new": pytest.approx(0.5)}


def test_a_timeline_is_drawn_as_one_lane_per_regime() -> None:
    drawn = lanes(TWO_STEPS, "2002-01", "2007-12", width=72, plain=True)
    assert drawn[0] == "     " + "".join(f"{year:<12}" for year in range(2002, 2008)).rstrip()
    assert drawn[1].startswith("old  " + "#" * 12)
    assert drawn[1].endswith(" " * 11 + "#" * 24)
    assert drawn[2].startswith("new" + " " * 14)
    assert "#" * 12 in drawn[2]
    assert drawn[3:] == [
        "2002-01: old in force",
        "2003-01: old -> new, linear until 2004-12, by person",
        "2006-01: new -> old, at once, by person",
    ]


def test_every_month_has_somebody_in_a_lane() -> None:
    drawn = [line[5:].ljust(72) for line in lanes(TWO_STEPS, "2002-01", "2007-12", width=72)[1:3]]
    assert all(column != (" ", " ") for column in zip(*drawn, strict=True))


def test_pilots_are_named() -> None:
    timeline = Timeline(
        initial="a",
        transitions=(
            Transition(before="a", after="b", start="2003-01", months=6, shape="linear", unit="municipality",
                       first=("North",)),
        ),
    )  # fmt: skip
    assert lanes(timeline, "2003-01", "2003-12")[-1].endswith("by municipality, first North")


def test_a_head_start_is_told_and_drawn() -> None:
    passage = {"before": "a", "after": "b", "start": "2003-01", "unit": "municipality", "first": ("North",)}
    timeline = Timeline(initial="a", transitions=(Transition.model_validate(passage | {"pilot_months": 6}),))
    drawn = lanes(timeline, "2003-01", "2003-12", held=lambda _: {"a": 0.5, "b": 0.5}, width=12, plain=True)
    assert drawn[1:3] == ["a  " + "=" * 12, "b  " + "=" * 12]
    assert drawn[-1].endswith("by municipality, first North, the others 6 months later")
