"""Every registered instrument, and a new one made here: what it says of itself, whom it takes, what it does.

What instruments do in a run stands in `test_instruments_in_runs.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from labsim.config import ConfigError, load_regime
from labsim.model import LabourMarket
from labsim.params import declarations, param
from labsim.policy import instrument as registry
from labsim.policy.budgets import NEEDS
from labsim.policy.delivery import seen_by_caseworkers
from labsim.policy.instrument import (
    INSTRUMENTS,
    Effect,
    Instrument,
    Rows,
    Voucher,
    load_instruments,
    register,
)
from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.channels import CHANNELS
from labsim.state.tables import FIELDS
from labsim.state.view import Seen
from labsim.units import parse_month

ALL = sorted(load_instruments())
NEUTRAL = {"multiply": 1.0, "add": 0.0, "gain": 0.0}
Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
SEEN = [name for name, member in vars(Seen).items() if not name.startswith("_") and name != "size"]


@pytest.fixture(scope="module")
def model(toytown: Make) -> LabourMarket:
    """Return 2,000 persons after half a year."""
    return LabourMarket(toytown(scale=0.1), seed=1).run(until=parse_month("2001-07"))


@pytest.fixture
def seen(model: LabourMarket) -> Seen:
    return seen_by_caseworkers(model.world, np.arange(model.world.size))


@pytest.fixture(params=ALL)
def made(request: pytest.FixtureRequest) -> Instrument:
    """Return each instrument with its default parameters and a budget."""
    return INSTRUMENTS[request.param](budget=100.0)


def test_an_instrument_says_what_it_is(made: Instrument) -> None:
    kind = type(made)
    assert INSTRUMENTS[kind.name] is kind
    assert kind.name.isidentifier()
    assert kind.name.islower()
    for text in (kind.label, kind.label_de, kind.reference):
        assert len(text.strip()) > 3
    assert kind.lmp_class in range(1, 9), "class of Eurostat's labour market policy statistics"
    assert kind.field in {"", *FIELDS}
    assert kind.serves in NEEDS
    for flag in ("occupies", "voucher", "pays_wage", "develops_jobs"):
        assert isinstance(getattr(kind, flag), bool)
    assert inspect.getdoc(kind)
    assert inspect.getdoc(kind) != inspect.getdoc(Instrument), "a sentence of its own"


def test_a_statute_named_without_having_been_read_is_marked_as_such(made: Instrument) -> None:
    """No statute was looked up for this project."""
    assert ("§" in made.reference) == made.reference.endswith("(from memory, unverified)")


def test_what_an_instrument_is_fits_together(made: Instrument) -> None:
    kind = type(made)
    assert kind.voucher == issubclass(kind, Voucher)
    if kind.voucher:
        assert kind.field, "whoever holds a voucher looks for a provider"
    if kind.pays_wage:
        assert kind.occupies, "nobody is paid a wage and stays on the register"
    if kind.develops_jobs:
        assert (kind.occupies, kind.field) == (False, ""), "there is nobody to serve"


def test_names_and_labels_are_different() -> None:
    for attribute in ("label", "label_de"):
        assert len({getattr(kind, attribute) for kind in INSTRUMENTS.values()}) == len(INSTRUMENTS)


def test_every_parameter_has_unit_meaning_and_source(made: Instrument) -> None:
    rows = {row.path: row for row in declarations(made)}
    assert {path.partition(".")[0] for path in rows} == set(type(made).model_fields)
    for row in rows.values():
        assert row.unit
        assert row.meaning
        assert row.source
    assert made.price > 0.0
    assert made.entries_per_unemployed == pytest.approx(100.0 / made.price)


def test_parameters_cannot_be_changed_and_unknown_ones_are_refused(made: Instrument) -> None:
    with pytest.raises(ValueError, match="frozen"):
        made.budget = 1.0
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        type(made).model_validate({"budgt": 1.0})


def test_an_instrument_says_of_everybody_seen_whether_they_qualify(made: Instrument, seen: Seen) -> None:
    answer = made.eligible(seen)
    assert isinstance(answer, np.ndarray)
    assert (answer.dtype, answer.shape) == (np.dtype(bool), (seen.size,))
    assert answer.any() != made.develops_jobs


def test_a_waiting_period_keeps_out_those_who_lost_their_job_just_now(made: Instrument, seen: Seen) -> None:
    patient = made.model_copy(update={"min_months_unemployed": 6})
    assert not patient.eligible(seen)[seen.months_since_job < 6].any()
    assert patient.eligible(seen)[seen.months_since_job >= 6].any() != made.develops_jobs


def test_an_instrument_that_sees_nobody_takes_nobody(made: Instrument, model: LabourMarket) -> None:
    nobody = seen_by_caseworkers(model.world, np.zeros(0, np.int64))
    assert made.eligible(nobody).shape == (0,)


@pytest.mark.parametrize("what", ["effects", "completion"])
def test_effects_go_by_known_channels_to_the_rows_given(
    what: str, made: Instrument, model: LabourMarket
) -> None:
    rows = np.arange(10, 50, 3)
    for effect in getattr(made, what)(seen_by_caseworkers(model.world, rows), rows):
        assert isinstance(effect, Effect)
        assert effect.channel in CHANNELS
        assert set(np.asarray(effect.rows).tolist()) <= set(rows.tolist())
        assert np.isfinite(effect.amount)
        combine = CHANNELS[effect.channel].combine
        assert (combine == "gain") == (what == "completion"), "gains come with completion, and only they"
        if combine == "multiply":
            assert effect.amount >= 0.0


def test_an_instrument_does_something(made: Instrument, model: LabourMarket) -> None:
    rows = np.arange(5)
    seen = seen_by_caseworkers(model.world, rows)
    every = [*made.effects(seen, rows), *made.completion(seen, rows)]
    moved = any(effect.amount != NEUTRAL[CHANNELS[effect.channel].combine] for effect in every)
    assert moved != made.develops_jobs, "to people who take part, or to jobs"


def test_an_instrument_asked_twice_answers_the_same_and_leaves_the_state_alone(
    made: Instrument, model: LabourMarket
) -> None:
    before, rows = model.digest(), np.arange(0, 200, 7)

    def answers() -> list[Any]:
        seen = seen_by_caseworkers(model.world, rows)
        effects = [*made.effects(seen, rows), *made.completion(seen, rows)]
        return [made.eligible(seen).tolist(), [(e.channel, e.rows.tolist(), e.amount) for e in effects]]

    assert answers() == answers()
    assert model.digest() == before
    assert rows.tolist() == list(range(0, 200, 7))


@pytest.mark.parametrize("name", SEEN)
def test_what_an_instrument_sees_cannot_be_written_to(name: str, seen: Seen, model: LabourMarket) -> None:
    values = getattr(seen, name)
    assert values.shape == (seen.size,)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1
    with pytest.raises(AttributeError):
        setattr(seen, "size", 3)  # noqa: B010 - a plain assignment would not pass the type checker
    assert not any(np.shares_memory(values, column) for column in model.world.persons)


# a new instrument, from outside the package


@pytest.fixture
def mentoring() -> Iterator[type[Instrument]]:
    """Register a new instrument, and take it off the register afterwards."""

    @register
    class Mentoring(Instrument):
        """A mentor who helps young people to search, and with whom they learn to hold out."""

        name: ClassVar[str] = "mentoring"
        label: ClassVar[str] = "Mentoring"
        label_de: ClassVar[str] = "Patenschaft"
        lmp_class: ClassVar[int] = 1
        reference: ClassVar[str] = "invented for this test"
        occupies: ClassVar[bool] = False

        months: int = param(3, "months", "length", low=1, high=24)
        boost: float = param(1.5, "ratio", "rise of search effort", low=1.0, high=5.0)

        def eligible(self, seen: Seen) -> Any:
            return seen.age < 25

        def effects(self, seen: Seen, rows: Rows) -> Iterable[Effect]:  # noqa: ARG002 - the protocol's
            yield Effect("search_effort", rows, self.boost)

        def completion(self, seen: Seen, rows: Rows) -> Iterable[Effect]:  # noqa: ARG002 - the protocol's
            yield Effect("employability", rows, 0.05)

    try:
        yield Mentoring
    finally:
        del INSTRUMENTS["mentoring"]


def test_a_new_instrument_works_in_a_regime(
    mentoring: type[Instrument], toytown: Make, regime: Variant
) -> None:
    rules = regime(name="x", instruments={"mentoring": {"budget": 400.0}, "short_course": {"budget": 6.96}})
    assert isinstance(rules.instruments["mentoring"], mentoring)
    model = LabourMarket(toytown(initial="x", regimes=[rules], scale=0.1, end="2001-09"), seed=1)
    p, channels = model.world.persons, model.world.channels
    code = 1 + [measure.instrument.name for measure in model.programme.measures].index("mentoring")
    finished = 0
    while model.month <= model.end_month:
        ending = (p.measure == code) & (p.measure_left == 1)
        level = p.employability_level[ending].copy()
        model.step()
        mentored = p.measure == code
        assert (channels.search_effort[mentored] == np.float32(1.5)).all()
        assert (p.age[mentored] <= 25 * 12).all()
        at_work_since = p.job_start[ending] == model.month - 1  # hired before the end would not complete
        gained = p.employability_level[ending] - level
        assert (gained[~at_work_since] >= 0.0).all()
        finished += int((gained > 0.0).sum())
    assert finished > 0, "completion reaches people"
    table = model.results.indicators
    assert table.query("indicator == 'participants_mentoring' and municipality == 'all'")["value"].max() > 0


def test_a_new_instrument_can_stand_in_a_file(mentoring: type[Instrument], tmp_path: Any) -> None:
    file = tmp_path / "mentored.yaml"
    file.write_text(
        "regime: mentored\nsource: a test\nbased_on: status_quo_ante\n"
        "instruments:\n  mentoring:\n    budget: 100\n    boost: {value: 2.0, source: a guess}\n"
    )
    mentored = load_regime(file).instruments["mentoring"]
    assert mentored == mentoring.model_validate({"budget": 100.0, "boost": 2.0})
    file.write_text(file.read_text().replace("boost", "bost"))
    with pytest.raises(ConfigError, match="boost"):
        load_regime(file)


def test_after_its_test_the_new_instrument_is_gone(regime: Variant) -> None:
    assert sorted(load_instruments()) == ALL
    with pytest.raises(ValueError, match="unknown instrument 'mentoring'"):
        regime(instruments={"mentoring": {"budget": 1.0}})


def test_an_instrument_without_a_name_or_with_a_taken_one_is_refused() -> None:
    class Nameless(Instrument):
        """Says nothing of itself."""

    with pytest.raises(TypeError, match="instrument Nameless needs a class attribute 'name'"):
        register(Nameless)

    class Another(INSTRUMENTS["short_course"]):  # type: ignore[misc]  # a class from a registry
        """Goes by the name of the short course."""

    with pytest.raises(ValueError, match="two instruments are named 'short_course'"):
        register(Another)
    assert INSTRUMENTS["short_course"].__name__ == "ShortCourse"


def test_instruments_of_installed_packages_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    class Point:
        @staticmethod
        def load() -> None:
            loaded.append("theirs")

    def entry_points(*, group: str) -> list[type[Point]]:
        return [Point] if group == "labsim.instruments" else []

    monkeypatch.setattr(registry, "entry_points", entry_points)
    load_instruments()
    assert loaded == ["theirs"]
