"""The behavioural parameters of the model, by submodel.

Starting values come from the project's model study (set B, reached by hand tuning, not a fit) unless a line names
another source. They say how people, employers and institutions behave; what a policy sets stands in the regime.
"""

from __future__ import annotations

from labsim.parameters.behaviour import (
    FITTED,
    STUDY,
    DemandParameters,
    HiringParameters,
    ParticipationParameters,
    PeopleParameters,
    SearchParameters,
    SeparationParameters,
    WageParameters,
)
from labsim.parameters.institutions import (
    AgencyParameters,
    MunicipalParameters,
    ProviderParameters,
    TieParameters,
)
from labsim.params import Declared

__all__ = ["FITTED", "STUDY", "Parameters"]


class Parameters(Declared):
    """All behavioural parameters of the model."""

    demand: DemandParameters = DemandParameters()
    separations: SeparationParameters = SeparationParameters()
    participation: ParticipationParameters = ParticipationParameters()
    search: SearchParameters = SearchParameters()
    hiring: HiringParameters = HiringParameters()
    wages: WageParameters = WageParameters()
    people: PeopleParameters = PeopleParameters()
    agencies: AgencyParameters = AgencyParameters()
    providers: ProviderParameters = ProviderParameters()
    municipal: MunicipalParameters = MunicipalParameters()
    ties: TieParameters = TieParameters()
