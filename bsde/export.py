"""A solution as a model file: kind "pde-solution", through the one door of trainer/export.py."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bsde.problem import Problem
from bsde.scripting import scripted
from bsde.solve import run
from bsde.solve.settings import SolveSettings
from trainer import export
from trainer.errors import UserError
from trainer.loop import record


@dataclass(frozen=True, kw_only=True)
class SolutionMetadata(export.Metadata):
    """u(t, x) and grad u of a parabolic PDE; domain says for which t and x they were learned."""

    kind: ClassVar[str] = "pde-solution"

    equation: str  # in words and formulas
    dim: int
    horizon: float


@dataclass(frozen=True)
class SolutionRun:
    """A run folder of bsde.solve.run, as `henrici export` knows it."""

    folder: Path

    def export(self, path: Path) -> None:
        """The network of the seed with the smallest residual. Raises UserError when none is finished."""
        settings = run.read_settings(self.folder)
        finished = [(seed.residual, seed) for seed in run.read_seeds(self.folder) if seed.residual is not None]
        if not finished:
            raise UserError(
                f"{self.folder}: no seed is finished; go on with: henrici bsde solve --resume {self.folder}"
            )
        _, best = min(finished, key=lambda pair: pair[0])
        problem = settings.build()
        network = run.averaged(self.folder, settings, best.number)
        metadata = SolutionMetadata(
            dtype=settings.dtype,
            units={},
            equation=" ".join((type(problem).__doc__ or "").split()),
            dim=problem.dim,
            horizon=problem.horizon,
            config=settings.resolved(),
            domain=domain(network, problem, settings),
            validation={"residual": best.residual} | answer(self.folder),
            versions=export.versions() | record.commit(),
        )
        export.save(scripted(network, problem, settings.torch_dtype), metadata, path)


def domain(network: Any, problem: Problem, settings: SolveSettings) -> dict[str, Any]:
    """Where paths have been."""
    d = problem.dim
    return {
        "t": [0.0, problem.horizon],
        "start": list(problem.start) if isinstance(problem.start, tuple) else problem.start,
        "start_half_width": settings.training.spread,
        "path_mean": [round(v, 6) for v in network.mean[:d].tolist()],
        "path_spread": round(float(network.scale[:d].max()) / d**0.5, 6),
    }


def answer(folder: Path) -> dict[str, Any]:
    """u at the start and its errors, as result.json has them."""
    document = json.loads((folder / run.RESULT).read_text())
    kept = ("value", "error", "time_step", "lower", "upper", "relative_error")
    return {f"u_start_{name}": v for name, v in document.get("summary", {}).items() if name in kept and v is not None}
