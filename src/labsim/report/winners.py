"""The section of a report on who gains and who loses, person by person, beside a placebo."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from labsim.analysis import findings
from labsim.analysis.individuals import EVERYBODY, GAIN, GAINED, JOINT, LOST, gains
from labsim.figures import individual_gains
from labsim.report import page
from labsim.report.answers import Draw, Section, short, when
from labsim.report.exhibits import Exhibit
from labsim.report.reading import Results


def people(results: Results, draw: Draw) -> Section | None:
    """Return who gains and who loses, beside the placebo; None if persons were not followed."""
    asked = results.about.get("individuals")
    if not asked or results.people.empty:
        return None
    placebo, setting, say = str(asked["placebo"]), results.setting(), results.say
    table = gains(results.people, placebo)
    styles = [style for style in setting.others if (table["scenario"] == style.name).any()]
    span = dict(findings.windows(results.about))[str(asked["window"])]
    item = Exhibit(
        individual_gains.individual_gains(table, styles, placebo, say),
        individual_gains.reading_aid(table, when(results, span), str(asked["diary"]["traits"]), say),
        individual_gains.numbers(table, styles, placebo, say),
        width=max(520, 330 * len(styles)),
    )
    warning = say(
        "A single pair of runs says little about a single person: one changed hire shifts a whole chain of others, so "
        "people whom no policy touched gain and lose as well. Read only means over groups and replicates, and shares "
        "only beside those of the placebo.",
        "Ein einzelnes Paar von Läufen sagt wenig über einen einzelnen Menschen: Eine andere Einstellung verschiebt "
        "eine ganze Kette weiterer, sodass auch Menschen gewinnen und verlieren, die keine Politik berührt hat. Lesen "
        "Sie nur Mittel über Gruppen und Läufe, und Anteile nur neben denen des Placebos.",
    )
    said = [_shares(results, table, style.name, int(asked["months"]), placebo) for style in styles]
    said += list(_winning_cells(results, table, [style.name for style in styles], placebo))
    html = page.paragraph(warning, "frame") + page.bullets(said, "summary")
    return say("Who gains, who loses", "Wer gewinnt, wer verliert"), html + draw(item)


def _shares(results: Results, table: pd.DataFrame, name: str, months: int, placebo: str) -> str:
    """Return a sentence on the shares that gained and lost, beside the placebo."""
    everybody, say = table[table["trait"] == EVERYBODY], results.say
    found = {(str(row["scenario"]), str(row["outcome"])): row for row in everybody.to_dict("records")}
    clauses = []
    for outcome, verb in ((GAINED, say("gain", "gewinnen")), (LOST, say("lose", "verlieren"))):
        own, luck = found[name, outcome.name], found[placebo, outcome.name]
        beyond = say.signed_interval(own["beyond"], own["beyond_low"], own["beyond_high"], 2)
        share, by_luck = say.number(own["mean"]), say.number(luck["mean"])
        clauses.append(say(
            f"{share} % {verb} {months} months or more (placebo {by_luck} %; beyond it {beyond} percentage points)",
            f"{share} % {verb} {months} Monate oder mehr (Placebo {by_luck} %; darüber hinaus {beyond} Prozentpunkte)",
        ))  # fmt: skip
    gain = found[name, GAIN.name]
    mean = say.signed_interval(gain["mean"], gain["low"], gain["high"], 2)
    who = f"{short(results, name)} ({results.all_labels[name]}): {say.listing(clauses)}."
    return f"{who} {say(f'Mean {mean} months per person.', f'Im Mittel {mean} Monate je Person.')}"


def _winning_cells(results: Results, table: pd.DataFrame, names: list[str], placebo: str) -> Iterator[str]:
    """Yield a sentence on how many people live in small groups that gain, or lose, clearly of chance."""
    joint, say = table[(table["trait"] == JOINT) & (table["outcome"] == GAIN.name)], results.say
    if joint["low"].isna().all():
        return
    texts = []
    for name in (*names, placebo):
        part = joint[joint["scenario"] == name]
        total = float(part["persons"].sum())
        up, down = (
            100 * float(part.loc[mask, "persons"].sum()) / total
            for mask in (part["low"] > 0, part["high"] < 0)
        )
        texts.append(f"{short(results, name)} {say.number(up)} % {say('and', 'und')} {say.number(down)} %")
    yield say(
        "Averaged over the replicates in groups by position, education and age together, so many people are in "
        f"groups whose gain, or loss, is clear of chance (95 %): {say.listing(texts)}. With this many groups a few "
        "are so by luck: that is what the placebo shows.",
        "Gemittelt über die Läufe in Gruppen nach Stellung, Bildung und Alter zusammen sind so viele Menschen in "
        f"Gruppen, deren Gewinn oder Verlust sich vom Zufall abhebt (95 %): {say.listing(texts)}. Bei so vielen "
        "Gruppen sind es einige durch Glück: Das zeigt das Placebo.",
    )
