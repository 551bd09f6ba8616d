"""What holds for the shipped places: every figure once, published where it says so, synthetic where it says so."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from labsim.config import load
from labsim.config import load_place as read_place
from labsim.state.place import Place

ROOT = Path(__file__).resolve().parents[2]
PLACES = ROOT / "configs" / "places"
OPTING = {"Oberhavel", "Oder-Spree", "Ostprignitz-Ruppin", "Spree-Neiße", "Uckermark"}


@cache
def load_place(name: str) -> Place:
    return read_place(name)


def rows(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def value(place: Place, series: str, municipality: str, date: str) -> float:
    points = (*place.employees, *place.population, *place.targets)
    found = [p.value for p in points if (p.series, p.municipality, p.date) == (series, municipality, date)]
    assert len(found) == 1, (series, municipality, date)
    return found[0]


def test_each_figure_is_transcribed_once() -> None:
    figures: Counter[tuple[str, ...]] = Counter()
    for file in sorted(PLACES.rglob("*.csv")):
        for row in rows(file):
            if {"home", "work"} <= row.keys():
                figures["commuters", row["home"], row["work"], row["year"]] += 1
            elif {"municipality", "year"} <= row.keys():
                series = row.get("series", file.stem)
                where = file.parent.name if row["municipality"] == "all" else ""  # of another place each
                group = (row.get("trait", ""), row.get("category", ""))
                figures[series, where, row["municipality"], row["year"], *group] += 1
    assert len(figures) > 2000
    assert [figure for figure, times in figures.items() if times > 1] == []


@pytest.mark.parametrize("name", ["brandenburg", "ruhr"])
def test_a_place_starts_from_its_published_figures_of_1998(name: str) -> None:
    place = load_place(name)
    factors = []
    for it in place.municipalities:
        residents = value(place, "population", it.name, "1998")
        assert it.population_of_working_age == round(660 * residents)
        assert it.unemployment_rate == value(place, "unemployment_rate", it.name, "1998")
        assert it.long_term_share == value(place, "long_term_share", it.name, "1998")
        employees = 1000 * value(place, "employees", it.name, "1998")
        factors.append((it.jobs_per_head or 0.0) * it.population_of_working_age / employees)
    assert factors == pytest.approx([np.mean(factors)] * len(factors), rel=0.002)


@pytest.mark.parametrize(("name", "last"), [("brandenburg", 2013), ("ruhr", 2010)])
def test_the_published_series_have_no_gaps(name: str, last: int) -> None:
    place = load_place(name)
    wanted = {(it.name, str(year)) for it in place.municipalities for year in range(1998, last + 1)}
    for series in (place.employees, place.population):
        assert {(p.municipality, p.date) for p in series} == wanted
    for series_name in ("unemployment_rate", "long_term_share"):
        found = {(p.municipality, p.date) for p in place.targets if p.series == series_name}
        assert {figure for figure in found if figure[0] != "all"} == wanted


def test_breaks_and_broken_figures_are_flagged() -> None:
    for name in ("brandenburg", "ruhr", "dortmund", "germany"):
        for p in load_place(name).targets:
            if p.series == "unemployment_rate":
                assert p.flag == ("break" if p.date == "2005" else ""), p
            assert ("break" in p.source) == (p.flag == "break"), p
    broken = {(p.municipality, p.date) for p in load_place("brandenburg").targets if p.flag == "broken"}
    assert broken == {(district, str(year)) for district in OPTING for year in range(2005, 2009)}


def test_brandenburg_is_eighteen_districts_and_berlin_outside() -> None:
    place = load_place("brandenburg")
    assert [it.name for it in place.municipalities if it.outside] == ["Berlin"]
    assert len(place.municipalities) == 19
    assert load("brandenburg_2003").start == "1998-01"
    spread = [p.value for p in place.targets if p.series == "unemployment_rate" and p.date == "2004"
              and p.municipality not in {"all", "Berlin"}]  # fmt: skip
    assert (min(spread), max(spread)) == (12.28, 25.43), "Potsdam and Uckermark"


def test_the_rate_of_brandenburg_is_the_mean_of_its_districts() -> None:
    place = load_place("brandenburg")
    inside = [it.name for it in place.municipalities if not it.outside]
    for year in range(1998, 2014):
        people = [value(place, "population", name, str(year)) for name in inside]
        rates = [value(place, "unemployment_rate", name, str(year)) for name in inside]
        mean = np.average(rates, weights=people)
        assert value(place, "unemployment_rate", "all", str(year)) == pytest.approx(mean, abs=0.006)


def test_commuters_between_brandenburg_and_berlin_are_as_published() -> None:
    place = load_place("brandenburg")
    assert place.commuters is not None
    matrix = np.array(place.commuters)
    assert matrix[:18, 18].sum() == pytest.approx(234_460, abs=1)
    assert matrix[18, :18].sum() == pytest.approx(95_778, abs=1)
    assert matrix[:18, :18].sum() == pytest.approx(180_214, rel=0.001)


def test_nearer_districts_exchange_more_commuters() -> None:
    for name in ("brandenburg", "ruhr"):
        place = load_place(name)
        people = np.array([it.population_of_working_age for it in place.municipalities], float)
        travel, commuters = np.array(place.travel_minutes), np.array(place.commuters)
        off = ~np.eye(len(people), dtype=bool)
        density = np.log(commuters[off] / np.outer(people, people)[off])
        assert np.corrcoef(density, travel[off])[0, 1] < -0.75, name


def test_straight_lines_agree_with_the_judged_minutes_of_dortmund() -> None:
    ruhr, dortmund = load_place("ruhr"), load_place("dortmund")
    names = [it.name for it in ruhr.municipalities]
    assert names[:6] == [it.name for it in dortmund.municipalities]
    difference = np.array(ruhr.travel_minutes)[:6, :6] - np.array(dortmund.travel_minutes)
    assert np.abs(difference).max() <= 8
    assert np.abs(difference).mean() <= 3


def test_ruhr_has_the_figures_of_dortmund_without_repeating_them() -> None:
    ruhr, dortmund = load_place("ruhr"), load_place("dortmund")
    for series in ("employees", "population", "targets"):
        assert set(getattr(dortmund, series)) <= set(getattr(ruhr, series))
        own = {row["municipality"] for row in rows(PLACES / "ruhr" / f"{series}.csv")}
        assert own == {"Essen", "Hamm", "Herne", "Märkischer Kreis"}


def test_germany_has_401_districts_and_says_which_are_synthetic() -> None:
    place = load_place("germany")
    drawn = [it for it in place.municipalities if it.synthetic]
    assert (len(place.municipalities), len(drawn)) == (401, 372)
    assert all(it.name.startswith("Synthetic district ") for it in drawn)
    assert not any("Synthetic" in it.name for it in place.municipalities if not it.synthetic)
    assert "synthetic" in place.label.en
    assert "synthetisch" in place.label.de
    names = {it.name for it in drawn}
    assert not [p for p in place.targets if p.municipality in names], "what is drawn is no published outcome"
    points = [p for p in (*place.employees, *place.population) if p.municipality in names]
    assert points
    assert all(p.source.startswith("assumption: synthetic") for p in points)


def test_germany_has_the_size_the_mean_and_the_spread_of_the_country() -> None:
    place = load_place("germany")
    people = np.array([it.population_of_working_age for it in place.municipalities], float)
    rates = np.array([it.unemployment_rate for it in place.municipalities])
    shares = np.array([it.long_term_share for it in place.municipalities])
    mean = np.average(rates, weights=people)
    assert people.sum() == pytest.approx(0.66 * 82_000_000, rel=0.001)
    assert mean == pytest.approx(11.07, abs=0.05)
    assert np.sqrt(np.average((rates - mean) ** 2, weights=people)) == pytest.approx(4.42, abs=0.15)
    assert np.average(shares, weights=people) == pytest.approx(37.5, abs=0.3)
    jobs = np.array([it.jobs_per_head for it in place.municipalities], float)
    level = np.average(jobs, weights=people)
    assert level == pytest.approx(0.69 * (1 - 0.1107), abs=0.02), "as many jobs as residents at work"


def test_the_starts_of_germanys_published_districts_are_those_of_their_places() -> None:
    germany = {it.name: it for it in load_place("germany").municipalities}
    for name in ("ruhr", "brandenburg"):
        for it in load_place(name).municipalities:
            there = germany[it.name]
            same = ("population_of_working_age", "unemployment_rate", "long_term_share")
            assert all(getattr(it, key) == getattr(there, key) for key in same)
            assert not there.outside
