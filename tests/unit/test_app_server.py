"""Who the workshop lets in, and what it tells those it does not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("dash", reason="the extra labsim[app] is not installed")

from typer.testing import CliRunner

from labsim.app import doctor, lan, server
from labsim.app.jobs import Board
from labsim.app.lan import COOKIE, Access, without_token
from labsim.cli import app as cli

PORT = 8050
HERE = f"127.0.0.1:{PORT}"
ROOM = "192.0.2.7"


def open_access() -> Access:
    return Access(PORT, "the-right-token", (ROOM,))


@pytest.fixture(scope="module")
def board() -> Iterator[Board]:
    made = Board(1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def alone(board: Board) -> Any:
    return server.make_app(board, Access(PORT)).server


@pytest.fixture(scope="module")
def shared(board: Board) -> Any:
    return server.make_app(board, open_access()).server


def get(app: Any, path: str = "/", host: str = HERE, cookie: str | None = None, **headers: str) -> Any:
    client = app.test_client()
    if cookie is not None:
        client.set_cookie(COOKIE, cookie, domain=host.partition(":")[0])
    return client.get(path, base_url=f"http://{host}", headers=headers)


def post(app: Any, path: str = "/cancel?session=x", host: str = HERE, **headers: str) -> Any:
    return app.test_client().post(path, base_url=f"http://{host}", headers=headers)


def test_this_machine_needs_no_token(alone: Any) -> None:
    assert get(alone).status_code == 200
    assert get(alone, host=f"localhost:{PORT}").status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        f"{ROOM}:{PORT}",
        "127.0.0.1:9",
        "127.0.0.1",
        f"127.0.0.1.evil:{PORT}",
    ],
)
def test_a_name_that_is_not_this_machines_own_is_refused_in_words(alone: Any, host: str) -> None:
    answer = get(alone, host=host, **{"Accept-Language": "en"})
    assert answer.status_code == 403
    assert "This address is not one of" in answer.text


def test_the_room_is_let_in_by_the_right_token_only(shared: Any) -> None:
    host = f"{ROOM}:{PORT}"
    nothing, wrong = get(shared, host=host), get(shared, "/?token=the-wrong-token", host=host)
    assert (nothing.status_code, wrong.status_code) == (403, 403)
    assert "nur mit ihrem Link" in nothing.text
    assert "gilt nicht mehr" in wrong.text
    assert get(shared, "/?token=the-right-token", host=host).status_code == 303
    assert get(shared, host=host, cookie="the-right-token").status_code == 200
    assert get(shared, host=host, cookie="the-wrong-token").status_code == 403


@pytest.mark.parametrize("path", ["/", "/live?session=x", "/checks?session=x", "/_dash-layout", "/_dash-dependencies",
                                  "/assets/style.css", "/nothing/here"])  # fmt: skip
def test_without_the_token_there_is_nothing_at_all_not_even_on_this_machine(shared: Any, path: str) -> None:
    assert get(shared, path).status_code == 403


def test_the_token_leaves_the_address_and_stays_in_a_cookie_that_scripts_cannot_read(shared: Any) -> None:
    answer = get(shared, "/?a=stays&token=the-right-token&lang=en")
    assert answer.headers["Location"] == "/?a=stays&lang=en"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{COOKIE}=the-right-token;")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    again = get(shared, "/?token=the-wrong-token", cookie="the-right-token")
    assert again.headers["Location"] == "/"
    assert "Set-Cookie" not in again.headers


def test_the_token_is_in_no_text_that_a_log_could_hold() -> None:
    access = Access.for_the_room(PORT)
    assert access.token not in repr(access)
    assert access.token in access.link()
    assert without_token(access.link().partition("?")[2]) == ""


def test_two_tokens_are_never_alike_and_long_enough() -> None:
    tokens = {Access.for_the_room(PORT).token for _ in range(50)}
    assert len(tokens) == 50
    assert min(map(len, tokens)) >= 22  # 128 bits


def test_no_empty_token_opens_a_door() -> None:
    for given in (None, "", "the-right-toke", "the-right-token ", "ÿ"):
        assert not open_access().knows(given)
    assert open_access().knows("the-right-token")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": f"https://{HERE}"},
        {"Origin": "http://127.0.0.1:9"},
        {"Origin": f"http://{HERE}", "Sec-Fetch-Site": "cross-site"},
        {"Origin": f"http://{HERE}", "Sec-Fetch-Site": "same-site"},
        {"Origin": f"http://{HERE}.evil.example"},
    ],
)
def test_what_another_page_posts_is_refused(alone: Any, headers: dict[str, str]) -> None:
    assert post(alone, **headers).status_code == 403


def test_what_the_apps_own_page_posts_is_taken(alone: Any) -> None:
    assert post(alone, Origin=f"http://{HERE}").status_code == 204
    named = {"Origin": f"http://{HERE}", "Sec-Fetch-Site": "same-origin"}
    assert post(alone, "/leave?session=x", **named).status_code == 204


def test_every_answer_forbids_what_comes_from_elsewhere(alone: Any) -> None:
    for answer in (get(alone), get(alone, host="evil.example"), get(alone, "/live?session=x")):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_port_in_use_is_refused_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(server.PortTaken, match=r"is taken .* take another with --port"):
            server.free(other.getsockname()[1])


def test_only_an_open_server_listens_beyond_this_machine() -> None:
    assert Access(PORT).host == "127.0.0.1"
    assert open_access().host == "0.0.0.0"
    assert Access(PORT).links() == []


def test_the_terminal_says_in_words_what_an_open_door_means() -> None:
    lines = server.where(open_access())
    assert any("not encrypted" in line for line in lines)
    assert any(f"http://{ROOM}:{PORT}/?token=the-right-token" in line for line in lines)
    assert not any("token" in line for line in server.where(Access(PORT)))


def test_without_a_browser_the_terminal_says_what_to_open(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert not server.open_browser("http://127.0.0.1:1/", said.append)
    assert "--no-browser" in said[0]


def test_the_picture_of_the_link_is_inside_the_page() -> None:
    pytest.importorskip("segno", reason="segno draws the picture of the link")
    picture = lan.qr_code("http://192.0.2.7:8050/?token=x")
    assert picture is not None
    assert picture.startswith("data:image/svg+xml")


def test_lan_asks_for_consent_and_without_anybody_to_ask_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "serve", lambda *_, **__: pytest.fail("it was started"))
    done = CliRunner().invoke(cli, ["app", "--lan", "--no-browser"])
    assert done.exit_code == 2
    assert "not encrypted" in done.stderr
    assert "--yes" in done.stderr


def test_a_script_consents_with_yes_and_only_lan_lets_others_in(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(server, "serve", lambda *_, lan, **__: asked.append(lan))
    assert CliRunner().invoke(cli, ["app", "--lan", "--yes"]).exit_code == 0
    assert CliRunner().invoke(cli, ["app"]).exit_code == 0
    assert asked == [True, False]


def test_the_command_names_a_port_that_is_taken_and_what_to_do() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = CliRunner().invoke(cli, ["app", "--no-browser", "--port", str(port)])
    assert done.exit_code == 2
    assert f"port {port} is taken" in done.stderr
    assert "Traceback" not in done.output


def test_check_says_one_line_for_each_thing_a_workshop_needs() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = {each.what: each for each in doctor.examined(other.getsockname()[1])}
    assert {
        "labsim",
        "dash",
        "waitress",
        "processors",
        "browser",
        "port",
        "kernels",
        "prepared burn-ins",
    } <= set(found)
    assert all("\n" not in each.line for each in found.values())
    assert not found["port"].fine
    assert found["port"].line.startswith("NO  ")
    assert found["dash"].fine


@pytest.mark.parametrize(("port_is_free", "code"), [(True, 0), (False, 1)])
def test_check_fails_only_for_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, port_is_free: bool, code: int
) -> None:
    found = [
        doctor.Finding("browser", False, "none", needed=False),
        doctor.Finding("port", port_is_free, "8050"),
    ]
    monkeypatch.setattr(doctor, "examined", lambda _: found)
    done = CliRunner().invoke(cli, ["app", "--check"])
    assert (done.exit_code, done.stdout.count("\n")) == (code, 2)
