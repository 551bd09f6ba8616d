"""Checkpoints: the state of a run as one file, and its digest. There is no generator state to keep."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from labsim.state.tables import Channels, Employers, Persons, Providers, Vacancies
from labsim.state.world import Memory, World

TABLES = (
    ("persons", Persons),
    ("employers", Employers),
    ("vacancies", Vacancies),
    ("providers", Providers),
    ("channels", Channels),
)
ARRAYS = (
    "slot_mask",
    "first_vacancy",
    "touched",
    "touched_measure",
    "followed",
    "demand_shift",
    "residents",
    "clients",
)
BY_MEASURE = {"record": -1.0, "jobs": 0.0}
"""Memory with a column for each measure; a branch with more measures begins with these values."""
FORMAT = 2
LOCAL_HEADER, NAME_LENGTH = 30, 26
"""Bytes of a zip file's header before each file's name, and where the lengths of name and extra field stand in it."""


def state_arrays(world: World) -> dict[str, NDArray[Any]]:
    """Return every array of the state by name; what runs in Python is not part of it."""
    arrays: dict[str, NDArray[Any]] = {}
    for name, _ in TABLES:
        table = getattr(world, name)
        for column, values in zip(table._fields, table, strict=True):
            if column != "python":
                arrays[f"{name}.{column}"] = values
    for item in fields(Memory):
        arrays[f"memory.{item.name}"] = getattr(world.memory, item.name)
    for name, neutral in BY_MEASURE.items():
        arrays[f"memory.{name}"] = _used(arrays[f"memory.{name}"], neutral)
    for name in ARRAYS:
        arrays[name] = getattr(world, name)
    arrays["clients"] = _used(world.clients, 0)
    if world.market is not None:
        for name, values in zip(world.market._fields, world.market, strict=True):
            arrays[f"market.{name}"] = values
    return arrays


def _used(values: NDArray[Any], neutral: float) -> NDArray[Any]:
    """Return a table without its last columns that hold nothing: what no measure or regime has used is no state."""
    used = np.flatnonzero((values != neutral).any(axis=0))
    return np.ascontiguousarray(values[:, : used[-1] + 1 if used.size else 0])


def digest(world: World) -> str:
    """Return the SHA-256 of the state: month, key and every array."""
    hashed = hashlib.sha256(f"{world.key}:{world.month}:{world.entry_regime}".encode())
    for name, values in sorted(state_arrays(world).items()):
        hashed.update(f"{name}:{values.dtype}:{values.shape}".encode())
        hashed.update(np.ascontiguousarray(values).tobytes())
    return hashed.hexdigest()


def write_aside(path: Path, content: bytes) -> None:
    """Write a file whole: aside first, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def save_state(world: World, recorded: dict[str, NDArray[Any]], seed: int, path: Path) -> None:
    """Write the state and what was recorded so far to ``path`` (npz)."""
    about = {
        "format": FORMAT,
        "seed": seed,
        "month": world.month,
        "entry_regime": world.entry_regime,
        "digest": digest(world),
    }
    arrays = state_arrays(world) | {f"recorded.{name}": values for name, values in recorded.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)
    write_aside(path, buffer.getvalue())


@dataclass(frozen=True)
class Checkpoint:
    """A state read from a file."""

    seed: int
    month: int
    entry_regime: int
    digest: str
    arrays: dict[str, NDArray[Any]]
    recorded: dict[str, NDArray[Any]]

    def restore(self, world: World) -> None:
        """Put the state into a world of the same place and scale; refuse one that does not fit or is damaged."""
        for name, kind in TABLES:
            old = getattr(world, name)
            kept = {"python": old.python} if "python" in old._fields else {}
            table = kind(**{c: kept.get(c, self.arrays.get(f"{name}.{c}")) for c in old._fields})  # type: ignore[arg-type]  # checked below
            if name != "vacancies" and any(a.shape != b.shape for a, b in zip(table, old, strict=True)):
                raise ValueError(f"the checkpoint's table of {name} has another size than the scenario's")
            setattr(world, name, table)
        world.memory = Memory(**{f.name: self.arrays[f"memory.{f.name}"] for f in fields(Memory)})
        for name in ARRAYS:
            setattr(world, name, self.arrays[name])
        if world.market is not None:
            world.market = world.market._replace(
                **{name: self.arrays[f"market.{name}"] for name in world.market._fields}
            )
        world.month, world.entry_regime = self.month, self.entry_regime
        if digest(world) != self.digest:
            raise ValueError(
                "the checkpoint's content does not match its digest, or it belongs to another seed"
            )
        _make_room(world)


def _make_room(world: World) -> None:
    """Add columns for the measures and regimes that the scenario has beyond those of the checkpoint."""
    m, k, r = world.municipalities, max(world.n_measures, 1), world.regimes.meetings.size
    for name, value in BY_MEASURE.items():
        old = getattr(world.memory, name)
        wide = np.full((m, max(k, old.shape[1])), value)
        wide[:, : old.shape[1]] = old
        setattr(world.memory, name, wide[:, :k])
    clients = np.zeros((m, max(r, world.clients.shape[1])), np.int64)
    clients[:, : world.clients.shape[1]] = world.clients
    world.clients = clients[:, :r]


@lru_cache(maxsize=1024)
def _shape(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return what the head of an npy file says: shape, whether in Fortran's order, type of number."""
    stream = io.BytesIO(head)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("an array is written in another version of the format")
    shape, fortran, dtype = npy.read_array_header_1_0(stream)
    if dtype.hasobject:
        raise ValueError("an array holds objects, not numbers")
    return shape, fortran, dtype


def _array(content: bytes) -> NDArray[Any]:
    """Return the array of an npy file: NumPy's own reader, without reading equal heads again and again."""
    begins = 10 + int.from_bytes(content[8:10], "little")
    shape, fortran, dtype = _shape(content[:begins])
    values = np.frombuffer(content, dtype, offset=begins)
    return values.reshape(shape, order="F" if fortran else "C").copy(order="K")


def _stored(content: bytes, each: zipfile.ZipInfo) -> bytes:
    """Return a file of an archive that is not compressed: `ZipFile.read`, in a tenth of the time."""
    if each.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{each.filename} is compressed")
    name, extra = struct.unpack_from("<HH", content, each.header_offset + NAME_LENGTH)
    begin = each.header_offset + LOCAL_HEADER + name + extra
    found = content[begin : begin + each.file_size]
    if zlib.crc32(found) != each.CRC:
        raise zipfile.BadZipFile(f"bad checksum of {each.filename}")
    return found


def load_state(path: Path) -> Checkpoint:
    """Read a checkpoint; ValueError if the file is not one."""
    try:
        content = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            arrays = {
                each.filename.removesuffix(".npy"): _array(_stored(content, each)) for each in file.infolist()
            }
        about = json.loads(str(arrays.pop("about")))
    except (OSError, KeyError, ValueError, EOFError, struct.error, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a readable checkpoint ({error})") from error
    if about.get("format") != FORMAT:
        raise ValueError(
            f"{path} has checkpoint format {about.get('format')}, but this version reads {FORMAT}"
        )
    recorded = {n.removeprefix("recorded."): v for n, v in arrays.items() if n.startswith("recorded.")}
    state = {n: v for n, v in arrays.items() if not n.startswith("recorded.")}
    return Checkpoint(about["seed"], about["month"], about["entry_regime"], about["digest"], state, recorded)
