"""Synthetic districts: the same seed gives the same ones, and together they are what was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from labsim.config import synthetic
from labsim.config.geography import distances, door_to_door, inside
from labsim.config.place_forms import StraightLines, Synthetic
from labsim.state.place import Municipality

SQUARE = [(50.0, 8.0), (50.0, 12.0), (53.0, 12.0), (53.0, 8.0)]
RULE = StraightLines(access=10, detour=1.3, slow=60, slow_until=30, fast=80, within=15)


def form(**changes: Any) -> Synthetic:
    regions = [
        {"name": "right", "east_of": 10.0, "unemployment_rate": 18.0, "like": ["A"]},
        {"name": "left", "east_of": -180.0, "unemployment_rate": 9.0, "like": ["A", "B"]},
    ]
    content: dict[str, Any] = {
        "districts": 60, "seed": 7, "outline": SQUARE, "apart": 12, "residents": 10_000, "size_spread": 0.5,
        "unemployment_rate": 12.0, "unemployment_spread": 5.0, "long_term_share": 38.0, "long_term_spread": 5.0,
        "at_work": 0.7, "centre_spread": 0.2, "decay": 22.0, "regions": regions,
    }  # fmt: skip
    return Synthetic.model_validate(content | changes)


def town(name: str, rate: float) -> Municipality:
    return Municipality(
        name=name, population_of_working_age=200_000, unemployment_rate=rate, long_term_share=40.0
    )


def known() -> synthetic.Published:
    path = {"1998": 100.0, "1999": 110.0, "2000": 90.0}
    return synthetic.Published(
        municipalities=(town("A", 10.0), town("B", 16.0)),
        at=[(51.0, 9.0), (51.0, 11.0)],
        residents=np.array([300.0, 400.0]),
        employees={"A": path, "B": {"1998": 50.0, "1999": 50.0, "2000": 100.0}},
        population={"A": dict.fromkeys(path, 300.0), "B": dict.fromkeys(path, 400.0)},
    )


def test_the_same_seed_gives_the_same_districts_and_another_seed_others() -> None:
    one, again, other = (synthetic.draw(form(seed=seed), known()) for seed in (7, 7, 8))
    assert one.names == again.names
    assert one.at == again.at
    assert one.rates.tolist() == again.rates.tolist()
    assert one.residents.tolist() == again.residents.tolist()
    assert one.at != other.at
    assert one.rates.tolist() != other.rates.tolist()


def test_districts_lie_in_the_outline_apart_from_each_other_and_from_those_known() -> None:
    drawn = synthetic.draw(form(), known())
    assert inside(drawn.at, SQUARE).all()
    points = [*known().at, *drawn.at]
    apart = distances(points, points)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= 12.0


def test_the_whole_place_has_the_size_mean_and_spread_that_were_asked_for() -> None:
    drawn = synthetic.draw(form(), known())
    people = np.concatenate([known().residents, drawn.residents])
    rates = np.concatenate([[10.0, 16.0], drawn.rates])
    shares = np.concatenate([[40.0, 40.0], drawn.long_term])
    mean = np.average(rates, weights=people)
    assert people.sum() == pytest.approx(10_000, abs=5)
    assert mean == pytest.approx(12.0, abs=0.05)
    assert np.sqrt(np.average((rates - mean) ** 2, weights=people)) == pytest.approx(5.0, abs=0.8)
    assert np.average(shares, weights=people) == pytest.approx(38.0, abs=1.0)
    assert np.log(drawn.residents).std() == pytest.approx(0.5, abs=0.03)


def test_a_region_with_more_unemployment_has_more() -> None:
    drawn = synthetic.draw(form(), known())
    east = drawn.region == 0
    assert [point[1] >= 10.0 for point in drawn.at] == east.tolist()
    assert drawn.rates[east].mean() > drawn.rates[~east].mean() + 5.0


def test_there_are_as_many_jobs_as_residents_at_work() -> None:
    people, rates = np.array([100.0, 200.0, 300.0]) * 1000, np.array([10.0, 20.0, 5.0])
    minutes = np.array([[15.0, 30.0, 60.0], [30.0, 15.0, 45.0], [60.0, 45.0, 15.0]])
    jobs = synthetic.jobs_per_head(form(), people, rates, minutes) * people
    assert jobs.sum() == pytest.approx((people * 0.7 * (1 - rates / 100)).sum(), rel=0.002)


def test_jobs_gather_where_much_is_near() -> None:
    people, rates = np.full(3, 100_000.0), np.full(3, 10.0)
    alone = np.array([[15.0, 20.0, 120.0], [20.0, 15.0, 120.0], [120.0, 120.0, 15.0]])
    star = np.array([[15.0, 25.0, 25.0], [25.0, 15.0, 60.0], [25.0, 60.0, 15.0]])
    flat = form(centre_spread=0.0)
    assert synthetic.jobs_per_head(flat, people, rates, alone)[2] == pytest.approx(0.63, abs=0.01)
    middle, *rim = synthetic.jobs_per_head(flat, people, rates, star)
    assert middle > max(rim)


def test_years_to_come_follow_a_published_municipality_of_the_region() -> None:
    drawn = synthetic.draw(form(), known())
    points = synthetic.paths(drawn, np.full(60, 80.0), known())["employees"]
    by_name = {name: [p.value for p in points if p.municipality == name] for name in drawn.names}
    for name, like, region in zip(drawn.names, drawn.like, drawn.region, strict=True):
        assert by_name[name] == {"A": [80.0, 88.0, 72.0], "B": [80.0, 80.0, 160.0]}[like]
        assert like == "A" or region == 1
    assert {"A", "B"} == set(drawn.like)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"apart": 100.0}, r"apart is 100 km, but only \d+ of 60 districts fit"),
        ({"residents": 500.0}, "residents is 500 thousand, but the published municipalities alone have 700"),
        ({"regions": [{"name": "r", "east_of": 10.0, "unemployment_rate": 9.0, "like": ["A"]}]},
         "regions leaves out the point"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        synthetic.draw(form(**changes), known())


def test_a_degree_is_longer_to_the_north_than_to_the_east() -> None:
    north, east = (float(distances([(51.0, 7.0)], [point])[0, 0]) for point in ((52.0, 7.0), (51.0, 8.0)))
    assert north == pytest.approx(110.6, abs=0.1)
    assert east == pytest.approx(111.32 * np.cos(np.radians(51.0)), abs=0.1)


def test_minutes_are_access_and_road_at_two_speeds() -> None:
    one, two = (51.0, 7.0), (51.0 + 38.0 / 1.3 / 110.57, 7.0)  # 38 km of road
    minutes = door_to_door([one, two], [12.0, 17.0], RULE)
    assert minutes.tolist() == [[12.0, 10 + 30 + 6], [10 + 30 + 6, 17.0]]


def test_a_point_is_inside_an_outline_with_a_bay() -> None:
    bay = [(0.0, 0.0), (0.0, 4.0), (4.0, 4.0), (2.0, 2.0), (4.0, 0.0)]
    assert inside([(1.0, 2.0), (3.0, 2.0), (3.5, 3.8), (5.0, 1.0)], bay).tolist() == [
        True, False, True, False,
    ]  # fmt: skip


def test_skills_are_lower_where_unemployment_is_higher_and_stay_within_their_bounds() -> None:
    shifts = synthetic.skill_shifts(
        form(skill_slope=0.05, skill_zero=17.0), np.array([7.0, 17.0, 19.0, 50.0])
    )
    assert shifts.tolist() == [0.5, 0.0, -0.1, -1.0]
    assert not synthetic.skill_shifts(form(), np.array([7.0, 17.0])).any()
