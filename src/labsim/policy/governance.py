"""Who decides: governance modes, and the regional budget of the state (Land).

Each channel through which governance acts has a number that switches it off.
"""

from __future__ import annotations

from typing import Literal

from labsim.params import Declared, param, share

Mode = Literal["centralised", "joint", "municipal", "networked"]
MODES: tuple[Mode, ...] = ("centralised", "joint", "municipal", "networked")
MODE_LABELS_DE = {
    "centralised": "zentral (Agentur)",
    "joint": "gemeinsam (Arbeitsgemeinschaft)",
    "municipal": "kommunal (Option)",
    "networked": "im Netzwerk (Regionalbudget)",
}


class Governance(Declared):
    """How decisions are made in a municipality under a regime."""

    mode: Mode = param(
        "centralised", "centralised, joint, municipal or networked",
        "who decides about measures: the agency; agency and municipality together; the municipality alone; a"
        " network of local actors that negotiates",
    )  # fmt: skip
    local_choice: float = share(0.0, "part of the budgets decided on that is divided by the municipality's own need"
                                " (youth, long-term, low skill) instead of by plan (0 = off)")  # fmt: skip
    cost_shifting: float = share(0.0, "part of the budgets decided on by the municipality that moves to instruments"
                                 " which others pay for (0 = off)")  # fmt: skip
    referral_reach: float = share(1.0, "chance that a registered vacancy in another municipality is known to the"
                                  " caseworker (1 = one register for all)")  # fmt: skip
    negotiation: int = param(0, "months", "time from the arrival of the regime until locally negotiated budgets are"
                             " spent", low=0, high=60)  # fmt: skip
    coordination_cost: float = param(0.0, "EUR per unemployed person and month", "cost of meetings of the local"
                                     " actors, at full joint activity", low=0.0, high=500.0)  # fmt: skip
    coordination_time: float = share(0.0, "part of the agency's capacity that goes into meetings of the local"
                                     " actors, at full joint activity")  # fmt: skip
    clientelism: float = share(0.0, "part of locally decided places that goes to insiders (people with contacts) at"
                               " full ties, instead of by the rule (0 = off)")  # fmt: skip


class RegionalBudget(Declared):
    """Money of the state (Land) for a municipality to decide on: a base amount, an amount by need, a cap.

    The Brandenburg formula; amounts at real scale. Instruments with ``funded_by: regional_budget`` divide the money
    in proportion to their own ``budget``.
    """

    base: float = param(0.0, "EUR per municipality and year", "base amount (0 = no regional budget)",
                        low=0.0, high=1e9)  # fmt: skip
    per_long_term_unemployed: float = param(0.0, "EUR per person and year", "amount by long-term unemployed",
                                            low=0.0, high=1e5)  # fmt: skip
    cap: float = param(1e9, "EUR per municipality and year", "highest amount, own share not included",
                       low=0.0, high=1e9)  # fmt: skip
    partnership: bool = param(False, "yes or no", "whether a partnership of local actors is required")
    least_ties: float = share(0.0, "tie strength below which the state does not accept the partnership")
    concept: int = param(0, "months", "time that the development concept takes before the first money flows",
                         low=0, high=60)  # fmt: skip


class GovernanceChange(Declared):
    """A municipality's own governance from a month on, whatever its regime says; what is left out stays."""

    municipality: str = param(..., "municipality", "name of the municipality")
    start: str = param(..., "YYYY-MM", "first month")
    mode: Mode = param(..., "centralised, joint, municipal or networked", "who decides about measures")
    local_choice: float | None = param(None, "share", "see governance.local_choice", low=0.0, high=1.0)
    cost_shifting: float | None = param(None, "share", "see governance.cost_shifting", low=0.0, high=1.0)
    referral_reach: float | None = param(None, "share", "see governance.referral_reach", low=0.0, high=1.0)
    coordination_cost: float | None = param(None, "EUR per unemployed person and month",
                                            "see governance.coordination_cost", low=0.0, high=500.0)  # fmt: skip
    coordination_time: float | None = param(None, "share", "see governance.coordination_time",
                                            low=0.0, high=1.0)  # fmt: skip
    clientelism: float | None = param(None, "share", "see governance.clientelism", low=0.0, high=1.0)

    def over(self, base: Governance) -> Governance:
        """Return a regime's governance with this change in force."""
        own = self.model_dump(exclude={"municipality", "start"}, exclude_none=True)
        return base.model_copy(update=own)
