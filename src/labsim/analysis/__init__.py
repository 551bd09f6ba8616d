"""What tidy result tables say: paired differences, bands, durations, flows, Beveridge paths.

Everything here takes tables (pandas) and returns tables. Nothing here knows the model, a configuration or a
file.
"""

from labsim.analysis.bands import allowed_bands, bands, shows_paths
from labsim.analysis.beveridge import annual_path, loop_measures, signed_area
from labsim.analysis.durations import exit_rates, life_table, pooled
from labsim.analysis.flows import STATES, average_flows, closure, whole_place
from labsim.analysis.intervals import t_half_width, t_quantile, wilson
from labsim.analysis.paired import first_difference, paired_differences, pairs, variance_gain
from labsim.analysis.published import fit, published_table, root_mean_square
from labsim.analysis.tables import WHOLE, TableError, annual_means, has, pick, require
from labsim.analysis.windows import Phase, phase_means, phases, transition

__all__ = [
    "STATES",
    "WHOLE",
    "Phase",
    "TableError",
    "allowed_bands",
    "annual_means",
    "annual_path",
    "average_flows",
    "bands",
    "closure",
    "exit_rates",
    "first_difference",
    "fit",
    "has",
    "life_table",
    "loop_measures",
    "paired_differences",
    "pairs",
    "phase_means",
    "phases",
    "pick",
    "pooled",
    "published_table",
    "require",
    "root_mean_square",
    "shows_paths",
    "signed_area",
    "t_half_width",
    "t_quantile",
    "transition",
    "variance_gain",
    "whole_place",
    "wilson",
]
