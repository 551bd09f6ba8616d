"""Check 9: how people find work, in a market with high and in one with lower unemployment."""

import pytest
from setups import mean_of, runs

KINDS = {"dortmund": "Dortmund-like", "national": "national-like"}


@pytest.mark.parametrize("kind", KINDS)
def test_contacts_bring_the_published_share_of_hires(check, kind):
    share = mean_of(runs(kind), "contact_share")
    check("9", f"hires through contacts, {KINDS[kind]}", share, 20.0, 35.0, "%")


@pytest.mark.parametrize("kind", KINDS)
def test_the_agency_brings_the_published_share_of_hires(check, kind):
    share = mean_of(runs(kind), "agency_share")
    check("9", f"hires through the agency, {KINDS[kind]}", share, 5.0, 14.0, "%")
