"""Who can connect, tried from other addresses of this machine: without --lan nobody, with it whoever has the link."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.browser.conftest import QUICK, Seen, Workshop, ended, free_port, served, slowness, wait_for_runs

pytestmark = pytest.mark.browser


def other_addresses() -> list[str]:
    """Return addresses of this machine at which 127.0.0.1 is not meant: its networks', and a second loopback one."""
    from labsim.app.lan import own_addresses

    return [*own_addresses(), "127.0.0.2"] if sys.platform == "linux" else list(own_addresses())


def asked(port: int, address: str, path: str = "/", **headers: str) -> tuple[int, str, dict[str, str]]:
    """Return status, text and headers of what a server at an address answers."""
    connection = HTTPConnection(address, port, timeout=10 * slowness())
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.headers)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def shared(everything_is_there: None, folder: Path) -> Iterator[Workshop]:
    made = served(folder, free_port(), "--lan", "--yes", *QUICK)
    yield made
    ended(made)


@pytest.fixture(scope="module")
def token(shared: Workshop) -> str:
    found = re.search(r"\?token=([\w-]+)", shared.log.read_text())
    assert found is not None
    return found[1]


def test_without_lan_no_other_address_of_this_machine_answers(workshop: Workshop) -> None:
    addresses = other_addresses()
    assert addresses, "this machine has no second address to try from"
    for address in addresses:
        with socket.socket() as probe:
            probe.settimeout(5)
            assert probe.connect_ex((address, workshop.port)) != 0, f"{address} can connect"
    assert asked(workshop.port, "127.0.0.1")[0] == 200


def test_without_lan_the_ipv6_loopback_is_left_alone(workshop: Workshop) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with socket.socket(socket.AF_INET6) as probe:
        probe.settimeout(5)
        assert probe.connect_ex(("::1", workshop.port)) != 0


def test_with_lan_there_is_no_page_without_the_token_from_any_address(shared: Workshop, token: str) -> None:
    for address in ("127.0.0.1", *other_addresses()[:1]):
        status, text, _ = asked(shared.port, address, **{"Accept-Language": "en"})
        assert status == 403
        assert "opens with its link only" in text
        status, text, _ = asked(shared.port, address, "/?token=wrong", **{"Accept-Language": "de"})
        assert status == 403
        assert "gilt nicht mehr" in text
        assert asked(shared.port, address, "/live?session=a")[0] == 403
        status, _, headers = asked(shared.port, address, f"/?token={token}&lang=en")
        assert (status, headers["Location"]) == (303, "/?lang=en")


def test_a_foreign_name_for_this_machine_is_refused_in_both_modes(
    workshop: Workshop, shared: Workshop, token: str
) -> None:
    for server in (workshop, shared):
        status, _, _ = asked(server.port, "127.0.0.1", f"/?token={token}", Host=f"evil.example:{server.port}")
        assert status == 403


def test_the_token_is_said_on_the_terminal_with_the_warning_and_never_again(
    shared: Workshop, token: str
) -> None:
    asked(shared.port, "127.0.0.1", f"/?token={token}")
    asked(shared.port, "127.0.0.1", "/?token=wrong")
    lines = shared.log.read_text().splitlines()
    assert any("not encrypted" in line for line in lines)
    with_token = [line for line in lines if token in line]
    assert with_token
    assert all(line.startswith("labsim: http://") for line in with_token)
    assert "wrong" not in shared.log.read_text()


def test_a_participant_with_the_link_gets_the_page_and_the_token_leaves_the_address(
    chromium: Any, shared: Workshop, token: str
) -> None:
    from labsim.app.lan import own_addresses

    if not own_addresses():
        pytest.skip("this machine has no network, so there is nobody to invite")
    seen = Seen()
    address = f"http://{other_addresses()[0]}:{shared.port}/"
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    try:
        page = context.new_page()
        seen.listen(page, address)
        page.goto(f"{address}?token={token}&lang=de&b=hard_cut&page=compare")
        wait_for_runs(page, 1, 120)
        assert token not in page.url
        assert token not in page.evaluate("document.cookie")
        assert urlsplit(page.url).query.startswith("a=")
        page.locator("#pages [role=tab]").first.click()
        page.wait_for_selector(".invitation", timeout=20_000 * slowness())
        assert "nicht verschlüsselt" in page.locator(".invitation").inner_text()
        assert page.locator(".invitation a").first.get_attribute("href") == f"{address}?token={token}"
        assert page.locator(".invitation img").count() == 1
        assert (seen.outside, seen.errors, seen.console) == ([], [], [])
    finally:
        context.close()


def test_without_lan_the_start_page_invites_nobody(open_page: Any) -> None:
    page = open_page("?page=start")
    page.wait_for_timeout(500)
    assert page.locator(".invitation").count() == 0
