"""What holds for the shipped regimes and transitions: sources, arithmetic of budgets, payers, fair comparison."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labsim.config import available, load, load_regime, load_transition
from labsim.config.library import Library
from labsim.config.policies import transition_sources
from labsim.params import declarations
from labsim.policy.instrument import load_instruments
from labsim.policy.regime import Regime
from labsim.policy.transition import Transition
from labsim.units import format_month

REGIMES = sorted(available("regime"))


def plain(file: Path) -> Any:
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


GROUPS = (
    "casework",
    "conditionality",
    "benefits",
    "local_policy",
    "governance",
    "funding",
    "regional_budget",
)
NEGOTIATED = {"local_activation", "coordinated", "regional_budget"}


def has_source(regime: Regime, key: str) -> bool:
    """Return whether a value, or a group around it, has a source in the regime's file or in one it is based on."""
    parts = key.split(".")
    return any(".".join(parts[:n]) in regime.citations for n in range(1, len(parts) + 1))


@pytest.mark.parametrize("name", REGIMES)
def test_every_value_of_a_regime_has_a_source_or_the_word_assumption(name: str) -> None:
    """In its file or in one it is based on; settings of an instrument that no file writes have their declared one."""
    regime = load_regime(name)
    assert not [key for key, source in regime.citations.items() if "without a source" in source]
    keys = [f"{group}.{field}" for group in GROUPS for field in type(getattr(regime, group)).model_fields]
    if regime.regional_budget.base == 0.0:
        keys = [key for key in keys if not key.startswith("regional_budget.") or key.endswith(".base")]
    for instrument in regime.instruments:
        keys += [f"instruments.{instrument}.{field}" for field in ("budget", "funded_by")]
    assert [key for key in keys if not has_source(regime, key)] == []
    assert all(row.source for row in declarations(regime))
    assert all(row.source for instrument in regime.instruments.values() for row in declarations(instrument))


def test_only_the_first_regime_stands_alone() -> None:
    files = {name: plain(file) for name, file in available("regime").items()}
    assert [name for name, data in files.items() if "based_on" not in data] == ["status_quo_ante"]


@pytest.mark.parametrize("name", [name for name in REGIMES if name != "status_quo_ante"])
def test_a_variant_says_only_what_differs(name: str) -> None:
    """What it writes with the value of its base has another source than there."""
    data = plain(available("regime")[name])
    regime, base = load_regime(name), load_regime(data["based_on"])
    written = {(group, key) for group in GROUPS for key in data.get(group, {})}
    same = [
        f"{group}.{key}"
        for group, key in sorted(written)
        if getattr(getattr(regime, group), key) == getattr(getattr(base, group), key)
    ]
    assert [key for key in same if regime.citations[key] == base.citations.get(key)] == []
    changed = data.get("instruments", {})
    assert [each for each in changed if regime.instruments[each] == base.instruments.get(each)] == []


ARITHMETIC = re.compile(r"^  (\w+):  # ([\d.]+) [^:]+: ([\d.]+) x (.+)$", re.MULTILINE)
"""The comment behind an instrument: entries per 100 unemployed and month, then entries per person x price."""


def computed(text: str) -> float:
    """Return the value of arithmetic such as "0.005 x (50 EUR x 6 months + 0.29 x 1000 EUR)"."""
    bare = re.sub(r"[A-Za-z]+", "", text.replace(" x ", " * "))
    assert re.fullmatch(r"[\d.()+* ]+", bare), text
    return float(eval(bare))


def arithmetic(name: str) -> dict[str, tuple[float, float, str]]:
    """Return (entries per 100, entries per person, price in words) of the instruments that a regime's file writes."""
    text = available("regime")[name].read_text(encoding="utf-8")
    return {each[1]: (float(each[2]), float(each[3]), each[4]) for each in ARITHMETIC.finditer(text)}


@pytest.mark.parametrize("name", REGIMES)
def test_budgets_pay_for_the_entries_they_are_derived_from(name: str) -> None:
    """Every budget that a file writes has its arithmetic beside it, but for proportions of a regional budget."""
    written = {
        each
        for each, settings in plain(available("regime")[name])["instruments"].items()
        if "budget" in settings and settings.get("funded_by", {}).get("value") != "regional_budget"
    }
    assert written == set(arithmetic(name))
    instruments = load_regime(name).instruments
    for each, (per_hundred, per_person, price) in arithmetic(name).items():
        instrument = instruments[each]
        assert per_person == pytest.approx(per_hundred / 100), each
        assert instrument.budget == pytest.approx(per_person * computed(price), abs=0.006), each
        settings = {value for value in instrument.model_dump().values() if isinstance(value, int | float)}
        assert {float(number) for number in re.findall(r"[\d.]+", price)} <= settings, f"{each}: {price}"


UNEMPLOYED = {2000: 3.8897, 2001: 3.8526, 2002: 4.0603, 2003: 4.376, 2004: 4.381, 2005: 4.8602, 2006: 4.487,
              2007: 3.760}  # fmt: skip
"""Million registered unemployed (BA, as the files round them)."""
TABLE_1: dict[str, dict[int, float]] = {
    "short_course": {2000: 485, 2001: 551, 2002: 865, 2003: 1064, 2004: 1188, 2005: 895, 2007: 1087},
    "further_training": {2000: 523, 2001: 442, 2002: 455},
    "training_voucher": {2003: 255, 2004: 185, 2005: 132, 2006: 264},
    "job_creation": {2000: 264, 2001: 192, 2002: 162, 2003: 141, 2004: 149, 2005: 78, 2006: 83},
    "one_euro_job": {2005: 603, 2006: 796},
    "start_up_subsidy": {2000: 93, 2001: 96, 2002: 125, 2003: 254, 2004: 351, 2005: 265, 2006: 218},
    "wage_subsidy": {2000: 152, 2001: 127, 2002: 188},
}
"""Thousand entries a year (IZA Journal of Labor Policy 2013 2:16, Table 1)."""
PUBLISHED = re.compile(r"published[^:]*: ([\d.]+) to ([\d.]+)[a-z ]* in (\d{4})-(\d{4})")


@pytest.mark.parametrize("name", ["status_quo_ante", "hartz_1_3", "demand_and_support"])
def test_entries_called_published_are_those_of_the_table(name: str) -> None:
    cited, found = load_regime(name).citations, 0
    for each in arithmetic(name):
        said = PUBLISHED.search(cited[f"instruments.{each}.budget"])
        if said is None:
            continue
        years = range(int(said[3]), int(said[4]) + 1)
        rates = [TABLE_1[each][year] / UNEMPLOYED[year] / 12 / 10 for year in years]
        for text, rate in ((said[1], min(rates)), (said[2], max(rates))):
            assert float(text) == round(rate, len(text.partition(".")[2])), each
        found += 1
    assert found >= 4


def money(name: str) -> float:
    """Return the sum of a regime's budgets, EUR per unemployed person and month."""
    return sum(instrument.budget for instrument in load_regime(name).instruments.values())


@pytest.mark.parametrize("name", ["local_activation", "coordinated"])
def test_what_is_compared_with_demand_and_support_costs_as_much(name: str) -> None:
    assert money(name) == pytest.approx(money("demand_and_support"), rel=0.01)


def test_an_entry_paid_by_the_regional_budget_costs_what_was_planned() -> None:
    """20 million EUR for 5,000 people, plus an own share of 30 % (Staatskanzlei Brandenburg, 8 April 2008)."""
    instruments = load_regime("regional_budget").instruments.values()
    funded = [each for each in instruments if each.funded_by == "regional_budget"]
    entries = sum(each.entries_per_unemployed for each in funded)
    assert sum(each.budget for each in funded) / entries == pytest.approx(20e6 / 5000 / 0.7, rel=0.02)


def test_the_regional_budget_follows_the_brandenburg_formula() -> None:
    terms = load_regime("regional_budget").regional_budget
    assert (terms.base, terms.cap) == (400_000, 1_500_000)
    assert terms.per_long_term_unemployed == (18e6 - 18 * terms.base) / 100_000
    assert load_regime("regional_budget").funding.regional_measures.municipality == 0.3


def test_the_regional_budget_comes_on_top_of_demand_and_support() -> None:
    base, regime = load_regime("demand_and_support"), load_regime("regional_budget")
    assert {name: regime.instruments[name] for name in base.instruments} == base.instruments
    own = {name: each.funded_by for name, each in regime.instruments.items() if name not in base.instruments}
    assert set(own.values()) == {"regional_budget"}
    assert (regime.casework, regime.conditionality, regime.benefits) == (
        base.casework, base.conditionality, base.benefits,
    )  # fmt: skip


@pytest.mark.parametrize("name", REGIMES)
def test_caseworkers_can_hold_the_meetings_of_their_regime(name: str) -> None:
    casework = load_regime(name).casework
    assert casework.meetings * casework.clients_per_caseworker <= casework.meetings_per_caseworker


def test_regimes_differ_in_policy_and_not_in_what_agencies_know() -> None:
    regimes = [load_regime(name) for name in REGIMES]
    assert len({regime.casework.profiling_error for regime in regimes}) == 1
    assert len({(regime.casework.referrals, regime.casework.referral_choice) for regime in regimes}) == 1
    own = {"budget", "funded_by", "payers"}
    for name in load_instruments():
        settings = [
            (regime.regime, regime.instruments[name].model_dump(exclude=own))
            for regime in regimes
            if name in regime.instruments
        ]
        differing = {regime for regime, each in settings if each != settings[0][1]}
        assert differing <= {"regional_budget"}, (
            "the same measure everywhere; only its waiting period differs there"
        )


def test_cooperation_has_the_same_price_in_all_regimes_and_nothing_is_decided_by_assumption() -> None:
    """The loops and channels that could put the result in by themselves are off, or small and the same."""
    for name in REGIMES:
        regime = load_regime(name)
        governance = regime.governance
        assert (governance.coordination_cost, governance.coordination_time) == (2.0, 0.02)
        assert (governance.cost_shifting, governance.clientelism, governance.referral_reach) == (
            0.0,
            0.0,
            1.0,
        )
        assert (regime.casework.record_response, regime.local_policy.room_response) == (0.0, 0.0)
        negotiated = (0.25, 3) if name in NEGOTIATED else (0.0, 0)
        assert (governance.local_choice, governance.negotiation) == negotiated
        assert regime.local_policy.partnerships == (name in NEGOTIATED)
        assert (governance.mode == "centralised") == (name not in NEGOTIATED)


def test_payers_add_up_and_every_budget_has_one() -> None:
    for name in REGIMES:
        regime = load_regime(name)
        for use in type(regime.funding).model_fields:
            assert getattr(regime.funding, use).total == 1.0
        assert {regime.payers_of(each).total for each in regime.instruments} == {1.0}


def test_the_merger_moves_burdens_from_the_insurance_and_the_towns_to_the_federal_budget() -> None:
    before, after = load_regime("hartz_1_3"), load_regime("demand_and_support")
    assert before.funding.basic_income.municipality > after.funding.basic_income.municipality > 0.0
    assert after.funding.basic_income.federal > 0.5
    assert before.funding.agency_measures.insurance > after.funding.agency_measures.insurance
    assert after.payers_of("one_euro_job").federal == 1.0


def test_only_merged_regimes_count_recipients_anew() -> None:
    merged = {"demand_and_support", "coordinated", "regional_budget"}
    for name in REGIMES:
        benefits = load_regime(name).benefits
        assert (benefits.registers_recipients > 0) == benefits.merged == (name in merged)


def test_dortmund_went_through_two_transitions() -> None:
    timeline = load("dortmund_2003").timeline
    assert timeline.regimes == ("status_quo_ante", "hartz_1_3", "demand_and_support")
    first, second = timeline.transitions
    assert (first.start, first.months, first.shape, first.unit) == ("2003-01", 6, "linear", "person")
    assert (second.start, second.months, second.shape, second.unit) == ("2005-01", 1, "step", "person")
    assert load("dortmund_status_quo").timeline.transitions == ()


def test_the_roads_not_taken_differ_from_history_in_their_aim_and_not_in_the_way_there() -> None:
    first, second = load("dortmund_2003").timeline.transitions
    other = load("dortmund_local_activation").timeline.transitions
    assert other == (first.model_copy(update={"after": "local_activation"}),)
    footing = load("dortmund_coordinated").timeline.transitions
    assert footing == (first, second.model_copy(update={"after": "coordinated"}))


def test_the_regional_budget_begins_with_a_pilot_as_in_brandenburg() -> None:
    chain = load("dortmund_regional_budget").timeline.transitions
    assert chain[:2] == load("dortmund_2003").timeline.transitions
    shipped = load_transition("regional_budget")
    assert chain[2] == shipped.model_copy(update={"first": ("Dortmund",)})
    assert shipped.first == ("Prignitz", "Barnim", "Spree-Neiße", "Potsdam")
    names = ["Dortmund", "Unna"]
    starts = chain[2].municipal_starts(names, [0.9, 0.1])
    assert [format_month(start) for start in starts] == ["2005-10", "2007-07"]


PATHS: dict[str, dict[str, Any]] = {
    "abrupt": {},
    "linear_24": {"months": 24, "shape": "linear"},
    "gap_12": {"gap": 12},
    "gap_bridged": {"gap": 12, "bridging": 0.85, "bridging_months": 24},
    "reorganised": {"reorganisation": 0.5, "reorganisation_ties": 0.5, "reorganisation_months": 12},
    "pilots_first": {"months": 12, "shape": "linear", "unit": "municipality", "first": ("Dortmund",),
                     "pilot_months": 12},
    "secured": {"months": 12, "shape": "linear", "unit": "municipality", "first": ("Dortmund",),
                "pilot_months": 12, "overlap": 6, "bridging": 0.85, "bridging_months": 24, "announcement": 6},
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_the_paths_join_the_same_two_regimes_from_the_same_month(name: str) -> None:
    abrupt = load_transition("abrupt")
    ends = (abrupt.before, abrupt.after, abrupt.start, abrupt.months)
    assert ends == ("status_quo_ante", "local_activation", "2003-01", 1)
    assert load_transition(name) == abrupt.model_copy(update=PATHS[name])


@pytest.mark.parametrize("name", sorted(available("transition")))
def test_every_value_of_a_transition_has_a_source(name: str) -> None:
    library = Library()
    cited = transition_sources(library, library.document(available("transition")[name]))
    default = {key: field.default for key, field in Transition.model_fields.items()}
    written = [key for key, value in dict(load_transition(name)).items() if value != default[key]]
    assert [key for key in written if "without a source" in cited.get(key, "without a source")] == []


@pytest.mark.parametrize("path", PATHS)
def test_every_path_is_reachable_in_a_scenario_by_name(path: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(f"scenario: x\nbased_on: dortmund_2003\ntransitions: [{path}]\n", encoding="utf-8")
    assert load(file).timeline.regimes == ("status_quo_ante", "local_activation")
    assert load(file).notices() == ()
