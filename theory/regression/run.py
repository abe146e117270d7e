"""A run folder of a regression."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

from torch import Tensor, nn

from theory.regression.data import Sample, read_pair
from theory.regression.gap import gap
from theory.regression.models.regressor import Regressor
from theory.regression.settings import RegressionSettings
from theory.regression.task import RegressionTask
from trainer import export
from trainer.loop import processes, record
from trainer.loop.run import MODEL, Run


@dataclass(frozen=True, kw_only=True)
class RegressorMetadata(export.Metadata):
    """A function R^d -> R: forward(x [n, d]) -> [n, 1]."""

    kind: ClassVar[str] = "regressor"

    dim: int


class RegressionRun(Run[RegressionSettings]):
    """What it trains on is in the input alone."""

    kind = RegressorMetadata.kind
    command = "henrici theory train"
    schema = RegressionSettings

    def begin(self, settings: RegressionSettings, given: dict[str, Any]) -> dict[str, Any]:
        where = Path(given["input_folder"])
        x = samples(settings, where)[0].x
        domain = {"min": x.min(0).tolist(), "max": x.max(0).tolist()}
        files = record.files([where / settings.train, where / settings.test])
        return {"dim": x.shape[1], "domain": domain, "files": files}

    def task(self, settings: RegressionSettings, known: dict[str, Any]) -> RegressionTask:
        record.unaltered(known["files"])
        return task(settings, *samples(settings, Path(known["input_folder"])))

    def model(
        self,
        settings: RegressionSettings,
        known: dict[str, Any],
        state: dict[str, Tensor],
        errors: dict[str, float],
    ) -> tuple[nn.Module, export.Metadata]:
        module: nn.Module = settings.model.build(known["dim"], settings.training.seed).to(settings.torch_dtype)
        module.load_state_dict(state)
        metadata = RegressorMetadata(
            dtype=settings.dtype,
            units={},
            dim=known["dim"],
            config=known["settings"],
            data={"files": known["files"]},
            domain=known["domain"],
            validation=errors,
            versions=export.versions() | record.commit(),
        )
        return cast(Regressor, module).finished().requires_grad_(False), metadata

    def advance(self) -> bool:
        """At the end says what is known of the errors, too."""
        done = super().advance()
        if done and processes.rank() == 0:
            settings, known = self.recorded()
            module, _ = export.load(self.folder / MODEL, RegressorMetadata)
            processes.say(str(gap(module, *samples(settings, Path(known["input_folder"])))))
        return done


def samples(settings: RegressionSettings, where: Path) -> tuple[Sample, Sample]:
    return read_pair(where / settings.train, where / settings.test)


def task(settings: RegressionSettings, train: Sample, test: Sample) -> RegressionTask:
    """Untrained, as `settings` describe it."""
    module = settings.model.build(train.x.shape[1], settings.training.seed)
    module.to(device=processes.device(settings.training.device), dtype=settings.torch_dtype)
    return RegressionTask(module, train, test, settings.penalty, settings.training.batch, settings.training.seed)
