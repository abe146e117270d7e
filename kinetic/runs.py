"""Folders of solutions: a case and what each model says of it, kept after every time, so that a stopped run goes on."""

import contextlib
import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kinetic.flow import Flow
from kinetic.gas import LostGas
from kinetic.models import KINETIC, REFERENCE, closure, dimension
from kinetic.report.figures import fields
from kinetic.report.pages import COLUMNS, comparison_page, solution_page
from kinetic.settings import CaseSettings
from kinetic.solve import Solution, errors, solve
from trainer.errors import UserError
from trainer.files import locked, make_folder, write_atomically
from trainer.loop import checkpoint, record

CASE, LOCK = "case.toml", "lock"


def solve_case(case: Path, folder: Path) -> list[Solution]:
    """Solutions by every model of a case, and folder/solution.html, folder/solution.csv.

    Goes on where an earlier call was stopped. Raises UserError for bad input, and for a folder of another case."""
    settings = read(case)
    flow = settings.build()
    with entered(folder, case):
        solutions = [kept(model, flow, settings, folder) for model in settings.models]
        write_atomically(folder / "solution.csv", profiles_csv(solutions))
        write_atomically(folder / "solution.html", solution_page(settings, solutions, case))
    return solutions


def compare_case(case: Path, folder: Path) -> dict[str, list[list[float]]]:
    """Errors by model against REFERENCE, for each Knudsen number those of rho, m, E and all, and folder/compare.html,
    .csv.

    A model that loses the gas, its temperature or density turning negative, has errors of nan."""
    settings = read(case)
    dimensions = sorted({dimension(model) for model in settings.models})
    if len(dimensions) > 1:
        raise UserError(
            f"compare takes models of one gas, got some of {dimensions[0]} and of {dimensions[1]} dimensions"
        )
    truth = REFERENCE[dimensions[0]]
    flow = settings.build()
    numbers = settings.numbers
    models = [model for model in settings.models if model != truth]
    if not models:
        raise UserError(f"compare takes models beside {truth}, got none")
    table: dict[str, list[list[float]]] = {model: [] for model in models}
    shown = []
    with entered(folder, case):
        for eps in numbers:
            scaled = replace(flow, knudsen=flow.knudsen * (eps / settings.knudsen.low))
            reference = kept(truth, scaled, settings, folder, f"-eps-{eps:g}")
            solutions = [reference]
            for model in models:
                try:
                    found = kept(model, scaled, settings, folder, f"-eps-{eps:g}")
                except LostGas:
                    table[model].append([math.nan] * 4)
                    continue
                table[model].append(errors(found, reference)[0].tolist())
                solutions.append(found)
            shown.append(solutions)
        write_atomically(folder / "compare.csv", errors_csv(numbers, table))
        write_atomically(folder / "compare.html", comparison_page(settings, case, numbers, table, shown))
    return table


def read(case: Path) -> CaseSettings:
    """Raises UserError for bad input, and for a model that there is not: before anything is computed."""
    settings = CaseSettings.read(case)
    for model in settings.models:
        if model not in KINETIC:
            closure(model, molecules=settings.gas)
        if settings.flow.kind == "shock" and dimension(model) != settings.flow.dimension:
            raise UserError(
                f"a shock of dimension = {settings.flow.dimension} is none for {model}, whose gas has "
                f"{dimension(model)}: one case for each"
            )
    return settings


@contextlib.contextmanager
def entered(folder: Path, case: Path) -> Iterator[None]:
    """The folder of one case, alone in it; a folder in which nothing was computed is not left behind."""
    make_folder(folder)
    with locked(folder / LOCK):
        content = case.read_bytes()
        if any(folder.glob("*.pt")) and (folder / CASE).exists() and (folder / CASE).read_bytes() != content:
            raise UserError(f"{folder} holds the solutions of another case; -o names another folder")
        write_atomically(folder / CASE, content)
        try:
            yield
        except UserError:
            if not any(folder.glob("*.pt")):
                (folder / CASE).unlink()
                (folder / LOCK).unlink()
                if not any(folder.iterdir()):
                    folder.rmdir()
            raise


def kept(model: str, flow: Flow, settings: CaseSettings, folder: Path, suffix: str = "") -> Solution:
    """The solution in the folder, completed."""
    name = Path(model).with_suffix("").as_posix().strip("./").replace("/", "-") if model.endswith(".pt") else model
    path = folder / f"{name}{suffix}.pt"
    source = record.files([model])
    known = None
    if path.exists():
        state = checkpoint.load(path)
        if state.pop("source") != source:
            raise UserError(f"{path}: {model} has changed since; remove the file, or name another folder by -o")
        known = Solution(**state)
    fields = ("model", "x", "times", "moments", "state", "cpu", "flagged", "dimension")

    def keep(solution: Solution) -> None:
        checkpoint.save(path, {name: getattr(solution, name) for name in fields} | {"source": source})

    return solve(model, flow, settings.times, settings.solver, known, keep, progress=True)


def profiles_csv(solutions: Sequence[Solution]) -> bytes:
    names = fields(solutions)
    rows: list[Sequence[object]] = [("model", "t", "x", *names)]
    for s in solutions:
        for k, t in enumerate(s.times.tolist()):
            columns = (s.x, *(getattr(s, name)[0, k] for name in names))
            rows += [(s.model, f"{t:g}", *(f"{float(q):.9g}" for q in row)) for row in zip(*columns, strict=True)]
    return written(rows)


def errors_csv(numbers: Sequence[float], table: dict[str, list[list[float]]]) -> bytes:
    rows: list[Sequence[object]] = [("model", "eps", *COLUMNS)]
    for model, found in table.items():
        rows += [(model, f"{e:g}", *(f"{x:.6g}" for x in row)) for e, row in zip(numbers, found, strict=True)]
    return written(rows)


def written(rows: Sequence[Sequence[object]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()
