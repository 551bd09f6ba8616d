"""A regime: the rule book that applies to a person.

A regime is a column of the job seekers' table. Two regimes with equal content act alike to the last bit, whatever
their names.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from labsim.params import Cited, Declared, param, share
from labsim.policy.funding import TOLERANCE, Funding, Payers
from labsim.policy.governance import Governance, RegionalBudget
from labsim.policy.instrument import Instrument, load_instruments
from labsim.state.place import Label

BySegment = tuple[
    Annotated[float, Field(ge=0.0, le=4.0)],
    Annotated[float, Field(ge=0.0, le=4.0)],
    Annotated[float, Field(ge=0.0, le=4.0)],
    Annotated[float, Field(ge=0.0, le=4.0)],
]
"""One number for each customer segment: market, to activate, to support, cared for."""


class Casework(Declared):
    """What the agency does: how often it meets clients, how well it knows them, whom it serves first."""

    meetings: float = param(
        ..., "per client and month", "meetings when capacity is enough", low=0.0, high=4.0
    )
    clients_per_caseworker: float = param(..., "persons", "registered clients per caseworker who places people",
                                          low=1.0, high=2000.0)  # fmt: skip
    meetings_per_caseworker: float = param(..., "per month", "meetings that one caseworker can hold",
                                           low=0.0, high=1000.0)  # fmt: skip
    profiling_error: float = param(..., "log points", "error of profiling a client never met before",
                                   low=0.0, high=5.0)  # fmt: skip
    targeting: float = param(..., "weight", "whom places go to: +1 nearest to the market first (creaming), -1 need"
                             " first, 0 by lot", low=-1.0, high=1.0)  # fmt: skip
    referrals: float = share(..., "chance that a meeting brings referrals to registered vacancies this month")
    referral_choice: int = param(..., "vacancies", "registered vacancies from which the caseworker picks the best",
                                 low=1, high=16)  # fmt: skip
    meetings_by_segment: BySegment = param((1.0, 1.0, 1.0, 1.0), "ratio", "meetings with market clients, clients to"
                                           " activate, to support, cared-for clients, relative to meetings"
                                           )  # fmt: skip
    places_by_segment: BySegment = param((1.0, 1.0, 1.0, 1.0), "share", "part of these segments that is considered"
                                         " for a place in a measure")  # fmt: skip
    insurance_principle: float = share(0.0, "weight of expected savings of the insurance in dividing the agency's"
                                       " budget and in choosing participants (0 = off)")  # fmt: skip
    record_response: float = param(0.0, "elasticity", "response of the agency's budget to its integration record,"
                                   " relative to all agencies (0 = off)", low=0.0, high=3.0)  # fmt: skip
    cost_per_caseworker: float = param(4500.0, "EUR per month", "cost of a caseworker's post, overhead included",
                                       low=0.0, high=50000.0)  # fmt: skip


class Conditionality(Declared):
    """What is demanded: monitoring, sanctions, and the public message."""

    monitoring: float = param(..., "pressure per meeting", "pressure felt after a meeting", low=0.0, high=2.0)
    sanction_rate: float = share(..., "chance of a sanction per meeting")
    sanction_months: int = param(..., "months", "length of a sanction", low=1, high=24)
    sanction_pressure: float = param(..., "pressure", "pressure of a new sanction", low=0.0, high=5.0)
    sanction_cut: float = share(..., "part of the benefit withheld during a sanction")
    rhetoric: float = param(..., "log points per year", "added penalty for months out of work through the regime's"
                            " public message (0 = off)", low=0.0, high=1.0)  # fmt: skip


class Benefits(Declared):
    """Income out of work, before or after the benefit merger."""

    insurance_replacement: float = share(..., "insurance benefit, share of the last wage")
    insurance_months: int = param(
        ..., "months", "longest insurance benefit below the higher age", low=0, high=60
    )
    insurance_months_older: int = param(
        ..., "months", "longest insurance benefit from that age", low=0, high=60
    )
    older_from: int = param(..., "years", "age from which the longer benefit is paid", low=16, high=65)
    merged: bool = param(
        ..., "yes or no", "whether assistance and social assistance are merged into a flat benefit"
    )
    assistance_replacement: float = share(..., "assistance after insurance runs out, share of the last wage; unused"
                                          " when merged")  # fmt: skip
    basic_income: float = share(
        ..., "flat benefit, share of the mean wage: the merged benefit, or social assistance"
    )
    registers_recipients: float = share(..., "inactive recipients who must register when the regime reaches them"
                                        " (the counting effect of the merger)")  # fmt: skip


class LocalPolicy(Declared):
    """What the municipality adds."""

    partnerships: bool = param(
        ..., "yes or no", "whether the municipality refers people to partner employers"
    )
    joint_activity: float = share(..., "joint activity of the local actors, which makes ties grow")
    cushioning: float = param(0.0, "EUR per person and month", "money that the municipality adds to its own measures"
                              " for each unemployed person whom the agency leaves without support for 12 months,"
                              " within its means (0 = off)", low=0.0, high=2000.0)  # fmt: skip
    room_response: float = param(0.0, "elasticity", "response of the municipality's own budget to its room for"
                                 " manoeuvre: revenue less social spending, relative to the start (0 = off)",
                                 low=0.0, high=3.0)  # fmt: skip


class Regime(Cited):
    """A named rule book."""

    regime: str
    label: Label
    source: str
    casework: Casework
    conditionality: Conditionality
    benefits: Benefits
    local_policy: LocalPolicy
    governance: Governance = Governance()
    funding: Funding = Funding()
    regional_budget: RegionalBudget = RegionalBudget()
    instruments: dict[str, SerializeAsAny[Instrument]]

    @field_validator("instruments", mode="before")
    @classmethod
    def _known_instruments(cls, value: Any) -> Any:
        """Turn {name: settings} into instrument objects; refuse unknown names."""
        if not isinstance(value, dict):
            return value
        known = load_instruments()
        unknown = [name for name in value if name not in known]
        if unknown:
            raise ValueError(f"unknown instrument '{unknown[0]}'; known are {', '.join(known)}")
        return {
            name: settings if isinstance(settings, Instrument) else known[name].model_validate(settings or {})
            for name, settings in sorted(value.items())
        }

    @model_validator(mode="after")
    def _somebody_pays(self) -> Self:
        """Refuse shares that do not add up, a budget without payer, a regional budget without its partners."""
        for name in type(self.funding).model_fields:
            total = getattr(self.funding, name).total
            _check_payers(f"funding.{name}", total)
            if total == 0.0 and not name.endswith("_measures"):
                raise ValueError(
                    f"funding.{name} names nobody, but somebody must pay: the shares must add up to 1"
                )
        for name, instrument in self.instruments.items():
            _check_payers(f"instruments.{name}.payers", instrument.payers.total)
            payers = self.payers_of(name)
            if instrument.budget > 0.0 and payers.total == 0.0:
                raise ValueError(
                    f"instruments.{name} has a budget without payer, but somebody must pay it: name payers there, or"
                    f" for {instrument.funded_by} measures under funding"
                )
            if (
                instrument.budget > 0.0
                and instrument.funded_by == "regional_budget"
                and not self.regional_budget.base
            ):
                raise ValueError(
                    f"instruments.{name} is funded by a regional budget, but regional_budget.base is 0: write a base"
                    " amount, or another funded_by"
                )
        partnership = self.regional_budget.base > 0.0 and self.regional_budget.partnership
        if partnership and (self.governance.mode == "centralised" or self.local_policy.joint_activity == 0.0):
            raise ValueError(
                "regional_budget.partnership is required, but there is no network: the mode is"
                f" {self.governance.mode} and joint_activity {self.local_policy.joint_activity:g}; write mode: joint,"
                " municipal or networked, and a joint_activity above 0"
            )
        return self

    def payers_of(self, name: str) -> Payers:
        """Return who pays an instrument: its own payers, or those of its funder."""
        own = self.instruments[name].payers
        return own if own.total > 0.0 else self.funding.of_measures(self.instruments[name].funded_by)

    def rules(self) -> dict[str, Any]:
        """Return the content without name, label, source and unfunded instruments: equal rules, equal results."""
        rules = self.model_dump(mode="json", exclude={"regime", "label", "source"})
        rules["instruments"] = {k: v for k, v in rules["instruments"].items() if v["budget"] > 0.0}
        return rules


def _check_payers(where: str, total: float) -> None:
    if total != 0.0 and abs(total - 1.0) > TOLERANCE:
        raise ValueError(f"{where} adds up to {total:g}, but the shares of the payers must add up to 1")
