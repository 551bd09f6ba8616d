"""The protocol of a room: what is kept, cleaned, exported and read in again."""

from __future__ import annotations

import base64
import errno
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("dash", reason="the extra labsim[app] is not installed")

from labsim import config
from labsim.app import courses, exploring, exporting, importing, keeping, levers, live, protocol, steering
from labsim.app.keeping import Keeper
from labsim.app.levers import Choices
from labsim.app.simulating import SHOWN, Run
from labsim.experiment.keys import run_key

SCRIPT = "<script>alert(1)</script>\"'&../../etc/passwd"


def runs(count: int, shift: float = 0.0) -> list[tuple[Run, Run]]:
    """Return pairs with made-up courses: B is A plus `shift`, and a little that differs from seed to seed."""
    months = np.arange(66.0)
    made = []
    for seed in range(1, count + 1):
        a = dict.fromkeys(SHOWN, 5.0 + 0.01 * months + 0.1 * seed)
        b = {name: each + shift * (months > 20) + 0.001 * seed * (months > 20) for name, each in a.items()}
        made.append((Run("a", seed, a), Run("b", seed, b)))
    return made


def pinned(count: int = 12, **changes: Any) -> protocol.Protocol:
    choices = replace(levers.today("hard_cut"), **changes)
    return protocol.pinned(None, choices, runs(count, 0.5), {"job_finding_rate": "up", "nonsense": "up"})


def uploaded(content: bytes) -> str:
    return "data:application/octet-stream;base64," + base64.b64encode(content).decode()


def test_a_pinned_scenario_keeps_its_setting_guess_and_result() -> None:
    pin = pinned()["pins"][0]
    assert levers.read(pin["query"])[0].b == levers.today("hard_cut").b
    assert pin["expected"] == {"job_finding_rate": "up"}
    found = protocol.outcome_of(pin, "job_finding_rate")
    assert found is not None
    assert found.direction == "up"
    assert found.mean == pytest.approx(0.5065, abs=1e-4)
    assert (found.above, found.pairs) == (12, 12)


def test_a_protocol_survives_the_way_through_a_file_unchanged() -> None:
    kept = protocol.edited(pinned(), "", "notes", "Viel Streit über die Lücke.")
    assert protocol.clean(json.loads(protocol.as_json(kept))) == (kept, [])


def test_what_is_no_protocol_is_dropped_and_named_and_texts_are_cut() -> None:
    given = pinned() | {
        "notes": "x" * 9999,
        "evil": [1],
        "pins": [{"query": "b=nowhere&f=1e999"}, 7, {"query": 3}],
    }
    cleaned, dropped = protocol.clean(given)
    assert len(cleaned["notes"]) == protocol.LONGEST["notes"]
    assert [levers.read(each["query"])[1] for each in cleaned["pins"]] == [()]
    assert dropped == ["pins[2]", "pins[3]", "evil"]
    assert protocol.clean("nonsense") == (protocol.empty(), ["kind"])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "3", None, [], -5, 1e300, True])
def test_votes_are_a_whole_number_whatever_is_typed(value: Any) -> None:
    pin = protocol.edited(pinned(), pinned()["pins"][0]["id"], "votes", value)["pins"][0]
    assert isinstance(pin["votes"], int)
    assert 0 <= pin["votes"] <= protocol.MOST_VOTES


def test_a_removed_scenario_comes_back_to_its_place() -> None:
    first = pinned()
    both = protocol.pinned(first, levers.today("secured"), runs(3), {})
    less, removed = protocol.without(both, both["pins"][0]["id"])
    assert [each["id"] for each in less["pins"]] == [both["pins"][1]["id"]]
    assert removed is not None
    assert protocol.restored(less, removed) == both


def test_reading_the_same_protocol_twice_adds_nothing() -> None:
    once = pinned()
    assert protocol.joined(once, once) == (once, 0)
    assert protocol.joined(None, once)[1] == 1


def test_a_restarted_server_knows_what_was_pinned(tmp_path: Path) -> None:
    kept = pinned() | {"browser": "18c0ffee00"}
    assert Keeper(tmp_path / "w.json").put(kept) is None
    assert Keeper(tmp_path / "w.json").all() == [kept]


def test_a_damaged_session_file_is_no_reason_not_to_start(tmp_path: Path) -> None:
    file = tmp_path / "w.json"
    file.write_text('{"browsers": {"18c0ffee00": {"when": "x", "protocol": {"pins": [{"query"')
    assert Keeper(file).all() == []


def test_a_browser_cannot_name_a_path_for_itself(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "w.json")
    assert keeper.put(pinned() | {"browser": "../../evil"}) is None
    assert keeper.all() == []


def test_where_nothing_can_be_written_the_room_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keeper = Keeper(tmp_path / "file" / "w.json")
    kept = pinned() | {"browser": "18c0ffee00"}
    error = keeper.put(kept)
    assert isinstance(error, OSError)
    assert keeper.all() == [kept]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "die Platte ist voll"), (errno.EACCES, "der Ordner ist nicht beschreibbar")],
)
def test_a_full_disk_and_a_missing_right_are_said_in_words(number: int, words: str) -> None:
    assert keeping.why(OSError(number, "x"), "de") == words


def test_a_script_in_a_text_does_nothing_on_the_protocols_page() -> None:
    kept = protocol.edited(pinned(), "", "notes", SCRIPT)
    for key in ("name", "note"):
        kept = protocol.edited(kept, kept["pins"][0]["id"], key, SCRIPT)
    kept = protocol.edited(kept, "", "group", SCRIPT)
    page = exporting.page(kept, "de")
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4
    assert 'lang="de"' in page


@pytest.mark.parametrize("story", levers.STORIES)
@pytest.mark.parametrize("moved", [{}, {"demand": 5.0, "support": 60.0, "local": 12.0, "federal_cut": 50.0},
                                   {"start": 12.0, "length": 7.0, "gap": 9.0, "bridging": 40.0}])  # fmt: skip
def test_an_exported_scenario_is_the_very_scenario_when_it_is_read_again(
    story: str, moved: dict[str, float], tmp_path: Path
) -> None:
    choices = levers.today(story)
    for name, value in moved.items():
        choices = choices.with_value(name, value)
    if "gap" in moved:
        choices = replace(choices, order="build_first" if story == "secured" else "cut_first")
    file = exporting.write_experiment(tmp_path, choices)
    read, meant = config.load_experiment(file).scenarios["workshop_b"], levers.pair(choices)[1]
    names = {name: name.removesuffix(f"{exporting.OWN}_b") for name in read.regimes}
    plain = {names[name]: regime.model_copy(update={"regime": names[name], "label": meant.regimes[names[name]].label,
                                                    "source": meant.regimes[names[name]].source})
             for name, regime in read.regimes.items()}  # fmt: skip
    assert plain == {name: meant.regimes[name] for name in plain}
    for ours, theirs in zip(read.timeline.transitions, meant.timeline.transitions, strict=True):
        assert ours.model_copy(update={"before": theirs.before, "after": theirs.after}) == theirs
    same = meant.model_copy(update={"regimes": read.regimes, "timeline": read.timeline, "label": read.label,
                                    "scenario": read.scenario, "question": read.question})  # fmt: skip
    assert run_key(read, 1) == run_key(same, 1)


def test_a_report_speaks_the_rooms_language_and_names_each_story_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(exporting, "REPORT_PAIRS", 2)
    monkeypatch.setenv("LABSIM_CACHE", str(tmp_path))
    made = exporting.report(levers.read("a=stays&b=hard_cut&f=4&lang=de")[0]).decode()
    assert 'lang="de"' in made
    title = (
        "Werkstatt: Lokale Aktivierung, harter Schnitt (Hebel verändert), verglichen mit Fordern und Fördern"
    )
    assert f"<h1>{title}</h1>" in made
    assert "B (Lokale Aktivierung, harter Schnitt)" in made
    assert "2 Paare von Läufen" in made


def test_an_exported_scenario_can_be_read_in_again(tmp_path: Path) -> None:
    choices = levers.today("secured").with_value("demand", 4.2)
    content = exporting.zipped(choices)
    found = importing.read(uploaded(content), "workshop_b.zip", "de")
    assert found.choices == choices
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    plain = (tmp_path / "workshop_b" / "scenario.yaml").read_bytes()
    assert importing.read(uploaded(plain), "scenario.yaml", "de").choices == choices


def test_a_scenario_of_another_version_says_what_it_lacks_and_what_is_unknown() -> None:
    text = f"{exporting.MARK} 0.0.1 a=stays&b=secured&f=99&zz=1\nscenario: x\n"
    found = importing.read(uploaded(text.encode()), "alt.yaml", "de")
    said = " ".join(found.said)
    assert found.choices is not None
    assert found.choices.values["demand"] == levers.LEVERS["demand"].high
    assert "0.0.1" in said
    assert "Es fehlt: Beginn, Dauer" in said
    assert "Unbekannt und weggelassen: zz" in said
    assert "Angepasst: Fordern" in said


def test_a_protocol_of_another_version_says_what_it_lacks() -> None:
    given = pinned() | {"labsim": "9.9", "mood": "good"}
    del given["group"]
    found = importing.read(uploaded(json.dumps(given).encode()), "p.json", "en")
    said = " ".join(found.said)
    assert found.protocol is not None
    assert len(found.protocol["pins"]) == 1
    for each in ("9.9", "Missing: group", "left out: mood"):
        assert each in said


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"scenario: mine\n", "labsim run"),
        (b"{]", "JSON"),
        (b'{"kind": "other"}', "kind"),
        (b"\xff\xfe\x00x", "UTF-8"),
        (b"PK\x03\x04 broken", "scenario.yaml"),
        (b"[" * 100_000, "labsim run"),
        (b'{"a":' * 100_000, "JSON"),
        (b"x" * (importing.MOST_BYTES + 1), "2 MB"),
    ],
)
def test_a_file_that_is_neither_says_why(content: bytes, what: str) -> None:
    found = importing.read(uploaded(content), SCRIPT, "en")
    assert (found.choices, found.protocol) == (None, None)
    assert what in " ".join(found.said)


def test_a_german_table_has_semicolons_and_decimal_commas() -> None:
    choices = levers.today("hard_cut")
    table, shared = live.tidy(choices, "job_finding_rate", runs(12, 0.5), ())
    numbers = courses.numbers(table, shared, "job_finding_rate")
    german = exporting.csv(numbers, "de").decode("utf-8-sig").splitlines()
    english = exporting.csv(numbers, "en").decode("utf-8-sig").splitlines()
    assert german[0].split(";")[:2] == ["month", "A"]
    assert german[1].split(";")[1] == "5,6500"
    assert english[1].split(",")[1] == "5.6500"
    assert len(german) == 67


def test_the_explorer_is_made_of_runs_that_were_made_ahead_and_says_so_where_they_are_missing() -> None:
    choices = levers.today("secured")
    with pytest.raises(exporting.ExportFailed, match="keine gespeicherten"):
        exploring.explorer(choices, lambda _, __: None)
    made = [a for a, _ in runs(12)]

    def load(key: str, seed: int) -> Run:
        shift = int(key[:4], 16) / 65536  # another course for every setting
        return Run(key, seed, {name: each + shift for name, each in made[seed - 1].series.items()})

    page = exploring.explorer(choices, load).decode()
    assert page.startswith("<!DOCTYPE html>")
    for text in ("Werkstatt zum Mitnehmen", "Kürzung Bund", "Vermittlungschance"):
        assert text in page


def test_pinning_as_a_makes_a_equal_to_b_until_a_lever_moves() -> None:
    choices = levers.today("hard_cut").with_value("demand", 5)
    both = steering.pinned_as_a(choices)
    a, b = levers.pair(both)
    assert a == b
    assert levers.read(levers.to_query(both)) == (both, ())
    moved = both.with_value("demand", 1)
    assert levers.pair(moved)[0] == a
    assert levers.pair(moved)[1] != a


def test_a_third_scenario_stays_while_the_levers_go_on() -> None:
    with_c = steering.added_as_third(levers.today("secured").with_value("local", 9))
    moved: Choices = with_c.with_value("local", 2)
    assert levers.read(levers.to_query(moved))[0].third == with_c.b
    assert steering.without_third(moved).third is None
