"""The problems that come with henrici, by the names that the command takes; and a user's own, from a file."""

import importlib.util
from pathlib import Path

from bsde.problem import Problem
from bsde.problems.allen_cahn import AllenCahn
from bsde.problems.american_put import AmericanPut
from bsde.problems.burgers import Burgers
from bsde.problems.default_risk import DefaultRisk
from bsde.problems.hjb import HJB
from bsde.problems.hure import HureBounded, HureUnbounded
from bsde.problems.lending_rates import LendingRates
from bsde.problems.quadratic_gradient import QuadraticGradient
from bsde.problems.reaction_diffusion import ReactionDiffusion
from trainer.errors import UserError, with_name
from trainer.settings import nearest

PROBLEMS: dict[str, type[Problem]] = {
    "hjb": HJB,
    "allen-cahn": AllenCahn,
    "default-risk": DefaultRisk,
    "lending-rates": LendingRates,
    "burgers": Burgers,
    "quadratic-gradient": QuadraticGradient,
    "reaction-diffusion": ReactionDiffusion,
    "american-put": AmericanPut,
    "hure-bounded": HureBounded,
    "hure-unbounded": HureUnbounded,
}


def find(name: str) -> type[Problem]:
    """The class of a problem: one of PROBLEMS, or "file.py:Class", which runs the file. Raises UserError otherwise."""
    path, colon, attribute = name.rpartition(":")
    if not colon:
        if name not in PROBLEMS:
            raise UserError(f"no problem '{name}'{nearest(name, PROBLEMS)}; a problem of your own is 'file.py:Class'")
        return PROBLEMS[name]
    file = Path(path)
    if not file.is_file():
        raise UserError(f"{file}: no such file; expected 'file.py:Class'")
    specification = importlib.util.spec_from_file_location(file.stem, file)
    if specification is None or specification.loader is None:
        raise UserError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:  # a user's file fails in any way
        raise UserError(f"{file}: {with_name(error)}") from error
    found = getattr(module, attribute, None)
    if not (isinstance(found, type) and issubclass(found, Problem)):
        raise UserError(f"{file}: no subclass of bsde.problem.Problem named '{attribute}' in it")
    return found
