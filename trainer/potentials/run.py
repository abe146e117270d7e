"""A run folder of a potential; beside what every run has:

run/data.h5   the frames      run/seen.pt   a sample of their atoms
"""

from typing import Any

from torch import Tensor, nn

from trainer import contract, export
from trainer.environment import Environment
from trainer.loop import checkpoint
from trainer.loop.run import Run
from trainer.potentials import build
from trainer.potentials.preparation import DATA, SEEN, prepare
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.task import PotentialTask


class PotentialRun(Run[PotentialSettings]):
    """What it trains on is in the input alone."""

    kind = contract.PotentialMetadata.kind
    command = "henrici train"
    schema = PotentialSettings
    files = (DATA, SEEN)
    starts_from_file = True

    def task(self, settings: PotentialSettings, known: dict[str, Any]) -> PotentialTask:
        return prepare(settings, known, self.folder)

    def model(
        self, settings: PotentialSettings, known: dict[str, Any], state: dict[str, Tensor], errors: dict[str, float]
    ) -> tuple[nn.Module, export.Metadata]:
        model = build.potential(settings, known["species"])
        model.load_state_dict(state)
        metadata = contract.PotentialMetadata(
            dtype=settings.dtype,
            units={"energy": "eV", "length": "angstrom"},
            species=tuple(known["species"]),
            cutoff=settings.cutoff,
            parameters=settings.parameters,
            config=settings.resolved(),
            data=known["data"],
            domain=known["domain"],
            validation=errors,
            versions=known["versions"],
        )
        scripted = export.script(build.finished(model, Environment(**checkpoint.load(self.folder / SEEN))))
        contract.check_potential(scripted, metadata)
        return scripted, metadata
