"""A solution as a model file: kind "pde-solution", through the one door of trainer/export.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bsde.deep.scales import scales
from bsde.metadata import SolutionMetadata
from bsde.problem import Problem
from bsde.scripting import scripted
from bsde.simulation.paths import Starts
from bsde.solve import run, trained
from bsde.solve.settings import TrainedSettings
from bsde.solve.summary import Summary, summarise
from trainer import export
from trainer.errors import UserError
from trainer.loop import record


@dataclass(frozen=True)
class SolutionRun:
    """A run folder of bsde.solve.run, as `henrici export` knows it."""

    folder: Path

    def export(self, path: Path) -> None:
        """The network of the seed with the smallest residual.

        Raises UserError when none is finished, and for methods without networks."""
        settings = run.read_settings(self.folder)
        if not isinstance(settings, TrainedSettings):
            raise UserError(f"{self.folder}: {settings.method} leaves a value, not a model that could be exported")
        seeds = trained.read_seeds(self.folder)
        finished = [(seed.estimate.residual, seed.number) for seed in seeds if seed.estimate is not None]
        if not finished:
            raise UserError(
                f"{self.folder}: no seed is finished; go on with: henrici bsde solve --resume {self.folder}"
            )
        residual, best = min(finished)
        problem = settings.build()
        network = trained.averaged(settings, problem, self.folder, best)
        metadata = SolutionMetadata(
            dtype=settings.training.dtype,
            units={},
            equation=" ".join((type(problem).__doc__ or "").split()),
            dim=problem.dim,
            horizon=problem.horizon,
            config=settings.resolved(),
            domain=domain(settings, problem, best),
            validation={"residual": residual} | answer(summarise(problem, settings.method, seeds)),
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
