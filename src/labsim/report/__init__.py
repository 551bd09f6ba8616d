"""One self-contained HTML report of an experiment or a single run, made from its results folder."""

from labsim.report.reading import ReportError, Results, read_results
from labsim.report.write import write_report

__all__ = ["ReportError", "Results", "read_results", "write_report"]
