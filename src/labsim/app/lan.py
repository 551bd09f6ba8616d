"""Who may connect: this machine alone, or on request whoever has the link with the token.

Every request passes `Access.refusal`. A page of another origin can neither read nor ask: the name that the browser
connected to must be one of this machine's own (a name bound to its address elsewhere is not), and whatever is posted
must come from a page of this server. With a token, nothing is shown to a browser that has not shown the token before.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import psutil

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - all of this machine's addresses, which --lan asks for
THIS_MACHINE = frozenset({LOOPBACK, "localhost"})
COOKIE = "labsim"
TOKEN = "token"  # noqa: S105 - the name of the parameter, not a secret
BYTES = 16
"""Bytes of chance in a token: 128 bits cannot be tried through."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def own_addresses() -> tuple[str, ...]:
    """Return the IPv4 addresses at which other machines may find this one, those of real networks first."""
    found = {
        each.address: name
        for name, addresses in psutil.net_if_addrs().items()
        for each in addresses
        if each.family == socket.AF_INET and not each.address.startswith("127.")
    }
    linked = [address for address in found if address.startswith("169.254.")]
    virtual = [
        address
        for address, name in found.items()
        if name.startswith(("docker", "br-", "veth", "virbr", "tun", "tap")) and address not in linked
    ]
    real = [address for address in found if address not in {*virtual, *linked}]
    return (*real, *virtual, *linked)


@dataclass(frozen=True)
class Access:
    """Who may connect to the server on `port`; without a token this machine alone, and then no token is asked for."""

    port: int
    token: str = field(default="", repr=False)
    addresses: tuple[str, ...] = ()

    @classmethod
    def for_the_room(cls, port: int) -> Access:
        """Return access for whoever has the link, with a new token."""
        return cls(port, secrets.token_urlsafe(BYTES), own_addresses())

    @property
    def is_open(self) -> bool:
        """Whether other machines may connect."""
        return bool(self.token)

    @property
    def host(self) -> str:
        """The address that the server listens at."""
        return EVERYWHERE if self.is_open else LOOPBACK

    def link(self, address: str = LOOPBACK) -> str:
        """Return the link to the first page at one of this machine's addresses."""
        query = f"?{urlencode({TOKEN: self.token})}" if self.is_open else ""
        return f"http://{address}:{self.port}/{query}"

    def links(self) -> list[str]:
        """Return the links for other machines, the likeliest first."""
        return [self.link(address) for address in self.addresses] if self.is_open else []

    def knows(self, token: str | None) -> bool:
        """Return whether a token is the right one; takes as long for every wrong one."""
        return hmac.compare_digest((token or "").encode(), self.token.encode())

    def refusal(
        self, method: str, headers: Mapping[str, str], *, token: str | None, cookie: str | None
    ) -> str | None:
        """Return the key of the text that says why a request is refused, None if it may pass."""
        host = headers.get("Host", "")
        if host not in self._own_hosts():
            return "refused_host"
        if method not in SAFE and not self._same_origin(headers, host):
            return "refused_origin"
        if self.is_open and not self.knows(cookie) and not self.knows(token):
            return "refused_token" if not token else "refused_wrong_token"
        return None

    def _own_hosts(self) -> set[str]:
        names = {*THIS_MACHINE, *(self.addresses if self.is_open else ())}
        return {f"{name}:{self.port}" for name in names} | (names if self.port == 80 else set())

    @staticmethod
    def _same_origin(headers: Mapping[str, str], host: str) -> bool:
        """Return whether a page of this server posts; browsers name the origin of every post."""
        site = headers.get("Sec-Fetch-Site", "same-origin")
        origin = urlsplit(headers.get("Origin", ""))
        return site == "same-origin" and origin.scheme == "http" and origin.netloc == host


def without_token(query: str) -> str:
    """Return a query string without the token, so that it stays in no history and no log.

    >>> without_token("a=stays&token=abc&lang=de")
    'a=stays&lang=de'
    """
    return "&".join(part for part in query.split("&") if part and not part.startswith(f"{TOKEN}="))


def qr_code(link: str) -> str | None:
    """Return a link as the address of a picture (an SVG inside the address), None without the library `segno`."""
    try:
        import segno
    except ModuleNotFoundError:
        return None
    picture: str = segno.make(link, error="m", micro=False).svg_data_uri(
        scale=4, border=4, dark="#000", light="#fff"
    )
    return picture
