"""The methods without networks: Feynman-Kac, multilevel Monte Carlo, multilevel Picard.

run/pieces.json      what was simulated, piece by piece: a run that was stopped goes on with it
run/result.json      the answer
"""

import json
import time
from pathlib import Path

from bsde.problem import Problem
from bsde.simulation.sampled import Sampled
from bsde.simulation.tally import Tally
from bsde.solve.settings import SampledSettings
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


def read_found(folder: Path) -> tuple[Sampled, float]:
    """The answer, and CPU seconds. Raises UserError when the file is damaged."""
    path = folder / RESULT
    try:
        document = json.loads(path.read_text())
        return Sampled.read(document["found"]), float(document["cpu_s"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read: {error}; remove it, and it is computed again") from None
