# TorchScript's subset: no `from __future__ import annotations` here.
"""A small potential in the contract's shape, so that the pair style is tested without the trainer.

    E_i = e0[t_i] - sqrt(rho_i + c) + 1/2 sum_j A[t_i, t_j] exp(-2 r_ij) u(r_ij)
    rho_i = sum_j B[t_i, t_j] exp(-r_ij) u(r_ij)       u(r) = (1 - (r/r_c)^2)^3

Many-body through the square root; u has two continuous derivatives at r_c.
"""

import json
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

SPECIES = ["H", "O"]
CUTOFF = 4.0


class Toy(nn.Module):
    def __init__(self, cutoff: float = CUTOFF, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.cutoff = cutoff
        self.offset = nn.Parameter(torch.tensor([-1.5, -4.0], dtype=dtype))
        self.repulsion = nn.Parameter(torch.tensor([[20.0, 30.0], [30.0, 60.0]], dtype=dtype))
        self.density = nn.Parameter(torch.tensor([[3.0, 5.0], [4.0, 6.0]], dtype=dtype))
        # Ballast: a weight that is large enough for a test to damage a byte of it.
        self.mixing = nn.Parameter(torch.eye(64, dtype=dtype))

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        return self.of_pairs(species, row, neighbor, displacement)

    def of_pairs(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        n = row.shape[0] - 1
        center = torch.repeat_interleave(torch.arange(n), row[1:] - row[:-1])
        d = displacement.detach().requires_grad_(True)
        r = d.to(self.offset.dtype).pow(2).sum(1).sqrt()
        u = (1 - (r / self.cutoff) ** 2).clamp(min=0.0) ** 3
        t_i, t_j = species[center], species[neighbor]
        zero = torch.zeros(n, dtype=r.dtype)
        rho = zero.index_add(0, center, self.density[t_i, t_j] * torch.exp(-r) * u)
        phi = zero.index_add(0, center, self.repulsion[t_i, t_j] * torch.exp(-2 * r) * u)
        energy = self.offset[species[:n]] - torch.sqrt(rho + 0.1) + 0.5 * phi
        gradient = torch.autograd.grad([energy.double().sum()], [d])[0]
        assert gradient is not None
        return energy.detach().double(), gradient


def varied(seed: int, cutoff: float = CUTOFF) -> Toy:
    """A Toy whose weights are up to some ten per cent off: a member of a committee."""
    toy = Toy(cutoff)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in (toy.offset, toy.repulsion, toy.density):
            weight *= 1 + 0.1 * torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
    return toy


def renumbered(toy: Toy) -> Toy:
    """The same potential with its two species in the other order."""
    with torch.no_grad():
        for weight in (toy.offset, toy.repulsion, toy.density):
            weight.copy_(weight.flip(list(range(weight.dim()))))
    return toy


class Heated(Toy):
    """A Toy with two parameters, T and field of each centre: E_i (1 + T_i) + field_i."""

    def forward(
        self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor, parameters: Tensor
    ) -> tuple[Tensor, Tensor]:
        n = row.shape[0] - 1
        center = torch.repeat_interleave(torch.arange(n), row[1:] - row[:-1])
        energy, gradient = self.of_pairs(species, row, neighbor, displacement)
        scale = 1 + parameters[:, 0]
        return energy * scale + parameters[:, 1], gradient * scale[center, None]


class Undemanding(Toy):
    """A Toy that could take parameters, and whose metadata name none."""

    def forward(
        self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor, parameters: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        assert parameters is None
        return self.of_pairs(species, row, neighbor, displacement)


class NotANumber(Toy):
    """A Toy that fails at every O: in its energy, or in the gradients of its pairs."""

    def __init__(self, energy: float, gradient: float) -> None:
        super().__init__()
        self.energy = energy
        self.gradient = gradient

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        n = row.shape[0] - 1
        oxygen = species[:n] == 1
        of_pair = torch.repeat_interleave(oxygen, row[1:] - row[:-1])
        energy = torch.where(oxygen, self.energy, torch.zeros(n, dtype=torch.float64))
        gradient = torch.where(of_pair[:, None], self.gradient, torch.zeros_like(displacement))
        return energy, gradient


class Raises(Toy):
    """A Toy that raises where a centre is an O."""

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        n = row.shape[0] - 1
        if bool((species[:n] == 1).any()):
            raise ValueError("an O is too much for me")
        return torch.zeros(n, dtype=torch.float64), torch.zeros_like(displacement)


class Mismatched(Toy):
    """A Toy whose script multiplies what does not fit: torch itself raises."""

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        return self.mixing @ torch.ones(3, dtype=torch.float64), displacement


class Single(Toy):
    """A Toy that answers in float32, against the contract."""

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros(row.shape[0] - 1), torch.zeros_like(displacement)


class Alone(Toy):
    """A Toy that gives no gradient, against the contract."""

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> Tensor:
        return torch.zeros(row.shape[0] - 1, dtype=torch.float64)


class WritesOnLoading(nn.Module):
    """A file whose script creates another one while torch reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.x = torch.zeros(2)

    @torch.jit.export
    def __getstate__(self) -> tuple[Tensor, bool]:
        return self.x, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[Tensor, bool]) -> None:
        self.x = torch.from_file("written", True, 10)
        self.training = state[1]

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros(row.shape[0] - 1, dtype=torch.float64), displacement


class OneArgument(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


def metadata(**changes: object) -> dict[str, object]:
    return {
        "format": 1,
        "kind": "potential",
        "species": SPECIES,
        "cutoff": CUTOFF,
        "reach": 1,
        "units": {"energy": "eV", "length": "angstrom"},
        "dtype": "float64",
    } | changes


def save(path: Path, module: nn.Module, **changes: object) -> Path:
    return save_raw(path, module, {"henrici.json": json.dumps(metadata(**changes))})


def save_raw(path: Path, module: nn.Module, extra_files: dict[str, str]) -> Path:
    with warnings.catch_warnings():
        # torch announces that it will leave TorchScript some day; the file format is this project's choice.
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        torch.jit.save(torch.jit.script(module.eval()), path, _extra_files=extra_files)
    return path


def load(path: Path) -> tuple[torch.jit.ScriptModule, dict[str, Any]]:
    extra = {"henrici.json": ""}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        return torch.jit.load(path, _extra_files=extra), json.loads(extra["henrici.json"])
