"""How institutions behave: agencies, providers, municipalities, and the ties between local actors.

What a policy sets stands in the regime. No source gives the speed at which provider capacity comes back
(`ProviderParameters.growth` and `entry`): it is swept, never set, and every claim of a lasting scar names it.
"""

from __future__ import annotations

from labsim.parameters.behaviour import STUDY
from labsim.params import Declared, param, share

SWEPT = "assumption: no source gives the time a region needs to rebuild capacity; vary it before any claim"


class AgencyParameters(Declared):
    """Agencies: staff, profiling into customer segments, and what they learn from their record."""

    staffing_speed: float = param(0.05, "share per month", "part of the gap between caseworkers needed and employed"
                                  " that is closed", low=0.0, high=1.0)  # fmt: skip
    market_client: float = param(0.45, "log points", "estimated closeness from which a client counts as a market"
                                 " client", low=-5.0, high=5.0)  # fmt: skip
    cared_for_client: float = param(-0.3, "log points", "estimated closeness below which a client counts as a"
                                    " cared-for client", low=-5.0, high=5.0)  # fmt: skip
    able: float = param(-0.35, "log points", "estimated human capital from which a counselled client is to be"
                        " activated rather than supported", low=-5.0, high=5.0)  # fmt: skip
    record_months: int = param(6, "months", "time after the planned end of a measure at which its participants are"
                               " counted as integrated or not", low=0, high=36,
                               source="the federal agency counts after six months (from memory)")  # fmt: skip
    record_memory: float = param(0.9, "per month", "memory of the integration record", low=0.0, high=0.999)


class ProviderParameters(Declared):
    """Providers of measures (Träger): how capacity is lost, and how slowly it comes back."""

    per_field: int = param(
        2, "providers", "providers per municipality and field of work, at most", low=0, high=6
    )
    buffer: float = param(0.10, "share", "capacity kept above orders", low=0.0, high=1.0, source=STUDY)
    layoff: float = param(0.25, "share per month", "part of the capacity above orders and buffer that is laid off",
                          low=0.0, high=1.0, source=STUDY)  # fmt: skip
    growth: float = param(0.08, "share per month", "fastest growth of a provider's own capacity", low=0.0, high=1.0,
                          source=SWEPT)  # fmt: skip
    entry: float = param(0.30, "ratio", "entry of new capacity: times growth times the places needed (0 = no entry)",
                         low=0.0, high=1.0, source=SWEPT)  # fmt: skip
    competence: float = share(0.7, "competence of an experienced provider, to which all return")
    new_competence: float = share(0.5, "competence of a new provider")
    competence_loss: float = param(0.5, "ratio", "part of competence that goes with laid-off capacity",
                                   low=0.0, high=1.0, source=STUDY)  # fmt: skip
    competence_regain: float = param(0.02, "share of gap per month", "regain of competence", low=0.0, high=1.0,
                                     source=STUDY)  # fmt: skip
    break_even: float = share(0.7, "part of capacity that must be used for a provider to keep its reserves")
    reserves: float = param(3.0, "months", "reserves of a provider: months that it survives without any order",
                            low=0.0, high=36.0)  # fmt: skip
    smallest: float = param(0.2, "places", "capacity below which a provider gives up", low=0.0, high=100.0)


class MunicipalParameters(Declared):
    """Municipalities: where their money comes from, and what it goes to."""

    revenue_per_job: float = param(180.0, "EUR per month", "municipal revenue per employed resident (shares in"
                                   " income tax, trade tax)", low=0.0, high=5000.0)  # fmt: skip
    grants_per_head: float = param(60.0, "EUR per month", "state grants and other revenue per resident of working"
                                   " age, which do not follow employment", low=0.0, high=5000.0)  # fmt: skip
    services_per_jobless: float = param(90.0, "EUR per month", "social services per resident out of work and"
                                        " registered, beside benefits", low=0.0, high=5000.0)  # fmt: skip
    smoothing: float = param(0.9, "per month", "memory of the room for manoeuvre", low=0.0, high=0.999)
    least_room: float = param(0.25, "ratio", "lowest, and its inverse the highest, effect of room on the"
                              " municipality's own budget", low=0.01, high=1.0)  # fmt: skip
    job_potential: float = param(0.01, "share", "unmet local demand that job development can open, as a share of"
                                 " residents of working age", low=0.0, high=0.2)  # fmt: skip


class TieParameters(Declared):
    """Ties between the local actors of a municipality: growth by joint work, decay, and what they do."""

    initial: float = share(0.3, "tie strength at the start of the burn-in")
    growth: float = param(0.04, "share of gap per month", "growth with joint activity", low=0.0, high=0.5,
                          source=STUDY)  # fmt: skip
    decay: float = param(0.02, "per month", "decay", low=0.0, high=0.5, source=STUDY)
    profiling: float = param(0.5, "share", "part of the profiling error that full ties remove (0 = off)",
                             low=0.0, high=1.0)  # fmt: skip
    fit: float = param(0.3, "ratio", "change of what measures give, per unit of tie strength above the start's"
                       " (0 = off)", low=0.0, high=2.0)  # fmt: skip
    capacity_use: float = share(0.5, "part of a provider's joint activity that follows the use of its capacity"
                                " (0 = off: ties don't depend on orders)")  # fmt: skip
