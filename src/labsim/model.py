"""The model: ten processes a month, in the order of `PROCESSES`, over one world.

Read `PROCESSES` for the schedule; the first sentence of each process says what happens in it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import mesa
import numpy as np

from labsim.agents import Employer, JobSeeker
from labsim.agentset import Everybody, columnar_set
from labsim.behaviour.benefits import benefits
from labsim.behaviour.casework import counselling
from labsim.behaviour.demand import labour_demand
from labsim.behaviour.market import read_market
from labsim.behaviour.matching import jobs_start, search_and_matching
from labsim.behaviour.observation import observe
from labsim.behaviour.people import people_adapt
from labsim.behaviour.separations import separations_and_demography
from labsim.behaviour.ties import network
from labsim.codes import ALL_METHODS
from labsim.genesis import create_world
from labsim.policy.clock import policy_clock
from labsim.policy.delivery import deliver
from labsim.policy.programme import Programme, programme
from labsim.recorder import Recorder
from labsim.results import Results
from labsim.scenario import Scenario
from labsim.state.checkpoint import digest, load_state, save_state
from labsim.state.institutions import Agency, Municipality
from labsim.state.world import World
from labsim.units import parse_month

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
    """Entitlement counts down, benefits change, sanctions run out."""
    benefits(model.world)


def support_and_activate(model: LabourMarket) -> None:
    """Agencies meet clients, refer, monitor and sanction; measures end and begin within budgets."""
    read_market(model.world)
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
    """Ties between the local actors grow with joint activity and decay."""
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
        Any integer. The same scenario, seed and version give the same bits.
    engine
        "kernels" (compiled) or "reference" (every agent's methods in plain Python): the same bits.
    threads
        Threads of the compiled engine; the result does not depend on it.
    job_seeker, employer, agency
        Classes of the agents; methods that a subclass overrides run in Python for its agents.
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
        seed: int = 1,
        engine: str = "kernels",
        threads: int = 1,
        job_seeker: type[JobSeeker] = JobSeeker,
        employer: type[Employer] = Employer,
        agency: type[Agency] = Agency,
        processes: tuple[Process, ...] = PROCESSES,
        rng: int | None = None,
    ) -> None:
        if engine not in ENGINES:
            raise ValueError(f"engine is '{engine}', but it must be one of {', '.join(ENGINES)}")
        self.run_seed = int(seed if rng is None else rng)
        self.specification = scenario
        super().__init__(rng=abs(self.run_seed) % 2**32)
        self.engine = engine
        self.processes = processes
        self.start_month, self.end_month = parse_month(scenario.start), parse_month(scenario.end)
        self.programme: Programme = programme(scenario.regimes, scenario.timeline)
        self.world: World = create_world(scenario, self.programme, self.run_seed, threads)
        self.recorder = Recorder(scenario, self.programme)
        self._classes = (job_seeker, employer)
        districts = range(self.world.municipalities)
        self.agencies = [agency(self, m) for m in districts]
        self.town_halls = [Municipality(self, m) for m in districts]
        self._connect(agency)

    def _connect(self, agency: type[Agency]) -> None:
        """Give the world its agents, and mark what runs in Python."""
        world, (job_seeker, employer) = self.world, self._classes
        world.job_seeker = lambda row: job_seeker(self, row)
        world.employer = lambda row: employer(self, row)
        world.agency = self.agencies.__getitem__
        world.municipality = self.town_halls.__getitem__
        reference = self.engine == "reference"
        world.persons.python[:] = ALL_METHODS if reference else job_seeker.methods_in_python()
        world.employers.python[:] = ALL_METHODS if reference else employer.methods_in_python()
        world.people_in_python = int(np.bitwise_or.reduce(world.persons.python))
        world.employers_in_python = int(np.bitwise_or.reduce(world.employers.python))
        world.agency_python = np.full(
            world.municipalities, int(reference or agency.counsel is not Agency.counsel), np.uint8
        )

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
        """Everybody: job seekers, employers, agencies, municipalities."""
        if not hasattr(self, "world"):
            return self._all_agents
        return Everybody([self.job_seekers, self.employers, *self._agents_by_type.values()], self.random)

    @property
    def job_seekers(self) -> Any:
        """Everybody of working age, as a set of agents over columns."""
        return columnar_set(self, self._classes[0], self.world.persons)

    @property
    def employers(self) -> Any:
        """All employers, as a set of agents over columns."""
        return columnar_set(self, self._classes[1], self.world.employers)

    @property
    def results(self) -> Results:
        """What has been recorded so far, as tidy tables."""
        return self.recorder.results(self.world)

    def step(self) -> None:
        """Simulate one month."""
        self.world.new_counts()
        for process in self.processes:
            process(self)
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
    def resume(cls, path: Path, scenario: Scenario, *, threads: int = 1, engine: str = "kernels") -> Self:
        """Return a model that goes on from a checkpoint.

        The scenario may differ from the one that wrote it in what comes after the checkpoint's month: this is how
        scenarios share a burn-in, and how a run branches.
        """
        state = load_state(path)
        model = cls(scenario, seed=state.seed, threads=threads, engine=engine)
        state.restore(model.world)
        model.recorder.restore(state.recorded)
        return model
