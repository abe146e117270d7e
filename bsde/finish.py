"""The end of a run: everything together, the file, the page."""

import json
from pathlib import Path

from bsde.export import SolutionRun
from bsde.report import sampled as sampled_report
from bsde.report import trained as trained_report
from bsde.solve import run, sampled, trained
from bsde.solve.settings import TrainedSettings
from bsde.solve.summary import as_table, of_sample, summarise, text
from trainer.files import write_atomically

RESULT, MODEL, PAGE = "result.json", "solution.pt", "solution.html"


def finish(folder: Path) -> None:
    """Prints the answer, and writes result.json, solution.html and, where there are networks, solution.pt.

    Raises UserError when every seed diverged, or u cannot be exported; result.json has the answer then."""
    settings = run.read_settings(folder)
    problem = settings.build()
    wrote = [PAGE, RESULT]
    if isinstance(settings, TrainedSettings):
        seeds = trained.read_seeds(folder)
        found = summarise(problem, settings.method, seeds)
        say(text(problem, found), folder, {"seeds": [seed.table() for seed in seeds], "summary": as_table(found)})
        SolutionRun(folder).export(folder / MODEL)
        page = trained_report.page(settings, problem, found, seeds, folder)
        wrote.insert(0, MODEL)
    else:
        sample, cpu = sampled.read_found(folder)
        found = of_sample(problem, settings.method, sample, cpu)
        say(text(problem, found), folder, {"found": sample.table(), "cpu_s": cpu, "summary": as_table(found)})
        page = sampled_report.page(settings, problem, found, sample)
    write_atomically(folder / PAGE, page)
    print("wrote " + ", ".join(str(folder / name) for name in wrote))


def say(answer: str, folder: Path, document: dict[str, object]) -> None:
    write_atomically(folder / RESULT, json.dumps(document, indent=1).encode())
    print(answer)
