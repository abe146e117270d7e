"""Print the ranges of silicon.xyz, and test its labels against each other: python examples/silicon/check.py"""
# mypy: allow-untyped-calls
# (most of ase has no types)

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read
from ase.neighborlist import neighbor_list
from ase.units import GPa


def pressure(atoms: Atoms) -> float:
    """p = -trace(stress) / 3, in GPa; positive when the cell wants to grow."""
    return float(-atoms.get_stress()[:3].mean() / GPa)


def ranges(frames: list[Atoms]) -> None:
    energy = np.array([a.get_potential_energy() / len(a) for a in frames])
    force = np.array([a.get_forces() for a in frames])
    shear = np.array([a.get_stress()[3:] for a in frames]) / GPa
    net = np.abs(force.sum(axis=1)).max()
    shortest = min(neighbor_list("d", a, 4.0).min() for a in frames)
    print(f"frames {len(frames)}, trajectories {len({a.info['trajectory'] for a in frames})}")
    for name, values, unit in (
        ("temperature", [a.info["temperature"] for a in frames], "K"),
        ("volume per atom", [a.get_volume() / len(a) for a in frames], "A^3"),
        ("energy per atom", energy, "eV"),
        ("pressure", [pressure(a) for a in frames], "GPa"),
        ("shear stress", shear, "GPa"),
    ):
        print(f"{name}: {np.min(values):.3f} to {np.max(values):.3f} {unit}")
    print(f"energy per atom, standard deviation: {energy.std():.4f} eV")
    print(f"force components: rms {np.sqrt(np.mean(force**2)):.3f} eV/A, largest {np.abs(force).max():.2f} eV/A")
    print(f"largest net force component of a frame: {net:.5f} eV/A")
    print(f"shortest distance: {shortest:.3f} A")


def by_temperature(frames: list[Atoms]) -> None:
    for low, high in ((0, 1), (300, 700), (700, 1100), (1100, 1500), (1500, 2001)):
        part = [a for a in frames if low <= a.info["temperature"] < high]
        rms = np.sqrt(np.mean([a.get_forces() ** 2 for a in part]))
        print(f"{low} K <= temperature < {high} K: {len(part)} frames, force rms {rms:.3f} eV/A")


def equation_of_state(frames: list[Atoms]) -> None:
    """p from the stress against -dE/dV of a quartic through the perfect cells, whose edges are all alike."""
    perfect = [
        a
        for a in frames
        if a.info["trajectory"] == 0
        and np.ptp(a.cell.cellpar()[:3]) < 1e-4
        and np.abs(a.cell.angles() - 90).max() < 0.01
    ]
    perfect.sort(key=lambda atoms: float(atoms.get_volume()))
    volume = np.array([a.get_volume() for a in perfect])
    centre = float(volume.mean())
    energy = np.polynomial.Polynomial.fit(volume - centre, [a.get_potential_energy() for a in perfect], 4)
    slope = -energy.deriv()(volume - centre) / GPa
    for atoms, v, p in zip(perfect, volume, slope, strict=True):
        print(f"V {v:.3f} A^3: p from stress {pressure(atoms):+.2f} GPa, -dE/dV {p:+.2f} GPa")
    roots = energy.deriv().roots()
    minimum = min((float(r.real) for r in roots if abs(r.imag) < 1e-9), key=abs) + centre
    modulus = minimum * energy.deriv(2)(minimum - centre) / GPa
    print(f"minimum of E(V): a = {minimum ** (1 / 3):.3f} A, bulk modulus {modulus:.1f} GPa")


def shear(frames: list[Atoms]) -> None:
    """A cell sheared by e, at fixed volume and unrelaxed: dE = 2 V C e^2, so stress_xy = 2 C e = dE / (V e)."""
    static = [a for a in frames if a.info["trajectory"] == 0]
    perfect = next(a for a in static if abs(a.get_volume() - 5.4**3) < 0.01 and np.allclose(a.cell.angles(), 90))
    sheared = next(a for a in static if a.cell.angles()[2] < 89 and np.allclose(a.cell.angles()[:2], 90))
    strain = 0.02
    rise = sheared.get_potential_energy() - perfect.get_potential_energy()
    expected = rise / perfect.get_volume() / strain / GPa
    print(f"shear {strain}: stress_xy {sheared.get_stress()[5] / GPa:+.2f} GPa, dE / (V e) {expected:+.2f} GPa")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path(__file__).with_name("silicon.xyz"))
    frames = list(read(parser.parse_args().file, ":"))
    for part in (ranges, by_temperature, equation_of_state, shear):
        part(frames)
        print()


if __name__ == "__main__":
    main()
