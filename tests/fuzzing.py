"""Damaged and hostile input for every reader: files, mutations, and what must come of them, data or a UserError."""

import io
import random
import shutil
import signal
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ase.io
import numpy as np
import torch
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from models import untrained, write_model

from trainer import export
from trainer.contract import PotentialMetadata
from trainer.data.read import read
from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.loop import checkpoint
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse, read_toml

SECONDS = 10  # that a reader may take
WORDS = [
    b"nan",
    b"inf",
    b"-1",
    b"0",
    b"1e308",
    b"1e-308",
    b"99999999999",
    b"\x00",
    b"\xff\xff\xff\xff",
    b"\n",
    b" ",
    b'"',
]
WORDS += [b"[", b"]", b"{", b"=", b"a" * 300, b"-", b"T F T", b"1.5", b"0x10", b"\xc3\x28", b"None", b"__import__"]


def mutated(content: bytes, source: random.Random) -> bytes:
    """One to eight changes: bits, bytes, words, pieces that are cut, doubled, moved or zeroed, an early end."""
    data = bytearray(content)
    for _ in range(source.choice([1, 1, 1, 2, 3, 8])):
        a = source.randrange(len(data) + 1)
        b = min(len(data), a + source.choice([1, 2, 4, 8, 50, 500]))
        match source.randrange(8):
            case 0 if a < len(data):
                data[a] ^= 1 << source.randrange(8)
            case 1 if a < len(data):
                data[a] = source.randrange(256)
            case 2:
                data[a:a] = source.choice(WORDS)
            case 3:
                data[a:b] = source.choice(WORDS)
            case 4:
                del data[a:b]
            case 5:
                data[a:a] = data[a:b]
            case 6:
                data[a:b] = bytes(b - a)
            case 7 if source.random() < 0.3:
                del data[a:]
    return bytes(data)


@dataclass(frozen=True)
class Reader:
    """A file that is mutated (in a folder with all that belongs to it), and the function that reads the folder."""

    folder: Path
    file: str
    read: Callable[[Path], object]
    change: Callable[[bytes, random.Random], bytes] = mutated


def readers(place: Path) -> dict[str, Reader]:
    """One for every kind of file, with a good file of each in folders of `place`."""
    frames = [labelled(k) for k in range(3)]
    found: dict[str, Reader] = {}

    def folder(name: str) -> Path:
        made = place / name
        made.mkdir(parents=True)
        return made

    def data(path: Path) -> object:
        return list(read(["in"], DataSettings(train=("-",)), path))

    ase.io.write(folder("xyz") / "in", frames, format="extxyz")
    found["extended XYZ"] = Reader(place / "xyz", "in", xyz)
    deepmd(folder("npy") / "in", frames)
    names = ["set.000/coord.npy", "set.000/box.npy", "set.000/energy.npy", "set.000/real_atom_types.npy", "type.raw"]
    for name in [*names, "type_map.raw"]:
        found[f"DeePMD {name}"] = Reader(place / "npy", f"in/{name}", data)
    raw = folder("raw") / "in"
    raw.mkdir()
    for name in ("type.raw", "type_map.raw"):
        (raw / name).write_bytes((place / "npy" / "in" / name).read_bytes())
    for name in ("coord", "box", "energy"):
        np.savetxt(raw / f"{name}.raw", np.load(place / "npy" / "in" / "set.000" / f"{name}.npy"))
    found["DeePMD coord.raw"] = Reader(place / "raw", "in/coord.raw", data)
    (folder("toml") / "in").write_text(
        'species = ["H", "O"]\nreference = {H = -13.6, O = -400.0}\ndtype = "float64"\n[[data]]\ntrain = ["a.xyz"]\n'
        'stress_unit = "kbar"\nstress_order = "xx yy zz xy yz xz"\nweight = 2.0\n[deep_pot_se]\ncutoff = 5\n'
        "embedding = [8, 16]\naxis = 4\n[training]\nsteps = 100\nbatch = 2\n"
    )
    found["TOML"] = Reader(place / "toml", "in", lambda p: parse(PotentialSettings, read_toml(p / "in"), "in"))
    write_model(folder("model") / "in", untrained("float32"))
    found["model file"] = Reader(place / "model", "in", model)
    found["model file, member"] = Reader(place / "model", "in", model, member)
    state = {"step": 3, "module": {"a": torch.ones(3)}, "squares": {"x": [0.5]}}
    checkpoint.save(folder("checkpoint") / "in", state)
    found["checkpoint"] = Reader(place / "checkpoint", "in", lambda p: checkpoint.load(p / "in"))
    found["checkpoint, member"] = Reader(place / "checkpoint", "in", lambda p: checkpoint.load(p / "in"), member)
    return found


def xyz(place: Path) -> object:
    """ase.io tells the format by the name."""
    shutil.copyfile(place / "in", place / "in.xyz")
    return list(read(["in.xyz"], DataSettings(train=("-",)), place))


def model(place: Path) -> object:
    export.read_document(place / "in")
    return export.load(place / "in", PotentialMetadata)


def member(content: bytes, source: random.Random) -> bytes:
    """One member of a zip archive mutated, with the right check sum."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        chosen = source.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, mutated(part, source) if name == chosen else part)
    return stream.getvalue()


def labelled(seed: int) -> Atoms:
    source = np.random.default_rng(seed)
    atoms = Atoms("OH2OH2", positions=source.uniform(0, 5, (6, 3)), cell=[5.0, 6.0, 7.0], pbc=True)
    labels = {"energy": -1.0 - seed, "forces": source.normal(size=(6, 3)), "stress": source.normal(scale=0.01, size=6)}
    atoms.calc = SinglePointCalculator(atoms, **labels)
    return atoms


def deepmd(system: Path, frames: list[Atoms]) -> None:
    place = system / "set.000"
    place.mkdir(parents=True)
    (system / "type_map.raw").write_text("H\nO\n")
    (system / "type.raw").write_text("0\n" * 6)
    np.save(place / "real_atom_types.npy", np.array([[1, 0, 0, 1, 0, 0]] * len(frames), dtype=np.int32))
    np.save(place / "coord.npy", np.array([a.positions.ravel() for a in frames]))
    np.save(place / "box.npy", np.array([a.cell.array.ravel() for a in frames]))
    np.save(place / "energy.npy", np.array([a.get_potential_energy() for a in frames]))


class Hang(Exception):
    pass


@contextmanager
def limited() -> Iterator[None]:
    """Raises Hang after SECONDS."""

    def stop(number: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(reader: Reader, place: Path, number: int) -> str:
    """Read mutation `number`: "read", "refused", or what must not be: the exception's name. place: an empty folder."""
    shutil.copytree(reader.folder, place, dirs_exist_ok=True)
    path = place / reader.file
    path.write_bytes(reader.change(path.read_bytes(), random.Random(number)))
    try:
        with limited(), warnings.catch_warnings():
            warnings.simplefilter("error")
            reader.read(place)
        return "read"
    except UserError as error:
        return "refused" if "\n" not in str(error) else f"UserError of several lines: {error}"
    except (Exception, SystemExit, RecursionError, MemoryError) as error:
        return f"{type(error).__name__}: {error}"
