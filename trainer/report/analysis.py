"""One trajectory in one pass: structure, motion, and what else its frames say, with error bars from the same blocks."""

from collections.abc import Iterable
from dataclasses import dataclass

import ase.units
import numpy as np
from ase.data import atomic_masses, atomic_numbers

from trainer.data.frame import Array
from trainer.errors import UserError
from trainer.report.blocks import LENGTH, Estimate, block_means, estimate, inefficiency, number_of_blocks
from trainer.report.diffusion import Mobility, Paths
from trainer.report.structure import WIDTH, PairCurves, Structure, half_height
from trainer.report.trajectory import Snapshot, Source

GRAMS_PER_CM3 = 1e-6 * ase.units.m**3 / (1e-3 * ase.units.kg)  # of 1 u/angstrom^3
FEWEST = 8  # frames
UNITS = {"density": "g/cm³", "temperature": "K", "potential energy": "eV/atom"}


@dataclass(frozen=True)
class Analysis:
    """Of one trajectory. Times are in frames where dt is None."""

    source: Source
    symbols: tuple[str, ...]
    frames: int
    dt: float | None  # ps from one frame to the next
    inefficiency: float  # frames; of the slowest quantity
    blocks: int
    species: tuple[str, ...]
    pairs: dict[str, PairCurves]  # by name, "H–O"
    mobility: dict[str, Mobility | None]  # by species
    followed: bool  # whether frames are close enough in time to follow the atoms
    series: dict[str, Array]  # by name, see UNITS
    means: dict[str, Estimate]

    @property
    def short(self) -> bool:
        """Whether the blocks are shorter than error bars need."""
        return self.frames < LENGTH * self.inefficiency * self.blocks

    def time(self, frames: float) -> float:
        return frames if self.dt is None else frames * self.dt

    @property
    def time_unit(self) -> str:
        return "frames" if self.dt is None else "ps"


def analyse(source: Source, frames: Iterable[tuple[tuple[str, ...], Snapshot]], distance: float) -> Analysis:
    """frames: of the source; too few raise UserError. distance: angstrom, up to which g(r) goes if the cell allows."""
    structure: Structure | None = None
    series: dict[str, list[float]] = {}
    times: list[float | None] = []
    for symbols, snapshot in frames:
        if structure is None:
            masses = atomic_masses[[atomic_numbers[s] for s in known(symbols, source)]]
            structure = Structure(symbols, min(distance, half_height(snapshot.cell)))
            paths = Paths(structure.number, masses)
        structure.add(snapshot.positions, snapshot.cell)
        paths.add(snapshot.positions, snapshot.cell)
        times.append(snapshot.time)
        density = GRAMS_PER_CM3 * float(masses.sum()) / abs(float(np.linalg.det(snapshot.cell)))
        for name, value in {"density": density, **snapshot.scalars}.items():
            series.setdefault(name, []).append(value)
    if structure is None or len(times) < FEWEST:
        skipped = f" after {source.skip} that were skipped" if source.skip else ""
        raise UserError(f"{source.path}: {len(times)} frames{skipped}, expected at least {FEWEST}")
    if not structure.pairs or structure.reach < WIDTH:
        raise UserError(f"{source.path}: expected two atoms or more, in a cell wider than {2 * WIDTH} angstrom")
    complete = {name: np.array(values) for name, values in series.items() if len(values) == len(times)}
    g = max(structure.inefficiency(), *(inefficiency(values) for values in complete.values()))
    blocks = number_of_blocks(len(times), g)
    return Analysis(
        source=source,
        symbols=symbols,
        frames=len(times),
        dt=interval(times) if source.dt is None else source.dt,
        inefficiency=g,
        blocks=blocks,
        species=structure.species,
        pairs=dict(zip(structure.names(), structure.curves(blocks), strict=True)),
        mobility=dict(zip(structure.species, paths.mobility(structure.number), strict=True)),
        followed=paths.followed,
        series=complete,
        means={name: estimate(block_means(values, blocks)) for name, values in complete.items()},
    )


def known(symbols: tuple[str, ...], source: Source) -> tuple[str, ...]:
    """Raises UserError for what is no element."""
    unknown = sorted({s for s in symbols if s not in atomic_numbers})
    if unknown:
        raise UserError(f"{source.path}: {', '.join(unknown)}: no such element; see --types")
    return symbols


def interval(times: list[float | None]) -> float | None:
    """ps between frames that are equally far apart; None where the file has no times."""
    t = np.array(times, dtype=float)
    step = np.diff(t)
    return float(step.mean()) if np.isfinite(t).all() and step.min() > 0 and np.ptp(step) < 1e-3 * step.mean() else None
