"""A scenario's timeline as a picture in one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labsim.cli.application import BadInput

if TYPE_CHECKING:
    from labsim.scenario import Scenario


def draw(scenario: Scenario, target: Path) -> None:
    """Write the picture of a scenario's timeline to `target`, which needs nothing else and loads nothing."""
    if target.suffix != ".html":
        raise BadInput(f"{target}: a timeline is drawn as a page; write a name that ends in .html")
    if not target.parent.is_dir():
        raise BadInput(f"{target}: there is no folder {target.parent}")
    from labsim.report.aside import write_page

    try:
        write_page(target, page_of(scenario))
    except OSError as error:
        raise BadInput(f"{target}: the picture cannot be written ({error.strerror})") from None


def page_of(scenario: Scenario) -> str:
    """Return the page with the picture and its numbers."""
    import pandas as pd

    from labsim.experiment import resolved
    from labsim.figures.timeline import numbers, reading_aid, timeline
    from labsim.report.exhibits import Exhibit
    from labsim.report.page import exhibit, page, paragraph

    shares = pd.DataFrame(resolved.shares(scenario))
    shares["month"] = pd.to_datetime(shares["month"], format="%Y-%m")
    spans = pd.DataFrame(resolved.spans(scenario))
    for column in ("start", "end"):
        spans[column] = pd.to_datetime(spans[column], format="%Y-%m")
    labels = {name: scenario.regimes[name].label.en for name in scenario.timeline.regimes}
    figure = timeline(shares, spans, "Regimes, budgets, agencies and who decides", labels)
    by_lot = any(step["by_lot"] for step in resolved.steps(scenario))
    item = Exhibit(figure, reading_aid(by_lot=by_lot), numbers(spans), width=900)
    head = paragraph(scenario.question, "question") if scenario.question else ""
    foot = "Made by labsim. This file is complete in itself and loads nothing from outside."
    title = f"Timeline of {scenario.scenario}: {scenario.label.en}"
    return page(title, head, [("Who is under which rules when", exhibit(item, 1))], foot)
