"""Job seekers and employers: the specification of behaviour.

Their methods are the rules of the model in plain Python. With ``engine="reference"`` they run for everybody; otherwise
kernels run the same rules compiled, with the same bits, and only methods that a subclass overrides run here.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from labsim import codes
from labsim.codes import DURATIONS
from labsim.kernels import demand, demography, hiring, people, search
from labsim.kernels.casework import draw_benefit
from labsim.kernels.census import base_group
from labsim.kernels.jobs import become_inactive, lose_job, register_as_unemployed
from labsim.rng import Purpose, draw4, normal, row_draw
from labsim.views import Cell, RowAgent, number

OWN, REFERRED = 0, 1


class Application(NamedTuple):
    """An application of one round: to which vacancy, by which channel, and how the match strikes the employer."""

    kind: int  # OWN or REFERRED
    vacancy: int  # row of the vacancy
    channel: int
    lot: float
    impression: float  # log points, added to the employer's `rank`


class JobSeeker(RowAgent):
    """A person of working age (16 to 64)."""

    TABLE = "persons"
    METHODS: ClassVar[dict[str, int]] = {
        "live_a_month": codes.DEMOGRAPHY,
        "draw_benefit": codes.BENEFITS,
        "expected_applications": codes.SEARCH,
        "plan_search": codes.SEARCH,
        "search": codes.SEARCH,
        "reservation_wage": codes.SEARCH | codes.ACCEPT,
        "wage_offer": codes.SEARCH | codes.ACCEPT,
        "worth_moving": codes.SEARCH,
        "accept": codes.ACCEPT,
        "learn": codes.ADAPT,
        "withdraws": codes.ADAPT,
        "adapt": codes.ADAPT,
    }

    municipality = Cell[int]("index of the municipality of residence", fixed=True)
    age = Cell[int]("age in months")
    sex = Cell[int]("0 female, 1 male")
    education = Cell[int]("0 without vocational training, 1 vocational, 2 tertiary")
    occupation = Cell[int]("index of the occupation")
    status = Cell[int]("labour-market status, see labsim.codes")
    inactivity = Cell[int]("why inactive, see labsim.codes")
    employer = Cell[int]("row of the current or last employer, -1 if none")
    wage = Cell[float]("current or last wage, EUR a month")
    job_start = Cell[int]("month number in which the current or last job began")
    clock = Cell[float]("the job ends when its survival falls below this")
    months_out = Cell[int]("months since the last job")
    months_registered = Cell[int]("months of the registered spell")
    skill = Cell[float]("human capital, log points")
    skill_level = Cell[float]("personal level of human capital, log points")
    employability = Cell[float]("employability, 0 to 1")
    employability_level = Cell[float]("personal level of employability, 0 to 1")
    trust = Cell[float]("trust in institutions, 0 to 1")
    pressure = Cell[float]("pressure of monitoring and sanctions")
    benefit = Cell[int]("kind of benefit, see labsim.codes")
    entitlement = Cell[int]("months of insurance benefit left")
    contributions = Cell[int]("months of insured work since the last claim")
    measure = Cell[int]("code of the measure, 0 if none")
    measure_left = Cell[int]("months of the measure left")
    sanction_left = Cell[int]("months of a sanction left")
    months_unsupported = Cell[int]("months since the last support")
    contacts = Cell[int]("meetings with the agency in this spell")
    segment = Cell[int]("customer segment, see labsim.codes")
    provider = Cell[int]("number of the provider in the municipality that delivers the measure, 0 if none")
    voucher = Cell[int]("code of the measure for which a voucher is held, 0 if none")
    voucher_left = Cell[int]("months for which the voucher is still valid")
    referred = Cell[int]("whether the agency refers the person this month")
    regime = Cell[int]("code of the regime that applies")

    @property
    def born(self) -> int:
        """Month number of birth, read between months: a school leaver who takes the row has another."""
        return int(self.model.world.month) - self.age

    # process 3: separations and demography

    def live_a_month(self) -> None:
        """Perhaps lose the job, leave or enter the labour force; grow a month older; retire at 65."""
        world, co = self.model.world, self.model.world.coefficients
        u = row_draw(world.key, Purpose.PARTICIPATION, world.month, self.row)
        employer, left = self.employer, False
        if self.status == codes.EMPLOYED:
            tenure = world.month - self.job_start
            if demography.job_has_ended(co.survival, self.education, tenure, self.clock):
                lose_job(self.table, self.row, world.regimes)
                self._book(codes.EMPLOYED, codes.UNEMPLOYED)
                left = True
            elif u < demography.chance_to_leave_work(self.age, co.employed_exit, co.older_factor):
                become_inactive(self.table, self.row, codes.OTHER_INACTIVE)
                self._book(codes.EMPLOYED, codes.INACTIVE)
                left = True
        elif self.status == codes.INACTIVE and self._registers(u):
            register_as_unemployed(self.table, self.row)
            self._book(codes.INACTIVE, codes.UNEMPLOYED)
        self.age += 1
        if self.age >= codes.EXIT_AGE:
            left = self._retire() or left
        if left:
            world.employers.headcount[employer] -= 1

    def _registers(self, u: float) -> bool:
        """Say whether an inactive person registers as unemployed: on leaving school, or by chance."""
        world, co = self.model.world, self.model.world.coefficients
        if self.inactivity == codes.IN_EDUCATION:
            return self.age >= int(co.leaves_school[self.education])
        returning = float(world.market.returning[self.municipality])
        rates = co.other_return, co.discouraged_return, co.older_factor
        return u < demography.chance_to_return(self.inactivity, self.age, self.trust, returning, *rates)

    def _retire(self) -> bool:
        """Leave at 65; a school leaver takes the row, if there is one. Return True if a job was left."""
        w, row = self.model.world, self.row
        entry = w.key, w.month, w.coefficients, w.entry_regime, w.cohorts, w.counts.flows
        return bool(demography.retire(self.table, row, *entry))

    def _book(self, source: int, target: int) -> None:
        self.model.world.counts.flows[self.municipality, source, target] += 1

    def draw_benefit(self) -> None:
        """Count a month of benefit: insurance runs out, sanctions run out."""
        draw_benefit(self.table, self.row, self.model.world.regimes)

    # process 6: search and matching

    def expected_applications(self) -> float:
        """Return expected applications this month: x0 a^alpha exp(-delta d) B theta^gamma (1 + response pressure)."""
        world, co = self.model.world, self.model.world.coefficients
        if self.status == codes.EMPLOYED:
            tenure = world.month - self.job_start
            return search.applications_at_work(co.search_employed, co.search_employed_new, tenure)
        if self.status == codes.INACTIVE:
            begins = int(co.first_search[self.education])
            early = search.applications_in_education(co.search_leavers, self.age, begins)
            return float(early) if self.inactivity == codes.IN_EDUCATION else co.search_inactive
        channel = float(world.channels.search_effort[self.row])
        return channel * search.applications_out_of_work(
            co.search_unemployed,
            float(search.interpolate(co.effort_by_employability, self.employability)),
            float(co.effort_by_duration[min(self.months_out, search.EFFORT_MONTHS)]),
            search.exhaustion_effect(self.benefit, self.entitlement, co.exhaustion_rise),
            float(world.market.effort[self.municipality]),
            1.0 + co.pressure_response * self.pressure,
        )

    def plan_search(self) -> int:
        """Return the rounds of this month in which the person applies, as bits."""
        world, rounds = self.model.world, self.model.world.coefficients.rounds
        u = row_draw(world.key, Purpose.EFFORT, world.month, self.row)
        return search.application_rounds(u, min(self.expected_applications() / rounds, 1.0), rounds)

    def channel_chances(self) -> tuple[float, float, float]:
        """Return the cumulated chances that an own application goes by recall, by tip, by partnership."""
        world, co = self.model.world, self.model.world.coefficients
        contacts, out = float(world.market.contacts[self.home]), min(self.months_out, search.CONTACT_MONTHS)
        recall = co.recall_share if search.recall_employer(self.table, self.row) >= 0 else 0.0
        tip = search.tip_chance(co.tip_share, contacts, float(co.tip_by_duration[out]))
        partnership = search.partnership_chance(
            self.table, self.row, co.partnership_share, world.market.ties, world.regimes.partnerships
        )
        return recall, recall + tip, recall + tip + float(partnership)

    def search(self, turn: int, planned: int) -> list[Application]:
        """Return the applications of a round: an own one if planned, and the agency's referral if there is one."""
        applications = []
        if (planned >> turn) & 1:
            applications += self._own_application(turn)
        if self.referred:
            applications += self._referral(turn)
        return applications

    def _own_application(self, turn: int) -> list[Application]:
        """Return the own application, if there is a vacancy and, for people with a job, if its wage is worth it."""
        world, co = self.model.world, self.model.world.coefficients
        u = search.application_draw(world.key, world.month, self.row, turn)
        last = search.recall_employer(self.table, self.row)
        wanted = search.own_channel(u[1], *self.channel_chances())
        filled_by = world.vacancies.filled_by
        vacancy, channel = search.pick_vacancy(world.openings, filled_by, self.home, last, wanted, u)
        if vacancy < 0:
            return []
        if self.status == codes.EMPLOYED and not self.worth_moving(vacancy):
            return []
        return [Application(OWN, vacancy, channel, u[2], co.noise * float(normal(u[3])))]

    def worth_moving(self, vacancy: int) -> bool:
        """Say whether somebody with a job applies for a vacancy: at another employer, for an acceptable wage."""
        if int(self.model.world.vacancies.employer[vacancy]) == self.employer:
            return False
        return self.wage_offer(vacancy) >= self.reservation_wage()

    def _referral(self, turn: int) -> list[Application]:
        """Return the agency's referral: the best for the client of a few registered vacancies."""
        world, co = self.model.world, self.model.world.coefficients
        w = draw4(world.key, Purpose.REFERRAL, world.month, self.row, turn)
        vacancy = hiring.best_referral(
            self.standing(),
            self.home,
            self.education,
            int(world.regimes.referral_choice[self.regime]),
            world.vacancies,
            w,
            co,
            world.market.travel,
            world.openings,
        )
        if vacancy < 0:
            return []
        return [Application(REFERRED, vacancy, codes.REFERRAL, w[3], co.noise * float(normal(w[2])))]

    @property
    def home(self) -> int:
        """The home cell: municipality x occupation."""
        return self.municipality * int(self.model.world.coefficients.occupations) + self.occupation

    def standing(self) -> float:
        """Return what every employer sees of the person, log points; time out of work counts against the jobless."""
        world, co = self.model.world, self.model.world.coefficients
        penalty = 0.0
        if self.status != codes.EMPLOYED:
            penalty = hiring.duration_penalty(
                self.months_out,
                co.stigma * float(world.market.stigma[self.municipality]),
                float(world.regimes.rhetoric[self.regime]),
                co.stigma_cap,
            )
        subsidy = float(world.channels.hiring_score[self.row])
        return float(
            hiring.standing(self.skill, co.weight_employability * self.employability, penalty, subsidy)
        )

    def reservation_wage(self) -> float:
        """Return the lowest acceptable wage, EUR a month: [b + phi(d) (min(last, market) - b)] (1 - cut)."""
        w = self.model.world
        args = (self.table, w.channels, self.row, w.coefficients, w.regimes, w.market.wage_level)
        return float(number(hiring.lowest_acceptable(*args)))

    def wage_offer(self, vacancy: int) -> float:
        """Return the wage that a vacancy (row) offers to this person, EUR a month."""
        pay = hiring.skill_pay(self.skill, self.model.world.coefficients.return_to_skill)
        return float(self.model.world.vacancies.wage[vacancy]) * float(pay)

    def accept(self, offers: list[int]) -> tuple[int | None, int]:
        """Return (position of the offer accepted, number refused): the best wage at or above the reservation wage."""
        lowest, chosen, best, refused = self.reservation_wage(), None, -1.0, 0
        for position, vacancy in enumerate(offers):
            wage = self.wage_offer(vacancy)
            if wage < lowest:
                refused += 1
            elif wage > best:
                chosen, best = position, wage
        return chosen, refused

    # process 8: people

    def withdraws(self) -> bool:
        """Say whether an unemployed person leaves the register without a job this month."""
        world, co = self.model.world, self.model.world.coefficients
        chance = people.chance_to_withdraw(
            co.withdrawal, co.withdrawal_pressure, self.pressure, self.employability, self.trust
        )
        return draw4(world.key, Purpose.WITHDRAWAL, world.month, self.row, 0)[0] < chance

    def learn(self) -> None:
        """Move human capital and employability: towards the personal level at work, down out of work, not at school."""
        co = self.model.world.coefficients
        skill, employability = self.skill, self.employability
        if self.status == codes.EMPLOYED:
            self.skill = people.towards(skill, self.skill_level, co.learning)
            self.employability = people.towards(
                employability, self.employability_level, co.employability_gain
            )
        elif self.inactivity != codes.IN_EDUCATION:
            self.skill = people.skill_out_of_work(skill, self.skill_level, co.loss, co.loss_floor)
            self.employability = people.employability_out_of_work(
                employability, self.employability_level, co.employability_loss, co.employability_floor
            )
        self.trust = people.towards(self.trust, co.trust_level, co.trust_recovery)
        self.pressure = self.pressure * co.pressure_memory

    def adapt(self) -> None:
        """Perhaps withdraw from the register; learn or forget; count the month."""
        world = self.model.world
        if self.status == codes.UNEMPLOYED and self.withdraws():
            group = base_group(self.age, self.education)
            world.counts.to_inactive[group, min(self.months_out, DURATIONS - 1)] += 1
            become_inactive(self.table, self.row, codes.DISCOURAGED)
            self._book(codes.UNEMPLOYED, codes.INACTIVE)
        self.learn()
        people.count_month(self.table, self.row)


class Employer(RowAgent):
    """An employer."""

    TABLE = "employers"
    METHODS: ClassVar[dict[str, int]] = {
        "target_headcount": codes.PLAN,
        "plan_month": codes.PLAN,
        "keeps": codes.KEEP,
        "lay_off": codes.LAY_OFF,
        "rank": codes.RANK,
    }

    municipality = Cell[int]("index of the municipality of the workplace", fixed=True)
    sector = Cell[int]("index of the main occupation")
    size = Cell[float]("normal size, jobs")
    founded = Cell[float]("jobs of founders, part of the size")
    shock = Cell[float]("own demand, log points")
    rounding = Cell[float]("fixed part of rounding the target, jobs")
    premium = Cell[float]("wage premium, log points")
    headcount = Cell[int]("people employed")
    target = Cell[int]("headcount aimed at")
    vacancies = Cell[int]("open vacancies")
    opened = Cell[int]("vacancies opened so far")
    openings = Cell[int]("vacancies to open this month")
    withdrawals = Cell[int]("vacancies to withdraw this month")
    layoffs = Cell[int]("people to lay off this month")

    def target_headcount(self) -> int:
        """Return the headcount aimed at: normal size x demand x own shock, rounded in the employer's own way."""
        growth = float(self.model.world.market.growth[self.municipality])
        return int(demand.target_headcount(self.size, growth, self.shock, self.rounding))

    def plan_month(self) -> None:
        """Form this month's target; decide on vacancies, withdrawals and layoffs; small employers may close."""
        world, co = self.model.world, self.model.world.coefficients
        u = draw4(world.key, Purpose.DEMAND, world.month, self.row, 0)
        size = self.size
        if demand.closes(size, u[3], co.closure_rate):
            fresh = draw4(world.key, Purpose.DEMAND, world.month, self.row, 1)
            self.shock = co.shock_sd * float(normal(fresh[0]))
            self.target = self.target_headcount()
            self.layoffs, self.withdrawals, self.openings = self.headcount, self.vacancies, 0
            return
        self.shock = float(demand.next_shock(self.shock, u[0], co.persistence, co.innovation_sd))
        self.target = target = self.target_headcount()
        gap = target - self.headcount - self.vacancies
        self.openings = demand.openings_wanted(gap, co.posting_speed, u[1])
        self.withdrawals = min(max(-gap, 0), self.vacancies)
        self.layoffs = demand.layoffs_wanted(self.headcount, target, co.layoff_band, co.layoff_speed, u[2])
        if co.scrapping > 0.0 and size > 0.0:
            self.size = size + co.scrapping * (target - size)

    def keeps(self, vacancy: int) -> bool:
        """Say whether an unfilled vacancy (row) stays open another month."""
        world, co = self.model.world, self.model.world.coefficients
        v = world.vacancies
        entity = demand.vacancy_number(self.row, int(v.number[vacancy]))
        u = draw4(world.key, Purpose.WITHDRAW_VACANCY, world.month, entity, 0)
        age = world.month - int(v.opened[vacancy])
        return bool(demand.is_kept(age, u[0], co.withdrawal_after, co.withdrawal_rate))

    def lay_off(self, staff: list[int]) -> None:
        """Lay off as many of the staff (rows) as planned: last in, first out, with noise."""
        world = self.model.world
        p = world.persons

        def order(row: int) -> float:
            u = draw4(world.key, Purpose.LAYOFF, world.month, row, 0)
            tenure = world.month - int(p.job_start[row])
            return float(demand.layoff_order(tenure, u[0], world.coefficients.layoff_noise))

        for row in sorted(staff, key=order)[: self.layoffs]:
            lose_job(p, row, world.regimes)
            world.counts.flows[p.municipality[row], codes.EMPLOYED, codes.UNEMPLOYED] += 1
            world.counts.layoffs[self.municipality, 0] += 1
        self.headcount -= self.layoffs

    def rank(self, applicant: JobSeeker, vacancy: int, channel: int) -> float:
        """Return the score of an applicant for a vacancy (row), log points: higher ranks first."""
        world, co = self.model.world, self.model.world.coefficients
        v, there = world.vacancies, int(world.vacancies.municipality[vacancy])
        fit = hiring.misfit(
            int(v.occupation[vacancy]),
            applicant.occupation,
            int(v.education[vacancy]),
            applicant.education,
            co.misfit,
            co.education_gap,
        )
        minutes = float(world.market.travel[applicant.municipality, there])
        return float(hiring.score(applicant.standing(), fit, co.distance * minutes, float(co.bonus[channel])))
