"""Institutions: ordinary Mesa agents with their behaviour in them."""

from labsim.state.institutions.agency import Agency
from labsim.state.institutions.base import Institution
from labsim.state.institutions.land import Land
from labsim.state.institutions.municipality import Municipality
from labsim.state.institutions.provider import Provider

__all__ = ["Agency", "Institution", "Land", "Municipality", "Provider"]
