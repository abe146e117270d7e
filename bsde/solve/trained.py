"""The methods with networks: several seeds, each trained and evaluated.

run/seed-1/, ...              one training each, as the loop writes it; backward methods have a folder for every step
run/result.json               what each seed said, and all of them together
"""

import dataclasses
import json
import time
from pathlib import Path

import torch
from torch import nn

from bsde.problem import Problem
from bsde.scripting import scripted
from bsde.simulation.approximation import of_network
from bsde.solve.bounds import check_near
from bsde.solve.estimate import estimate
from bsde.solve.seeds import Seed
from bsde.solve.settings import TrainedSettings
from bsde.solve.training import Training
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.loop import checkpoint, processes
from trainer.loop.loop import CHECKPOINT, Diverged, Loop

RESULT, CPU = "result.json", "cpu_s"


def check(settings: TrainedSettings, problem: Problem) -> None:
    """Raises UserError where the method is not for the problem, `near` is wrong, or u could not be exported."""
    if problem.has_obstacle and settings.method == "deep-bsde":
        who = type(problem).__name__
        raise UserError(f"{who} has an obstacle: expected method dbdp1, dbdp2 or deep-splitting, got deep-bsde")
    check_near(problem)
    training = Training(settings, problem, settings.training.seed)
    scripted(training.whole([training.network()] * len(training.stages)).cpu(), problem, settings.training.torch_dtype)


def advance(settings: TrainedSettings, problem: Problem, folder: Path) -> bool:
    """Every seed that has no result yet; False when asked to stop."""
    first = settings.training.seed
    return all(one_seed(settings, problem, folder, first + k) for k in range(settings.training.seeds))


def one_seed(settings: TrainedSettings, problem: Problem, folder: Path, number: int) -> bool:
    """Train and evaluate, or find that it was done before; False when asked to stop."""
    known = read_seeds(folder)
    if any(seed.number == number for seed in known):
        return True
    where = folder / f"seed-{number}"
    where.mkdir(exist_ok=True)
    processes.wait()
    before = spent(where) - time.process_time()
    training = Training(settings, problem, number)
    processes.say(f"seed {number}; residual: root mean square of what u and Z leave unexplained, over the spread of g")
    try:
        module = trained(training, where)
        if module is None:
            if processes.rank() == 0:
                write_atomically(where / CPU, f"{before + time.process_time()}".encode())
            return False
        found = evaluated(training, module)
    except Diverged as error:
        found = Seed(number, None, str(error), 0.0)
    cpu = float(processes.total(torch.tensor(before + time.process_time(), dtype=torch.float64)))
    found = dataclasses.replace(found, cpu=cpu)
    if processes.rank() == 0:
        seeds = [s.table() for s in (*known, found)]
        write_atomically(folder / RESULT, json.dumps({"seeds": seeds}, indent=1).encode())
    processes.wait()
    processes.say(f"seed {number}: {found.words()}")
    return True


def spent(where: Path) -> float:
    """CPU seconds of this seed's earlier sessions, those that were killed apart."""
    return float((where / CPU).read_text()) if (where / CPU).exists() and processes.rank() == 0 else 0.0


def trained(training: Training, where: Path) -> nn.Module | None:
    """Every stage in its folder, from where it was left; None when asked to stop."""
    modules: list[nn.Module] = []
    reports = 20 if len(training.stages) == 1 else 2
    for k, name in enumerate(training.stages):
        task = training.task(k, modules[-1] if modules else None)
        folder = where / name
        folder.mkdir(exist_ok=True)
        processes.wait()
        loop = Loop.entered(task, training.settings.training.loop(training.number, reports), folder)
        if not loop.finished and name != ".":
            processes.say(f"{name} of {len(training.stages)}")
        if not loop.run():
            return None
        modules.append(loop.averaged)
    return training.whole(modules)


def evaluated(training: Training, module: nn.Module) -> Seed:
    """What a trained network says."""
    start = training.starts.center.to(training.device)
    approximation = of_network(training.problem, module)
    result = estimate(training.problem, approximation, start, training.settings.value, training.number, training.unit)
    if not torch.isfinite(torch.tensor([result.fine.value, result.fine.error])).all():
        raise Diverged("the expectation along the linearised paths is not finite: lower learning_rate, or more steps")
    return Seed(training.number, result, "", 0.0)


def read_seeds(folder: Path) -> list[Seed]:
    """What the seeds have said so far. Raises UserError when the file is damaged."""
    path = folder / RESULT
    if not path.exists():
        return []
    try:
        return [Seed.read(table) for table in json.loads(path.read_text())["seeds"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read: {error}; remove it, and the seeds are evaluated again") from None


def averaged(settings: TrainedSettings, problem: Problem, folder: Path, number: int) -> nn.Module:
    """The trained network of one seed, on the CPU, from its checkpoints."""
    training = Training(settings, problem, number)
    modules = []
    for name in training.stages:
        module = training.network()
        _, state = checkpoint.averaged(checkpoint.load(folder / f"seed-{number}" / name / CHECKPOINT))
        module.load_state_dict(state)
        modules.append(module.requires_grad_(False))
    return training.whole(modules)
