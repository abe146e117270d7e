"""Small models with random parameters, and files of them."""

import dataclasses
from pathlib import Path
from typing import Any

import torch
from physics import cluster

from trainer import export
from trainer.contract import PotentialMetadata
from trainer.data.settings import DataSettings
from trainer.loop.settings import TrainingSettings
from trainer.potentials import build
from trainer.potentials.normalise import normalise
from trainer.potentials.potential import Potential
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.term_settings import (
    BehlerParrinelloSettings,
    DeepPotSESettings,
    PowerSpectrumSettings,
    ZBLSettings,
)

CUTOFF = 4.0
SYMBOLS = ("H", "O", "C")
ELEMENTS = SYMBOLS[:2]


POWER_SPECTRUM = PowerSpectrumSettings(cutoff=CUTOFF, channels=8, axis=3, fitting=(16, 16), smooth=1.0)
DEEP_POT_SE = DeepPotSESettings(cutoff=CUTOFF, embedding=(8, 16), axis=4, fitting=(16, 16), smooth=1.0)
SHARED = dataclasses.replace(DEEP_POT_SE, species_embedding=3)
BEHLER_PARRINELLO = BehlerParrinelloSettings(cutoff=CUTOFF, radial=4, angular=2, zeta=(1.0, 4.0), fitting=(16, 16))
LISTED = BehlerParrinelloSettings(  # as n2p2's and RuNNer's users have them
    cutoff=CUTOFF, g2=((0.1, 0.0), (2.0, 1.5)), g4=((0.05, 1, 1), (0.1, -1, 2)), g5=((0.2, -1, 1.5),), fitting=(16,)
)
KINDS: dict[str, dict[str, Any]] = {  # the tables of every kind of potential
    "power_spectrum": {"power_spectrum": POWER_SPECTRUM},
    "deep_pot_se": {"deep_pot_se": DEEP_POT_SE},
    "shared": {"deep_pot_se": SHARED},
    "behler_parrinello": {"behler_parrinello": BEHLER_PARRINELLO},
    "sum": {"deep_pot_se": SHARED, "behler_parrinello": LISTED, "zbl": ZBLSettings(inner=0.5, outer=2.5)},
}


def untrained(
    dtype: str, species: int = 2, seed: int = 3, parameters: tuple[str, ...] = (), kind: str = "deep_pot_se"
) -> Potential:
    """A small potential with random parameters, normalised on a random cluster."""
    settings = PotentialSettings(
        data=(DataSettings(train=("unused",)),),
        training=TrainingSettings(seed=seed),
        parameters=parameters,
        dtype=dtype,  # type: ignore[arg-type]
        **KINDS[kind],
    )
    model = build.potential(settings, SYMBOLS[:species])
    sample = [cluster(12, k, species=species).environment(CUTOFF) for k in range(4)]
    environments = [e._replace(displacement=e.displacement.to(model.dtype)) for e in sample]
    reference = torch.linspace(-3.0, -7.0, species, dtype=torch.float64)
    normalise(model, reference, 1.5, environments, [temperatures(len(e.species), len(parameters)) for e in sample])
    return model.eval()


def temperatures(atoms: int, parameters: int) -> torch.Tensor:
    """[atoms, parameters] of different size, different for every atom"""
    random = torch.Generator().manual_seed(atoms)
    spread = 300.0 * (1.0 + torch.arange(parameters, dtype=torch.float64))
    return 1000.0 + spread * torch.randn(atoms, parameters, generator=random, dtype=torch.float64)


def write_model(path: Path, model: Potential, parameters: tuple[str, ...] = ()) -> Path:
    metadata = PotentialMetadata(
        dtype=str(model.dtype).removeprefix("torch."),
        units={"energy": "eV", "length": "angstrom"},
        species=ELEMENTS,
        cutoff=CUTOFF,
        parameters=parameters,
    )
    export.save(build.finished(model), metadata, path)
    return path
