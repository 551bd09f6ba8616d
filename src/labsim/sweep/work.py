"""The body of every engine: does chunks of a plan with watched worker processes, and says how far it is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from labsim.compiling import compiled
from labsim.sweep import machine
from labsim.sweep.board import AFTER_THIS_RUN, Board
from labsim.sweep.companions import Companions
from labsim.sweep.crew import Crew, Hear, Look, pace_of, receipt_of
from labsim.sweep.heartbeat import Heartbeat
from labsim.sweep.jobs import Receipt
from labsim.sweep.missing import pieces_of
from labsim.sweep.pieces import Piece
from labsim.sweep.plan import Plan, read_plan
from labsim.sweep.stopping import Stop, listening
from labsim.sweep.store import LOGS, store_of

MARGIN = 10.0
"""Seconds before a deadline at which the last shard must be begun; for short spans a tenth of the span."""


def work_chunks(  # noqa: PLR0913 - the settings of every engine
    folder: str | os.PathLike[str],
    chunks: Sequence[int],
    *,
    workers: int = 1,
    deadline: float | None = None,
    engine_name: str = "local",
    on_receipt: Callable[[Receipt], None] | None = None,
    stop: Stop | None = None,
    tell: Callable[[str], None] | None = None,
    retry_failed: bool = False,
    keep_workers: bool = False,
) -> Receipt:
    """Do what is missing of some chunks of the sweep in `folder`, into its store; return what became of them.

    Called by engines wherever the work is to be done: in a task of Dask, in a task of an array, here. Results do not
    pass through here. What the store holds already is not done again, what failed for good neither.

    Parameters
    ----------
    chunks
        Their numbers; they are begun in this order.
    workers
        Child processes, each with one thread; 0: no child, the runs are done in this very process, where nothing
        guards against a run that hangs or crashes (for engines whose processes may have no children).
    deadline
        When everything has to be written, seconds since 1970: nothing is begun that will not end in time, and a
        long run is saved and left.
    engine_name
        For the signs of life in ``logs/``.
    on_receipt
        Called in this thread with a receipt for each chunk that has ended.
    stop
        May be asked to stop by the caller; default: a new one. In a main thread Ctrl-C, SIGTERM and SIGUSR1 ask, too.
    tell
        Receives lines for people.
    retry_failed
        Whether runs that failed for good are tried again.
    keep_workers
        Leave the processes running for the next call in this process with the same folder (they take seconds to
        start). They end with this process.

    Returns
    -------
    Receipt
        Over all chunks; ``left`` > 0: the work had to stop, and can be resumed; ``message``: why, if nobody asked.
    """
    plan = read_plan(folder)
    pieces = pieces_of(plan, chunks, retry_failed=retry_failed)
    return do_pieces(plan, pieces, workers=workers, deadline=deadline, engine_name=engine_name, on_receipt=on_receipt,
                     stop=stop, tell=tell, keep_workers=keep_workers)  # fmt: skip


def do_pieces(  # noqa: PLR0913 - as above
    plan: Plan,
    pieces: Sequence[Piece],
    *,
    workers: int,
    deadline: float | None = None,
    engine_name: str = "local",
    on_receipt: Callable[[Receipt], None] | None = None,
    stop: Stop | None = None,
    tell: Callable[[str], None] | None = None,
    look: Look | None = None,
    keep_workers: bool = False,
    companions: Companions | None = None,
) -> Receipt:
    """Do pieces of a plan; as `work_chunks`. `look` is called now and then with how far the work is.

    ``companions``: looked at before each piece, where others may be at work in the same folder.
    """
    stop, say, began = stop or Stop(), tell or (lambda _: None), time.time()
    if deadline is not None:
        deadline -= min(MARGIN, 0.1 * max(deadline - began, 0.0))
    hear: Hear = on_receipt or (lambda _: None)
    if pieces and plan.facts["scenarios"]:
        _prepare_kernels(say)
    store_of(plan).clean()
    heart = Heartbeat(plan.folder / LOGS, engine_name)
    with listening(stop, say):
        try:
            if workers == 0:
                receipts = _here(plan, pieces, deadline, stop, heart, hear, look)
            else:
                crew = Crew(plan, min(workers, max(len(pieces), 1)), companions)
                try:
                    receipts = crew.work(pieces, stop, deadline, heart, hear, look)
                finally:
                    crew.end(keep=keep_workers)
        finally:
            heart.stop()
    message = next((receipt.message for receipt in receipts if receipt.message), "")
    done, failed, left = (
        sum(getattr(each, name) for each in receipts) for name in ("done", "failed", "left")
    )
    chunks = tuple(piece.chunk for piece in pieces)
    return Receipt(chunks, done, failed, left, time.time() - began, machine.host(), message)


def _prepare_kernels(say: Callable[[str], None]) -> None:
    """Compile the kernels, if need be, before several processes would; where they are, no model is loaded here."""
    if not compiled():
        from labsim.experiment.campaign import prepare_kernels

        prepare_kernels(say)


def _here(
    plan: Plan, pieces: Sequence[Piece], deadline: float | None, stop: Stop, heart: Heartbeat, hear: Hear,
    look: Look | None,
) -> list[Receipt]:  # fmt: skip
    """Do the pieces in this process; it looks up between months."""
    from labsim.sweep.worker import Worker

    board = _Heeding(stop)
    board["deadline"] = deadline or 0.0
    worker = Worker(plan.folder, board, alone=True)
    receipts: list[Receipt] = []

    def look_up() -> None:
        chunk = pieces[len(receipts)].chunk
        heart.beat(
            lambda: {
                "done": int(board["done"]),
                "failed": int(board["failed"]),
                "chunks": [chunk],
                "runs": [],
            }
        )
        if look is not None:
            look(pace_of([board]))

    board.look_up = look_up
    for piece in pieces:
        began = time.time()
        receipt = receipt_of(piece, worker.do(piece), began)
        if receipt.message:
            stop.request(AFTER_THIS_RUN)
        hear(receipt)
        receipts.append(receipt)
    if look is not None:
        look(pace_of([board]))
    return receipts


class _Heeding(Board):
    """A board that passes on what a `Stop` is asked, and looks up at every month."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(Board.private().numbers)
        self._stop = stop
        self.look_up: Callable[[], None] = lambda: None

    def urgency(self) -> int:
        """Return how urgently to stop now."""
        self.look_up()
        self.ask(self._stop.level, self._stop.patience)
        return super().urgency()
