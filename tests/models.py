"""Small models with random parameters, and files of them."""

from pathlib import Path

import torch
from physics import cluster

from trainer import export
from trainer.contract import PotentialMetadata
from trainer.data.settings import DataSettings
from trainer.loop.settings import TrainingSettings
from trainer.potentials import build
from trainer.potentials.normalise import normalise
from trainer.potentials.potential import Potential
from trainer.potentials.settings import DeepPotSESettings, PotentialSettings

CUTOFF = 4.0
SYMBOLS = ("H", "O", "C")
ELEMENTS = SYMBOLS[:2]


def untrained(dtype: str, species: int = 2, seed: int = 3, parameters: tuple[str, ...] = ()) -> Potential:
    """A small DeepPot-SE with random parameters, normalised on a random cluster."""
    settings = PotentialSettings(
        data=(DataSettings(train=("unused",)),),
        deep_pot_se=DeepPotSESettings(cutoff=CUTOFF, embedding=(8, 16), axis=4, fitting=(16, 16), smooth=1.0),
        training=TrainingSettings(seed=seed),
        parameters=parameters,
        dtype=dtype,  # type: ignore[arg-type]
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


def write_model(path: Path, model: Potential) -> Path:
    metadata = PotentialMetadata(
        dtype=str(model.dtype).removeprefix("torch."),
        units={"energy": "eV", "length": "angstrom"},
        species=ELEMENTS,
        cutoff=CUTOFF,
    )
    export.save(build.finished(model), metadata, path)
    return path
