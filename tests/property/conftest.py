"""Random small worlds for properties that hold for every scenario."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import strategies as st

from labsim.policy.regime import Regime
from labsim.scenario import Scenario
from labsim.state.place import Place

# Values that switch something on or off, or reach a bound; the first is the shipped or the plain one.
PARAMETERS: dict[str, dict[str, list[Any]]] = {
    "demand": {
        "scrapping": [0.0, 0.1],
        "replacement_noise": [24.0, 0.0],
        "layoff_band": [0.015, 0.0],
        "layoff_speed": [0.35, 1.0],
        "posting_speed": [0.6, 1.0],
        "closure_rate": [0.003, 0.05],
        "withdrawal_after": [6, 1],
        "withdrawal_rate": [0.1, 1.0],
        "innovation_sd": [0.024, 0.2],
        "founded_decay": [0.006, 0.2],
        "founded_displacement": [0.7, 0.0, 1.0],
    },
    "separations": {"new_job": [0.012, 0.2], "recall_share": [0.15, 0.0, 1.0]},
    "participation": {"withdrawal": [0.011, 0.1], "other_return": [0.0075, 0.1], "older_factor": [4.0, 20.0]},
    "search": {
        "rounds": [3, 1, 2, 4],
        "unemployed": [1.75, 0.1, 10.0],
        "employed": [0.18, 0.0, 2.0],
        "employed_new": [1.5, 0.5, 5.0],
        "inactive": [0.1, 0.0, 1.0],
        "tip_share": [0.12, 0.0, 1.0],
        "partnership_share": [0.1, 1.0],
    },
    "hiring": {"noise": [1.0, 0.0], "standard": [1.6, -2.0, 5.0], "registered_share": [0.42, 0.0, 1.0]},
    "wages": {"job_to_job": [0.03, 0.5], "pressure_cut": [0.08, 1.0], "floor": [0.45, 1.0]},
    "people": {"employability_sd": [0.26, 0.0, 1.0], "skill_sd": [0.45, 2.0]},
    "agencies": {"staffing_speed": [0.05, 1.0], "record_months": [6, 0], "record_memory": [0.9, 0.0]},
    "providers": {
        "per_field": [2, 1, 6],
        "buffer": [0.1, 0.0],
        "layoff": [0.25, 1.0],
        "growth": [0.08, 0.0, 1.0],
        "entry": [0.3, 0.0, 1.0],
        "competence_loss": [0.5, 0.0, 1.0],
        "break_even": [0.7, 0.0, 1.0],
        "reserves": [3.0, 0.0],
        "smallest": [0.2, 0.0, 5.0],
    },
    "municipal": {"smoothing": [0.9, 0.0], "least_room": [0.25, 1.0], "job_potential": [0.01, 0.2]},
    "ties": {
        "initial": [0.3, 0.0, 1.0],
        "growth": [0.04, 0.5],
        "fit": [0.3, 0.0, 2.0],
        "capacity_use": [0.5, 0.0],
    },
}
RULES: dict[str, dict[str, list[Any]]] = {
    "casework": {
        "meetings": [0.25, 0.0, 4.0],
        "clients_per_caseworker": [350.0, 20.0],
        "profiling_error": [0.5, 0.0],
        "targeting": [0.0, 1.0, -1.0, 0.4],
        "referrals": [0.8, 0.0, 1.0],
        "referral_choice": [8, 1, 16],
        "meetings_by_segment": [(1.0, 1.0, 1.0, 1.0), (0.0, 2.0, 1.0, 0.5)],
        "places_by_segment": [(1.0, 1.0, 1.0, 1.0), (1.0, 0.5, 0.5, 0.0)],
        "insurance_principle": [0.0, 1.0],
        "record_response": [0.0, 2.0],
        "cost_per_caseworker": [4500.0, 0.0, 4321.09],
    },
    "conditionality": {"sanction_rate": [0.01, 0.0, 1.0], "sanction_months": [3, 1], "rhetoric": [0.0, 1.0]},
    "benefits": {
        "merged": [False, True],
        "registers_recipients": [0.0, 1.0],
        "insurance_months": [12, 0, 60],
    },
    "local_policy": {
        "partnerships": [False, True],
        "joint_activity": [0.5, 0.0, 1.0],
        "cushioning": [0.0, 300.0],
        "room_response": [0.0, 2.0],
    },
    "governance": {
        "mode": ["centralised", "joint", "municipal", "networked"],
        "local_choice": [0.0, 0.5, 1.0],
        "cost_shifting": [0.0, 0.3, 1.0],
        "referral_reach": [1.0, 0.0, 0.4],
        "negotiation": [0, 2],
        "coordination_cost": [0.0, 33.33],
        "coordination_time": [0.0, 0.5],
        "clientelism": [0.0, 1.0],
    },
    "regional_budget": {
        "base": [100_000.0, 1e6],
        "per_long_term_unemployed": [0.0, 1000.0],
        "cap": [1e9, 500_000.0],
        "least_ties": [0.0, 0.4],
        "concept": [0, 2],
    },
    "funding": {
        "agency_measures": [{"insurance": 1.0}, dict.fromkeys(("insurance", "federal", "employer"), 1 / 3)],
        "basic_income": [{"municipality": 1.0}, {"federal": 0.71, "municipality": 0.29}],
    },
}
LITTLE, MUCH = {"budget": 20.0}, {"budget": 1000.0}
BUDGETS: dict[str, list[dict[str, Any]]] = {
    "further_training": [{"budget": 46.48}, {"budget": 0.0}, {"budget": 2000.0, "months": 2}],
    "linked_employment": [{"budget": 0.0}, {"budget": 2000.0, "funded_by": "municipality"}],
    "short_course": [{"budget": 6.96}, {"budget": 0.0}, {"budget": 300.0}],
    "wage_subsidy": [{"budget": 8.75}, {"budget": 0.0}, MUCH | {"min_months_unemployed": 0}],
    "job_creation": [{"budget": 0.0}, MUCH | {"months": 3, "crowding_out": 1.0}],
    "one_euro_job": [{"budget": 0.0}, LITTLE, MUCH | {"funded_by": "municipality"}],
    "start_up_subsidy": [{"budget": 0.0}, MUCH | {"months": 2, "survival": 1.0}],
    "training_voucher": [{"budget": 0.0}, MUCH | {"months": 3}, MUCH | {"validity": 1, "redemption": 0.3}],
    "placement_voucher": [{"budget": 0.0}, MUCH],
    "contracted_placement": [{"budget": 0.0}, LITTLE | {"funded_by": "municipality"}],
    "temp_agency": [{"budget": 0.0}, MUCH | {"months": 1}],
    "entry_job": [{"budget": 0.0}, MUCH | {"funded_by": "regional_budget", "months": 4}],
    "employability_support": [{"budget": 0.0}, LITTLE | {"funded_by": "regional_budget"}],
    "school_to_work": [{"budget": 0.0}, MUCH],
    "local_job_development": [{"budget": 0.0}, MUCH, MUCH | {"funded_by": "regional_budget", "lasting": 0.5}],
}
HELP: dict[str, list[Any]] = {
    "overlap": [0, -2, 2],
    "bridging": [0.0, 0.5],
    "bridging_months": [2, 12],
    "reorganisation": [0.0, 0.5],
    "reorganisation_ties": [0.0, 0.5],
    "reorganisation_months": [2, 12],
    "announcement": [0, 1],
    "anticipation": [0.0, 0.3],
}
OF_THEIR_OWN: list[list[dict[str, Any]]] = [
    [],
    [{"start": "2001-08", "mode": "municipal", "local_choice": 1.0}],
    [{"start": "2001-08", "mode": "joint", "clientelism": 1.0}, {"start": "2001-10", "mode": "networked"}],
]


class Drawn(NamedTuple):
    """A random scenario with its seed; shown as the settings that are not the plain ones."""

    scenario: Scenario
    seed: int
    unusual: dict[str, Any]

    def __repr__(self) -> str:
        return f"seed {self.seed}, {self.unusual}"


def chosen(options: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in options.items()})


def unusual(options: dict[str, list[Any]], drawn: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in drawn.items() if value != options[name][0]}


def with_partners(rules: dict[str, Any]) -> dict[str, Any]:
    """Return rules whose regional budget requires a partnership where there is one."""
    network = rules["governance"]["mode"] != "centralised" and rules["local_policy"]["joint_activity"] > 0.0
    return rules | {"regional_budget": rules["regional_budget"] | {"partnership": network}}


@st.composite
def places(draw: st.DrawFn, least: int) -> Place:
    """Return one to three municipalities of ``least`` persons to twice as many, one to four occupations."""
    m, o = draw(st.integers(1, 3)), draw(st.integers(1, 4))
    names = [f"town {k}" for k in range(m)]
    towns = [
        {
            "name": name,
            "population_of_working_age": draw(st.integers(least, 2 * least)),
            "unemployment_rate": draw(st.sampled_from([10.0, 0.0, 50.0])),
            "long_term_share": draw(st.sampled_from([40.0, 0.0, 100.0])),
        }
        for name in names
    ]
    jobs = [
        {"series": "employees", "municipality": name, "date": year, "value": value, "unit": "", "source": ""}
        for name in names
        for year, value in (("2001", 1.0), ("2002", draw(st.sampled_from([1.0, 0.6, 1.4]))))
    ]
    minutes = st.sampled_from([15.0, 0.0, 60.0])
    content = {
        "place": "random",
        "label": {"en": "Random"},
        "source": "invented",
        "fictional": True,
        "municipalities": towns,
        "travel_minutes": [[draw(minutes) for _ in names] for _ in names],
        "occupations": [{"name": f"occupation {k}", "share": 1.0 / o} for k in range(o)],
        "education_shares": draw(st.sampled_from([(0.2, 0.6, 0.2), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)])),
        "employees": jobs,
    }
    return Place.model_validate(content)


@pytest.fixture(scope="session")
def random_scenarios(
    regime: Callable[..., Regime], toytown: Callable[..., Scenario]
) -> Callable[..., st.SearchStrategy[Drawn]]:
    """Return a function that makes a strategy: random places, parameters, regimes, governance and seeds.

    ``least`` is the smallest possible number of persons in a municipality. With keywords (start, months,
    shape, unit) there is a transition from a random regime to another, with random help on the way.
    """

    @st.composite
    def scenarios(draw: st.DrawFn, least: int = 100, **transition: Any) -> Drawn:
        place, said = draw(places(least)), dict[str, Any]()
        regimes, passages = [], []
        for name in ("old", "new"):
            rules = {group: draw(chosen(options)) for group, options in RULES.items()}
            instruments = draw(chosen(BUDGETS))
            regimes.append(regime(name=name, instruments=instruments, **with_partners(rules)))
            said |= {f"{name} {group}": unusual(RULES[group], drawn) for group, drawn in rules.items()}
            said[f"{name} instruments"] = unusual(BUDGETS, instruments)
        parameters = {group: draw(chosen(options)) for group, options in PARAMETERS.items()}
        said |= {group: unusual(PARAMETERS[group], drawn) for group, drawn in parameters.items()}
        if transition:
            kept = draw(st.sampled_from(["people_in_measures", "none"]))
            pilots = (place.municipalities[-1].name,) if transition["unit"] == "municipality" else ()
            passages = [
                {"after": "new", "grandfathered": kept, "first": pilots} | transition | draw(chosen(HELP))
            ]
            said["transition"] = passages[0]
        changes = draw(st.sampled_from(OF_THEIR_OWN))
        said["governance"] = changes
        scenario = toytown(
            place=place,
            scale=1.0,
            start="2001-07",
            burn_in=draw(st.sampled_from([2, 0])),
            initial="old",
            regimes=regimes,
            transitions=passages,
            parameters=parameters,
            governance=tuple(change | {"municipality": place.municipalities[0].name} for change in changes),
        )
        said["place"] = place.model_dump(exclude={"label", "source", "occupations"}, exclude_defaults=True)
        return Drawn(scenario, draw(st.integers(0, 9)), {key: value for key, value in said.items() if value})

    return scenarios
