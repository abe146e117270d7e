"""The input of `henrici explore`."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from trainer.errors import UserError
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse, resolved


@dataclass(frozen=True)
class LabelSettings:
    """The oracle: any calculator of ASE, made anew for each label.

    calculator: a name that ASE knows (espresso, abinit, gpaw, cp2k, vasp, emt, ...), or "module:Class" of your own; a
        module beside the input is found.
    keywords: of the calculator.
    command: how its program is started, e.g. "mpirun -n 4 pw.x"; by default as ASE's own configuration file says.
    pseudo_dir: of espresso, abinit, aims and exciting; relative to the input.
    timeout: s of wall time for an attempt.
    retries: what to change in `keywords`, in tables within it as well, for a second, third, ... attempt after one
        that did not converge; an empty table tries the same again.
    isolated: whether to label an isolated atom of each element, in a cube of `isolated_cell`, for reference energies.
    isolated_cell: angstrom.
    isolated_keywords: what to change in `keywords` for these: fewer k-points, the atom's own spin.
    stress: whether to ask for the stress.
    """

    calculator: str
    keywords: dict[str, Any] = field(default_factory=dict)
    command: str | None = None
    pseudo_dir: str | None = None
    timeout: float = 3600.0
    retries: tuple[dict[str, Any], ...] = ()
    isolated: bool = False
    isolated_cell: float = 12.0
    isolated_keywords: dict[str, Any] = field(default_factory=dict)
    stress: bool = True

    def __post_init__(self) -> None:
        if not self.timeout > 0 or not self.isolated_cell > 0:
            raise UserError(f"expected timeout, isolated_cell > 0, got {self.timeout}, {self.isolated_cell}")


@dataclass(frozen=True)
class PerturbationSettings:
    """The first labels, before there is a model: the structures as they are, then copies deformed at random, with their
    own elements and with the compositions of the stages in turn.

    count: how many in all.
    strain: largest element of the strain, a fraction.
    volume: largest change of the volume, a fraction.
    displacement: standard deviation of each coordinate of an atom, angstrom; of copy k it is k / count times this,
        so that the first are near to the structures.
    """

    count: int = 20
    strain: float = 0.03
    volume: float = 0.08
    displacement: float = 0.2

    def __post_init__(self) -> None:
        if self.count < 1 or min(self.strain, self.volume, self.displacement) < 0 or max(self.strain, self.volume) >= 1:
            raise UserError(
                "expected count >= 1, 0 <= strain, volume < 1, displacement >= 0, "
                f"got {self.count}, {self.strain}, {self.volume}, {self.displacement}"
            )


@dataclass(frozen=True)
class StageSettings:
    """Where to look, until the committee agrees everywhere there; then comes the next stage.

    Walks start from points of the grid temperatures x pressures, more of them where candidates are frequent.

    temperatures: K; for npt and nvt.
    pressures: GPa; for npt and minimize.
    ensemble: npt, in which the cell keeps the shape that it has at the start, or nvt; "displace" for random
        displacements and strains, without dynamics; "minimize" for the steps of a minimisation of atoms and cell.
    engine: "lammps" or "ase".
    template: LAMMPS input of your own in the place of henrici's, relative to the input; the page on active learning
        lists the variables that it finds defined.
    structures: files in the place of the input's `structures`.
    repeat: of the structures along their cell vectors.
    strain: largest element of a random strain at the start of a walk, a fraction; with "displace", of each look.
    displacement: largest standard deviation of a coordinate, angstrom; for the ensemble displace.
    composition: fractions of elements, e.g. {Cu = 0.75, Au = 0.25}, given at random to all sites at the start of a
        walk; by default the structure's own.
    walks: how many a round.
    steps: of each walk.
    timestep: fs.
    every: steps between two looks at the deviation; each is a configuration explored.
    accept: the stage is done when the candidates of a round are no more than this fraction of what was explored.
    rounds: or after so many rounds.
    """

    temperatures: tuple[float, ...] = (300.0,)
    pressures: tuple[float, ...] = (0.0,)
    ensemble: Literal["npt", "nvt", "displace", "minimize"] = "npt"
    engine: Literal["lammps", "ase"] = "lammps"
    template: str | None = None
    structures: tuple[str, ...] | None = None
    repeat: tuple[int, ...] = (1, 1, 1)
    strain: float = 0.02
    displacement: float = 0.1
    composition: dict[str, float] | None = None
    walks: int = 8
    steps: int = 2000
    timestep: float = 1.0
    every: int = 10
    accept: float = 0.01
    rounds: int = 10

    def __post_init__(self) -> None:
        warm, pressed = all(0 < t < math.inf for t in self.temperatures), all(map(math.isfinite, self.pressures))
        if not self.temperatures or not self.pressures or not warm or not pressed:
            raise UserError(
                f"expected temperatures > 0 and pressures, got {list(self.temperatures)}, {list(self.pressures)}"
            )
        if min(self.walks, self.steps, self.every, self.rounds) < 1 or not self.timestep > 0:
            raise UserError(
                "expected walks, steps, every, rounds >= 1, timestep > 0, "
                f"got {self.walks}, {self.steps}, {self.every}, {self.rounds}, {self.timestep}"
            )
        fractions = (self.composition or {"all": 1.0}).values()
        if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-6:
            raise UserError(f"composition: expected fractions that add up to 1, got {self.composition}")
        if self.template is not None and (self.engine == "ase" or self.ensemble == "displace"):
            raise UserError(
                'template is for LAMMPS: leave it out, or take the engine "lammps" and nvt, npt or minimize'
            )
        if len(self.repeat) != 3 or min(self.repeat) < 1:
            raise UserError(f"repeat: expected three whole numbers >= 1, got {list(self.repeat)}")
        if not 0 <= self.accept < 1 or not 0 <= self.strain < 1 or self.displacement < 0:
            raise UserError(
                "expected 0 <= accept, strain < 1, displacement >= 0, "
                f"got {self.accept}, {self.strain}, {self.displacement}"
            )


@dataclass(frozen=True)
class SelectionSettings:
    """What is labelled: candidates, lower <= max_i eps_i < upper, where eps_i = sqrt(<|F_i - <F_i>|^2>) over the
    committee (Zhang et al., Comput. Phys. Commun. 253, 107206 (2020)); less is accurate, more has failed.

    labels: at most so many a round, far from one another and from those known by the descriptors.
    lower, upper: eV/angstrom; by default they are set each round from the committee's deviations and errors on
        frames that it was not trained on.
    relative: eV/angstrom; eps_i / (|F_i| + relative) is compared in the place of eps_i, for stiff systems, and lower
        and upper are fractions.
    virial: candidates are also those whose largest deviation of a component of the virial is more, eV an atom.
    held_out: so many labels a round go to configurations explored, whatever the deviation; they are never trained on.
    """

    labels: int = 20
    lower: float | None = None
    upper: float | None = None
    relative: float | None = None
    virial: float | None = None
    held_out: int = 2

    def __post_init__(self) -> None:
        if self.labels < 1 or self.held_out < 0:
            raise UserError(f"expected labels >= 1, held_out >= 0, got {self.labels}, {self.held_out}")
        if (self.lower is None) != (self.upper is None):
            raise UserError("expected both lower and upper, or neither")
        if self.lower is not None and self.upper is not None and not 0 < self.lower < self.upper:
            raise UserError(f"expected 0 < lower < upper, got {self.lower}, {self.upper}")
        if any(value is not None and not value > 0 for value in (self.relative, self.virial)):
            raise UserError(f"expected relative, virial > 0, got {self.relative}, {self.virial}")


@dataclass(frozen=True)
class CommitteeSettings:
    """Models that differ by their seeds, trained in each round from where they were, and from new ones at the end.

    models: how many.
    first_steps: of training in the first round.
    steps: in the others.
    final_steps: of the models that the project is for; 0 for none.
    new_weight: of the last round's labels in the loss, those before count 1; in the final training all do.
    """

    models: int = 4
    first_steps: int = 2000
    steps: int = 1000
    final_steps: int = 10000
    new_weight: float = 2.0

    def __post_init__(self) -> None:
        if self.models < 2 or min(self.first_steps, self.steps) < 1 or self.final_steps < 0 or not self.new_weight > 0:
            raise UserError(
                "expected models >= 2, first_steps, steps >= 1, final_steps >= 0, new_weight > 0, "
                f"got {self.models}, {self.first_steps}, {self.steps}, {self.final_steps}, {self.new_weight}"
            )


@dataclass(frozen=True)
class ExecutorSettings:
    """Where jobs run: in processes of this machine, on a Dask cluster, or wherever Parsl runs them.

    workers: processes of this machine, each bound to cores of its own, if there are enough; by default as many as fit.
    cores: of each worker: threads of training and of LAMMPS, and what `command` in [label] may use. On a cluster set
        OMP_NUM_THREADS to the same number where workers start.
    dask: address of a scheduler, "tcp://...".
    parsl: "module:name" of a parsl.Config; a module beside the input is found.
    """

    workers: int | None = None
    cores: int = 1
    dask: str | None = None
    parsl: str | None = None

    def __post_init__(self) -> None:
        if (self.workers is not None and self.workers < 1) or self.cores < 1:
            raise UserError(f"expected workers, cores >= 1, got {self.workers}, {self.cores}")
        if self.dask is not None and self.parsl is not None:
            raise UserError("expected dask or parsl, got both")


@dataclass(frozen=True)
class ProjectSettings:
    """The input of `henrici explore`: what it starts from, who labels, where to look.

    structures: files in any format of ase.io; every frame in them is a start. Paths are relative to the input.
    label: the oracle.
    stage: where to look; several as [[stage]], one after the other.
    perturbation: the first labels.
    selection: what is labelled.
    committee: how the models are trained.
    executor: where jobs run.
    data: labelled files to begin with, as in the input of `henrici train`, in eV and angstrom.
    held_out: labelled files to measure errors on, besides what [selection] holds out.
    potential: tables of the input of `henrici train`: [potential.power_spectrum], [potential.training], ...
    seed: of everything that is random.
    """

    structures: tuple[str, ...]
    label: LabelSettings
    stage: tuple[StageSettings, ...]
    perturbation: PerturbationSettings = field(default_factory=PerturbationSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    committee: CommitteeSettings = field(default_factory=CommitteeSettings)
    executor: ExecutorSettings = field(default_factory=ExecutorSettings)
    data: tuple[str, ...] = ()
    held_out: tuple[str, ...] = ()
    potential: dict[str, Any] = field(default_factory=dict)
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.structures or not self.stage:
            raise UserError("expected at least one file in 'structures' and one [[stage]]")
        if self.seed < 0:
            raise UserError(f"expected seed >= 0, got {self.seed}")
        if not self.held_out and not self.selection.held_out:
            raise UserError("expected files in held_out, or selection.held_out > 0: errors are measured on them")
        parse(PotentialSettings, {**self.potential, "data": {"train": ["labels.xyz"]}}, "potential")
        if taken := {"data", "reference"} & set(self.potential) | {"steps", "seed", "start"} & set(
            self.potential.get("training", {})
        ):
            raise UserError(f"potential: leave out {', '.join(sorted(taken))}, which the project itself decides")

    def resolved(self) -> dict[str, Any]:
        """The input with every default written out."""
        return resolved(self)
