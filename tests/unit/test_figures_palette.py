"""Colours stay apart for eyes with restricted colour vision, and never stand alone."""

from __future__ import annotations

import pytest

from labsim.figures import alluvial, money, theme, tile_map

from .palette import VISIONS, closest

DICHROMATS = ("protan", "deutan", "tritan")
APART = 9.0
"""Least distance of two colours (OKLab times 100) for eyes without one of the three cones."""


@pytest.mark.parametrize("vision", ["normal", *DICHROMATS])
def test_six_scenarios_are_told_apart_with_restricted_colour_vision(vision: str) -> None:
    assert closest(theme.PALETTE, vision) >= APART


@pytest.mark.parametrize("vision", list(VISIONS))
def test_states_are_told_apart_with_restricted_colour_vision_and_in_grey_print(vision: str) -> None:
    five = [theme.STATE_COLOURS[state] for state in alluvial.STATES]
    assert len(five) == 5
    assert closest(five, vision) >= APART
    undivided = [
        theme.STATE_COLOURS[state]
        for state in ("employed", "in_measure", "unemployed", "inactive", "outside")
    ]
    assert closest(undivided, vision) >= APART


@pytest.mark.parametrize("vision", ["normal", *DICHROMATS])
def test_payers_are_told_apart_with_restricted_colour_vision(vision: str) -> None:
    payers = [colour for name, colour in money.COLOURS.items() if name != "all payers"]
    assert closest(payers, vision) >= APART


def test_payers_that_look_alike_in_grey_print_have_different_patterns_or_dashes() -> None:
    names = [name for name in money.COLOURS if name != "all payers"]
    assert len({money.DASHES[name] for name in names}) == len(names)
    for number, one in enumerate(names):
        for other in names[:number]:
            pair = [money.COLOURS[one], money.COLOURS[other]]
            assert closest(pair, "grey") >= 6 or money.PATTERNS[one] != money.PATTERNS[other], (one, other)


def test_the_first_two_scenarios_differ_even_in_grey_and_all_by_dash_and_letter() -> None:
    assert closest(theme.PALETTE[:2], "grey") >= 7
    six = theme.styles(list("uvwxyz"))
    assert len({style.dash for style in six}) == len({style.letter for style in six}) == 6


def test_two_colours_that_differ_only_in_red_and_green_are_found_to_be_alike() -> None:
    pair = ["#CC0000", "#667700"]
    assert closest(pair, "normal") > 20
    assert closest(pair, "deutan") < APART


@pytest.mark.parametrize("share", [-1.0, -0.7, -0.4, -0.2, 0.0, 0.2, 0.4, 0.7, 1.0])
def test_type_on_a_tile_is_legible(share: float) -> None:
    colour = tile_map.colour_of(share, 1.0)
    ink = tile_map.type_on(colour)
    assert (
        theme.contrast(colour) / theme.contrast(ink) >= 4.5
        or theme.contrast(ink) / theme.contrast(colour) >= 4.5
    )


def test_above_zero_is_never_told_from_below_by_red_and_green() -> None:
    above, below = tile_map.colour_of(1.0, 1.0), tile_map.colour_of(-1.0, 1.0)
    for vision in DICHROMATS:
        assert closest([tile_map.colour_of(0.6, 1.0), tile_map.colour_of(-0.6, 1.0)], vision) >= APART
    assert above != below
