"""``labsim app``: the workshop in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from labsim.cli.application import BadInput, command, say

PORT = 8050


@command("app")
def workshop(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1024, max=65535)] = PORT,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Open the workshop in a browser: levers, a transition, and a comparison simulated while the room watches.

    Only this machine can connect.
    """
    try:
        from labsim.app import server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("labsim"):
            raise
        raise BadInput(
            f"labsim app needs {error.name}, which is not installed; install the extra: pip install 'labsim[app]'"
        ) from None
    try:
        server.serve(port, browser=not no_browser, tell=say)
    except server.PortTaken as error:
        raise BadInput(str(error)) from None
