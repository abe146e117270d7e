"""What is odd enough about a data set to be said before a training too, in plain words."""

from collections.abc import Iterable, Iterator, Mapping

from ase.data import atomic_numbers, covalent_radii

from trainer.data.fingerprint import Overlap
from trainer.data.frame import Frame
from trainer.data.store import Frames

OVERLAP, APART = 0.5, 1.4  # angstrom; times the sum of the covalent radii: see lengths
NOBLE = ("He", "Ne", "Ar", "Kr", "Xe", "Rn")


def lengths(shortest: Mapping[str, float]) -> Iterator[str]:
    """shortest: angstrom, of each pair of species, as {"H-O": .93}.

    In molecules, crystals and liquids some pair of atoms is bound, noble gases apart: at the sum of its covalent radii
    (Cordero et al., Dalton Trans. 2832, 2008), give or take a third; bohr taken for angstrom are 1.89 times as much."""
    for pair, r in shortest.items():
        if r < OVERLAP:
            yield f"{pair} only {r:.3f} angstrom apart: overlapping atoms, or another length_unit?"
    kinds = {pair: [kind for kind in pair.split("-") if kind in atomic_numbers] for pair in shortest}
    bound = {
        pair: shortest[pair] / sum(covalent_radii[atomic_numbers[kind]] for kind in two)
        for pair, two in kinds.items()
        if len(two) == 2 and not set(two) & set(NOBLE)
    }
    closest = min(bound, key=lambda pair: bound[pair], default=None)
    if closest is not None and bound[closest] > APART:
        yield (
            f"no atoms are bound: {closest}, {shortest[closest]:.3f} angstrom apart, are at {bound[closest]:.2f} times "
            'the sum of their covalent radii: another length_unit, such as "bohr"?'
        )


def labels(frames: Frames) -> Iterator[str]:
    """Which are there at all."""
    if not frames.labels["energy"].any():
        yield "no energies: a model would not know them, nor can forces be checked; or name their key in [data]: energy"
    if not frames.labels["forces"].any():
        yield "no forces: energies alone need far more frames; or name their key in [data]: forces"


def overlap(sample: str, held: Iterable[Frame]) -> Iterator[str]:
    """Which frames for validation are trained on too. sample: of the others, as trainer.data.fingerprint makes it."""
    known = Overlap(sample)
    for frame in held:
        known.add(frame)
    checked, found = known.count
    if found:
        yield (
            f"of {checked:,} frames to validate on that could be looked up, {found:,} are among those to train on: "
            "errors on others are larger"
        )
