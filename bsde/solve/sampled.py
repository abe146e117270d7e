"""The methods without networks: Feynman-Kac, multilevel Monte Carlo, multilevel Picard.

run/pieces.json      what was simulated, piece by piece: a run that was stopped goes on with it
run/result.json      the answer
run/solution.html    the page
"""

import json
import time
from pathlib import Path

from bsde.problem import Problem
from bsde.report.sampled import page
from bsde.simulation.sampled import Sampled
from bsde.simulation.tally import Tally
from bsde.solve.settings import SampledSettings
from bsde.solve.summary import as_table, of_sample, text
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.loop import processes

PIECES, RESULT = "pieces.json", "result.json"


def check(settings: SampledSettings, problem: Problem) -> None:
    """Raises UserError where the method is not for the problem."""
    settings.sampler.check(problem)


def advance(settings: SampledSettings, problem: Problem, folder: Path) -> bool:
    """To the end, unless it has been there."""
    if not (folder / RESULT).exists():
        began = time.process_time()
        found = settings.sampler.solve(problem, Tally(folder / PIECES))
        document = {"found": found.table(), "cpu_s": time.process_time() - began}
        if processes.rank() == 0:
            write_atomically(folder / RESULT, json.dumps(document, indent=1).encode())
    return True


def finish(settings: SampledSettings, problem: Problem, folder: Path) -> None:
    """Prints the answer, and writes result.json and solution.html."""
    path = folder / RESULT
    try:
        document = json.loads(path.read_text())
        found = Sampled.read(document["found"])
        cpu = float(document["cpu_s"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read: {error}; remove it, and it is computed again") from None
    summary = of_sample(problem, settings.method, found, cpu)
    write_atomically(path, json.dumps(document | {"summary": as_table(summary)}, indent=1).encode())
    print(text(problem, summary))
    write_atomically(folder / "solution.html", page(settings, problem, summary, found))
    print(f"wrote {folder / 'solution.html'}, {path}")
