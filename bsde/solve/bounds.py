"""Which simulations are bounds of u, for which problems."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from bsde.problem import Problem
from bsde.simulation.approximation import Approximation
from bsde.simulation.dual import dual
from bsde.simulation.entropic import exponentials, logarithm
from bsde.simulation.policy import Walk, walk
from bsde.simulation.shape import arguments_of_f, is_affine, quadratic
from bsde.simulation.statistics import Mean
from trainer.errors import UserError


def as_it_is(mean: Mean) -> Mean:
    return mean


@dataclass(frozen=True)
class Bound:
    """`bound(mean of samples)` is below, or above, u."""

    samples: Callable[[Walk, Tensor, Tensor], Tensor]  # of a walk by the problem from start [n, d] along dw: [n]
    bound: Callable[[Mean], Mean] = as_it_is
    controlled: bool = True  # what the paths miss may be taken off the samples

    def of(self, walked: Walk, start: Tensor, dw: Tensor, missed: Tensor | float) -> Tensor:
        """Samples, less the control variate where it has no say in the mean."""
        samples = self.samples(walked, start, dw)
        return samples - missed if self.controlled else samples


def bound(
    problem: Problem, approximation: Approximation, side: Literal["lower", "upper"], about: float
) -> Bound | None:
    """The value of a policy where f is convex, or concave; on the other side what there is for the kind of f.

    about: a number near u. The dual takes an f of y alone, for which the walk is one of X. The best exercise is a
    maximum, which goes together with convex f only."""
    if problem.has_obstacle and problem.curvature != "convex":
        return None
    bounding = problem.below() if side == "lower" else problem.above()
    if bounding.curvature is None:
        return None
    if bounding.curvature == ("convex" if side == "lower" else "concave"):
        if bounding is problem:
            return Bound(lambda walked, start, dw: walked.value)
        return Bound(lambda walked, start, dw: walk(bounding, approximation, start, dw).value)
    if bounding.has_outer:
        return Bound(lambda walked, start, dw: bounding.outer(start, dw), controlled=False)
    if arguments_of_f(bounding) <= {"y"} and "z" not in arguments_of_f(problem):
        return Bound(lambda walked, start, dw: dual(bounding, walked, start))
    q = quadratic(problem)
    if q is not None and bounding is problem:
        return Bound(
            lambda walked, start, dw: exponentials(walked.value, q, about),
            lambda mean: logarithm(mean, q, about),
            controlled=False,
        )
    return None


def check_near(problem: Problem) -> None:
    """Raises UserError when `near` is not what it should be."""
    near = problem.near()
    if near is None:
        return
    exact = near.exact_steps and arguments_of_f(near) <= {"y", "z"} and near.reference() is not None
    if near.has_obstacle or not is_affine(near, near.f) or not exact:
        raise UserError(
            f"{type(problem).__name__}.near: expected a linear problem with a reference, whose steps of X are exact "
            f"and whose f has no t and x; {type(near).__name__} is not one"
        )


def control(problem: Problem, approximation: Approximation) -> Callable[[Tensor, Tensor], Tensor | float]:
    """Of paths from start [n, d] along dw, how far they are from the known value of the problem nearby, which is 0 in
    the mean: [n]; 0 where there is none."""
    near = problem.near()
    if near is None:
        return lambda start, dw: 0.0
    known = near.reference()
    assert known is not None  # check_near
    return lambda start, dw: walk(near, approximation, start, dw).value - known.value
