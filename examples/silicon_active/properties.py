"""Elastic constants and phonons of diamond silicon, from whatever gives forces and stresses of its 8-atom cell.

All at one lattice constant, so that first principles and a model are asked the same. Units: angstrom, eV, GPa, THz.
"""

from collections.abc import Callable

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.units import GPa
from scipy.optimize import root_scalar

LATTICE = 5.40  # angstrom: within 0.1 GPa of the minimum
STRAIN = 0.01
DISPLACEMENT = 0.02  # angstrom
THZ = 1e-12 * 1e10 * (units._e / units._amu) ** 0.5 / (2 * np.pi)  # sqrt(eV / angstrom^2 / amu)

Answer = Callable[[Atoms], Atoms]  # the geometry with forces, eV/angstrom, and stress, eV/angstrom^3


def crystal() -> Atoms:
    return bulk("Si", "diamond", a=LATTICE, cubic=True)


def strained(i: int, j: int, strain: float) -> Atoms:
    """With the element i, j of a symmetric strain."""
    e = np.zeros((3, 3))
    e[i, j] = e[j, i] = strain
    atoms = crystal()
    atoms.set_cell(atoms.cell @ (np.eye(3) + e), scale_atoms=True)
    return atoms


def elastic(answer: Answer) -> dict[str, float]:
    """C = d sigma / d epsilon by central differences, GPa.

    A shear yz moves the two sublattices against one another along x, to where their forces vanish; C44 is with that,
    `C44 clamped` is without."""
    plus, minus = (answer(strained(0, 0, sign * STRAIN)).get_stress() for sign in (1, -1))
    c11, c12 = (plus - minus)[:2] / (2 * STRAIN) / GPa
    stresses: dict[float, float] = {}

    def force(shift: float) -> float:
        """On a sublattice, eV/angstrom."""
        atoms = strained(1, 2, STRAIN)
        atoms.positions[1::2, 0] += shift
        labelled = answer(atoms)
        stresses[shift] = labelled.get_stress()[3]
        return float(labelled.get_forces()[1::2, 0].mean())

    root_scalar(force, x0=0.0, x1=0.01, xtol=1e-4)
    relaxed = list(stresses.values())[-1]
    return {
        name: float(value)
        for name, value in (
            ("C11", c11),
            ("C12", c12),
            ("C44", relaxed / (2 * STRAIN) / GPa),
            ("C44 clamped", stresses[0.0] / (2 * STRAIN) / GPa),
        )
    }


def phonons(answer: Answer) -> dict[str, float]:
    """Frequencies at the wave vectors that the cell holds, THz: those of the zone's centre and of X.

    D = Phi / m, Phi_ij = -dF_i / dr_j by central differences of atom 0; of another atom j they are the same but for the
    map r -> s (r - r_j) of the crystal on itself, with s = -1 from one sublattice to the other."""
    atoms = crystal()
    first = np.zeros((8, 3, 3))  # of atom i with atom 0
    for axis in range(3):
        forces = []
        for sign in (1, -1):
            moved = crystal()
            moved.positions[0, axis] += sign * DISPLACEMENT
            forces.append(answer(moved).get_forces())
        first[:, :, axis] = -(forces[0] - forces[1]) / (2 * DISPLACEMENT)
    first[0] -= first.sum(axis=0)  # a translation costs nothing
    phi = np.zeros((8, 3, 8, 3))
    scaled = atoms.get_scaled_positions()
    for j in range(8):
        image = (1 - 2 * (j % 2)) * (scaled - scaled[j])
        apart = image[:, None] - scaled[None]
        same = np.abs(apart - np.round(apart)).max(axis=2) < 1e-6
        phi[:, :, j] = first[same.argmax(axis=1)]
    d = phi.reshape(24, 24) / atoms.get_masses()[0]
    squares = np.linalg.eigvalsh((d + d.T) / 2)
    frequencies = np.sign(squares) * np.abs(squares) ** 0.5 * THZ
    groups = {"X TA": slice(3, 9), "X LA": slice(9, 15), "X TO": slice(15, 21), "centre TO": slice(21, 24)}
    return {name: float(frequencies[rows].mean()) for name, rows in groups.items()}
