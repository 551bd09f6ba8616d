"""A regime: the rule book that applies to a person.

A regime is a column of the job seekers' table. Two regimes with equal content act alike to the last bit, whatever
their names.
"""

from __future__ import annotations

from typing import Any

from pydantic import SerializeAsAny, field_validator

from labsim.params import Cited, Declared, param, share
from labsim.policy.instrument import Instrument, load_instruments
from labsim.state.place import Label


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


class Regime(Cited):
    """A named rule book."""

    regime: str
    label: Label
    source: str
    casework: Casework
    conditionality: Conditionality
    benefits: Benefits
    local_policy: LocalPolicy
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

    def rules(self) -> dict[str, Any]:
        """Return the content without name, label, source and unfunded instruments: equal rules, equal results."""
        rules = self.model_dump(mode="json", exclude={"regime", "label", "source"})
        rules["instruments"] = {k: v for k, v in rules["instruments"].items() if v["budget"] > 0.0}
        return rules
