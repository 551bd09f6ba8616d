"""Randomised trials within the model: one labour market twice, with and without a treatment drawn by lot.

Both worlds branch from the same bits at the start of a month. In one of them the treated enter the instrument through
the same door as ordinary participants, whatever its budget; in the other nobody does. Everything else is the same: the
draws of every person, employer and month (`labsim.rng`). So a trial shows what an evaluation would find (treated
against controls in one world) beside what is true in the model (the same people in the other world), and who lost.

Who was treated is drawn with `Purpose.TRIAL`, by person: a larger share treats the same people and more. Or caseworkers
give the places as they give others, so that an evaluator meets the selection that evaluators meet.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labsim.behaviour.casework import counselling
from labsim.behaviour.market import read_market
from labsim.codes import INSURANCE, LONG_TERM_MONTHS, OUTSIDE, TERTIARY, UNEMPLOYED, VOCATIONAL
from labsim.config.treatments import IntensiveCounselling, Rules, Sanction, Treatment, with_rules
from labsim.experiment.trial_tables import Arms, Path, cell_table, people_table
from labsim.kernels.casework import hold_meeting
from labsim.model import LabourMarket, Process, move_the_policy_clock, support_and_activate
from labsim.policy.delivery import deliver, enrol, seen_by_caseworkers
from labsim.policy.instrument import Instrument
from labsim.rng import Purpose, uniforms
from labsim.scenario import Scenario
from labsim.state.view import Seen
from labsim.state.world import World
from labsim.units import format_month, parse_month

__all__ = [
    "IntensiveCounselling", "Rules", "Sanction", "Treatment", "Trial", "TrialTables", "draw_arms", "follow",
    "market_of", "run_trials", "treatment", "worlds_of",
]  # fmt: skip

Tick = Callable[[], None]
Assignment = Literal["lot", "caseworkers"]
CENTS = 100
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """A treatment for a share of the eligible unemployed, drawn by lot at the start of a month.

    Parameters
    ----------
    scenario
        The market; its regimes go on with their own measures, for treated and untreated alike.
    treatment
        An instrument that gives places to people (its budget plays no part, vouchers count as redeemed), a
        `Sanction`, or `Rules`: another regime for the treated.
    share
        Share of the eligible who are treated (0..1); or by name of the municipality, where those not named get 0.
    month
        Month in which the treatment begins ("YYYY-MM"); default the start of the scenario.
    follow_up
        Months followed, the first one included.
    eligible
        Narrows the eligible: a function of what caseworkers see, as an instrument's own rule, which holds too.
        Only unemployed people who are in no measure and hold no voucher (for a sanction: who are under none) can be
        eligible.
    assignment
        "lot", or "caseworkers": the places of each municipality go to those whom the agency would choose, by its
        targeting and its estimate of closeness to the market.
    """

    scenario: Scenario
    treatment: Treatment
    share: float | Mapping[str, float] = 0.2
    month: str | None = None
    follow_up: int = 60
    eligible: Callable[[Seen], Mask] | None = None
    assignment: Assignment = "lot"

    def __post_init__(self) -> None:
        names = [m.name for m in self.scenario.place.municipalities]
        shares = self.share if isinstance(self.share, Mapping) else {"everywhere": self.share}
        for name, value in shares.items():
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"share is {value} ({name}), but it must lie between 0 and 1")
            if isinstance(self.share, Mapping) and name not in names:
                raise ValueError(f"share names the municipality '{name}', but known are {', '.join(names)}")
        if isinstance(self.treatment, Instrument) and self.treatment.develops_jobs:
            raise ValueError(
                f"{self.treatment.name} opens jobs instead of giving places to people: no trial of it"
            )
        if self.follow_up < 1:
            raise ValueError(f"follow_up is {self.follow_up} months, but it must be at least 1")
        first = parse_month(self.scenario.start) - self.scenario.burn_in
        latest = parse_month(self.scenario.end) + 1 - self.follow_up
        if not first <= self.first_month <= latest:
            raise ValueError(
                f"the trial begins in {format_month(self.first_month)} and follows people for {self.follow_up} months,"
                f" but the scenario runs from {format_month(first)} (with its burn-in) to {self.scenario.end}"
            )

    @property
    def first_month(self) -> int:
        """The month in which the treatment begins, as a month number."""
        return parse_month(self.month or self.scenario.start)

    def shares(self) -> NDArray[np.float64]:
        """Return the share treated by municipality, (m,)."""
        names = [m.name for m in self.scenario.place.municipalities]
        if isinstance(self.share, Mapping):
            return np.array([float(self.share.get(name, 0.0)) for name in names])
        return np.full(len(names), float(self.share))

    def run(self, seed: int, *, threads: int = 1) -> TrialTables:
        """Return the tables of this trial alone, named after its treatment."""
        return run_trials({self.treatment.name: self}, seed, threads=threads)


class TrialTables(NamedTuple):
    """What trials found, as tidy tables; tables of several seeds can be put below each other.

    ``cells``: one row per trial, seed, world (treated, untreated), arm (treated, control, untreated_here,
    untreated_elsewhere), municipality, duration (time since the last job at the draw), eligible (yes or no) and horizon
    (months since the start; 0 is the draw). Columns: persons still followed (those who reach 65 drop out, in both
    worlds alike), of whom employed, unemployed, in_measure, inactive; ``employed_in_both`` worlds; ``months_employed``,
    the months at work since the draw of those still followed; ``spending`` on the treatment up to the horizon, EUR.

    ``people``: one row per trial, seed and eligible person: arm, municipality, duration, months followed, and months at
    work in the treated and in the untreated world. After about a year the difference for one person says little, since
    each changed hire moves others; means over many people and seeds do.
    """

    cells: pd.DataFrame
    people: pd.DataFrame


def run_trials(trials: Mapping[str, Trial], seed: int, *, threads: int = 1) -> TrialTables:
    """Return the tables of several trials of one scenario and month: they share the burn-in and the untreated world."""
    cells, people = [], []
    for name, (arms, paths) in worlds_of(trials, seed, threads=threads).items():
        about = {"trial": name, "seed": seed}
        cells.append(cell_table(about, arms, paths))
        people.append(people_table(about, arms, paths))
    return TrialTables(pd.concat(cells, ignore_index=True), pd.concat(people, ignore_index=True))


def worlds_of(
    trials: Mapping[str, Trial], seed: int, *, threads: int = 1, tick: Tick | None = None
) -> dict[str, tuple[Arms, dict[str, Path]]]:
    """Return arms, and what became of everybody in the treated and the untreated world, by trial.

    ``tick`` is called after every simulated month.
    """
    some = next(iter(trials.values()), None)
    if some is None:
        raise ValueError("there is no trial to run")
    for name, trial in trials.items():
        if trial.scenario != some.scenario or trial.first_month != some.first_month:
            raise ValueError(
                f"the trial '{name}' has another scenario or month than the first; run it by itself"
            )
    model, positions = market_of(some.scenario, trials, seed, threads)
    while model.month < some.first_month:
        model.step()
        if tick is not None:
            tick()
    months = max(trial.follow_up for trial in trials.values())
    untreated = follow(copy.deepcopy(model), months, tick=tick)
    worlds = {}
    for name, trial in trials.items():
        arms = draw_arms(model.world, trial)
        rows, position = np.flatnonzero(arms.treated), positions.get(name)
        is_rules = isinstance(trial.treatment, Rules)
        start = under_rules(position or 0, rows) if is_rules else treatment(position, rows)
        treated = follow(
            copy.deepcopy(model),
            trial.follow_up,
            start,
            None if is_rules else position,
            instead_of=move_the_policy_clock if is_rules else support_and_activate,
            tick=tick,
        )
        worlds[name] = (arms, {"treated": treated, "untreated": untreated.first(trial.follow_up)})
    return worlds


def market_of(
    scenario: Scenario, trials: Mapping[str, Trial], seed: int, threads: int
) -> tuple[LabourMarket, dict[str, int]]:
    """Return a new model that knows the treatments of the trials, and where: by trial.

    Of an instrument this is the position in the programme (it has no budget and belongs to no regime, so nobody enters
    but the treated), of rules the code of the regime (under which nobody comes but the treated).
    """
    instruments = {
        name: trial.treatment.model_copy(update={"budget": 0.0})
        for name, trial in trials.items()
        if isinstance(trial.treatment, Instrument)
    }
    rules = {name: t.treatment.regime for name, t in trials.items() if isinstance(t.treatment, Rules)}
    scenario, codes = with_rules(scenario, rules.values())
    model = LabourMarket(scenario, seed=seed, threads=threads, extra=tuple(instruments.values()))
    first = len(model.programme.measures) - len(instruments)
    places = {name: first + k for k, name in enumerate(instruments)}
    return model, places | dict(zip(rules, codes, strict=True))


def draw_arms(world: World, trial: Trial) -> Arms:
    """Draw who is treated among the eligible, at the start of a month."""
    p = world.persons
    candidates = (p.status == UNEMPLOYED) & (p.measure == 0) & (p.voucher == 0)
    if isinstance(trial.treatment, Sanction):
        candidates &= p.sanction_left == 0
    rows = np.flatnonzero(candidates)
    seen = seen_by_caseworkers(world, rows)
    may = trial.treatment.eligible(seen)
    if trial.eligible is not None:
        may = may & np.asarray(trial.eligible(seen), bool)
    rows, shares = rows[may], trial.shares()
    lots = uniforms(world.key, Purpose.TRIAL, world.month, rows)[:, 0]
    eligible, treated = np.zeros(world.size, bool), np.zeros(world.size, bool)
    eligible[rows] = True
    if trial.assignment == "caseworkers":
        treated[_chosen_by_caseworkers(world, trial, rows, shares, lots)] = True
    else:
        treated[rows] = lots < shares[p.municipality[rows]]
    return Arms(
        eligible=eligible,
        treated=treated,
        here=(shares > 0.0)[p.municipality],
        municipality=p.municipality.astype(np.int64),
        names=tuple(m.name for m in world.place.municipalities),
        jobless=(p.status == UNEMPLOYED).copy(),
        months_out=p.months_out.astype(np.int64),
        observed=_observed(world),
    )


def _observed(world: World) -> NDArray[np.float64]:
    """Return what registers know of everybody, (i, k) in the order of `OBSERVED`."""
    p = world.persons
    age = p.age.astype(np.float64) / 12.0
    columns = (
        age,
        age**2,
        p.sex == 1,
        p.education == VOCATIONAL,
        p.education == TERTIARY,
        np.log1p(p.months_out.astype(np.float64)),
        np.log1p(p.months_registered.astype(np.float64)),
        p.benefit == INSURANCE,
        np.log1p(p.wage.astype(np.float64)),
    )
    return np.round(np.column_stack(columns).astype(np.float64), 10)


def _chosen_by_caseworkers(
    world: World, trial: Trial, rows: Rows, shares: NDArray[np.float64], lots: NDArray[np.float64]
) -> Rows:
    """Return the rows to whom the agencies give the places: a share of each municipality's eligible."""
    closeness = seen_by_caseworkers(world, rows).closeness
    own = trial.treatment.targeting if isinstance(trial.treatment, Instrument) else None
    regimes, where = trial.scenario.regimes, world.persons.municipality[rows]
    names = (*trial.scenario.timeline.regimes,)
    chosen = []
    for m in range(world.municipalities):
        here = np.flatnonzero(where == m)
        places = round(float(shares[m]) * here.size)
        if places == 0:
            continue
        main = int(world.clients[m].argmax()) if world.clients.size else 0
        targeting = regimes[names[main]].casework.targeting if own is None else own
        picked = world.agency(m).choose(closeness[here], lots[here], targeting, places)
        chosen.append(rows[here[picked]])
    return np.concatenate(chosen) if chosen else rows[:0]


def under_rules(code: int, rows: Rows) -> Process:
    """Return the process `move_the_policy_clock` of one month, in which the persons in ``rows`` come under a regime."""

    def move_the_treated(model: LabourMarket) -> None:
        move_the_policy_clock(model)
        model.world.persons.regime[rows] = code

    return move_the_treated


def treatment(position: int | None, rows: Rows) -> Process:
    """Return the process `support_and_activate` of one month, in which the persons in ``rows`` are treated.

    They are treated where ordinary participants are: after the month's meetings. Without a position in the programme
    the treatment is a sanction.
    """

    def support_and_treat(model: LabourMarket) -> None:
        world = model.world
        read_market(world)
        counselling(world)
        still = rows[world.persons.status[rows] == UNEMPLOYED]  # who has turned 65 this month is gone
        if position is None:
            _sanction(world, still)
        else:
            _enrol(model, still, position)
        deliver(world, model.programme)

    return support_and_treat


def _sanction(world: World, rows: Rows) -> None:
    """Sanction the persons in ``rows`` as their regimes do, without the monitoring and referrals of a meeting."""
    sanctions = world.regimes._replace(
        monitoring=np.zeros_like(world.regimes.monitoring),
        sanction_rate=np.ones_like(world.regimes.sanction_rate),
        referrals=np.zeros_like(world.regimes.referrals),
    )
    for row in rows.tolist():
        hold_meeting(world.persons, row, 0.0, 0.0, world.coefficients, sanctions)


def _enrol(model: LabourMarket, rows: Rows, position: int) -> None:
    """Let the persons in ``rows`` begin a measure of the programme, as ordinary participants do.

    Their places come on top: they take no provider's capacity, and are served as by an experienced one. Delivery, which
    comes next in the month, first takes a month off every measure, so the treated get one more.
    """
    enrol(model.world, model.programme.measures[position], rows)
    persons = model.world.persons
    persons.provider[rows] = 0
    persons.measure_left[rows] += 1


def follow(
    model: LabourMarket,
    months: int,
    treat: Process | None = None,
    position: int | None = None,
    *,
    instead_of: Process = support_and_activate,
    tick: Tick | None = None,
) -> Path:
    """Simulate ``months`` months, the first one with the treatment; return what became of everybody.

    In the first month ``treat`` takes the place of the process ``instead_of``.
    """
    world = model.world
    size, ages = world.size, world.persons.age.astype(np.int64)
    path = Path.empty(months, size, world.municipalities)
    path.status[0] = world.persons.status
    path.same[0] = world.persons.status != OUTSIDE
    usual = model.processes
    if treat is not None:
        model.processes = tuple(treat if each is instead_of else each for each in usual)
    for h in range(1, months + 1):
        before = world.persons.sanction_left.copy()
        model.step()
        model.processes = usual
        p = model.world.persons
        path.status[h] = p.status
        path.same[h] = path.same[h - 1] & (p.age == ages + h)
        path.wage[h] = p.wage
        path.long_term[h] = (p.status == UNEMPLOYED) & (p.months_registered >= LONG_TERM_MONTHS)
        path.sanctioned[h] = path.sanctioned[h - 1] | ((p.sanction_left > 0) & (p.sanction_left >= before))
        if position is not None:
            path.taking_part[h] = p.measure == position + 1
            path.spent[h] = model.world.counts.costs[:, position] / CENTS
        if tick is not None:
            tick()
    return path
