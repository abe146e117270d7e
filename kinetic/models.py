"""Models by name, for whoever computes a flow: a kinetic one, a classical moment model, a file with a closure."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.boltzmann import Boltzmann
from kinetic.boltzmann.ellipsoidal import EllipsoidalBGK
from kinetic.boltzmann.fast_spectral import FastSpectral
from kinetic.boltzmann.shakhov import Shakhov
from kinetic.boltzmann.streaming import DiscreteVelocities
from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Flow
from kinetic.gas import Molecules, primitive
from kinetic.moments.burnett import closures as burnett
from kinetic.moments.classical import HME, Grad, NavierStokes, Waves
from kinetic.moments.hermite import Hermite
from kinetic.moments.learned import dimension as of_file
from kinetic.moments.learned import load
from kinetic.moments.system import Closure, MomentSystem
from trainer.errors import UserError
from trainer.settings import nearest

KINETIC: dict[str, Callable[[Flow, "Discretisation"], DiscreteVelocities]] = {
    "bgk": lambda flow, how: BGK(flow, how.grid()),
    "bgk-3v": lambda flow, how: EllipsoidalBGK(flow, how.grid(), 1.0),
    "es-bgk": lambda flow, how: EllipsoidalBGK(flow, how.grid(), flow.molecules.prandtl),
    "shakhov": lambda flow, how: Shakhov(flow, how.grid(), flow.molecules.prandtl),
    "boltzmann": lambda flow, how: Boltzmann(flow, how.collision(flow.molecules.exponent)),
}
DIMENSIONS = {"bgk-3v": 3, "es-bgk": 3, "shakhov": 3, "boltzmann": 2}  # of velocities, of kinetic models; one for bgk
REFERENCE = {1: "bgk", 2: "boltzmann", 3: "es-bgk"}  # what models of a gas of so many dimensions are compared with
HERMITE = {"grad": Grad, "hme": HME, "waves": Waves}
BURNETT = {"hme": burnett.HME, "waves": burnett.Waves}
SEVERAL = re.compile(rf"(euler|{'|'.join(BURNETT)})-([23])v(?:-(\d+))?")  # moment models in several dimensions
CLASSICAL = ("euler", "navier-stokes", "grad-M", "hme-M", "waves-M", "euler-2v", "hme-2v-M", "waves-2v-M")  # and 3v
ROUNDING = 2.0**-53
LOST_IN_ROUNDING = 1e-3  # of the highest moment; temperatures are then wrong by about as much
NAMES = (*KINETIC, *CLASSICAL, "FILE.pt")


@dataclass(frozen=True)
class Discretisation:
    """How a flow is computed.

    courant: length of a step over the longest stable one, above 0 and at most 1. Where shocks are strong, shorter
        steps of moment models are more accurate.
    velocity_limit, velocities: of the kinetic models: the largest speed, and how many velocities up to it; boltzmann
        spreads as many in each of two directions up to 2.21 times that speed.
    angles: of boltzmann, in half a turn.
    device: as torch names it.
    """

    courant: float = 0.75
    velocity_limit: float = 8.0
    velocities: int = 80
    angles: int = 8
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not 0.0 < self.courant <= 1.0:
            raise UserError(f"courant: expected a number above 0 and at most 1, got {self.courant:g}")

    def grid(self) -> Velocities:
        """The velocities. Raises UserError for numbers that make none."""
        return Velocities(self.velocity_limit, self.velocities, self.device)

    def collision(self, exponent: float) -> FastSpectral:
        """The collision operator of `boltzmann`. Raises UserError for numbers that make none."""
        return FastSpectral(self.velocity_limit, self.velocities, self.angles, exponent, self.device)


class Moments(MomentSystem):
    """A moment model."""

    def moments(self, m: Tensor) -> Tensor:
        """m_0, m_1, ...: [B, K, nx]"""
        return self.variables.powers(m)

    def holds(self, time: float, moments: Tensor) -> None:
        """Raises UserError where a gas is so fast that rounding is all that is left of its highest moments.

        Moments of powers of v up to the order M are (2 |u|)^M large in sum, and rounded; seen by the gas, they are
        sqrt(theta)^M sqrt(M!) large."""
        if not isinstance(self.variables, Hermite):
            return
        order = self.variables.order
        _, u, theta = primitive(moments)
        speed = float((u.abs() / theta.sqrt()).max())
        if (2.0 * speed) ** order * ROUNDING > LOST_IN_ROUNDING * math.factorial(order) ** 0.5:
            raise UserError(
                f"moments of order {order} of a gas at {speed:.3g} times sqrt T are lost in rounding: use a lower "
                "order, or a frame in which it is slower"
            )


def system(model: str, flow: Flow, how: Discretisation) -> DiscreteVelocities | Moments:
    """What `model` names, set up for a flow: one of KINETIC, euler, navier-stokes, grad-M, hme-M, waves-M, or a file.

    Raises UserError for an unknown name, an unknown file, and a flow that the model does not know."""
    if model in KINETIC:
        return KINETIC[model](flow, how)
    if flow.slides:
        raise UserError(f"tangential: {model} has no velocity along the walls; es-bgk, bgk-3v and boltzmann have")
    return Moments(flow, closure(model, how.device, flow.molecules))


def dimension(model: str) -> int:
    """Of the velocities of the gas that `model` computes."""
    if model.endswith(".pt"):
        return of_file(Path(model))
    found = SEVERAL.fullmatch(model)
    return int(found[2]) if found else DIMENSIONS.get(model, 1)


def closure(model: str, device: str = "cpu", molecules: Molecules | None = None) -> Closure:
    """The closure that `model` names. Raises UserError for an unknown name and an unknown file.

    molecules: by default any that a file is for, or those of a case without [gas]."""
    if model == "euler":
        return Grad(2, device)
    if (found := SEVERAL.fullmatch(model)) and (found[1] == "euler") == (found[3] is None):
        if found[1] == "euler":
            return burnett.Euler(int(found[2]), device)
        return BURNETT[found[1]](int(found[3]), int(found[2]), molecules or Molecules(), device)
    if model == "navier-stokes":
        return NavierStokes(device)
    if found := re.fullmatch(rf"({'|'.join(HERMITE)})-(\d+)", model):
        return HERMITE[found[1]](int(found[2]), device)
    if model.endswith(".pt"):
        return load(Path(model), device, molecules)
    raise UserError(f"model: no '{model}'{nearest(model, dict.fromkeys(NAMES))}")
