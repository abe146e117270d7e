"""A run folder of a closure: `data` of its record is the folder that `henrici kinetic generate` made."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from kinetic.autoencoder.functions import untrained
from kinetic.autoencoder.run import load
from kinetic.closure import data
from kinetic.closure.burnett import network as burnett
from kinetic.closure.burnett.task import BurnettTask, check
from kinetic.closure.contract import ClosureMetadata, check_closure
from kinetic.closure.convolutional.network import ConvolutionalClosure
from kinetic.closure.generalised.network import GeneralisedClosure
from kinetic.closure.generalised.task import GeneralisedTask
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.closure.hermite.task import HermiteTask
from kinetic.closure.symmetric import SymmetricClosure
from kinetic.closure.task import ClosureTask
from kinetic.gas import UNITS
from kinetic.settings import CaseSettings
from trainer import export
from trainer.loop import record
from trainer.loop.run import Run
from trainer.sampling import generator


def task(settings: CaseSettings, known: tuple[data.Data, data.Data]) -> ClosureTask:
    """known: data for training and for validation. Raises UserError when there are no such moments."""
    training, validation = (part.halved(settings.closure.halvings) for part in known)
    given = (settings.closure, settings.training, training, validation)
    if training.molecules is not None:
        return BurnettTask(*given)
    if settings.closure.moments is None:
        return HermiteTask(*given)
    return GeneralisedTask(*given, load(Path(settings.closure.moments), settings.closure.order))


class ClosureRun(Run[CaseSettings]):
    """started with data=folder"""

    kind = ClosureMetadata.kind
    command = "henrici kinetic train"
    schema = CaseSettings

    def begin(self, settings: CaseSettings, given: dict[str, Any]) -> dict[str, Any]:
        folder = Path(given["data"])
        training, _ = (part.halved(settings.closure.halvings) for part in data.read(folder))
        if training.molecules is not None:
            check(settings.closure)
            return {"exponent": training.molecules.exponent, "files": data.files(folder)}
        if settings.closure.moments is None:
            return {"files": data.files(folder)}
        path = Path(settings.closure.moments).resolve()
        shape = load(path, settings.closure.order).shape
        moments = {"path": str(path), "shape": shape, "cells": training.knudsen.shape[-1]}
        return {"moments": moments, "files": data.files(folder) + record.files([path])}

    def task(self, settings: CaseSettings, known: dict[str, Any]) -> ClosureTask:
        record.unaltered(known["files"])
        if settings.closure.moments is not None:  # from whatever working folder
            settings = replace(settings, closure=replace(settings.closure, moments=known["moments"]["path"]))
        return task(settings, data.read(Path(known["data"])))

    def model(
        self, settings: CaseSettings, known: dict[str, Any], state: dict[str, Tensor], errors: dict[str, float]
    ) -> tuple[nn.Module, export.Metadata]:
        how, learned, exponent = settings.closure, settings.closure.moments is not None, known.get("exponent")
        order, cells = how.order, known["moments"]["cells"] if how.stencil is not None else None
        module: LearnedClosure | SymmetricClosure | ConvolutionalClosure
        if exponent is not None:
            module = burnett.untrained(order, how.width, generator(0))
        elif not learned:
            module = LearnedClosure(order, how.width, generator(0))
        elif how.stencil is None:
            module = GeneralisedClosure(untrained(*known["moments"]["shape"]), how.width, generator(0))
        else:
            autoencoder = untrained(*known["moments"]["shape"])
            module = ConvolutionalClosure(autoencoder, how.width, how.stencil, generator(0))
        module.load_state_dict(state)
        module.requires_grad_(False)
        limit = module.local.limit if isinstance(module, ConvolutionalClosure) else module.limit
        hermite = exponent is None and not learned
        names = [f"|a_{k}|/sqrt({k}!)" if hermite else f"|b_{k}|" for k in range(3, len(limit) + 3)]
        metadata = ClosureMetadata(
            dtype="float64",
            units=UNITS,
            order=order,
            moments="hermite" if hermite else "learned" if learned else "burnett",
            exponent=exponent,
            cells=cells,
            config=known["settings"],
            data={"files": known["files"]},
            domain={f"largest {name}": x for name, x in zip(names, limit.tolist(), strict=True)},
            validation=errors,
            versions=export.versions() | record.commit(),
        )
        scripted = export.script(module)
        check_closure(scripted, metadata)
        return scripted, metadata
