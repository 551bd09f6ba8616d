"""The codes that columns hold."""

from __future__ import annotations

# labour-market status; outside: not of working age here, and the status of a row in which nobody lives
EMPLOYED, UNEMPLOYED, IN_MEASURE, INACTIVE, OUTSIDE = 0, 1, 2, 3, 4
STATES = ("employed", "unemployed", "in_measure", "inactive", "outside")

# why somebody is inactive
NOT_INACTIVE, IN_EDUCATION, DISCOURAGED, OTHER_INACTIVE = 0, 1, 2, 3

# benefit
NO_BENEFIT, INSURANCE, ASSISTANCE, BASIC_INCOME = 0, 1, 2, 3

# education
NO_VOCATIONAL, VOCATIONAL, TERTIARY = 0, 1, 2

# customer segment
NOT_PROFILED, MARKET_CLIENT, TO_ACTIVATE, TO_SUPPORT, CARED_FOR = 0, 1, 2, 3, 4
SEGMENTS = ("not_profiled", "market", "activate", "support", "cared_for")

# how an application or a hire came about
OPEN, TIP, REFERRAL, PARTNERSHIP, RECALL = 0, 1, 2, 3, 4
HIRE_CHANNELS = ("open", "tip", "referral", "partnership", "recall")

# which methods of an agent run in Python (bits of the column `python`)
DEMOGRAPHY, BENEFITS, COUNSELLED, SEARCH, ACCEPT, ADAPT = 1, 2, 4, 8, 16, 32
PLAN, KEEP, LAY_OFF, RANK = 1, 2, 4, 8
ALL_METHODS = 255

# ages in months
ENTRY_AGE, YOUTH_UNTIL, OLDER_FROM, OLD_FROM, EXIT_AGE = 16 * 12, 25 * 12, 50 * 12, 60 * 12, 65 * 12

LONG_TERM_MONTHS = 12

# the census of a month
DURATIONS = 72
"""Months since the last job that are counted one by one; the last holds 71 and more."""
BASE_GROUPS = 6
"""Young, middle, older times with and without vocational training."""
CENSUS_GROUPS = 2 * BASE_GROUPS
"""Base groups times out of work for less or more than a year: 2 * base group + (1 if long out of work)."""
FIXED_POINT = 1024.0
"""Steps of a unit in which sums of reals are kept, so that their order does not matter."""
MEASURES_OF = (
    "employed",
    "unemployed",
    "in_measure",
    "inactive",
    "long_term",
    "long_term_since_job",
    "neglected",
    "wage",
    "skill",
    "employability",
    "trust",
    "sanctioned",
    "jobless_employability",
    "jobless_trust",
    "not_profiled",
    "market",
    "activate",
    "support",
    "cared_for",
)

NOBODY = -1

# who pays, and what for
PAYERS = ("insurance", "federal", "state", "municipality", "employer")
USES = ("insurance_benefit", "assistance", "basic_income", "measures", "administration", "coordination")
