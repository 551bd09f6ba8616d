"""Trials from their files: virtual evaluations, with the findings that they are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labsim.codes import NO_VOCATIONAL, TERTIARY, VOCATIONAL
from labsim.config.documents import Document, KeyPath
from labsim.config.errors import ConfigError, Problem, quoted, suggestion
from labsim.config.evidence import Finding, findings
from labsim.config.experiments import read_seeds
from labsim.config.library import Library
from labsim.config.markets import in_copies, market_of_each, with_jobs
from labsim.config.policies import read_regime, regime_in
from labsim.config.problems import validated
from labsim.config.record import indicators_of
from labsim.config.scenarios import NAME_OR_GROUP, read_scenario
from labsim.config.treatments import Rules, Sanction, Treatment, known_instruments
from labsim.config.trial_forms import (
    AgainstForm,
    CohortForm,
    EligibleForm,
    GovernanceForm,
    TreatmentForm,
    TrialForm,
)
from labsim.config.trial_names import ALL, DURATIONS, ESTIMATES, EVERYTHING, months_in
from labsim.policy.instrument import Instrument, Mask
from labsim.scenario import Scenario
from labsim.state.place import Label
from labsim.state.view import Seen
from labsim.units import format_month, parse_month

LARGEST_FACTOR = 3.0
FEWEST_UNITS = 4
EDUCATION = {"none": NO_VOCATIONAL, "vocational": VOCATIONAL, "tertiary": TERTIARY}


@dataclass(frozen=True)
class Eligible:
    """Who may be treated, as a rule on what caseworkers see."""

    rule: EligibleForm

    def __call__(self, seen: Seen) -> Mask:
        """Return who may be treated of the persons seen, (n,)."""
        rule = self.rule
        may = (seen.months_since_job >= rule.min_months_since_job) & (seen.age >= rule.min_age)
        may &= (seen.months_since_job <= rule.max_months_since_job) & (seen.age <= rule.max_age)
        if rule.education:
            may &= np.isin(seen.education, [EDUCATION[name] for name in rule.education])
        return np.asarray(may)


@dataclass(frozen=True)
class VirtualTrial:
    """A trial as its file declares it, ready to run.

    markets    : scenario of each market, by name; one without a name ("") if the file names none
    treatments : by name; of municipalities `Rules` or a change of governance
    labels     : names for readers, by treatment
    units      : which municipalities are drawn together, (m,) numbers from 0
    found      : the findings that the trial is held against, by id
    """

    trial: str
    label: Label
    question: str
    form: TrialForm
    markets: Mapping[str, Scenario]
    treatments: Mapping[str, Treatment | GovernanceForm]
    seeds: tuple[int, ...]
    units: tuple[int, ...]
    found: Mapping[str, Finding] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        """Names of the treatments for readers."""
        return {
            each.treatment: each.label.en if each.label else each.treatment.replace("_", " ")
            for each in self.form.treatments
        }

    @property
    def cohorts(self) -> tuple[CohortForm, ...]:
        """The roll-out over municipalities: as written, or half of all at once."""
        return self.form.cohorts or (CohortForm(start=self.form.month, share=0.5),)


def read_trial(library: Library, document: Document) -> VirtualTrial:
    """Return the trial in a document, with its scenario, treatments and findings, all names checked."""
    form = validated(TrialForm, document)
    scenario = _scenario(library, document, form)
    seeds = read_seeds(document, form.seeds)
    _check_span(document, form, scenario)
    treatments = _treatments(library, document, form)
    markets = _markets(document, form, scenario)
    one = next(iter(markets.values()))
    count = len(one.place.municipalities)
    units = market_of_each(one.place, form.copies) if form.unit == "copy" else list(range(count))
    _check_design(document, form, len(set(units)), scenario)
    _check_names(document, form, scenario)
    lengths = {name: each.months for name, each in treatments.items() if isinstance(each, Instrument)}
    found = _against(document, form, markets, lengths)
    return VirtualTrial(
        form.trial, form.label, form.question, form, markets, treatments, seeds, tuple(units), found
    )


def _scenario(library: Library, document: Document, form: TrialForm) -> Scenario:
    path, item = ("scenario",), form.scenario
    if isinstance(item, str):
        file = library.refer("scenario", item, document, path)
        scenario = read_scenario(library, library.document(file), item)
    elif isinstance(item, dict):
        scenario = read_scenario(library, document.part(path))
    else:
        raise document.error(path, f"is {quoted(item)}", NAME_OR_GROUP)
    return scenario if form.scale is None else scenario.model_copy(update={"scale": form.scale})


def _markets(document: Document, form: TrialForm, scenario: Scenario) -> dict[str, Scenario]:
    for name, factor in form.markets.items():
        if not 0.0 < factor <= LARGEST_FACTOR:
            right = (
                f"it must be jobs per head relative to the scenario's, above 0 and at most {LARGEST_FACTOR:g}"
            )
            raise document.error(("markets", name), f"is {factor:g}", right)
    chosen = form.markets or {"": 1.0}
    return {
        name: in_copies(scenario if factor == 1.0 else with_jobs(scenario, factor), form.copies)
        for name, factor in chosen.items()
    }


def _check_span(document: Document, form: TrialForm, scenario: Scenario) -> None:
    """Refuse months that the scenario does not simulate, and horizons that nobody follows."""
    start, last = parse_month(form.month), parse_month(scenario.end)
    before = form.before if form.design == "municipalities" else 0
    if start - before < parse_month(scenario.start):
        more = f", and {before} months before are needed (before)" if before else ""
        right = f"scenario '{scenario.scenario}' records {scenario.start} to {scenario.end}{more}"
        raise document.error(("month",), f"is {form.month}", right)
    if start + form.follow_up - 1 > last:
        ends = format_month(start + form.follow_up - 1)
        most = max(last - start + 1, 0)
        right = f"scenario '{scenario.scenario}' ends in {scenario.end}: follow at most {most} months"
        raise document.error(("follow_up",), f"is {form.follow_up} months, until {ends}", right)
    for i, horizon in enumerate(form.horizons):
        if horizon > form.follow_up:
            raise document.error(
                ("horizons", i), f"is {horizon}", f"follow_up ends after {form.follow_up} months"
            )


def _treatments(
    library: Library, document: Document, form: TrialForm
) -> dict[str, Treatment | GovernanceForm]:
    if not form.treatments:
        raise document.error(("treatments",), "is empty", "a trial needs at least one treatment")
    out: dict[str, Treatment | GovernanceForm] = {}
    for i, each in enumerate(form.treatments):
        path: KeyPath = ("treatments", i)
        if each.treatment in out:
            right = "treatments of a trial must have different names"
            raise document.error((*path, "treatment"), f"is '{each.treatment}' once more", right)
        out[each.treatment] = _treatment(library, document, form, each, path)
    return out


def _treatment(
    library: Library, document: Document, form: TrialForm, each: TreatmentForm, path: KeyPath
) -> Treatment | GovernanceForm:
    allowed = (
        ("regime", "governance") if form.design == "municipalities" else ("instrument", "sanction", "regime")
    )
    kinds = each.kinds
    if len(kinds) != 1:
        said = " and ".join(kinds) if kinds else "nothing"
        raise document.error(path, f"names {said}", f"write one of {', '.join(allowed)}")
    if kinds[0] not in allowed:
        right = f"the design {form.design} treats with {' or '.join(allowed)}"
        raise document.error((*path, kinds[0]), "is a treatment of another design", right)
    if each.governance is not None:
        return each.governance
    if each.regime is not None:
        return Rules(_regime(library, document, each.regime, (*path, "regime")))
    if each.instrument is None:
        return Sanction()
    known = known_instruments()
    if each.instrument not in known:
        raise document.error(
            (*path, "instrument"),
            f"is '{each.instrument}', which is no instrument",
            suggestion(each.instrument, known),
        )
    cls = known[each.instrument]
    if cls.develops_jobs:
        right = "name an instrument that gives places to people"
        raise document.error((*path, "instrument"), f"is '{each.instrument}', which opens jobs", right)
    settings = document.part((*path, "settings"))
    return validated(cls, settings) if settings.data else cls()


def _regime(library: Library, document: Document, item: Any, path: KeyPath) -> Any:
    if isinstance(item, str):
        return read_regime(library, library.refer("regime", item, document, path), item)
    if isinstance(item, dict):
        return regime_in(library, document.part(path))
    raise document.error(path, f"is {quoted(item)}", NAME_OR_GROUP)


def _check_design(document: Document, form: TrialForm, units: int, scenario: Scenario) -> None:
    """Refuse designs that cannot be: too few municipalities, cohorts out of the follow-up, two treatments at once."""
    if form.unit == "copy" and form.copies == 1:
        raise document.error(("unit",), "is 'copy'", "write copies: 2 or more, or unit: municipality")
    if form.design == "clients":
        return
    named, place = f"{form.unit}s" if form.unit != "copy" else "copies", scenario.place.place
    least = FEWEST_UNITS if form.design == "municipalities" else max(len(set(form.shares)), 2)
    if units < least:
        named = "municipalities" if form.unit == "municipality" else "copies"
        right = (
            f"the design {form.design} needs at least {least} {named}: take another place, or write copies"
        )
        raise document.error(("design",), f"has {units} {named} to draw from ('{place}')", right)
    if form.design == "saturation":
        if len(form.treatments) > 1:
            right = "a saturation design has one treatment, at several shares"
            raise document.error(("treatments",), f"has {len(form.treatments)} entries", right)
        if 0.0 not in form.shares:
            right = "one share must be 0: the municipalities with which all others are compared"
            raise document.error(("shares",), "has no 0", right)
        return
    first, last = parse_month(form.month), parse_month(form.month) + form.follow_up - 1
    for i, cohort in enumerate(form.cohorts):
        if not first <= parse_month(cohort.start) <= last:
            right = f"it must lie between month ({form.month}) and the end of the follow-up ({format_month(last)})"
            raise document.error(("cohorts", i, "start"), f"is {cohort.start}", right)
    total = sum(cohort.share for cohort in form.cohorts)
    if total >= 1.0:
        raise document.error(("cohorts",), f"adds up to {total:g}", "some municipalities must stay untreated")


def _check_names(document: Document, form: TrialForm, scenario: Scenario) -> None:
    """Refuse outcomes that the design does not have."""
    known = known_outcomes(form, scenario)
    problems = [
        document.problem(("outcomes", i), f"is '{name}', which is no outcome", suggestion(name, known))
        for i, name in enumerate(form.outcomes)
        if name not in known
    ]
    if problems:
        raise ConfigError(*problems)


def known_outcomes(form: TrialForm, scenario: Scenario) -> tuple[str, ...]:
    """Return the outcomes of a design: of people, or (municipalities) the indicators."""
    return indicators_of(scenario) if form.design == "municipalities" else EVERYTHING


def _against(
    document: Document, form: TrialForm, markets: Mapping[str, Scenario], lengths: Mapping[str, int]
) -> dict[str, Finding]:
    """Return the findings that the trial is held against, after checking every name and month."""
    known = findings(document.file) if form.against else {}
    outcomes = known_outcomes(form, next(iter(markets.values())))
    for i, each in enumerate(form.against):
        path: KeyPath = ("against", i)
        _named(document, (*path, "finding"), each.finding, "no finding in configs/evidence", known)
        _named(document, (*path, "outcome"), each.outcome, "no outcome of this design", outcomes)
        _named(
            document, (*path, "estimate"), each.estimate, "no estimate of this design", ESTIMATES[form.design]
        )
        _choices(document, form, each, path, markets)
        _check_months(document, form, (*path, "months"), each.months)
        _check_end(document, form, each, path, lengths)
        if each.dose is not None:
            _named(document, (*path, "dose", "dose"), each.dose.dose, "no outcome of this design", outcomes)
            _check_months(document, form, (*path, "dose", "months"), each.dose.months)
        if each.less is not None and each.less.months is not None:
            _check_months(document, form, (*path, "less", "months"), each.less.months)
        finding = known[each.finding]
        if finding.counts and each.band is None and finding.low is None and finding.high is None:
            right = "write a band here (low, high, because), or low and high beside the finding"
            raise document.error(path, f"has no band: '{each.finding}' has neither low nor high", right)
    return {each.finding: known[each.finding] for each in form.against}


def _check_end(
    document: Document, form: TrialForm, each: AgainstForm, path: KeyPath, lengths: Mapping[str, int]
) -> None:
    """Refuse months after the end of a measure that nobody follows."""
    if not each.after_end:
        return
    here = (*path, "after_end")
    if not lengths:
        raise document.error(here, "is true", "no treatment of this trial is a measure that ends")
    length = max(lengths.values()) if each.treatment in {"", ALL} else lengths.get(each.treatment, 0)
    last = months_in(each.months)[1] + length
    if last > form.follow_up:
        right = f"{length} months of the measure and {each.months} after it go beyond the follow_up of {form.follow_up}"
        raise document.error(here, "is true", right)


def _choices(
    document: Document, form: TrialForm, each: AgainstForm, path: KeyPath, markets: Mapping[str, Scenario]
) -> None:
    """Refuse treatments, markets, durations and shares that the trial does not have."""
    treatments = [t.treatment for t in form.treatments] + ([ALL] if len(form.treatments) > 1 else [])
    asked: list[tuple[KeyPath, str, str, Iterable[str], bool]] = [
        ((*path, "treatment"), each.treatment, "no treatment of this trial", treatments,
         len(form.treatments) > 1 and each.dose is None),
        ((*path, "market"), each.market, "no market of this trial", [m for m in markets if m], len(markets) > 1),
        ((*path, "duration"), each.duration, "no duration", DURATIONS, False),
    ]  # fmt: skip
    if each.less is not None:
        asked += [
            ((*path, "less", name), value, f"no {name} of this trial", there, False)
            for name, value, there in (
                ("treatment", each.less.treatment or "", treatments),
                ("market", each.less.market or "", [m for m in markets if m]),
                ("duration", each.less.duration or "", DURATIONS),
            )
        ]
    for where, name, what, there, needed in asked:
        if name:
            _named(document, where, name, what, there)
        elif needed:
            raise document.error(
                path, f"does not name a {where[-1]}", f"write {where[-1]}: one of {', '.join(there)}"
            )
    shares = [each.share] if each.less is None else [each.share, each.less.share]
    for share in shares:
        if share is not None and share not in form.shares:
            known = ", ".join(f"{each:g}" for each in form.shares)
            raise document.error(path, f"names the share {share:g}", f"the shares of this trial are {known}")
    if form.design == "saturation" and each.share is None:
        raise document.error(
            path, "does not name a share", "write share: which part of the eligible is treated"
        )


def _check_months(document: Document, form: TrialForm, path: KeyPath, text: str) -> None:
    try:
        first, last = months_in(text)
    except ValueError as error:
        raise document.error(path, f"is '{text}'", str(error)) from None
    if last < first:
        raise document.error(path, f"is '{text}'", "the first month must not come after the last one")
    if last > form.follow_up:
        raise document.error(path, f"is '{text}'", f"follow_up ends after {form.follow_up} months")


def _named(document: Document, path: KeyPath, name: str, what: str, known: Iterable[str]) -> None:
    there = tuple(known)
    if name not in there:
        problem: Problem = document.problem(path, f"is '{name}', which is {what}", suggestion(name, there))
        raise ConfigError(problem)
