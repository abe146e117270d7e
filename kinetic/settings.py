"""The input of `henrici kinetic`: one file for solving, generating, training and comparing."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kinetic.autoencoder.settings import MomentsSettings
from kinetic.cases.build import build
from kinetic.cases.settings import FlowSettings, KnudsenSettings
from kinetic.closure.settings import ClosureSettings, ClosureTraining, DataSettings
from kinetic.exploration.settings import ExplorationSettings
from kinetic.flow import Flow, Wall
from kinetic.gas import Molecules
from kinetic.models import Discretisation
from trainer.errors import UserError
from trainer.settings import parse, read_toml, resolved


@dataclass(frozen=True)
class CaseSettings:
    """The input of `henrici kinetic`; every table may be left out.

    models: bgk, bgk-3v, es-bgk, shakhov, boltzmann, euler, navier-stokes, grad-M, hme-M, waves-M (M + 1
        variables), euler-Dv, hme-Dv-M, waves-Dv-M (D = 2 or 3 velocity dimensions, degrees up to M), or model files,
        relative to the working folder.
    times: at which solutions are written, ascending.
    eps: Knudsen numbers of `compare`; by default the one of [knudsen] alone.
    gas: what it consists of.
    flow: what the gas is at first.
    knudsen: the mean time between collisions.
    left, right: the walls; by default those that suit the flow.
    solver: how it is computed.
    data: what `generate` and `explore` compute.
    exploration: how `explore` chooses it.
    moments: what `encode` learns.
    closure: what `train` learns.
    training: how they are trained; `batch` counts windows of the data, of closures.
    """

    models: tuple[str, ...] = ("bgk", "navier-stokes", "hme-5")
    times: tuple[float, ...] = (0.1, 0.2)
    eps: tuple[float, ...] = ()
    gas: Molecules = field(default_factory=Molecules)
    flow: FlowSettings = field(default_factory=FlowSettings)
    knudsen: KnudsenSettings = field(default_factory=KnudsenSettings)
    left: Wall | None = None
    right: Wall | None = None
    solver: Discretisation = field(default_factory=Discretisation)
    data: DataSettings = field(default_factory=DataSettings)
    exploration: ExplorationSettings = field(default_factory=ExplorationSettings)
    moments: MomentsSettings = field(default_factory=MomentsSettings)
    closure: ClosureSettings = field(default_factory=ClosureSettings)
    training: ClosureTraining = field(default_factory=ClosureTraining)

    def __post_init__(self) -> None:
        if not self.models:
            raise UserError("models: expected at least one, got none")

    @classmethod
    def read(cls, path: Path) -> "CaseSettings":
        """Raises UserError for bad input."""
        return parse(cls, read_toml(path), str(path))

    def resolved(self) -> dict[str, Any]:
        """The case with every default written out."""
        return resolved(self)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The Knudsen numbers that are compared at."""
        return self.eps or (self.knudsen.low,)

    def build(self) -> Flow:
        """The flow. Raises UserError for one that is no gas."""
        return replace(build(self.flow, self.knudsen, self.left, self.right), molecules=self.gas)
