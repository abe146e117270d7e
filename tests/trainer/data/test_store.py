"""A store gives back what was put in, whole or not at all."""

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from trainer.data.fingerprint import fingerprint
from trainer.data.frame import Frame
from trainer.data.store import BLOCK, Frames, in_memory, write
from trainer.errors import UserError


def frames(count: int, atoms: int = 3) -> Iterator[Frame]:
    """Random frames of `atoms` atoms and one more, by turns; every third lacks a label."""
    random = np.random.default_rng(0)
    for k in range(count):
        n = atoms + k % 2
        yield Frame(
            symbols=("H", "O", "O", "C")[k % 2 :][:1] * n,
            positions=random.normal(size=(n, 3)),
            cell=random.normal(size=(3, 3)) + 9 * np.eye(3),
            pbc=np.array([True, k % 2 == 0, True]),
            energy=None if k % 3 == 0 else float(random.normal()),
            forces=None if k % 3 == 1 else random.normal(size=(n, 3)),
            virial=None if k % 3 == 2 else random.normal(size=(3, 3)),
            trajectory=f"t{k % 7}",
            source=f"a, b.xyz, frame {k}",
            weight=0.5 + k,
        )


def test_what_goes_in_comes_out(tmp_path: Path):
    expected = list(frames(2 * BLOCK + 10))
    store = write(tmp_path / "a.h5", ((f, 1, False) for f in expected), {"from": "here"})
    assert store.sources == {"from": "here"}
    assert store.species == ("H", "O")
    assert store[::2].species == ("H",)
    assert fingerprint(store) == fingerprint(expected)
    assert store.atoms.tolist() == [len(f.symbols) for f in expected]
    for k in (0, 1, 2, BLOCK - 1, BLOCK, -1):
        assert fingerprint([store[k]]) == fingerprint([expected[k]])
        names = ("trajectory", "source", "weight")
        assert [getattr(store[k], n) for n in names] == [getattr(expected[k], n) for n in names]
    chosen = [5, 6, 7, 3, 2 * BLOCK, 2 * BLOCK + 1]
    assert fingerprint(store.subset(np.array(chosen))) == fingerprint(expected[k] for k in chosen)
    assert fingerprint(store[3:40:2][1:5]) == fingerprint(expected[3:40:2][1:5])
    with pytest.raises(IndexError):
        store[len(expected)]
    assert fingerprint(in_memory(expected)) == fingerprint(expected)
    assert len(in_memory([])) == 0


def test_a_bad_frame_leaves_no_store(tmp_path: Path):
    def broken() -> Iterator[tuple[Frame, int, bool]]:
        yield from ((f, 0, False) for f in frames(2 * BLOCK))
        raise UserError("frame 2000 is bad")

    with pytest.raises(UserError, match="frame 2000 is bad"):
        write(tmp_path / "a.h5", broken(), {})
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_line_and_leaves_the_old_store(tmp_path: Path):
    path = tmp_path / "a.h5"
    write(path, ((f, 0, False) for f in frames(4)), {})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
        with pytest.raises(UserError, match=r"cannot write .*a\.h5: File too large; nothing there was changed"):
            write(path, ((f, 0, False) for f in frames(5 * BLOCK)), {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"]
    assert len(Frames(path)) == 4


@pytest.mark.parametrize("keep", [0, 100, 3000])
def test_damaged_stores_are_one_line(tmp_path: Path, keep: int):
    path = tmp_path / "a.h5"
    write(path, ((f, 0, False) for f in frames(4)), {})
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"a\.h5: not a store of frames, or damaged"):
        Frames(path)
