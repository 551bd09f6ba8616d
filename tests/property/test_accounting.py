"""Exact accounting: the books are what happened, recounted each month from the columns and lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsim.codes import EMPLOYED, IN_MEASURE, INACTIVE, NOBODY, OUTSIDE, STATES, UNEMPLOYED
from labsim.model import PROCESSES, LabourMarket
from labsim.recorder import AccountingError
from labsim.scenario import Scenario
from labsim.state.world import Counts, World

Make = Callable[..., Scenario]
Ids = dict[tuple[int, int], int]
MONTHS = 10
REFORM = {"start": "2001-09", "months": 3, "shape": "linear", "unit": "person"}


@dataclass
class Before:
    """What a month began with."""

    status: np.ndarray
    opened: np.ndarray
    open: Ids
    month: int
    starting: set[int]  # rows whose job began in the month to come: drawn so for the first month


def by_status(world: World) -> np.ndarray:
    """Return persons by municipality and status, (m, 4), counted from the columns; nobody lives in an empty row."""
    p, m = world.persons, world.municipalities
    cell = p.municipality.astype(np.int64) * len(STATES) + p.status
    return np.bincount(cell, minlength=m * len(STATES)).reshape(m, len(STATES))[:, :OUTSIDE]


def vacancies(world: World, *, still_open: bool) -> Ids:
    """Return {(employer, number): row} of the vacancies listed, all or those still open."""
    v = world.vacancies
    rows = np.flatnonzero(v.filled_by == NOBODY) if still_open else np.arange(v.employer.size)
    return {(int(v.employer[row]), int(v.number[row])): int(row) for row in rows}


def months_of(model: LabourMarket, months: int = MONTHS) -> Iterator[tuple[Before, World, Counts]]:
    """Simulate month by month; yield what the month began with, and the world after it."""
    world = model.world
    for _ in range(months):
        before = Before(
            by_status(world),
            world.employers.opened.copy(),
            vacancies(world, still_open=True),
            model.month,
            set(np.flatnonzero(world.persons.job_start == model.month).tolist()),
        )
        model.step()
        yield before, world, world.counts


def places_of(world: World, ids: Ids | set[tuple[int, int]]) -> np.ndarray:
    """Return how many of the vacancies named lie in each municipality, (m,)."""
    employers = np.array([employer for employer, _ in ids], np.int64)
    return np.bincount(world.employers.municipality[employers], minlength=world.municipalities)


def check_persons(before: Before, world: World, counts: Counts) -> None:
    """Stocks change by flows, nobody is lost or moves, who retires is replaced where the place gives no cohorts."""
    after, flows = by_status(world), counts.flows
    change = flows.sum(axis=1)[:, :OUTSIDE] - flows.sum(axis=2)[:, :OUTSIDE]
    assert (after - before.status == change).all()
    leave, come = flows[:, :, OUTSIDE].sum(axis=1), flows[:, OUTSIDE].sum(axis=1)
    assert (come == flows[:, OUTSIDE, INACTIVE]).all(), "who comes is at school"
    assert (after.sum(axis=1) == before.status.sum(axis=1) - leave + come).all(), (
        "nobody gets lost, nobody moves"
    )
    if not world.place.cohorts:
        assert (leave == come).all(), "one leaves, one comes"
    assert (counts.census[:, :, :OUTSIDE].sum(axis=1) == after).all(), "the census counts everybody once"
    for k, state in enumerate(STATES):
        if k != EMPLOYED:
            assert (flows[:, k, k] == 0).all(), f"nobody moves from {state} to {state}"


def check_headcounts(world: World) -> None:
    """Every employer's headcount is the number of persons who say that they work there."""
    p, e = world.persons, world.employers
    at_work = p.employer[p.status == EMPLOYED]
    assert at_work.min(initial=0) >= 0, "who works, works for somebody"
    assert (np.bincount(at_work, minlength=e.headcount.size) == e.headcount).all()


def check_vacancies(before: Before, world: World, counts: Counts) -> None:
    """Every vacancy was open before or opened this month; it is withdrawn, filled or open now."""
    e, listed = world.employers, vacancies(world, still_open=False)
    assert len(listed) == world.vacancies.employer.size, "a vacancy stands in the list once"
    assert list(listed) == sorted(listed), "sorted by employer and number"
    opened, withdrawn = set(listed) - set(before.open), set(before.open) - set(listed)
    expected = {
        (int(f), number)
        for f in np.flatnonzero(e.opened > before.opened)
        for number in range(before.opened[f], e.opened[f])
    }
    assert opened == expected, "new vacancies are numbered on, those opened are all in the list"
    still_open = vacancies(world, still_open=True)
    filled = set(listed) - set(still_open)
    assert (counts.vacancies[:, 0] == places_of(world, opened)).all()
    assert (counts.vacancies[:, 1] == places_of(world, withdrawn)).all()
    assert (counts.vacancies[:, 2] == places_of(world, listed)).all(), "open before matching"
    assert (counts.hires[:, 7] == places_of(world, filled)).all()
    assert len(before.open) + len(opened) == len(withdrawn) + len(filled) + len(still_open)
    per_employer = np.bincount([employer for employer, _ in still_open], minlength=e.vacancies.size)
    assert (per_employer == e.vacancies).all()


def check_hires(before: Before, world: World, counts: Counts) -> None:
    """Nobody is hired twice, and who is hired works from this month on where the vacancy was."""
    p, v = world.persons, world.vacancies
    rows = np.flatnonzero(v.filled_by != NOBODY)
    hired = v.filled_by[rows]
    assert np.unique(hired).size == hired.size
    assert (p.status[hired] == EMPLOYED).all()
    assert (p.employer[hired] == v.employer[rows]).all()
    assert (p.job_start[hired] == before.month).all()
    started = set(np.flatnonzero((p.status == EMPLOYED) & (p.job_start == before.month)).tolist())
    assert set(hired.tolist()) <= started
    m = world.municipalities
    assert (np.bincount(p.municipality[hired], minlength=m) == counts.hires[:, :5].sum(axis=1)).all()
    founded = counts.flows[:, :, EMPLOYED].sum(axis=1) - counts.hires[:, :5].sum(axis=1)
    check_founders(
        world, np.array(sorted(started - before.starting - set(hired.tolist())), np.int64), founded
    )
    out_of_work = counts.flows[:, UNEMPLOYED : IN_MEASURE + 1, EMPLOYED].sum(axis=1)
    assert (out_of_work == counts.hires[:, 5] + founded).all()


def check_founders(world: World, rows: np.ndarray, founded: np.ndarray) -> None:
    """Who works without a vacancy has founded a business, some of whom take another job at once."""
    p, e = world.persons, world.employers
    here = np.bincount(p.municipality[rows], minlength=world.municipalities)
    assert (here <= founded).all()
    assert (e.founded[p.employer[rows]] > 0.0).all()
    assert (e.municipality[p.employer[rows]] == p.municipality[rows]).all()
    assert (e.size >= 0.0).all()
    if not e.founded.any():
        assert not founded.any(), "nobody starts without a vacancy"


def check_events(world: World, counts: Counts) -> None:
    """Events are parts of other events: no layoff without a lost job, no sanction without a meeting."""
    flows = counts.flows
    assert counts.layoffs.sum() <= flows[:, EMPLOYED, UNEMPLOYED].sum()
    assert (counts.casework[:, 1:] <= counts.casework[:, :1]).all(), "meetings bring sanctions and referrals"
    assert (counts.offers[:, 1] <= counts.offers[:, 0]).all()
    assert counts.offers.sum(axis=0)[0] >= counts.hires[:, :5].sum(), "no hire without an offer"
    assert counts.to_job.sum() == flows[:, [UNEMPLOYED, IN_MEASURE], EMPLOYED].sum()
    assert counts.to_inactive.sum() == flows[:, [UNEMPLOYED, IN_MEASURE], INACTIVE].sum()
    assert (counts.to_job + counts.to_inactive <= counts.risk).all(), "who leaves was at risk"
    assert (world.persons.measure[world.persons.status == IN_MEASURE] > 0).all()


def check_month(before: Before, world: World, counts: Counts) -> None:
    check_persons(before, world, counts)
    check_headcounts(world)
    check_vacancies(before, world, counts)
    check_hires(before, world, counts)
    check_events(world, counts)


@settings(max_examples=12)
@given(data=st.data())
def test_every_months_books_agree_with_the_columns_in_any_world(
    data: st.DataObject, random_scenarios: Callable[..., st.SearchStrategy[Any]]
) -> None:
    drawn = data.draw(random_scenarios(**REFORM))
    for before, world, counts in months_of(LabourMarket(drawn.scenario, seed=drawn.seed)):
        check_month(before, world, counts)


def test_every_months_books_agree_with_the_columns_in_toytown_at_reform(toytown: Make) -> None:
    merger = {"after": "demand_and_support", "start": "2001-06", "months": 6, "shape": "logistic"}
    scenario = toytown(scale=0.1, end="2001-12", burn_in=6, transitions=[merger])
    for before, world, counts in months_of(LabourMarket(scenario, seed=1), 18):
        check_month(before, world, counts)


@pytest.mark.parametrize("engine", ["kernels", "reference"])
def test_the_books_agree_while_cohorts_leave_rows_empty_and_fill_them_again(
    engine: str, toytown: Make, with_cohorts: Make
) -> None:
    scenario = with_cohorts(toytown(scale=0.04, initial="local_activation"), {2001: 0.0, 2002: 300.0})
    model, come = LabourMarket(scenario, seed=1, engine=engine), []
    for before, world, counts in months_of(model, 24):
        check_month(before, world, counts)
        come.append(int(counts.flows[:, OUTSIDE].sum()))
    assert sum(come[:12]) == 0 < sum(come[12:])


def test_the_reference_engine_keeps_the_same_books(toytown: Make) -> None:
    scenario = toytown(scale=0.01, initial="local_activation")
    for before, world, counts in months_of(LabourMarket(scenario, seed=1, engine="reference"), 6):
        check_month(before, world, counts)


def test_participants_and_spending_are_counted_from_the_measures(toytown: Make) -> None:
    """As of the giving of places: nobody has been hired or has withdrawn by then."""
    seen = []

    def count(model: LabourMarket) -> None:
        world, counts = model.world, model.world.counts
        for measure in model.programme.measures:
            rows = np.flatnonzero(world.persons.measure == measure.position + 1)
            by_place = np.bincount(world.persons.municipality[rows], minlength=world.municipalities)
            assert (counts.participants[:, measure.position] == by_place).all()
            instrument = measure.instrument
            if not instrument.develops_jobs:
                fees = counts.spending[:, measure.position] - by_place * instrument.cost
                assert (fees >= 0.0).all()
                assert instrument.success_fee > 0.0 or not fees.any()
            assert (counts.entries[:, measure.position].sum(axis=1) <= by_place).all()
            seen.append(rows.size)

    processes = list(PROCESSES)
    processes.insert([process.__name__ for process in PROCESSES].index("search_and_match"), count)
    scenario = toytown(scale=0.05, initial="local_activation", end="2001-12")
    LabourMarket(scenario, seed=1, processes=tuple(processes)).run()
    assert sum(seen) > 0


def test_flows_in_the_results_close_the_stocks_in_the_results(toytown: Make) -> None:
    reform = {"after": "demand_and_support", "start": "2001-06"}
    results = LabourMarket(toytown(burn_in=3, transitions=[reform]), seed=1).run().results
    stocks = results.indicators.query("group == 'all'").pivot_table(
        index=["month", "municipality"], columns="indicator", values="value"
    )
    moves = results.flows
    for state in ("employed", "unemployed", "in_measure", "inactive"):
        level = stocks["employment" if state == "employed" else state].unstack("municipality")
        inflow = moves[moves["target"] == state].pivot_table(
            index="month", columns="municipality", values="persons", aggfunc="sum"
        )
        outflow = moves[moves["source"] == state].pivot_table(
            index="month", columns="municipality", values="persons", aggfunc="sum"
        )
        closed = (level.diff() - (inflow - outflow)).iloc[1:]
        assert closed.shape == (23, 3)
        assert (closed == 0.0).all(axis=None), state
    whole = moves[moves["municipality"] == "all"]["persons"].sum()
    assert whole == moves[moves["municipality"] != "all"]["persons"].sum() > 0


def tampered(before_recording: Callable[[World], None]) -> tuple[Any, ...]:
    """Return the processes of the month, with a hand in the books in the third month."""
    months = []

    def tamper(model: LabourMarket) -> None:
        months.append(model.month)
        if len(months) == 3:
            before_recording(model.world)

    return (*PROCESSES[:-1], tamper, PROCESSES[-1])


def move_one_more(world: World) -> None:
    world.counts.flows[1, EMPLOYED, UNEMPLOYED] += 1


def lose_somebody(world: World) -> None:
    world.counts.flows[0, UNEMPLOYED, OUTSIDE] += 1


def change_a_status_without_a_flow(world: World) -> None:
    p = world.persons
    p.status[np.flatnonzero(p.status == INACTIVE)[0]] = UNEMPLOYED


def book_an_opening(world: World) -> None:
    world.counts.vacancies[0, 0] += 1


def book_a_withdrawal(world: World) -> None:
    world.counts.vacancies[0, 1] += 1


def book_a_hire(world: World) -> None:
    world.counts.hires[0, 7] += 1


def fill_a_vacancy_by_hand(world: World) -> None:
    v = world.vacancies
    v.filled_by[np.flatnonzero(v.filled_by == NOBODY)[0]] = 0


@pytest.mark.parametrize(
    ("hand", "message"),
    [
        (move_one_more, "municipality 1: employed changed by"),
        (lose_somebody, "municipality 0: unemployed changed by"),
        (change_a_status_without_a_flow, "but its flows add up to"),
        (book_an_opening, "vacancies opened and withdrawn do not add up"),
        (book_a_withdrawal, "vacancies opened and withdrawn do not add up"),
        (book_a_hire, "vacancies open, "),
        (fill_a_vacancy_by_hand, "vacancies open, "),
    ],
)
def test_books_that_do_not_add_up_stop_the_run(
    hand: Callable[[World], None], message: str, toytown: Make
) -> None:
    processes = tampered(hand)
    model = LabourMarket(toytown(scale=0.05), seed=1, processes=processes)
    model.step()
    model.step()
    with pytest.raises(AccountingError, match=message):
        model.step()
