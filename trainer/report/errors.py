"""Errors of a potential, gathered in one pass: by species, force, composition and file, and the worst frames.

Memory is bounded: sums and histograms are of all labels, scatter plots of a random sample, tables of GROUPS keys.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from ase.units import GPa

from trainer.contract import PotentialMetadata
from trainer.data.fingerprint import Fingerprint, Overlap
from trainer.data.frame import Array, Frame
from trainer.environment import Neighbors
from trainer.errors import UserError
from trainer.potentials.examples import Example, Prediction, batch, example
from trainer.potentials.task import ENERGY, FORCE, STRESS, VIRIAL, Errors, predict, residuals
from trainer.report.frames import FrameError, Group, closest, composition_name, outermost, outlying
from trainer.report.statistics import Largest, LogBins, Reservoir

SAMPLE = 40_000  # points of a scatter plot
GROUPS = 500  # keys of a table; what comes after them is one more, "others"
WORST = 6  # frames, of each quantity
FARTHER = (1e-12, 0.25, 0.5, 1.0)  # extrapolation of trainer.potentials.domain: 0 among what training saw
BATCH_ATOMS = 256  # in one call of the model


@dataclass
class Statistics:
    """All that the page needs. add() takes frames in batches."""

    species: tuple[str, ...]
    overlap: Overlap  # with the training frames
    errors: Errors = field(default_factory=Errors)
    fingerprint: Fingerprint = field(default_factory=Fingerprint)
    frames: int = 0
    atoms: int = 0
    sizes: tuple[int, int] = (2**62, 0)  # atoms of the smallest and largest frame
    labels: dict[str, int] = field(default_factory=dict)  # how many of each
    compositions: dict[str, Group] = field(default_factory=dict)
    files: dict[str, Group] = field(default_factory=dict)

    def __post_init__(self) -> None:
        t = len(self.species)
        self.energy = Reservoir(SAMPLE)  # label, predicted (eV), atoms of each species
        self.components = {name: Reservoir(SAMPLE) for name in (FORCE, VIRIAL, STRESS)}  # label, predicted
        self.distribution = {name: LogBins(1e-6, 1e8, 100) for name in (ENERGY, FORCE, VIRIAL, STRESS)}
        self.magnitude = LogBins(1e-3, 1e4, 5, columns=2)  # of |F|, eV/angstrom: |dF|^2, |F|^2
        self.by_species: Array = np.zeros((t, 5))  # components, squares, absolute values, label squares, largest
        self.normal: Array = np.zeros((t, t + 1))  # of the fit of the labels' energies by composition: A^T A, A^T E
        self.outside: Array = np.zeros((len(FARTHER) + 1, 2))  # atoms by extrapolation: components of forces, squares
        self._worst: dict[str, Largest[FrameError]] = {n: Largest(WORST) for n in (ENERGY, FORCE, VIRIAL)}

    def add(
        self, frames: Sequence[Frame], labels: Example, prediction: Prediction, extrapolation: Array | None = None
    ) -> None:
        """labels, prediction and extrapolation [N], if the model can tell it: of these frames as one graph."""
        for frame in frames:
            self.fingerprint.add(frame)
            self.overlap.add(frame)
        residual = residuals(prediction, labels)
        self.errors.add(residual)
        self.frames += len(frames)
        self.atoms += len(labels.frame)
        atoms = labels.atoms.tolist()
        self.sizes = min(self.sizes[0], *atoms), max(self.sizes[1], *atoms)
        for name, (_, count) in residual.items():
            self.labels[name] = self.labels.get(name, 0) + count
        d = {name: masked(values, known(name, labels)) for name, (values, _) in residual.items()}
        for name, bins in self.distribution.items():
            bins.add(np.abs(d[name][~np.isnan(d[name])]))
        self._add_samples(labels, prediction)
        self._add_forces(labels, d[FORCE])
        if extrapolation is not None:
            self._add_extrapolation(extrapolation, d[FORCE])
        self._add_frames(frames, labels, d, extrapolation)

    def _add_samples(self, labels: Example, prediction: Prediction) -> None:
        t = len(self.species)
        cell = labels.frame * t + labels.environment.species[: len(labels.frame)]
        composition = torch.bincount(cell, minlength=len(labels.atoms) * t).view(-1, t).double().numpy()
        energies = np.column_stack([labels.energy.numpy(), prediction.energy.detach().numpy(), composition])
        energies = energies[~np.isnan(energies[:, 0])]
        self.energy.add(energies)
        self.normal += energies[:, 2:].T @ np.column_stack([energies[:, 2:], energies[:, 0]])
        for name, (label, predicted) in pairs(labels, prediction).items():
            rows = np.column_stack([label.flatten(), predicted.flatten()])
            self.components[name].add(rows[~np.isnan(rows[:, 0])])

    def _add_forces(self, labels: Example, d: Array) -> None:
        """d: [N, 3] meV/angstrom"""
        kept = ~np.isnan(d[:, 0])
        d, force, species = d[kept], labels.forces.double().numpy()[kept], labels.environment.species.numpy()[kept]
        square, label = np.square(d).sum(axis=1), np.square(force).sum(axis=1)
        self.magnitude.add(np.sqrt(label), np.column_stack([square, 1e6 * label]))
        for k in range(len(self.species)):
            of = species == k
            sums = (3 * of.sum(), square[of].sum(), np.abs(d[of]).sum(), 1e6 * label[of].sum())
            self.by_species[k, :4] += sums
            self.by_species[k, 4] = max(self.by_species[k, 4], np.sqrt(square[of].max(initial=0.0)))

    def _add_extrapolation(self, x: Array, d: Array) -> None:
        """x: [N], d: [N, 3] meV/angstrom; nan is no answer, or no label"""
        kept = ~np.isnan(x) & ~np.isnan(d[:, 0])
        k, bins = np.digitize(x[kept], FARTHER), len(self.outside)
        squares = np.bincount(k, weights=np.square(d[kept]).sum(axis=1), minlength=bins)
        self.outside += np.column_stack([3 * np.bincount(k, minlength=bins), squares])

    def _add_frames(
        self, frames: Sequence[Frame], labels: Example, d: dict[str, Array], extrapolation: Array | None
    ) -> None:
        first = np.concatenate([[0], np.cumsum(labels.atoms.numpy())])
        for k, frame in enumerate(frames):
            energy, force, virial = float(d[ENERGY][k]), d[FORCE][first[k] : first[k + 1]], d[VIRIAL][k]
            formula = composition_name(frame.symbols)
            for groups, key in ((self.compositions, formula), (self.files, frame.source.rpartition(", frame ")[0])):
                group = groups.setdefault(key if key in groups or len(groups) < GROUPS else "others", Group())
                group.frames += 1
                if not np.isnan(energy):
                    group.energies += 1
                    group.energy += energy
                    group.energy_squares += energy**2
                if not np.isnan(force[0, 0]):
                    group.forces += force.size
                    group.force_squares += float(np.square(force).sum())
            largest = np.sqrt(np.square(force).sum(axis=1))
            values = {
                ENERGY: abs(energy),
                FORCE: float(largest.max()),
                VIRIAL: float(np.sqrt(np.square(virial).mean())),
            }
            wanted = [n for n, value in values.items() if not np.isnan(value) and self._worst[n].wants(value)]
            if wanted:
                atom = int(largest.argmax())
                record = FrameError(
                    source=frame.source,
                    formula=formula,
                    energy=energy,
                    force=float(np.sqrt(np.square(force).mean())),
                    largest=values[FORCE],
                    atom=atom,
                    symbol=frame.symbols[atom],
                    virial=values[VIRIAL],
                    shortest=closest(labels, k, self.species),
                    farthest=None if extrapolation is None else outermost(extrapolation[first[k] : first[k + 1]]),
                )
                for name in wanted:
                    self._worst[name].add(values[name], record)

    def worst(self) -> list[FrameError]:
        """Frames with the largest errors of energy, force or virial, those that stand out most first."""
        errors = self.errors.values()
        frames = {r.source: r for name in self._worst for r in self._worst[name].records()}
        return sorted(frames.values(), key=lambda r: -max(outlying(r, errors).values(), default=0.0))


def masked(values: torch.Tensor, there: torch.Tensor) -> Array:
    """float64, nan where there is no label"""
    return np.where(there.numpy(), values.detach().numpy(), np.nan)


def known(name: str, labels: Example) -> torch.Tensor:
    """Where there is a label, in the shape of the residual."""
    stress = labels.virial / labels.volume[:, None, None]
    return ~{ENERGY: labels.energy, FORCE: labels.forces, VIRIAL: labels.virial, STRESS: stress}[name].isnan()


def pairs(labels: Example, prediction: Prediction) -> dict[str, tuple[Array, Array]]:
    """Label and prediction as the page shows them: force eV/angstrom, virial eV/atom, stress GPa (tension positive)."""
    atoms, volume = labels.atoms[:, None, None], labels.volume[:, None, None]

    def pair(select: str, factor: torch.Tensor | float) -> tuple[Array, Array]:
        label, predicted = ((getattr(part, select).detach().double() * factor).numpy() for part in (labels, prediction))
        return label, predicted

    return {FORCE: pair("forces", 1.0), VIRIAL: pair("virial", 1 / atoms), STRESS: pair("virial", -1 / volume / GPa)}


def measure(module: Any, metadata: PotentialMetadata, frames: Iterable[Frame]) -> Statistics:
    """Statistics of all frames. Raises UserError naming a frame that the model cannot take."""
    sample = metadata.data.get("sample")
    statistics = Statistics(metadata.species, Overlap(sample if isinstance(sample, str) else ""))
    knows_its_domain = hasattr(module, "extrapolation")
    neighbors, dtype = Neighbors(metadata.cutoff), getattr(torch, metadata.dtype)
    for part in chunks(frames, BATCH_ATOMS):
        labels = batch([example(frame, metadata.species, neighbors, dtype) for frame in part])
        x = module.extrapolation(*labels.environment).double().numpy() if knows_its_domain else None
        prediction = predict(module, labels)
        refuse_infinite(part, labels, prediction)
        statistics.add(part, labels, prediction, x)
    return statistics


def refuse_infinite(frames: Sequence[Frame], labels: Example, prediction: Prediction) -> None:
    """Raises UserError naming the first frame for which the model's answer is not finite."""
    atoms = ~prediction.forces.isfinite().all(1)
    wrong = ~prediction.energy.isfinite() | (torch.bincount(labels.frame[atoms], minlength=len(frames)) > 0)
    if wrong.any():
        source = frames[int(wrong.nonzero()[0])].source
        raise UserError(f"{source}: the model's energy or forces are not finite; leave this frame out, or train anew")


def chunks(frames: Iterable[Frame], atoms: int) -> Iterator[list[Frame]]:
    """Consecutive frames of together `atoms` atoms or a little more."""
    part: list[Frame] = []
    for frame in frames:
        part.append(frame)
        if sum(len(f.symbols) for f in part) >= atoms:
            yield part
            part = []
    if part:
        yield part
