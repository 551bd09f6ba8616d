"""What is recorded each month, the exact accounting of stocks and flows, and the tables made from it."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labsim.codes import BASE_GROUPS, DURATIONS, OUTSIDE, PAYERS, STATES, USES
from labsim.indicators.recorded import DURATION_GROUPS, GROUPS, Floats, Recorded
from labsim.indicators.registry import Function, load_indicators
from labsim.policy.programme import Programme
from labsim.results import Results
from labsim.scenario import Scenario
from labsim.state.world import World
from labsim.units import format_month, month_starts, parse_month

COUNTED = (
    "census",
    "flows",
    "vacancies",
    "layoffs",
    "casework",
    "offers",
    "hires",
    "entries",
    "reached",
    "participants",
    "vouchers",
    "followed",
    "costs",
    "budgets",
    "uses",
    "payments",
    "nearness",
    "founders",
    "capacity",
    "network",
)
BY_MEASURE = ("entries", "reached", "participants", "vouchers", "followed", "costs", "budgets")
DURATION_TABLES = ("risk", "to_job", "to_inactive")
NOTHING_RECORDED = "nothing has been recorded yet: run the model past the start of its scenario"


class AccountingError(RuntimeError):
    """Stocks and flows do not add up: a defect of the model, never of the input."""


def check_stocks(
    before: NDArray[np.int64], after: NDArray[np.int64], flows: NDArray[np.int64], month: int
) -> None:
    """Refuse a month in which a stock's change differs from the sum of its flows; stocks (m, 4), flows (m, 5, 5)."""
    inflow, outflow = flows.sum(axis=1)[:, :OUTSIDE], flows.sum(axis=2)[:, :OUTSIDE]
    wrong = after - before != inflow - outflow
    if wrong.any():
        m, state = np.argwhere(wrong)[0]
        raise AccountingError(
            f"month {month}, municipality {m}: {STATES[state]} changed by {after[m, state] - before[m, state]}"
            f" persons, but its flows add up to {inflow[m, state] - outflow[m, state]}"
        )


def check_books(
    uses: NDArray[np.int64], payments: NDArray[np.int64], costs: NDArray[np.int64], month: int
) -> None:
    """Refuse a month whose books don't balance to the cent; uses (m, use), payments (m, payer, use), costs (m, k)."""
    wrong = payments.sum(axis=1) != uses
    if wrong.any():
        m, use = np.argwhere(wrong)[0]
        raise AccountingError(
            f"month {month}, municipality {m}: {USES[use]} cost {uses[m, use]} cents, but payers paid"
            f" {payments[m, :, use].sum()}"
        )
    if (costs.sum(axis=1) != uses[:, USES.index("measures")]).any():
        raise AccountingError(
            f"month {month}: the costs of measures do not add up to what was paid for measures"
        )


class Recorder:
    """Keeps the counts of every month from the scenario's start on."""

    def __init__(self, scenario: Scenario, programme: Programme) -> None:
        self.start = parse_month(scenario.start)
        self.months = scenario.months
        self.names = tuple(m.name for m in scenario.place.municipalities)
        self.inside = tuple(not m.outside for m in scenario.place.municipalities)
        self.instruments = tuple(m.name for m in programme.measures)
        self.rounds = scenario.parameters.search.rounds
        self.stocks: NDArray[np.int64] | None = None
        self.open_vacancies: NDArray[np.int64] | None = None
        self.kept: dict[str, NDArray[Any]] = {}
        self.recorded = 0

    def record(self, world: World) -> None:
        """Check the month's accounting and keep its counts."""
        counts = world.counts
        stocks = counts.census[:, :, :OUTSIDE].sum(axis=1)
        if self.stocks is not None:
            check_stocks(self.stocks, stocks, counts.flows, world.month)
        self.stocks = stocks
        self._check_vacancies(world)
        check_books(counts.uses, counts.payments, counts.costs, world.month)
        if not self.start <= world.month < self.start + self.months:
            return
        if not self.kept:
            self._allocate(world)
        t = world.month - self.start
        for name in COUNTED:
            self.kept[name][t] = getattr(counts, name)
        v = world.vacancies
        m = len(self.names)
        self.kept["registered"][t, :, 0] = np.bincount(v.municipality, weights=v.registered, minlength=m)
        year = world.month // 12 - self.start // 12
        for name in DURATION_TABLES:
            self.kept[name][year] += getattr(counts, name)
        self.recorded = t + 1

    def _check_vacancies(self, world: World) -> None:
        """Refuse a month in which a vacancy is neither filled, withdrawn nor open."""
        counts = world.counts
        filled = counts.hires[:, 7]
        if self.open_vacancies is not None:
            expected = self.open_vacancies + counts.vacancies[:, 0] - counts.vacancies[:, 1]
            if (expected != counts.vacancies[:, 2]).any():
                raise AccountingError(
                    f"month {world.month}: vacancies opened and withdrawn do not add up to those open"
                )
        self.open_vacancies = counts.vacancies[:, 2] - filled
        still_open = int((world.vacancies.filled_by < 0).sum())
        if still_open != int(self.open_vacancies.sum()):
            raise AccountingError(
                f"month {world.month}: {still_open} vacancies open, {self.open_vacancies.sum()} booked"
            )

    def _allocate(self, world: World) -> None:
        counts = world.counts
        for name in COUNTED:
            array = getattr(counts, name)
            self.kept[name] = np.zeros((self.months, *array.shape), array.dtype)
        self.kept["registered"] = np.zeros((self.months, len(self.names), 1), np.int64)
        years = (self.start + self.months - 1) // 12 - self.start // 12 + 1
        for name in DURATION_TABLES:
            self.kept[name] = np.zeros((years, BASE_GROUPS, DURATIONS), np.int64)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what a checkpoint keeps: the months recorded so far."""
        kept = {n: v if n in DURATION_TABLES else v[: self.recorded] for n, v in self.kept.items()}
        kept["recorded"] = np.array(self.recorded)
        if self.stocks is not None and self.open_vacancies is not None:
            kept["stocks"], kept["open_vacancies"] = self.stocks, self.open_vacancies
        return kept

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from a checkpoint; its recorded months must be the first ones of this scenario."""
        kept = dict(arrays)
        self.recorded = int(kept.pop("recorded"))
        self.stocks, self.open_vacancies = kept.pop("stocks", None), kept.pop("open_vacancies", None)
        self.kept = {name: self._fitted(name, values) for name, values in kept.items()}

    def _fitted(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        """Return an array with room for this scenario's months and measures."""
        measures = max(len(self.instruments), 1)
        shape = list(values.shape)
        if name in DURATION_TABLES:
            shape[0] = (self.start + self.months - 1) // 12 - self.start // 12 + 1
        else:
            shape[0] = self.months
            if name in BY_MEASURE:
                shape[2] = measures
        fitted = np.zeros(shape, values.dtype)
        part = tuple(slice(0, min(a, b)) for a, b in zip(shape, values.shape, strict=True))
        fitted[part] = values[part]
        return fitted

    def view(self) -> Recorded:
        """Return the months recorded so far."""
        kept = {name: self.kept[name][: self.recorded] for name in (*COUNTED, "registered")}
        return Recorded(**kept, instruments=self.instruments, rounds=self.rounds, inside=self.inside)

    def series(self, indicator: str, municipality: str = "all", group: str = "all") -> NDArray[np.float64]:
        """Return an indicator month by month, (months,): the numbers of the tidy table, without making the table.

        An indicator that is not counted by group knows the group "all" only. ValueError for an unknown name.
        """
        functions = _functions(self.instruments)
        if indicator not in functions:
            raise ValueError(f"there is no indicator '{indicator}' in this scenario")
        places = [*self.names, "all"]
        if municipality not in places:
            raise ValueError(f"there is no municipality '{municipality}'; there are {', '.join(places)}")
        if self.recorded == 0:
            raise ValueError(NOTHING_RECORDED)
        values = np.asarray(functions[indicator](self.view()), np.float64)[:, places.index(municipality)]
        shown = list(GROUPS) if values.ndim == 2 else ["all"]
        if group not in shown:
            raise ValueError(
                f"'{indicator}' is not counted for the group '{group}', but for {', '.join(shown)}"
            )
        return np.ascontiguousarray(values[:, shown.index(group)] if values.ndim == 2 else values)

    def results(self, only: Collection[str] | None = None) -> Results:
        """Return the tidy tables of the months recorded so far; of the indicators all, or ``only`` some."""
        if self.recorded == 0:
            raise ValueError(NOTHING_RECORDED)
        months = month_starts(format_month(self.start), self.recorded)
        return Results(
            _indicators(self.view(), months, self.names, only),
            _flows(self, months),
            _durations(self),
            _accounts(self, months),
        )


def _functions(instruments: tuple[str, ...]) -> dict[str, Function]:
    """Return all indicators of a scenario by name: the registered ones, and those of each instrument."""
    functions = {name: each.function for name, each in load_indicators().items()}
    for name in dict.fromkeys(instruments):
        functions[f"participants_{name}"] = partial(_by_instrument, table="participants", name=name)
        functions[f"entries_{name}"] = partial(Recorded.entries_by_group, name=name)
        functions[f"long_term_entries_{name}"] = partial(_by_instrument, table="reached", name=name, column=0)
        functions[f"costs_{name}"] = partial(_costs, name=name)
    return functions


def _by_instrument(recorded: Recorded, *, table: str, name: str, column: int | None = None) -> Floats:
    return recorded.by_instrument(table, name, column)


def _costs(recorded: Recorded, *, name: str) -> Floats:
    return recorded.by_instrument("costs", name) / 100.0


def _indicators(recorded: Recorded, months: Any, names: tuple[str, ...], only: Collection[str] | None) -> Any:
    """Return the tidy table of the indicators, all or only some."""
    import pandas as pd

    functions = _functions(recorded.instruments)
    values = {name: each(recorded) for name, each in functions.items() if only is None or name in only}
    places, cells = [*names, "all"], {2: ["all"], 3: list(GROUPS)}
    rows = {axes: _cells((len(months), len(places), len(shown))) for axes, shown in cells.items()}
    shape = [array.ndim for array in values.values()]
    month, place, group = (np.concatenate([rows[axes][k] for axes in shape]) for k in range(3))
    # of a table without groups, group 0 is "all"; so it is in one with groups
    columns = {
        "month": months.take(month),
        "municipality": pd.Index(places).take(place),
        "group": pd.Index(cells[3]).take(group),
        "indicator": pd.Index(list(values)).repeat([array.size for array in values.values()]),
        "value": np.concatenate([np.asarray(array, np.float64).reshape(-1) for array in values.values()]),
    }
    return pd.DataFrame(columns)


def _cells(shape: tuple[int, int, int]) -> tuple[NDArray[np.intp], ...]:
    """Return the position on each axis of every cell of an array, in the order of its elements."""
    return tuple(axis.reshape(-1) for axis in np.indices(shape))


def _flows(recorder: Recorder, months: Any) -> Any:
    """Return the tidy table of flows between states (only pairs that occur in the model)."""
    import pandas as pd

    flows = recorder.kept["flows"][: recorder.recorded]
    flows = np.concatenate([flows, flows[:, list(recorder.inside)].sum(axis=1, keepdims=True)], axis=1)
    index = pd.MultiIndex.from_product(
        [months, [*recorder.names, "all"], STATES, STATES],
        names=["month", "municipality", "source", "target"],
    )
    table = pd.DataFrame({"persons": flows.reshape(-1)}, index=index).reset_index()
    occurs = table.groupby(["source", "target"])["persons"].transform("sum") > 0
    return table[occurs].reset_index(drop=True)


def _durations(recorder: Recorder) -> Any:
    """Return the tidy table of exits by months since the last job."""
    import pandas as pd

    first = recorder.start // 12
    frames = []
    for group, base in DURATION_GROUPS.items():
        sums = [recorder.kept[name][:, list(base)].sum(axis=1) for name in DURATION_TABLES]
        years, months = np.indices(sums[0].shape)
        frames.append(
            pd.DataFrame(
                {
                    "year": years.reshape(-1) + first,
                    "group": group,
                    "months": months.reshape(-1),
                    "at_risk": sums[0].reshape(-1),
                    "to_job": sums[1].reshape(-1),
                    "to_inactive": sums[2].reshape(-1),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _accounts(recorder: Recorder, months: Any) -> Any:
    """Return the tidy table of payments: who paid what for what."""
    import pandas as pd

    payments = recorder.kept["payments"][: recorder.recorded]
    payments = np.concatenate(
        [payments, payments[:, list(recorder.inside)].sum(axis=1, keepdims=True)], axis=1
    )
    index = pd.MultiIndex.from_product(
        [months, [*recorder.names, "all"], PAYERS, USES], names=["month", "municipality", "payer", "use"]
    )
    table = pd.DataFrame({"euros": payments.reshape(-1) / 100.0}, index=index).reset_index()
    occurs = table.groupby(["payer", "use"])["euros"].transform("sum") > 0
    return table[occurs].reset_index(drop=True)
