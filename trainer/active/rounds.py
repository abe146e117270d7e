"""The phases of a round, and the rounds of a project one after the other."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from trainer.active import committee, select, stages
from trainer.active.jobs import isolated
from trainer.active.labelling import label
from trainer.active.labelling.labels import HELD_OUT, ISOLATED, TRAIN, labelled, write_frames
from trainer.active.measure import measure
from trainer.active.project import LABELS, Project
from trainer.active.settings import ProjectSettings
from trainer.active.stages import Place
from trainer.active.structures import from_json, read_labelled, read_structures, to_json
from trainer.active.walks import perturb, walk
from trainer.errors import UserError
from trainer.settings import resolved

Json = dict[str, Any]
POOL = 20  # candidates that walks keep, for each label of a round
GIVEN = 300  # frames of `data` that candidates are compared with
SAMPLE = 4  # configurations explored that each walk offers to be held out
EDGES = np.geomspace(1e-3, 1e2, 101)  # eV/angstrom, or relative: of the histogram of deviations


def check(settings: ProjectSettings, inputs: Path) -> None:
    """Raises UserError, before anything is started, for what would fail later."""
    if settings.executor.dask is None and settings.executor.parsl is None:
        label.check(settings.label, inputs)  # programs of other machines: the first label says that they are not there
    first, data, _ = (
        read_structures(settings.structures, inputs),
        *(read_labelled(files, inputs) for files in (settings.data, settings.held_out)),
    )
    copies = settings.perturbation.count - len(first)
    labels = [atoms for atoms, _ in perturb.originals(first, copies, settings.seed, compositions(settings))]
    known = {symbol for atoms in [*first, *labels, *data] for symbol in atoms.symbols}
    for stage in settings.stage:
        walk.check(stage, inputs, read_structures(stage.structures, inputs) if stage.structures else first, known)


def run(project: Project) -> None:
    """All rounds, and what comes after them."""
    label_first(project)
    for round in count(1):
        found = {n: result for n, result in project.journal.results("explore").items() if n < round}
        place = stages.place(project.settings, found)
        if place.number == len(project.settings.stage):
            break
        advance(project, round, place)
    finish(project, round)


def advance(project: Project, round: int, place: Place) -> None:
    """Round 1, 2, ..."""
    models = committee.trained(project, round)
    measured = measured_phase(project, round, models)
    explore(project, round, place, models, measured)
    chosen = choose(project, round, models, measured)
    label_all(project, round, chosen)
    project.phase(round, "calibrate", lambda: calibration(project, round, models))


def label_first(project: Project) -> None:
    """Round 0: the structures, perturbed; of these, as many held out as in any round, and copies before originals: a
    crystal at rest has no forces to be right about."""
    settings = project.settings
    structures = read_structures(settings.structures, project.inputs)
    frames = perturb.perturbed(structures, settings.perturbation, settings.seed, compositions(settings))
    random = np.random.default_rng([settings.seed, 0])
    order = sorted(random.permutation(len(frames)).tolist(), key=lambda k: k < len(structures))
    apart = order[: min(settings.selection.held_out, len(frames) // 2)]
    wanted = [(to_json(atoms), HELD_OUT if k in apart else TRAIN) for k, atoms in enumerate(frames)]
    if settings.label.isolated:
        wanted += [(to_json(atoms), ISOLATED) for atoms in label.isolated_atoms(structures, settings.label)]
    label_all(project, 0, wanted)


def compositions(settings: ProjectSettings) -> list[dict[str, float]]:
    """Those that stages walk with, each once."""
    asked = [stage.composition for stage in settings.stage if stage.composition]
    return [c for k, c in enumerate(asked) if c not in asked[:k]]


def label_all(project: Project, round: int, wanted: Sequence[tuple[Json, str]]) -> None:
    """The phase "label". wanted: structures, and their use.

    Raises UserError when none of them is good, or none that the first training needs; they are tried again when the
    project is started again."""

    def work() -> Json:
        told = {"label": resolved(project.settings.label), "input_folder": str(project.inputs)}
        folder = project.round(round) / "labels"
        folders = [
            isolated.prepare(folder / f"{k:04d}", {"structure": structure, **told})
            for k, (structure, _) in enumerate(wanted)
        ]
        outcomes = project.jobs(round, "label", label.job, folders)
        good = [k for k, outcome in enumerate(outcomes) if "failed" not in outcome]
        fit = [k for k in good if round or project.settings.data or wanted[k][1] == TRAIN]
        if wanted and not fit:
            project.forget(folders)
            why = next(outcome["failed"] for outcome in outcomes if "failed" in outcome)
            raise UserError(f"none of the {len(wanted)} labels of round {round} can be trained on: {why}")
        for k in good:
            atoms = from_json(outcomes[k]["structure"])
            keys = {"job": project.name(folders[k]), "round": round, "use": wanted[k][1]}
            project.journal.add_label(atoms, keys | numbers(atoms.info), outcomes[k]["level"])
        write_frames(project.folder / LABELS, labelled(project.journal, TRAIN, round + 1))
        held_out = sum(wanted[k][1] == HELD_OUT for k in good)
        return {"labels": len(good), "failed": len(wanted) - len(good), "held_out": held_out}

    project.phase(round, "label", work)


def numbers(info: Json) -> Json:
    """What a structure is known for, as ase.db keeps it."""
    return {name: value for name, value in info.items() if isinstance(value, int | float)}


def measured_phase(project: Project, round: int, models: Sequence[Path]) -> Json:
    """The phase "measure": errors on what is held out, and from them what the committee is asked to find."""

    def work() -> Json:
        table = measure(models, held_out(project, round), project.settings.selection.relative).table()
        bounds = select.bounds(project.settings.selection, table["deviation"], table["error"], table["typical_force"])
        return table | {"lower": bounds.lower, "upper": bounds.upper}

    return project.phase(round, "measure", work)


def held_out(project: Project, round: int) -> list[Atoms]:
    """Labelled structures that no training sees, as of a round."""
    given = read_labelled(project.settings.held_out, project.inputs)
    return [*given, *labelled(project.journal, HELD_OUT, round)]


def explore(project: Project, round: int, place: Place, models: Sequence[Path], bounds: Json) -> None:
    """The phase "explore": walks, each in a folder of its own."""
    stage, settings = project.settings.stage[place.number], project.settings

    def work() -> Json:
        random = np.random.default_rng([settings.seed, round])
        points = stages.walks(stage, place.found, random)
        structures = read_structures(stage.structures or settings.structures, project.inputs)
        folders = []
        for k, point in enumerate(points):
            told = {
                "structure": to_json(structures[(round + k) % len(structures)]),
                "models": [str(model) for model in models],
                "stage": resolved(stage),
                "template": str(project.inputs / stage.template) if stage.template else None,
                "temperature": point.temperature,
                "pressure": point.pressure,
                "seed": int(random.integers(1, 2**31 - 1)),
                "lower": bounds["lower"],
                "upper": bounds["upper"],
                "relative": settings.selection.relative,
                "virial": settings.selection.virial,
                "keep": -(-POOL * settings.selection.labels // stage.walks),
                "sample": SAMPLE,
                "threads": settings.executor.cores,
            }
            folders.append(isolated.prepare(project.round(round) / "walks" / f"{k:03d}", told))
        outcomes = project.jobs(round, "walk", walk.job, folders)
        if all(outcome["explored"] == 0 for outcome in outcomes):
            project.forget(folders)
            raise UserError(f"no walk of round {round} came to a first look: {outcomes[0]['ended']}")
        result = stages.counted(points, outcomes)
        deviations = np.concatenate([np.load(folder / walk.DEVIATIONS)[:, 0] for folder in folders])
        counts, _ = np.histogram(np.clip(np.nan_to_num(deviations, nan=np.inf), EDGES[0], EDGES[-1]), EDGES)
        return {"stage": place.number, **result, "edges": EDGES.tolist(), "counts": counts.tolist()}

    project.phase(round, "explore", work)


def choose(project: Project, round: int, models: Sequence[Path], bounds: Json) -> list[tuple[Json, str]]:
    """The phase "select": structures to label, and what for."""

    def work() -> Json:
        folders = sorted((project.round(round) / "walks").iterdir())
        candidates = [s for folder in folders for s in walk.structures(folder / walk.CANDIDATES)]
        given = read_structures(project.settings.data, project.inputs)
        known = labelled(project.journal, TRAIN, round) + given[:: -(-len(given) // GIVEN) or 1]
        chosen = select.choose([from_json(s) for s in candidates], known, models[0], project.settings.selection.labels)
        seen = [s for folder in folders for s in walk.structures(folder / walk.SAMPLE)]
        sane = [s for s in seen if s["info"]["deviation"] < bounds["upper"]]
        order = np.random.default_rng([project.settings.seed, round, 1]).permutation(len(sane))
        apart = [sane[k] for k in order[: project.settings.selection.held_out]]
        return {"chosen": [candidates[k] for k in chosen], HELD_OUT: apart}

    result = project.phase(round, "select", work)
    return [(s, TRAIN) for s in result["chosen"]] + [(s, HELD_OUT) for s in result[HELD_OUT]]


def calibration(project: Project, round: int, models: Sequence[Path]) -> Json:
    """What the deviations of the structures labelled last were worth."""
    new = [row.toatoms() for use in (TRAIN, HELD_OUT) for row in project.journal.labels(use=use, round=round)]
    errors = measure(models, new, project.settings.selection.relative)
    return {"deviation": errors.deviation, "error": errors.error} | select.calibrate(
        errors.deviation, errors.error, len(models)
    )._asdict()


def finish(project: Project, round: int) -> None:
    """The models that the project is for, and the phase "final": what they are worth."""
    models = committee.final(project, round)
    project.phase(round, "final", lambda: measure(models, held_out(project, round), None).table())
