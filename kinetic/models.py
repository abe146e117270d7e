"""Models by name, for whoever computes a flow: a kinetic one, a classical moment model, a file with a closure."""

import re
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Flow
from kinetic.moments.classical import HME, Grad, NavierStokes, Waves
from kinetic.moments.learned import load
from kinetic.moments.system import Closure, MomentSystem
from trainer.errors import UserError
from trainer.settings import nearest

ORDER = 8  # the highest moment that solutions keep where there is a distribution
NAMES = ("bgk", "euler", "navier-stokes", "grad-M", "hme-M", "waves-M", "FILE.pt")
HERMITE = {"grad": Grad, "hme": HME, "waves": Waves}


@dataclass(frozen=True)
class Discretisation:
    """How a flow is computed.

    courant: Courant number, above 0 and at most 1.
    velocity_limit, velocities: of the kinetic models: the largest speed, and how many velocities up to it.
    device: as torch names it.
    """

    courant: float = 0.5
    velocity_limit: float = 8.0
    velocities: int = 80
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not 0.0 < self.courant <= 1.0:
            raise UserError(f"courant: expected a number above 0 and at most 1, got {self.courant:g}")

    def grid(self) -> Velocities:
        """The velocities. Raises UserError for numbers that make none."""
        return Velocities(self.velocity_limit, self.velocities, self.device)


class Kinetic(BGK):
    """BGK whose results are its moments."""

    flagged = 0.0

    def moments(self, f: Tensor) -> Tensor:
        """m_0 .. m_ORDER: [B, ORDER + 1, nx]."""
        return self.velocities.moments(f, ORDER)


class Moments(MomentSystem):
    """A moment model."""

    @property
    def flagged(self) -> float:
        """Share of the cells, over all steps, in which the closure fell back on another one."""
        return self.closure.flagged

    def moments(self, m: Tensor) -> Tensor:
        """m_0, m_1, ...: [B, K, nx]"""
        return self.variables.powers(m)


def system(model: str, flow: Flow, how: Discretisation) -> Kinetic | Moments:
    """What `model` names, set up for a flow: bgk, euler, navier-stokes, grad-M, hme-M, waves-M, or a model file.

    Raises UserError for an unknown name and an unknown file."""
    if model == "bgk":
        return Kinetic(flow, how.grid())
    return Moments(flow, closure(model, how.device))


def closure(model: str, device: str = "cpu") -> Closure:
    """The closure that `model` names. Raises UserError for an unknown name and an unknown file."""
    if model == "euler":
        return Grad(2, device)
    if model == "navier-stokes":
        return NavierStokes(device)
    if found := re.fullmatch(rf"({'|'.join(HERMITE)})-(\d+)", model):
        return HERMITE[found[1]](int(found[2]), device)
    if model.endswith(".pt"):
        return load(Path(model), device)
    raise UserError(f"model: no '{model}'{nearest(model, dict.fromkeys(NAMES))}")
