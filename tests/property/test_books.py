"""The books, recomputed every month from the people, places and posts that the money was paid for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from labsim.codes import ASSISTANCE, BASIC_INCOME, EMPLOYED, IN_MEASURE, INSURANCE, UNEMPLOYED
from labsim.model import PROCESSES, LabourMarket, Process
from labsim.policy.funding import PAYERS, USES
from labsim.policy.regime import Regime
from labsim.recorder import AccountingError
from labsim.scenario import Scenario

Make = Callable[..., Scenario]
Variant = Callable[..., Regime]
Floats = np.ndarray[Any, np.dtype[np.float64]]
BENEFITS = {INSURANCE: "insurance_benefit", ASSISTANCE: "assistance", BASIC_INCOME: "basic_income"}
REFORM = {"start": "2001-09", "months": 4, "shape": "linear", "unit": "person"}
PATHS: dict[str, list[dict[str, Any]]] = {
    "hartz": [
        {"after": "hartz_1_3", "start": "2001-04", "reorganisation": 0.5, "announcement": 2},
        {"after": "demand_and_support", "start": "2001-11", "months": 3, "shape": "linear", "gap": 2},
    ],
    "local": [{"after": "local_activation", "start": "2001-05", "overlap": 3, "bridging": 0.5, "bridging_months": 8}],
    "regional": [{"after": "regional_budget", "start": "2001-05", "unit": "municipality"}],
}  # fmt: skip


class Auditor:
    """Keeps books of its own beside the model's: cents by (municipality, use), euros by (municipality, payer, use)."""

    def __init__(self, scenario: Scenario, run_seed: int, engine: str = "kernels") -> None:
        after = {"pay_benefits": self.see_benefits, "support_and_activate": self.see_measures}
        processes: list[Process] = [self.open_books]
        for process in PROCESSES:
            if process.__name__ == "support_and_activate":
                processes.append(self.see_hired)
            processes.append(process)
            if process.__name__ in after:
                processes.append(after[process.__name__])
        self.model = LabourMarket(scenario, seed=run_seed, engine=engine, processes=tuple(processes))
        self.taking_part: list[tuple[int, int]] = []
        self.cents: dict[tuple[int, str], int] = {}
        self.by_payer = np.zeros(0)
        self.bookings = 0
        self.fees: dict[tuple[int, int], float] = {}

    def open_books(self, model: LabourMarket) -> None:
        m = model.world.municipalities
        self.cents = dict.fromkeys([(k, use) for k in range(m) for use in USES], 0)
        self.by_payer = np.zeros((m, len(PAYERS), len(USES)))
        self.bookings = 0

    def pay(self, m: int, use: str, euros: float, shares: Floats) -> None:
        """Enter a sum."""
        cents = round(100.0 * euros)
        self.cents[m, use] += cents
        self.by_payer[m, :, USES.index(use)] += cents / 100.0 * shares
        self.bookings += 1

    def see_benefits(self, model: LabourMarket) -> None:
        """Ask every registered person, one by one, what they are paid."""
        world, p = model.world, model.world.persons
        sums: dict[tuple[int, int, int], int] = {}
        for row in np.flatnonzero((p.status == UNEMPLOYED) | (p.status == IN_MEASURE)).tolist():
            code, kind = int(p.measure[row]), int(p.benefit[row])
            assert kind in BENEFITS, "whoever is registered has a benefit"
            if code and type(model.programme.measures[code - 1].instrument).pays_wage:
                continue
            regime = model.programme.regimes[p.regime[row]]
            wage, floor = float(p.wage[row]), regime.benefits.basic_income * world.coefficients.mean_wage
            income = {
                INSURANCE: max(regime.benefits.insurance_replacement * wage, floor),
                ASSISTANCE: max(regime.benefits.assistance_replacement * wage, floor),
                BASIC_INCOME: floor,
            }[kind] * float(world.channels.benefit[row])
            if p.sanction_left[row] > 0:
                income *= 1.0 - regime.conditionality.sanction_cut
            key = int(p.municipality[row]), int(p.regime[row]), kind
            sums[key] = sums.get(key, 0) + int(income * 100.0 + 0.5)
        for (m, regime_code, kind), cents in sums.items():
            funding = model.programme.regimes[regime_code].funding
            self.pay(m, BENEFITS[kind], cents / 100.0, getattr(funding, BENEFITS[kind]).shares)

    def see_hired(self, model: LabourMarket) -> None:
        """Count the fees for last month's participants who have been hired."""
        p, self.fees = model.world.persons, {}
        for row, code in self.taking_part:
            if p.status[row] == EMPLOYED:
                key = int(p.municipality[row]), code
                fee = model.programme.measures[code - 1].instrument.success_fee
                self.fees[key] = self.fees.get(key, 0.0) + fee

    def see_measures(self, model: LabourMarket) -> None:
        """Count participants, developed jobs, posts and meetings."""
        world, p, programme = model.world, model.world.persons, model.programme
        rows = np.flatnonzero(p.measure)
        self.taking_part = [(row, int(p.measure[row])) for row in rows.tolist()]
        for m in range(world.municipalities):
            here = p.measure[rows][p.municipality[rows] == m]
            for measure in programme.measures:
                k, instrument = measure.position, measure.instrument
                running = int((here == k + 1).sum())
                places = float(world.memory.jobs[m, k]) if type(instrument).develops_jobs else running
                paid = places * instrument.cost + self.fees.get((m, k + 1), 0.0)
                self.pay(m, "measures", paid, measure.payers)
            self.see_posts(model, m)

    def see_posts(self, model: LabourMarket, m: int) -> None:
        """Divide posts and meetings among the clients of each regime; equal rules are one regime."""
        world, p, regimes = model.world, model.world.persons, model.programme.regimes
        clients = world.clients[m]
        joint = sum(
            n * regime.local_policy.joint_activity
            for n, regime in zip(clients.tolist(), regimes, strict=True)
        ) / max(int(clients.sum()), 1)
        for n, regime in zip(clients.tolist(), regimes, strict=True):
            posts = float(world.memory.caseworkers[m]) * n / max(int(clients.sum()), 1)
            administration = posts * regime.casework.cost_per_caseworker
            self.pay(m, "administration", administration, regime.funding.agency_administration.shares)
            meetings = world.governance[m].coordination_cost * joint * n
            self.pay(m, "coordination", meetings, regime.funding.coordination.shares)
        assert clients.sum() <= (p.municipality == m).sum()

    def audit(self) -> None:
        """Compare a month's books with the model's."""
        world = self.model.world
        counts, m = world.counts, world.municipalities
        mine = np.array([[self.cents[k, use] for use in USES] for k in range(m)])
        # posts and developed jobs are no whole numbers, so their cost may be rounded at the other side of half a cent
        exact = [USES.index(use) for use in BENEFITS.values()]
        assert (counts.uses[:, exact] == mine[:, exact]).all()
        assert np.abs(counts.uses - mine).max() <= self.bookings
        assert (counts.payments.sum(axis=1) == counts.uses).all(), "balanced to the cent"
        assert (counts.payments >= 0).all()
        assert (counts.costs.sum(axis=1) == counts.uses[:, USES.index("measures")]).all()
        assert np.abs(counts.payments / 100.0 - self.by_payer).max() <= 0.02 * self.bookings
        nobody = self.by_payer == 0.0
        assert (counts.payments[nobody] == 0).all(), "who has no share pays nothing, not even a cent"


def audited(scenario: Scenario, run_seed: int, months: int, engine: str = "kernels") -> dict[str, float]:
    """Audit every month; return what was spent in all, EUR by use."""
    auditor, spent = Auditor(scenario, run_seed, engine), np.zeros(len(USES))
    for _ in range(months):
        auditor.model.step()
        auditor.audit()
        spent += auditor.model.world.counts.uses.sum(axis=0) / 100.0
    return dict(zip(USES, spent.tolist(), strict=True))


@pytest.mark.parametrize("path", PATHS)
def test_every_euro_was_paid_for_somebody_or_something(path: str, toytown: Make) -> None:
    before = {"regional": "demand_and_support"}.get(path, "status_quo_ante")
    scenario = toytown(scale=0.05, burn_in=2, initial=before, transitions=PATHS[path])
    spent = audited(scenario, 3, 24)
    used = set(USES) if before == "status_quo_ante" else set(USES) - {"assistance"}
    assert {use for use, euros in spent.items() if euros > 0.0} == used


def test_the_reference_engine_keeps_the_same_books_to_the_cent(toytown: Make) -> None:
    scenario = toytown(scale=0.01, burn_in=1, transitions=PATHS["hartz"])
    assert audited(scenario, 4, 12, "reference") == audited(scenario, 4, 12)


@pytest.mark.parametrize("engine", ["kernels", "reference"])
def test_the_books_balance_in_any_world(
    engine: str, random_scenarios: Callable[..., st.SearchStrategy[Any]]
) -> None:
    @seed(21)
    @settings(max_examples=6 if engine == "kernels" else 3)
    @given(random_scenarios(**REFORM))
    def balance(drawn: Any) -> None:
        audited(drawn.scenario, drawn.seed, 8, engine)

    balance()


def test_payers_pay_the_shares_that_the_regime_lays_down(toytown: Make, regime: Variant) -> None:
    thirds = {"insurance": 1 / 3, "federal": 1 / 3, "state": 1 / 3}
    rules = regime(
        name="shared",
        funding={
            "agency_measures": {"state": 1.0},
            "agency_administration": thirds,
            "insurance_benefit": {"insurance": 0.9, "employer": 0.1},
            "basic_income": {"federal": 0.71, "municipality": 0.29},
        },
    )
    model = LabourMarket(toytown(initial="shared", regimes=[rules], scale=0.05), seed=1)
    for _ in range(6):
        model.step()
        paid, used = model.world.counts.payments, model.world.counts.uses
        shares = {
            "assistance": {"federal": 1.0},
            "insurance_benefit": {"insurance": 0.9, "employer": 0.1},
            "basic_income": {"federal": 0.71, "municipality": 0.29},
            "administration": thirds,
        }
        for use, divided in shares.items():
            for payer in PAYERS:
                due = used[:, USES.index(use)] * divided.get(payer, 0.0)
                assert np.abs(paid[:, PAYERS.index(payer), USES.index(use)] - due).max() < 1.0
        assert used[:, USES.index("administration")].any()


def test_an_instruments_own_payers_come_before_those_of_its_funder(toytown: Make, regime: Variant) -> None:
    course = {"budget": 300.0, "payers": {"employer": 0.25, "federal": 0.75}}
    rules = regime(name="x", instruments={"short_course": course})
    model = LabourMarket(toytown(initial="x", regimes=[rules], scale=0.05), seed=1)
    model.step()
    measures = model.world.counts.payments[:, :, USES.index("measures")].sum(axis=0)
    assert measures.sum() > 0
    assert measures[PAYERS.index("federal")] / measures.sum() == pytest.approx(0.75, abs=1e-4)
    assert measures[PAYERS.index("employer")] / measures.sum() == pytest.approx(0.25, abs=1e-4)


def test_the_table_of_accounts_is_what_was_booked_and_the_indicators_are_its_sums(toytown: Make) -> None:
    scenario = toytown(scale=0.05, burn_in=3, transitions=PATHS["hartz"])
    model = LabourMarket(scenario, seed=2)
    booked = []
    while model.month <= model.end_month:
        model.step()
        if model.month > model.start_month:
            booked.append(model.world.counts.payments.sum() / 100.0)
    accounts, indicators = model.results.accounts, model.results.indicators
    assert list(accounts.columns) == ["month", "municipality", "payer", "use", "euros"]
    whole = accounts[accounts["municipality"] == "all"]
    assert whole.groupby("month")["euros"].sum().tolist() == pytest.approx(booked)
    parts = accounts[accounts["municipality"] != "all"].groupby(["month", "payer", "use"])["euros"].sum()
    assert whole.set_index(["month", "payer", "use"])["euros"].sort_index().to_numpy() == pytest.approx(
        parts.sort_index().to_numpy()
    )
    table = indicators[indicators["group"] == "all"].pivot_table(
        index=["month", "municipality"], columns="indicator", values="value"
    )
    by_payer = accounts.pivot_table(
        index=["month", "municipality"], columns="payer", values="euros", aggfunc="sum", fill_value=0.0
    )
    for payer in by_payer.columns:
        per_head = by_payer[payer] / table["population"]
        pd.testing.assert_series_equal(per_head, table[f"paid_by_{payer}"], check_names=False)
    total = table[[f"spent_on_{use}" for use in USES]].sum(axis=1)
    pd.testing.assert_series_equal(total, table["public_spending"], check_names=False)
    payers = table[[f"paid_by_{payer}" for payer in PAYERS]].sum(axis=1)
    pd.testing.assert_series_equal(payers, table["public_spending"], check_names=False)


def test_a_municipalitys_share_of_benefits_is_its_social_spending(toytown: Make, regime: Variant) -> None:
    rules = regime(name="x", funding={"basic_income": {"municipality": 1.0}, "assistance": {"federal": 1.0}})
    model = LabourMarket(toytown(initial="x", regimes=[rules], scale=0.05), seed=1)
    model.step()
    world, services = model.world, model.world.parameters.municipal.services_per_jobless
    for m, town in enumerate(model.town_halls):
        benefits = world.counts.payments[m, PAYERS.index("municipality"), USES.index("basic_income")] / 100.0
        jobless = world.residents[m, [UNEMPLOYED, IN_MEASURE]].sum()
        assert benefits > 0.0
        assert town.social_spending() == pytest.approx(benefits + services * jobless)


def tampering(hand: Callable[[Any], None]) -> tuple[Any, ...]:
    """Return the processes of the month, with a hand in the books just before they are closed."""
    return (*PROCESSES[:-1], lambda model: hand(model.world.counts), PROCESSES[-1])


def pay_a_cent_less(counts: Any) -> None:
    counts.payments[0, 0, 3] -= 1


def use_a_cent_more(counts: Any) -> None:
    counts.uses[1, 4] += 1


def hide_a_measure(counts: Any) -> None:
    counts.costs[0, 0] -= 1


@pytest.mark.parametrize(
    ("hand", "message"),
    [
        (pay_a_cent_less, "municipality 0: measures cost .* but payers paid"),
        (use_a_cent_more, "municipality 1: administration cost"),
        (hide_a_measure, "the costs of measures do not add up"),
    ],
)
def test_a_cent_without_a_payer_stops_the_run(
    hand: Callable[[Any], None], message: str, toytown: Make
) -> None:
    model = LabourMarket(toytown(scale=0.05), seed=1, processes=tampering(hand))
    with pytest.raises(AccountingError, match=message):
        model.step()
