"""Fitting a place's free parameters to published targets, and showing how far the result is from what is known."""
