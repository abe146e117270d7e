"""A solution as a model file: kind "pde-solution", through the one door of trainer/export.py."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from bsde.problem import Problem
from bsde.simulation.paths import with_slopes
from bsde.solution import Solution
from bsde.solve import run
from bsde.solve.settings import SolveSettings
from trainer import export
from trainer.errors import UserError, first_line
from trainer.loop import record
from trainer.settings import parse, read_toml

SAME = 1e-4  # of the largest value, between the file and Python: float32 through three layers


@dataclass(frozen=True, kw_only=True)
class SolutionMetadata(export.Metadata):
    """u(t, x) and grad u of a parabolic PDE; domain says for which t and x they were learned."""

    kind: ClassVar[str] = "pde-solution"

    equation: str  # in words and formulas
    dim: int
    horizon: float


class Features(nn.Module):
    """The features of a problem as a module, to be traced."""

    def __init__(self, problem: Problem):
        super().__init__()
        self.problem = problem

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        return self.problem.features(t, x)


def export_run(folder: Path, path: Path) -> None:
    """Writes the network of the seed with the smallest residual. Raises UserError when none is finished."""
    settings = parse(SolveSettings, read_toml(folder / run.INPUT), str(folder / run.INPUT))
    finished = [(seed.residual, seed) for seed in run.read_seeds(folder) if seed.residual is not None]
    if not finished:
        raise UserError(f"{folder}: no seed is finished; go on with: henrici bsde solve --resume {folder}")
    _, best = min(finished, key=lambda pair: pair[0])
    problem = settings.build()
    network = run.averaged(folder, settings, best.number)
    metadata = SolutionMetadata(
        dtype=settings.dtype,
        units={},
        equation=" ".join((type(problem).__doc__ or "").split()),
        dim=problem.dim,
        horizon=problem.horizon,
        config=settings.resolved(),
        domain=domain(network, problem, settings),
        validation={"residual": best.residual} | answer(folder),
        versions=export.versions() | record.commit(),
    )
    export.save(scripted(network, problem, settings), metadata, path)


def scripted(network: nn.Module, problem: Problem, settings: SolveSettings) -> torch.jit.ScriptModule:
    """Raises UserError when the features cannot be traced, or the file would say something else than Python."""
    dtype, start = settings.torch_dtype, problem.origin(settings.torch_dtype)
    points = start + 0.1 * start.abs().clamp(min=1.0) * torch.linspace(-1, 1, 7, dtype=dtype)[:, None]
    t = torch.linspace(0, problem.horizon, 7, dtype=dtype)
    try:
        with export.torchscript():
            features = torch.jit.trace(Features(problem), (t[:2], points[:2]))  # type: ignore[no-untyped-call]
            module = export.script(Solution(network.cpu(), features, dtype))
            u, gradient = module(t, points)
    except Exception as error:  # whatever a user's g does that cannot be traced
        raise UserError(f"{type(problem).__name__}: its features cannot be exported: {first_line(error)}") from error
    with torch.no_grad():
        expected = network(t, points, *with_slopes(problem, t, points))
    for got, want in zip((u, gradient), expected, strict=True):
        if not (got - want).abs().max() <= SAME * want.abs().max():
            raise UserError(
                f"{type(problem).__name__}: its features depend on the number of points or branch on values; "
                "write them with tensor operations alone, and they can be exported"
            )
    return module


def domain(network: Any, problem: Problem, settings: SolveSettings) -> dict[str, Any]:
    """Where paths have been."""
    d = problem.dim
    return {
        "t": [0.0, problem.horizon],
        "start": list(problem.start) if isinstance(problem.start, tuple) else problem.start,
        "start_half_width": settings.training.spread,
        "path_mean": [round(v, 6) for v in network.mean[:d].tolist()],
        "path_spread": round(float(network.scale[:d].max()), 6),
    }


def answer(folder: Path) -> dict[str, Any]:
    """u at the start and its errors, as result.json has them."""
    document = json.loads((folder / run.RESULT).read_text())
    kept = ("value", "error", "time_step", "lower", "upper", "relative_error")
    return {f"u_start_{name}": v for name, v in document.get("summary", {}).items() if name in kept and v is not None}
