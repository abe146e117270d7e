"""A run folder of a closure: `data` of its record is the folder that `henrici kinetic generate` made."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from kinetic.closure import data
from kinetic.closure.contract import ClosureMetadata, check_closure
from kinetic.closure.hermite import LearnedClosure
from kinetic.closure.task import ClosureTask
from kinetic.settings import CaseSettings
from trainer import export
from trainer.loop import record
from trainer.loop.run import Run
from trainer.sampling import generator


class ClosureRun(Run[CaseSettings]):
    """started with data=folder"""

    kind = ClosureMetadata.kind
    command = "henrici kinetic train"
    schema = CaseSettings

    def begin(self, settings: CaseSettings, given: dict[str, Any]) -> dict[str, Any]:
        folder = Path(given["data"])
        for part in data.read(folder):
            part.halved(settings.closure.halvings)
        return {"files": record.files(sorted(path for path in folder.iterdir() if path.suffix in (".pt", ".json")))}

    def task(self, settings: CaseSettings, known: dict[str, Any]) -> ClosureTask:
        record.unaltered(known["files"])
        training, validation = (part.halved(settings.closure.halvings) for part in data.read(Path(known["data"])))
        return ClosureTask(settings.closure, settings.training, training, validation)

    def model(
        self, settings: CaseSettings, known: dict[str, Any], state: dict[str, Tensor], errors: dict[str, float]
    ) -> tuple[nn.Module, export.Metadata]:
        module = LearnedClosure(settings.closure.order, settings.closure.width, generator(0))
        module.load_state_dict(state)
        module.requires_grad_(False)
        metadata = ClosureMetadata(
            dtype="float64",
            units={"velocity": "sqrt(k_B T / m)", "everything else": "dimensionless"},
            order=settings.closure.order,
            config=known["settings"],
            data={"files": known["files"]},
            domain={f"largest |a_{k + 3}|/sqrt({k + 3}!)": x for k, x in enumerate(module.limit.tolist())},
            validation=errors,
            versions=export.versions() | record.commit(),
        )
        scripted = export.script(module)
        check_closure(scripted, metadata)
        return scripted, metadata
