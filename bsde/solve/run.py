"""A run folder of a solution: made from an input, stopped, resumed, summed up.

run/input.toml    all that it takes to repeat it       run/seed-1/, ...    one training each, as the loop writes it
run/run.json      what has happened to it              run/result.json     what each seed said, and all of them together
run/solution.pt   u and grad u                         run/solution.html   the page
"""

import dataclasses
import json
import time
from pathlib import Path

import tomli_w
import torch
from torch import Tensor

from bsde import coefficients
from bsde.deep.scales import scales
from bsde.deep.task import DeepBSDE
from bsde.networks.shared import SharedNetwork
from bsde.problem import Problem
from bsde.scripting import scripted
from bsde.simulation.approximation import of_network
from bsde.simulation.paths import Starts
from bsde.solve.estimate import estimate
from bsde.solve.seeds import Seed
from bsde.solve.settings import SolveSettings
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, processes, record
from trainer.loop.loop import CHECKPOINT, Diverged, Loop
from trainer.sampling import generator
from trainer.settings import parse, read_toml

INPUT, RESULT, CPU = "input.toml", "result.json", "cpu_s"


def start(settings: SolveSettings, folder: Path) -> bool:
    """A new run in `folder`; True when it got to the end, False when it was asked to stop.

    Raises UserError for a bad problem, and when a run is there already; nothing is then left behind."""
    problem = settings.build()
    coefficients.check(problem, settings.torch_dtype, processes.device(settings.device))
    scripted(prepare(settings, settings.training.seed)[1].module.cpu(), problem, settings.torch_dtype)
    record.vacant(folder, INPUT)
    make_folder(folder)
    processes.wait()
    record.add(folder, {"kind": "pde-solution", "settings": settings.resolved()})
    if processes.rank() == 0:
        write_atomically(folder / INPUT, tomli_w.dumps(settings.resolved()).encode())
    processes.wait()
    return advance(folder)


def resume(folder: Path) -> bool:
    """Go on with the run in `folder`. Raises UserError when there is none, or its input is not what it began with."""
    if not (folder / INPUT).exists():
        raise UserError(f"{folder / INPUT}: no such file; is {folder} a run folder?")
    began = parse(SolveSettings, record.read(folder)["settings"], str(folder / record.NAME))
    record.unchanged(folder / INPUT, read_settings(folder).resolved(), began.resolved())
    return advance(folder)


def advance(folder: Path) -> bool:
    """Every seed that has no result yet."""
    settings = read_settings(folder)
    try:
        with record.alone(folder), record.session(folder) as session:
            done = all(one_seed(settings, folder, seed) for seed in numbers(settings))
            session["state"] = "finished" if done else "stopped"
    except KeyboardInterrupt:  # outside of the loop, which has its own handler
        done = False
    if not done:
        processes.say(f"stopped; go on with: henrici bsde solve --resume {folder}")
    return done


def one_seed(settings: SolveSettings, folder: Path, number: int) -> bool:
    """Train and evaluate, or find that it was done before; False when asked to stop."""
    known = read_seeds(folder)
    if any(seed.number == number for seed in known):
        return True
    where = folder / f"seed-{number}"
    where.mkdir(exist_ok=True)
    processes.wait()
    before = spent(where) - time.process_time()
    problem, task = prepare(settings, number)
    loop = Loop(task, settings.training.loop(number), where)
    if (where / CHECKPOINT).exists():
        loop.resume()
    processes.say(f"seed {number}; residual: root mean square of what u and Z leave unexplained, over the spread of g")
    try:
        if not loop.run():
            if processes.rank() == 0:
                write_atomically(where / CPU, f"{before + time.process_time()}".encode())
            return False
        found = evaluated(settings, problem, task, loop.averaged, number)
    except Diverged as error:
        found = Seed(number, None, None, str(error), 0.0)
    cpu = float(processes.total(torch.tensor(before + time.process_time(), dtype=torch.float64)))
    found = dataclasses.replace(found, cpu=cpu)
    if processes.rank() == 0:
        write_atomically(
            folder / RESULT, json.dumps({"seeds": [s.table() for s in (*known, found)]}, indent=1).encode()
        )
    processes.wait()
    processes.say(f"seed {number}: {found.words()}")
    return True


def spent(where: Path) -> float:
    """CPU seconds of this seed's earlier sessions, those that were killed apart."""
    return float((where / CPU).read_text()) if (where / CPU).exists() and processes.rank() == 0 else 0.0


def prepare(settings: SolveSettings, number: int) -> tuple[Problem, DeepBSDE]:
    """The problem, and the task of one seed with an untrained network."""
    problem, t, dtype = settings.build(), settings.training, settings.torch_dtype
    device = processes.device(settings.device)
    starts = Starts(problem.origin(dtype), t.spread)
    mean, scale = scales(problem, starts, t.time_steps, number, dtype)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(number).initial_seed())
        module = SharedNetwork(mean, scale, problem.dim, settings.network.width).to(device)
    unit = float(scale[-1])
    return problem, DeepBSDE(problem, module, starts, t.time_steps, t.paths, number, unit, dtype, device)


def evaluated(settings: SolveSettings, problem: Problem, task: DeepBSDE, module: torch.nn.Module, number: int) -> Seed:
    """What a trained network says."""
    measured = task.validate(module)
    begin: Tensor = task.starts.center.to(task.device)
    result = estimate(problem, of_network(problem, module), begin, settings.value, number, measured["u"])
    if not torch.isfinite(torch.tensor([result.fine.value, result.fine.error])).all():
        raise Diverged("the expectation along the linearised paths is not finite: lower learning_rate, or more steps")
    return Seed(number, result, measured["residual"], "", 0.0)


def numbers(settings: SolveSettings) -> range:
    return range(settings.training.seed, settings.training.seed + settings.training.seeds)


def read_settings(folder: Path) -> SolveSettings:
    """Raises UserError when input.toml is not what it should be."""
    return parse(SolveSettings, read_toml(folder / INPUT), str(folder / INPUT))


def read_seeds(folder: Path) -> list[Seed]:
    """What the seeds have said so far. Raises UserError when the file is damaged."""
    path = folder / RESULT
    if not path.exists():
        return []
    try:
        return [Seed.read(table) for table in json.loads(path.read_text())["seeds"]]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read: {error}; remove it, and the seeds are evaluated again") from None


def averaged(folder: Path, settings: SolveSettings, number: int) -> SharedNetwork:
    """The trained network of one seed, from its checkpoint."""
    _, task = prepare(settings, number)
    _, state = checkpoint.averaged(checkpoint.load(folder / f"seed-{number}" / CHECKPOINT))
    task.module.load_state_dict(state)
    assert isinstance(task.module, SharedNetwork)
    return task.module
