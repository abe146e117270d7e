"""Small models with random parameters, and files of them."""

from pathlib import Path

import torch
from physics import cluster

from trainer import export
from trainer.contract import PotentialMetadata
from trainer.data.settings import DataSettings
from trainer.loop.settings import TrainingSettings
from trainer.potentials import build
from trainer.potentials.potential import Potential
from trainer.potentials.settings import DeepPotSESettings, PotentialSettings

CUTOFF = 4.0
ELEMENTS = ("H", "O")


def untrained(dtype: str, species: int = 2, seed: int = 3) -> Potential:
    """A small DeepPot-SE with random parameters, normalised on a random cluster."""
    settings = PotentialSettings(
        data=(DataSettings(train=("unused",)),),
        deep_pot_se=DeepPotSESettings(cutoff=CUTOFF, embedding=(8, 16), axis=4, fitting=(16, 16), smooth=1.0),
        training=TrainingSettings(seed=seed),
        dtype=dtype,  # type: ignore[arg-type]
    )
    model = build.potential(settings, species)
    sample = [cluster(12, k, species=species).environment(CUTOFF) for k in range(4)]
    environments = [e._replace(displacement=e.displacement.to(model.dtype)) for e in sample]
    build.normalise(model, torch.linspace(-3.0, -7.0, species, dtype=torch.float64), 1.5, environments)
    return model.eval()


def write_model(path: Path, model: Potential) -> Path:
    metadata = PotentialMetadata(
        dtype=str(model.dtype).removeprefix("torch."),
        units={"energy": "eV", "length": "angstrom"},
        species=ELEMENTS,
        cutoff=CUTOFF,
    )
    export.save(build.finished(model), metadata, path)
    return path
