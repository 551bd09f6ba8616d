"""One live market in Mesa's own browser view, for people who change the model.

SolaraViz shows one model, month by month, with play, step and reset. It has no replicates, no bands and no comparison:
for questions about policy use ``labsim app``.

Solara is no dependency of labsim. What is needed beside it (ipyvuetify 3 leaves the page blank, solara-assets makes it
work without a network):

    pip install labsim "mesa[viz]" solara solara-assets "ipyvuetify<3" anywidget
    solara run examples/solara_app.py
"""

from __future__ import annotations

import importlib.util
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import labsim
from labsim.figures.canvas import panels
from labsim.figures.speech import STATES, Speech
from labsim.figures.theme import PALETTE, STATE_COLOURS

SAY = Speech("en")
NEEDED = ("solara", "anywidget", "altair", "matplotlib")
"""What SolaraViz imports, or draws with, that labsim does not bring."""

WIDTH = 400
"""Pixels of a picture: it does not follow the frame that SolaraViz puts it into, which is 420 wide on a laptop."""

YEAR = 12
UPLOADS = ["sendChartToCloud"]
"""The button over a picture that would send its data to a cloud; solara hands no configuration to Plotly."""

RATES = {
    "employment_rate": ("Employment", "% of the population of working age"),
    "unemployment_rate": ("Registered unemployment", "% of the labour force"),
}
"""Indicators that are drawn, with their label and unit."""

PARAMETERS: dict[str, Any] = {
    "seed": {"type": "InputText", "value": "1", "label": "Seed (a whole number)"},
    "scale": {
        "type": "SliderFloat", "value": 0.1, "label": "Scale (1 = one agent per person)", "min": 0.05, "max": 1.0,
        "step": 0.05,
    },
    "demand": {
        "type": "SliderFloat", "value": 1.0, "label": "Demand for labour (1 = as given)", "min": 0.9, "max": 1.1,
        "step": 0.01,
    },
}  # fmt: skip
"""What can be set in the browser; a change builds the town anew."""


class Town(labsim.LabourMarket):
    """An invented town, built from plain numbers as SolaraViz wants it, with its first month behind it."""

    def __init__(self, seed: int | str = 1, scale: float = 0.1, demand: float = 1.0) -> None:
        scenario = labsim.load("toytown", scale=scale)
        parameters = scenario.parameters
        level = parameters.demand.model_copy(update={"level": float(demand)})
        parameters = parameters.model_copy(update={"demand": level})
        super().__init__(scenario.model_copy(update={"parameters": parameters}), seed=_whole(seed))
        self.burn_in()
        self.step()  # so that there is something to draw

    @property
    def scenario(self) -> Any:
        """None, since SolaraViz would build the model anew from a scenario of Mesa's own kind, not from numbers."""
        return None

    @scenario.setter
    def scenario(self, scenario: Any) -> None:
        """Accept Mesa's own scenario, which is not used."""


def _whole(seed: int | str) -> int:
    """Return the seed as a number; 1 for a text that is none."""
    try:
        return abs(int(seed))
    except ValueError:
        return 1


def recorded(model: labsim.LabourMarket) -> pd.DataFrame:
    """Return the indicators of the whole town so far: a row per month, a column per indicator."""
    table = model.results.indicators
    whole = table[
        (table["municipality"] == "all") & (table["group"] == "all") & table["indicator"].isin(RATES)
    ]
    return whole.pivot_table(index="month", columns="indicator", values="value")


def rates(model: labsim.LabourMarket) -> go.Figure:
    """Return employment and registered unemployment over the months so far."""
    table = recorded(model)
    figure = panels("One run: this is no result", [90] * len(RATES), legend=False, title_lines=2)
    for row, (name, (label, unit)) in enumerate(RATES.items(), 1):
        if name in table:
            figure.add_scatter(
                x=[f"{month:%Y-%m-%d}" for month in table.index],
                y=table[name].tolist(),
                mode="lines+markers",
                name=label,
                row=row,
                col=1,
                line={"color": PALETTE[row - 1]},
                marker={"size": 4},
            )
        figure.add_annotation(
            text=f"<b>{label}</b><br>{unit}", row=row, col=1, xref="x domain", yref="y domain", x=0, y=1,
            xanchor="left", yanchor="bottom", xshift=-40, yshift=4, showarrow=False, align="left",
        )  # fmt: skip
    ends = max(table.index[-1], table.index[0] + pd.DateOffset(months=YEAR))
    figure.update_xaxes(
        hoverformat="%b %Y", range=[f"{table.index[0]:%Y-%m-%d}", f"{ends:%Y-%m-%d}"], nticks=5
    )
    figure.update_xaxes(showticklabels=False, row=1, col=1)  # the next panel's name stands there
    return figure


def states(model: labsim.LabourMarket) -> go.Figure:
    """Return how many agents are in which state now."""
    from labsim import codes

    shown = ("employed", "unemployed", "in_measure", "inactive")
    status = model.world.persons.status
    counts = [int((status == getattr(codes, name.upper())).sum()) for name in shown]
    figure = panels("Agents by state, this month (number)", [26 * len(shown) + 20], legend=False)
    figure.add_bar(
        y=[SAY(*STATES[name]) for name in shown], x=counts, orientation="h", text=counts,
        marker={"color": [STATE_COLOURS[name] for name in shown], "line": {"color": "#222222", "width": 1}},
    )  # fmt: skip
    return figure.update_layout(margin_l=110, hovermode="closest")


def person(model: labsim.LabourMarket) -> str:
    """Return in a sentence who the first unemployed person of the month is."""
    from labsim import codes

    unemployed = model.job_seekers.select(where=lambda each: each.status == codes.UNEMPLOYED)
    if not len(unemployed):
        return "Nobody is unemployed."
    one = unemployed[0]
    return (
        f"{len(unemployed)} of {len(model.job_seekers)} agents are unemployed. The first is {one.age // 12} years old, "
        f"{one.months_out} months without a job, sends {one.expected_applications():.1f} applications a month and "
        f"would work for {one.reservation_wage():.0f} EUR a month."
    )


def make_page() -> Any:
    """Return the page that ``solara run`` shows."""
    import solara
    from mesa.visualization import SolaraViz
    from mesa.visualization.utils import update_counter

    def drawn(figure_of: Any) -> Any:
        @solara.component
        def chart(model: labsim.LabourMarket) -> None:
            update_counter.get()  # drawn anew after each step
            figure = figure_of(model)
            figure.update_layout(modebar_remove=UPLOADS, width=WIDTH)
            solara.FigurePlotly(figure)

        return chart

    @solara.component
    def told(model: labsim.LabourMarket) -> None:
        update_counter.get()
        solara.Text(person(model))

    # `components` by its name: as a second position it is the renderer in Mesa 3.3 and later
    return SolaraViz(
        Town(),
        components=[drawn(rates), drawn(states), told],
        model_params=PARAMETERS,
        name="Toytown, one run",
    )


if all(importlib.util.find_spec(name) for name in NEEDED):
    page = make_page()
elif __name__ == "__main__":
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    raise SystemExit(
        f'this page needs {", ".join(missing)}: pip install "mesa[viz]" solara solara-assets "ipyvuetify<3" anywidget'
    )
