"""LAMMPS with a potential of either side: a short training, which change no time, and 64 H2O to move."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import ase.io
from ase import Atoms

from comparison import ours, peer
from comparison.lammps_run import Program
from comparison.peer import Precision
from trainer.data.read import read
from trainer.data.settings import DataSettings

TRAINED = 1000  # steps: after 300, the peer's water blew up within 400 steps of MD


@dataclass(frozen=True)
class Programs:
    """water: DeePMD-kit's data; folder: of models and runs; venv: the peer's, or None for our side alone."""

    water: Path
    folder: Path
    venv: Path | None

    @property
    def atoms(self) -> Atoms:
        """The first frame of data_3, equilibrated water."""
        frame = next(read(["data_3"], DataSettings(train=("data_3",)), self.water))
        return Atoms(frame.symbols, positions=frame.positions, cell=frame.cell, pbc=frame.pbc)

    @property
    def data(self) -> Path:
        """The same as LAMMPS reads it."""
        path = self.folder / "water.data"
        if not path.exists():
            ase.io.write(path, self.atoms, format="lammps-data", specorder=["O", "H"], masses=True)
        return path

    def our_model(self, precision: Precision = "float32", seed: int = 1) -> Path:
        return ours.model(
            self.folder / f"henrici-{precision}-{seed}", ours.settings(self.water, TRAINED, seed, precision)
        )

    def peer_models(self, precision: Precision = "float32") -> dict[str, Path]:
        """Frozen and compressed; none without the peer."""
        if not self.venv:
            return {}
        configuration = peer.settings(self.water, TRAINED, precision=precision)
        frozen, compressed = peer.models(self.venv, self.folder / f"deepmd-{precision}", configuration)
        return {"frozen": frozen, "compressed": compressed}

    def henrici(self, models: list[Path], options: str = "") -> Program:
        style = f"pair_style henrici {' '.join(map(str, models))} {options}\npair_coeff * * O H"
        return Program(ours.BIN / "lmp", style)

    def deepmd(self, models: list[Path], options: str = "", environment: Mapping[str, str] | None = None) -> Program:
        assert self.venv
        style = f"pair_style deepmd {' '.join(map(str, models))} {options}\npair_coeff * * O H"
        return Program(self.venv / "bin" / "lmp", style, environment or {})

    def both(self) -> dict[str, Program]:
        """One float32 model of either side, the peer's compressed."""
        sides = {"henrici": self.henrici([self.our_model()])}
        if self.venv:
            sides["deepmd"] = self.deepmd([self.peer_models()["compressed"]])
        return sides

    def variants(self, precision: Precision) -> dict[str, Program]:
        """Ours, and all of the peer's ways to be fast."""
        sides = {"henrici": self.henrici([self.our_model(precision)])}
        for kind, path in self.peer_models(precision).items():
            sides[kind] = self.deepmd([path])
            sides[f"{kind}, allocator tuned"] = replace(sides[kind], environment=peer.TUNED_ALLOCATOR)
        return sides
