"""The protocols of all browsers in one file on the server's computer, so that a restart or a lost browser loses none.

The file is written aside and renamed, so that it is whole at every moment. Where it cannot be written, everything stays
in memory and in the browsers, and the room is told.
"""

from __future__ import annotations

import errno
import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labsim.app import protocol
from labsim.app.words import word
from labsim.experiment.cache import default_folder
from labsim.experiment.store import read_json, replace_file

FILE = "workshop.json"
MOST_BROWSERS = 100
_NAME = re.compile(r"[0-9a-f]{8,40}")


def default_file() -> Path:
    """Return where protocols are kept, unless said otherwise: beside the cache of burn-ins."""
    return default_folder() / FILE


class Keeper:
    """Protocols by browser, in memory and in a file.

    Parameters
    ----------
    file
        Where to keep them; default `default_file()`. What is there already is read, and what cannot be read is left.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = default_file() if file is None else file
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, protocol.Protocol]] = OrderedDict()
        found = read_json(self.file) or {}
        browsers = found.get("browsers")
        for name, each in (browsers if isinstance(browsers, dict) else {}).items():
            if _NAME.fullmatch(name) and isinstance(each, dict):
                when = each.get("when")
                moment = float(when) if isinstance(when, int | float) else 0.0
                self._kept[name] = moment, protocol.clean(each.get("protocol"))[0]

    def put(self, given: Mapping[str, Any]) -> OSError | None:
        """Keep a browser's protocol under the name that it gives itself; return why the file could not be written."""
        cleaned = protocol.clean(given)[0]
        name = str(cleaned["browser"])
        if not _NAME.fullmatch(name):
            return None
        with self._lock:
            if name in self._kept and self._kept[name][1] == cleaned:
                return None
            self._kept[name] = time.time(), cleaned
            self._kept.move_to_end(name)
            while len(self._kept) > MOST_BROWSERS:
                self._kept.popitem(last=False)
            return self._write()

    def all(self) -> list[protocol.Protocol]:
        """Return the protocols of all browsers, oldest change first."""
        with self._lock:
            return [each for _, each in self._kept.values()]

    def newest(self) -> tuple[float, protocol.Protocol] | None:
        """Return the protocol that was changed last and has a pin, with the time of that; None if there is none."""
        with self._lock:
            full = [each for each in self._kept.values() if each[1]["pins"]]
            return max(full, key=lambda each: each[0], default=None)

    def _write(self) -> OSError | None:
        told = {name: {"when": when, "protocol": each} for name, (when, each) in self._kept.items()}
        text = json.dumps({"browsers": told}, ensure_ascii=False, allow_nan=False)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.file, lambda temporary: temporary.write_text(text, encoding="utf-8"))
        except OSError as error:
            return error
        return None


def why(error: OSError, language: str) -> str:
    """Return in words why a file could not be written."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return word("disk_full", language)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return word("no_permission", language)
    return error.strerror or type(error).__name__
