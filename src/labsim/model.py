"""The model: ten processes a month, in the order of `PROCESSES`, over one world.

Read `PROCESSES` for the schedule; the first sentence of each process says what happens in it.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from pathlib import Path
from typing import Any, Self

import mesa
import numpy as np
from mesa.agentset import AbstractAgentSet

from labsim import compiling
from labsim.agents import Employer, JobSeeker
from labsim.agentset import ColumnarAgentSet, Everybody, monthly_figures
from labsim.behaviour.benefits import benefits
from labsim.behaviour.casework import counselling
from labsim.behaviour.demand import labour_demand
from labsim.behaviour.market import read_market
from labsim.behaviour.matching import jobs_start, search_and_matching
from labsim.behaviour.observation import observe
from labsim.behaviour.people import people_adapt
from labsim.behaviour.separations import separations_and_demography
from labsim.behaviour.ties import network
from labsim.codes import OUTSIDE
from labsim.genesis import create_world
from labsim.policy.accounts import pay_benefits as book_benefits
from labsim.policy.calendar import set_institutions
from labsim.policy.clock import policy_clock
from labsim.policy.delivery import deliver
from labsim.policy.instrument import Instrument
from labsim.policy.programme import Programme, programme
from labsim.policy.untouched import untouched
from labsim.recorder import Recorder
from labsim.results import Results
from labsim.scenario import Scenario
from labsim.state.checkpoint import digest, load_state, save_state
from labsim.state.institutions import Agency, Land, Municipality, Provider
from labsim.state.network import local_network
from labsim.state.world import World
from labsim.units import parse_month
from labsim.views import Cast, Vacancy

ENGINES = ("kernels", "reference")
Process = Callable[["LabourMarket"], None]


def move_the_policy_clock(model: LabourMarket) -> None:
    """The timeline moves people between rule books; what a regime says holds from this month on."""
    policy_clock(model.world, model.programme)


def demand_labour(model: LabourMarket) -> None:
    """Employers' target headcount moves; they close, open and withdraw vacancies, and lay off."""
    labour_demand(model.world)


def separate_and_age(model: LabourMarket) -> None:
    """Jobs end by themselves; people age, retire, leave school, leave and enter the labour force."""
    separations_and_demography(model.world)


def pay_benefits(model: LabourMarket) -> None:
    """Entitlement counts down, benefits change and are paid, sanctions run out."""
    benefits(model.world)
    book_benefits(model.world, model.programme)


def support_and_activate(model: LabourMarket) -> None:
    """Agencies meet, profile, refer, monitor, sanction; providers adjust; measures end, and begin within budgets."""
    read_market(model.world)
    set_institutions(model.world, model.programme)
    counselling(model.world)
    deliver(model.world, model.programme)


def search_and_match(model: LabourMarket) -> None:
    """People apply, employers rank and offer, people accept, in rounds."""
    search_and_matching(model.world)


def change_states(model: LabourMarket) -> None:
    """Jobs agreed this month start, with their wages."""
    jobs_start(model.world)


def adapt_people(model: LabourMarket) -> None:
    """Human capital, employability, trust and pressure move; some withdraw from the register."""
    people_adapt(model.world)


def tie_actors(model: LabourMarket) -> None:
    """Ties between the local actors grow with joint work, decay, and suffer from reorganisation."""
    network(model.world)


def record(model: LabourMarket) -> None:
    """The census of the month is taken; after the start of the scenario it is recorded."""
    observe(model.world)
    model.recorder.record(model.world)


PROCESSES: tuple[Process, ...] = (
    move_the_policy_clock,
    demand_labour,
    separate_and_age,
    pay_benefits,
    support_and_activate,
    search_and_match,
    change_states,
    adapt_people,
    tie_actors,
    record,
)


class LabourMarket(mesa.Model[Any, Any]):
    """A local labour market, simulated person by person, month by month.

    Parameters
    ----------
    scenario
        What to simulate: place, timeline of regimes, months, scale, parameters.
    seed
        Any integer: the same scenario, seed and version give the same bits. None: Mesa draws one (`run_seed`)
    engine
        "kernels" (compiled) or "reference" (every agent's methods in plain Python): the same bits.
    threads
        Threads of the compiled engine; the result does not depend on it.
    job_seeker, employer, agency, municipality, provider
        Classes of the agents; methods that a subclass overrides run in Python for its agents.
    extra
        Instruments that no budget pays for, to enrol people in by hand (trials)
    rng
        Mesa's name for the seed (used by `mesa.batch_run`).

    Examples
    --------
    >>> import labsim
    >>> model = labsim.LabourMarket(labsim.load("toytown", scale=0.02, burn_in=0), seed=1)
    >>> model.step()
    >>> len(model.job_seekers)
    400
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | None = 1,
        engine: str = "kernels",
        threads: int = 1,
        job_seeker: type[JobSeeker] = JobSeeker,
        employer: type[Employer] = Employer,
        agency: type[Agency] = Agency,
        municipality: type[Municipality] = Municipality,
        provider: type[Provider] = Provider,
        processes: tuple[Process, ...] = PROCESSES,
        extra: tuple[Instrument, ...] = (),
        rng: int | None = None,
    ) -> None:
        if engine not in ENGINES:
            raise ValueError(f"engine is '{engine}', but it must be one of {', '.join(ENGINES)}")
        chosen = seed if rng is None else rng
        compiling.announce()
        self.specification = scenario
        super().__init__(rng=None if chosen is None else abs(index(chosen)) % 2**32)
        compiling.announce()
        self.run_seed: int = index(self._seed) if chosen is None else index(chosen)  # type: ignore[arg-type]  # a number
        self.engine = engine
        self.processes = processes
        self.start_month, self.end_month = parse_month(scenario.start), parse_month(scenario.end)
        self.programme: Programme = programme(scenario.regimes, scenario.timeline, extra)
        self.world: World = create_world(scenario, self.programme, self.run_seed, threads)
        self.recorder = Recorder(scenario, self.programme)
        self.datacollector: mesa.DataCollector | None = monthly_figures()
        people = self.world.size
        self.agent_id_counter += people + self.world.employers.size.size
        self.first_ids = {"persons": 1, "employers": people + 1}
        self.casts = {
            "persons": Cast(self, JobSeeker, job_seeker),
            "employers": Cast(self, Employer, employer),
            "vacancies": Cast(self, Vacancy, Vacancy),
        }
        districts = range(self.world.municipalities)
        self.agencies = [agency(self, m) for m in districts]
        self.town_halls = [municipality(self, m) for m in districts]
        self.providers = [provider(self, row) for row in range(self.world.providers.capacity.size)]
        self.land = Land(self)
        self._connect(agency)

    def _connect(self, agency: type[Agency]) -> None:
        """Give the world its agents, and mark which agencies counsel in Python."""
        world = self.world
        world.job_seeker, world.employer = self.casts["persons"], self.casts["employers"]
        world.agency, world.municipality = self._agency, self._town_hall
        world.provider, world.land = self._provider, self.land
        reference = self.engine == "reference"
        world.agency_python = np.full(
            world.municipalities, int(reference or agency.counsel is not Agency.counsel), np.uint8
        )

    def _agency(self, district: int) -> Agency:
        return self.agencies[district]

    def _town_hall(self, district: int) -> Municipality:
        return self.town_halls[district]

    def _provider(self, row: int) -> Provider:
        return self.providers[row]

    @property
    def networks(self) -> list[Any]:
        """The local network of each municipality as it is now, as graphs (networkx)."""
        return [local_network(self.world, m) for m in range(self.world.municipalities)]

    @property
    def scenario(self) -> Any:
        """What is simulated."""
        return self.specification

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Accept Mesa's own scenario object, which labsim does not use."""

    @property
    def month(self) -> int:
        """The month about to be simulated, as a month number."""
        return self.world.month

    @property
    def agents(self) -> Any:
        """Everybody: job seekers, employers, agencies, municipalities, and what else Mesa has registered."""
        if not hasattr(self, "casts"):
            return self._all_agents
        return Everybody([self.job_seekers, self.employers, *self._agents_by_type.values()], self.random)

    @agents.setter
    def agents(self, _: Any) -> None:
        raise AttributeError("the set of all agents cannot be replaced")

    @property
    def agents_by_type(self) -> dict[type[Any], AbstractAgentSet[Any]]:  # type: ignore[override]  # not Mesa's sets
        """Sets of agents by their class."""
        sets: dict[type[Any], AbstractAgentSet[Any]] = {}
        for cast in (self.casts["persons"], self.casts["employers"]):
            for kind, rows in cast.by_kind().items():
                sets[kind] = ColumnarAgentSet(cast, self._lived_in(rows) if cast.base is JobSeeker else rows)
        return sets | dict(self._agents_by_type)

    @property
    def agent_types(self) -> list[type[Any]]:
        """All classes of agents in the model."""
        return list(self.agents_by_type)

    @property
    def job_seekers(self) -> ColumnarAgentSet[JobSeeker]:
        """Everybody of working age by row, as a set of agents over columns; nobody lives in an empty row."""
        return ColumnarAgentSet(self.casts["persons"], self._lived_in(None))

    def _lived_in(self, rows: Any) -> Any:
        """Return those of the rows of persons (None: all) in which somebody lives."""
        here = self.world.persons.status != OUTSIDE
        if here.all():
            return rows
        return np.flatnonzero(here) if rows is None else rows[here[rows]]

    @property
    def employers(self) -> ColumnarAgentSet[Employer]:
        """All employers, as a set of agents over columns."""
        return ColumnarAgentSet(self.casts["employers"])

    @property
    def vacancies(self) -> ColumnarAgentSet[Vacancy]:
        """The open vacancies, to look at; the set holds until the next month."""
        return ColumnarAgentSet(self.casts["vacancies"], np.flatnonzero(self.world.vacancies.filled_by < 0))

    def notices(self) -> tuple[str, ...]:
        """Return what a reader of the results should know: what is allowed but touched nobody, one sentence each."""
        return self.specification.notices() + untouched(self.recorder.kept, self.programme, self.world)

    @property
    def results(self) -> Results:
        """What has been recorded so far, as tidy tables."""
        return self.recorder.results()

    def step(self) -> None:
        """Simulate one month; from the start of the scenario on, let the data collector collect."""
        self.world.new_counts()
        for process in self.processes:
            process(self)
        if self.datacollector is not None and self.world.month >= self.start_month:
            self.datacollector.collect(self)
        self.world.month += 1
        self.running = self.world.month <= self.end_month

    def burn_in(self) -> Self:
        """Simulate until the scenario starts."""
        while self.world.month < self.start_month:
            self.step()
        return self

    def run(self, until: int | None = None) -> Self:
        """Simulate to the end of the scenario, or up to (not including) the month number ``until``."""
        stop = self.end_month + 1 if until is None else until
        while self.world.month < stop:
            self.step()
        return self

    def digest(self) -> str:
        """Return the SHA-256 of the whole state: equal digests, equal bits."""
        return digest(self.world)

    def save(self, path: Path) -> None:
        """Write a checkpoint from which `resume` goes on bit for bit."""
        save_state(self.world, self.recorder.arrays(), self.run_seed, path)

    @classmethod
    def resume(
        cls,
        path: Path,
        scenario: Scenario,
        *,
        threads: int = 1,
        engine: str = "kernels",
        **classes: Any,
    ) -> Self:
        """Return a model that goes on from a checkpoint; ``classes`` of agents as on creation.

        The scenario may differ from the one that wrote it in what comes after the checkpoint's month: this is how
        scenarios share a burn-in, and how a run branches.
        """
        state = load_state(path)
        model = cls(scenario, seed=state.seed, threads=threads, engine=engine, **classes)
        state.restore(model.world)
        model.recorder.restore(state.recorded)
        return model
