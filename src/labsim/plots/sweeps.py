"""The figures of a sweep that is analysed, by name: ``of_sweep(folder).tornado("unemployment_rate")``.

`labsim.sweep.analyse` writes the tables that they are drawn from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from labsim.analysis.responses import Question
from labsim.analysis.tables import WHOLE, TableError
from labsim.figures import factor_effects, interactions, response_surface, sobol_indices, tornado, words
from labsim.figures.canvas import go
from labsim.figures.exhibit import Exhibit
from labsim.figures.speech import Language, Speech, speech
from labsim.figures.sweep_words import Named, Sought

FOLDER, FILE = "analysis", "analysis.json"
TABLES = ("indices", "effects", "tornado", "interactions", "surfaces", "summary", "remarks")
KEY = list(Question._fields)


class SweepPlots:
    """The figures of an analysed sweep.

    Parameters
    ----------
    about, tables
        What the analysis found: plan and questions as plain values, tables by name.
    language
        "en" or "de".
    """

    def __init__(
        self, about: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], language: Language = "en"
    ) -> None:
        self._about, self._tables, self._language = about, tables, language

    def __repr__(self) -> str:
        return f"SweepPlots({self._about['sweep']}; {', '.join(SWEEP_CATALOGUE)})"

    @property
    def questions(self) -> list[Question]:
        """What the analysis asked: outcome, window, scenario, and what it is compared with."""
        return [Question(**each) for each in self._about["questions"]]

    @property
    def municipalities_known(self) -> list[str]:
        """Outcomes of a sweep name their municipality themselves."""
        return [WHOLE]

    def show(self, language: Language | None = None) -> SweepPlots:
        """Return the same figures in another language."""
        return SweepPlots(self._about, self._tables, language or self._language)

    def tornado(self, *asked: str) -> go.Figure:
        """Return what one factor does from its lowest to its highest tenth."""
        return self.exhibit("tornado", *asked).figure

    def sobol(self, *asked: str) -> go.Figure:
        """Return where the variance of the outcome comes from."""
        return self.exhibit("sobol", *asked).figure

    def effects(self, *asked: str) -> go.Figure:
        """Return the effects of the factors, by screening or regression."""
        return self.exhibit("effects", *asked).figure

    def interactions(self, *asked: str) -> go.Figure:
        """Return what pairs of factors do together."""
        return self.exhibit("interactions", *asked).figure

    def surface(self, *asked: str) -> go.Figure:
        """Return the outcome over the two strongest factors."""
        return self.exhibit("surface", *asked).figure

    def exhibit(self, name: str, *asked: str) -> Exhibit:
        """Return a figure of the catalogue with its reading aid and its numbers.

        `asked` are outcome, window, scenario and what it is compared with, as far as they matter; by default the first
        question of the analysis. Raises `TableError` if the design does not give this figure.
        """
        if name not in SWEEP_CATALOGUE:
            raise ValueError(
                f"there is no figure {name!r} of a sweep; there are {', '.join(SWEEP_CATALOGUE)}"
            )
        question = self._question(asked)
        found = next(iter(self._drawn(name, question)), None)
        if found is None:
            kind = self._about["design"]["kind"]
            raise TableError(f"a design of the kind {kind} gives no figure '{name}' of {question.outcome}")
        return found

    def exhibits(self) -> Iterator[tuple[str, Exhibit | TableError]]:
        """Yield each figure of the first question, or why the analysis does not allow it."""
        for name in SWEEP_CATALOGUE:
            try:
                yield name, self.exhibit(name)
            except TableError as error:
                yield name, error

    def of_question(self, question: Question) -> Iterator[Exhibit]:
        """Yield every figure of a question."""
        for name in SWEEP_CATALOGUE:
            yield from self._drawn(name, question)

    def _question(self, asked: Sequence[str]) -> Question:
        fields = dict(zip(KEY, asked, strict=False))
        fits = [
            each
            for each in self.questions
            if all(getattr(each, key) == it for key, it in fields.items() if it)
        ]
        if not fits:
            known = "; ".join(", ".join(filter(None, each)) for each in self.questions)
            raise TableError(
                f"the analysis has no answer on {', '.join(filter(None, asked))}; it has: {known}"
            )
        return fits[0]

    def _drawn(self, name: str, question: Question) -> Iterator[Exhibit]:
        part = {table: rows_of(self._tables[table], question) for table in TABLES}
        yield from SWEEP_CATALOGUE[name](part, sought_of(self._about, question, self._language))


def _sobol(part: Mapping[str, pd.DataFrame], sought: Sought) -> Iterator[Exhibit]:
    if len(part["indices"]):
        shares = (part["indices"], sought, float(part["summary"].iloc[0]["share"]))
        yield Exhibit(sobol_indices.sobol_indices(*shares), sobol_indices.reading_aid(*shares),
                      sobol_indices.numbers(*shares), width=560)  # fmt: skip


def _tornado(part: Mapping[str, pd.DataFrame], sought: Sought) -> Iterator[Exhibit]:
    falls = part["tornado"]
    if len(falls):
        mean = float(part["summary"].iloc[0]["mean"])
        yield Exhibit(tornado.tornado(falls, sought, mean), tornado.reading_aid(falls, sought, mean),
                      tornado.numbers(falls, sought), width=760)  # fmt: skip


def _effects(part: Mapping[str, pd.DataFrame], sought: Sought) -> Iterator[Exhibit]:
    if len(part["effects"]):
        effects = part["effects"].dropna(axis=1, how="all")
        yield Exhibit(factor_effects.factor_effects(effects, sought), factor_effects.reading_aid(effects, sought),
                      factor_effects.numbers(effects, sought), width=760)  # fmt: skip


def _interactions(part: Mapping[str, pd.DataFrame], sought: Sought) -> Iterator[Exhibit]:
    pairs = part["interactions"]
    if len(pairs):
        yield Exhibit(interactions.interactions(pairs, sought), interactions.reading_aid(pairs, sought),
                      interactions.numbers(pairs, sought), width=560)  # fmt: skip


def _surface(part: Mapping[str, pd.DataFrame], sought: Sought) -> Iterator[Exhibit]:
    if len(part["surfaces"]):
        for _, cells in part["surfaces"].groupby(["factor", "other"], sort=False):
            yield Exhibit(response_surface.response_surface(cells, sought), response_surface.reading_aid(cells, sought),
                          response_surface.numbers(cells, sought), width=560)  # fmt: skip


SWEEP_CATALOGUE: Mapping[str, Callable[[Mapping[str, pd.DataFrame], Sought], Iterator[Exhibit]]] = {
    "sobol": _sobol,
    "tornado": _tornado,
    "effects": _effects,
    "interactions": _interactions,
    "surface": _surface,
}
"""Name of a figure of a sweep, and what draws it from the tables of one question."""


def of_sweep(folder: Path, language: Language = "en") -> SweepPlots:
    """Return the figures of a sweep's folder that `labsim sweep analyse` has been through.

    Raises `TableError` if the folder holds no analysis.
    """
    try:
        about = json.loads((folder / FOLDER / FILE).read_text(encoding="utf-8"))
        tables = {name: pd.read_parquet(folder / FOLDER / f"{name}.parquet") for name in TABLES}
    except (OSError, ValueError) as error:
        raise TableError(
            f"{folder}: holds no analysis of a sweep ({error}); first: labsim sweep analyse {folder}"
        ) from None
    return SweepPlots(about, tables, language)


def rows_of(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the rows of one question, without its columns."""
    keep = pd.Series(True, index=table.index)
    for name, value in question._asdict().items():
        keep &= table[name] == value
    return table[keep].drop(columns=KEY).reset_index(drop=True)


def sought_of(about: Mapping[str, Any], question: Question, language: str = "en") -> Sought:
    """Return what a question asks, in words."""
    say = speech(language)
    outcome = entry(about["outcomes"], question.outcome)
    window = entry(about["windows"], question.window)
    parts = [label(outcome, question.outcome, say)]
    if window.get("start"):
        parts.append(say.lower(label(window, question.window, say)))
    if question.scenario:
        quoted = say("“{}”", "„{}“").format
        less = (
            f" {say('less', 'minus')} {quoted(scenario(about, question.minus, say))}"
            if question.minus
            else ""
        )
        parts.append(quoted(scenario(about, question.scenario, say)) + less)
    unit = str(outcome.get("unit", ""))
    named = {
        str(each["name"]): Named(
            str(each.get("label") or each["name"]), say.unit(str(each.get("unit", ""))), str(each["role"]),
            tuple(map(str, each["values"])) if each["kind"] == "choice" else (),
        )
        for each in about["factors"]
    }  # fmt: skip
    spoken = say.unit_of_difference(unit) if question.minus else say.unit(unit)
    return Sought(", ".join(parts), spoken, bool(question.minus), named, language)


def entry(entries: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """Return the entry of this name; an empty one if there is none."""
    return next((each for each in entries if each["name"] == name), {})


def label(of: Mapping[str, Any], name: object, say: Speech) -> str:
    """Return an entry's label, or its name in plain words."""
    return _in_words(of.get("label"), name, say)


def scenario(about: Mapping[str, Any], name: str, say: Speech) -> str:
    """Return a scenario's label, or its name in plain words."""
    return _in_words(about["scenarios"].get(name), name, say)


def _in_words(known: object, name: object, say: Speech) -> str:
    if isinstance(known, Mapping):
        known = known.get(say.language) or known.get("en")
    return str(known) if known else words.plain(str(name))
