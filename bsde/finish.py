"""The end of a run: all seeds together, the file, the page."""

import json
from pathlib import Path

from bsde.export import SolutionRun
from bsde.report.page import page
from bsde.solve import run
from bsde.solve.summary import as_table, summarise, text
from trainer.files import write_atomically


def finish(folder: Path) -> None:
    """Prints the answer, and writes result.json, solution.pt and solution.html.

    Raises UserError when every seed diverged, or u cannot be exported; result.json has the answer then."""
    settings = run.read_settings(folder)
    seeds, problem = run.read_seeds(folder), settings.build()
    found = summarise(problem, seeds)
    document = {"seeds": [seed.table() for seed in seeds], "summary": as_table(found)}
    write_atomically(folder / run.RESULT, json.dumps(document, indent=1).encode())
    print(text(problem, found))
    SolutionRun(folder).export(folder / "solution.pt")
    write_atomically(folder / "solution.html", page(settings, found, seeds, folder))
    print(f"wrote {folder / 'solution.pt'}, {folder / 'solution.html'}, {folder / run.RESULT}")
