"""The work-energy check on real sets, as they are and spoilt on purpose: `benchmarks/consistency.py PATH ...`.

A line a set and change: the factors found for forces, normal and shear components of the virials, and verdicts. Only
"wrong" refuses a training: it must never stand in a first line of a good set, and should stand in every other.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from trainer.data import units
from trainer.data.consistency import Slope, check
from trainer.data.frame import Array, Frame
from trainer.data.read import read
from trainer.data.settings import DataSettings
from trainer.data.store import in_memory

GPA = units.unit("GPa", units.STRESS)
HARTREE_BOHR = units.unit("Hartree/bohr", units.FORCE)


def misread(order: str) -> Callable[[Array], Array]:
    """What comes of components in `order` that are taken for ASE's."""
    truth, read_as = units.places(order), units.places(units.VOIGT)

    def change(w: Array) -> Array:
        six = np.empty(6)
        six[truth] = w
        return np.asarray(six[read_as])

    return change


CHANGES: dict[str, tuple[float, Callable[[Array], Array] | None]] = {
    "as it is": (1.0, None),
    "gradients": (-1.0, None),
    "forces in Hartree/bohr": (1 / HARTREE_BOHR, None),
    "stress sign": (1.0, lambda w: -w),
    "stress in GPa": (1.0, lambda w: w / GPA),
    "stress in kbar for GPa": (1.0, lambda w: 10 * w),
    "order of VASP": (1.0, misread("xx yy zz xy yz xz")),
    "order of LAMMPS": (1.0, misread("xx yy zz xy xz yz")),
}


def spoilt(frame: Frame, forces: float, virial: Callable[[Array], Array] | None) -> Frame:
    """A copy with other labels."""
    f = None if frame.forces is None else forces * frame.forces
    w = virial(frame.virial) if virial is not None and frame.virial is not None else frame.virial
    return replace(frame, forces=f, virial=w)


def cell(slope: Slope | None) -> str:
    if slope is None:
        return "-"
    return f"{slope.value:.3g} +- {slope.error:.1g} {slope.verdict.replace('not decidable', '?')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+")
    for path in parser.parse_args().paths:
        frames = list(read([path], DataSettings(train=("-",)), Path()))
        print(path)
        for name, (forces, virial) in CHANGES.items():
            if virial is not None and all(f.virial is None for f in frames):
                continue
            found = check(in_memory(spoilt(f, forces, virial) for f in frames))
            verdict = "refused" if found.wrong else ""
            columns = [cell(slope) for slope in (found.forces, found.normal, found.shear)]
            print(
                f"  {name:24}{columns[0]:26}{columns[1]:26}{columns[2]:26}{found.order or '':20}{verdict}", flush=True
            )


if __name__ == "__main__":
    main()
