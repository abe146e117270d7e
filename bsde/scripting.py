"""A network and its problem's features as one TorchScript module."""

import warnings

import torch
from torch import Tensor, nn

from bsde.problem import Problem
from bsde.simulation.paths import with_slopes
from bsde.solution import Solution
from trainer import export
from trainer.errors import UserError, first_line

SAME = 1e-4  # of the largest value, between the file and Python: float32 through three layers
ADVICE = "write them with tensor operations alone, shapes by torch.zeros_like and the like, and they can be exported"


class Features(nn.Module):
    """The features of a problem as a module, to be traced."""

    def __init__(self, problem: Problem):
        super().__init__()
        self.problem = problem

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        return self.problem.features(t, x)


def scripted(network: nn.Module, problem: Problem, dtype: torch.dtype) -> torch.jit.ScriptModule:
    """network: on the CPU. Raises UserError when the file would not say what Python says, for any number of points."""
    start = problem.origin(dtype)
    points = start + 0.1 * start.abs().clamp(min=1.0) * torch.linspace(-1, 1, 8, dtype=dtype)[:, None]
    t = torch.linspace(0, problem.horizon, 8, dtype=dtype)
    try:
        with export.torchscript(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer: what it fears is compared below
            features = torch.jit.trace(Features(problem), (t[:2], points[:2]))  # type: ignore[no-untyped-call]
            module = export.script(Solution(network, features, dtype))
            answers = module(t, points)
    except Exception as error:  # whatever a user's features do that cannot be traced
        words = first_line(error)
        raise UserError(f"{type(problem).__name__}: its features cannot be exported: {words}; {ADVICE}") from error
    with torch.no_grad():
        expected = network(t, points, *with_slopes(problem, t, points))
    for got, want in zip(answers, expected, strict=True):
        if not (got - want).abs().max() <= SAME * want.abs().max():
            raise UserError(
                f"{type(problem).__name__}: its features depend on the number of points, or branch on values; {ADVICE}"
            )
    return module
