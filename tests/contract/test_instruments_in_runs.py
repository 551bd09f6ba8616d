"""Every registered instrument in a run: who gets a place, what it costs, what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from labsim.codes import EMPLOYED, IN_MEASURE, UNEMPLOYED
from labsim.model import PROCESSES, LabourMarket
from labsim.policy import programme
from labsim.policy.instrument import INSTRUMENTS, load_instruments
from labsim.policy.regime import Regime
from labsim.rng import name_number
from labsim.scenario import Scenario
from labsim.state.channels import CHANNELS
from labsim.state.tables import Channels
from labsim.state.world import World

ALL = sorted(load_instruments())
GIVING_PLACES = [name for name in ALL if not INSTRUMENTS[name].develops_jobs]
TWO_IN_A_HUNDRED = 0.02
Make = Callable[..., Scenario]
Variant = Callable[..., Regime]


@pytest.fixture(scope="module")
def runs(toytown: Make, regime: Variant) -> Callable[[str], list[dict[str, Any]]]:
    """Return a function that runs two years with one instrument and gives what happened, month by month.

    The money pays for two entries among a hundred unemployed every month.
    """
    known: dict[str, list[dict[str, Any]]] = {}

    def months(name: str) -> list[dict[str, Any]]:
        if name not in known:
            budget = TWO_IN_A_HUNDRED * INSTRUMENTS[name]().price
            rules = regime(name="x", instruments={name: {"budget": budget}})
            known[name] = list(happenings(toytown(initial="x", regimes=[rules], scale=0.1)))
        return known[name]

    return months


def happenings(scenario: Scenario) -> Iterator[dict[str, Any]]:
    """Yield each month's counts of the only measure, (m,) or sums, and what its participants were doing."""
    hired = []

    def look(model: LabourMarket) -> None:
        """Count last month's participants who have a job now."""
        rows, p = model.world.touched, model.world.persons
        hired.append(int(((p.status[rows] == EMPLOYED) & (p.measure[rows] == 0)).sum()))

    model = LabourMarket(scenario, seed=2, processes=before("support_and_activate", look))
    world, p = model.world, model.world.persons
    while model.month <= model.end_month:
        model.step()
        yield {
            "participants": world.counts.participants[:, 0].copy(),
            "entries": int(world.counts.entries[:, 0].sum()),
            "vouchers": world.counts.vouchers[:, 0].sum(axis=0),
            "costs": int(world.counts.costs[:, 0].sum()),
            "set_aside": int(world.counts.budgets[:, 0].sum()),
            "jobs": float(world.memory.jobs[:, 0].sum()),
            "status": set(p.status[p.measure == 1].tolist()),
            "holders": int((p.voucher == 1).sum()),
            "hired": hired[-1],
        }


def before(name: str, look: Callable[[LabourMarket], None]) -> tuple[Callable[[LabourMarket], None], ...]:
    """Return the processes of a month with one more before the one named."""
    processes = list(PROCESSES)
    processes.insert([process.__name__ for process in PROCESSES].index(name), look)
    return tuple(processes)


# money and places


@pytest.mark.parametrize("name", GIVING_PLACES)
def test_an_instrument_with_a_budget_has_entries_within_its_money(
    name: str, runs: Callable[[str], list[dict[str, Any]]]
) -> None:
    """The fraction of a place is rounded by lot, so the sum is exact but for the luck of the lots."""
    made, happened = INSTRUMENTS[name](), runs(name)
    entries = sum(month["vouchers"][0] if made.voucher else month["entries"] for month in happened)
    paid_for = sum(month["set_aside"] for month in happened) / 100.0 / made.price
    assert 0 < entries < paid_for + 5 * 0.5 * np.sqrt(len(happened) * 3)
    assert max(month["participants"].sum() for month in happened) > 0


@pytest.mark.parametrize("name", GIVING_PLACES)
def test_a_months_cost_is_that_of_its_participants_and_of_hires_from_among_them(
    name: str, runs: Callable[[str], list[dict[str, Any]]]
) -> None:
    made = INSTRUMENTS[name]()
    for month in runs(name):
        expected = int(month["participants"].sum()) * made.cost + month["hired"] * made.success_fee
        assert month["costs"] / 100.0 == pytest.approx(expected, abs=0.02)
    assert sum(month["hired"] for month in runs(name)) > 0


@pytest.mark.parametrize("name", GIVING_PLACES)
def test_participants_leave_the_register_exactly_where_the_instrument_says_so(
    name: str, runs: Callable[[str], list[dict[str, Any]]]
) -> None:
    states = set().union(*(month["status"] for month in runs(name)))
    assert states == {IN_MEASURE if INSTRUMENTS[name].occupies else UNEMPLOYED}


@pytest.mark.parametrize("name", sorted(set(ALL) - set(GIVING_PLACES)))
def test_money_for_jobs_opens_jobs_and_serves_nobody(
    name: str, runs: Callable[[str], list[dict[str, Any]]]
) -> None:
    made, happened = INSTRUMENTS[name](), runs(name)
    assert sum(month["entries"] + month["participants"].sum() for month in happened) == 0
    assert max(month["jobs"] for month in happened) > 1.0
    for month in happened:
        assert month["costs"] / 100.0 == pytest.approx(month["jobs"] * made.cost, abs=0.02)


@pytest.mark.parametrize("name", [name for name in ALL if INSTRUMENTS[name].voucher])
def test_a_voucher_is_redeemed_or_lapses_or_is_still_held(
    name: str, runs: Callable[[str], list[dict[str, Any]]]
) -> None:
    held = 0
    for month in runs(name):
        issued, redeemed, lapsed = month["vouchers"].tolist()
        held += issued - redeemed - lapsed
        assert month["entries"] == redeemed
        assert month["holders"] == held
    assert (np.sum([month["vouchers"] for month in runs(name)], axis=0) > 10).all()


@pytest.mark.parametrize("name", ALL)
def test_an_instrument_without_a_budget_is_invisible(name: str, toytown: Make, regime: Variant) -> None:
    """Whatever its other parameters are."""
    others = {"short_course" if name != "short_course" else "job_creation": {"budget": 100.0}}
    with_it = regime(name="x", instruments=others | {name: {"budget": 0.0, "months": 3, "lock_in": 1.0}})
    without = regime(name="x", instruments=others)
    one, other = (
        LabourMarket(toytown(initial="x", regimes=[each], end="2001-03"), seed=2).run()
        for each in (without, with_it)
    )
    assert one.digest() == other.digest()
    assert one.results.indicators.equals(other.results.indicators)


# order and names


SEVERAL = {"job_creation": 90.0, "short_course": 6.0, "training_voucher": 40.0, "wage_subsidy": 9.0}


def test_the_order_of_a_regimes_instruments_does_not_matter(
    toytown: Make, regime: Variant, differing: Callable[[World, World], list[str]]
) -> None:
    rules = regime(name="x", instruments={name: {"budget": budget} for name, budget in SEVERAL.items()})
    backwards = rules.model_copy(update={"instruments": dict(reversed(rules.instruments.items()))})
    assert list(backwards.instruments) == list(reversed(rules.instruments))
    one, other = (
        LabourMarket(toytown(initial="x", regimes=[each], scale=0.1, end="2001-09"), seed=2).run()
        for each in (rules, backwards)
    )
    assert differing(one.world, other.world) == []
    assert one.results.indicators.equals(other.results.indicators)


@pytest.fixture
def renamed() -> Iterator[dict[str, str]]:
    """Give some instruments another name, so that the order of names turns round; return {new name: old name}."""
    order = list(SEVERAL)
    names = {f"{letter}_renamed": old for letter, old in zip("zyxw", order, strict=True)}
    for new, old in names.items():
        kind: Any = INSTRUMENTS[old]

        class Twin(kind):  # type: ignore[misc]  # a class from a registry
            """An instrument under another name."""

            name: ClassVar[str] = new

        INSTRUMENTS[new] = Twin
    try:
        yield names
    finally:
        for new in names:
            del INSTRUMENTS[new]


def test_names_matter_only_as_numbers_of_the_lots(
    renamed: dict[str, str], toytown: Make, regime: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name decides how the fraction of a place is rounded and who chooses first in a month, each by lot.

    With the lots of the old names, a run under new names is the same run, though measures have other numbers.
    """
    old = regime(name="x", instruments={name: {"budget": budget} for name, budget in SEVERAL.items()})
    new = regime(name="x", instruments={name: {"budget": SEVERAL[old]} for name, old in renamed.items()})
    monkeypatch.setattr(programme, "name_number", lambda name: name_number(renamed.get(name, name)))
    worlds = []
    for rules in (old, new):
        model = LabourMarket(toytown(initial="x", regimes=[rules], scale=0.1, end="2001-09"), seed=2).run()
        names = ["", *(renamed.get(measure.name, measure.name) for measure in model.programme.measures)]
        worlds.append((model.world, np.array(names)))
    (one, names_one), (other, names_other) = worlds
    assert names_one.tolist() != names_other.tolist()
    for column in one.persons._fields:
        left, right = getattr(one.persons, column), getattr(other.persons, column)
        if column in {"measure", "voucher"}:
            left, right = names_one[left], names_other[right]
        assert (left == right).all(), column
    for column in one.employers._fields:
        assert (getattr(one.employers, column) == getattr(other.employers, column)).all(), column
    assert (one.counts.payments == other.counts.payments).all()
    assert set(names_one[np.unique(one.persons.measure)]) >= {"", "job_creation", "wage_subsidy"}


# what it does


@pytest.mark.parametrize(("months", "restarts"), [(1, False), (2, True), (9, True)])
def test_a_measure_of_two_months_or_more_starts_the_registered_spell_anew(
    months: int, restarts: bool, toytown: Make, regime: Variant
) -> None:
    """As in the statistics; what employers see, the time since the last job, goes on."""
    rules = regime(
        name="x", instruments={"job_creation": {"budget": 400.0, "months": months, "lock_in": 1.0}}
    )
    model = LabourMarket(toytown(initial="x", regimes=[rules], scale=0.1), seed=1)
    p, seen = model.world.persons, 0
    while model.month <= model.end_month:
        ending = (p.status == IN_MEASURE) & (p.measure_left == 1)
        registered, out = p.months_registered.astype(int), p.months_out.astype(int)
        model.step()
        back = ending & (p.status == UNEMPLOYED) & (p.measure == 0) & (p.months_out == out + 1)
        expected = np.where(restarts, 1, registered + 1)
        assert (p.months_registered[back] == expected[back]).all()
        seen += int(back.sum())
    assert seen > 20


def test_channels_are_neutral_for_everybody_who_takes_part_in_nothing(toytown: Make) -> None:
    """Also for those whose measure has just ended: after the channels are set, before people search."""
    touched = []

    def look(model: LabourMarket) -> None:
        idle = model.world.persons.measure == 0
        for name, values in zip(Channels._fields, model.world.channels, strict=True):
            assert (values[idle] == (0.0 if CHANNELS[name].combine == "add" else 1.0)).all()
        touched.append((model.world.channels.search_effort != 1.0).sum())

    LabourMarket(toytown(scale=0.1), seed=1, processes=before("search_and_match", look)).run()
    assert max(touched) > 10


def test_only_participants_are_referred_where_the_agency_itself_refers_nobody(
    toytown: Make, regime: Variant
) -> None:
    """The channel `placement`: a contractor's referrals go to its clients, and about as often as it promises."""
    rules = regime(
        name="x",
        casework={"referrals": 0.0},
        instruments={"contracted_placement": {"budget": 27.5, "in_house": 0.5, "effectiveness": 0.6}},
    )
    referred, taking_part = [], []

    def look(model: LabourMarket) -> None:
        p = model.world.persons
        assert (p.measure[p.referred > 0] > 0).all()
        referred.append(int((p.referred > 0).sum()))
        taking_part.append(int((p.measure > 0).sum()))

    scenario = toytown(initial="x", regimes=[rules], scale=0.1)
    LabourMarket(scenario, seed=1, processes=before("search_and_match", look)).run()
    chance, people = sum(referred) / sum(taking_part), sum(taking_part)
    assert abs(chance - 0.3) < 4 * np.sqrt(0.3 * 0.7 / people), people
