"""Assertions and systems that the tests share: what must hold for any potential."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from trainer import mechanics
from trainer.environment import Environment, Neighbors

Array = NDArray[np.float64]


class System:
    """Positions [N, 3] and cell [3, 3] in angstrom, species [N] as numbers, pbc [3]."""

    def __init__(self, species: list[int], positions: Array, cell: Array | None = None, pbc: bool | list[bool] = False):
        self.species = np.array(species)
        self.positions = np.asarray(positions, dtype=float)
        self.cell = np.zeros((3, 3)) if cell is None else np.asarray(cell, dtype=float)
        self.pbc = np.broadcast_to(np.array(pbc), (3,)).copy()

    def environment(self, cutoff: float, skin: float = 0.0) -> Environment:
        return Neighbors(cutoff + skin)(self.species, self.positions, self.cell, self.pbc)

    def strained(self, strain: Array) -> "System":
        """r -> r (1 + strain)"""
        deformation = np.eye(3) + strain
        return System(list(self.species), self.positions @ deformation, self.cell @ deformation, list(self.pbc))

    def replicated(self, repeats: tuple[int, int, int]) -> "System":
        shifts = np.array([[i, j, k] for i in range(repeats[0]) for j in range(repeats[1]) for k in range(repeats[2])])
        positions = np.concatenate([self.positions + s @ self.cell for s in shifts])
        cell = self.cell * np.array(repeats)[:, None]
        return System(list(self.species) * len(shifts), positions, cell, list(self.pbc))


def cluster(atoms: int, seed: int, size: float = 4.0, species: int = 2) -> System:
    """Random atoms in a cube, none closer than .9 angstrom."""
    random = np.random.default_rng(seed)
    positions: list[Array] = []
    while len(positions) < atoms:
        p = random.uniform(0, size, 3)
        if all(np.linalg.norm(p - q) > 0.9 for q in positions):
            positions.append(p)
    return System(list(random.integers(0, species, atoms)), np.array(positions))


def crystal(atoms: int, seed: int, cell: Array) -> System:
    """Random atoms in a periodic cell."""
    random = np.random.default_rng(seed)
    return System(list(random.integers(0, 2, atoms)), random.uniform(0, 1, (atoms, 3)) @ cell, cell, True)


def packed(atoms: int, cell: Array, closest: float = 1.0) -> System:
    """Atoms in a periodic cell, none closer than `closest` angstrom to another or its images."""
    random, system = np.random.default_rng(1), System([], np.zeros((0, 3)), cell, True)
    while len(system.species) < atoms:
        positions = np.vstack([system.positions, random.uniform(0, 1, 3) @ cell])
        trial = System([*system.species, random.integers(2)], positions, cell, True)
        if not len(trial.environment(closest).neighbor):
            system = trial
    return system


TRICLINIC = np.array([[3.1, 0.0, 0.0], [0.9, 2.9, 0.0], [-0.7, 0.5, 3.3]])


def evaluate(
    model: nn.Module, system: System, cutoff: float, skin: float = 0.0, *parameters: float
) -> tuple[Array, Array, Array]:
    """Atomic energies [N] eV, forces [N, 3] eV/angstrom, virial [3, 3] eV. parameters: the same for all atoms."""
    e = system.environment(cutoff, skin)
    given = torch.tensor(parameters, dtype=torch.float64).expand(len(e.species), -1)
    energy, gradient = model(*e, given) if parameters else model(*e)
    center = mechanics.centers(e.row)
    forces = mechanics.forces(center, e.neighbor, gradient, len(e.species))
    virial = mechanics.virials(torch.zeros_like(center), e.displacement, gradient, 1)[0]
    return energy.numpy(), forces.numpy(), virial.numpy()


def assert_close(got: Array, expected: Array, tolerance: float) -> None:
    """Largest difference over largest expected value."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape, (got.shape, expected.shape)
    scale = max(float(np.abs(expected).max(initial=0.0)), 1e-3)
    assert float(np.abs(got - expected).max(initial=0.0)) <= tolerance * scale


def assert_is_gradient(model: nn.Module, system: System, cutoff: float, tolerance: float, h: float = 1e-4) -> None:
    """F = -dE/dr and W = -dE/d strain by central differences of fourth order."""
    _, forces, virial = evaluate(model, system, cutoff)

    def slope(energy_at: Callable[[float], float]) -> float:
        near, far = energy_at(h) - energy_at(-h), energy_at(2 * h) - energy_at(-2 * h)
        return (8 * near - far) / (12 * h)

    numeric = np.empty_like(forces)
    for i, x in np.ndindex(*forces.shape):

        def moved(step: float, i: int = i, x: int = x) -> float:
            positions = system.positions.copy()
            positions[i, x] += step
            shifted = System(list(system.species), positions, system.cell, list(system.pbc))
            return float(evaluate(model, shifted, cutoff)[0].sum())

        numeric[i, x] = -slope(moved)
    assert_close(forces, numeric, tolerance)
    if not system.pbc.all():
        return
    numeric_virial = np.empty((3, 3))
    for a, b in np.ndindex(3, 3):

        def deformed(step: float, a: int = a, b: int = b) -> float:
            strain = np.zeros((3, 3))
            strain[a, b] = step
            return float(evaluate(model, system.strained(strain), cutoff)[0].sum())

        numeric_virial[a, b] = -slope(deformed)
    assert_close(virial, numeric_virial, tolerance)
