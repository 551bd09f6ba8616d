"""The description of the model (docs/odd.md) and the tables in it agree with the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labsim import kernels, odd
from labsim.cli import app
from labsim.config import available
from labsim.model import PROCESSES
from labsim.policy.funding import Funding
from labsim.policy.instrument import Instrument, load_instruments, register
from labsim.rng import Purpose

from .names import ROOT, backticked, exists, missing

PAGE = ROOT / "docs" / "odd.md"
GAP = "<!-- generated: {} -->\n{}<!-- end -->\n"


@pytest.fixture(scope="module")
def page() -> str:
    """The page as it lies in the repository."""
    return PAGE.read_text(encoding="utf-8")


def test_the_tables_of_the_page_are_up_to_date(page: str) -> None:
    assert odd.render(page) == page, "run `labsim odd`"


def test_the_page_has_a_gap_for_every_table_and_closes_it(page: str) -> None:
    gaps = re.findall(r"<!-- generated: (\w+) -->", page)
    assert sorted(gaps) == sorted(odd.TABLES)
    assert page.count("<!-- end -->") == len(gaps)


def test_every_name_in_the_page_exists(page: str) -> None:
    assert missing(page) == []


@pytest.mark.parametrize("name", ["kernels.demand.plan_months", "search.round", "agents.JobSeeker.pray"])
def test_a_name_that_does_not_exist_is_noticed(name: str) -> None:
    assert missing(f"by `{name}`") == [name]


def test_every_rule_of_the_kernels_is_named_in_the_page(page: str) -> None:
    named = set(backticked(page))
    rules = [
        f"kernels.{path.stem}.{node.name}"
        for path in sorted(Path(kernels.__path__[0]).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and not {"rule", "row_rule"}.isdisjoint(ast.unparse(d) for d in node.decorator_list)
    ]
    assert len(rules) > 50
    assert [rule for rule in rules if rule not in named] == []


def test_the_schedule_lists_the_processes_in_order_with_their_first_sentence() -> None:
    table = odd.TABLES["processes"]()
    assert re.findall(r"\| (\d+) \| `model\.(\w+)`", table) == [
        (str(number), process.__name__) for number, process in enumerate(PROCESSES, start=1)
    ]
    assert "| Entitlement counts down, benefits change and are paid, sanctions run out. |" in table
    assert "`policy.accounts.pay_benefits` |" in table, "by its own name, whatever the model calls it"
    assert "`behaviour.market.read_market`, `policy.calendar.set_institutions`, `behaviour" in table


def test_every_random_decision_says_what_is_drawn() -> None:
    rows = [[cell.strip() for cell in line.split("|")] for line in odd.TABLES["purposes"]().splitlines()[2:]]
    assert [row[2].strip("`") for row in rows] == [purpose.name for purpose in Purpose]
    assert all(len(row[3]) > 10 for row in rows)


def test_assumptions_in_regimes_carry_a_star_and_sourced_values_do_not() -> None:
    table = odd.TABLES["regime_values"]()
    monitoring, replacement = (
        next(line for line in table.splitlines() if name in line)
        for name in ("conditionality.monitoring", "benefits.insurance_replacement")
    )
    assert r"| 0.1\* |" in monitoring
    assert "\\*" not in replacement


def cells_of(table: str) -> list[list[str]]:
    """Return the rows of a table of the page, without its header."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


def test_every_number_that_can_be_off_is_a_switch() -> None:
    switches = {row[0].strip("` "): row[1:3] for row in cells_of(odd.TABLES["switches"]())}
    assert switches["ties.fit"] == ["0", "0.3"]
    assert switches["casework.record_response"][0] == "0"
    assert switches["governance.referral_reach"] == ["1", "1"]
    assert switches["policy.transition.Transition.anticipation"] == ["0", "0"]
    assert switches["one_euro_job.crowding_out"][0] == "0"
    assert "short_course.crowding_out" not in switches, "it is what all instruments have"
    assert "ties.growth" not in switches


def test_every_loop_that_could_lock_in_has_a_switch_that_exists(page: str) -> None:
    table = re.search(r"\*\*Every loop that could lock in.*?\n\n(\| loop .*?)\n\n", page, re.DOTALL)
    assert table is not None
    switches = {row[0].strip("` "): row[1] for row in cells_of(odd.TABLES["switches"]())}
    rows = cells_of(table[1])
    assert len(rows) >= 5
    for loop, where, numbers, off in rows:
        named = backticked(numbers)
        assert named, f"no switch for: {loop}"
        assert all(exists(name) for name in (*named, *backticked(where)))
        assert {switches.get(name, off) for name in named} == {off.strip("| ")}, loop


def test_settings_of_an_instrument_are_those_that_are_its_own() -> None:
    rows = {row[0].strip("` "): row[1] for row in cells_of(odd.TABLES["instrument_settings"]())}
    assert rows["policy.instrument.Instrument.budget"] == "0"
    assert not any(name.endswith(".budget") and not name.startswith("policy.") for name in rows)
    for name, cls in load_instruments().items():
        assert f"{name}.cost" in rows, f"{cls.__name__} says what it costs"


def test_who_pays_is_shown_without_those_who_pay_nothing() -> None:
    rows = {row[0].strip("` "): row[1:] for row in cells_of(odd.TABLES["regime_funding"]())}
    assert rows["funding.insurance_benefit"][0] == "insurance 1"
    assert r"federal 0.7, municipality 0.3\*" in rows["funding.basic_income"]
    assert len(rows) == len(Funding.model_fields)


def test_shipped_transitions_show_what_is_not_at_its_default() -> None:
    rows = {row[0].strip("` "): row[1:] for row in cells_of(odd.TABLES["transitions"]())}
    assert sorted(rows) == sorted(available("transition"))
    assert rows["abrupt"] == ["`status_quo_ante`", "`local_activation`", "2003-01", "step, by person", "–"]
    assert rows["gap_12"][-1] == "gap 12"


def test_an_instrument_from_outside_does_not_enter_the_page(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labsim.policy import instrument

    before = odd.render(page)
    monkeypatch.setattr(instrument, "INSTRUMENTS", dict(instrument.INSTRUMENTS))
    names = {"name": "elsewhere", "label": "", "label_de": "", "lmp_class": 1, "reference": "none"}
    register(type("Elsewhere", (Instrument,), names | {"__module__": "elsewhere"}))
    assert "elsewhere" in instrument.INSTRUMENTS
    assert odd.render(page) == before


def test_a_bar_in_a_text_does_not_break_the_table() -> None:
    assert odd.markdown(["a"], [["x|y"]]).splitlines()[-1] == r"| x\|y |"


def test_an_unknown_gap_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown table 'person'; there are persons, employers"):
        odd.render(GAP.format("person", ""))


def test_the_command_fills_a_page_and_says_when_it_is_up_to_date(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Prose.\n" + GAP.format("channels", "old\n") + "More.\n", encoding="utf-8")
    runner = CliRunner()
    stale = runner.invoke(app, ["odd", str(page), "--check"])
    assert (stale.exit_code, "differ from the code" in stale.stderr) == (1, True)
    assert "old" in page.read_text(encoding="utf-8")
    assert runner.invoke(app, ["odd", str(page)]).stdout == f"{page}: tables filled anew\n"
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Prose.\n<!-- generated: channels -->\n| channel |")
    assert text.endswith("|\n<!-- end -->\nMore.\n")
    fresh = runner.invoke(app, ["odd", str(page), "--check"])
    assert (fresh.exit_code, fresh.stdout) == (0, f"{page}: up to date\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the page cannot be read (No such file or directory)"),
        (b"\xff\xfe", "the page cannot be read (it is no UTF-8 text)"),
        (GAP.format("person", "").encode(), "unknown table 'person'"),
    ],
)
def test_a_page_that_cannot_be_filled_is_bad_input(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    page = tmp_path / "page.md"
    if content is not None:
        page.write_bytes(content)
    result = CliRunner().invoke(app, ["odd", str(page)])
    assert result.exit_code == 2
    assert message in result.stderr


def test_fields_without_a_default_count_as_existing() -> None:
    assert exists("policy.transition.Transition.before")
    assert exists("state.world.Memory.nearness")
    assert not exists("state.world.Memory.mood")
