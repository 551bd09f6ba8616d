"""Every registered indicator: its metadata, its shape, its range, and when it has no value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from labsim.codes import MEASURES_OF, PAYERS, USES
from labsim.indicators.recorded import GROUPS, SUMS, Recorded
from labsim.indicators.registry import INDICATORS, Indicator, indicator, load_indicators, metadata
from labsim.model import LabourMarket
from labsim.results import Results
from labsim.scenario import Scenario
from labsim.state.tables import FIELDS

ALL = sorted(load_indicators())
Values = np.ndarray[Any, np.dtype[np.float64]]


def labour_force(r: Recorded) -> Values:
    return r.stock("employed") + r.stock("unemployed")


def population(r: Recorded) -> Values:
    return labour_force(r) + r.stock("in_measure") + r.stock("inactive")


def at_the_beginning(state: str) -> Callable[[Recorded], Values]:
    def stock(r: Recorded) -> Values:
        others = ("employed", "unemployed", "in_measure", "inactive", "outside")
        net = sum(r.flow(other, state) - r.flow(state, other) for other in others if other != state)
        return r.stock(state)[..., 0] - net

    return stock


def stock(state: str, *groups: Any) -> Callable[[Recorded], Values]:
    return lambda r: r.stock(state)[(..., *groups)]


def jobless(r: Recorded) -> Values:
    return r.stock("unemployed") + r.stock("in_measure")


def residents(r: Recorded) -> Values:
    return population(r)[..., 0]


def profiled(r: Recorded) -> Values:
    return sum((r.stock(name) for name in ("market", "activate", "support", "cared_for")), np.zeros(1))


def events(table: str, *columns: int) -> Callable[[Recorded], Values]:
    """Return what sums a table with a column for each measure, or some columns of such a table, (t, m + 1)."""

    def total(r: Recorded) -> Values:
        values = getattr(r, table)
        values = values[..., list(columns)].sum(axis=(2, 3)) if columns else values.sum(axis=2)
        return r.with_total(values)

    return total


def entrants(r: Recorded) -> Values:
    return r.entries_by_group()[..., 0]


def hires(r: Recorded) -> Values:
    return sum((r.count("hires", channel) for channel in range(5)), np.zeros(1))


# what each ratio is a share of, or a mean over; an indicator that is not named here is a number of something
BASE: dict[str, Callable[[Recorded], Values]] = {
    "unemployment_rate": labour_force,
    "underemployment_rate": lambda r: labour_force(r) + r.stock("in_measure"),
    "employment_rate": population,
    "participation_rate": population,
    "human_capital": population,
    "employability": population,
    "trust": population,
    "mean_wage": stock("employed"),
    "long_term_share": stock("unemployed"),
    "long_term_share_since_job": stock("unemployed"),
    "neglect_share": stock("unemployed"),
    "tightness": stock("unemployed", 0),
    "registered_tightness": stock("unemployed", 0),
    "meeting_rate": stock("unemployed", 0),
    "sanctions": stock("unemployed", 0),
    "job_finding_rate": at_the_beginning("unemployed"),
    "withdrawal_rate": at_the_beginning("unemployed"),
    "separation_rate": at_the_beginning("employed"),
    "job_to_job_rate": at_the_beginning("employed"),
    "return_rate": at_the_beginning("inactive"),
    "vacancy_rate": lambda r: r.stock("employed")[..., 0] + r.count("vacancies", 2),
    "vacancy_filling_rate": lambda r: r.count("vacancies", 2),
    "vacancy_age_at_filling": lambda r: r.count("hires", 7),
    "contact_share": hires,
    "agency_share": hires,
    "partnership_share": hires,
    "refusal_share": lambda r: r.count("offers", 0),
    "participation_activity": jobless,
    "participation_trust": jobless,
    "participation_employability": jobless,
    "participation_support": stock("unemployed"),
    "participation_income": stock("unemployed"),
    "social_participation": stock("unemployed"),
    "market_clients": profiled,
    "clients_to_activate": profiled,
    "clients_to_support": profiled,
    "cared_for_clients": profiled,
    "reached_long_term": entrants,
    "reached_insured": entrants,
    "creaming": lambda r: entrants(r) * r.stock("unemployed")[..., 0],
    "voucher_redemption": events("vouchers", 1, 2),
    "integration_rate": events("followed", 0),
    "budget_use": events("budgets"),
    "provider_use": lambda r: r.with_total(r.capacity[..., 0].sum(axis=2)),
    "provider_competence": lambda r: r.with_total(r.capacity[..., 0].sum(axis=2)),
    "jobs_developed": residents,
    "municipal_room": residents,
    "public_spending": residents,
    "provider_capacity": residents,
    **{f"capacity_{field}": residents for field in FIELDS},
    **{f"paid_by_{payer}": residents for payer in PAYERS},
    **{f"spent_on_{use}": residents for use in USES},
}
OF_THE_ACTORS = {"tie_strength", "joint_activity"}
"""Values of each municipality's network; the whole place has their mean."""
OF_THE_WHOLE = {"segregation"}
"""One value for the whole place, shown for each municipality."""
SELDOM = {"voucher_redemption", "integration_rate", "reached_long_term", "reached_insured", "creaming"}
"""Shares in what does not happen in every month."""
MAY_EXCEED_100 = {"budget_use", "provider_use"}
"""Costs of places filled before, relative to the money for new ones; orders that wait for capacity to grow."""
NEVER_HERE = {"partnership_share", "paid_by_employer"}


@pytest.fixture(scope="module")
def run(toytown: Callable[..., Scenario]) -> LabourMarket:
    """Return a run of 4,000 persons through a reform."""
    reform = {"after": "regional_budget", "start": "2001-07", "months": 6, "shape": "linear"}
    scenario = toytown(scale=0.2, burn_in=12, initial="hartz_1_3", transitions=[reform])
    return LabourMarket(scenario, seed=1).run()


@pytest.fixture(scope="module")
def recorded(run: LabourMarket) -> Recorded:
    return run.recorder.view()


@pytest.fixture(scope="module")
def results(run: LabourMarket) -> Results:
    return run.results


@pytest.fixture(scope="module")
def sparse(toytown: Callable[..., Scenario]) -> Recorded:
    """Return a run of 100 persons: in some months nobody is hired, no vacancy is open, no youth unemployed."""
    return LabourMarket(toytown(scale=0.005), seed=2).run().recorder.view()


def empty(recorded: Recorded) -> Recorded:
    """Return the same months, in which nobody lives."""
    arrays = {item.name: getattr(recorded, item.name) for item in fields(recorded)}
    zeros = {name: np.zeros_like(a) for name, a in arrays.items() if isinstance(a, np.ndarray)}
    return replace(recorded, **zeros)


@pytest.mark.parametrize("name", ALL)
def test_an_indicator_has_unit_labels_and_a_definition_in_a_sentence(name: str) -> None:
    known = INDICATORS[name]
    assert known.name == name
    assert known.name.isidentifier()
    assert known.name.islower()
    for text in (known.unit, known.label, known.label_de, known.definition):
        assert text
        assert text == text.strip()
    assert known.definition.endswith(".")
    assert known.definition[0].isupper()
    assert known.label != known.name


def test_labels_are_different() -> None:
    for label in ("label", "label_de"):
        labels = [getattr(INDICATORS[name], label) for name in ALL]
        assert sorted(set(labels)) == sorted(labels)


def test_the_metadata_of_a_run_cover_every_indicator_in_its_results(
    run: LabourMarket, results: Results
) -> None:
    known = metadata(run.recorder.instruments)
    shown = set(results.indicators["indicator"])
    assert shown == set(known)
    kinds = {"participants", "entries", "long_term_entries", "costs"}
    assert {f"{kind}_{name}" for kind in kinds for name in run.recorder.instruments} <= shown
    for described in known.values():
        assert set(described) == {"unit", "label", "label_de", "definition", "source"}
        assert all(described.values())


@pytest.mark.parametrize("name", ALL)
def test_an_indicator_gives_a_value_for_every_month_place_and_group(name: str, recorded: Recorded) -> None:
    values = INDICATORS[name].function(recorded)
    months, places = recorded.census.shape[:2]
    assert values.shape in {(months, places + 1), (months, places + 1, len(GROUPS))}
    assert values.dtype == np.float64
    assert not np.isinf(values).any()


@pytest.mark.parametrize("name", ALL)
def test_an_indicator_reads_and_does_not_write(name: str, recorded: Recorded) -> None:
    arrays = [getattr(recorded, item.name) for item in fields(recorded)]
    before = [a.tobytes() for a in arrays if isinstance(a, np.ndarray)]
    first, again = (INDICATORS[name].function(recorded) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert [a.tobytes() for a in arrays if isinstance(a, np.ndarray)] == before


@pytest.mark.parametrize("name", sorted(set(ALL) - set(BASE) - OF_THE_ACTORS - OF_THE_WHOLE))
def test_a_number_always_has_a_value_and_the_place_is_the_sum_of_its_municipalities(
    name: str, recorded: Recorded, sparse: Recorded
) -> None:
    for each in (recorded, sparse, empty(recorded)):
        values = INDICATORS[name].function(each)
        assert not np.isnan(values).any()
        assert (values >= 0.0).all()
        assert values[:, -1] == pytest.approx(values[:, :-1].sum(axis=1), rel=1e-12)
    assert INDICATORS[name].function(recorded).any()


@pytest.mark.parametrize("name", sorted(BASE))
def test_a_ratio_has_no_value_exactly_where_there_is_nothing_to_divide_by(
    name: str, recorded: Recorded, sparse: Recorded
) -> None:
    for each in (recorded, sparse, empty(recorded)):
        values, base = INDICATORS[name].function(each), BASE[name](each)
        assert values.shape == base.shape
        assert (np.isnan(values) == (base == 0.0)).all()
    if name not in SELDOM:
        whole = INDICATORS[name].function(recorded)[:, -1]
        everybody = whole[..., :-1] if name == "mean_wage" else whole  # nobody long out of work earns a wage
        assert not np.isnan(everybody).any(), "the whole place always has a value"


@pytest.mark.parametrize("name", sorted(OF_THE_ACTORS | OF_THE_WHOLE))
def test_what_is_no_count_of_people_has_a_value_even_where_nobody_lives(
    name: str, recorded: Recorded, sparse: Recorded
) -> None:
    for each in (recorded, sparse, empty(recorded)):
        values = INDICATORS[name].function(each)
        assert ((values >= 0.0) & (values <= 1.0)).all()
        towns, whole = values[:, :-1], values[:, -1]
        expected = towns.mean(axis=1) if name in OF_THE_ACTORS else towns[:, 0]
        assert whole == pytest.approx(expected)
    assert INDICATORS[name].function(recorded).any()


def test_the_sparse_run_has_months_without_anything_to_divide_by(sparse: Recorded) -> None:
    without = [name for name in BASE if (BASE[name](sparse) == 0.0).any()]
    assert {"contact_share", "refusal_share", "vacancy_age_at_filling", "long_term_share"} <= set(without)


@pytest.mark.parametrize("name", [name for name in ALL if INDICATORS[name].unit.startswith("%")])
def test_a_percentage_lies_between_0_and_100(name: str, recorded: Recorded) -> None:
    assert name in BASE
    values = INDICATORS[name].function(recorded)
    values = values[~np.isnan(values)]
    assert values.min() >= 0.0
    assert values.max() <= 100.0 or name in MAY_EXCEED_100
    assert values.max() > 0.0, "something happens in 24 months"


@pytest.mark.parametrize(
    "name", [name for name in ALL if INDICATORS[name].unit.startswith(("EUR", "places", "jobs"))]
)
def test_amounts_for_each_resident_are_not_below_nothing(name: str, recorded: Recorded) -> None:
    values = INDICATORS[name].function(recorded)
    values = values[~np.isnan(values)]
    assert values.min() >= 0.0
    assert values.max() > 0.0 or name in NEVER_HERE


@pytest.mark.parametrize("name", [name for name in ALL if INDICATORS[name].unit.startswith("share")])
def test_a_share_lies_between_0_and_1(name: str, recorded: Recorded) -> None:
    values = INDICATORS[name].function(recorded)
    assert np.nanmin(values) >= 0.0
    assert np.nanmax(values) <= 1.0


@pytest.mark.parametrize("name", ["employment", "unemployed", "in_measure", "inactive", "population"])
def test_groups_are_parts_of_everybody(name: str, recorded: Recorded) -> None:
    by_group = INDICATORS[name].function(recorded)
    everybody, youth, older, low_skilled, long_term = (by_group[..., k] for k in range(5))
    assert list(GROUPS) == ["all", "youth", "older", "low_skilled", "long_term"]
    assert (youth + older <= everybody).all()
    assert (low_skilled <= everybody).all()
    assert (long_term <= everybody).all()
    assert long_term.any() != (name == "employment"), "who works is not long without a job"


def test_rates_fit_together(recorded: Recorded) -> None:
    """Population = employed + unemployed + in measures + inactive; rates are ratios of these."""
    value = {name: INDICATORS[name].function(recorded) for name in ALL}
    parts = value["employment"] + value["unemployed"] + value["in_measure"] + value["inactive"]
    assert (parts == value["population"]).all()
    rate = 100.0 * value["unemployed"] / (value["employment"] + value["unemployed"])
    assert value["unemployment_rate"] == pytest.approx(rate, nan_ok=True)
    assert (value["underemployment_rate"] >= value["unemployment_rate"])[..., 0].all()
    assert (value["participation_rate"] >= value["employment_rate"]).all()
    assert (value["long_term_share_since_job"] >= value["long_term_share"])[..., 0].all(), (
        "measures restart it"
    )
    assert (value["registered_vacancies"] <= value["vacancies"]).all()
    channels = value["contact_share"] + value["agency_share"] + value["partnership_share"]
    assert (channels[~np.isnan(channels)] <= 100.0).all()


def test_quantities_of_the_census_are_counted_in_persons_or_summed_in_fixed_point(recorded: Recorded) -> None:
    assert set(SUMS) < set(MEASURES_OF)
    mean = recorded.stock("trust") / population(recorded)
    assert (mean > 0.4).all()
    assert (mean < 0.8).all()


def test_groups_and_places_are_named_in_the_table(results: Results) -> None:
    table = results.indicators
    assert set(table["municipality"]) == {"Upper Toytown", "Lower Toytown", "all"}
    grouped = table[table["indicator"] == "unemployment_rate"]
    assert set(grouped["group"]) == set(GROUPS)
    assert set(table[table["indicator"] == "vacancies"]["group"]) == {"all"}
    assert not table.duplicated(["month", "municipality", "group", "indicator"]).any()


def test_a_new_indicator_needs_a_definition_and_a_name_of_its_own() -> None:
    def nameless(r: Recorded) -> Values:
        return r.stock("employed")

    with pytest.raises(ValueError, match="needs a docstring: it is the definition"):
        indicator("persons", "x", "x")(nameless)

    def vacancies(r: Recorded) -> Values:
        """Something else."""
        return r.stock("employed")

    with pytest.raises(ValueError, match="two indicators are named 'vacancies'"):
        indicator("persons", "x", "x")(vacancies)
    assert INDICATORS["vacancies"].function is not vacancies


def test_a_new_indicator_stands_in_the_results(run: LabourMarket) -> None:
    def working_youth(r: Recorded) -> Values:
        """Employed residents under 25."""
        return r.stock("employed")[..., 1]

    try:
        indicator("persons", "Working youth", "Arbeitende Jugend")(working_youth)
        table = run.results.indicators
        shown = table[(table["indicator"] == "working_youth") & (table["municipality"] == "all")]
        youth = table.query("indicator == 'employment' and municipality == 'all' and group == 'youth'")
        assert shown["value"].tolist() == youth["value"].tolist()
        assert metadata()["working_youth"]["definition"] == "Employed residents under 25."
    finally:
        INDICATORS.pop("working_youth", None)
    assert isinstance(INDICATORS["employment"], Indicator)
