"""When a sweep has enough replicates: when the interval of an outcome, or of a contrast, is narrow enough.

The value of a seed is the mean of the outcome (or of the difference between two scenarios, taken point by point) over
the design's points; its t-interval over the seeds must become narrow enough. Points are not replicates of each other,
so a sweep with many points is precise on average long before it is so at each point.

The decision follows from the finished runs alone, so that it is the same after an interruption. Looking after every
batch and stopping at the first narrow interval makes intervals cover a little less than their level; large batches
keep this small.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from labsim.analysis.intervals import t_half_width
from labsim.analysis.precision import replicates_needed
from labsim.analysis.responses import Question, balanced, response
from labsim.experiment.progress import Progress, Watcher, silent
from labsim.experiment.store import OutputError
from labsim.sweep.collect import collect
from labsim.sweep.plan import Plan, extend_plan, read_plan
from labsim.sweep.run import Outcome, run


class Decision(NamedTuple):
    """Whether there are enough replicates.

    stop       : nothing is to be added, because the interval is narrow enough or the most replicates are reached
    next_total : replicates that there should be next (as many as now: nothing to add, or some are not finished)
    half_width : of the interval now, in the outcome's unit; infinite with one seed, NaN if nothing can be said
    text       : the decision in one sentence
    """

    stop: bool
    next_total: int
    half_width: float
    text: str


def more_replicates(plan: Plan, table: pd.DataFrame) -> Decision:
    """Return whether a sweep needs more replicates: a pure function of its plan and its finished runs.

    Parameters
    ----------
    plan
        With a rule ``stop``; its seeds are the replicates that were planned so far.
    table
        The outcomes of the finished runs (scenario, point, seed, window, outcome, value). Points that lack a seed
        (failed runs) are left out.

    Raises `OutputError` if the plan has no such rule.
    """
    rule = plan.facts["stop"]
    if rule is None:
        right = "write stop: {outcome: .., window: .., half_width: ..} into the file, and plan it"
        raise OutputError(plan.folder, "has no rule that says when it is precise enough", right)
    total = len(plan.seeds)
    widest, sd = 0.0, 0.0
    for question in _questions(plan.facts, rule):
        means = _seed_means(table, question, plan.seeds)
        if means is None:
            text = f"not all of the {total} replicates of {_named(question)} are finished: finish them first"
            return Decision(False, total, math.nan, text)
        half = _half_width(means, float(rule["level"]))
        if half >= widest:
            widest, sd = half, float(means.std(ddof=1)) if total > 1 else math.nan
    return _decided(rule, total, widest, sd)


def further_seeds(seeds: Sequence[int], total: int) -> list[int]:
    """Return the seeds to be added so that there are `total`: those that follow the largest.

    >>> further_seeds((1, 2, 3), 5), further_seeds((7, 1), 3)
    ([4, 5], [8])
    """
    return list(range(max(seeds) + 1, max(seeds) + 1 + total - len(seeds)))


def until_precise(
    folder: Path,
    run: Callable[[Path], int],
    finished: Callable[[Path], pd.DataFrame],
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Decision, int]:
    """Add batches of replicates to a sweep and run them, until its rule is met; return the decision and the exit code.

    Parameters
    ----------
    run
        Does what is missing in the folder and returns the exit code; with anything but 0 and 3 (all tried, some
        failed) it ends here, and goes on from there when called again.
    finished
        Returns the outcomes of all finished runs.
    tell
        Gets each decision as a sentence.
    """
    while True:
        code = run(folder)
        plan = read_plan(folder)
        decision = more_replicates(plan, finished(folder)) if code in {0, 3} else None
        if decision is None:
            return Decision(False, len(plan.seeds), math.nan, "not finished; resume"), code
        tell(decision.text)
        if decision.stop or decision.next_total <= len(plan.seeds):
            return decision, code
        extend_plan(plan, further_seeds(plan.seeds, decision.next_total))


def finished_outcomes(folder: Path) -> pd.DataFrame:
    """Collect what is finished of a sweep, and return the outcomes that its rule looks at."""
    rule = read_plan(folder).facts["stop"]
    wanted = None if rule is None else [("outcome", "==", str(rule["outcome"]))]
    columns = ["scenario", "point", "seed", "window", "outcome", "value"]
    table: pd.DataFrame = pq.read_table(collect(folder).outcomes, columns=columns, filters=wanted).to_pandas()
    return table


def run_until_precise(
    folder: Path,
    *,
    engine: str | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    profile: str | None = None,
    progress: Watcher | None = None,
) -> tuple[Decision, Outcome]:
    """Do what is missing of a sweep, batch after batch of replicates, until its rule is met; as `run`, and repeatable.

    Returns the decision and the outcome of all rounds together (the exit code is that of the last).
    """
    rounds: list[Outcome] = []
    told = progress or silent

    def once(where: Path) -> int:
        rounds.append(run(where, engine=engine, workers=workers, retry_failed=retry_failed, profile=profile,
                          progress=progress))  # fmt: skip
        return rounds[-1].exit_code

    decision, _ = until_precise(
        folder, once, finished_outcomes, lambda text: told(Progress(0, 0, text, note=True))
    )
    return decision, rounds[-1]._replace(done=sum(each.done for each in rounds))


def _questions(facts: Mapping[str, Any], rule: Mapping[str, Any]) -> list[Question]:
    """Return what must be precise: the contrast, or the outcome in every scenario."""
    window = str(rule["window"] or "")
    if rule["contrast"]:
        first, second = rule["contrast"]
        return [Question(str(rule["outcome"]), window, str(first), str(second))]
    return [Question(str(rule["outcome"]), window, str(name)) for name in facts["scenarios"] or [""]]


def _seed_means(table: pd.DataFrame, question: Question, seeds: Sequence[int]) -> np.ndarray | None:
    """Return the mean over the points for each seed, (seeds,); None if a planned seed has no runs yet."""
    rows = table[(table["outcome"] == question.outcome) & (table["window"] == question.window)]
    needed = {question.scenario, question.minus} - ({""} if question.minus else set())
    if not needed - {""} <= set(rows["scenario"].astype(str)) or rows.empty:
        return None
    values = balanced(response(table, question))
    if not set(seeds) <= set(values.seeds.tolist()):
        return None
    chosen = np.isin(values.seeds, list(seeds))
    means: np.ndarray = np.round(values.values[:, chosen].mean(axis=0), 12)
    return means


def _half_width(means: np.ndarray, level: float) -> float:
    return math.inf if len(means) < 2 else float(t_half_width(means.std(ddof=1), len(means), level))


def _decided(rule: Mapping[str, Any], total: int, half: float, sd: float) -> Decision:
    """Return the decision for a half-width that was found with `total` replicates."""
    wanted, most = float(rule["half_width"]), int(rule["most"])
    level = f"{100 * float(rule['level']):g} %"
    has = f"{total} replicates: the {level} interval of {_rule_named(rule)} is ± {half:.3g}, wanted is ± {wanted:g}"
    if half <= wanted:
        return Decision(True, total, half, f"{has}: narrow enough")
    needed = (
        ""
        if not math.isfinite(sd)
        else f" (about {replicates_needed(sd, wanted, float(rule['level']))} are needed)"
    )
    if total >= most:
        return Decision(
            True, total, half, f"{has}, but {most} replicates are the most that the file allows{needed}"
        )
    following = min(total + int(rule["batch"]), most)
    return Decision(False, following, half, f"{has}: going on to {following} replicates{needed}")


def _rule_named(rule: Mapping[str, Any]) -> str:
    contrast = rule["contrast"]
    text = f"{rule['outcome']} in {rule['window']}" if rule["window"] else str(rule["outcome"])
    return f"{text}, {contrast[0]} less {contrast[1]}" if contrast else text


def _named(question: Question) -> str:
    less = f" less {question.minus}" if question.minus else ""
    return f"{question.outcome} in {question.scenario or 'the function'}{less}"
