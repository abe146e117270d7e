"""The input of `henrici bsde solve`: a class for every kind of method, which `method` chooses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from bsde.linear.feynman_kac import FeynmanKac
from bsde.linear.multilevel import Multilevel
from bsde.picard.multilevel_picard import MultilevelPicard
from bsde.problem import Problem
from bsde.problems import find
from bsde.solve.tables import DeepSettings, NetworkSettings, ValueSettings
from trainer.errors import UserError
from trainer.settings import nearest, parse, resolved


@dataclass(frozen=True, kw_only=True)
class SolveSettings:
    """The input of `henrici bsde solve`; only `problem` must be there, and each method has its own tables.

    problem: a name (`henrici bsde table` lists them), or "file.py:Class", the file relative to the input.
    parameters: fields of the problem that are not its defaults: dim, horizon, start and its own.
    method: "deep-bsde", "dbdp1", "dbdp2" or "deep-splitting", with networks and the tables [network], [training] and
        [value]; "feynman-kac" or "multilevel", for linear problems; or "picard". The last three have a table each:
        [feynman_kac], [multilevel] or [picard].
    """

    problem: str
    parameters: dict[str, Any] = field(default_factory=dict)
    method: str = "deep-bsde"

    @property
    def files(self) -> list[str]:
        """What a run reads besides its input."""
        return [self.problem.rpartition(":")[0]] if ":" in self.problem else []

    def build(self) -> Problem:
        """Raises UserError for a problem or a parameter that is not there."""
        return parse(find(self.problem), self.parameters, "parameters")

    def resolved(self) -> dict[str, Any]:
        """The table that says the same with every default written out."""
        return resolved(self)


@dataclass(frozen=True, kw_only=True)
class TrainedSettings(SolveSettings):
    """Of the methods with networks.

    network: of u.
    training: of each seed.
    value: u at the start, from the network.
    """

    method: Literal["deep-bsde", "dbdp1", "dbdp2", "deep-splitting"] = "deep-bsde"
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: DeepSettings = field(default_factory=DeepSettings)
    value: ValueSettings = field(default_factory=ValueSettings)


@dataclass(frozen=True, kw_only=True)
class FeynmanKacSettings(SolveSettings):
    """Of one method.

    feynman_kac: how it samples, and until when.
    """

    feynman_kac: FeynmanKac = field(default_factory=FeynmanKac)

    @property
    def files(self) -> list[str]:
        return super().files + ([] if self.feynman_kac.control is None else [self.feynman_kac.control])

    @property
    def sampler(self) -> FeynmanKac:
        return self.feynman_kac


@dataclass(frozen=True, kw_only=True)
class MultilevelSettings(SolveSettings):
    """Of one method.

    multilevel: how it samples, and until when.
    """

    multilevel: Multilevel = field(default_factory=Multilevel)

    @property
    def sampler(self) -> Multilevel:
        return self.multilevel


@dataclass(frozen=True, kw_only=True)
class PicardSettings(SolveSettings):
    """Of one method.

    picard: how far it goes.
    """

    picard: MultilevelPicard = field(default_factory=MultilevelPicard)

    @property
    def sampler(self) -> MultilevelPicard:
        return self.picard


SampledSettings = FeynmanKacSettings | MultilevelSettings | PicardSettings
Settings = TrainedSettings | SampledSettings
KINDS: dict[str, type[Settings]] = {
    "deep-bsde": TrainedSettings,
    "dbdp1": TrainedSettings,
    "dbdp2": TrainedSettings,
    "deep-splitting": TrainedSettings,
    "feynman-kac": FeynmanKacSettings,
    "multilevel": MultilevelSettings,
    "picard": PicardSettings,
}


def read(table: Mapping[str, Any], where: str) -> Settings:
    """Raises UserError for a method that is not there, and for keys that it has not."""
    return parse(kind_of(table, where), table, where)


def located(table: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The input with its paths, which begin at `folder`, in full: a run is gone on with from anywhere."""
    problem, sampler = table.get("problem"), table.get("feynman_kac")
    if isinstance(problem, str) and ":" in problem:
        table = table | {"problem": str((folder / problem).resolve())}
    if isinstance(sampler, dict) and isinstance(sampler.get("control"), str):
        table = table | {"feynman_kac": sampler | {"control": str((folder / sampler["control"]).resolve())}}
    return table


def kind_of(table: Mapping[str, Any], where: str) -> type[Settings]:
    """What reads an input of its method. Raises UserError for a method that is not there."""
    method = table.get("method", SolveSettings.method)
    if not isinstance(method, str) or method not in KINDS:
        raise UserError(f"{where}: no method {method!r}{nearest(str(method), KINDS)}")
    return KINDS[method]


def tables_of(kind: type[Settings]) -> set[str]:
    """The keys of an input at its top level."""
    return {field.name for field in fields(kind)}
