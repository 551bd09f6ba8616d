"""What a trial's file looks like: the keys that may stand in it, and what they mean."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from labsim.config.forms import Month, NameOrGroup, Seeds
from labsim.params import Declared, param, share
from labsim.policy.governance import Mode
from labsim.state.place import Label

Design = Literal["clients", "municipalities", "saturation"]
DESIGNS: tuple[Design, ...] = ("clients", "municipalities", "saturation")
HORIZONS = (3, 6, 12, 24, 36, 48)
OUTCOMES = ("employed", "months_in_work", "earnings", "left_register", "long_term")

_SPAN = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
Span = Annotated[
    str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value), WithJsonSchema(_SPAN)
]
"""A horizon ("12"), or a first and a last month since the start ("13..24")."""


class GovernanceForm(Declared):
    """A municipality's governance from the start of its treatment on; what is left out stays."""

    mode: Mode = param(..., "centralised, joint, municipal or networked", "who decides about measures")
    local_choice: float | None = param(None, "share", "see governance.local_choice", low=0.0, high=1.0)
    cost_shifting: float | None = param(None, "share", "see governance.cost_shifting", low=0.0, high=1.0)
    referral_reach: float | None = param(None, "share", "see governance.referral_reach", low=0.0, high=1.0)


class TreatmentForm(Declared):
    """What the treated get: an instrument, a sanction, another regime, or (municipalities) another governance."""

    treatment: str = Field(description="name of the treatment")
    label: Label | None = Field(None, description="name for readers")
    instrument: str | None = Field(None, description="name of an instrument, or intensive_counselling")
    settings: dict[str, Any] = Field({}, description="settings of the instrument that differ from its own")
    sanction: bool = Field(
        False, description="whether the treated are sanctioned once, as their regime does it"
    )
    regime: NameOrGroup = Field(
        None, description="regime for the treated: a name, or what differs from one (based_on)"
    )
    governance: GovernanceForm | None = Field(None, description="governance of treated municipalities")

    @property
    def kinds(self) -> list[str]:
        """Which of the ways to treat somebody are written."""
        written = {
            "instrument": self.instrument is not None,
            "sanction": self.sanction,
            "regime": self.regime is not None,
            "governance": self.governance is not None,
        }
        return [name for name, there in written.items() if there]


class EligibleForm(Declared):
    """Who may be treated, among unemployed people in no measure; an instrument's own rule holds too."""

    min_months_since_job: int = param(0, "months", "least time since the last job", low=0, high=480)
    max_months_since_job: int = param(480, "months", "longest time since the last job", low=0, high=480)
    min_age: int = param(16, "years", "least age", low=16, high=64)
    max_age: int = param(64, "years", "highest age", low=16, high=64)
    education: tuple[Literal["none", "vocational", "tertiary"], ...] = Field(
        default=(), description="education: none, vocational, tertiary; default: any"
    )


class CohortForm(Declared):
    """Municipalities whose treatment begins together."""

    start: Month = param(..., "YYYY-MM", "first month of the treatment")
    share: float = share(..., "part of all municipalities, drawn by lot")


class BandForm(Declared):
    """How close is close enough, where the finding itself has no band."""

    low: float | None = Field(None, description="lowest value that agrees")
    high: float | None = Field(None, description="highest value that agrees")
    because: str = Field(description="why this band: it is an assumption")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.low is None and self.high is None:
            raise ValueError("low is empty, but a band needs a low or a high")
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError(f"high is {self.high:g}, but it must not be below low ({self.low:g})")
        return self


class DoseForm(Declared):
    """A dose-response curve over the treatments: how the response moves between two doses."""

    dose: str = Field(description="outcome that is the dose, of the treated")
    months: Span = Field(description="time over which the dose is measured")
    low: float = Field(description="lower dose, in the unit of the outcome")
    high: float = Field(description="higher dose")


class LessForm(Declared):
    """What is subtracted: the same value with other choices."""

    treatment: str | None = Field(None, description="another treatment of the trial")
    months: Span | None = Field(None, description="another time")
    market: str | None = Field(None, description="another market of the trial")
    duration: str | None = Field(None, description="other people, by time since the last job")
    share: float | None = param(None, "share", "another share of treated (saturation)", low=0.0, high=1.0)
    dose: DoseForm | None = Field(None, description="another part of the dose-response curve")


class AgainstForm(Declared):
    """A published finding, and the value of the trial that is held against it."""

    finding: str = Field(description="id of a finding in configs/evidence")
    what: Label | None = Field(
        None, description="what is compared, for readers; default: as the finding says"
    )
    treatment: str = Field(
        "",
        description="name of the treatment, or all (their mean); not needed if there is one, or for a dose",
    )
    outcome: str = Field(description="outcome that is compared")
    months: Span = Field(description="months since the start: one, or first..last")
    after_end: bool = Field(
        False, description="whether months count from the end of the measure, not its start"
    )
    estimate: str = Field("truth", description="truth, or an estimator of the design")
    market: str = Field("", description="name of the market; not needed if there is one")
    duration: str = Field("", description="only people of this time since the last job; default: all")
    share: float | None = param(None, "share", "share of treated (saturation)", low=0.0, high=1.0)
    less: LessForm | None = Field(None, description="what is subtracted")
    dose: DoseForm | None = Field(None, description="read the value from a dose-response curve instead")
    relative: bool = Field(False, description="in % of the value without the treatment")
    times: float = Field(1.0, description="factor to the unit of the finding")
    because: str = Field("", description="why this factor, and what a reader must know to compare the two")
    band: BandForm | None = Field(None, description="how close is close enough, if the finding does not say")


class TrialForm(Declared):
    """A file in experiments/trials: a virtual evaluation."""

    trial: str = Field(description="name of the trial")
    label: Label = Field(description="name for readers")
    question: str = Field("", description="the question it answers")
    design: Design = Field(
        description="clients: drawn one by one; municipalities: drawn as a whole; saturation: a share of the clients,"
        " which differs between municipalities"
    )
    scenario: NameOrGroup = Field(description="name of a scenario, or what differs from one (based_on)")
    markets: dict[str, float] = Field(
        {}, description="jobs per head relative to the scenario's, by name of the market; default: as it is"
    )
    copies: int = param(1, "copies", "labour markets side by side: copies of the place, out of each other's reach",
                        low=1, high=100)  # fmt: skip
    unit: Literal["municipality", "copy"] = Field(
        "municipality", description="what is drawn together in designs by municipality: each, or each copy"
    )
    month: Month = param(..., "YYYY-MM", "first month of the treatment")
    follow_up: int = param(48, "months", "time followed, the first month included", low=1, high=240)
    before: int = param(12, "months", "time before the start with which it is compared (municipalities)",
                        low=1, high=120)  # fmt: skip
    treatments: tuple[TreatmentForm, ...] = Field(
        description="what the treated get, each in a world of its own"
    )
    share: float = share(0.2, "part of the eligible who are treated (clients)")
    shares: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = param(
        (0.0, 0.25, 0.5, 0.75, 1.0),
        "share",
        "parts of the eligible who are treated, by municipality (saturation)",
    )
    cohorts: tuple[CohortForm, ...] = Field(
        (), description="staggered roll-out; default: half of all, at once"
    )
    assignment: Literal["lot", "caseworkers"] = Field(
        "lot", description="lot, or caseworkers: as the agency gives its places"
    )
    eligible: EligibleForm = Field(EligibleForm(), description="who may be treated")
    outcomes: tuple[str, ...] = Field(OUTCOMES, description="what is estimated")
    horizons: tuple[Annotated[int, Field(ge=1, le=240)], ...] = param(
        HORIZONS, "months", "times since the start at which effects are estimated"
    )
    against: tuple[AgainstForm, ...] = Field(
        (), description="published findings that the trial is held against"
    )
    seeds: Seeds = Field(description="how many replicates, or a list of seeds")
    scale: float | None = param(None, "agents per person", "scale, instead of the scenario's own",
                                low=0.0001, high=1.0)  # fmt: skip
