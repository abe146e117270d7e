"""A solution as a model file: kind "pde-solution", through the one door of trainer/export.py."""

from pathlib import Path
from typing import Any

from torch import nn

from bsde.deep.scales import scales
from bsde.metadata import SolutionMetadata
from bsde.problem import Problem
from bsde.scripting import scripted
from bsde.simulation.paths import Starts
from bsde.solve.seeds import Seed
from bsde.solve.settings import TrainedSettings
from bsde.solve.summary import Summary
from trainer import export
from trainer.loop import record


def export_solution(
    settings: TrainedSettings, problem: Problem, network: nn.Module, seed: Seed, found: Summary, path: Path
) -> None:
    """Writes the network of one seed, on the CPU. Raises UserError when the features cannot be traced."""
    assert seed.estimate is not None
    metadata = SolutionMetadata(
        dtype=settings.training.dtype,
        units={},
        equation=" ".join((type(problem).__doc__ or "").split()),
        dim=problem.dim,
        horizon=problem.horizon,
        config=settings.resolved(),
        domain=domain(settings, problem, seed.number),
        validation={"residual": seed.estimate.residual} | answer(found),
        versions=export.versions() | record.commit(),
    )
    export.save(scripted(network, problem, settings.training.torch_dtype), metadata, path)


def domain(settings: TrainedSettings, problem: Problem, number: int) -> dict[str, Any]:
    """Where paths have been."""
    d, t, dtype = problem.dim, settings.training, settings.training.torch_dtype
    mean, scale = scales(problem, Starts(problem.origin(dtype), t.spread), t.time_steps, number, dtype)
    return {
        "t": [0.0, problem.horizon],
        "start": list(problem.start) if isinstance(problem.start, tuple) else problem.start,
        "start_half_width": t.spread,
        "path_mean": [round(v, 6) for v in mean[:d].tolist()],
        "path_spread": round(float(scale[:d].max()) / d**0.5, 6),
    }


def answer(found: Summary) -> dict[str, Any]:
    """u at the start and its errors, where they are known."""
    known = {
        "value": found.value,
        "error": found.error,
        "bias": found.bias,
        "lower": found.lower,
        "upper": found.upper,
        "relative_error": None if found.reference is None else found.relative,
    }
    return {f"u_start_{name}": value for name, value in known.items() if value is not None}
