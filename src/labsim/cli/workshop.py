"""``labsim app``: the workshop in a browser."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from labsim.cli.application import BAD_INPUT, FAILED, BadInput, command, put, say

if TYPE_CHECKING:
    from labsim.app import doctor

PORT = 8050
WARNING = """labsim: --lan lets other machines on this network take part.
  Whoever has the link can set levers and start simulations on this machine, and read what the room sees.
  The connection is not encrypted: others on the same network can read along, the link with its token too.
  Nothing else of this machine is shown, and it ends with Ctrl-C."""


@command("app")
def workshop(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1024, max=65535)] = PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
    lan: Annotated[
        bool, typer.Option("--lan", help="Let others on the network take part, by a link.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Consent to --lan without being asked.")] = False,
    ahead: Annotated[
        bool, typer.Option("--ahead/--no-ahead", help="Simulate ahead while nobody waits for anything.")
    ] = True,
    pairs: Annotated[
        int,
        typer.Option(help="Pairs of runs of a whole comparison; fewer for a slow machine.", min=10, max=100),
    ] = 100,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only simulate ahead what a workshop needs, and keep it.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether a workshop can be held here.")
    ] = False,
) -> None:
    """Open the workshop in a browser: levers, a transition, and a comparison simulated while the room watches.

    Only this machine can connect, unless --lan is given: then whoever has the link can.
    """
    if lan and not yes and not (check or prepare):
        _ask()
    try:
        from labsim.app import doctor, server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("labsim"):
            raise
        raise BadInput(
            f"labsim app needs {error.name}, which is not installed; install the extra: pip install 'labsim[app]'"
        ) from None
    if check:
        _check(doctor.examined(port))
        return
    if prepare:
        _prepare(pairs)
        return
    try:
        server.serve(port, browser=not no_browser, lan=lan, ahead=ahead, pairs=pairs, tell=say)
    except server.PortTaken as error:
        raise BadInput(str(error)) from None


def _check(findings: Iterable[doctor.Finding]) -> None:
    """Print every finding; fail if something needed is missing."""
    missing = 0
    for finding in findings:
        put(finding.line)
        missing += finding.needed and not finding.fine
    if missing:
        raise typer.Exit(FAILED)


def _prepare(pairs: int) -> None:
    """Simulate ahead, and say how far it is; what is finished stays if it is interrupted."""
    from labsim.app import stored
    from labsim.cli.terminal import watching
    from labsim.experiment.progress import Progress

    with watching("the workshop's runs") as watch:
        trouble = stored.prepare(
            lambda done, total: watch(Progress(done, total, f"{done} of {total}")), seeds=pairs
        )
    if trouble:
        say(f"labsim: not everything could be prepared: {trouble}")
        raise typer.Exit(FAILED)
    put("Everything that a workshop needs is prepared.")


def _ask() -> None:
    """Say what --lan means and ask whether that is wanted; a script says --yes."""
    say(WARNING)
    if not sys.stdin.isatty():
        raise BadInput("nobody is there to be asked; a script that wants this says --yes")
    if not typer.confirm("Let others in?", default=False, err=True):
        say("labsim: nobody was let in")
        raise typer.Exit(BAD_INPUT)
