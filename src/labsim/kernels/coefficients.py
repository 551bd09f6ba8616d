"""What kernels and rules read: numbers and small tables, prepared once or once a month, never configuration.

Index letters: i person, f employer, v vacancy, m municipality, o occupation, c cell (municipality x occupation,
c = m * occupations + o), r regime, e education, k measure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

Floats = NDArray[Any]
Ints = NDArray[Any]


class Coefficients(NamedTuple):
    """Behavioural parameters that do not change during a run; units as in `labsim.parameters`."""

    posting_speed: float
    persistence: float
    innovation_sd: float
    shock_sd: float
    layoff_band: float
    layoff_speed: float
    withdrawal_after: int
    withdrawal_rate: float
    closure_rate: float
    scrapping: float
    layoff_noise: float
    survival: Floats  # (e, tenure in months): share of jobs that last longer
    recall_share: float
    employed_exit: float
    older_factor: float
    other_return: float
    discouraged_return: float
    withdrawal: float
    withdrawal_pressure: float
    leaves_school: Ints  # (e,) months of age
    search_unemployed: float
    search_employed: float
    search_employed_new: float
    search_inactive: float
    search_leavers: float
    first_search: Ints  # (e,) months of age from which people in education look for the job that comes after
    effort_by_employability: Floats  # (1025,) effort at employability 0..1
    effort_by_duration: Floats  # (25,) effort at 0..24 months since the last job
    exhaustion_rise: float
    pressure_response: float
    pressure_memory: float
    rounds: int
    tip_share: float
    tip_by_duration: Floats  # (121,) share of contacts left after 0..120 months out of work
    partnership_share: float
    relaxation: float
    education_standard: float
    noise: float
    weight_employability: float
    stigma: float
    stigma_cap: int
    misfit: Floats  # (occupations apart: 0, 1, 2+) log points
    education_gap: float
    distance: float
    bonus: Floats  # (channel,) log points
    registered_share: float
    return_to_skill: float
    posting_sd: float
    education_premium: float
    mean_wage: float
    wage_floor: float
    job_to_job: float
    anchor: Floats  # (months out 0..60,) weight of the last wage in the reservation wage
    pressure_cut: float
    skill_shift: Floats  # (m,) log points
    skill_sd: float
    skill_by_education: float
    employability_mean: float
    employability_sd: float
    learning: float
    loss: float
    loss_floor: float
    employability_gain: float
    employability_loss: float
    employability_floor: float
    trust_level: float
    trust_recovery: float
    sanction_trust: float
    sanction_employability: float
    profiling_ties: float
    market_client: float
    cared_for_client: float
    able: float
    education_cum: Floats  # (e,) cumulated shares of jobs
    occupation_cum: Floats  # (o,) cumulated shares of jobs
    male: Floats  # (m,) share of people
    education_of_people: Floats  # (m, sex, e) cumulated shares of people
    occupation_of_people: Floats  # (m, sex, e, o) cumulated shares of people
    occupations: int


class RegimeTables(NamedTuple):
    """What a person's regime says, shape (r,) each."""

    meetings: Floats
    monitoring: Floats
    sanction_rate: Floats
    sanction_months: Ints
    sanction_pressure: Floats
    sanction_cut: Floats
    rhetoric: Floats
    profiling_error: Floats
    targeting: Floats
    referrals: Floats
    referral_choice: Ints
    insurance_replacement: Floats
    insurance_months: Ints
    insurance_months_older: Ints
    older_from: Ints
    merged: Ints
    assistance_replacement: Floats
    basic_income: Floats
    registers_recipients: Floats
    partnerships: Ints
    meetings_by_segment: Floats  # (r, segment) relative to meetings; segment 0 is not profiled yet


class Market(NamedTuple):
    """The state of the market this month, as people and employers see it."""

    growth: Floats  # (m,) ratio of target headcount to normal size, before own shocks
    effort: Floats  # (m,) response of effort to tightness
    stigma: Floats  # (m,) weight of the duration penalty
    standard: Floats  # (m,) hiring standard before education and relaxation, log points
    wage_level: Floats  # (m,) posted wages relative to normal (wage curve)
    returning: Floats  # (m,) response of discouraged people's return to tightness
    contacts: Floats  # (c,) share of contacts in work
    ties: Floats  # (m,) tie strength
    travel: Floats  # (m, m) minutes


class Openings(NamedTuple):
    """Where open vacancies stand this month."""

    cumulated: Floats  # (c, c) cumulated weight of cells as seen from a home cell
    registered: Floats  # (c, c) the same for registered vacancies in near occupations
    offset: Ints  # (c,) first slot of a cell
    mask: Ints  # (c,) number of slots of a cell minus one; the number is a power of two
    slots: Ints  # (slots,) vacancy, -1 if empty
    registered_offset: Ints  # (c,) the same for registered vacancies alone
    registered_mask: Ints  # (c,)
    registered_slots: Ints  # (slots,)
    first: Ints  # (f + 1,) first vacancy of an employer
    guide: Ints  # (c, g) where to begin to look for a cell in `cumulated`
    registered_guide: Ints  # (c, g) the same for `registered`
    marks: Ints  # (slots / 64 + 1,) bits of the slots that hold an open vacancy at the start of the round
    registered_marks: Ints  # the same for registered vacancies


class Seekers(NamedTuple):
    """Who searches this month, shape (s,).

    What does not change during the month is gathered once, so that rounds read it in order.
    """

    person: Ints
    rounds: Ints  # bits: rounds with an own application
    municipality: Ints
    occupation: Ints
    education: Ints
    works: Ints  # 1 for people with a job
    last_employer: Ints  # the employer, or the one that may recall the person; -1 if none
    referred: Ints  # registered vacancies to choose a referral from, 0 if not referred
    python: Ints  # methods that run in Python for this person (bits)
    chances: Floats  # (s, 3) cumulated chances of recall, tip, partnership
    standing: Floats  # what every employer sees of the person, log points
    lowest: Floats  # lowest acceptable wage, EUR a month
    skill_pay: Floats  # wage per posted wage
    hired: Ints  # vacancy that hired, -1 none
    via: Ints  # channel of the hire
    turn: Ints  # round of the hire
    pay: Floats  # wage agreed, EUR a month


class Applications(NamedTuple):
    """Who applies in a round, and where: an own application and a referral each, shape (a, 2)."""

    seeker: Ints  # (a,) index in `Seekers`, ascending
    vacancy: Ints  # vacancy applied to, -1 none
    channel: Ints
    score: Floats  # employer's score
    lot: Floats  # lot that breaks ties
