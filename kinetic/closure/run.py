"""A run folder of a closure: `data` of its record is the folder that `henrici kinetic generate` made."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from kinetic.autoencoder.functions import untrained
from kinetic.autoencoder.run import load
from kinetic.closure import data
from kinetic.closure.contract import ClosureMetadata, check_closure
from kinetic.closure.generalised.network import GeneralisedClosure
from kinetic.closure.generalised.task import GeneralisedTask
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.closure.hermite.task import HermiteTask
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
        if settings.closure.moments is None:
            return {"files": data.files(folder)}
        path = Path(settings.closure.moments).resolve()
        shape = load(path, settings.closure.order).shape
        return {"moments": {"path": str(path), "shape": shape}, "files": data.files(folder) + record.files([path])}

    def task(self, settings: CaseSettings, known: dict[str, Any]) -> ClosureTask:
        record.unaltered(known["files"])
        training, validation = (part.halved(settings.closure.halvings) for part in data.read(Path(known["data"])))
        given = (settings.closure, settings.training, training, validation)
        if settings.closure.moments is None:
            return HermiteTask(*given)
        return GeneralisedTask(*given, load(Path(known["moments"]["path"]), settings.closure.order))

    def model(
        self, settings: CaseSettings, known: dict[str, Any], state: dict[str, Tensor], errors: dict[str, float]
    ) -> tuple[nn.Module, export.Metadata]:
        order, width, learned = settings.closure.order, settings.closure.width, settings.closure.moments is not None
        module: LearnedClosure | GeneralisedClosure
        if learned:
            module = GeneralisedClosure(untrained(*known["moments"]["shape"]), width, generator(0))
        else:
            module = LearnedClosure(order, width, generator(0))
        module.load_state_dict(state)
        module.requires_grad_(False)
        names = [f"|b_{k}|" if learned else f"|a_{k}|/sqrt({k}!)" for k in range(3, order + 1)]
        metadata = ClosureMetadata(
            dtype="float64",
            units={"velocity": "sqrt(k_B T / m)", "everything else": "dimensionless"},
            order=order,
            moments="learned" if learned else "hermite",
            config=known["settings"],
            data={"files": known["files"]},
            domain={f"largest {name}": x for name, x in zip(names, module.limit.tolist(), strict=True)},
            validation=errors,
            versions=export.versions() | record.commit(),
        )
        scripted = export.script(module)
        check_closure(scripted, metadata)
        return scripted, metadata
