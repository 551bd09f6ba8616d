"""Where every value of a scenario comes from: for reports, and for the list of assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from labsim.config.documents import Document, key_text
from labsim.config.problems import leaf_at
from labsim.params import ASSUMPTION
from labsim.policy.funding import Payers
from labsim.scenario import Scenario
from labsim.state.marginals import Association, Marginal
from labsim.state.place import Calibrated, Place, SeriesPoint

Published = (SeriesPoint, Marginal, Association)
"""Figures of a table, each of which says where it comes from."""


class Source(NamedTuple):
    """One value and where it comes from."""

    where: str
    value: Any
    unit: str
    meaning: str
    source: str

    @property
    def is_assumption(self) -> bool:
        """Whether nothing but judgement stands behind the value."""
        return self.source.lower().startswith(ASSUMPTION)


UNSOURCED = f"{ASSUMPTION} (written without a source)"
SYNTHETIC = f"{ASSUMPTION}: synthetic, drawn from the distributions in place.yaml"
LARGE = 30
"""Rows from which on a matrix is told by its shape alone."""


def citations(document: Document, model: type[BaseModel], prefix: str = "") -> dict[str, str]:
    """Return the sources written in a document, by key; values written without one are assumptions."""
    found = {key_text(path, document.data): source for path, source in document.sources.items()}
    for path in document.lines:
        leaf = leaf_at(model, path) if path and isinstance(path[-1], str) else None
        if leaf is None or not leaf.unit or any(path[: n + 1] in document.sources for n in range(len(path))):
            continue
        if _value(document, path) != leaf.default:
            found[key_text(path, document.data)] = UNSOURCED
    return {f"{prefix}{key}": source for key, source in found.items()}


def sources(scenario: Scenario) -> list[Source]:
    """Return every value that a scenario's results depend on, with its source.

    First the parameters of behaviour, then the regimes in the order of the timeline, the transitions and the changes
    of governance (only what differs from the default), then the place, where published series have one entry per
    source. What the scenario itself chooses (months, scale) is left out.
    """
    rows = list(_rows(scenario.parameters, "parameters", scenario.citations, "parameters"))
    for name in dict.fromkeys(scenario.timeline.regimes):
        regime = scenario.regimes[name]
        rows += _rows(regime, f"regimes.{name}", regime.citations)
    for key, entries in (("transitions", scenario.timeline.transitions), ("governance", scenario.governance)):
        for number, entry in enumerate(entries, start=1):
            rows += _chosen(entry, f"{key}[{number}]", scenario.citations)
    return rows + place_sources(scenario.place)


def place_sources(place: Place) -> list[Source]:
    """Return every value of a place with its source; published series have one entry per source."""
    rows = _rows(place, "place", place.citations)
    return [row._replace(source="fictional") if place.fictional else row for row in rows]


def series_of(place: Place) -> list[Source]:
    """Return the tables of a place, one entry per series and source; published figures and assumed ones."""
    tables = {name: getattr(place, name) for name in Place.model_fields}
    series = {
        name for name, it in tables.items() if isinstance(it, tuple) and it and isinstance(it[0], Published)
    }
    return [row for row in place_sources(place) if row.where.split(".")[1] in series]


def assumptions(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the values behind which nothing but judgement stands: where, value, unit, meaning, source."""
    return [row._asdict() for row in sources(scenario) if row.is_assumption]


def _rows(group: BaseModel, path: str, cited: Mapping[str, str], inside: str = "") -> Iterator[Source]:
    """Yield the values of a group; `path` is shown, `inside` is the path by which `cited` knows it."""
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        if _left_out(group, value):
            continue
        here, known_as = f"{path}.{name}", f"{inside}.{name}" if inside else name
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if isinstance(value, BaseModel):
            yield from _rows(value, here, cited, known_as)
        elif isinstance(value, dict):
            for key, each in value.items():
                yield from _rows(each, f"{here}.{key}", cited, f"{known_as}.{key}")
        elif isinstance(value, tuple) and value and isinstance(value[0], Published):
            yield from _series(value, here)
        elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
            yield from _synthetic(value, here)
            for each in _not_drawn(value):
                label = f"[{getattr(each, 'name', '')}]"
                yield from _rows(each, here + label, cited, known_as + label)
        elif "unit" in extra and value not in ((), None):
            source = _nearest(known_as, cited) or str(extra.get("source", ASSUMPTION))
            yield Source(here, _in_short(value), str(extra["unit"]), field.description or "", source)


def _left_out(group: BaseModel, value: Any) -> bool:
    """Return whether a value is named elsewhere or says nothing.

    What a calibration found stands in the parameters already; who pays nothing is not named.
    """
    return isinstance(value, Calibrated) or (isinstance(group, Payers) and value == 0.0)


def _not_drawn(values: tuple[BaseModel, ...]) -> list[BaseModel]:
    """Return the groups that stand for something real."""
    return [each for each in values if not getattr(each, "synthetic", False)]


def _synthetic(values: tuple[BaseModel, ...], path: str) -> Iterator[Source]:
    """Yield one entry for all municipalities that are drawn, if there are any."""
    drawn = [each for each in values if getattr(each, "synthetic", False)]
    if drawn:
        meaning = "residents, jobs, unemployment and travel times of districts that do not exist"
        yield Source(f"{path}[synthetic]", len(drawn), "districts", meaning, SYNTHETIC)


def _in_short(value: Any) -> Any:
    """Return a value, of a large matrix only its shape."""
    if isinstance(value, tuple) and len(value) > LARGE and isinstance(value[0], tuple):
        return f"{len(value)} x {len(value[0])} values"
    return value


def _chosen(group: BaseModel, path: str, cited: Mapping[str, str]) -> Iterator[Source]:
    """Yield the values of a group that differ from their default, without the names in it."""
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if value != field.default and extra.get("unit", "") not in {"", "regime", "municipality"}:
            source = cited.get(f"{path}.{name}", UNSOURCED)
            yield Source(f"{path}.{name}", value, str(extra["unit"]), field.description or "", source)


def _series(points: tuple[SeriesPoint | Marginal | Association, ...], path: str) -> Iterator[Source]:
    kinds = dict.fromkeys((point.series, point.unit, point.source) for point in points)
    for series, unit, source in kinds:
        dates = [
            point.date
            for point in points
            if (point.series, point.unit, point.source) == (series, unit, source)
        ]
        span = dates[0] if len(set(dates)) == 1 else f"{min(dates)} to {max(dates)}"
        meaning = "assumed figures" if source.lower().startswith(ASSUMPTION) else "published figures"
        yield Source(f"{path}.{series}", f"{len(dates)} figures, {span}", unit, meaning, source)


def _nearest(key: str, cited: Mapping[str, str]) -> str | None:
    """Return the source of a key, or of the nearest group around it that has one."""
    while key:
        if key in cited:
            return cited[key]
        cut = max(key.rfind("."), key.rfind("["))
        key = key[:cut] if cut > 0 else ""
    return None


def _value(document: Document, path: tuple[str | int, ...]) -> Any:
    data: Any = document.data
    for key in path:
        data = data[key]
    return data
