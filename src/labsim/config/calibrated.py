"""What a calibration of a place found: the file calibrated.yaml beside place.yaml."""

from __future__ import annotations

from labsim.config.documents import Document, read_document
from labsim.config.errors import quoted, suggestion
from labsim.config.files import is_file
from labsim.config.problems import validated
from labsim.parameters.overrides import scalars
from labsim.state.place import Calibrated, Municipality, shifted

CALIBRATED_FILE = "calibrated.yaml"
CALIBRATED_SOURCE = (
    "calibrated: fitted to the place's calibrated targets (scorecard.yaml) by labsim calibrate"
)
LEVEL_SOURCE = "calibrated: relative unemployment rates of the first year, by labsim calibrate"


def read_calibrated(document: Document, names: tuple[str, ...]) -> Calibrated:
    """Return what a calibration found, from its file; `names` are the municipalities of the place."""
    found = validated(Calibrated, document)
    known = scalars()
    for key, values in (("parameters", found.parameters), *(
        (f"ensemble[{i + 1}]", member) for i, member in enumerate(found.ensemble)
    )):  # fmt: skip
        for path, value in values.items():
            if path not in known:
                raise document.error(
                    (), f"{key} names '{path}', which is no parameter", suggestion(path, known)
                )
            if not known[path].low <= value <= known[path].high:
                right = f"it must lie between {known[path].low:g} and {known[path].high:g}"
                raise document.error((), f"{key} has {value:g} for {path}", right)
    for name in found.skill_shift:
        if name not in names:
            raise document.error(
                ("skill_shift",), f"names the municipality '{name}'", suggestion(name, names)
            )
    return found


def calibrated_beside(
    place_document: Document, given: str | None, names: tuple[str, ...]
) -> Calibrated | None:
    """Return what place.yaml names as ``calibrated``."""
    if given is None:
        return None
    file = place_document.file.parent / given
    if not is_file(file):
        right = "run labsim calibrate, or drop the key"
        raise place_document.error(("calibrated",), f"no such file {quoted(given)}", right)
    return read_calibrated(read_document(file), names)


def with_levels(
    municipalities: tuple[Municipality, ...], found: Calibrated | None
) -> tuple[Municipality, ...]:
    """Return the municipalities with the skill shifts that a calibration found."""
    return municipalities if found is None else shifted(municipalities, found.skill_shift)
