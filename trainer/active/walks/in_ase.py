"""A walk in this process, by ASE: the first model moves the atoms, as in LAMMPS, and all are asked at each look.

Random displacements, which are no dynamics, come from here whatever the engine."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.filters import FrechetCellFilter
from ase.md.langevinbaoab import LangevinBAOAB
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from ase.optimize import FIRE

from ase_calculator import Potential
from trainer.active.settings import StageSettings
from trainer.active.walks.looks import COMPLETED, Trajectory, absurd
from trainer.active.walks.perturb import displaced, random_strain, strained
from trainer.errors import UserError

Json = dict[str, Any]
Steps = Iterator[tuple[int, Atoms]]  # a step, and the atoms there; they may move afterwards
CONVERGED = 1e-4  # eV/angstrom, of a minimisation


def run(atoms: Atoms, job: Json, stage: StageSettings) -> Trajectory:
    """The walk of this job, from its start to wherever it comes."""
    ensembles = {"nvt": dynamics, "npt": dynamics, "minimize": minimisation, "displace": displacements}
    committee, start = Potential(job["models"], out_of_domain="ignore"), atoms.copy()
    steps, deviation, frames, ended = list[int](), list[tuple[float, float]](), dict[int, Atoms](), COMPLETED
    try:
        for step, now in ensembles[stage.ensemble](atoms, job, stage):
            seen = Atoms(now.symbols, now.positions, cell=now.cell, pbc=now.pbc)
            steps.append(step)
            deviation.append(deviations(committee, seen, job["relative"]))
            seen.wrap()
            frames[step] = seen
            trouble = absurd(start, now, deviation[-1][0], job)
            if trouble and stage.ensemble != "displace":  # one bad draw says nothing of the next
                ended = f"{trouble} out of bounds at step {step}"
                break
    except UserError as error:  # energies or forces that are not finite
        ended = str(error)
    steps = steps[: len(deviation)]
    return Trajectory(
        np.array(steps, np.int64), np.array(deviation).reshape(-1, 2), lambda some: {s: frames[s] for s in some}, ended
    )


def deviations(committee: Potential, atoms: Atoms, relative: float | None) -> tuple[float, float]:
    """max_i eps_i, eV/angstrom, or of eps_i / (|F_i| + relative); the largest of a virial's component, eV an atom."""
    force = committee.get_property("force_deviation", atoms)
    if relative is not None:
        force = force / (np.linalg.norm(committee.get_forces(atoms), axis=1) + relative)
    return float(force.max()), float(committee.get_property("virial_deviation", atoms).max())


def dynamics(atoms: Atoms, job: Json, stage: StageSettings) -> Steps:
    """Langevin dynamics of atoms, and of the volume in npt (Quigley and Probert, J. Chem. Phys. 120, 11432, 2004)."""
    random = np.random.default_rng([job["seed"], 3])
    atoms.calc = Potential(job["models"][0], out_of_domain="ignore")
    MaxwellBoltzmannDistribution(atoms, temperature_K=2 * job["temperature"], rng=random)
    Stationary(atoms)
    timestep = stage.timestep * units.fs
    barostat = {"externalstress": -job["pressure"] * units.GPa, "hydrostatic": True, "P_tau": 1000 * timestep}
    langevin = LangevinBAOAB(
        atoms,
        timestep,
        temperature_K=job["temperature"],
        T_tau=100 * timestep,
        rng=random,
        **(barostat if stage.ensemble == "npt" else {}),
    )
    yield 0, atoms
    while langevin.nsteps + stage.every <= stage.steps:
        langevin.run(stage.every)
        yield langevin.nsteps, atoms


def minimisation(atoms: Atoms, job: Json, stage: StageSettings) -> Steps:
    """Of the enthalpy, by atoms and cell."""
    atoms.calc = Potential(job["models"][0], out_of_domain="ignore")
    filter = FrechetCellFilter(atoms, scalar_pressure=job["pressure"] * units.GPa)
    optimizer = FIRE(filter, logfile=None)
    for _ in optimizer.irun(fmax=CONVERGED, steps=stage.steps):
        if optimizer.nsteps % stage.every == 0:
            yield optimizer.nsteps, atoms


def displacements(atoms: Atoms, job: Json, stage: StageSettings) -> Steps:
    """As many as the looks of a walk, each from the start, strained and displaced anew, by little and by much."""
    random = np.random.default_rng([job["seed"], 3])
    for step in range(0, stage.steps + 1, stage.every):
        deformed = strained(atoms, random_strain(stage.strain, random))
        yield step, displaced(deformed, random.uniform(0.0, stage.displacement), random)
