"""LMDB beside HDF5 as the store of labelled frames: `benchmarks/stores.py`. Needs h5py besides what henrici needs.

Both keep a frame as one run of bytes of the length that positions, forces, species, cell, virial and energy have. LMDB:
one key a frame, 1000 frames a transaction. HDF5: bytes in chunks of 64 kB, and offsets, through h5py.
The last column is what of the file counts as resident memory after the random reads: LMDB maps it.
"""

import argparse
import re
import resource
import shutil
import tempfile
from pathlib import Path

import h5py
import lmdb
import numpy as np

BULK = 1000  # frames a transaction, or an extension of the data set


def sizes(atoms: int) -> int:
    """Bytes of a frame: positions and forces of every atom, cell, virial, energy in float64, and species."""
    return atoms * (6 * 8 + 1) + 19 * 8


def write_lmdb(path: Path, blobs: list[bytes], frames: int) -> None:
    environment = lmdb.open(str(path), subdir=False, lock=False, map_size=1 << 40)
    for start in range(0, frames, BULK):
        with environment.begin(write=True) as transaction:
            for k in range(start, min(frames, start + BULK)):
                transaction.put(k.to_bytes(8, "big"), blobs[k % len(blobs)], append=True)
    environment.close()


def read_lmdb(path: Path, numbers: np.ndarray) -> tuple[int, float]:
    environment = lmdb.open(str(path), subdir=False, lock=False, readonly=True)
    total = 0
    for k in numbers:
        with environment.begin() as transaction:
            total += len(transaction.get(int(k).to_bytes(8, "big")))
    resident = mapped()
    environment.close()
    return total, resident


def write_hdf5(path: Path, blobs: list[bytes], frames: int) -> None:
    with h5py.File(path, "w") as file:
        data = file.create_dataset("frames", (0,), maxshape=(None,), dtype=np.uint8, chunks=(1 << 16,))
        offsets = [0]
        for start in range(0, frames, BULK):
            part = [blobs[k % len(blobs)] for k in range(start, min(frames, start + BULK))]
            offsets.extend(offsets[-1] + np.cumsum([len(b) for b in part]))
            data.resize((offsets[-1],))
            data[offsets[-1] - sum(map(len, part)) :] = np.frombuffer(b"".join(part), np.uint8)
        file["offsets"] = np.array(offsets)


def read_hdf5(path: Path, numbers: np.ndarray) -> tuple[int, float]:
    total = 0
    with h5py.File(path) as file:
        data, offsets = file["frames"], file["offsets"][:]
        for k in numbers:
            total += len(data[offsets[k] : offsets[k + 1]].tobytes())
        return total, mapped()


STORES = {"LMDB": (write_lmdb, read_lmdb), "HDF5": (write_hdf5, read_hdf5)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=20_000)
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    print(
        f"{'atoms':>5} {'store':5}{'write, us a frame':>19}{'random read, us':>17}{'bytes a frame':>15}{'of data':>9}"
    )
    for atoms in (10, 50, 200):
        blobs = [random.bytes(sizes(atoms)) for _ in range(100)]
        frames = arguments.frames * 10 // atoms
        numbers = random.integers(0, frames, arguments.reads)
        for name, (write, read) in STORES.items():
            folder = Path(tempfile.mkdtemp())
            began = cpu()
            write(folder / "store", blobs, frames)
            written = cpu()
            before = mapped()
            total, resident = read(folder / "store", numbers)
            assert total == arguments.reads * sizes(atoms)
            read_time = cpu() - written
            size = (folder / "store").stat().st_size / frames
            shutil.rmtree(folder)
            print(
                f"{atoms:5} {name:5}{1e6 * (written - began) / frames:19.1f}{1e6 * read_time / len(numbers):17.1f}"
                f"{size:15.0f}{sizes(atoms):9}{resident - before:13.0f}"
            )


def mapped() -> float:
    """MB of files that are resident in this process."""
    return float(re.search(r"RssFile:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1e3  # type: ignore[index]


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
