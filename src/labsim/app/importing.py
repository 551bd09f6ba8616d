"""Reading a scenario or a protocol that a workshop has written, perhaps another version: what it lacks is named."""

from __future__ import annotations

import base64
import binascii
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from labsim import __version__
from labsim.app import levers, protocol
from labsim.app.exporting import MARK
from labsim.app.levers import LEVERS, Choices
from labsim.app.live import key_in_words
from labsim.app.words import word

MOST_BYTES = 2_000_000
LONGEST_LINE = 2000


@dataclass(frozen=True)
class Read:
    """What a file held: choices or a protocol or neither, and what there is to say about it, in sentences."""

    choices: Choices | None = None
    protocol: protocol.Protocol | None = None
    said: list[str] = field(default_factory=list)


def read(contents: str, filename: str, language: str) -> Read:
    """Return what an uploaded file (a data URL, with its name) holds."""
    name = filename[:60]
    try:
        raw = base64.b64decode(contents.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return _neither(name, word("why_text", language), language)
    if len(raw) > MOST_BYTES:
        return Read(said=[word("import_large", language, name=name)])
    if raw[:2] == b"PK":
        found = _from_zip(raw)
        if found is None:
            return _neither(name, word("why_zip", language), language)
        raw = found
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _neither(name, word("why_text", language), language)
    if text.lstrip()[:1] == "{":
        return _protocol(text, name, language)
    return _scenario(text, name, language)


def _from_zip(raw: bytes) -> bytes | None:
    """Return the scenario in a ZIP; no more of it is read than a scenario can be long."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for name in archive.namelist()[:50]:
                if name.rpartition("/")[2] == "scenario.yaml":
                    with archive.open(name) as member:
                        return member.read(MOST_BYTES)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        return None
    return None


def _scenario(text: str, name: str, language: str) -> Read:
    line = next((each for each in text.splitlines() if each.startswith(MARK)), "")[:LONGEST_LINE]
    told = line.removeprefix(MARK).split()
    if len(told) < 2:
        return _neither(name, word("why_line", language, mark=MARK), language)
    version, query = told[0], told[1]
    choices, wrong = levers.read(query)
    choices = choices.spoken(language)
    given = dict(parse_qsl(query, keep_blank_values=True))
    missing = [word(each.name, language) for each in LEVERS.values() if each.short not in given]
    said = [word("import_scenario", language, name=name), *_version(version, name, language)]
    if missing:
        said.append(word("import_missing", language, what=", ".join(missing)))
    unknown = [key for key, _ in wrong if key_in_words(key, language) == key]
    if unknown:
        said.append(word("import_unknown", language, what=", ".join(unknown)))
    put_right = [key_in_words(key, language) for key, _ in wrong if key not in unknown]
    if put_right:
        said.append(word("import_wrong", language, what=", ".join(put_right)))
    return Read(choices=choices, said=said)


def _protocol(text: str, name: str, language: str) -> Read:
    try:
        given: Any = json.loads(text)
    except (ValueError, RecursionError):
        return _neither(name, word("why_json", language), language)
    if not isinstance(given, dict) or given.get("kind") != protocol.KIND:
        return _neither(name, word("why_kind", language), language)
    cleaned, dropped = protocol.clean(given)
    theirs = given.get("labsim")
    said = [word("import_protocol", language, pins=len(cleaned["pins"]), name=name)]
    said += _version(theirs if isinstance(theirs, str) else "", name, language)
    missing = [key for key in protocol.empty() if key not in given]
    if missing:
        said.append(word("import_missing", language, what=", ".join(missing)))
    if dropped:
        said.append(word("import_unknown", language, what=", ".join(dropped[:8])))
    return Read(protocol=cleaned, said=said)


def _version(theirs: str, name: str, language: str) -> list[str]:
    if not theirs:
        return [word("import_no_version", language, name=name)]
    if theirs != __version__:
        return [word("import_other", language, name=name, theirs=theirs[:40], ours=__version__)]
    return []


def _neither(name: str, why: str, language: str) -> Read:
    return Read(said=[word("import_neither", language, name=name, why=why)])
