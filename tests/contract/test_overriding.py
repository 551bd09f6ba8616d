"""Overriding behaviour: a subclass's rule runs in Python for its agents; nothing else changes by a bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from labsim import codes
from labsim.agents import Application, Employer, JobSeeker
from labsim.config import load
from labsim.model import LabourMarket
from labsim.state.institutions import Agency
from labsim.views import RowAgent

SCENARIO = load("toytown").model_copy(update={"scale": 0.02, "burn_in": 0})
START = 2000 * 12
A_YEAR = START + 12


def market(**options: Any) -> LabourMarket:
    return LabourMarket(SCENARIO, seed=1, **options)


@pytest.fixture(scope="module")
def baseline() -> LabourMarket:
    """Return a year without any subclass."""
    return market().run(until=A_YEAR)


def same_rule(base: type[Any], name: str) -> type[Any]:
    """Return a subclass that overrides a method with the same behaviour, and counts its calls."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.calls += 1
        return getattr(base, name)(self, *args, **kwargs)

    made: Any = type(f"Same{base.__name__}", (base,), {name: method, "calls": 0})
    return made


def rules_of(kind: type[Any]) -> list[str]:
    return [name for name, member in vars(kind).items() if callable(member) and not name.startswith("__")]


@pytest.mark.parametrize("name", rules_of(JobSeeker))
def test_a_job_seeker_who_overrides_with_the_same_rule_changes_no_bit(
    baseline: LabourMarket, name: str
) -> None:
    same = same_rule(JobSeeker, name)
    model = market()
    model.job_seekers.select(where=lambda p: p.row % 3 == 1).become(same)
    assert model.run(until=A_YEAR).digest() == baseline.digest()
    assert same.calls > 0


@pytest.mark.parametrize("name", rules_of(Employer))
def test_an_employer_that_overrides_with_the_same_rule_changes_no_bit(
    baseline: LabourMarket, name: str
) -> None:
    same = same_rule(Employer, name)
    assert market(employer=same).run(until=A_YEAR).digest() == baseline.digest()
    assert same.calls > 0


@pytest.mark.parametrize("kind", [JobSeeker, Employer])
def test_every_rule_is_known_to_the_engine_and_helpers_stand_for_all(kind: type[RowAgent]) -> None:
    assert set(kind.METHODS) <= set(rules_of(kind))
    for name in rules_of(kind):
        bits = same_rule(kind, name).methods_in_python()
        assert bits == kind.METHODS.get(name, codes.ALL_METHODS)
    assert kind.methods_in_python() == 0


def test_overridden_rules_are_found_through_bases_and_mixins() -> None:
    class Mixin:
        def withdraws(self) -> bool:
            return False

    class Mixed(Mixin, JobSeeker):
        pass

    class Grandchild(Mixed):
        def reservation_wage(self) -> float:
            return 0.0

    assert Mixed.methods_in_python() == codes.ADAPT
    assert Grandchild.methods_in_python() == codes.ADAPT | JobSeeker.METHODS["reservation_wage"]


def test_only_the_agents_of_the_class_run_in_python(baseline: LabourMarket) -> None:
    model = market()
    some = model.job_seekers.select(where=lambda p: p.municipality == 1)
    some.become(Steadfast)
    assert set(model.world.persons.python[240:].tolist()) == {codes.ADAPT}
    assert not model.world.persons.python[:240].any()
    assert model.world.people_in_python == codes.ADAPT
    some.become(JobSeeker)
    assert model.world.people_in_python == 0
    assert model.run(until=A_YEAR).digest() == baseline.digest()


# examples


class Steadfast(JobSeeker):
    """Never leaves the register without a job."""

    def withdraws(self) -> bool:
        return False


class Eager(JobSeeker):
    """Applies three times as often when out of work."""

    def expected_applications(self) -> float:
        return super().expected_applications() * (1.0 if self.status == codes.EMPLOYED else 3.0)


class Choosy(JobSeeker):
    """Accepts nothing."""

    def reservation_wage(self) -> float:
        return 1e9


class Passive(JobSeeker):
    """Sends no applications, not even when referred."""

    def search(self, turn: int, planned: int) -> list[Application]:  # noqa: ARG002  (the rule's arguments)
        return []


class Loyal(JobSeeker):
    """Does not look for another job while in work."""

    def plan_search(self) -> int:
        return 0 if self.status == codes.EMPLOYED else super().plan_search()


class Hesitant(JobSeeker):
    """Refuses every offer in the first two months out of work."""

    def accept(self, offers: list[int]) -> tuple[int | None, int]:
        return super().accept(offers) if self.months_out >= 2 else (None, len(offers))


class Tireless(JobSeeker):
    """Forgets nothing when out of work."""

    def learn(self) -> None:
        if self.status == codes.EMPLOYED:
            super().learn()


class Blind(Employer):
    """Does not mind how long an applicant has been out of work."""

    def rank(self, applicant: JobSeeker, vacancy: int, channel: int) -> float:
        out = applicant.months_out
        applicant.months_out = 0
        score = super().rank(applicant, vacancy, channel)
        applicant.months_out = out
        return score


class Steady(Employer):
    """Lays nobody off."""

    def plan_month(self) -> None:
        super().plan_month()
        self.layoffs = 0


class Close(Agency):
    """Meets every client every month, and never sanctions."""

    def counsel(self, client: JobSeeker, capacity: float) -> bool:  # noqa: ARG002  (the rule's arguments)
        world = self.model.world
        client.contacts = min(client.contacts + 1, 255)
        client.months_unsupported = 0
        client.referred = 1
        world.counts.casework[self.district] += (1, 0, 1)
        return False


EXAMPLES: list[dict[str, Any]] = [
    *[{"job_seeker": kind} for kind in (Steadfast, Eager, Choosy, Passive, Loyal, Hesitant, Tireless)],
    {"employer": Blind},
    {"employer": Steady},
    {"agency": Close},
    {"job_seeker": Eager, "employer": Blind, "agency": Close},
]


@pytest.mark.parametrize("classes", EXAMPLES, ids=lambda c: "-".join(kind.__name__ for kind in c.values()))
def test_another_rule_changes_results_and_both_engines_agree(
    baseline: LabourMarket, classes: dict[str, Any]
) -> None:
    assert market(**classes).run(until=A_YEAR).digest() != baseline.digest()
    digests = {
        market(engine=engine, **classes).run(until=START + 4).digest() for engine in ("kernels", "reference")
    }
    assert len(digests) == 1


def people(model: LabourMarket, rows: np.ndarray | slice) -> list[list[Any]]:
    """Return the whole state of these people."""
    return [column[rows].tolist() for column in model.world.persons[:-1]]


def test_in_its_first_month_a_rule_changes_nobody_else() -> None:
    plain, model = market(), market()
    for each in (plain, model):
        each.job_seekers.set("pressure", 300.0)  # so that many withdraw, which is no matter of competition
    model.job_seekers[:100].become(Steadfast)
    plain.step()
    model.step()
    assert people(plain, slice(100, None)) == people(model, slice(100, None))
    assert people(plain, slice(0, 100)) != people(model, slice(0, 100))
    for table in ("employers", "vacancies", "channels"):
        ours, theirs = getattr(plain.world, table), getattr(model.world, table)
        assert [column.tolist() for column in ours] == [column.tolist() for column in theirs]


def test_the_steadfast_stay_on_the_register() -> None:
    withdrawn = {}
    for kind in (JobSeeker, Steadfast):
        model = market()
        model.job_seekers.groupby("municipality").groups[1].become(kind)
        flows = np.zeros((2, 5, 5), np.int64)
        for _ in range(24):
            model.step()
            flows += model.world.counts.flows
        withdrawn[kind] = flows[:, codes.UNEMPLOYED, codes.INACTIVE].tolist()
    assert withdrawn[JobSeeker][1] > 0
    assert withdrawn[Steadfast][1] == 0
    assert withdrawn[Steadfast][0] > 0


@pytest.mark.parametrize("kind", [Choosy, Passive])
def test_who_accepts_nothing_or_never_applies_finds_no_job(kind: type[JobSeeker]) -> None:
    model = market()
    jobless = model.job_seekers.select(where=lambda p: p.status == codes.UNEMPLOYED).become(kind)
    control = market()
    others = control.job_seekers.select(where=lambda p: p.status == codes.UNEMPLOYED)
    model.run(until=A_YEAR)
    control.run(until=A_YEAR)
    assert codes.EMPLOYED not in jobless.get("status")
    assert others.get("status").count(codes.EMPLOYED) > len(others) // 5


def test_employers_that_lay_nobody_off_lay_nobody_off(baseline: LabourMarket) -> None:
    laid_off = 0
    for kind in (Employer, Steady):
        model = market(employer=kind)
        before, laid_off = laid_off, 0
        for _ in range(12):
            model.step()
            laid_off += int(model.world.counts.layoffs.sum())
    assert before > 0
    assert laid_off == 0


def test_an_agency_with_its_own_casework_meets_everybody() -> None:
    model = market(agency=Close)
    for _ in range(6):
        model.step()
        assert model.world.counts.casework[:, 0].tolist() == [agency.clients for agency in model.agencies]
        assert model.world.counts.casework[:, 1].sum() == 0
    assert model.world.agency_python.all()


def test_a_rule_can_keep_state_in_an_array_on_the_model() -> None:
    class Counted(JobSeeker):
        def plan_search(self) -> int:
            self.model.searches[self.row] += 1
            return super().plan_search()

    model = market(job_seeker=Counted)
    model.searches = np.zeros(len(model.job_seekers), int)
    model.run(until=START + 3)
    assert model.searches.tolist() == [3] * 400


def test_a_resumed_model_takes_its_classes_along(tmp_path: Any) -> None:
    whole = market(job_seeker=Eager, employer=Blind).run(until=START + 4)
    half = market(job_seeker=Eager, employer=Blind).run(until=START + 2)
    half.save(tmp_path / "half.npz")
    resumed = LabourMarket.resume(tmp_path / "half.npz", SCENARIO, job_seeker=Eager, employer=Blind)
    assert resumed.run(until=START + 4).digest() == whole.digest()
    assert type(resumed.job_seekers[0]) is Eager


def test_threads_do_not_matter_when_some_run_in_python() -> None:
    digests = set()
    for threads in (1, 2):
        model = market(threads=threads, employer=Blind)
        model.job_seekers[::3].become(Eager)
        digests.add(model.run(until=START + 6).digest())
    assert len(digests) == 1


def bent(value: Any) -> Any:
    """Return something else than a rule's result."""
    match value:
        case bool():
            return False
        case float():
            return 1.25 * value + 0.05
        case int():
            return value // 2
        case tuple():
            chances = all(isinstance(part, float) for part in value)
            return tuple(0.8 * part for part in value) if chances else (None, *value[1:])
        case list():
            return value[:-1]
    return value


def bent_rule(base: type[Any], name: str) -> type[Any]:
    """Return a subclass with another rule: another result, or nothing done in every second month."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(base, name).__annotations__["return"] != "None":
            return bent(getattr(base, name)(self, *args, **kwargs))
        return getattr(base, name)(self, *args, **kwargs) if self.model.month % 2 else None

    return type(f"Bent{base.__name__}", (base,), {name: method})


KEEP_THE_BOOKS = {"_book", "_retire", "plan_month"}
"""Rules that cannot be bent at will, because the accounting rests on them."""


@pytest.mark.parametrize("name", sorted({*rules_of(JobSeeker)} - KEEP_THE_BOOKS))
def test_a_bent_rule_of_some_job_seekers_means_the_same_in_both_engines(name: str) -> None:
    kind, digests = bent_rule(JobSeeker, name), set()
    for engine in ("kernels", "reference"):
        model = market(engine=engine)
        model.job_seekers[::2].become(kind)
        digests.add(model.run(until=START + 5).digest())
    assert len(digests) == 1


@pytest.mark.parametrize("name", sorted({*rules_of(Employer)} - KEEP_THE_BOOKS))
def test_a_bent_rule_of_some_employers_means_the_same_in_both_engines(name: str) -> None:
    kind, digests = bent_rule(Employer, name), set()
    for engine in ("kernels", "reference"):
        model = market(engine=engine)
        model.employers[::2].become(kind)
        digests.add(model.run(until=START + 5).digest())
    assert len(digests) == 1
