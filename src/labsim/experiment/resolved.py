"""A scenario's timeline resolved: who is under which rules when, which budgets run, who decides, by municipality.

Municipalities whose changes begin in the same months stand together as one group. Where a lot draws the order, the
group lists the months that there are; which municipality begins in which depends on the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from labsim.experiment import timeline
from labsim.policy.governance import Governance, GovernanceChange
from labsim.policy.transition import NEVER, Transition
from labsim.scenario import Scenario
from labsim.units import MONTHS_PER_YEAR, format_month, parse_month

ALL = "all municipalities"
MAJORITY = 0.5
"""Part of the clients from which the governance of their new regime holds."""


class Group(NamedTuple):
    """Municipalities for which everything happens in the same months."""

    municipalities: tuple[str, ...]
    by_lot: tuple[bool, ...]
    """For each transition, whether a lot draws the order among them."""
    starts: tuple[tuple[int, ...], ...]
    """For each transition, the month number in which each of them begins, in order of time."""
    changes: tuple[GovernanceChange, ...]
    """Their own changes of governance, in order of time."""

    def switched(self, number: int, transition: Transition, month: int) -> float:
        """Return the share of the group's people who may have switched by the end of a month."""
        if transition.unit != "municipality":
            return transition.share(month)
        return sum(start <= month for start in self.starts[number]) / len(self.starts[number])


def groups(scenario: Scenario) -> dict[str, Group]:
    """Return the groups of municipalities by name, in the order of the place."""
    names = [m.name for m in scenario.place.municipalities]
    begins = [_starts(transition, names) for transition in scenario.timeline.transitions]
    changes = sorted(scenario.governance, key=lambda change: parse_month(change.start))
    found: dict[Any, list[str]] = {}
    for name in names:
        own = tuple(change for change in changes if change.municipality == name)
        content = tuple(change.model_dump_json(exclude={"municipality"}) for change in own)
        found.setdefault((tuple(each[name] for each in begins), content), []).append(name)
    out = {}
    for (when, _), members in found.items():
        own = tuple(change for change in changes if change.municipality == members[0])
        starts = tuple(times if by_lot else times * len(members) for by_lot, times in when)
        out[_name(members, names)] = Group(tuple(members), tuple(by_lot for by_lot, _ in when), starts, own)
    return out


def shares(scenario: Scenario) -> list[dict[str, Any]]:
    """Return the share of people under each regime at the end of each month, as rows: group, month, regime, share."""
    return [
        {"group": name, "month": format_month(month), "regime": regime, "share": share}
        for name, group in groups(scenario).items()
        for month in range(parse_month(scenario.start), parse_month(scenario.end) + 1)
        for regime, share in _held(scenario, group, month).items()
    ]


def share_of_place(scenario: Scenario, month: int) -> dict[str, float]:
    """Return the share of the place's people under each regime at the end of a month; an expectation before lots."""
    people = {m.name: m.population_of_working_age for m in scenario.place.municipalities}
    total = dict.fromkeys(scenario.timeline.regimes, 0.0)
    for group in groups(scenario).values():
        weight = sum(people[name] for name in group.municipalities) / sum(people.values())
        for regime, share in _held(scenario, group, month).items():
            total[regime] += weight * share
    return total


def steps(scenario: Scenario) -> list[dict[str, Any]]:
    """Return one entry per transition and group: what happens when, months as "YYYY-MM".

    Keys: transition (number from 1), from, to, group, municipalities, by_lot, starts (the months in which one of them
    begins), unit, announced, under_new_rules ({month: share that may have switched} at the end of each half-year, until
    all may have), gap, overlap, bridging, reorganisation (None, or a group with its last month, ``until``, and its
    size), keeps_old_rules. Where a lot draws the order, ``until`` counts from the last beginning. A group that keeps
    the old regime for good has no entry.
    """
    return [
        _step(number, transition, name, group)
        for number, transition in enumerate(scenario.timeline.transitions)
        for name, group in groups(scenario).items()
        if group.starts[number][0] != NEVER
    ]


def spans(scenario: Scenario) -> list[dict[str, Any]]:
    """Return stretches of months for a picture, as rows: group, what, start, end (first month after it), text.

    What: announcement, gap, overlap, bridging, reorganisation, governance. Where a lot draws the order, a stretch lasts
    from the first municipality's beginning to the last one's end.
    """
    last = parse_month(scenario.end) + 1
    rows = []
    for step in steps(scenario):
        first, late = parse_month(step["starts"][0]), parse_month(step["starts"][-1])
        if step["announced"] is not None:
            announced = parse_month(step["announced"])
            text = f"{first - announced} months ahead"
            rows.append(_span(step["group"], "announcement", announced, late, text))
        for what, words in (("gap", "{months} months without budgets"), ("overlap", "old budgets go on"),
                            ("bridging", "{share:.0%} of contracts go on"),
                            ("reorganisation", "−{capacity:.0%} capacity, −{ties:.0%} ties")):  # fmt: skip
            told = step[what]
            if told is not None:
                text = words.format(**told).replace("%", " %")
                rows.append(_span(step["group"], what, first, parse_month(told["until"]) + 1, text))
    for held in governance(scenario):
        end = last if held["until"] is None else parse_month(held["until"])
        rows.append(_span(held["group"], "governance", parse_month(held["start"]), end, held["mode"]))
    return [row for row in rows if row["start"] < format_month(last)]


def governance(scenario: Scenario) -> list[dict[str, Any]]:
    """Return who decides when, as rows: group, start, until (first month of the next, or None), mode, why, terms.

    A regime's governance holds from the month in which most of the group's people may be under it; a municipality's own
    change goes before it.
    """
    rows = []
    for name, group in groups(scenario).items():
        found: list[dict[str, Any]] = []
        for start, mode, why in _governed(scenario, group):
            content = mode.model_dump(mode="json")
            terms = {key: value for key, value in content.items() if key != "mode"}
            if not found or found[-1]["mode"] != mode.mode or found[-1]["terms"] != terms:
                row = {"group": name, "start": format_month(start), "until": None}
                found.append(row | {"mode": mode.mode, "why": why, "terms": terms})
        for one, following in pairwise(found):
            one["until"] = following["start"]
        rows += found
    return rows


def _governed(scenario: Scenario, group: Group) -> Iterator[tuple[int, Governance, str]]:
    """Yield month, governance and reason at every month in which one of the two may change."""
    start, end = parse_month(scenario.start), parse_month(scenario.end)
    events = {start} | {parse_month(change.start) for change in group.changes}
    regime_at: dict[int, str] = {}
    current = ""
    for month in range(start, end + 1):
        held = _held(scenario, group, month)
        most = next((name for name, share in held.items() if share > MAJORITY), current)
        if most != current:
            current = regime_at[month] = most
            events.add(month)
    for month in sorted(event for event in events if event <= end):
        regime = regime_at[max(at for at in regime_at if at <= month)]
        governance, why = scenario.regimes[regime].governance, f"as {regime} says"
        for change in group.changes:
            if parse_month(change.start) <= month:
                governance, why = change.over(governance), "its own change"
        yield month, governance, why


def _starts(transition: Transition, names: list[str]) -> dict[str, tuple[bool, tuple[int, ...]]]:
    """Return for each municipality whether a lot draws its month, and the month or months that there are."""
    begins = dict(zip(names, transition.municipal_starts(names, [0.0] * len(names)), strict=True))
    others = [name for name in names if name not in transition.first and transition.reaches(name)]
    drawn = tuple(sorted(begins[name] for name in others))
    by_lot = transition.unit == "municipality" and len(set(drawn)) > 1
    return {name: (True, drawn) if by_lot and name in others else (False, (begins[name],)) for name in names}


def _held(scenario: Scenario, group: Group, month: int) -> dict[str, float]:
    """Return the share of a group's people under each regime at the end of a month; they add up to 1."""
    return timeline.shares(scenario.timeline, month, group.switched)


def _step(number: int, transition: Transition, name: str, group: Group) -> dict[str, Any]:
    t, starts = transition, group.starts[number]
    announced = format_month(starts[0] - t.announcement) if t.announcement else None
    keeps = ["people in running spells, until the spell ends"] if t.unit == "new_spell" else []
    if t.grandfathered == "people_in_measures":
        keeps.append("people in measures, until the measure ends")

    def until(months: int) -> str:
        return format_month(starts[-1] + months - 1)

    reorganised = t.reorganisation or t.reorganisation_ties
    return {
        "transition": number + 1,
        "from": t.before,
        "to": t.after,
        "group": name,
        "municipalities": list(group.municipalities),
        "by_lot": group.by_lot[number],
        "starts": [format_month(start) for start in sorted(set(starts))],
        "unit": t.unit,
        "announced": announced,
        "under_new_rules": _by_half_year(number, t, group),
        "gap": {"months": t.gap_months, "until": until(t.gap_months)} if t.gap_months else None,
        "overlap": {"months": t.overlap, "until": until(t.overlap)} if t.overlap > 0 else None,
        "bridging": {"share": t.bridging, "until": until(t.bridging_months)} if t.bridging else None,
        "reorganisation": {"capacity": t.reorganisation, "ties": t.reorganisation_ties,
                           "until": until(t.reorganisation_months)} if reorganised else None,
        "keeps_old_rules": keeps,
    }  # fmt: skip


def _by_half_year(number: int, transition: Transition, group: Group) -> dict[str, float]:
    """Return the share under the new rules at the end of each half-year, until everybody may have switched."""
    out: dict[str, float] = {}
    month, half = group.starts[number][0], MONTHS_PER_YEAR // 2
    share = 0.0
    while share < 1.0:
        month += half - 1 - month % half
        share = group.switched(number, transition, month)
        out[format_month(month)] = round(share, 6)
        month += 1
    return out


def _span(group: str, what: str, start: int, end: int, text: str) -> dict[str, Any]:
    return {
        "group": group,
        "what": what,
        "start": format_month(start),
        "end": format_month(max(end, start + 1)),
        "text": text,
    }


def _name(members: list[str], names: list[str]) -> str:
    if len(members) == len(names):
        return ALL
    if len(members) > 3 and len(members) > len(names) / 2:
        return f"the other {len(members)}"
    return ", ".join(members)
