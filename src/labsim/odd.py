"""The tables of docs/odd.md, made from the code.

The page is prose with marked gaps; whatever stands in a gap is replaced by the table of that name::

    <!-- generated: persons -->
    <!-- end -->

Nothing here is written by hand twice: the tables repeat what columns, parameters, instruments, regimes, transitions,
payers, indicators, purposes of draws and processes say of themselves.
"""

from __future__ import annotations

import ast
import dis
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from labsim import rng
from labsim.codes import PAYERS, USES
from labsim.config import available, load_place, load_regime, load_transition
from labsim.indicators.fiscal import PAYER_LABELS, USE_LABELS
from labsim.indicators.institutions import FIELD_LABELS
from labsim.indicators.registry import DEFINED_HERE, load_indicators
from labsim.model import PROCESSES
from labsim.parameters import Parameters
from labsim.params import ASSUMPTION, Declaration, bounds, declarations
from labsim.policy.budgets import SHARED
from labsim.policy.funding import Funding
from labsim.policy.governance import MODE_LABELS_DE, MODES
from labsim.policy.instrument import Instrument, load_instruments
from labsim.policy.regime import Regime
from labsim.policy.transition import Transition
from labsim.state.channels import CHANNELS
from labsim.state.place import Municipality, Place
from labsim.state.tables import FIELDS, Employers, Persons, Providers, Vacancies, columns

GAP = re.compile(r"(<!-- generated: (\w+) -->\n).*?(?=<!-- end -->)", re.DOTALL)
ORDER = ("status_quo_ante", "hartz_1_3", "demand_and_support", "local_activation")
"""Shipped regimes in the order of time; any other follows by name."""
STAR = r"\*"
OFF = re.compile(r"\b([01]) = (?:off|none|no|all|one|absolute)\b")
"""How a number's meaning says at which value it does nothing."""

Rows = Iterable[Iterable[Any]]


def render(text: str) -> str:
    """Return the page with every gap filled from the code; ValueError for a gap that nothing fills."""

    def fill(gap: re.Match[str]) -> str:
        if gap[2] not in TABLES:
            raise ValueError(f"unknown table '{gap[2]}'; there are {', '.join(TABLES)}")
        return f"{gap[1]}{TABLES[gap[2]]()}\n"

    return GAP.sub(fill, text)


def markdown(header: Iterable[str], rows: Rows) -> str:
    """Return a table in Markdown.

    >>> print(markdown(["a", "b"], [[True, 0.5], [3, "text"]]))
    | a | b |
    | --- | --- |
    | yes | 0.5 |
    | 3 | text |
    """
    titles = list(header)
    lines = [titles, ["---"] * len(titles), *([shown(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(value: Any) -> str:
    """Return a value as the tables show it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(shown(each) for each in value)
    return " ".join(str(value).split()).replace("|", "\\|")


def between(low: float | None, high: float | None) -> str:
    """Return bounds in words.

    >>> between(0.0, 1.0), between(1.0, None), between(None, None)
    ('0 to 1', 'from 1', '')
    """
    if low is None:
        return "" if high is None else f"up to {high:g}"
    return f"from {low:g}" if high is None else f"{low:g} to {high:g}"


def first_sentence(thing: Any) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(thing) or "").split("\n\n", maxsplit=1)[0].replace("\n", " ")


# Elements 2 and 3: what there is, and what happens in a month


def _state(table: type[Any]) -> str:
    rows = [[f"`{name}`", it.unit, it.dtype, it.meaning] for name, it in columns(table).items()]
    width = sum(np.dtype(it.dtype).itemsize for it in columns(table).values())
    return f"{markdown(['variable', 'unit', 'type', 'meaning'], rows)}\n\n{width} bytes a row."


def _channels() -> str:
    rows = [[f"`{name}`", it.combine, it.unit, it.meaning] for name, it in CHANNELS.items()]
    return markdown(["channel", "effects", "unit", "what it moves"], rows)


def _processes() -> str:
    rows = [
        [number, f"`model.{process.__name__}`", first_sentence(process), ", ".join(_calls(process))]
        for number, process in enumerate(PROCESSES, start=1)
    ]
    return markdown(["", "process", "what happens", "in the code"], rows)


def _calls(process: Any) -> Iterator[str]:
    """Yield the functions of labsim that a process calls, in order."""
    for step in dis.get_instructions(process):
        called = process.__globals__.get(step.argval) if step.opname == "LOAD_GLOBAL" else None
        if inspect.isfunction(called) and _is_shipped(called):
            yield f"`{called.__module__.removeprefix('labsim.')}.{called.__name__}`"


# Element 4: chance and observation


def _purposes() -> str:
    tree = ast.parse(inspect.getsource(rng.Purpose))
    body = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)).body
    meanings = {
        before.targets[0].id: node.value.value
        for before, node in pairwise(body)
        if isinstance(before, ast.Assign)
        and isinstance(before.targets[0], ast.Name)
        and isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
    }
    rows = [[int(it), f"`{it.name}`", meanings.get(it.name)] for it in rng.Purpose]
    return markdown(["", "purpose", "what is drawn"], rows)


def _indicators() -> str:
    rows = []
    for it in load_indicators().values():
        if _is_shipped(it.function):
            source = None if it.source == DEFINED_HERE else it.source
            rows.append([f"`{it.name}`", it.label_de, it.unit, it.definition, source])
    return markdown(["indicator", "in German", "unit", "definition", "compare with"], rows)


# Elements 5 and 6: places


def _places() -> str:
    rows = []
    for name in available("place"):
        place = load_place(name)
        rows += [_municipality(place, each) for each in place.municipalities if not each.synthetic]
        drawn = [each for each in place.municipalities if each.synthetic]
        if drawn:
            people = sum(each.population_of_working_age for each in drawn)
            rows.append([place.place, f"{len(drawn)} synthetic districts", f"{people:,}", *["drawn"] * 4])
    header = ["place", "municipality", "residents 16 to 64", "jobs per head", "skill shift (log points)"]
    return markdown([*header, "unemployment at the start (%)", "of these long-term (%)"], rows)


def _municipality(place: Place, it: Municipality) -> list[Any]:
    numbers = (it.jobs_per_head, it.skill_shift, it.unemployment_rate, it.long_term_share)
    return [place.place, it.name, f"{it.population_of_working_age:,}", *numbers]


def _inputs() -> str:
    rows = []
    for name in available("place"):
        place = load_place(name)
        inputs = (place.employees, place.population, place.cohorts, place.targets)
        for points in (*inputs, place.marginals, place.association):
            kinds = dict.fromkeys((it.series, it.unit) for it in points)
            for series, unit in kinds:
                these = [it for it in points if (it.series, it.unit) == (series, unit)]
                dates = sorted({it.date for it in these})
                use = "target" if points is place.targets else "input"
                sources = "; ".join(dict.fromkeys(it.source for it in these))
                rows.append([name, series, use, unit, f"{dates[0]} to {dates[-1]}", len(these), sources])
    return markdown(["place", "series", "use", "unit", "dates", "figures", "source"], rows)


# Element 7: numbers


def _declared(rows: Iterable[Declaration]) -> str:
    cells = [
        [f"`{it.path}`", it.value, it.unit, between(it.low, it.high), it.meaning, it.source] for it in rows
    ]
    return markdown(["parameter", "value", "unit", "bounds", "meaning", "source"], cells)


def _parameters() -> str:
    return _declared(declarations(Parameters()))


def _switches() -> str:
    """Return every number that says at which value it is off, with that value."""
    of_transitions = [
        Declaration(
            f"policy.transition.Transition.{name}", field.default, "", None, None, field.description or "", ""
        )
        for name, field in Transition.model_fields.items()
    ]
    rows = [*declarations(Parameters()), *declarations(load_regime(ORDER[0])), *of_transitions]
    rows += [row for name, cls in _shipped_instruments().items() for row in _own(name, cls)]
    said = [(row, OFF.search(row.meaning)) for row in rows]
    cells = [[f"`{row.path}`", off[1], row.value, row.meaning] for row, off in said if off is not None]
    return markdown(["number", "off at", f"default, or value in `{ORDER[0]}`", "meaning"], cells)


def _shipped_instruments() -> dict[str, type[Instrument]]:
    return {name: cls for name, cls in load_instruments().items() if _is_shipped(cls)}


def _instruments() -> str:
    rows = []
    for name, it in _shipped_instruments().items():
        gives = "jobs" if it.develops_jobs else "vouchers" if it.voucher else "places"
        how = [gives, it.field or "–", it.serves, it.occupies, it.pays_wage]
        rows.append([f"`{name}`", it.label, it.label_de, it.lmp_class, *how, it.reference])
    header = ["instrument", "in English", "in German", "LMP class", "gives", "provider's field", "local need"]
    return markdown([*header, "leaves the register", "wage, no benefit", "legal reference"], rows)


def _instrument_settings() -> str:
    """Return the settings that all instruments have, then of each one what differs from these."""
    rows = [*declarations(Instrument(), "policy.instrument.Instrument")]
    return _declared(
        [*rows, *(row for name, cls in _shipped_instruments().items() for row in _own(name, cls))]
    )


def _own(name: str, cls: type[Instrument]) -> list[Declaration]:
    """Return the settings of an instrument that are its own, or set otherwise than all instruments'."""
    common = [tuple(row) for row in declarations(Instrument(), name)]
    return [row for row in declarations(cls(), name) if tuple(row) not in common]


def _transition() -> str:
    rows = []
    for name, field in Transition.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        default = "(required)" if field.is_required() else field.default or "none"
        rows.append([f"`{name}`", default, extra["unit"], between(*bounds(field)), field.description])
    return markdown(["setting", "default", "values or unit", "bounds", "meaning"], rows)


def _transitions() -> str:
    rows = []
    for name in available("transition"):
        it = load_transition(name)
        said = it.model_dump(exclude_defaults=True, exclude={"before", "after", "start", "shape", "unit"})
        besides = ", ".join(f"{key} {shown(value)}" for key, value in said.items()) or "–"
        how = f"{it.shape}, by {it.unit.replace('_', ' ')}"
        rows.append([f"`{name}`", f"`{it.before}`", f"`{it.after}`", it.start, how, besides])
    return markdown(["transition", "from", "to", "start", "how", "besides"], rows)


def _governance_modes() -> str:
    rows = [[f"`{mode}`", MODE_LABELS_DE[mode], SHARED[mode]] for mode in MODES]
    return markdown(["mode", "in German", "part of the agency's budgets decided on the spot"], rows)


def _payers() -> str:
    rows = [["payer", f"`{name}`", f"`paid_by_{name}`", *PAYER_LABELS[name]] for name in PAYERS]
    rows += [["use", f"`{name}`", f"`spent_on_{name}`", *USE_LABELS[name]] for name in USES]
    return markdown(["", "name", "indicator", "in English", "in German"], rows)


def _fields() -> str:
    rows = []
    for field in FIELDS:
        users = [f"`{name}`" for name, it in _shipped_instruments().items() if it.field == field]
        rows.append([f"`{field}`", FIELD_LABELS[field][1].partition(", ")[2], ", ".join(users)])
    return markdown(["field", "in German", "instruments that need it"], rows)


def _regimes() -> dict[str, Regime]:
    names = available("regime")
    order = [name for name in ORDER if name in names] + [name for name in names if name not in ORDER]
    return {name: load_regime(name) for name in order}


def _regime_values() -> str:
    regimes = _regimes()
    tables = {name: {it.path: it for it in declarations(regime)} for name, regime in regimes.items()}
    rows = []
    for path, first in next(iter(tables.values())).items():
        if path.startswith("funding."):
            continue
        values = [_marked(regimes[name], table[path]) for name, table in tables.items()]
        limits = between(first.low, first.high)
        rows.append([f"`{path}`", *values, first.unit, limits, first.meaning])
    return markdown(["field", *(f"`{name}`" for name in regimes), "unit", "bounds", "meaning"], rows)


def _marked(regime: Regime, row: Declaration) -> str:
    """Return a regime's value, with a star if it is an assumption."""
    source = regime.citations.get(row.path, row.source)
    return shown(row.value) + (STAR if source.lower().startswith(ASSUMPTION) else "")


def _regime_funding() -> str:
    regimes = _regimes()
    rows = [
        [f"`funding.{use}`", *(_shares(it, use) for it in regimes.values())] for use in Funding.model_fields
    ]
    return markdown(["who pays for", *(f"`{name}`" for name in regimes)], rows)


def _shares(regime: Regime, use: str) -> str:
    """Return who pays for a use under a regime, with a star if that is an assumption."""
    payers = getattr(regime.funding, use)
    text = ", ".join(f"{name} {getattr(payers, name):g}" for name in PAYERS if getattr(payers, name))
    source = regime.citations.get(f"funding.{use}", ASSUMPTION)
    return text + (STAR if source.lower().startswith(ASSUMPTION) else "")


def _regime_budgets() -> str:
    regimes = _regimes()
    rows = []
    for name in _shipped_instruments():
        cells = [_budget(regime.instruments.get(name)) for regime in regimes.values()]
        rows.append([f"`{name}`", *cells])
    return markdown(["instrument", *(f"`{name}`" for name in regimes)], rows)


def _budget(instrument: Instrument | None) -> str:
    if instrument is None or instrument.budget == 0.0:
        return "–"
    entries = round(100.0 * instrument.entries_per_unemployed, 2)
    if instrument.funded_by == "regional_budget":
        return f"{instrument.budget:g} (part of the regional budget)"
    by = ", municipality" if instrument.funded_by == "municipality" else ""
    return f"{instrument.budget:g} EUR ({entries:g} entries{by})"


def _is_shipped(thing: Any) -> bool:
    return str(thing.__module__).startswith("labsim.")


TABLES: dict[str, Callable[[], str]] = {
    "persons": lambda: _state(Persons),
    "employers": lambda: _state(Employers),
    "vacancies": lambda: _state(Vacancies),
    "providers": lambda: _state(Providers),
    "fields": _fields,
    "channels": _channels,
    "processes": _processes,
    "purposes": _purposes,
    "indicators": _indicators,
    "places": _places,
    "inputs": _inputs,
    "parameters": _parameters,
    "switches": _switches,
    "instruments": _instruments,
    "instrument_settings": _instrument_settings,
    "transition": _transition,
    "transitions": _transitions,
    "governance_modes": _governance_modes,
    "payers": _payers,
    "regime_values": _regime_values,
    "regime_funding": _regime_funding,
    "regime_budgets": _regime_budgets,
}
"""The tables by the name of their gap."""
