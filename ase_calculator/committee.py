"""Several model files as one potential: mean energies and gradients, and how far the models are apart."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from trainer import export, kernels, mechanics
from trainer.contract import PotentialMetadata, check_potential
from trainer.environment import Environment
from trainer.errors import UserError


def unprofiled() -> AbstractContextManager[None]:
    """The profiling executor compiles anew whenever the number of neighbours changes, which in MD is all the time."""
    return torch.jit.optimized_execution(False)  # type: ignore[attr-defined]


class Member(NamedTuple):
    """One model of a committee."""

    module: torch.jit.ScriptModule
    evaluate: kernels.Evaluator  # of the module
    metadata: PotentialMetadata
    number: Tensor  # [T] the model's number of each of the committee's species
    parameter: Tensor  # [P] the committee's number of each of the model's parameters


class Evaluation(NamedTuple):
    """What K models say of N atoms with E pairs; pair_gradient is the mean over the models."""

    center: Tensor  # [E] int64
    environment: Environment  # of the committee's species
    energies: Tensor  # [K, N] float64, eV
    forces: Tensor  # [K, N, 3] eV/angstrom
    virials: Tensor  # [K, 3, 3] eV
    pair_gradient: Tensor  # [E, 3] eV/angstrom


class Committee:
    """The potential <E>, <F>, <W> of K models on one neighbour list, K = 1 for a single file.

    Species are numbered as in the first file; every file must know the same ones, in any order. Cutoffs may differ, and
    so may the parameters that the models need: the committee needs those of all."""

    @torch.inference_mode(False)
    def __init__(self, files: Sequence[Path], device: torch.device, dtype: str | None):
        """dtype: to compute in; None for each file's own. Raises UserError when a file is not a potential that this
        version reads, knows other species, or cannot compute in `dtype`."""
        if not files:
            raise UserError("expected at least one model file, got an empty list")
        loaded = [export.load(file, PotentialMetadata) for file in files]
        self.device, self.species = device, loaded[0][1].species
        self.parameters = tuple(dict.fromkeys(name for _, metadata in loaded for name in metadata.parameters))
        self.cutoff = max(metadata.cutoff for _, metadata in loaded)  # angstrom
        self.members: list[Member] = []
        for file, (module, metadata) in zip(files, loaded, strict=True):
            if metadata.reach != 1:
                raise UserError(f"{file}: reach {metadata.reach}; this calculator drives models of reach 1")
            if set(metadata.species) != set(self.species):
                known = " ".join(metadata.species)
                raise UserError(f"{file} knows {known}, {files[0]} {' '.join(self.species)}: expected the same species")
            if dtype is not None and dtype != metadata.dtype:
                cast(module, metadata, dtype, file)
            number = torch.tensor([metadata.species.index(s) for s in self.species], device=device)
            columns = [self.parameters.index(p) for p in metadata.parameters]
            parameter = torch.tensor(columns, dtype=torch.int64, device=device)
            module = module.to(device)
            self.members.append(Member(module, kernels.Evaluator(module), metadata, number, parameter))

    def __len__(self) -> int:
        return len(self.members)

    def evaluate(self, environment: Environment, parameters: Tensor) -> Evaluation:
        """environment: without ghosts, on the committee's device, pairs up to the largest cutoff or beyond;
        parameters: [N, P] float64, in the order of self.parameters."""
        species, row, neighbor, displacement = environment
        center, atoms = mechanics.centers(row), len(species)
        energies, forces, virials, pair_gradient = [], [], [], torch.zeros_like(displacement)
        for member in self.members:
            inputs = (parameters[:, member.parameter],) if len(member.parameter) else ()
            with unprofiled():
                energy, gradient = member.evaluate(member.number[species], row, neighbor, displacement, *inputs)
            energies.append(energy)
            forces.append(mechanics.forces(center, neighbor, gradient, atoms))
            virials.append(-displacement.T @ gradient)  # W = -sum r (x) g
            pair_gradient += gradient / len(self.members)
        stacked = torch.stack(energies), torch.stack(forces), torch.stack(virials)
        return Evaluation(center, environment, *stacked, pair_gradient)

    @property
    def knows_its_domain(self) -> bool:
        """Whether a file can say how far atoms are from its training."""
        return any(hasattr(member.module, "extrapolation") for member in self.members)

    def extrapolation(self, environment: Environment) -> Tensor | None:
        """[N] of trainer/potentials/domain.py, the largest of the models'; None where no file can tell"""
        species, *pairs = environment
        known = [m for m in self.members if hasattr(m.module, "extrapolation")]
        with unprofiled():
            answers = [m.module.extrapolation(m.number[species], *pairs) for m in known]
        return reduce(torch.fmax, answers) if answers else None  # fmax: a nan is no answer


def cast(module: torch.jit.ScriptModule, metadata: PotentialMetadata, dtype: str, file: Path) -> None:
    """Let a model compute in another precision, as docs/model-file.md says. Raises UserError if it cannot."""
    if dtype not in ("float32", "float64"):
        raise UserError(f"dtype: expected 'float32', 'float64' or None for the file's own, got {dtype!r}")
    if not hasattr(module, "set_dtype"):
        raise UserError(f"{file} computes in {metadata.dtype} only; leave dtype out")
    module.set_dtype(getattr(torch, dtype))
    for part in module.children():
        part.to(getattr(torch, dtype))
    check_potential(module, metadata)


DEVIATIONS = ("force_deviation", "max_force_deviation", "energy_deviation", "virial_deviation")


def deviations(evaluation: Evaluation) -> dict[str, Any]:
    """sqrt(<|x - <x>|^2>) over the models, as ASE results; Zhang et al., Comput. Phys. Commun. 253, 107206 (2020).

    force_deviation [N] eV/angstrom and its largest, max_force_deviation; energy_deviation, eV an atom;
    virial_deviation [3, 3], of each component, eV an atom: what DP-GEN and DeePMD-kit's model_devi.out report."""
    atoms = max(1, evaluation.energies.shape[1])
    force = spread(evaluation.forces).square().sum(1).sqrt().numpy(force=True)
    return {
        "force_deviation": force,
        "max_force_deviation": float(force.max(initial=0.0)),
        "energy_deviation": float(spread(evaluation.energies.sum(1))) / atoms,
        "virial_deviation": spread(evaluation.virials).numpy(force=True) / atoms,
    }


def spread(x: Tensor) -> Tensor:
    """[K, ...] -> [...] standard deviation over the models, each of which counts 1 / K"""
    return x.std(0, correction=0)


def atomic_stresses(evaluation: Evaluation, volume: float) -> np.ndarray:
    """[N, 3, 3] eV/angstrom^3: half of a pair's -r (x) g to each of its atoms, symmetric, over the whole volume.

    They sum up to the stress; of a pair potential they are those of ASE's own calculators, and of LAMMPS's."""
    _, _, neighbor, displacement = evaluation.environment
    atoms = evaluation.energies.shape[1]
    virials = sum(
        mechanics.virials(owner, displacement, 0.5 * evaluation.pair_gradient, atoms)
        for owner in (evaluation.center, neighbor)
    )
    assert isinstance(virials, Tensor)
    stresses: np.ndarray = (-0.5 * (virials + virials.transpose(1, 2)) / volume).numpy(force=True)
    return stresses
