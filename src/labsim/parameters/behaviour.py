"""How people and employers behave, by submodel.

Starting values come from the project's model study (set B, reached by hand tuning, not a fit) unless a line names
another source. They say how people, employers and agencies behave; what a policy sets stands in the regime.
"""

from __future__ import annotations

from labsim.params import Declared, param, share

STUDY = "model study, set B (hand-tuned starting value)"
FITTED = "calibrated by hand: stocks and flows of checks 1, 2, 3 and 7 of the model study at 60,000 persons"


class DemandParameters(Declared):
    """Labour demand: target headcount, vacancies, layoffs, small employers that close and open."""

    jobs_per_head: float = param(0.60, "jobs", "jobs per person of working age, before demand growth",
                                 low=0.3, high=0.9, source=FITTED)  # fmt: skip
    level: float = param(1.0, "ratio", "jobs relative to the jobs per head given, in all municipalities alike",
                         low=0.5, high=1.5)  # fmt: skip
    pass_through: float = param(1.0, "elasticity", "response of demand to published employees per resident of the"
                                " whole place (they leave out civil servants, the self-employed and small jobs)",
                                low=0.0, high=2.0)  # fmt: skip
    local_pass_through: float = param(1.0, "elasticity", "the same for what distinguishes a municipality's path from"
                                      " that of the whole place", low=0.0, high=2.0)  # fmt: skip
    drift: float = param(0.0, "per year", "growth of jobs per person of working age that employees per resident do"
                         " not show, while there are published figures", low=-0.05, high=0.05)  # fmt: skip
    persistence: float = param(0.97, "per month", "persistence of an employer's own demand (AR(1))",
                               low=0.0, high=0.999, source=STUDY)  # fmt: skip
    innovation_sd: float = param(0.024, "log points", "standard deviation of the monthly demand innovation",
                                 low=0.0, high=0.2, source=STUDY)  # fmt: skip
    layoff_band: float = param(0.015, "share", "excess of headcount over target that is tolerated",
                               low=0.0, high=0.5, source=STUDY)  # fmt: skip
    layoff_speed: float = param(0.35, "share per month", "part of the excess laid off in a month",
                                low=0.0, high=1.0, source=STUDY)  # fmt: skip
    posting_speed: float = param(0.6, "share per month", "part of an open gap that becomes vacancies",
                                 low=0.0, high=1.0, source=STUDY)  # fmt: skip
    withdrawal_after: int = param(6, "months", "age from which an unfilled vacancy may be withdrawn",
                                  low=1, high=60, source=STUDY)  # fmt: skip
    withdrawal_rate: float = param(0.10, "per month", "chance that an old vacancy is withdrawn",
                                   low=0.0, high=1.0, source=STUDY)  # fmt: skip
    hiring_ease_elasticity: float = param(0.02, "elasticity", "response of target headcount to ease of hiring",
                                          low=0.0, high=0.2, source=STUDY)  # fmt: skip
    wage_elasticity: float = param(0.3, "elasticity", "fall of target headcount with posted wages",
                                   low=0.0, high=1.5, source=STUDY)  # fmt: skip
    closure_rate: float = param(0.003, "per month", "closure of employers below ten jobs",
                                low=0.0, high=0.05, source=STUDY)  # fmt: skip
    reference_filling: float = param(0.6, "share per month", "share of vacancies filled at which hiring ease is"
                                     " neutral", low=0.05, high=1.0)  # fmt: skip
    largest_employer: int = param(3000, "jobs", "largest employer at real scale", low=10, high=100_000)
    size_exponent: float = param(1.06, "exponent", "tail exponent of the law of employer sizes (Zipf-like)",
                                 low=0.5, high=3.0, source="Axtell 2001 gives about 1 (from memory)")  # fmt: skip
    founded_decay: float = param(0.006, "per month", "jobs of founders with a start-up subsidy that end",
                                 low=0.0, high=0.2,
                                 source="assumption: two thirds are left after five years (from memory)")  # fmt: skip
    founded_displacement: float = share(0.7, "regular local jobs that a founder's job takes away (0 = none)")
    scrapping: float = param(0.0, "share per month", "drift of normal size towards current target (0 = off)",
                             low=0.0, high=0.1, source=STUDY)  # fmt: skip
    replacement_noise: float = param(24.0, "months", "noise in 'last in, first out' layoffs, in months of tenure",
                                     low=0.0, high=240.0)  # fmt: skip


class SeparationParameters(Declared):
    """How jobs end apart from layoffs: hazard s0 + s1 exp(-tenure / 9) by education; recall."""

    base: float = param(0.0026, "per month", "hazard of long jobs (s0)", low=0.0, high=0.05, source=FITTED)
    new_job: float = param(
        0.014, "per month", "extra hazard of new jobs (s1)", low=0.0, high=0.2, source=FITTED
    )
    decay: float = param(9.0, "months", "tenure over which the extra hazard falls to 1/e",
                         low=1.0, high=60.0, source=STUDY)  # fmt: skip
    no_vocational: float = param(1.5, "ratio", "hazard of people without vocational training",
                                 low=0.1, high=5.0, source=STUDY)  # fmt: skip
    tertiary: float = param(0.6, "ratio", "hazard of people with tertiary education",
                            low=0.1, high=5.0, source=STUDY)  # fmt: skip
    recall_share: float = share(0.30, "chance per round that an open application goes to the last employer, if it"
                                " has a vacancy, within two months of job loss")  # fmt: skip


class ParticipationParameters(Declared):
    """Flows between the register, work and inactivity; entry from education; retirement."""

    employed_exit: float = param(
        0.0020, "per month", "employed to inactive", low=0.0, high=0.05, source=STUDY
    )
    older_factor: float = param(4.0, "ratio", "the same from age 60", low=1.0, high=20.0, source=STUDY)
    recipients: float = param(1.0, "ratio", "inactive people who draw social assistance and must register with the"
                              " benefit merger, relative to what the regime says", low=0.0, high=8.0)  # fmt: skip
    recipients_distance: float = share(
        1.0,
        "how much the chance to be such a recipient follows a person's distance from"
        " the market, 1 - employability (0 = all inactive alike)",
    )
    other_return: float = param(0.0085, "per month", "inactive (care, illness, other) to the register",
                                low=0.0, high=0.1, source=FITTED)  # fmt: skip
    discouraged_return: float = param(0.0115, "per month", "discouraged to the register, times (0.4 + trust) and"
                                      " tightness between 0.7 and 1.3", low=0.0, high=0.1, source=FITTED)  # fmt: skip
    withdrawal: float = param(0.020, "per month", "unemployed to inactive, times (1 + pressure)"
                              " (1.6 - employability) (1.6 - trust)", low=0.0, high=0.1, source=FITTED)  # fmt: skip
    withdrawal_pressure: float = param(1.0, "ratio", "response of withdrawal to pressure (0 = off)",
                                       low=0.0, high=5.0)  # fmt: skip
    leaves_school_at: tuple[int, int, int] = param(
        (17, 19, 24), "years", "age of first registration: no vocational, vocational, tertiary education"
    )


class SearchParameters(Declared):
    """Search effort, where people apply, and through which channel."""

    unemployed: float = param(1.75, "applications per month", "applications of the unemployed (x0)",
                              low=0.1, high=10.0, source=STUDY)  # fmt: skip
    employed: float = param(0.28, "applications per month", "applications of the employed",
                            low=0.0, high=2.0, source=FITTED)  # fmt: skip
    employed_new: float = param(1.5, "ratio", "the same in the first two years of a job",
                                low=0.5, high=5.0, source=STUDY)  # fmt: skip
    inactive: float = param(0.10, "applications per month", "applications of the inactive",
                            low=0.0, high=1.0, source=STUDY)  # fmt: skip
    leavers: float = param(3.0, "applications per month", "applications of people in education shortly before they"
                           " leave it (0 = all register as unemployed first)", low=0.0, high=10.0,
                           source="assumption: most German school leavers have an apprenticeship when they leave, and"
                           " employers look for apprentices long before; no figure seen")  # fmt: skip
    leaver_months: int = param(
        6, "months", "how long before the end of education they begin to look", low=0, high=24
    )
    employability_exponent: float = param(0.5, "exponent", "response of effort to employability",
                                          low=0.0, high=2.0, source=STUDY)  # fmt: skip
    duration_decay: float = param(0.005, "per month", "fall of effort with months since the last job, to month 24",
                                  low=0.0, high=0.1, source=STUDY)  # fmt: skip
    tightness_exponent: float = param(0.35, "exponent", "response of effort to tightness",
                                      low=0.0, high=1.0, source=STUDY)  # fmt: skip
    reference_tightness: float = param(
        0.20, "ratio", "tightness at which effort is neutral", low=0.01, high=2.0
    )
    exhaustion_rise: float = param(0.30, "share", "rise of effort before insurance benefit runs out, over 6 months",
                                   low=0.0, high=1.0, source=STUDY)  # fmt: skip
    pressure_response: float = param(0.35, "ratio", "response of effort to pressure",
                                     low=0.0, high=2.0, source=STUDY)  # fmt: skip
    pressure_memory: float = param(0.75, "per month", "part of pressure left after a month",
                                   low=0.0, high=1.0, source=STUDY)  # fmt: skip
    rounds: int = param(3, "rounds", "rounds of application, ranking and offer in a month", low=1, high=4,
                        source=STUDY)  # fmt: skip
    distance_decay: float = param(22.0, "minutes", "travel time over which a vacancy's weight falls to 1/e",
                                  low=2.0, high=120.0, source=STUDY)  # fmt: skip
    at_home: float = param(1.0, "ratio", "weight of vacancies in one's own municipality beside what travel time gives"
                           " them (1: nothing but travel time counts)", low=1.0, high=20.0)  # fmt: skip
    next_occupation: float = param(0.25, "ratio", "closeness of the neighbouring occupations",
                                   low=0.0, high=1.0, source=STUDY)  # fmt: skip
    far_occupation: float = param(0.06, "ratio", "closeness of all other occupations",
                                  low=0.0, high=1.0, source=STUDY)  # fmt: skip
    tip_share: float = share(
        0.16, "part of applications that follow a tip from a contact, if all contacts work"
    )
    tip_months: float = param(
        36.0, "months", "time out of work over which contacts halve", low=1.0, high=240.0
    )
    partnership_share: float = share(
        0.10,
        "chance per round of a referral through a municipality's employer partnership, at full tie strength and"
        " under a regime that uses them",
    )


class HiringParameters(Declared):
    """How employers rank applicants and whom they would hire at all."""

    standard: float = param(1.82, "log points", "hiring standard", low=-2.0, high=5.0, source=FITTED)
    relaxation: float = param(0.06, "log points per month", "fall of the standard with the vacancy's age, to month 6",
                              low=0.0, high=0.5, source=STUDY)  # fmt: skip
    relative: float = share(0.7, "part of the standard that follows the local unemployed (0 = absolute)",
                            source=STUDY)  # fmt: skip
    education_standard: float = param(0.10, "log points", "rise of the standard per level of education asked",
                                      low=0.0, high=1.0)  # fmt: skip
    noise: float = param(1.0, "log points", "standard deviation of what only the employer sees of a match",
                         low=0.0, high=3.0, source=STUDY)  # fmt: skip
    employability: float = param(1.0, "log points", "weight of employability in the score (fixed)",
                                 low=0.0, high=3.0, source=STUDY)  # fmt: skip
    stigma: float = param(0.10, "log points per year", "penalty for months since the last job",
                          low=0.0, high=1.0, source=STUDY)  # fmt: skip
    stigma_cap: int = param(
        18, "months", "months after which the penalty stays", low=1, high=120, source=STUDY
    )
    stigma_slack: float = param(0.5, "exponent", "how much weaker the penalty is where the market is slack",
                                low=0.0, high=2.0)  # fmt: skip
    next_occupation: float = param(-0.25, "log points", "misfit of a neighbouring occupation",
                                   low=-3.0, high=0.0, source=STUDY)  # fmt: skip
    far_occupation: float = param(-0.60, "log points", "misfit of a far occupation",
                                  low=-3.0, high=0.0, source=STUDY)  # fmt: skip
    education_gap: float = param(-0.70, "log points", "misfit per level of education short of what is asked",
                                 low=-3.0, high=0.0, source=STUDY)  # fmt: skip
    distance: float = param(-0.003, "log points per minute", "employers' reluctance about long commutes",
                            low=-0.1, high=0.0)  # fmt: skip
    tip: float = param(0.7, "log points", "bonus of a recommendation", low=0.0, high=3.0, source=STUDY)
    referral: float = param(
        0.2, "log points", "bonus of an agency's referral", low=0.0, high=3.0, source=STUDY
    )
    recall: float = param(
        1.0, "log points", "bonus of a former employee within two months", low=0.0, high=5.0
    )
    partnership: float = param(0.4, "log points", "bonus of a partnership referral", low=0.0, high=3.0)
    registered_share: float = share(0.42, "part of vacancies registered with the agency",
                                    source="IAB job vacancy survey 2010-2011: 39 to 43 %")  # fmt: skip
    reference_nearness: float = param(0.40, "log points", "mean skill plus employability of the unemployed at which"
                                      " the standard is neutral", low=-3.0, high=3.0)  # fmt: skip
    reference_memory: float = param(0.9, "per month", "memory of the local average that the standard follows",
                                    low=0.0, high=0.999)  # fmt: skip


class WageParameters(Declared):
    """Posted wages and reservation wages."""

    mean_wage: float = param(2300.0, "EUR/month", "mean gross wage at the start", low=100.0, high=20000.0)
    return_to_skill: float = param(
        0.5, "elasticity", "return to human capital", low=0.0, high=2.0, source=STUDY
    )
    employer_sd: float = param(0.10, "log points", "spread of employers' wage premia",
                               low=0.0, high=1.0, source=STUDY)  # fmt: skip
    posting_sd: float = param(0.10, "log points", "spread of wages posted by one employer",
                              low=0.0, high=1.0, source=STUDY)  # fmt: skip
    education_premium: float = param(
        0.20, "log points", "premium per level of education asked", low=0.0, high=1.0
    )
    curve: float = param(-0.10, "elasticity", "posted wages on local unemployment (wage curve)",
                         low=-0.5, high=0.0, source="Blanchflower & Oswald 1994 (from memory)")  # fmt: skip
    reference_unemployment: float = param(0.12, "share", "unemployment rate at which posted wages are neutral",
                                          low=0.01, high=0.5)  # fmt: skip
    floor: float = param(0.45, "share", "lowest wage, as a share of the mean wage", low=0.0, high=1.0)
    job_to_job: float = param(0.03, "share", "gain in wage for which an employed person moves",
                              low=0.0, high=0.5, source=STUDY)  # fmt: skip
    anchor: float = param(0.45, "share", "weight of the last wage in the reservation wage at job loss",
                          low=0.0, high=1.0, source=STUDY)  # fmt: skip
    anchor_slope: float = param(0.010, "per month", "fall of that weight", low=0.0, high=0.1, source=STUDY)
    anchor_floor: float = param(0.15, "share", "lowest weight", low=0.0, high=1.0, source=STUDY)
    pressure_cut: float = param(0.08, "share", "cut of the reservation wage per unit of pressure",
                                low=0.0, high=1.0, source=STUDY)  # fmt: skip


class PeopleParameters(Declared):
    """Human capital, employability, trust: personal levels, learning and loss."""

    skill_sd: float = param(
        0.45, "log points", "spread of personal human capital", low=0.0, high=2.0, source=STUDY
    )
    skill_by_education: float = param(0.12, "log points", "mean human capital per level of education",
                                      low=0.0, high=1.0, source=STUDY)  # fmt: skip
    employability_mean: float = param(0.69, "share", "mean personal employability", low=0.05, high=0.95)
    employability_sd: float = param(0.26, "share", "spread of personal employability before it is cut to 0.05..1",
                                    low=0.0, high=1.0, source=STUDY)  # fmt: skip
    learning: float = param(0.02, "share of gap per month", "human capital at work, towards the personal level",
                            low=0.0, high=0.5, source=STUDY)  # fmt: skip
    loss: float = param(0.004, "log points per month", "human capital out of work", low=0.0, high=0.05,
                        source=STUDY)  # fmt: skip
    loss_floor: float = param(0.2, "log points", "largest loss below the personal level", low=0.0, high=2.0,
                              source=STUDY)  # fmt: skip
    employability_gain: float = param(0.05, "share of gap per month", "employability at work",
                                      low=0.0, high=0.5, source=STUDY)  # fmt: skip
    employability_loss: float = param(0.010, "share of gap per month", "employability out of work",
                                      low=0.0, high=0.5, source=STUDY)  # fmt: skip
    employability_floor: float = share(
        0.7, "floor of employability, as a share of the personal level", source=STUDY
    )
    trust_level: float = share(0.6, "level to which trust returns", source=STUDY)
    trust_recovery: float = param(0.01, "share of gap per month", "recovery of trust", low=0.0, high=0.5,
                                  source=STUDY)  # fmt: skip
    sanction_trust: float = param(
        0.85, "ratio", "trust left after a sanction", low=0.0, high=1.0, source=STUDY
    )
    sanction_employability: float = param(0.02, "share", "employability lost by a sanction below 0.5",
                                          low=0.0, high=0.5, source=STUDY)  # fmt: skip
