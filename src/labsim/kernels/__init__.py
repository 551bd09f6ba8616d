"""Compiled code: arrays and numbers in, arrays out; no configuration, no objects, no global state.

The rules that kernels call (`labsim.rng.rule`) are plain Python functions that the agents' methods call too.
"""
