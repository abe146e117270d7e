"""A run folder of an autoencoder: `data` of its record is the folder that `henrici kinetic generate` made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor, nn

from kinetic.autoencoder.functions import Autoencoder, untrained
from kinetic.autoencoder.task import AutoencoderTask
from kinetic.closure import data
from kinetic.gas import UNITS
from kinetic.settings import CaseSettings
from trainer import export
from trainer.errors import UserError
from trainer.loop import record
from trainer.loop.run import Run


@dataclass(frozen=True, kw_only=True)
class MomentsMetadata(export.Metadata):
    """Functions of the peculiar velocity whose moments are learned; `forward`: kinetic.autoencoder.functions."""

    kind: ClassVar[str] = "generalised-moments"

    shape: tuple[int, int, int]  # M, J, width


class AutoencoderRun(Run[CaseSettings]):
    """started with data=folder"""

    kind = MomentsMetadata.kind
    command = "henrici kinetic encode"
    schema = CaseSettings

    def begin(self, settings: CaseSettings, given: dict[str, Any]) -> dict[str, Any]:
        folder = Path(given["data"])
        if data.read(folder)[0].molecules is not None:
            raise UserError(f"{folder}: data of boltzmann, without distributions; learned moments are learned from bgk")
        return {"files": data.files(folder)}

    def task(self, settings: CaseSettings, known: dict[str, Any]) -> AutoencoderTask:
        record.unaltered(known["files"])
        return AutoencoderTask(settings.moments, settings.training, *data.read(Path(known["data"])))

    def model(
        self, settings: CaseSettings, known: dict[str, Any], state: dict[str, Tensor], errors: dict[str, float]
    ) -> tuple[nn.Module, export.Metadata]:
        how = settings.moments
        module = untrained(how.order, how.extra, how.width)
        module.load_state_dict(state)
        metadata = MomentsMetadata(
            dtype="float64",
            units=UNITS,
            shape=(how.order, how.extra, how.width),
            config=known["settings"],
            data={"files": known["files"]},
            validation=errors,
            versions=export.versions() | record.commit(),
        )
        return module.requires_grad_(False), metadata


def load(path: Path, order: int) -> Autoencoder:
    """From a model file. Raises UserError for any other file, and for moments of another order."""
    script, metadata = export.load(path, MomentsMetadata)
    if metadata.shape[0] != order:
        raise UserError(f"{path}: moments of order {metadata.shape[0]}; [closure] wants order = {order}")
    module = untrained(*metadata.shape)
    module.load_state_dict(script.state_dict())
    return module
