"""Calibrations of a place: calibration.yaml (what may be fitted, and how) and calibrated.yaml (what came of it)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator

from labsim.config.documents import Document, KeyPath
from labsim.config.errors import suggestion
from labsim.config.library import Library, by_name
from labsim.config.problems import validated
from labsim.config.scenarios import read_scenario
from labsim.parameters.overrides import scalars
from labsim.params import Declared, param
from labsim.scenario import Scenario

MOST_FREE = 12


class Prior(Declared):
    """What is held possible of a parameter before the fit, cut to ``low`` .. ``high``."""

    shape: Literal["uniform", "normal"] = Field("uniform", description="uniform or normal")
    low: float = Field(description="lowest value that is tried, in the parameter's unit")
    high: float = Field(description="highest value that is tried, in the parameter's unit")
    mean: float | None = Field(None, description="mean of a normal prior")
    sd: float | None = Field(None, description="standard deviation of a normal prior")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low is {self.low:g}, but it must be below high ({self.high:g})")
        if self.shape == "normal":
            if self.mean is None or self.sd is None or self.sd <= 0.0:
                raise ValueError("shape is normal, but a normal prior needs a mean and an sd above 0")
            if not self.low <= self.mean <= self.high:
                raise ValueError(f"mean is {self.mean:g}, but it must lie between low and high")
        elif self.mean is not None or self.sd is not None:
            raise ValueError("shape is uniform, but mean and sd belong to a normal prior: drop them")
        return self


class FreeParameter(Declared):
    """A parameter that the calibration may change."""

    parameter: str = Field(description="path of a parameter of behaviour, for example demand.level")
    prior: Prior
    why: str = Field(description="why it is free, and where the prior comes from")


Seeds = Annotated[Any, WithJsonSchema({"type": "array", "items": {"type": "integer", "minimum": 0}})]


class CalibrationForm(Declared):
    """The file calibration.yaml in the folder of a place."""

    calibration: str = Field(description="name of the place")
    scenario: str = Field(description="the history that is simulated, by name or path")
    scale: float = param(0.01, "agents per person", "scale of the runs", low=0.0001, high=1.0)
    seeds: tuple[int, ...] = Field((1, 2), description="seeds of each evaluation (common random numbers)")
    free: tuple[FreeParameter, ...] = Field(description="the parameters that may be fitted, twelve at most")
    levels: int = param(4, "rounds", "rounds in which the municipalities' skill shifts are set to the differences"
                        " between their unemployment rates at the start (0 = leave them)", low=0, high=20)  # fmt: skip
    level_months: int = param(48, "months", "months over which a round looks at the rates, demand flat",
                              low=6, high=240)  # fmt: skip
    level_scale: float = param(0.02, "agents per person", "scale of those rounds", low=0.0001, high=1.0)
    trajectories: int = param(4, "trajectories", "Morris trajectories of the screening before the fit",
                              low=2, high=100)  # fmt: skip
    generations: int = param(8, "generations", "generations of the search", low=1, high=1000)
    population: int = param(10, "evaluations", "evaluations in a generation", low=4, high=1000)
    members: int = param(20, "members", "wanted members of the accepted ensemble", low=2, high=1000)
    seed: int = param(1, "seed", "seed of the design and of the search", low=0)


class Calibration(Declared):
    """A calibration with its scenario, checked."""

    place: str
    file: Path
    scenario: Scenario
    form: CalibrationForm

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of the free parameters."""
        return tuple(each.parameter for each in self.form.free)


def load_calibration(name: str | Path) -> Calibration:
    """Return the calibration of a place by name, or by path of its folder or file.

    Its scenario is read without what an earlier calibration of the place found: it does not depend on that.

    >>> load_calibration("dortmund").scenario.scenario
    'dortmund_2003'
    """
    library = Library(calibrated=False)
    document = library.document(by_name("calibration", name))
    form = validated(CalibrationForm, document)
    library.check_name("calibration", str(name), form.calibration, document)
    _check_free(document, form)
    named = library.refer("scenario", form.scenario, document, ("scenario",))
    scenario = read_scenario(library, library.document(named), form.scenario)
    if scenario.place.place != form.calibration:
        wrong = f"is '{form.scenario}', which runs the place '{scenario.place.place}'"
        raise document.error(("scenario",), wrong, f"name a scenario of '{form.calibration}'")
    return Calibration(place=form.calibration, file=document.file, scenario=scenario, form=form)


def _check_free(document: Document, form: CalibrationForm) -> None:
    known = scalars()
    if not form.free or len(form.free) > MOST_FREE:
        right = (
            f"it must name 1 to {MOST_FREE} parameters: more than that cannot be told apart by the targets"
        )
        raise document.error(("free",), f"names {len(form.free)} parameters", right)
    seen: dict[str, int] = {}
    for i, each in enumerate(form.free):
        path: KeyPath = ("free", i, "parameter")
        if each.parameter not in known:
            raise document.error(path, f"is '{each.parameter}', which is no parameter with bounds",
                                 suggestion(each.parameter, known))  # fmt: skip
        if each.parameter in seen:
            raise document.error(path, f"names '{each.parameter}' a second time", "each may stand once")
        seen[each.parameter] = i
        scalar = known[each.parameter]
        for key in ("low", "high"):
            value = getattr(each.prior, key)
            if not scalar.low <= value <= scalar.high:
                right = f"{each.parameter} must lie between {scalar.low:g} and {scalar.high:g} {scalar.unit}"
                raise document.error(("free", i, "prior", key), f"is {value:g}", right)
        if not each.why.strip():
            raise document.error(("free", i, "why"), "is empty", "say where the prior comes from")
