"""Is a problem linear?"""

from bsde.problem import Problem
from bsde.simulation.shape import is_affine
from trainer.errors import UserError


def check_linear(problem: Problem) -> None:
    """Raises UserError unless f is affine in (y, z) and there is no obstacle."""
    if problem.has_obstacle or not is_affine(problem, problem.f):
        raise UserError(
            f"{type(problem).__name__}: expected f that is linear in u and grad u, and no obstacle, for Feynman-Kac; "
            "this one is not: the methods with networks are for it"
        )
