"""Check 15: rates do not depend on the number of agents."""

from setups import mean_of, runs


def test_ten_thousand_agents_behave_like_a_hundred_thousand(check):
    small, large = runs("dortmund", 10_000), runs("dortmund", 100_000)
    u = [mean_of(models, "unemployment_rate") for models in (small, large)]
    check("15", "unemployment, 10k against 100k persons", u[0] - u[1], -0.7, 0.7, "points")
    for name, indicator in (("UE", "job_finding_rate"), ("EU", "separation_rate")):
        rates = [mean_of(models, indicator) for models in (small, large)]
        check("15", f"{name}, 10k against 100k persons", 100 * (rates[0] / rates[1] - 1), -12, 12, "%")
