"""Checks 1, 2, 3, 7 and 9: levels of stocks and flows."""

from setups import mean_of, runs


def test_a_dortmund_like_market_has_the_published_stocks_and_flows(check):
    models = runs("dortmund")
    check("1", "unemployment, Dortmund-like", mean_of(models, "unemployment_rate"), 13.5, 15.5, "%")
    check("1", "unemployed to job (UE)", mean_of(models, "job_finding_rate"), 4.5, 7.0, "% a month")
    check("1", "employed to unemployed (EU)", mean_of(models, "separation_rate"), 0.6, 0.9, "% a month")
    check("1", "job to job (JJ)", mean_of(models, "job_to_job_rate"), 0.75, 1.2, "% a month")


def test_a_national_like_market_has_lower_unemployment_and_fewer_long_spells(check):
    models = runs("national")
    check("2", "unemployment, national-like", mean_of(models, "unemployment_rate"), 10.0, 11.0, "%")
    check("2", "long-term share, register clock", mean_of(models, "long_term_share"), 35.0, 41.0, "%")
    check("2", "registered vacancies per unemployed", mean_of(models, "registered_tightness"), 0.06, 0.14)


def test_the_two_duration_clocks_differ(check):
    models = runs("dortmund")
    register = mean_of(models, "long_term_share")
    check("3", "long-term share, register clock, Dortmund-like", register, 42.0, 50.0, "%")
    gap = mean_of(models, "long_term_share_since_job") - register
    check("3", "share without a job for 12 months, above it", gap, 10.0, 60.0, "points")


def test_vacancies_are_filled_as_fast_as_surveys_say(check):
    models = runs("dortmund")
    check("7", "vacancies filled", mean_of(models, "vacancy_filling_rate"), 45.0, 70.0, "% a month")
    check("7", "age at filling", mean_of(models, "vacancy_age_at_filling"), 25.0, 55.0, "days")


def test_contacts_and_the_agency_bring_the_published_shares_of_hires(check):
    models = runs("dortmund")
    check("9", "hires through contacts", mean_of(models, "contact_share"), 20.0, 35.0, "%")
    check("9", "hires through the agency", mean_of(models, "agency_share"), 5.0, 14.0, "%")
