"""From prior quantiles (0..1), in which designs and searches work, to values, and what priors add to a loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import truncnorm

from labsim.config.calibrations import FreeParameter, Prior

Floats = NDArray[np.float64]
DIGITS = 6
"""Decimals of a parameter's value: no fit knows more, and files stay readable."""


def value_at(prior: Prior, quantile: float) -> float:
    """Return the parameter's value at a quantile of its prior.

    >>> value_at(Prior(low=1.0, high=3.0), 0.5)
    2.0
    """
    q = min(max(float(quantile), 0.0), 1.0)
    if prior.shape == "uniform" or prior.mean is None or prior.sd is None:
        return round(prior.low + q * (prior.high - prior.low), DIGITS)
    value = truncnorm.ppf(q, *_standardised(prior), loc=prior.mean, scale=prior.sd)
    return round(min(max(float(value), prior.low), prior.high), DIGITS)


def values_at(free: Sequence[FreeParameter], quantiles: Sequence[float]) -> dict[str, float]:
    """Return {path: value} at a point of prior quantiles, (d,)."""
    return {each.parameter: value_at(each.prior, float(q)) for each, q in zip(free, quantiles, strict=True)}


def prior_loss(free: Sequence[FreeParameter], quantiles: Floats) -> Floats:
    """Return what the priors add to the loss of each point, (n,): squares of distance to the mean in sd.

    It is -2 log density up to a constant, as the loss of the targets is -2 log likelihood; a uniform prior adds none.
    """
    total = np.zeros(len(quantiles))
    for i, each in enumerate(free):
        mean, sd = each.prior.mean, each.prior.sd
        if each.prior.shape != "uniform" and mean is not None and sd is not None:
            values = np.array([value_at(each.prior, float(q)) for q in quantiles[:, i]])
            total += np.square((values - mean) / sd)
    return total


def _standardised(prior: Prior) -> tuple[float, float]:
    mean, sd = prior.mean or 0.0, prior.sd or 1.0
    return (prior.low - mean) / sd, (prior.high - mean) / sd
